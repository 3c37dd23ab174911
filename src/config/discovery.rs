//! Issuers whose metadata says where their keys are.

use crate::keys::fetching::discovery;
use crate::keys::source::{self, Discovery};
use crate::origin::problem::ProblemKind;

use super::raw::Section;

/// Reads whether the keys of an issuer are to be discovered, and from where. None where they are not, or something is wrong.
/// `issuers` is the option that names the issuer.
pub fn read(section: &Section<'_>, issuers: &'static str) -> Option<Discovery> {
    let origins = section.names("jwks_origins");
    let discover = section.boolean("discover") == Some(true);
    if !discover {
        if origins.is_some() {
            refuse(
                section,
                "jwks_origins",
                "it without discover",
                "discover = true beside it",
            );
        }
        return None;
    }
    if section.has("cache_keys_url") {
        refuse(
            section,
            "discover",
            "discover beside cache_keys_url",
            "one of them",
        );
    }
    for origin in origins.iter().flatten() {
        check_origin(section, origin);
    }
    let discovery = Discovery {
        issuer: address(section, issuers)?,
        jwks_origins: origins.unwrap_or_default(),
    };
    if let Err(error) = discovery::places(&discovery) {
        let expected = "an address with https, without ? and #";
        refuse(section, issuers, &error.to_string(), expected);
    }
    Some(discovery)
}

/// The one address among the issuer's names.
fn address(section: &Section<'_>, issuers: &'static str) -> Option<String> {
    let names = section.names(issuers)?;
    let mut addresses = names.iter().filter(|name| name.contains("://"));
    if let (Some(address), None) = (addresses.next(), addresses.next()) {
        return Some(address.clone());
    }
    refuse(
        section,
        issuers,
        &format!("{names:?} with discover = true"),
        "one address among its names, such as https://sso.example.com/realms/meet: metadata is one issuer's",
    );
    None
}

fn check_origin(section: &Section<'_>, origin: &str) {
    let is_origin = source::is_exposed(origin).is_ok()
        && origin
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']));
    if !is_origin {
        let expected = "an address without a path, such as \"https://www.googleapis.com\"";
        refuse(section, "jwks_origins", &format!("{origin:?}"), expected);
    }
}

fn refuse(section: &Section<'_>, name: &str, found: &str, expected: &str) {
    section.problem(name, ProblemKind::WrongValue, found, expected);
}
