//! Where an issuer's tokens have what Jitsi's modules want to know: `[hosts."DOMAIN".issuers.claims]`.

use figment::value::{Dict, Value};
use serde_json::{Map, Value as Json};

use crate::origin::problem::ProblemKind;
use crate::token::glob::Glob;
use crate::token::mapping::{Mapping, Rule, Source, Target};
use crate::token::pointer::Pointer;

pub use super::presets::names as presets;

use super::presets::rules as rules_of;
use super::raw::{CLAIMS, Section};
use super::values::{kind, shown};

/// A mistake, which is noted in the section where it is.
pub struct Noted;

/// Reads the mapping of an issuer at a host with this domain; none where there is none.
///
/// # Errors
/// [`Noted`].
pub fn read(issuer: &Section<'_>, domain: &str) -> Result<Option<Mapping>, Noted> {
    let Some(value) = issuer.value(CLAIMS) else {
        return Ok(None);
    };
    let mapping = match value.as_str() {
        Some(name) => Mapping {
            rules: preset(issuer, CLAIMS, name, domain).ok_or(Noted)?,
            replace: false,
        },
        None => section(issuer.section(CLAIMS), domain).ok_or(Noted)?,
    };
    Ok(Some(mapping))
}

fn section(claims: Section<'_>, domain: &str) -> Option<Mapping> {
    let of_preset = claims.has("preset").then(|| claims.string("preset"));
    let of_preset = of_preset.map(|name| preset(&claims, "preset", &name?, domain));
    let own = rules(&claims);
    let replace = claims.boolean("replace").unwrap_or(false);
    claims.finish();
    let (of_preset, mut rules) = (of_preset.unwrap_or_else(|| Some(Vec::new()))?, own?);
    let is_new = |rule: &Rule| rules.iter().all(|own| own.target != rule.target);
    let others: Vec<Rule> = of_preset.into_iter().filter(is_new).collect();
    rules.extend(others);
    rules.sort_by(|one, other| one.target.cmp(&other.target));
    Some(Mapping { rules, replace })
}

fn preset(section: &Section<'_>, option: &str, name: &str, domain: &str) -> Option<Vec<Rule>> {
    let rules = rules_of(name, domain);
    if rules.is_none() {
        let names = presets().map(|name| format!("{name:?}"));
        let names = names.collect::<Vec<_>>().join(", ");
        let expected = format!("{names}, or a section [hosts.\"DOMAIN\".issuers.claims]");
        section.problem(
            option,
            ProblemKind::WrongValue,
            &format!("{name:?}"),
            &expected,
        );
    }
    rules
}

/// The rules that the section itself has. A mistake in one of them does not hide those in others.
fn rules(claims: &Section<'_>) -> Option<Vec<Rule>> {
    let context = claims.section("context");
    let user = context.section("user");
    let features = context.section("features");
    let mut rules = vec![
        rule(claims, "room", Target::Room),
        rule(claims, "sub", Target::Subject),
        rule(claims, "moderator", Target::Moderator),
        rule(&context, "group", Target::Group),
        rule(&user, "id", Target::UserId),
        rule(&user, "name", Target::UserName),
        rule(&user, "email", Target::UserEmail),
        rule(&user, "avatar", Target::UserAvatar),
    ];
    for (name, value) in features.entries() {
        let target = Target::Feature(name.to_owned());
        let source = source(&features, name, value, &target).ok_or(Noted);
        rules.push(source.map(|source| Some(Rule { target, source })));
    }
    user.finish();
    context.finish();
    let rules: Vec<Option<Rule>> = rules.into_iter().collect::<Result<_, _>>().ok()?;
    Some(rules.into_iter().flatten().collect())
}

fn rule(section: &Section<'_>, name: &'static str, target: Target) -> Result<Option<Rule>, Noted> {
    let Some(value) = section.value(name) else {
        return Ok(None);
    };
    let source = source(section, name, value, &target).ok_or(Noted)?;
    Ok(Some(Rule { target, source }))
}

/// Where one claim is taken from; none if that cannot be, which is noted.
fn source(section: &Section<'_>, name: &str, value: &Value, target: &Target) -> Option<Source> {
    let found = match value {
        Value::String(_, text) if is_wildcard(target, text) => {
            return Some(Source::Constant(text.as_str().into()));
        }
        Value::String(_, text) => pointer(text, target).map(|one| Source::Pointers(vec![one])),
        Value::Array(_, items) => pointers(items, target).map(Source::Pointers),
        Value::Dict(_, table) => of_table(table, target),
        Value::Bool(_, truth) if target.takes_truth() => Ok(Source::Constant((*truth).into())),
        Value::Bool(..) | Value::Char(..) | Value::Num(..) | Value::Empty(..) => {
            Err((shown(value), POINTER.to_owned()))
        }
    };
    let noted = |(found, expected): (String, String)| {
        section.problem(name, ProblemKind::WrongValue, &found, &expected);
    };
    found.map_err(noted).ok()
}

