//! A host's policy, from options under Prosody's names.

use std::path::Path;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;
use crate::token::policy::{Accepted, PatternLimits, Policy, RoomPolicy};

use super::raw::Section;
use super::secret::{self, SecretKeys};

/// What a host's options are read with.
pub struct Surroundings<'a> {
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<&'a Path>,
    /// The longest token, in bytes.
    pub max_token_bytes: usize,
    /// Whether callers must send a key.
    pub has_api_key: bool,
}

/// Reads one host. None if something is wrong; the mistakes are noted in the section.
pub fn policy(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    warnings: &mut Vec<String>,
) -> Option<Policy> {
    let app_id = section.string("app_id");
    if !section.has("app_id") {
        section.problem(
            "app_id",
            "nothing",
            "the application ID that tokens carry as iss",
        );
    }
    let algorithm = algorithm(section);
    let key = key(section, surroundings, warnings);
    let issuers = section.strings("asap_accepted_issuers");
    let audiences = section.strings("asap_accepted_audiences");
    let require_room_claim = section.boolean("asap_require_room_claim").unwrap_or(true);
    let allow_empty_token = section.boolean("allow_empty_token").unwrap_or(false);
    let rooms = rooms(section);
    let own = || Some(vec![app_id.clone()?]);
    Some(Policy {
        algorithm: algorithm?,
        key: key?,
        issuers: Accepted::only(issuers.or_else(own)?),
        audiences: Accepted::only(audiences.or_else(own)?),
        require_room_claim,
        allow_empty_token,
        max_token_bytes: surroundings.max_token_bytes,
        rooms,
    })
}

fn algorithm(section: &Section<'_>) -> Option<Algorithm> {
    if !section.has("signature_algorithm") {
        return Some(Algorithm::Hs256);
    }
    let name = section.string("signature_algorithm")?;
    let algorithm = Algorithm::from_name(&name);
    if algorithm.is_none() {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        section.problem(
            "signature_algorithm",
            &format!("{name:?}"),
            &format!("one of {names}"),
        );
    }
    algorithm
}

fn key(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    warnings: &mut Vec<String>,
) -> Option<Key> {
    if ![APP_SECRET.value, APP_SECRET.file, APP_SECRET.credential]
        .iter()
        .any(|name| section.has(name))
    {
        let expected = "app_secret, app_secret_file or app_secret_credential";
        section.problem("app_secret", "nothing", expected);
    }
    let secret = secret::read(section, &APP_SECRET, surroundings.credentials, warnings)?;
    let key = Key::from_secret(secret.bytes());
    if let Err(error) = &key {
        section.problem(
            "app_secret",
            &error.to_string(),
            "the secret that the issuer signs with",
        );
    }
    key.ok()
}

fn rooms(section: &Section<'_>) -> RoomPolicy {
    let domain_base = section
        .string("muc_mapper_domain_base")
        .map(|base| base.to_ascii_lowercase());
    let domain_prefix = section
        .string("muc_mapper_domain_prefix")
        .unwrap_or_else(|| "conference".to_owned());
    let muc_domain = section
        .string("muc_mapper_domain")
        .map(|domain| domain.to_ascii_lowercase());
    if muc_domain.is_some() && domain_base.is_none() {
        section.problem(
            "muc_mapper_domain",
            "no muc_mapper_domain_base beside it",
            "both, or none of them",
        );
    }
    RoomPolicy {
        verify_domain: section
            .boolean("enable_domain_verification")
            .unwrap_or(true),
        muc_domain: domain_base
            .map(|base| muc_domain.unwrap_or_else(|| format!("{domain_prefix}.{base}"))),
        domain_prefix,
        patterns: PatternLimits {
            enabled: section.boolean("token_regex_enabled").unwrap_or(true),
            max_room_bytes: section
                .integer("token_regex_room_max_length", 0..=1_024)
                .unwrap_or(128),
            max_quantifiers: section
                .integer("token_regex_max_quantifiers", 0..=16)
                .unwrap_or(3),
        },
    }
}

const APP_SECRET: SecretKeys = SecretKeys {
    value: "app_secret",
    file: "app_secret_file",
    credential: "app_secret_credential",
};
