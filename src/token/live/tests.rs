use serde_json::{Value, json};

use super::super::algorithm::Algorithm;
use super::super::pointer::Pointer;
use super::super::revocation::ledger::{Change, Ledger};
use super::super::revocation::{Name, Revocation, Target, TokenDigest};
use super::super::signing::SigningKey;
use super::*;

const NOW: i64 = 1_765_139_000;
const HOST: &str = "meet.example.com";
const ROOM: &str = "standup@conference.meet.example.com";

fn token(others: &Value) -> String {
    let mut claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": HOST, "room": "*", "jti": "of-ann", "iat": NOW - 60, "exp": NOW + 600,
        "context": {"user": {"id": "ann"}},
    });
    let claims = claims.as_object_mut().unwrap();
    claims.extend(others.as_object().unwrap().clone());
    let key = SigningKey::from_secret(b"secret");
    key.sign(Algorithm::Hs256, None, claims).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn revocation(target: Target) -> Revocation {
    Revocation {
        target,
        host: None,
        until: None,
        reason: Some(name("left the company")),
        made_by: name("root"),
        made_at: NOW,
    }
}

fn policy(action: AtExpiry, grace: f64) -> Policy {
    Policy {
        expiry: SessionExpiry { action, grace },
        ..Policy::example().with_issuer(|issuer| issuer.lifetime.leeway = 10.0)
    }
}

/// What becomes of a session in the room, after this was taken back.
fn after(revoked: Target, token: Option<&str>) -> Fate {
    let set = Ledger::default().apply([Change::Made(&revocation(revoked))]);
    let user = Pointer::to_user_id();
    let session = LiveSession {
        token,
        rooms: &[ROOM.to_owned()],
    };
    let policy = policy(AtExpiry::Nothing, 0.0);
    fate(&policy, Some(set.of_host(HOST, &user)), session, NOW)
}

fn user(id: &str, issued_before: Option<i64>) -> Target {
    Target::User {
        id: name(id),
        issued_before,
    }
}

#[test]
fn whose_token_was_taken_back_is_ended_with_the_operators_reason() {
    let token = token(&json!({}));
    for target in [
        Target::Token(TokenDigest::of(&token).unwrap()),
        Target::TokenId(name("of-ann")),
        user("ann", None),
        user("ann", Some(NOW)),
        Target::Issuer(name("my_app")),
        Target::Room(name(ROOM)),
    ] {
        let kind = target.kind();
        let Fate::Ends(reason) = after(target, Some(&token)) else {
            panic!("{kind:?}");
        };
        assert_eq!(reason.code(), "token-revoked");
        let text = reason.text().unwrap();
        assert!(text.ends_with(": left the company"), "{text}");
    }
}

#[test]
fn whose_token_was_not_taken_back_stays() {
    let own = token(&json!({}));
    let other = token(&json!({"jti": "of-bob"}));
    for target in [
        Target::Token(TokenDigest::of(&other).unwrap()),
        Target::TokenId(name("of-bob")),
        Target::TokenId(name(&TokenDigest::of(&own).unwrap().to_string())),
        user("bob", None),
        user("ann", Some(NOW - 60)),
        Target::Key(name("of-ann")),
        Target::Issuer(name("ann")),
        Target::Room(name("other@conference.meet.example.com")),
    ] {
        let kind = target.kind();
        assert_eq!(after(target, Some(&own)), Fate::Stays(None), "{kind:?}");
    }
}

#[test]
fn a_guest_leaves_a_room_that_is_closed_and_no_other_one() {
    let closed = after(Target::Room(name(ROOM)), None);
    assert!(matches!(closed, Fate::Ends(_)));
    assert_eq!(after(user("ann", None), None), Fate::Stays(None));
}

#[test]
fn a_token_that_cannot_be_read_ends_nobody() {
    for token in ["", "a.b.c", "..", "no token"] {
        let stays = after(Target::TokenId(name("of-ann")), Some(token));
        assert_eq!(stays, Fate::Stays(None), "{token:?}");
    }
}

#[test]
fn an_expired_token_ends_or_warns_or_does_nothing_as_the_host_wants() {
    // The leeway is ten seconds.
    for (action, grace, expiration, expected) in [
        (AtExpiry::Nothing, 0.0, NOW - 3_600, "stays"),
        (AtExpiry::Warn, 0.0, NOW - 9, "stays until 1"),
        (AtExpiry::Warn, 0.0, NOW - 10, "is warned"),
        (AtExpiry::Warn, 60.0, NOW - 10, "is warned"),
        (AtExpiry::End, 0.0, NOW - 9, "stays until 1"),
        (AtExpiry::End, 0.0, NOW - 10, "ends"),
        (AtExpiry::End, 60.0, NOW - 10, "stays until 60"),
        (AtExpiry::End, 60.0, NOW - 69, "stays until 1"),
        (AtExpiry::End, 60.0, NOW - 70, "ends"),
    ] {
        let token = token(&json!({"exp": expiration}));
        let session = LiveSession {
            token: Some(&token),
            rooms: &[],
        };
        let found = match fate(&policy(action, grace), None, session, NOW) {
            Fate::Stays(None) => "stays".to_owned(),
            Fate::Stays(Some(time)) => format!("stays until {}", time - NOW),
            Fate::IsWarned(reason) => {
                assert_eq!(reason.code(), "expired");
                "is warned".to_owned()
            }
            Fate::Ends(reason) => {
                assert_eq!(reason.code(), "expired");
                "ends".to_owned()
            }
        };
        assert_eq!(found, expected, "{action:?} {grace} {expiration}");
    }
}

#[test]
fn a_token_without_end_is_never_asked_about_again() {
    for exp in [json!(null), json!("soon")] {
        let token = token(&json!({"exp": exp}));
        let session = LiveSession {
            token: Some(&token),
            rooms: &[],
        };
        let fate = fate(&policy(AtExpiry::End, 0.0), None, session, NOW);
        assert_eq!(fate, Fate::Stays(None), "{exp}");
    }
}
