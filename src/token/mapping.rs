//! Claims that an issuer's tokens have under other names than Jitsi's: where each is taken from.
//!
//! Whatever is taken is taken from claims as the issuer has signed them, never from what another rule has put there.

use serde_json::{Map, Value};

use super::glob::Glob;
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
    pub(super) fn apply(&self, claims: &mut Map<String, Value>) {
        let outcomes = self.outcomes(claims);
        for (Rule { target, .. }, outcome) in outcomes {
            match outcome {
                Outcome::Set(value) => target.set(claims, value),
                Outcome::NotMet if self.replace => target.withdraw(claims),
                Outcome::Kept | Outcome::NotFound | Outcome::NotMet => {}
            }
        }
    }

    fn outcome(&self, rule: &Rule, claims: &Map<String, Value>) -> Outcome {
        let Rule { target, source } = rule;
        if !self.replace && target.is_kept(claims) {
            return Outcome::Kept;
        }
        source.outcome(claims, target.takes_truth())
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
        match self {
            Self::Room => "room".to_owned(),
            Self::Subject => "sub".to_owned(),
            Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Moderator
            | Self::Feature(_) => {
                let path: Vec<&str> = self.path().collect();
                format!("context.{}", path.join("."))
            }
        }
    }

    /// Its name in the section that says where it is taken from.
    #[must_use]
    pub fn option(&self) -> String {
        match self {
            Self::Moderator => "moderator".to_owned(),
            Self::Room
            | Self::Subject
            | Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Feature(_) => self.name(),
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

    /// Where it stands within `context`; nothing where it stands outside.
    fn path(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Room | Self::Subject => (None, None),
            Self::UserId => (Some("user"), Some("id")),
            Self::UserName => (Some("user"), Some("name")),
            Self::UserEmail => (Some("user"), Some("email")),
            Self::UserAvatar => (Some("user"), Some("avatar")),
            Self::Moderator => (Some("user"), Some("moderator")),
            Self::Group => (Some("group"), None),
            Self::Feature(name) => (Some("features"), Some(name.as_str())),
        };
        first.into_iter().chain(second)
    }

    /// Whether the token has a value of its own there. What is empty is none.
    fn is_kept(&self, claims: &Map<String, Value>) -> bool {
        let is_there = |value: &Value| !value.is_null() && value != "";
        match self {
            Self::Subject => false,
            Self::Room => claims.get("room").is_some_and(is_there),
            Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Moderator
            | Self::Feature(_) => {
                let context = claims.get("context");
                let value = context.and_then(|context| {
                    self.path().try_fold(context, |value, name| value.get(name))
                });
                value.is_some_and(is_there)
            }
        }
    }

    fn set(&self, claims: &mut Map<String, Value>, value: Value) {
        match self {
            Self::Room => drop(claims.insert("room".to_owned(), value)),
            Self::Subject => drop(claims.insert("sub".to_owned(), value)),
            Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Moderator
            | Self::Feature(_) => {
                if let Some(place) = self.place(claims) {
                    *place = value;
                }
            }
        }
    }

    /// The place within `context`, made where it is not there. None where something else than an object is in the way, which
    /// denies the token later or is nothing that a module reads.
    fn place<'a>(&self, claims: &'a mut Map<String, Value>) -> Option<&'a mut Value> {
        let object = || Value::Object(Map::new());
        let mut place = claims.entry("context").or_insert_with(object);
        for name in self.path() {
            if place.is_null() {
                *place = object();
            }
            place = place.as_object_mut()?.entry(name).or_insert(Value::Null);
        }
        Some(place)
    }

    /// Takes away what the token itself says where the operator's condition says otherwise. A moderator is one by
    /// `affiliation` as well.
    fn withdraw(&self, claims: &mut Map<String, Value>) {
        let context = claims.get_mut("context").and_then(Value::as_object_mut);
        let mut path = self.path();
        let (Some(context), Some(section), Some(name)) = (context, path.next(), path.next()) else {
            return;
        };
        if let Some(members) = context.get_mut(section).and_then(Value::as_object_mut) {
            members.remove(name);
            if *self == Self::Moderator {
                members.remove("affiliation");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    fn pointers(texts: &[&str]) -> Source {
        Source::Pointers(texts.iter().map(|text| pointer(text)).collect())
    }

    fn mapping(replace: bool, rules: Vec<(Target, Source)>) -> Mapping {
        let rules = rules.into_iter();
        let rules = rules.map(|(target, source)| Rule { target, source });
        Mapping {
            rules: rules.collect(),
            replace,
        }
    }

    fn mapped(mapping: &Mapping, claims: &Value) -> Value {
        let mut claims = claims.as_object().unwrap().clone();
        mapping.apply(&mut claims);
        Value::Object(claims)
    }

    fn usual(replace: bool) -> Mapping {
        mapping(
            replace,
            vec![
                (Target::Room, Source::Constant(json!("*"))),
                (Target::Subject, Source::Constant(json!("meet.example.com"))),
                (Target::UserId, pointers(&["/sub"])),
                (Target::UserName, pointers(&["/name", "/nick"])),
                (Target::Group, pointers(&["/group"])),
                (
                    Target::Moderator,
                    Source::Contains(pointer("/roles"), "boss".to_owned()),
                ),
                (
                    Target::Feature("recording".to_owned()),
                    Source::Matches(pointer("/email"), Glob::exact("*@example.com")),
                ),
            ],
        )
    }

    #[test]
    fn what_is_found_is_set_from_the_claims_as_they_were() {
        let claims = json!({"iss": "i", "sub": "ann", "nick": "Ann", "roles": ["boss"], "email": "ann@example.com"});
        let expected = json!({
            "iss": "i", "sub": "meet.example.com", "nick": "Ann", "roles": ["boss"], "email": "ann@example.com",
            "room": "*",
            "context": {
                "user": {"id": "ann", "name": "Ann", "moderator": true},
                "features": {"recording": true},
            },
        });
        assert_eq!(mapped(&usual(false), &claims), expected);
        assert_eq!(mapped(&usual(true), &claims), expected);
    }

    #[test]
    fn what_the_token_has_itself_counts_unless_it_is_to_be_replaced() {
        let claims = json!({
            "sub": "ann", "name": "Ann", "room": "own", "group": "g", "roles": ["boss"],
            "context": {"user": {"id": "own", "name": "", "moderator": false}, "group": null},
        });
        let kept = mapped(&usual(false), &claims);
        assert_eq!(kept["room"], "own");
        assert_eq!(
            kept["context"],
            json!({"user": {"id": "own", "name": "Ann", "moderator": false}, "group": "g"})
        );
        let replaced = mapped(&usual(true), &claims);
        assert_eq!(replaced["room"], "*");
        assert_eq!(
            replaced["context"],
            json!({"user": {"id": "ann", "name": "Ann", "moderator": true}, "group": "g"})
        );
    }

    #[test]
    fn a_role_that_the_token_claims_for_itself_goes_where_the_condition_that_replaces_it_is_not_met()
     {
        let context = json!({
            "user": {"moderator": true, "affiliation": "owner", "name": "Eve"},
            "features": {"recording": true, "lobby": true},
        });
        let claims = json!({"sub": "eve", "name": "Eve", "roles": ["user"], "email": "eve@example.com.evil", "context": context});
        assert_eq!(
            mapped(&usual(false), &claims)["context"]["user"]["moderator"],
            true
        );
        assert_eq!(
            mapped(&usual(true), &claims)["context"],
            json!({"user": {"name": "Eve", "id": "eve"}, "features": {"lobby": true}})
        );
    }

    #[test]
    fn what_is_no_text_where_one_is_needed_is_not_taken() {
        let rules = |target| mapping(false, vec![(target, pointers(&["/a", "/b"]))]);
        for (a, id, feature) in [
            (json!("x"), json!("x"), json!("x")),
            (json!(5), json!("5"), json!("5")),
            (json!(true), json!("second"), json!(true)),
            (json!(""), json!("second"), json!("second")),
            (json!("  "), json!("second"), json!("second")),
            (json!(null), json!("second"), json!("second")),
            (json!(["x"]), json!("second"), json!("second")),
            (json!({"x": 1}), json!("second"), json!("second")),
        ] {
            let claims = json!({"a": a, "b": "second"});
            let user = mapped(&rules(Target::UserId), &claims);
            assert_eq!(user["context"]["user"]["id"], id, "{a}");
            let features = mapped(&rules(Target::Feature("f".to_owned())), &claims);
            assert_eq!(features["context"]["features"]["f"], feature, "{a}");
        }
    }

    #[test]
    fn a_condition_is_met_by_what_is_there_whole_and_by_nothing_else() {
        let contains = Source::Contains(pointer("/roles"), "boss".to_owned());
        let matches = Source::Matches(pointer("/roles"), Glob::exact("*boss"));
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
                let mapping = mapping(false, vec![(Target::Moderator, source.clone())]);
                mapped(&mapping, &claims)["context"]["user"]["moderator"] == true
            };
            assert_eq!(
                (is_set(&contains), is_set(&matches)),
                (has, is_like),
                "{roles}"
            );
        }
    }

    #[test]
    fn what_is_no_object_where_one_is_needed_is_left_as_it_is() {
        for context in [
            json!("text"),
            json!(5),
            json!([]),
            json!({"user": "Ann"}),
            json!({"user": []}),
        ] {
            let claims = json!({"sub": "ann", "name": "Ann", "context": context});
            let mapping = mapping(true, vec![(Target::UserName, pointers(&["/name"]))]);
            assert_eq!(mapped(&mapping, &claims)["context"], context);
        }
    }

    #[test]
    fn the_claims_by_which_a_token_is_judged_are_no_targets() {
        let claims =
            json!({"iss": "i", "aud": "a", "exp": 5, "nbf": 4, "iat": 3, "jti": "j", "sub": "s"});
        let after = mapped(&usual(true), &claims);
        for name in ["iss", "aud", "exp", "nbf", "iat", "jti"] {
            assert_eq!(after[name], claims[name], "{name}");
        }
    }
}
