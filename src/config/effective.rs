//! What a host's options come to, for people: every option with its value and where that came from.

use serde_json::Value;

use crate::token::algorithm::Algorithm;
use crate::token::issuer::{Accepted, Keys};
use crate::token::key::Key;

use super::asap::Asap;
use super::host::{self, Host};
use crate::options::{self, KnownOption, Role};
use crate::origin::Origin;

/// An option in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The option's name in Prosody's configuration.
    pub option: &'static str,
    /// Its value; of a secret only its size.
    pub value: Value,
    /// The other option that it follows from, where it is not set itself.
    pub by: Option<&'static str>,
    /// Where it was set.
    pub origin: Origin,
}

/// Every option of a host, in the order in which tokens are decided.
#[must_use]
pub fn options(host: &Host, asap: Option<&Asap>) -> Vec<Effective> {
    let row = |option, value| Effective::of(host, option, value);
    let mut rows = keys(host);
    let values = host::values(&host.policy).into_iter();
    rows.extend(values.map(|(option, value)| row(option, value)));
    if let Some(Asap { issuance, .. }) = asap {
        let key: Vec<&str> = options::names(Role::OwnKey).collect();
        rows.push(Effective::new(host, "asap_key", &key, "set".into()));
        rows.push(row("asap_key_id", issuance.key_id.as_str().into()));
        rows.push(row("asap_issuer", issuance.issuer.as_str().into()));
        rows.push(row("asap_audience", issuance.audience.as_str().into()));
        rows.push(row("asap_ttl", issuance.lifetime.into()));
        rows.push(row("asap_ttl_threshold", issuance.renewal.into()));
    }
    rows
}

/// What of a host's policy lets in more than most operators want.
#[must_use]
pub fn warnings(name: &str, host: &Host) -> Vec<String> {
    let (policy, issuer) = (&host.policy, host.issuer());
    let risks = [
        (issuer.algorithms.is_empty(), UNSUPPORTED),
        (accepts_nothing(&issuer.accepted), NO_ISSUER),
        (accepts_nothing(&issuer.audiences), NO_AUDIENCE),
        (issuer.accepted == Accepted::Any, ANY_ISSUER),
        (issuer.audiences == Accepted::Any, ANY_AUDIENCE),
        (policy.allow_empty_token, EMPTY_TOKEN),
        (!policy.rooms.verify_domain, NO_DOMAIN),
    ];
    let risks = risks.into_iter().filter(|(is_there, _)| *is_there);
    risks.map(|(_, text)| format!("{name}: {text}")).collect()
}

fn accepts_nothing(accepted: &Accepted) -> bool {
    matches!(accepted, Accepted::Only(values) if values.is_empty())
}

impl Effective {
    /// An option that follows from those that the table says, where it is not set itself.
    fn of(host: &Host, option: &'static str, value: Value) -> Self {
        let follows = options::named(option).map_or(&[][..], KnownOption::follows);
        let sources: Vec<&'static str> = [option]
            .into_iter()
            .chain(follows.iter().copied())
            .collect();
        Self::new(host, option, &sources, value)
    }

    /// `sources` are the options that say it, the strongest first.
    fn new(host: &Host, option: &'static str, sources: &[&'static str], value: Value) -> Self {
        let set = |name: &&'static str| Some((*name, host.origin_of(name)?.clone()));
        let (by, origin) = sources
            .iter()
            .find_map(set)
            .unwrap_or((option, Origin::Default));
        Self {
            option,
            value,
            by: (by != option).then_some(by),
            origin,
        }
    }
}

fn keys(host: &Host) -> Vec<Effective> {
    let row = |option, value| Effective::of(host, option, value);
    let algorithm = host
        .issuer()
        .algorithm()
        .map_or("unsupported", Algorithm::name);
    let mut rows = vec![row("signature_algorithm", algorithm.into())];
    let secrets: Vec<&str> = options::names(Role::AppSecret).collect();
    match &host.issuer().keys {
        Keys::Fixed(keys) => {
            let shown: Vec<String> = keys.iter().map(shown).collect();
            let public = options::names(Role::PublicKey);
            let sources: Vec<&str> = public.chain(secrets).collect();
            let is_public = host.origin_of("public_key_file").is_some();
            let option = if is_public {
                "public_key_file"
            } else {
                "app_secret"
            };
            rows.push(Effective::new(
                host,
                option,
                &sources,
                shown.join(", ").into(),
            ));
        }
        Keys::ById(source) => {
            let Some(sources) = host.source(*source) else {
                return rows;
            };
            let url = |option, url: &Option<String>| Some(row(option, url.as_deref()?.into()));
            rows.extend(url("cache_keys_url", &sources.keys_url));
            rows.extend(url("asap_key_server", &sources.key_server));
            rows.extend(sources.folder.as_ref().map(|folder| {
                let (path, keys) = (folder.path.display(), folder.keys.len());
                row("key_folder", format!("{path} ({keys} keys)").into())
            }));
            rows.push(row("jwt_pubkey_cache_size", sources.capacity.into()));
            if secrets.iter().any(|name| host.origin_of(name).is_some()) {
                let unused = "set, not used beside public keys";
                rows.push(Effective::new(host, "app_secret", &secrets, unused.into()));
            }
        }
    }
    rows
}

fn shown(key: &Key) -> String {
    let facts = key.facts();
    match &facts.fingerprint {
        None => format!("set ({} bytes)", facts.bits / 8),
        Some(fingerprint) => format!("{}, {} bits, {fingerprint}", facts.key_type, facts.bits),
    }
}

const UNSUPPORTED: &str = "every token is denied, since signature_algorithm names none that Jitsi's modules know: \
    HS256, HS384, HS512, RS256, RS384 or RS512, in capitals; another one is taken from config.toml alone";
const NO_ISSUER: &str = "no issuer is accepted, so that nobody gets in with a token: list the issuers in \
    asap_accepted_issuers, or leave it out (in a list of Lua's nothing counts that stands behind a nil, such as a name \
    without quotes)";
const NO_AUDIENCE: &str = "no audience is accepted, so that nobody gets in with a token: list your own in \
    asap_accepted_audiences, or leave it out (in a list of Lua's nothing counts that stands behind a nil, such as a name \
    without quotes)";
const ANY_ISSUER: &str = "any issuer is accepted: whoever has the secret or a key decides what \
    tokens say; list the issuers in asap_accepted_issuers";
const ANY_AUDIENCE: &str = "any audience is accepted: a token that the same issuer made for another \
    service opens rooms, too; list your own in asap_accepted_audiences";
const EMPTY_TOKEN: &str = "clients without a token are let in as guests; set allow_empty_token to \
    false if they must not be";
const NO_DOMAIN: &str = "sub is not compared with the room's domain: a token for one tenant opens \
    the rooms of the same name of all; set enable_domain_verification to true if there are several";
