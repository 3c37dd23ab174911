//! The names under which a gateway looks for tokens.

use figment::value::Value;

use super::super::raw::Section;
use crate::gateway::header_names;
use crate::origin::problem::ProblemKind;

/// A list of texts, none of them empty; there may be none at all. None where it is not set, or wrong.
pub fn list(section: &Section<'_>, name: &'static str) -> Option<Vec<String>> {
    let value = section.value(name)?;
    let is_empty = value.as_array().is_some_and(<[Value]>::is_empty);
    if is_empty || value.as_str() == Some("[]") {
        return Some(Vec::new());
    }
    let texts = section.strings(name)?;
    if texts.len() > MOST {
        let (found, expected) = (
            format!("{} of them", texts.len()),
            format!("at most {MOST}"),
        );
        section.problem(name, ProblemKind::WrongValue, &found, &expected);
    }
    Some(texts)
}

/// The cookies in which tokens come.
pub fn cookies(section: &Section<'_>) -> Option<Vec<String>> {
    let names = list(section, "cookie_names")?;
    for name in names.iter().filter(|name| !header_names::is_name(name)) {
        refuse(
            section,
            "cookie_names",
            name,
            "names of cookies, without blanks and = ; ,",
        );
    }
    Some(names)
}

/// The headers in which tokens come. One that says whom a token is for cannot say it of itself.
pub fn headers(section: &Section<'_>) -> Option<Vec<String>> {
    let names = list(section, "header_names")?;
    for name in &names {
        if !header_names::is_name(name) {
            refuse(
                section,
                "header_names",
                name,
                "names of headers, such as \"authorization\"",
            );
        } else if header_names::is_identity(name) {
            let expected = "another header: what this one says is for whoever is behind the proxy, and is taken from no request";
            refuse(section, "header_names", name, expected);
        }
    }
    Some(names)
}

fn refuse(section: &Section<'_>, option: &str, name: &str, expected: &str) {
    let found = format!("{name:?}");
    section.problem(option, ProblemKind::WrongValue, &found, expected);
}

/// Each request is looked at for each of them.
pub const MOST: usize = 32;
