//! What a host's own tokens are signed with, from options under Prosody's names.

use crate::token::asap::Issuance;
use crate::token::signing::SigningKey;

use super::inputs::HostInputs;
use super::raw::Section;
use super::secrets;
use crate::options::{self, ASAP_KEY, Role};
use crate::origin::problem::ProblemKind;

/// A host's own tokens, and the key that signs them.
#[derive(Debug, Clone)]
pub struct Asap {
    /// The claims of the tokens.
    pub issuance: Issuance,
    /// The key that signs them.
    pub key: SigningKey,
}

/// Reads one host. None where it has no key, or nobody may ask; mistakes are noted in the section.
pub fn read(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    warnings: &mut Vec<String>,
) -> Option<Asap> {
    let issuance = issuance(section);
    let given = options::names(Role::OwnKey).find(|name| section.has(name))?;
    if !inputs.has_api_key {
        warnings.push(format!(
            "{given} is set ({}), but no tokens are signed without api_key_file: only callers with that key may ask",
            section.origin(given)
        ));
        return None;
    }
    let secret = secrets::read(section, &ASAP_KEY, inputs.credentials)?;
    let key = SigningKey::from_pem(secret.bytes());
    if let Err(error) = &key {
        let expected = "a private RSA key in PEM, as `openssl genrsa` writes it";
        section.problem(given, ProblemKind::WrongValue, &error.to_string(), expected);
    }
    Some(Asap {
        issuance: issuance?,
        key: key.ok()?,
    })
}

fn issuance(section: &Section<'_>) -> Option<Issuance> {
    let text = |name| section.string(name).unwrap_or_else(|| "jitsi".to_owned());
    let lifetime = section.integer("asap_ttl", 2..=31_536_000).unwrap_or(3_600);
    let renewal = section
        .integer("asap_ttl_threshold", 1..=31_536_000)
        .unwrap_or(600.min(lifetime / 2));
    if renewal >= lifetime {
        let expected = format!("less than asap_ttl, which is {lifetime}");
        section.problem(
            "asap_ttl_threshold",
            ProblemKind::Conflict,
            &renewal.to_string(),
            &expected,
        );
    }
    Some(Issuance {
        key_id: text("asap_key_id"),
        issuer: text("asap_issuer"),
        audience: text("asap_audience"),
        lifetime: i64::try_from(lifetime).ok()?,
        renewal: i64::try_from(renewal).ok()?,
    })
}
