//! A host's policy: read from options under Prosody's names, and shown under the same.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::keys::source::KeySources;
use crate::token::bounds::Bounds;
use crate::token::issuer::{
    self, Accepted, AcceptedTypes, Issuer, Issuers, Keys, LifetimePolicy, SourceId,
};
use crate::token::policy::{PatternLimits, Policy, RoomPolicy};
use crate::token::preparation;

use super::expiry;
use super::inputs::{self, HostInputs, ending, flag, lifetime, list};
use super::issuers::{self, Inherited, IssuerOrigins, ReadIssuer};
use super::keys::{self, Whose};
use super::layers::Dialect;
use super::looks;
use super::raw::{ISSUERS, Section};
use super::written::Written;
use crate::options::{self, Group, Role};
use crate::origin::problem::ProblemKind;
use crate::origin::{Origin, Origins};

/// One `VirtualHost`: what it accepts, where its keys are, and who said so.
#[derive(Debug, Clone)]
pub struct Host {
    /// The application ID that its own issuer puts into tokens.
    pub app_id: Option<String>,
    pub policy: Policy,
    /// Where the keys of each issuer are, in the order of the issuers. A [`SourceId`] is an index into these.
    pub sources: Vec<KeySources>,
    /// Where the values of its options came from.
    pub origins: Origins,
    /// How its options are written where they are set.
    pub written: Written,
    /// The same of its further issuers.
    pub further: Vec<IssuerOrigins>,
}

impl Host {
    /// Its first issuer: the one that the host's own options describe, where they describe one.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        self.policy.issuers.first()
    }

    /// Where an issuer's keys are.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&KeySources> {
        self.sources.get(id.0)
    }

    /// Where the options of a further issuer came from.
    #[must_use]
    pub fn further(&self, issuer: &str) -> Option<&IssuerOrigins> {
        self.further.iter().find(|further| further.name == issuer)
    }

    /// Where an option was set for one of the issuers: by itself, or by the host for it. None if it was not.
    #[must_use]
    pub fn origin_at(&self, issuer: &str, option: &str) -> Option<&Origin> {
        match self.further(issuer) {
            None => self.origin_of(option),
            Some(further) => {
                let of_host = || {
                    self.origin_of(option)
                        .filter(|_| options::is_inherited(option))
                };
                further.origin_of(option).or_else(of_host)
            }
        }
    }

    /// What signatures are verified with: the names of options, with the place where keys are, and no key. Those of a further
    /// issuer have its name before them.
    pub fn key_sources(&self) -> Vec<String> {
        let issuers = self.policy.issuers.iter();
        let named = issuers.flat_map(|issuer| {
            let is_further = self.further(&issuer.name).is_some();
            let of = if is_further {
                format!("{}: ", issuer.name)
            } else {
                String::new()
            };
            let sources = self.key_sources_of(issuer).into_iter();
            sources.map(move |source| format!("{of}{source}"))
        });
        named.collect()
    }

    fn key_sources_of(&self, issuer: &Issuer) -> Vec<String> {
        if let Keys::ById(source) = issuer.keys {
            return self
                .source(source)
                .map_or_else(Vec::new, KeySources::described);
        }
        let fixed = options::names(Role::PublicKey).chain(options::names(Role::AppSecret));
        let is_set = |option: &&str| self.origin_at(&issuer.name, option).is_some();
        fixed.filter(is_set).map(str::to_owned).collect()
    }

    /// Where an option was set; None if it was not.
    #[must_use]
    pub fn origin_of(&self, option: &str) -> Option<&Origin> {
        self.origins
            .get(option)
            .filter(|origin| **origin != Origin::Default)
    }
}

/// Reads one host. None if something is wrong; the mistakes are noted in the section.
pub fn host(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    warnings: &mut Vec<String>,
) -> Option<Host> {
    let sections = section.tables(ISSUERS);
    let own = has_own_issuer(section).then(|| own_issuer(section, inputs, warnings));
    let inherited = Inherited::read(section);
    let room_policy = rooms(section);
    let place = usize::from(own.is_some());
    let further = issuers::read(&sections, place, inputs, &inherited, &room_policy, warnings);
    let expiry = expiry::read(section);
    let allow_empty_token = flag(section, "allow_empty_token", false);
    // They are read after the host, and have an origin as well.
    let own_tokens = options::all().filter(|option| option.group == Group::OwnTokens);
    section.has_any(own_tokens.map(|option| option.name));
    let all = own.into_iter().chain(further);
    let all: Vec<ReadIssuer> = all.collect::<Option<_>>()?;
    issuers::refuse_doubles(&sections, &all);
    let sources = all.iter().map(|read| read.sources.clone()).collect();
    let further = all.iter().filter_map(|read| read.origins.clone()).collect();
    let mut all = all.into_iter().map(|read| read.issuer);
    Some(Host {
        policy: Policy {
            issuers: Issuers::new(all.next()?, all.collect()),
            allow_empty_token,
            max_token_bytes: inputs.max_token_bytes,
            expiry,
            rooms: room_policy,
        },
        app_id: section.string("app_id"),
        sources,
        origins: section.origins(),
        written: Written::of(section),
        further,
    })
}

