//! The room's decision.

use proptest::prelude::*;
use prosody_tokend::token::policy::Policy;
use prosody_tokend::token::room::{self, Join, Participant, RoomState, RoomVerdict};
use prosody_tokend::token::session::Session;
use serde_json::{Map, Value, json};

use super::generators::{MUC_DOMAIN, claims, policies, room_jids};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_room_admits_only_whom_every_condition_admits(
        policy in policies(), claims in claims(), room_jid in room_jids(), state in states(), prefix in prefixes(),
    ) {
        let session = session(&claims.into_iter().collect());
        let verdict = decide(&policy, &session, &room_jid, state, prefix);
        if verdict.decision.is_ok() {
            let broken = broken_condition(&policy, &session, &room_jid, state, prefix);
            prop_assert_eq!(broken, None);
        }
    }

    #[test]
    fn a_room_that_a_token_names_with_its_domain_admits_it(
        name in "[a-z0-9-]{1,20}", subject in prop_oneof![Just("*"), Just("example.com"), Just("EXAMPLE.com")],
    ) {
        let session = session(json!({"iss": "my_app", "sub": subject, "room": name.to_uppercase()}).as_object().unwrap());
        let state = RoomState { exists: true, allow_unauthenticated_access: Some(false) };
        let room_jid = format!("{name}@{MUC_DOMAIN}");
        prop_assert_eq!(decide(&super::generators::usual_policy(), &session, &room_jid, state, None).decision, Ok(()));
    }

    #[test]
    fn a_guest_enters_no_room_that_wants_a_token_or_is_not_there(
        policy in policies(), room_jid in room_jids(), state in states(),
    ) {
        let join = Join { room_jid: &room_jid, state, query_prefix: None, participant: Participant::Guest };
        if room::decide(&policy, &join).decision.is_ok() {
            prop_assert!(state.exists);
            prop_assert!(!policy.allow_empty_token || state.allow_unauthenticated_access != Some(false));
            prop_assert!(policy.allow_empty_token || !policy.issuers.first().require_room_claim || !policy.rooms.verify_domain);
        }
    }
}

pub fn states() -> impl Strategy<Value = RoomState> {
    let access = prop_oneof![4 => Just(None), 1 => Just(Some(false)), 1 => Just(Some(true))];
    (prop::bool::weighted(0.9), access).prop_map(|(exists, allow_unauthenticated_access)| {
        RoomState {
            exists,
            allow_unauthenticated_access,
        }
    })
}

pub fn prefixes() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        Just(None),
        Just(Some("")),
        Just(Some("tenant1")),
        Just(Some("5"))
    ]
}

/// The session that verified claims would make.
pub fn session(claims: &Map<String, Value>) -> Session {
    let context = |name: &str| {
        claims
            .get("context")
            .and_then(|context| context.get(name))
            .cloned()
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    Session {
        room: text("room"),
        subject: text("sub"),
        issuer: text("iss"),
        tenant: context("tenant"),
        context_room: context("room"),
        ..Session::default()
    }
}

pub fn decide(
    policy: &Policy,
    session: &Session,
    room_jid: &str,
    state: RoomState,
    query_prefix: Option<&str>,
) -> RoomVerdict {
    let participant = Participant::Member(session);
    room::decide(
        policy,
        &Join {
            room_jid,
            state,
            query_prefix,
            participant,
        },
    )
}

/// The first condition of an admitted member that does not hold, written down here once more and in another way.
fn broken_condition(
    policy: &Policy,
    session: &Session,
    room_jid: &str,
    state: RoomState,
    prefix: Option<&str>,
) -> Option<&'static str> {
    let bare = room_jid.split('/').next().unwrap_or_default();
    let (node, domain) = bare.split_once('@').unwrap_or_default();
    let issuer = session.issuer.clone().map(Value::from);
    let is_there = [
        ("the room exists", state.exists),
        ("it has a name", !node.is_empty()),
        ("it has a domain", !domain.is_empty()),
        (
            "the issuer is accepted",
            issuer.is_none_or(|issuer| policy.issuers.first().accepted.contains(&issuer)),
        ),
    ];
    let fits = if policy.rooms.verify_domain {
        address_fits(policy, session, bare, state, prefix)
    } else {
        vec![("the claim names it", claim_names(session, node))]
    };
    let mut conditions = is_there.into_iter().chain(fits);
    conditions
        .find(|(_, holds)| !holds)
        .map(|(condition, _)| condition)
}

fn address_fits(
    policy: &Policy,
    session: &Session,
    bare: &str,
    state: RoomState,
    prefix: Option<&str>,
) -> Vec<(&'static str, bool)> {
    let pattern = session.has_pattern() && session.room.as_deref().is_some_and(|room| room != "*");
    let names_nothing = session.room.is_none() || pattern;
    if names_nothing && !policy.issuers.first().require_room_claim {
        return Vec::new();
    }
    let node = bare.split('@').next().unwrap_or_default();
    let tenant_is_its = match &session.tenant {
        None => true,
        Some(Value::String(tenant)) => Some(&*tenant.to_ascii_lowercase()) == prefix,
        Some(Value::Number(tenant)) => Some(&*tenant.to_string()) == prefix,
        Some(_) => return vec![("context.tenant is text", false)],
    };
    let subject = session
        .subject
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let domains = [format!("conference.{subject}"), MUC_DOMAIN.to_owned()];
    let ends_in_domain = domains
        .iter()
        .any(|domain| bare.ends_with(&format!("@{domain}")));
    let names_tenant = subject == "*" || bare.starts_with(&format!("[{subject}]"));
    vec![
        (
            "patterns are switched on",
            !pattern || policy.rooms.patterns.enabled,
        ),
        ("the claim names it", pattern || claim_names(session, node)),
        (
            "it wants no other tenant",
            tenant_is_its || state.allow_unauthenticated_access != Some(false),
        ),
        ("sub is there", session.subject.is_some()),
        ("it is on the MUC domain", ends_in_domain),
        (
            "sub names its tenant",
            !node.starts_with("[tenant1]") || names_tenant,
        ),
    ]
}

fn claim_names(session: &Session, node: &str) -> bool {
    session.room.as_deref().is_none_or(|claim| {
        let claim = if session.has_pattern() {
            claim.to_owned()
        } else {
            claim.to_ascii_lowercase()
        };
        claim == "*" || claim == node || node.ends_with(&format!("]{claim}"))
    })
}