/// What was found, and what is expected in its place.
type Mistake = (String, String);

fn is_wildcard(target: &Target, text: &str) -> bool {
    text == "*" && matches!(target, Target::Room | Target::Subject)
}

fn pointer(text: &str, target: &Target) -> Result<Pointer, Mistake> {
    Pointer::parse(text).map_err(|error| {
        let path = text
            .trim_start_matches(['$', '#'])
            .trim_start_matches(['.', '/']);
        let meant = format!("a JSON Pointer such as \"/{}\"", path.replace('.', "/"));
        let expected = if target.takes_truth() {
            meant
        } else {
            format!("{meant}, or {{ constant = {text:?} }} for that text itself")
        };
        (format!("{text:?}: {error}"), expected)
    })
}

fn pointers(items: &[Value], target: &Target) -> Result<Vec<Pointer>, Mistake> {
    let texts = items.iter().map(|item| {
        item.as_str()
            .ok_or_else(|| (shown(item), POINTER.to_owned()))
    });
    let pointers: Vec<Pointer> = texts
        .map(|text| pointer(text?, target))
        .collect::<Result<_, _>>()?;
    if pointers.is_empty() {
        return Err(("an empty list".to_owned(), POINTER.to_owned()));
    }
    Ok(pointers)
}

fn of_table(table: &Dict, target: &Target) -> Result<Source, Mistake> {
    let text = |name: &str| table.get(name).and_then(Value::as_str);
    let names: Vec<&str> = table.keys().map(String::as_str).collect();
    let at = |pointer_text: Option<&str>| pointer(pointer_text.unwrap_or_default(), target);
    match names.as_slice() {
        ["constant"] => constant(table.get("constant"), target),
        ["pointer"] => Ok(Source::Pointers(vec![at(text("pointer"))?])),
        ["contains", "pointer"] if target.takes_truth() => {
            let wanted = text("contains").filter(|text| !text.is_empty());
            let wanted = wanted.ok_or_else(|| mistaken(&names, target))?;
            Ok(Source::Contains(at(text("pointer"))?, wanted.to_owned()))
        }
        ["matches", "pointer"] if target.takes_truth() => {
            let pattern = text("matches").filter(|text| !text.is_empty());
            let pattern = pattern.ok_or_else(|| mistaken(&names, target))?;
            Ok(Source::Matches(at(text("pointer"))?, Glob::exact(pattern)))
        }
        _ => Err(mistaken(&names, target)),
    }
}

fn mistaken(names: &[&str], target: &Target) -> Mistake {
    let found = format!("a table with {}", names.join(" and "));
    let expected = if target.takes_truth() {
        CONDITION
    } else {
        POINTER
    };
    (found, expected.to_owned())
}

fn constant(value: Option<&Value>, target: &Target) -> Result<Source, Mistake> {
    match value {
        Some(Value::String(_, text)) if !target.takes_truth() && !text.is_empty() => {
            Ok(Source::Constant(text.as_str().into()))
        }
        Some(Value::Bool(_, truth)) if target.takes_truth() => {
            Ok(Source::Constant((*truth).into()))
        }
        Some(value) => {
            let expected = if target.takes_truth() {
                "constant = true or false"
            } else {
                "constant = \"TEXT\""
            };
            Err((format!("{} as constant", kind(value)), expected.to_owned()))
        }
        None => Err(("nothing".to_owned(), POINTER.to_owned())),
    }
}

const POINTER: &str =
    "a JSON Pointer such as \"/preferred_username\", a list of them, or { constant = \"TEXT\" }";
const CONDITION: &str = "{ pointer = \"/realm_access/roles\", contains = \"jitsi-moderator\" }, \
    { pointer = \"/email\", matches = \"*@example.com\" }, or a pointer to a claim that is true";

/// A mapping as its section has it, line by line: the target, and where that comes from.
#[must_use]
pub fn written(mapping: &Mapping) -> Map<String, Json> {
    let rules = mapping.rules.iter();
    let rules = rules.map(|Rule { target, source }| (target.option(), written_source(source)));
    let replace = mapping
        .replace
        .then(|| ("replace".to_owned(), Json::Bool(true)));
    rules.chain(replace).collect()
}

fn written_source(source: &Source) -> Json {
    let text = |pointer: &Pointer| Json::String(pointer.to_string());
    match source {
        Source::Constant(value) => serde_json::json!({ "constant": value }),
        Source::Pointers(pointers) => match pointers.as_slice() {
            [one] => text(one),
            several => several.iter().map(text).collect(),
        },
        Source::Contains(pointer, wanted) => {
            serde_json::json!({ "pointer": text(pointer), "contains": wanted })
        }
        Source::Matches(pointer, glob) => {
            serde_json::json!({ "pointer": text(pointer), "matches": glob.written() })
        }
    }
}
