//! What a token makes of its user: a name, what the user may do, and whether Jitsi's modules make a moderator of it.

use serde_json::Value;

use super::context::{self, AFFILIATION, MODERATOR, is_true};
use super::session::Session;
use super::shown;

/// The affiliation that a token gives in its rooms (XEP-0045 section 5.2), by the rule of Jitsi's `mod_token_affiliation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affiliation {
    /// A moderator's.
    Owner,
    /// That of everybody else who has a token.
    Member,
}

/// Who somebody is by a token, as it may be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// `context.user.name`.
    pub name: Option<String>,
    /// `context.user.id`, or the top-level `user_id` where there is no context.
    pub id: Option<String>,
    /// `context.user.email`.
    pub email: Option<String>,
    /// `context.group`.
    pub group: Option<String>,
    /// The features that `context.features` grants. Where there is none, the server's defaults count.
    pub features: Option<Vec<String>>,
    /// Whether the user becomes a moderator.
    pub moderator: Moderator,
}

/// Whether a token makes a moderator, and what says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Moderator {
    /// Whether it does.
    pub is: bool,
    /// The claim that decides it.
    pub claim: &'static str,
    /// What stands there, where anything does; a long value as a text that is cut.
    pub value: Option<Value>,
    /// The module of Jitsi's that reads the claim.
    pub module: &'static str,
}

impl User {
    /// Who the user of a session is. It is worth as much as the session: explanations make one that nobody has vouched for.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let member = |name: &str| session.user.as_ref()?.get(name).and_then(text);
        Self {
            name: member("name"),
            id: member("id"),
            email: member("email"),
            group: session.group.as_ref().and_then(text),
            features: session.features.as_ref().map(granted),
            moderator: moderator(session),
        }
    }
}

/// The affiliation that the user of a session has in its rooms.
#[must_use]
pub fn affiliation(session: &Session) -> Affiliation {
    if context::moderator_member(session.user.as_ref()).is_some() {
        Affiliation::Owner
    } else {
        Affiliation::Member
    }
}

fn moderator(session: &Session) -> Moderator {
    let found = context::moderator_member(session.user.as_ref());
    let name = found.unwrap_or_else(|| closest_member(session));
    Moderator {
        is: found.is_some(),
        claim: if name == AFFILIATION {
            "context.user.affiliation"
        } else {
            "context.user.moderator"
        },
        value: member(session, name).map(short),
        module: AFFILIATION_MODULE,
    }
}

/// The member that would have made one: that which is there, or else the usual one.
fn closest_member(session: &Session) -> &'static str {
    let is_there = |name| member(session, name).is_some();
    if is_there(AFFILIATION) && !is_there(MODERATOR) {
        AFFILIATION
    } else {
        MODERATOR
    }
}

fn member<'a>(session: &'a Session, name: &str) -> Option<&'a Value> {
    session.user.as_ref()?.get(name)
}

/// The names of what is granted. What is no object grants nothing.
fn granted(features: &Value) -> Vec<String> {
    let features = features.as_object().into_iter().flatten();
    features
        .filter(|(_, value)| is_true(value))
        .take(MOST_FEATURES)
        .map(|(name, _)| shown::bounded(name, MOST_CHARACTERS))
        .collect()
}

/// A value as a text; none where it is null.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(shown::bounded(text, MOST_CHARACTERS)),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(shown::bounded(&value.to_string(), MOST_CHARACTERS))
        }
    }
}

/// A value as it stands, if it may be shown so.
fn short(value: &Value) -> Value {
    let written = value.to_string();
    let cut = shown::bounded(&written, MOST_CHARACTERS);
    if cut == written {
        value.clone()
    } else {
        cut.into()
    }
}

