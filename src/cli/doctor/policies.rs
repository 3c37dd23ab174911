//! Each host as the daemon has it, and as Prosody's configuration alone would have it.

use std::path::Path;

use serde_json::Map;

use crate::config::host::Host;
use crate::config::layers::Inputs;
use crate::config::prosody_part::{PROSODY_CONFIG, ProsodyPart};
use crate::config::{Config, Loaded, effective};
use crate::doctor::facts::policies::Policies;
use crate::prosody::model::ProsodyConfig;
use crate::token::issuer::{self, Keys};

use super::local::Local;

/// Compares the hosts that both configurations describe.
pub fn compare(path: &Path, prosody: Option<&ProsodyConfig>, local: &Local) -> Vec<Policies> {
    let (Some(prosody), Ok(own)) = (prosody, &local.config) else {
        return Vec::new();
    };
    let Some(theirs) = read(path, prosody) else {
        return Vec::new();
    };
    let hosts = own.hosts.iter();
    hosts
        .filter_map(|(name, host)| {
            let other = theirs.hosts.get(name)?;
            Some(Policies {
                host: name.clone(),
                daemons: effective::options(host, None),
                prosodys: effective::options(other, None),
                is_one_secret: is_one_secret(host, other),
            })
        })
        .collect()
}

/// What the daemon would make of Prosody's configuration if it had none of its own.
fn read(path: &Path, prosody: &ProsodyConfig) -> Option<Config> {
    let path = path.to_string_lossy().into_owned();
    let sources = Inputs {
        flags: vec![(vec![PROSODY_CONFIG.to_owned()], path.into())],
        ..Inputs::default()
    };
    let prosody = ProsodyPart {
        variables: None,
        files: Vec::new(),
        outcome: Ok(prosody.clone()),
    };
    Loaded::with_prosody(&sources, prosody).config.ok()
}

/// Whether the secret of the other is among those of the first: what both sign is the same then alone.
fn is_one_secret(own: &Host, other: &Host) -> Option<bool> {
    let wanted = signatures(other)?;
    let known = signatures(own)?;
    Some(wanted.iter().any(|signature| known.contains(signature)))
}

fn signatures(host: &Host) -> Option<Vec<String>> {
    // Prosody's own configuration knows no other issuer.
    let issuer = host.policy.issuers.named(issuer::DEFAULT)?;
    let Keys::Fixed(keys) = &issuer.keys else {
        return None;
    };
    let claims = Map::from_iter([("exp".to_owned(), 1.into())]);
    let sign = |key: &crate::token::key::Key| {
        let signing = key.signing()?;
        signing.sign(SECRETS, None, &claims).ok()
    };
    let signed: Vec<String> = keys.iter().filter_map(sign).collect();
    (!signed.is_empty()).then_some(signed)
}

/// Any that takes a secret: it is the secrets that are compared.
const SECRETS: crate::token::algorithm::Algorithm = crate::token::algorithm::Algorithm::Hs256;
