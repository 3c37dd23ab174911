//! What is odd about a token and denies nobody: values that Jitsi's modules ignore without a word, and what its web client
//! says of a token that the server lets in.

use serde_json::Value;

use super::super::claims::Claims;
use super::super::context;
use super::super::role::{self, Affiliation};
use super::super::session::Session;
use super::checks::Check;
use super::explanation::Note;
use super::{browser, format, reading};

/// Everything odd about a token and the session that it makes, beside what its checks say. Nothing here is a decision.
#[must_use]
pub fn of(token: &str, session: &Session, checks: &[Check]) -> Vec<String> {
    let Some(claims) = reading::claims(token) else {
        return Vec::new();
    };
    let has_failed = |name| {
        let mut failed = checks.iter().filter(|check| check.outcome.is_err());
        failed.any(|check| check.check == name)
    };
    let notes = browser::notes(&claims).into_iter();
    let notes = notes.chain(ignored(&claims, session));
    notes
        .filter(|note| !has_failed(note.about))
        .map(|note| note.text)
        .collect()
}

/// Values that Jitsi's modules read, and silently ignore.
fn ignored(claims: &Claims, session: &Session) -> Vec<Note> {
    let texts = [
        user(session),
        moderator(session),
        misplaced_moderator(claims, session),
        affiliation(session),
        lobby_bypass(session),
        features(session),
    ];
    let about = "context";
    let texts = texts.into_iter().flatten();
    texts.map(|text| Note { about, text }).collect()
}

fn user(session: &Session) -> Option<String> {
    let user = session.user.as_ref().filter(|user| !user.is_object())?;
    Some(format!(
        "context.user is {}, not an object: nobody reads a name or a role there",
        format::kind(user)
    ))
}

fn moderator(session: &Session) -> Option<String> {
    let value = session.user.as_ref()?.get("moderator")?;
    let is_clear = context::is_true(value) || value == false || value == "false" || value.is_null();
    (!is_clear).then(|| {
        format!(
            "context.user.moderator is {}: mod_token_affiliation knows true and \"true\" there, and takes nothing else for it",
            shown(value)
        )
    })
}

/// A claim beside its place does not make a moderator, however true it is.
fn misplaced_moderator(claims: &Claims, session: &Session) -> Option<String> {
    let is_said = |value: Option<&Value>| value.is_some_and(says_moderator);
    if role::affiliation(session) == Affiliation::Owner {
        return None;
    }
    let context = claims.claim("context");
    let inside = |name: &str| context.and_then(|context| context.get(name));
    let (place, member) = ["moderator", "affiliation"]
        .into_iter()
        .find_map(|member| {
            if is_said(claims.claim(member)) {
                Some((member.to_owned(), member))
            } else {
                is_said(inside(member)).then(|| (format!("context.{member}"), member))
            }
        })?;
    Some(format!(
        "{place} is in a place where no module of Jitsi's looks for it: it makes no moderator unless it is context.user.{member}"
    ))
}

fn says_moderator(value: &Value) -> bool {
    context::is_true(value) || context::is_moderators(value)
}

fn affiliation(session: &Session) -> Option<String> {
    let value = session.user.as_ref()?.get("affiliation")?;
    (!context::is_moderators(value)).then(|| {
        format!(
            "context.user.affiliation is {}: mod_token_affiliation knows \"owner\", \"moderator\" and \"teacher\" there, and ignores all else",
            shown(value)
        )
    })
}

fn lobby_bypass(session: &Session) -> Option<String> {
    let value = session.user.as_ref()?.get("lobby_bypass")?;
    let is_clear = value.is_boolean() || value.is_null();
    (!is_clear).then(|| {
        format!(
            "context.user.lobby_bypass is {}: mod_token_lobby_bypass knows true alone, without quotes, so its user waits in the lobby",
            shown(value)
        )
    })
}

fn features(session: &Session) -> Option<String> {
    let features = session.features.as_ref()?;
    Some(if features.is_object() {
        "context.features is there, so it alone counts: what it does not grant is refused to moderators, too, and the server's defaults (jitsi_default_permissions of mod_jitsi_permissions) do not apply".to_owned()
    } else {
        format!(
            "context.features is {}, not an object: it grants nothing, and the server's defaults (jitsi_default_permissions of mod_jitsi_permissions) do not apply",
            format::kind(features)
        )
    })
}

