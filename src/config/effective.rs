//! What a host's options come to, for people: every option with its value and where that came from.

use serde_json::Value;

use crate::keys::source::KeySources;
use crate::token::bounds::Bounds;
use crate::token::glob::Glob;
use crate::token::issuer::{Accepted, Issuer, Keys};
use crate::token::key::Key;

use super::asap::Asap;
use super::host::{self, Host};
use super::mapping;
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
    let shown = Shown {
        host,
        issuer: host.issuer(),
    };
    let row = |option, value| shown.row(option, value);
    let own = host.further(&host.issuer().name).is_none();
    let mut rows = if own { shown.keys() } else { Vec::new() };
    let values = host::values(&host.policy, own).into_iter();
    rows.extend(values.map(|(option, value)| row(option, value)));
    if let Some(Asap { issuance, .. }) = asap {
        let key: Vec<&str> = options::names(Role::OwnKey).collect();
        rows.push(shown.first_of("asap_key", &key, "set".into()));
        rows.push(row("asap_key_id", issuance.key_id.as_str().into()));
        rows.push(row("asap_issuer", issuance.issuer.as_str().into()));
        rows.push(row("asap_audience", issuance.audience.as_str().into()));
        rows.push(row("asap_ttl", issuance.lifetime.into()));
        rows.push(row("asap_ttl_threshold", issuance.renewal.into()));
    }
    rows
}

/// The options of each further issuer of a host, by its name.
#[must_use]
pub fn issuers(host: &Host) -> Vec<(String, Vec<Effective>)> {
    let further = host.policy.issuers.iter();
    let further = further.filter(|issuer| host.further(&issuer.name).is_some());
    let shown = further.map(|issuer| (issuer.name.clone(), Shown { host, issuer }.further()));
    shown.collect()
}

/// What of a host's policy lets in more than most operators want.
#[must_use]
pub fn warnings(name: &str, host: &Host) -> Vec<String> {
    let policy = &host.policy;
    let issuers = policy.issuers.iter().flat_map(|issuer| {
        let risks = of_issuer(issuer, host.further(&issuer.name).is_some());
        let of = match host.further(&issuer.name) {
            Some(_) => format!("{name}, issuer {}", issuer.name),
            None => name.to_owned(),
        };
        risks.into_iter().map(move |text| format!("{of}: {text}"))
    });
    let of_host = [
        (policy.allow_empty_token, EMPTY_TOKEN),
        (!policy.rooms.verify_domain, NO_DOMAIN),
    ];
    let of_host = of_host.into_iter().filter(|(is_there, _)| *is_there);
    let of_host = of_host.map(|(_, text)| format!("{name}: {text}"));
    issuers.chain(of_host).collect()
}

fn of_issuer(issuer: &Issuer, is_further: bool) -> Vec<&'static str> {
    let texts = if is_further { &OF_FURTHER } else { &OF_HOST };
    let risks = [
        issuer.algorithms.is_empty(),
        accepts_nothing(&issuer.accepted),
        accepts_nothing(&issuer.audiences),
        issuer.accepted == Accepted::Any,
        issuer.audiences == Accepted::Any,
    ];
    let risks = risks.into_iter().zip(texts);
    risks
        .filter(|(is_there, _)| *is_there)
        .map(|(_, text)| *text)
        .collect()
}

fn accepts_nothing(accepted: &Accepted) -> bool {
    matches!(accepted, Accepted::Only(values) if values.is_empty())
}

/// An issuer whose options are shown.
struct Shown<'a> {
    host: &'a Host,
    issuer: &'a Issuer,
}