/// Whether the host's own options describe an issuer. They need not where there are others.
fn has_own_issuer(section: &Section<'_>) -> bool {
    let says =
        section.has_any(["app_id", "asap_accepted_issuers"]) || keys::deciding(section).is_some();
    !section.has(ISSUERS) || says
}

/// What a host lacks to be one with tokens: the same as keeps Jitsi's modules from loading there.
pub fn missing(section: &Section<'_>) -> Option<Missing> {
    if !section.has("app_id") {
        return Some(Missing::Nothing("app_id"));
    }
    if section.is_empty_text("app_id") {
        return Some(Missing::Empty("app_id"));
    }
    match keys::deciding(section) {
        None => Some(Missing::Nothing(
            "app_secret, asap_key_server or cache_keys_url",
        )),
        Some(name) => section.is_empty_text(name).then_some(Missing::Empty(name)),
    }
}

/// What a host lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The option, or one of these.
    Nothing(&'static str),
    /// The value of the option.
    Empty(&'static str),
}

/// The issuer that the host's own options describe.
fn own_issuer(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    warnings: &mut Vec<String>,
) -> Option<ReadIssuer> {
    let keys = keys::read(section, inputs, Whose::Hosts, SourceId::FIRST, warnings);
    let app_id = app_id(section, warnings);
    let own = || app_id.clone().map(|id| Accepted::only([id]));
    let issuers = list(section, "asap_accepted_issuers").map(Accepted::only);
    let audiences = list(section, "asap_accepted_audiences").map(Accepted::only);
    let types = section.strings("accepted_types");
    let once = inputs::once(section, inputs, false);
    let keys = keys?;
    let issuer = Issuer {
        types: types.map_or(AcceptedTypes::Jwt, |types| AcceptedTypes::listed(&types)),
        lifetime: ending(lifetime(section), once),
        once,
        accept_audience_array: flag(section, "accept_audience_array", false),
        require_room_claim: flag(section, "asap_require_room_claim", true),
        accepted: issuers.or_else(own)?,
        audience_claim: Cow::Borrowed("aud"),
        audiences: audiences.or_else(own)?,
        algorithms: keys.algorithms,
        keys: keys.keys,
        bounds: Bounds {
            wildcards: flag(section, "allow_wildcards", true),
            ..Bounds::NONE
        },
        mapping: None,
        name: issuer::DEFAULT.to_owned(),
    };
    keys::refuse_useless(section, Whose::Hosts, &issuer);
    Some(ReadIssuer {
        issuer,
        sources: keys.sources,
        origins: None,
    })
}

fn app_id(section: &Section<'_>, warnings: &mut Vec<String>) -> Option<String> {
    let app_id = section.string("app_id");
    if !section.has("app_id") && !section.is_called_otherwise("app_id") {
        section.problem(
            "app_id",
            ProblemKind::Missing,
            "nothing",
            &format!(
                "the application ID that tokens carry as iss{}",
                keys::or_no_own_issuer(section)
            ),
        );
    }
    let unfilled = app_id
        .as_deref()
        .filter(|app_id| looks::is_unfilled(app_id));
    if let Some(app_id) = unfilled {
        warnings.push(format!(
            "{} is {app_id:?}, which looks like a placeholder that nobody filled in [{}]",
            section.shown("app_id"),
            section.origin("app_id")
        ));
    }
    app_id
}

fn rooms(section: &Section<'_>) -> RoomPolicy {
    // Prosody compares options as they stand; here capitals are no mistake.
    let domain = |name| {
        section
            .string(name)
            .map(|domain| match section.dialect(name) {
                Dialect::Own => preparation::host(&domain),
                Dialect::Prosody => domain,
            })
    };
    let base = domain("muc_mapper_domain_base");
    let prefix = section
        .string("muc_mapper_domain_prefix")
        .unwrap_or_else(|| "conference".to_owned());
    let muc_domain = domain("muc_mapper_domain");
    if base.is_none() && section.sets_any(["muc_mapper_domain"]) {
        section.problem(
            "muc_mapper_domain",
            ProblemKind::Missing,
            "no muc_mapper_domain_base beside it",
            "both, or none of them",
        );
    }
    RoomPolicy {
        verify_domain: flag(section, "enable_domain_verification", true),
        muc_domain: base.map(|base| muc_domain.unwrap_or_else(|| format!("{prefix}.{base}"))),
        domain_prefix: prefix,
        patterns: PatternLimits {
            enabled: flag(section, "token_regex_enabled", true),
            max_room_bytes: section
                .integer("token_regex_room_max_length", 0..=1_024)
                .unwrap_or(128),
            max_quantifiers: section
                .integer("token_regex_max_quantifiers", 0..=16)
                .unwrap_or(3),
        },
    }
}

/// What the options of a policy come to, for people, in the order in which tokens are decided.
///
/// Takes the policy apart by name, so that a new field does not compile until its option is shown. Keys are shown beside
/// this, with where they are from; the longest token is no option of a host.
pub fn values(policy: &Policy, has_own_issuer: bool) -> Vec<(&'static str, Value)> {
    let Policy {
        issuers,
        allow_empty_token,
        max_token_bytes: _,
        expiry,
        rooms,
    } = policy;
    let mut values = if has_own_issuer {
        issuer_values(issuers.first())
    } else {
        Vec::new()
    };
    values.push(("allow_empty_token", json!(allow_empty_token)));
    values.extend(expiry::values(*expiry));
    values.extend(room_values(rooms));
    values
}

/// What the options of the host's own issuer come to. Those of a further one alone, and names, algorithms and keys, are
/// shown elsewhere.
pub(super) fn issuer_values(issuer: &Issuer) -> Vec<(&'static str, Value)> {
    let Issuer {
        name: _,
        algorithms: _,
        keys: _,
        audience_claim: _,
        mapping: _,
        types,
        lifetime,
        accepted,
        audiences,
        accept_audience_array,
        require_room_claim,
        once,
        bounds,
    } = issuer;
    let LifetimePolicy {
        leeway,
        require_expiration,
        longest,
    } = lifetime;
    vec![
        ("accepted_types", types_value(types)),
        ("leeway", json!(leeway)),
        ("require_exp", json!(require_expiration)),
        ("max_token_lifetime", json!(longest)),
        ("asap_accepted_issuers", accepted_value(accepted)),
        ("asap_accepted_audiences", accepted_value(audiences)),
        ("accept_audience_array", json!(accept_audience_array)),
        ("asap_require_room_claim", json!(require_room_claim)),
        ("allow_wildcards", json!(bounds.wildcards)),
        ("once", json!(once)),
    ]
}

fn room_values(rooms: &RoomPolicy) -> [(&'static str, Value); 6] {
    let RoomPolicy {
        verify_domain,
        domain_prefix,
        muc_domain,
        patterns,
    } = rooms;
    let PatternLimits {
        enabled,
        max_room_bytes,
        max_quantifiers,
    } = patterns;
    [
        ("enable_domain_verification", json!(verify_domain)),
        ("muc_mapper_domain", json!(muc_domain)),
        ("muc_mapper_domain_prefix", json!(domain_prefix)),
        ("token_regex_enabled", json!(enabled)),
        ("token_regex_room_max_length", json!(max_room_bytes)),
        ("token_regex_max_quantifiers", json!(max_quantifiers)),
    ]
}

pub(super) fn accepted_value(accepted: &Accepted) -> Value {
    match accepted {
        Accepted::Any => json!(["*"]),
        Accepted::Only(values) => json!(values),
    }
}

pub(super) fn types_value(types: &AcceptedTypes) -> Value {
    match types {
        AcceptedTypes::Jwt => json!(["JWT"]),
        AcceptedTypes::Listed { names, none } => {
            let none = none.then_some("none");
            names.iter().map(String::as_str).chain(none).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{self, layers::Inputs};
    use crate::token::algorithm::Algorithm;
    use crate::token::issuer::{Issuer, Keys};
    use crate::token::key::Key;
    use crate::token::policy::Policy;

    #[test]
    fn the_strict_policy_has_the_defaults_of_all_options() {
        let text = "[hosts.\"a.example\"]\napp_id = \"my_app\"\napp_secret = \"a secret\"\n";
        let sources = Inputs {
            file: Some(("/t.toml".into(), text.to_owned())),
            ..Inputs::default()
        };
        let config = config::load(&sources).unwrap();
        let policy = &config.hosts["a.example"].policy;
        let keys = Keys::Fixed(vec![Key::from_secret(b"a secret").unwrap()]);
        let strict = Policy::strict(Issuer::strict("my_app", Algorithm::Hs256, keys));
        // A key shows nothing of itself, so this compares all but the secret.
        assert_eq!(format!("{policy:?}"), format!("{strict:?}"));
    }
}
