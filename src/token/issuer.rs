//! Who issues a host's tokens: what they must be like, and what they are verified with. Option names are Prosody's.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter;

use serde_json::Value;

use super::algorithm::Algorithm;
use super::bounds::Bounds;
use super::key::Key;
use super::mapping::Mapping;

/// One issuer of a host's tokens.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its name within the host.
    pub name: String,
    /// Accepted `iss` (`asap_accepted_issuers`, else `app_id`).
    pub accepted: Accepted,
    /// The claim that says for whom a token is: `aud`, unless the issuer has another one (`audience_claim`).
    pub audience_claim: Cow<'static, str>,
    /// Accepted `aud` (`asap_accepted_audiences`).
    pub audiences: Accepted,
    /// Whether one accepted member of an array `aud` is enough (`accept_audience_array`).
    pub accept_audience_array: bool,
    /// Accepted `alg` (`signature_algorithm`); none where the option names one that nobody supports. Either all of them
    /// are for secrets or none is.
    pub algorithms: Vec<Algorithm>,
    /// What signatures are verified with.
    pub keys: Keys,
    /// Accepted `typ` (`accepted_types`).
    pub types: AcceptedTypes,
    /// How a token's lifetime is judged.
    pub lifetime: LifetimePolicy,
    /// Whether a token must name a room (`asap_require_room_claim`).
    pub require_room_claim: bool,
    /// Whether each of its tokens opens one session, by its `jti` (`once`).
    pub once: bool,
    /// How far its tokens may go.
    pub bounds: Bounds,
    /// Where Jitsi's claims are taken from, if its tokens have them elsewhere.
    pub mapping: Option<Mapping>,
}

impl Issuer {
    /// The issuer of a host for which nothing is set but `app_id` and keys.
    #[must_use]
    pub fn strict(app_id: &str, algorithm: Algorithm, keys: Keys) -> Self {
        Self {
            name: DEFAULT.to_owned(),
            accepted: Accepted::only([app_id]),
            audience_claim: Cow::Borrowed("aud"),
            audiences: Accepted::only([app_id]),
            accept_audience_array: false,
            algorithms: vec![algorithm],
            keys,
            types: AcceptedTypes::Jwt,
            lifetime: LifetimePolicy::default(),
            require_room_claim: true,
            once: false,
            bounds: Bounds::NONE,
            mapping: None,
        }
    }

    /// The algorithm that the issuer signs with, or the first of several.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithms.first().copied()
    }
}

/// The name of the issuer that a host's own options describe.
pub const DEFAULT: &str = "default";

/// The issuers of a host, of which there is at least one.
#[derive(Debug, Clone)]
pub struct Issuers {
    first: Issuer,
    others: Vec<Issuer>,
    /// Which one of [`Self::iter`] accepts an `iss`.
    by_claim: BTreeMap<String, usize>,
    /// The one that accepts every `iss` that no other one does.
    of_any: Option<usize>,
    /// All issuers of the host, where one of them is taken alone.
    among: Option<Box<Issuers>>,
}

impl From<Issuer> for Issuers {
    fn from(only: Issuer) -> Self {
        Self::new(only, Vec::new())
    }
}

impl Issuers {
    /// Takes the issuer that the host's own options describe, or else any, and the others. Where two of them accept the same
    /// `iss`, the earlier one has it.
    #[must_use]
    pub fn new(first: Issuer, others: Vec<Issuer>) -> Self {
        let mut by_claim = BTreeMap::new();
        let mut of_any = None;
        for (place, issuer) in iter::once(&first).chain(&others).enumerate() {
            match &issuer.accepted {
                Accepted::Any => drop(of_any.get_or_insert(place)),
                Accepted::Only(values) => values.iter().for_each(|value| {
                    by_claim.entry(value.clone()).or_insert(place);
                }),
            }
        }
        Self {
            first,
            others,
            by_claim,
            of_any,
            among: None,
        }
    }

    /// One of these by itself, with changes maybe. Whatever they accept, an `iss` that is another one's here stays that one's:
    /// by its `iss` the issuer of a session is found again.
    #[must_use]
    pub fn alone(self, issuer: Issuer) -> Self {
        let among = self.only().is_none().then(|| Box::new(self));
        Self {
            among,
            ..Self::from(issuer)
        }
    }

