//! Any claims, and any room: decided in bounded time, explained as it is decided, and never another room than the one
//! that the token names.
//!
//! The input is the room's JID, a line break, the tenant in the web address, a line break, and the claims.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prosody_tokend::token::explain::room_checks;
use prosody_tokend::token::policy::{Policy, RoomPolicy};
use prosody_tokend::token::room::{self, Join, Participant, RoomState};
use prosody_tokend::token::session::Session;
use prosody_tokend_fuzz::{BY_SECRET, agree, sign};
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (Some(room_jid), Some(prefix), Some(claims)) = (lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(claims) else {
        return;
    };
    let query_prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    for policy in [&*BY_SECRET, &*BY_NAME] {
        for allow_unauthenticated_access in [None, Some(false)] {
            let state = RoomState {
                exists: true,
                allow_unauthenticated_access,
            };
            let session = session(&claims);
            let join = Join {
                room_jid,
                state,
                query_prefix,
                participant: Participant::Member(&session),
            };
            enter(policy, &claims, &session, &join);
        }
    }
});

/// Compares only rooms' names, and demands none.
static BY_NAME: LazyLock<Policy> = LazyLock::new(|| {
    let policy = BY_SECRET
        .clone()
        .with_issuer(|issuer| issuer.require_room_claim = false);
    Policy {
        rooms: RoomPolicy {
            verify_domain: false,
            muc_domain: None,
            ..policy.rooms.clone()
        },
        ..policy
    }
});

fn enter(policy: &Policy, claims: &Map<String, Value>, session: &Session, join: &Join<'_>) {
    let verdict = room::decide(policy, join);
    let token = sign(b"{}", Value::from(claims.clone()).to_string().as_bytes());
    if let Some(claimed) = room_checks::claimed(policy, &token) {
        let participant = Participant::Member(&claimed);
        let checks = room_checks::all(
            policy,
            &Join {
                participant,
                ..*join
            },
        );
        agree(verdict.decision.as_ref().err(), &checks);
    }
    if verdict.decision.is_ok() {
        admitted(policy, session, join.room_jid);
    }
}

fn admitted(policy: &Policy, session: &Session, room_jid: &str) {
    let bare = room_jid.split('/').next().unwrap_or_default();
    let (node, domain) = bare.split_once('@').expect("an address");
    assert!(!node.is_empty() && !domain.is_empty());
    assert!(
        session
            .issuer
            .as_deref()
            .is_none_or(|issuer| issuer == "my_app")
    );
    if policy.rooms.verify_domain {
        let subject = session
            .subject
            .as_deref()
            .expect("sub")
            .to_ascii_lowercase();
        let of_domain = domain == format!("conference.{subject}");
        let of_tenant = node.starts_with(&format!("[{subject}]")) || subject == "*";
        assert!(of_domain || (of_tenant && domain == "conference.example.com"));
    }
    if !session.has_pattern() {
        let claim = session.room.as_deref().unwrap_or("*").to_ascii_lowercase();
        assert!(claim == "*" || node == claim || node.ends_with(&format!("]{claim}")));
    }
}

fn session(claims: &Map<String, Value>) -> Session {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let context = |name: &str| {
        claims
            .get("context")
            .and_then(|context| context.get(name))
            .cloned()
    };
    Session {
        room: text("room"),
        subject: text("sub"),
        issuer: text("iss"),
        tenant: context("tenant"),
        context_room: context("room"),
        ..Session::default()
    }
}