impl Shown<'_> {
    /// An option that follows from those that the table says, where it is not set itself.
    fn row(&self, option: &'static str, value: Value) -> Effective {
        let follows = options::named(option).map_or(&[][..], KnownOption::follows);
        let sources: Vec<&'static str> = [option]
            .into_iter()
            .chain(follows.iter().copied())
            .collect();
        self.first_of(option, &sources, value)
    }

    /// `sources` are the options that say it, the strongest first.
    fn first_of(&self, option: &'static str, sources: &[&'static str], value: Value) -> Effective {
        let set = |name: &&'static str| {
            // The host's application ID is none of a further issuer's, and an audience that counts for it.
            let origin = match *name {
                "app_id" => self.host.origin_of(name)?,
                name => self.host.origin_at(&self.issuer.name, name)?,
            };
            Some((*name, origin.clone()))
        };
        let (by, origin) = sources
            .iter()
            .find_map(set)
            .unwrap_or((option, Origin::Default));
        Effective {
            option,
            value,
            by: (by != option).then_some(by),
            origin,
        }
    }

    /// Everything that the section of a further issuer says, or its host for it.
    fn further(&self) -> Vec<Effective> {
        let issuer = self.issuer;
        let mut rows = vec![self.row("issuer", host::accepted_value(&issuer.accepted))];
        rows.extend(self.keys());
        let values = host::issuer_values(issuer).into_iter();
        let values = values.filter(|(option, _)| *option != "asap_accepted_issuers");
        rows.extend(values.map(|(option, value)| {
            let mut row = self.row(option, value);
            row.option = options::for_issuers(option);
            row
        }));
        rows.push(self.row("audience_claim", issuer.audience_claim.as_ref().into()));
        rows.extend(self.bounds());
        if let Some(mapping) = &issuer.mapping {
            rows.push(self.row("claims", Value::Object(mapping::written(mapping))));
        }
        rows
    }

    fn bounds(&self) -> Vec<Effective> {
        let Bounds {
            rooms,
            tenants,
            moderators,
            features,
            wildcards: _,
        } = &self.issuer.bounds;
        let any = || Value::from(vec!["*"]);
        let globs = |globs: &Option<Vec<Glob>>| {
            globs.as_ref().map_or_else(any, |globs| {
                globs
                    .iter()
                    .map(|glob| Value::from(glob.written()))
                    .collect()
            })
        };
        vec![
            self.row("rooms", globs(rooms)),
            self.row("tenants", globs(tenants)),
            self.row("moderators", (*moderators).into()),
            self.row(
                "features",
                features
                    .as_ref()
                    .map_or_else(any, |all| all.iter().cloned().collect()),
            ),
        ]
    }

    fn algorithms(&self) -> Effective {
        let algorithms = self.issuer.algorithms.iter();
        let names: Vec<&str> = algorithms.map(|algorithm| algorithm.name()).collect();
        let (option, value) = match (self.host.further(&self.issuer.name), names.as_slice()) {
            (Some(_), _) => ("algorithms", names.into()),
            (None, [name]) => ("signature_algorithm", (*name).into()),
            (None, _) => ("signature_algorithm", "unsupported".into()),
        };
        let mut row = self.row("signature_algorithm", value);
        row.option = option;
        row
    }

    fn keys(&self) -> Vec<Effective> {
        let mut rows = vec![self.algorithms()];
        match &self.issuer.keys {
            Keys::Fixed(keys) => rows.push(self.fixed(keys)),
            Keys::ById(source) => {
                let sources = self
                    .host
                    .source(*source)
                    .map(|sources| self.sources(sources));
                rows.extend(sources.unwrap_or_default());
            }
        }
        rows
    }

    fn fixed(&self, keys: &[Key]) -> Effective {
        let shown: Vec<String> = keys.iter().map(shown).collect();
        let sources: Vec<&str> = options::names(Role::PublicKey)
            .chain(options::names(Role::AppSecret))
            .collect();
        let is_public = self
            .host
            .origin_at(&self.issuer.name, "public_key_file")
            .is_some();
        let option = if is_public {
            "public_key_file"
        } else {
            "app_secret"
        };
        self.first_of(option, &sources, shown.join(", ").into())
    }

    fn sources(&self, sources: &KeySources) -> Vec<Effective> {
        let url = |option, url: &Option<String>| Some(self.row(option, url.as_deref()?.into()));
        let discovery = sources.discovery.as_ref();
        let discovery = discovery.map(|_| self.row("discover", true.into()));
        let folder = sources.folder.as_ref().map(|folder| {
            let (path, keys) = (folder.path.display(), folder.keys.len());
            self.row("key_folder", format!("{path} ({keys} keys)").into())
        });
        let capacity = self.row("jwt_pubkey_cache_size", sources.capacity.into());
        let secrets: Vec<&str> = options::names(Role::AppSecret).collect();
        let is_set = |name: &&str| self.host.origin_at(&self.issuer.name, name).is_some();
        let unused = secrets.iter().any(is_set).then(|| {
            self.first_of(
                "app_secret",
                &secrets,
                "set, not used beside public keys".into(),
            )
        });
        let rows = [
            url("cache_keys_url", &sources.keys_url),
            discovery,
            url("asap_key_server", &sources.key_server),
            folder,
            Some(capacity),
            unused,
        ];
        rows.into_iter().flatten().collect()
    }
}

fn shown(key: &Key) -> String {
    let facts = key.facts();
    match &facts.fingerprint {
        None => format!("set ({} bytes)", facts.bits / 8),
        Some(fingerprint) => format!("{}, {} bits, {fingerprint}", facts.key_type, facts.bits),
    }
}

/// What may be odd about the host's own issuer, in the order of [`of_issuer`].
const OF_HOST: [&str; 5] = [
    UNSUPPORTED,
    NO_ISSUER,
    NO_AUDIENCE,
    ANY_ISSUER,
    ANY_AUDIENCE,
];
/// The same of a further one, of which not all can be.
const OF_FURTHER: [&str; 5] = [
    UNSUPPORTED,
    NO_ISSUER,
    NO_AUDIENCE,
    ANY_FURTHER,
    ANY_AUDIENCE_OF_FURTHER,
];
const ANY_FURTHER: &str = "every iss that no other issuer has is accepted: whoever has the secret or a key decides what \
    tokens say; list the issuers in issuer, and take any_issuer out";
const ANY_AUDIENCE_OF_FURTHER: &str = "any audience is accepted: a token that the same issuer made for another service opens \
    rooms, too; list your own in audiences";
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
