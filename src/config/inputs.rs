//! What the options of a host and of its issuers are read with, and those that both have.

use std::path::Path;

use crate::origin::problem::ProblemKind;
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
    /// Whether there is a store.
    pub has_store: bool,
    /// Whether there are gateways, so that there need be no host.
    pub has_gateways: bool,
}

pub fn flag(section: &Section<'_>, name: &'static str, default: bool) -> bool {
    section.boolean(name).unwrap_or(default)
}

/// Whether tokens may be used once. That they are used has to be noted somewhere.
pub fn once(section: &Section<'_>, inputs: &HostInputs<'_>, default: bool) -> bool {
    let once = flag(section, "once", default);
    if once && !inputs.has_store && section.has("once") {
        let expected = "false, or path = \"/var/lib/prosody-tokend/state.db\" in [store] of the daemon's own config.toml";
        section.problem(
            "once",
            ProblemKind::Conflict,
            "true, and no store",
            expected,
        );
    }
    once
}

/// An empty list accepts nothing in Prosody, and is a mistake here.
pub fn list(section: &Section<'_>, name: &'static str) -> Option<Vec<String>> {
    match section.dialect(name) {
        Dialect::Own => section.strings(name),
        Dialect::Prosody => section.any_strings(name),
    }
}

/// What may be used once is remembered until it has expired, and so it must expire.
pub const fn ending(lifetime: LifetimePolicy, once: bool) -> LifetimePolicy {
    LifetimePolicy {
        require_expiration: lifetime.require_expiration || once,
        ..lifetime
    }
}

pub fn lifetime(section: &Section<'_>) -> LifetimePolicy {
    LifetimePolicy {
        leeway: section.seconds("leeway", 0.0..=3_600.0).unwrap_or(0.0),
        require_expiration: flag(section, "require_exp", false),
        longest: section.seconds("max_token_lifetime", 1.0..=3_153_600_000.0),
    }
}