/// A value with what it is, where quotes are what matters.
fn shown(value: &Value) -> String {
    let written = format::value(Some(value));
    match value {
        Value::String(_) | Value::Array(_) | Value::Object(_) => {
            format!("{written}, {}", format::kind(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => written,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::super::super::policy::Policy;
    use super::super::super::reason::Reason;
    use super::super::explanation::Explanation;
    use super::*;

    fn token(context: &Value, top: &Value) -> String {
        let mut claims = json!({"exp": 1_795_000_000, "nbf": 1_794_990_000, "context": context});
        for (name, value) in top.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", encode(&json!({})), encode(&claims))
    }

    fn said_beside(token: &str, checks: &[Check]) -> Vec<String> {
        let session = super::super::room_checks::claimed(&Policy::example(), token).unwrap();
        of(token, &session, checks)
    }

    fn said(user: &Value) -> Vec<String> {
        said_beside(&token(&json!({"user": user}), &json!({})), &[])
    }

    #[test]
    fn values_that_modules_ignore_are_named_with_the_module() {
        for (user, says) in [
            (
                json!({"lobby_bypass": "true"}),
                "context.user.lobby_bypass is \"true\", a string: mod_token_lobby_bypass",
            ),
            (json!({"lobby_bypass": 1}), "lobby_bypass is 1:"),
            (
                json!({"affiliation": "member"}),
                "context.user.affiliation is \"member\", a string: mod_token_affiliation",
            ),
            (json!({"affiliation": "Owner"}), "\"Owner\""),
            (json!({"affiliation": null}), "affiliation is null"),
            (json!({"affiliation": ["owner"]}), "[\"owner\"], a list"),
            (
                json!({"affiliation": "admin", "moderator": true}),
                "\"admin\"",
            ),
            (
                json!({"moderator": "True"}),
                "context.user.moderator is \"True\", a string: mod_token_affiliation",
            ),
            (json!({"moderator": 1}), "context.user.moderator is 1:"),
            (json!("Ann"), "context.user is a string, not an object"),
        ] {
            let said = said(&user);
            assert_eq!(said.len(), 1, "{user}: {said:?}");
            assert!(said[0].contains(says), "{user}: {said:?}");
        }
    }

    #[test]
    fn values_that_modules_understand_have_no_note() {
        for user in [
            json!({}),
            json!({"lobby_bypass": true}),
            json!({"lobby_bypass": false}),
            json!({"moderator": true, "affiliation": "teacher"}),
            json!({"moderator": "true"}),
            json!({"moderator": "false"}),
            json!({"moderator": null}),
        ] {
            assert_eq!(said(&user), [""; 0], "{user}");
        }
    }

    #[test]
    fn features_count_alone_where_there_are_any() {
        for (features, says) in [
            (json!({"recording": true}), "it alone counts"),
            (json!({}), "it alone counts"),
            (json!([]), "context.features is a list, not an object"),
            (json!("recording"), "context.features is a string"),
        ] {
            let token = token(&json!({"features": features}), &json!({}));
            let said = said_beside(&token, &[]);
            assert_eq!(said.len(), 1, "{features}: {said:?}");
            assert!(said[0].contains(says), "{features}: {said:?}");
        }
    }

    #[test]
    fn a_moderator_who_is_said_elsewhere_is_told_the_place() {
        for (context, top, says) in [
            (
                json!({}),
                json!({"moderator": true}),
                "moderator is in a place",
            ),
            (
                json!({}),
                json!({"affiliation": "owner"}),
                "affiliation is in a place",
            ),
            (
                json!({"moderator": "true"}),
                json!({}),
                "context.moderator is in a place",
            ),
        ] {
            let said = said_beside(&token(&context, &top), &[]);
            assert_eq!(said.len(), 1, "{context} {top}: {said:?}");
            assert!(said[0].starts_with(says), "{said:?}");
        }
        for (context, top) in [
            (
                json!({"user": {"moderator": true}}),
                json!({"moderator": true}),
            ),
            (json!({}), json!({"moderator": false})),
            (json!({"moderator": "no"}), json!({})),
        ] {
            let said = said_beside(&token(&context, &top), &[]);
            assert_eq!(said, [""; 0], "{context} {top}");
        }
    }

    #[test]
    fn what_a_failed_check_explains_is_not_noted_as_well() {
        let token = token(&json!({"features": {}}), &json!({"exp": 5e20}));
        let said = said_beside(&token, &[]);
        assert_eq!(said.len(), 2, "{said:?}");
        let failed = |check| {
            let explain = |_: &Reason| Explanation::new(check, "", "");
            Check::new(check, Err(Reason::TokenRequired), String::new, explain)
        };
        assert_eq!(said_beside(&token, &[failed("exp")]), said[1..]);
        assert_eq!(said_beside(&token, &[failed("context")]), said[..1]);
        assert_eq!(
            said_beside(&token, &[failed("exp"), failed("context")]),
            [""; 0]
        );
    }
}
