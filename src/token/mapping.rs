//! Claims that an issuer's tokens have under other names than Jitsi's: where each is taken from.
//!
//! Whatever is taken is taken from claims as the issuer has signed them, never from what another rule has put there.

use serde_json::{Map, Value};

use super::context::AFFILIATION;
use super::glob::Glob;
use super::json;
use super::pointer::Pointer;

/// Which claims of Jitsi's are taken from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// One rule a target.
    pub rules: Vec<Rule>,
    /// Whether what is found counts for more than what the token itself has there (`replace`).
    pub replace: bool,
}

/// Where one claim is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The claim of Jitsi's.
    pub target: Target,
    /// Where it comes from.
    pub source: Source,
}

/// A claim that Jitsi's modules read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `room`.
    Room,
    /// `sub`: a domain or a tenant. An `OpenID` provider has the user there, so this one is always replaced.
    Subject,
    /// `context.user.id`.
    UserId,
    /// `context.user.name`.
    UserName,
    /// `context.user.email`.
    UserEmail,
    /// `context.user.avatar`.
    UserAvatar,
    /// `context.group`.
    Group,
    /// `context.user.moderator`.
    Moderator,
    /// One of `context.features`, by its name.
    Feature(String),
}

/// Where a claim is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Always this.
    Constant(Value),
    /// The first of these that is there and has a text or a number.
    Pointers(Vec<Pointer>),
    /// Whether there is a list with this text, or a text that has it among its words.
    Contains(Pointer, String),
    /// Whether there is a text that the pattern fits.
    Matches(Pointer, Glob),
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The claim is set to this value.
    Set(Value),
    /// The token has a value of its own there, which counts.
    Kept,
    /// There is nothing where the rule looks, or nothing that can be used.
    NotFound,
    /// The condition is not met.
    NotMet,
}

impl Mapping {
    /// Whether each token is good for all rooms, or for all domains and tenants.
    #[must_use]
    pub fn is_for_all_rooms(&self) -> bool {
        let is_any = |rule: &Rule| {
            matches!(rule.target, Target::Room | Target::Subject)
                && matches!(&rule.source, Source::Constant(value) if value == "*")
        };
        self.rules.iter().any(is_any)
    }

    /// Whether some rule makes moderators.
    #[must_use]
    pub fn can_make_moderators(&self) -> bool {
        let is_of_moderators = |rule: &Rule| {
            let never = matches!(&rule.source, Source::Constant(value) if value == false);
            rule.target == Target::Moderator && !never
        };
        self.rules.iter().any(is_of_moderators)
    }

    /// What comes of each rule, on claims as they stand in the token.
    #[must_use]
    pub fn outcomes(&self, claims: &Map<String, Value>) -> Vec<(&Rule, Outcome)> {
        let outcome = |rule| (rule, self.outcome(rule, claims));
        self.rules.iter().map(outcome).collect()
    }

    /// Sets what the rules find.
    pub fn apply(&self, claims: &mut Map<String, Value>) {
        let outcomes = self.outcomes(claims);
        for (Rule { target, .. }, outcome) in outcomes {
            if matches!(target, Target::Feature(_)) {
                make_features(claims);
            }
            if self.counts_alone(target) && !outcome.is_true() {
                target.withdraw(claims);
            }
            if let Outcome::Set(value) = outcome {
                target.set(claims, value);
            }
        }
    }

    /// Whether what the token itself says there counts for nothing: no moderator, no feature beside a rule that replaces, and
    /// no tenant that is a user's name.
    pub(super) fn counts_alone(&self, target: &Target) -> bool {
        *target == Target::Subject || self.replace && target.takes_truth()
    }

    fn outcome(&self, rule: &Rule, claims: &Map<String, Value>) -> Outcome {
        let Rule { target, source } = rule;
        if !self.replace && target.is_kept(claims) {
            return Outcome::Kept;
        }
        source.outcome(claims, target.takes_truth())
    }
}

/// Where there are no features, Jitsi's modules take the server's defaults: a feature whose condition is not met would be granted
/// after all.
fn make_features(claims: &mut Map<String, Value>) {
    if let Some(features) = json::place(claims, [CONTEXT, FEATURES])
        && features.is_null()
    {
        *features = Value::Object(Map::new());
    }
}

impl Outcome {
    fn is_true(&self) -> bool {
        matches!(self, Self::Set(value) if value == true || value == "true")
    }
}

