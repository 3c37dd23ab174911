//! What the options of a host and of its issuers are read with, and those that both have.

use std::path::Path;

use crate::token::issuer::LifetimePolicy;

use super::layers::Dialect;
use super::raw::Section;

/// What a host's options are read with.
pub struct HostInputs<'a> {
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<&'a Path>,
    /// The longest token, in bytes.
    pub max_token_bytes: usize,
    /// Whether callers must send a key.
    pub has_api_key: bool,
}

pub fn flag(section: &Section<'_>, name: &'static str, default: bool) -> bool {
    section.boolean(name).unwrap_or(default)
}

/// An empty list accepts nothing in Prosody, and is a mistake here.
pub fn list(section: &Section<'_>, name: &'static str) -> Option<Vec<String>> {
    match section.dialect(name) {
        Dialect::Own => section.strings(name),
        Dialect::Prosody => section.any_strings(name),
    }
}

pub fn lifetime(section: &Section<'_>) -> LifetimePolicy {
    LifetimePolicy {
        leeway: section.seconds("leeway", 0.0..=3_600.0).unwrap_or(0.0),
        require_expiration: flag(section, "require_exp", false),
        longest: section.seconds("max_token_lifetime", 1.0..=3_153_600_000.0),
    }
}