    /// The same with a change of the first one.
    #[must_use]
    pub fn with_first(mut self, change: impl FnOnce(&mut Issuer)) -> Self {
        change(&mut self.first);
        Self::new(self.first, self.others)
    }

    /// The first one: the one that the host's own options describe, where they describe one.
    #[must_use]
    pub const fn first(&self) -> &Issuer {
        &self.first
    }

    /// The only issuer, where there is no other.
    #[must_use]
    pub const fn only(&self) -> Option<&Issuer> {
        if self.others.is_empty() && self.among.is_none() {
            Some(&self.first)
        } else {
            None
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Issuer> {
        iter::once(&self.first).chain(&self.others)
    }

    /// The one of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Issuer> {
        self.iter().find(|issuer| issuer.name == name)
    }

    /// The issuer that accepts this `iss`.
    #[must_use]
    pub fn of_claim(&self, iss: &Value) -> Option<&Issuer> {
        match iss.as_str() {
            Some(iss) => self.of_text(iss),
            None => self.iter().find(|issuer| issuer.accepted.contains(iss)),
        }
    }

    /// The same, of an `iss` that is a text.
    #[must_use]
    pub fn of_text(&self, iss: &str) -> Option<&Issuer> {
        let place = self.by_claim.get(iss).copied().or(self.of_any)?;
        let found = self.iter().nth(place)?;
        let owner = self.among.as_ref().and_then(|all| all.of_text(iss));
        owner
            .is_none_or(|owner| owner.name == found.name)
            .then_some(found)
    }
}

/// What an issuer's signatures are verified with.
#[derive(Debug, Clone)]
pub enum Keys {
    /// These keys for all tokens, each as good as the other; a `kid` is not looked at.
    Fixed(Vec<Key>),
    /// The key that the token's `kid` names, in these sources of the host.
    ById(SourceId),
}

/// Which of a host's sources of keys. Nothing here knows where they are, or asks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceId(pub usize);

impl SourceId {
    /// The sources of a host's first issuer.
    pub const FIRST: Self = Self(0);
}

/// A list of accepted values, or any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Any value, as long as there is one.
    Any,
    /// These strings, compared to the letter.
    Only(Vec<String>),
}

impl Accepted {
    /// The values that Prosody's options list; `*` among them stands for any.
    pub fn only<I: Into<String>>(values: impl IntoIterator<Item = I>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if values.iter().any(|value| value == "*") {
            Self::Any
        } else {
            Self::Only(values)
        }
    }

    /// The first value, where not any is accepted.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Any => None,
            Self::Only(values) => values.first().map(String::as_str),
        }
    }

    /// Whether `value` is accepted.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Only(_) => value
                .as_str()
                .is_some_and(|value| self.contains_text(value)),
        }
    }

    /// Whether a text is accepted.
    #[must_use]
    pub fn contains_text(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(values) => values.iter().any(|accepted| accepted == value),
        }
    }
}

/// Accepted values of the header's `typ`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedTypes {
    /// Exactly `JWT`, as Jitsi's modules have it.
    Jwt,
    /// Any of these, with or without `application/`, in any case (RFC 7515 section 4.1.9).
    Listed {
        /// The types, in lower case and without `application/`.
        names: Vec<String>,
        /// Whether `typ` may be left out.
        none: bool,
    },
}

impl AcceptedTypes {
    /// The values that the option lists; `none` among them lets `typ` be left out.
    #[must_use]
    pub fn listed(values: &[String]) -> Self {
        let (none, names): (Vec<String>, Vec<String>) = values
            .iter()
            .map(|value| media_type(value))
            .partition(|value| value == "none");
        Self::Listed {
            names,
            none: !none.is_empty(),
        }
    }

    /// The `typ` of the usual token: `JWT` where that is accepted, else the first; none where it can only be left out.
    #[must_use]
    pub fn usual(&self) -> Option<&str> {
        match self {
            Self::Jwt => Some("JWT"),
            Self::Listed { names, .. } if names.iter().any(|name| name == "jwt") => Some("JWT"),
            Self::Listed { names, .. } => names.first().map(String::as_str),
        }
    }

