//! Names what is around a token.

use serde_json::Value;

use super::super::unseen;
use crate::token::shown;

/// Says what stands before and behind a token that was found in a text. Of what is there, only words that say what the
/// token is are repeated: the rest may be a secret.
pub fn describe(text: &str, before: &str, after: &str) -> String {
    json(text)
        .or_else(|| unseen(before, after))
        .or_else(|| markup(before, after))
        .or_else(|| lines(text, before))
        .or_else(|| quotes(before, after))
        .or_else(|| behind(before, after))
        .unwrap_or_else(|| words(before, after))
}

fn unseen(before: &str, after: &str) -> Option<String> {
    let is_hidden = |text: &str| text.trim().chars().all(unseen::is_hidden);
    let hidden = before
        .chars()
        .chain(after.chars())
        .find(|c| unseen::is_hidden(*c))?;
    (is_hidden(before) && is_hidden(after)).then(|| {
        let place = if before.contains(hidden) {
            "before"
        } else {
            "behind"
        };
        format!("{} {place} the token", unseen::described(hidden))
    })
}

fn json(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    if value.is_string() {
        return Some("quotes around the token".to_owned());
    }
    let path = path(&value, 0).unwrap_or_default();
    if path.is_empty() {
        return Some("JSON around the token".to_owned());
    }
    let path = shown::bounded(&path.join("."), shown::MAX_REPEATED);
    Some(format!("JSON around the token, which stands in {path}"))
}

/// The names of the members that lead to the token.
fn path(value: &Value, depth: usize) -> Option<Vec<String>> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Value::String(text) => (!super::scan::tokens(text).is_empty()).then(Vec::new),
        Value::Array(items) => items
            .iter()
            .find_map(|item| path(item, depth.saturating_add(1))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let mut names = path(member, depth.saturating_add(1))?;
            names.insert(0, name.clone());
            Some(names)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn markup(before: &str, after: &str) -> Option<String> {
    let lower = before.to_ascii_lowercase();
    let has_tag = lower.contains('<')
        && (lower.contains('>') || after.contains("</") || lower.contains("=\""));
    let is_tag = lower.rfind('<').is_some_and(|place| {
        let name = lower.get(place.saturating_add(1)..).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '?' | '!' | '/'))
    });
    if lower.contains("&quot;") || lower.contains("&lt;") {
        return Some("HTML around the token".to_owned());
    }
    (has_tag && is_tag).then(|| {
        let is_html = HTML.iter().any(|tag| lower.contains(tag));
        let what = if is_html { "HTML" } else { "XML" };
        format!("{what} around the token")
    })
}

/// What is written in lines of a known form.
fn lines(text: &str, before: &str) -> Option<String> {
    let lower = before.trim_start().to_ascii_lowercase();
    let is_shell = SHELL.iter().any(|word| lower.starts_with(word)) || is_assignment(before);
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    let key = line.trim_end_matches(['"', '\'', ' ', '-', '>', '|']);
    let is_yaml = key.ends_with(':')
        && key
            .trim_end_matches(':')
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c));
    let what = if HTTP.iter().any(|method| text.starts_with(method)) && text.contains("HTTP/") {
        "an HTTP request"
    } else if before.contains("://")
        || (before.starts_with('/') && before.contains('?')) && !is_shell
    {
        if is_shell {
            "a shell line"
        } else {
            "a web address"
        }
    } else if is_shell {
        "a shell line"
    } else if before.trim_start().starts_with(['{', '[']) && before.contains(':') {
        "JavaScript or JSON that is incomplete"
    } else if lower.starts_with("cookie:") || lower.starts_with("set-cookie:") {
        "a cookie header"
    } else if lower.starts_with("```") || lower.starts_with('|') || lower.starts_with("* ") {
        "Markdown"
    } else if (is_yaml && !is_header_field(before)) || before.trim_start().starts_with("- ") {
        "YAML"
    } else if is_setting(line) {
        "a line of a configuration"
    } else if line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(':') {
        "a line of a log"
    } else {
        return None;
    };
    Some(format!("{what} around the token"))
}