const AFFILIATION_MODULE: &str = "mod_token_affiliation";
/// A value that somebody else chose is shown up to this length.
const MOST_CHARACTERS: usize = 80;
/// Jitsi has about twenty.
const MOST_FEATURES: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(user: Value) -> Session {
        Session {
            user: Some(user),
            ..Session::default()
        }
    }

    #[test]
    fn a_moderator_is_who_jitsis_module_makes_an_owner() {
        for (user, claim) in [
            (json!({"affiliation": "owner"}), "context.user.affiliation"),
            (
                json!({"affiliation": "moderator"}),
                "context.user.affiliation",
            ),
            (
                json!({"affiliation": "teacher"}),
                "context.user.affiliation",
            ),
            (json!({"moderator": true}), "context.user.moderator"),
            (json!({"moderator": "true"}), "context.user.moderator"),
            (
                json!({"affiliation": "member", "moderator": true}),
                "context.user.moderator",
            ),
            (
                json!({"affiliation": "owner", "moderator": false}),
                "context.user.affiliation",
            ),
        ] {
            let session = session(user.clone());
            assert_eq!(affiliation(&session), Affiliation::Owner, "{user}");
            let moderator = User::of(&session).moderator;
            assert!(moderator.is, "{user}");
            assert_eq!(moderator.claim, claim, "{user}");
            assert_eq!(moderator.module, "mod_token_affiliation");
        }
    }

    #[test]
    fn everybody_else_is_a_member_whatever_the_token_says_elsewhere() {
        for user in [
            json!({}),
            json!({"moderator": false}),
            json!({"moderator": "false"}),
            json!({"moderator": "True"}),
            json!({"moderator": "TRUE"}),
            json!({"moderator": " true"}),
            json!({"moderator": 1}),
            json!({"moderator": "1"}),
            json!({"moderator": "yes"}),
            json!({"moderator": null}),
            json!({"moderator": [true]}),
            json!({"moderator": {"is": true}}),
            json!({"affiliation": "Owner"}),
            json!({"affiliation": "owner "}),
            json!({"affiliation": "admin"}),
            json!({"affiliation": "member"}),
            json!({"affiliation": "student"}),
            json!({"affiliation": true}),
            json!({"affiliation": "true"}),
            json!({"affiliation": ["owner"]}),
            json!({"moderator": "owner"}),
            json!({"role": "owner"}),
            json!({"Moderator": true}),
            json!({"user": {"moderator": true}}),
            json!("owner"),
            json!(["moderator"]),
            json!(true),
            json!(null),
        ] {
            let session = session(user.clone());
            assert_eq!(affiliation(&session), Affiliation::Member, "{user}");
            assert!(!User::of(&session).moderator.is, "{user}");
        }
        let elsewhere = Session {
            group: Some(json!("owner")),
            features: Some(json!({"moderator": true})),
            tenant: Some(json!("moderator")),
            ..Session::default()
        };
        assert_eq!(affiliation(&elsewhere), Affiliation::Member);
    }

    #[test]
    fn who_is_no_moderator_has_the_claim_that_comes_closest() {
        for (user, claim, value) in [
            (json!({}), "context.user.moderator", None),
            (
                json!({"moderator": "True"}),
                "context.user.moderator",
                Some(json!("True")),
            ),
            (
                json!({"affiliation": "student"}),
                "context.user.affiliation",
                Some(json!("student")),
            ),
            (
                json!({"affiliation": "student", "moderator": 1}),
                "context.user.moderator",
                Some(json!(1)),
            ),
        ] {
            let moderator = User::of(&session(user)).moderator;
            assert_eq!((moderator.claim, moderator.value), (claim, value));
        }
    }

    #[test]
    fn a_user_has_what_the_context_says_of_it() {
        let session = Session {
            user: Some(json!({"name": "Ann", "id": 7, "email": "ann@example.com"})),
            group: Some(json!("teachers")),
            features: Some(
                json!({"recording": true, "livestreaming": "true", "lobby": false,
                "flip": "yes", "transcription": 1}),
            ),
            ..Session::default()
        };
        let user = User::of(&session);
        assert_eq!(user.name.as_deref(), Some("Ann"));
        assert_eq!(user.id.as_deref(), Some("7"));
        assert_eq!(user.email.as_deref(), Some("ann@example.com"));
        assert_eq!(user.group.as_deref(), Some("teachers"));
        let mut features = user.features.unwrap();
        features.sort();
        assert_eq!(features, ["livestreaming", "recording"]);
    }

    #[test]
    fn features_that_are_no_object_grant_nothing_and_none_are_the_servers() {
        for features in [
            json!([]),
            json!(["recording"]),
            json!("recording"),
            json!(null),
        ] {
            let session = Session {
                features: Some(features),
                ..Session::default()
            };
            assert_eq!(User::of(&session).features, Some(Vec::new()));
        }
        assert_eq!(User::of(&Session::default()).features, None);
    }

    #[test]
    fn nothing_is_shown_that_is_long_hidden_or_a_token() {
        let long = "x".repeat(500);
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
        let user = User::of(&Session {
            user: Some(
                json!({"name": long, "id": token, "email": "a\u{1b}[2Jb", "moderator": [token]}),
            ),
            group: Some(json!({"id": long})),
            ..Session::default()
        });
        let shown = format!("{user:?}");
        assert!(!shown.contains(token) && !shown.contains(&long), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
