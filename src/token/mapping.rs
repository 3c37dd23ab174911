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
    pub fn apply(&self, claims: &mut Map<String, Value>) {
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
            Self::Room
            | Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Moderator
            | Self::Feature(_) => self.find(claims).is_some_and(is_there),
        }
    }

    /// What stands there.
    #[must_use]
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Room => claims.get("room"),
            Self::Subject => claims.get("sub"),
            Self::UserId
            | Self::UserName
            | Self::UserEmail
            | Self::UserAvatar
            | Self::Group
            | Self::Moderator
            | Self::Feature(_) => {
                let context = claims.get("context")?;
                self.path().try_fold(context, |value, name| value.get(name))
            }
        }
    }

    /// Sets what stands there.
    pub fn set(&self, claims: &mut Map<String, Value>, value: Value) {
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
