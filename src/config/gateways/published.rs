//! Public keys in place of credentials.

use super::super::raw::Section;
use super::super::{discovery, keys};
use crate::gateway::settings::Settings;
use crate::keys::source::{DEFAULT_CAPACITY, KeySources};
use crate::origin::problem::ProblemKind;
use crate::token::algorithm::{Algorithm, Family};

/// What a gateway says of published keys.
#[derive(Default)]
pub struct Published {
    /// Where they are, if that is said and right.
    pub sources: Option<KeySources>,
    /// The algorithms that count with them.
    pub algorithms: Vec<Algorithm>,
    /// Whether there are to be some, right or wrong.
    pub is_meant: bool,
}

/// Reads the options on published keys.
pub fn read(
    section: &Section<'_>,
    settings: Option<&Settings>,
    warnings: &mut Vec<String>,
) -> Published {
    let keys_url = keys::url(section, "cache_keys_url", warnings);
    let discovery = discovery::read(section, "issuers");
    if section.boolean("discover") == Some(true) && !section.has("issuers") {
        let expected =
            "the address of the issuer, such as [\"https://sso.example.com/realms/meet\"]";
        section.problem("issuers", ProblemKind::Missing, "nothing", expected);
    }
    let is_meant = section.has("cache_keys_url") || section.boolean("discover") == Some(true);
    let algorithms = algorithms(section, is_meant);
    if is_meant && section.has("kong_config") {
        section.problem(
            "kong_config",
            ProblemKind::Conflict,
            "it beside published keys",
            "one of them",
        );
    }
    if is_meant && settings.is_some_and(|settings| settings.beyond.audiences.is_empty()) {
        warnings.push(format!("{}: {ANY_AUDIENCE}", section.shown("audiences")));
    }
    let has_place = keys_url.is_some() || discovery.is_some();
    Published {
        sources: has_place.then(|| KeySources {
            keys_url,
            discovery,
            algorithms: algorithms.clone(),
            capacity: DEFAULT_CAPACITY,
            ..KeySources::default()
        }),
        algorithms,
        is_meant,
    }
}

/// All algorithms with public keys, unless it is said which. Those of credentials are said there.
fn algorithms(section: &Section<'_>, is_meant: bool) -> Vec<Algorithm> {
    let is_public = |algorithm: &Algorithm| algorithm.family() != Family::Hmac;
    let all = || Algorithm::ALL.into_iter().filter(is_public);
    let Some(names) = section.strings("algorithms") else {
        return if is_meant {
            all().collect()
        } else {
            Vec::new()
        };
    };
    if !is_meant {
        let expected =
            "cache_keys_url or discover beside it; each credential says its own algorithm";
        section.problem(
            "algorithms",
            ProblemKind::Conflict,
            "it without published keys",
            expected,
        );
    }
    let known = names.iter().filter_map(|name| {
        let known = Algorithm::from_name(name).filter(is_public);
        if known.is_none() {
            let names: Vec<&str> = all().map(Algorithm::name).collect();
            let (found, expected) = (format!("{name:?}"), format!("one of {}", names.join(", ")));
            section.problem("algorithms", ProblemKind::WrongValue, &found, &expected);
        }
        known
    });
    known.collect()
}

const ANY_AUDIENCE: &str = "any audience is accepted: a token that the same issuer made for another service passes, too; list your \
    own in audiences";