    /// Whether a header's `typ` is accepted.
    #[must_use]
    pub fn contains(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Jwt, value) => value.and_then(Value::as_str) == Some("JWT"),
            (Self::Listed { none, .. }, None) => *none,
            (Self::Listed { names, .. }, Some(value)) => value
                .as_str()
                .is_some_and(|value| names.contains(&media_type(value))),
        }
    }
}

fn media_type(value: &str) -> String {
    let value = value.to_ascii_lowercase();
    value
        .strip_prefix("application/")
        .map_or_else(|| value.clone(), str::to_owned)
}

/// How a token's lifetime is judged. Jitsi's modules have the default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LifetimePolicy {
    /// Seconds by which `exp` and `nbf` may be missed (`leeway`).
    pub leeway: f64,
    /// Whether `exp` must be there (`require_exp`).
    pub require_expiration: bool,
    /// The most seconds from `iat`, else `nbf`, else now, to `exp` (`max_token_lifetime`).
    pub longest: Option<f64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_listed_type_is_accepted_with_its_prefix_and_in_any_case() {
        let types = AcceptedTypes::listed(&["at+jwt".to_owned()]);
        for (value, accepted) in [
            (Some(json!("at+jwt")), true),
            (Some(json!("application/AT+JWT")), true),
            (Some(json!("JWT")), false),
            (Some(json!("")), false),
            (Some(json!(["at+jwt"])), false),
            (Some(json!(null)), false),
            (None, false),
        ] {
            assert_eq!(types.contains(value.as_ref()), accepted, "{value:?}");
        }
    }

    #[test]
    fn who_is_taken_alone_has_no_iss_of_another_one_whatever_it_accepts_then() {
        let issuer = |name: &str, accepted| Issuer {
            name: name.to_owned(),
            accepted,
            ..Issuer::strict("", Algorithm::Hs256, Keys::Fixed(Vec::new()))
        };
        let only = |iss| Accepted::only([iss]);
        let others = vec![issuer("other", only("b")), issuer("any", Accepted::Any)];
        let all = Issuers::new(issuer("one", only("a")), others);
        for (name, accepted, iss, is_its) in [
            ("one", only("a"), "a", true),
            ("one", Accepted::Any, "a", true),
            ("one", Accepted::Any, "b", false),
            ("one", Accepted::Any, "c", false),
            ("one", only("b"), "b", false),
            ("one", only("c"), "c", false),
            ("other", Accepted::Any, "a", false),
            ("any", Accepted::Any, "a", false),
            ("any", Accepted::Any, "b", false),
            ("any", Accepted::Any, "c", true),
        ] {
            let alone = all.clone().alone(issuer(name, accepted.clone()));
            let found = alone.of_text(iss).map(|found| found.name.as_str());
            assert_eq!(found, is_its.then_some(name), "{name} {accepted:?} {iss}");
            assert!(alone.only().is_none());
        }
        let single = Issuers::from(issuer("one", only("a")));
        let widened = single.alone(issuer("one", Accepted::Any));
        assert!(widened.only().is_some() && widened.of_text("b").is_some());
    }

    #[test]
    fn the_usual_type_is_one_that_is_accepted() {
        for (listed, usual) in [
            (&["at+jwt", "JWT"][..], Some("JWT")),
            (&["application/jwt"], Some("JWT")),
            (&["none", "application/AT+JWT"], Some("at+jwt")),
            (&["none"], None),
        ] {
            let types =
                AcceptedTypes::listed(&listed.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(types.usual(), usual, "{listed:?}");
            assert!(
                types.contains(usual.map(Value::from).as_ref()),
                "{listed:?}"
            );
        }
        assert_eq!(AcceptedTypes::Jwt.usual(), Some("JWT"));
    }

    #[test]
    fn none_lets_the_type_be_left_out_but_not_be_null() {
        let types = AcceptedTypes::listed(&["none".to_owned()]);
        assert!(types.contains(None));
        for value in [json!(null), json!("JWT"), json!("none ")] {
            assert!(!types.contains(Some(&value)), "{value}");
        }
    }
}