impl Source {
    fn outcome(&self, claims: &Map<String, Value>, takes_truth: bool) -> Outcome {
        let met = |is_met| {
            if is_met {
                Outcome::Set(Value::Bool(true))
            } else {
                Outcome::NotMet
            }
        };
        match self {
            Self::Constant(value) => Outcome::Set(value.clone()),
            Self::Pointers(pointers) => {
                let mut found = pointers
                    .iter()
                    .filter_map(|pointer| usable(pointer.find(claims)?, takes_truth));
                found.next().map_or(Outcome::NotFound, Outcome::Set)
            }
            Self::Contains(pointer, text) => match pointer.find(claims) {
                None => Outcome::NotFound,
                Some(value) => met(contains(value, text)),
            },
            Self::Matches(pointer, glob) => match pointer.find(claims) {
                None => Outcome::NotFound,
                Some(value) => met(value.as_str().is_some_and(|text| glob.matches(text))),
            },
        }
    }
}

/// A text that is not empty, a number as a text, or a truth value where one is meant.
fn usable(value: &Value, takes_truth: bool) -> Option<Value> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(value.clone()),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Bool(_) if takes_truth => Some(value.clone()),
        Value::Bool(_) | Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// Groups and roles are lists, keys of an object (ZITADEL), or words of a text as in `scope`.
fn contains(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| item == wanted),
        Value::Object(members) => members.contains_key(wanted),
        Value::String(text) => text == wanted || text.split_whitespace().any(|word| word == wanted),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Target {
    /// The claim as documents name it.
    #[must_use]
    pub fn name(&self) -> String {
        let path: Vec<&str> = self.path().collect();
        path.join(".")
    }

    /// Its name in the section that says where it is taken from.
    #[must_use]
    pub fn option(&self) -> String {
        if *self == Self::Moderator {
            "moderator".to_owned()
        } else {
            self.name()
        }
    }

    /// Whether its value is true or false.
    #[must_use]
    pub const fn takes_truth(&self) -> bool {
        match self {
            Self::Moderator | Self::Feature(_) => true,
            Self::Room
            | Self::Subject
            | Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group => false,
        }
    }

    /// The names that lead to it: of the claim, and of members within it.
    fn path(&self) -> impl Iterator<Item = &str> {
        let (claim, member, inner) = match self {
            Self::Room => ("room", None, None),
            Self::Subject => ("sub", None, None),
            Self::UserId => (CONTEXT, Some("user"), Some("id")),
            Self::UserName => (CONTEXT, Some("user"), Some("name")),
            Self::UserEmail => (CONTEXT, Some("user"), Some("email")),
            Self::UserAvatar => (CONTEXT, Some("user"), Some("avatar")),
            Self::Moderator => (CONTEXT, Some("user"), Some("moderator")),
            Self::Group => (CONTEXT, Some("group"), None),
            Self::Feature(name) => (CONTEXT, Some(FEATURES), Some(name.as_str())),
        };
        [Some(claim), member, inner].into_iter().flatten()
    }

    /// Whether the token has a value of its own there. What is empty is none, and a `sub` of its own never counts.
    fn is_kept(&self, claims: &Map<String, Value>) -> bool {
        let is_there = |value: &Value| !value.is_null() && value != "";
        *self != Self::Subject && self.find(claims).is_some_and(is_there)
    }

    /// What stands there.
    #[must_use]
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let mut path = self.path();
        let claim = claims.get(path.next()?)?;
        path.try_fold(claim, |value, name| value.get(name))
    }

    /// Sets what stands there, unless something else than an object is in the way: that denies the token later, or is nothing
    /// that a module reads.
    pub fn set(&self, claims: &mut Map<String, Value>, value: Value) {
        if let Some(place) = json::place(claims, self.path()) {
            *place = value;
        }
    }

    /// Takes away what the token itself says where the operator's rule says otherwise. A moderator is one by `affiliation` as
    /// well.
    fn withdraw(&self, claims: &mut Map<String, Value>) {
        let mut path: Vec<&str> = self.path().collect();
        let Some(last) = path.pop() else { return };
        let within = path.into_iter().try_fold(claims, |members, name| {
            members.get_mut(name).and_then(Value::as_object_mut)
        });
        let Some(members) = within else { return };
        members.remove(last);
        if *self == Self::Moderator {
            members.remove(AFFILIATION);
        }
    }
}

