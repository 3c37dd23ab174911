//! What a gateway asks of tokens.

use super::super::raw::Section;
use super::kong::Base;
use super::{claims, names};
use crate::gateway::header_names;
use crate::gateway::settings::{Beyond, Proxy, Settings, TimesToVerify};
use crate::origin::problem::ProblemKind;

/// Reads the options over what counts where they are not set. None where something is wrong in a way that leaves none.
pub fn read(section: &Section<'_>, base: &Base, warnings: &mut Vec<String>) -> Option<Settings> {
    let times = times(section, base, warnings);
    let base = base.settings.clone();
    let header_names = names::headers(section).unwrap_or(base.header_names);
    let beyond = Beyond {
        issuers: accepted(section, "issuers"),
        audiences: accepted(section, "audiences"),
        required_claims: claims::required(section)?,
        headers: claims::headers(section, &header_names)?,
        algorithms: Vec::new(),
    };
    Some(Settings {
        uri_param_names: names::list(section, "uri_param_names").unwrap_or(base.uri_param_names),
        cookie_names: names::cookies(section).unwrap_or(base.cookie_names),
        header_names,
        key_claim_name: section
            .string("key_claim_name")
            .unwrap_or(base.key_claim_name),
        secret_is_base64: section
            .boolean("secret_is_base64")
            .unwrap_or(base.secret_is_base64),
        claims_to_verify: times,
        maximum_expiration: maximum_expiration(section, times, base.maximum_expiration),
        anonymous: section.string("anonymous").or(base.anonymous),
        run_on_preflight: section
            .boolean("run_on_preflight")
            .unwrap_or(base.run_on_preflight),
        realm: realm(section).or(base.realm),
        beyond,
        proxy: proxy(section).or(base.proxy),
    })
}

fn times(section: &Section<'_>, base: &Base, warnings: &mut Vec<String>) -> TimesToVerify {
    let option = section.shown(TIMES);
    let Some(names) = names::list(section, TIMES) else {
        if !section.has(TIMES) {
            warnings.extend(unsaid(section, base));
        }
        return base.settings.claims_to_verify;
    };
    for name in names
        .iter()
        .filter(|name| !matches!(name.as_str(), "exp" | "nbf"))
    {
        let found = format!("{name:?}");
        section.problem(
            TIMES,
            ProblemKind::WrongValue,
            &found,
            "\"exp\", \"nbf\", both or none",
        );
    }
    if names.is_empty() {
        warnings.push(format!("{option}: {NONE}"));
    }
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    TimesToVerify {
        expiration: has("exp"),
        not_before: has("nbf"),
    }
}

/// What is to be said where the section says nothing of times.
fn unsaid(section: &Section<'_>, base: &Base) -> Option<String> {
    let option = section.shown(TIMES);
    let times = base.settings.claims_to_verify;
    match &base.plugin {
        None => Some(format!("{option}: {UNSAID}")),
        Some(origin) if !times.expiration && !times.not_before => {
            let origin = base.origins.get(TIMES).unwrap_or(origin);
            Some(format!("{option}: {NONE_OF_PLUGIN} [{origin}]"))
        }
        Some(_) => None,
    }
}

fn maximum_expiration(
    section: &Section<'_>,
    times: TimesToVerify,
    base: Option<u32>,
) -> Option<u32> {
    let own = section.integer("maximum_expiration", 0..=31_536_000);
    let own = own.and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = own.map_or(base, |seconds| Some(seconds).filter(|seconds| *seconds > 0));
    if let Some(seconds) = seconds.filter(|_| !times.expiration) {
        let option = if own.is_some() {
            "maximum_expiration"
        } else {
            TIMES
        };
        let found = format!("maximum_expiration of {seconds}, and claims_to_verify without exp");
        section.problem(
            option,
            ProblemKind::Conflict,
            &found,
            "claims_to_verify = [\"exp\"], or 0",
        );
    }
    seconds
}

/// It stands in quotes in a header.
fn realm(section: &Section<'_>) -> Option<String> {
    let realm = section.string("realm")?;
    if !header_names::is_quotable(&realm) {
        let found = format!("{realm:?}");
        section.problem(
            "realm",
            ProblemKind::WrongValue,
            &found,
            "a text of ASCII, without \" and \\",
        );
    }
    Some(realm)
}

fn proxy(section: &Section<'_>) -> Option<Proxy> {
    let name = section.string("proxy")?;
    let proxy = Proxy::from_name(&name);
    if proxy.is_none() {
        let known = Proxy::NAMES.map(|(name, _)| format!("{name:?}")).join(", ");
        let (found, expected) = (format!("{name:?}"), format!("one of {known}"));
        section.problem("proxy", ProblemKind::WrongValue, &found, &expected);
    }
    proxy
}

/// Values of a claim. There are no patterns, and one that looks like any would deny everybody.
fn accepted(section: &Section<'_>, name: &'static str) -> Vec<String> {
    let values = section.strings(name).unwrap_or_default();
    for value in values.iter().filter(|value| value.contains('*')) {
        let expected =
            format!("the whole value: there are no patterns; without {name} any is accepted");
        section.problem(
            name,
            ProblemKind::WrongValue,
            &format!("{value:?}"),
            &expected,
        );
    }
    values
}

const TIMES: &str = "claims_to_verify";
const UNSAID: &str = "exp and nbf are both checked, since nothing is said of it (Kong's own default checks neither, and tokens \
    without them pass there): set claims_to_verify = [\"exp\", \"nbf\"], or those that the tokens have";
const NONE_OF_PLUGIN: &str = "neither exp nor nbf is checked, since the jwt plugin does not check them, so that a token counts for ever: set \
    claims_to_verify = [\"exp\", \"nbf\"] here or there";
const NONE: &str = "neither exp nor nbf is checked, so that a token counts for ever: set claims_to_verify = [\"exp\", \"nbf\"]";