/// `NAME=` in capitals, as shells and files of variables have it.
fn is_assignment(before: &str) -> bool {
    let name = before.trim().trim_end_matches(['"', '\'']);
    let name = name.strip_suffix('=').unwrap_or_default();
    name.len() > 1
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// `name = ` or `"name" => `, as configurations and programs have it.
fn is_setting(line: &str) -> bool {
    let name = line.trim_end_matches(['"', '\'', ' ', '>']);
    let name = name.strip_suffix('=').unwrap_or_default().trim();
    let name = name
        .trim_start_matches("const ")
        .trim_start_matches("let ")
        .trim_start_matches("var ");
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_-.$:\"'[]".contains(c);
    let is_spaced = line.contains(" =") || line.starts_with(['"', '\'', '$', ':']);
    !name.is_empty() && name.chars().all(is_of_name) && (is_spaced || line.ends_with(['"', '\'']))
}

/// A field of HTTP's, written with capitals or for a token.
fn is_header_field(before: &str) -> bool {
    let Some((name, value)) = before.trim_start().split_once(':') else {
        return false;
    };
    let is_name = name.eq_ignore_ascii_case("authorization")
        || name.eq_ignore_ascii_case("bearer")
        || name.to_ascii_lowercase().starts_with("x-");
    is_name && !value.contains('\n')
}

fn quotes(before: &str, after: &str) -> Option<String> {
    let (before, after) = (before.trim(), after.trim());
    let pair = (before, after);
    let is_any =
        |text: &str, of: &str| text.chars().count() == 1 && text.chars().all(|c| of.contains(c));
    if before == "b'" || before == "b\"" {
        return Some("Python's b'…' around the token".to_owned());
    }
    let what = if (is_any(before, QUOTES) && (after.is_empty() || is_any(after, QUOTES)))
        || (before.is_empty() && is_any(after, QUOTES))
        || is_quoted_word(pair)
    {
        "quotes"
    } else if is_any(before, OPENING) && (after.is_empty() || is_any(after, CLOSING)) {
        "brackets"
    } else if is_any(before, MIXED) && is_any(after, MIXED) {
        "quotes or brackets"
    } else {
        return None;
    };
    Some(format!("{what} around the token"))
}

/// `"Bearer TOKEN"`.
fn is_quoted_word((before, after): (&str, &str)) -> bool {
    let quote = before.chars().next();
    quote.is_some_and(|quote| QUOTES.contains(quote) && after.ends_with(quote))
        && before
            .chars()
            .skip(1)
            .all(|c| c.is_ascii_alphabetic() || c == ' ' || c == ':')
}

fn behind(before: &str, after: &str) -> Option<String> {
    let (before, after) = (before.trim(), after.trim());
    if !before.is_empty() {
        return None;
    }
    if after.is_empty() {
        return Some("blanks or line breaks around the token".to_owned());
    }
    if ["#", "//", "--", "/*", "<!--"]
        .iter()
        .any(|sign| after.starts_with(sign))
    {
        return Some("a comment behind the token".to_owned());
    }
    if after.starts_with('&') {
        return Some("the next field of an address or a form behind the token".to_owned());
    }
    (after.len() <= 3 && after.chars().all(|c| c.is_ascii_punctuation()))
        .then(|| format!("\"{after}\" behind the token"))
}

fn words(before: &str, after: &str) -> String {
    let plain = before.trim_start();
    let is_known = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.is_empty() || KNOWN.contains(&word.as_str()) || is_field(&word)
    };
    let mut parts = plain.split([' ', ':', '=', '\t', '?', '&']);
    if !plain.is_empty() && after.trim().is_empty() && plain.len() <= 40 && parts.all(is_known) {
        let canonical = |word: &str| match word.to_ascii_lowercase().as_str() {
            "bearer" => "Bearer".to_owned(),
            _ => word.to_owned(),
        };
        let repeated: Vec<String> = plain.split_whitespace().map(canonical).collect();
        let end = if plain.ends_with([' ', '\t']) {
            " "
        } else {
            ""
        };
        return format!("\"{}{end}\" before the token", repeated.join(" "));
    }
    match (before.trim().is_empty(), after.trim().is_empty()) {
        (false, true) => "other text before the token",
        (true, false) => "other text behind the token",
        (true, true) | (false, false) => "other text around the token",
    }
    .to_owned()
}

/// The name of a field that somebody made up for HTTP.
fn is_field(word: &str) -> bool {
    word.starts_with("x-") && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
}

/// What a token may be called by what stands before it.
const KNOWN: [&str; 14] = [
    "authorization",
    "bearer",
    "token",
    "jwt",
    "basic",
    "access_token",
    "id_token",
    "auth",
    "auth_token",
    "jitsi",
    "cookie",
    "mac",
    "proxy-authorization",
    "set-cookie",
];

const HTML: [&str; 16] = [
    "<!doctype html",
    "<html",
    "<a ",
    "<p>",
    "<p ",
    "<div",
    "<span",
    "<pre",
    "<code",
    "<td",
    "<li",
    "<input",
    "<script",
    "<br",
    "<iframe",
    "<body",
];
const SHELL: [&str; 9] = [
    "export ", "curl ", "$ ", "set ", "echo ", "wget ", "jwt=$", "token=$", "http ",
];
const HTTP: [&str; 5] = ["GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "];
const QUOTES: &str = "\"'`“”„‘’‚«»";
const OPENING: &str = "<([{";
const CLOSING: &str = ">)]}";
const MIXED: &str = "‹›<>«»“”\"'()[]{}";
const MAX_DEPTH: usize = 8;