const CONTEXT: &str = "context";
const FEATURES: &str = "features";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(target: Target, source: Source) -> Rule {
        Rule { target, source }
    }

    fn at(pointer: &str) -> Pointer {
        Pointer::parse(pointer).unwrap()
    }

    fn mapped(rules: Vec<Rule>, replace: bool, claims: &Value) -> Value {
        let mut claims = claims.as_object().unwrap().clone();
        Mapping { rules, replace }.apply(&mut claims);
        Value::Object(claims)
    }

    #[test]
    fn a_value_fills_only_what_the_token_leaves_empty_unless_it_replaces() {
        let name = || vec![rule(Target::UserName, Source::Pointers(vec![at("/n")]))];
        for (context, replace, expected) in [
            (json!({}), false, json!("Ann")),
            (json!({"user": null}), false, json!("Ann")),
            (json!({"user": {"name": ""}}), false, json!("Ann")),
            (json!({"user": {"name": null}}), false, json!("Ann")),
            (json!({"user": {"name": "Bob"}}), false, json!("Bob")),
            (json!({"user": {"name": false}}), false, json!(false)),
            (json!({"user": {"name": "Bob"}}), true, json!("Ann")),
        ] {
            let claims = json!({"n": "Ann", "context": context});
            let found = mapped(name(), replace, &claims);
            assert_eq!(found["context"]["user"]["name"], expected, "{claims}");
        }
        let kept = json!({"context": {"user": {"name": "Bob"}}});
        assert_eq!(mapped(name(), true, &kept), kept);
    }

    #[test]
    fn the_first_pointer_that_leads_to_a_text_or_a_number_counts() {
        let id = || {
            vec![rule(
                Target::UserId,
                Source::Pointers(vec![at("/a"), at("/b")]),
            )]
        };
        for (claims, expected) in [
            (json!({"a": "1", "b": "2"}), json!("1")),
            (json!({"a": 7, "b": "2"}), json!("7")),
            (json!({"a": " ", "b": "2"}), json!("2")),
            (json!({"a": null, "b": "2"}), json!("2")),
            (json!({"a": ["1"], "b": "2"}), json!("2")),
            (json!({"a": {"b": "1"}, "b": "2"}), json!("2")),
            (json!({"a": true, "b": "2"}), json!("2")),
            (json!({"a": true}), Value::Null),
            (json!({}), Value::Null),
        ] {
            let found = mapped(id(), false, &claims);
            assert_eq!(found["context"]["user"]["id"], expected, "{claims}");
        }
    }

    #[test]
    fn a_rule_sees_the_claims_as_they_were_signed() {
        let rules = vec![
            rule(Target::Subject, Source::Constant(json!("*"))),
            rule(Target::UserId, Source::Pointers(vec![at("/sub")])),
            rule(
                Target::UserName,
                Source::Pointers(vec![at("/context/user/id")]),
            ),
        ];
        let found = mapped(rules, false, &json!({"sub": "user-1"}));
        let expected = json!({"sub": "*", "context": {"user": {"id": "user-1"}}});
        assert_eq!(found, expected);
    }

    #[test]
    fn where_the_operators_rule_counts_the_token_makes_no_moderator_beside_it() {
        let contains = || Source::Contains(at("/roles"), "jitsi-moderator".to_owned());
        let matches = || Source::Matches(at("/email"), Glob::exact("*@acme.example"));
        let pointer = || Source::Pointers(vec![at("/mod")]);
        let own = json!({"moderator": true, "affiliation": "owner"});
        for (source, claims) in [
            (contains(), json!({"roles": ["user"]})),
            (contains(), json!({"roles": "jitsi-moderators"})),
            (contains(), json!({"roles": [["jitsi-moderator"]]})),
            (contains(), json!({"roles": null})),
            (contains(), json!({})),
            (matches(), json!({"email": "a@acme.example.org"})),
            (matches(), json!({"email": ["a@acme.example"]})),
            (matches(), json!({})),
            (pointer(), json!({"mod": false})),
            (pointer(), json!({"mod": "no"})),
            (pointer(), json!({"mod": [true]})),
            (pointer(), json!({})),
            (Source::Constant(json!(false)), json!({})),
        ] {
            let mut claims = claims.clone();
            claims["context"] = json!({ "user": own });
            let rules = vec![rule(Target::Moderator, source)];
            let user = &mapped(rules.clone(), true, &claims)["context"]["user"];
            let moderator = user.get("moderator");
            assert!(moderator != Some(&json!(true)), "{user}");
            assert_eq!(user.get("affiliation"), None, "{claims}");
            let user = &mapped(rules, false, &claims)["context"]["user"];
            assert_eq!(*user, own, "{claims}");
        }
        let owner = json!({"user": {"affiliation": "owner"}});
        let met = json!({"roles": ["jitsi-moderator"], "context": owner});
        let user =
            &mapped(vec![rule(Target::Moderator, contains())], true, &met)["context"]["user"];
        assert_eq!(*user, json!({"affiliation": "owner", "moderator": true}));
    }

    #[test]
    fn the_name_of_a_user_is_no_tenant_where_there_is_none() {
        let rules = vec![rule(Target::Subject, Source::Pointers(vec![at("/org")]))];
        for replace in [false, true] {
            for claims in [json!({}), json!({"org": null}), json!({"org": ["acme"]})] {
                let mut claims = claims.clone();
                claims["sub"] = "*".into();
                let found = mapped(rules.clone(), replace, &claims);
                assert_eq!(found.get("sub"), None, "{claims}");
            }
            let found = mapped(rules.clone(), replace, &json!({"org": "acme", "sub": "*"}));
            assert_eq!(found["sub"], "acme");
        }
    }

    #[test]
    fn a_feature_that_the_rule_does_not_find_is_not_granted_by_the_token_either() {
        let rules = vec![rule(
            Target::Feature("recording".to_owned()),
            Source::Contains(at("/roles"), "recorder".to_owned()),
        )];
        let own = json!({"context": {"features": {"recording": true, "lobby": true}}});
        let features = &mapped(rules, true, &own)["context"]["features"];
        assert_eq!(*features, json!({"lobby": true}));
    }

    #[test]
    fn where_features_are_mapped_the_servers_defaults_do_not_grant_what_a_condition_does_not() {
        let rules = || {
            vec![rule(
                Target::Feature("recording".to_owned()),
                Source::Contains(at("/roles"), "recorder".to_owned()),
            )]
        };
        for (claims, features) in [
            (json!({}), Some(json!({}))),
            (json!({"roles": ["user"]}), Some(json!({}))),
            (
                json!({"roles": ["recorder"]}),
                Some(json!({"recording": true})),
            ),
            (json!({"context": {}}), Some(json!({}))),
            (
                json!({"context": {"features": {"lobby": true}}}),
                Some(json!({"lobby": true})),
            ),
            (json!({"context": "text"}), None),
        ] {
            let found = mapped(rules(), false, &claims);
            assert_eq!(
                found["context"].get("features").cloned(),
                features,
                "{claims}"
            );
        }
        let user = vec![rule(Target::UserName, Source::Pointers(vec![at("/n")]))];
        assert_eq!(
            mapped(user, false, &json!({"n": "Ann"}))["context"].get("features"),
            None
        );
    }

    #[test]
    fn what_stands_in_the_way_of_a_claim_stays_there() {
        for claims in [
            json!({"n": "Ann", "context": "x"}),
            json!({"n": "Ann", "context": ["x"]}),
            json!({"n": "Ann", "context": {"user": "x"}}),
            json!({"n": "Ann", "context": {"user": [1]}}),
        ] {
            let rules = vec![rule(Target::UserName, Source::Pointers(vec![at("/n")]))];
            assert_eq!(mapped(rules, true, &claims), claims);
        }
    }

    #[test]
    fn a_condition_is_met_by_what_is_there_whole_and_by_nothing_else() {
        let contains = Source::Contains(at("/roles"), "boss".to_owned());
        let matches = Source::Matches(at("/roles"), Glob::exact("*boss"));
        for (roles, has, is_like) in [
            (json!(["user", "boss"]), true, false),
            (json!({"boss": {"1": "org"}}), true, false),
            (json!("boss"), true, true),
            (json!("user boss"), true, true),
            (json!("userboss"), false, true),
            (json!(["Boss", "bosses", "boss "]), false, false),
            (json!({"user": "boss"}), false, false),
            (json!([["boss"]]), false, false),
            (json!(true), false, false),
            (json!(null), false, false),
            (json!(""), false, false),
        ] {
            let claims = json!({ "roles": roles });
            let is_set = |source: &Source| {
                let rules = vec![rule(Target::Moderator, source.clone())];
                mapped(rules, false, &claims)["context"]["user"]["moderator"] == true
            };
            assert_eq!(
                (is_set(&contains), is_set(&matches)),
                (has, is_like),
                "{roles}"
            );
        }
    }
}
