//! What holds on every host with several issuers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::claims::Claims;
use prosody_tokend::token::decision::{Admission, Member};
use prosody_tokend::token::glob::Glob;
use prosody_tokend::token::issuer::{Accepted, Issuer, Issuers, Keys};
use prosody_tokend::token::policy::Policy;
use prosody_tokend::token::reason::Reason;
use prosody_tokend::token::room::{Join, Participant};
use serde_json::{Map, Value};

use super::generators::{
    Members, SECRET, claims, decide, headers, object, room_jids, sign_by, sign_with,
};
use super::rooms::{self, prefixes, states};
use super::several::{OTHER_SECRET, several};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_let_in_beyond_the_bounds_of_the_issuer_whose_iss_the_token_has(
        policy in several(), header in headers(), claims in claims(), signature in signatures(),
    ) {
        if let Some(member) = member(&policy, &signed(signature, &header, &claims)) {
            let issuer = named(&policy, member.claims.claim("iss"));
            let broken = broken_bound(&issuer.bounds, policy.rooms.verify_domain, &member.claims.into_members());
            prop_assert_eq!(broken, None, "{:?}", issuer);
        }
    }

    #[test]
    fn nobody_joins_a_room_beyond_the_bounds_of_the_issuer_whose_iss_the_session_has(
        policy in several(), claims in claims(), room_jid in room_jids(), state in states(), prefix in prefixes(),
    ) {
        let session = rooms::session(&claims.into_iter().collect());
        if rooms::decide(&policy, &session, &room_jid, state, prefix).decision.is_ok() {
            let issuer = named(&policy, session.issuer.clone().map(Value::from).as_ref());
            let broken = beyond(&issuer.bounds, &room_jid);
            prop_assert_eq!(broken, None, "{:?}", issuer);
            let is_for_one = [&session.room, &session.subject].iter()
                .all(|claim| claim.as_deref().is_some_and(|claim| claim != "*")) && !session.has_pattern();
            prop_assert!(issuer.bounds.wildcards || is_for_one);
        }
    }

    #[test]
    fn what_becomes_of_a_token_does_not_depend_on_the_issuers_beside_its_own(
        policy in several(), others in several(), header in headers(), claims in claims(), signature in signatures(),
    ) {
        let token = signed(signature, &header, &claims);
        let iss = claims.iter().find(|(name, _)| name == "iss").map(|(_, value)| value.clone());
        let Some(issuer) = iss.as_ref().and_then(|iss| policy.issuers.of_claim(iss)) else {
            return Ok(());
        };
        let strangers: Vec<Issuer> = others.issuers.iter().map(stranger).collect();
        for others in [strangers, vec![nobody()]] {
            let elsewhere = Policy { issuers: Issuers::new(issuer.clone(), others), ..policy.clone() };
            prop_assert_eq!(outcome(&policy, &token), outcome(&elsewhere, &token));
        }
    }

    #[test]
    fn no_secret_but_the_selected_issuers_counts(policy in several(), header in headers(), claims in claims()) {
        let token = sign_with(b"a secret that no issuer has, 0123456789", &object(&header), &object(&claims));
        prop_assert!(decide(&policy, &token).is_err());
        for signature in [(SECRET, jsonwebtoken::Algorithm::HS256), (OTHER_SECRET, jsonwebtoken::Algorithm::HS512)] {
            let token = signed(signature, &header, &claims);
            if let Some(member) = member(&policy, &token) {
                let issuer = named(&policy, member.claims.claim("iss"));
                let Keys::Fixed(keys) = &issuer.keys else { panic!("secrets are fixed") };
                let own = Issuer { keys: Keys::Fixed(keys.clone()), ..issuer.clone() };
                let alone = Policy { issuers: Issuers::from(own), ..policy.clone() };
                prop_assert!(decide(&alone, &token).is_ok());
            }
        }
    }

    #[test]
    fn a_mapping_changes_neither_issuer_nor_audience_nor_times(
        policy in several(), header in headers(), claims in claims(), signature in signatures(),
    ) {
        let token = signed(signature, &header, &claims);
        let original = Claims::decode(token.split('.').nth(1).unwrap());
        if let Some(member) = member(&policy, &token) {
            let (mapped, original) = (member.claims.into_members(), original.unwrap());
            for name in ["iss", "aud", "exp", "nbf", "iat", "jti"] {
                prop_assert_eq!(mapped.get(name), original.claim(name), "{}", name);
            }
        }
        let without = without_mappings(&policy);
        let (with, without) = (decide(&policy, &token).err(), decide(&without, &token).err());
        if [&with, &without].iter().any(|reason| reason.as_ref().is_some_and(is_of_no_mapping)) {
            prop_assert_eq!(with, without);
        }
    }

    #[test]
    fn nobody_without_an_iss_is_let_in(policy in several(), header in headers(), claims in claims(), signature in signatures()) {
        let claims: Members = claims.into_iter().filter(|(name, _)| name != "iss").collect();
        prop_assert!(member(&policy, &signed(signature, &header, &claims)).is_none());
        let session = rooms::session(&claims.into_iter().collect());
        let join = Join {
            room_jid: "meet-1@conference.example.com",
            state: prosody_tokend::token::room::RoomState::default(),
            query_prefix: None,
            participant: Participant::Member(&session),
        };
        prop_assert!(prosody_tokend::token::room::decide(&policy, &join).decision.is_err());
    }
}

type Signature = (&'static str, jsonwebtoken::Algorithm);

fn signatures() -> impl Strategy<Value = Signature> {
    use jsonwebtoken::Algorithm::{HS256, HS512};
    prop_oneof![
        6 => Just((SECRET, HS256)), 2 => Just((OTHER_SECRET, HS256)), 1 => Just((SECRET, HS512)),
    ]
}

/// A token that says of itself how it is signed, unless its header says otherwise.
fn signed((secret, algorithm): Signature, header: &Members, claims: &Members) -> String {
    let name = Value::from(format!("{algorithm:?}"));
    let header = header.iter().map(|(member, value)| {
        let is_usual = member == "alg" && value == "HS256";
        (
            member.clone(),
            if is_usual {
                name.clone()
            } else {
                value.clone()
            },
        )
    });
    sign_by(
        algorithm,
        secret.as_bytes(),
        &object(&header.collect()),
        &object(claims),
    )
}

fn member(policy: &Policy, token: &str) -> Option<Member> {
    match decide(policy, token) {
        Ok(Admission::Member(member)) => Some(*member),
        Ok(Admission::Guest) | Err(_) => None,
    }
}

/// The session, or the reason.
fn outcome(policy: &Policy, token: &str) -> Result<String, Reason> {
    match decide(policy, token)? {
        Admission::Member(member) => Ok(format!("{:?}", member.session)),
        Admission::Guest => Ok(String::new()),
    }
}

/// Whose an `iss` is, looked for once more and in another way.
fn named<'a>(policy: &'a Policy, iss: Option<&Value>) -> &'a Issuer {
    let iss = iss.and_then(Value::as_str).unwrap();
    let lists = |issuer: &&Issuer| match &issuer.accepted {
        Accepted::Any => false,
        Accepted::Only(values) => values.iter().any(|value| value == iss),
    };
    let any = |issuer: &&Issuer| issuer.accepted == Accepted::Any;
    let found = policy.issuers.iter().find(lists);
    found.or_else(|| policy.issuers.iter().find(any)).unwrap()
}

/// The same issuer under an `iss` that no token has.
fn stranger(issuer: &Issuer) -> Issuer {
    Issuer {
        name: format!("stranger-{}", issuer.name),
        accepted: Accepted::only([format!("https://{}.example", issuer.name)]),
        ..issuer.clone()
    }
}

fn nobody() -> Issuer {
    Issuer {
        name: "nobody".to_owned(),
        accepted: Accepted::Only(Vec::new()),
        ..super::generators::usual_policy().issuers.first().clone()
    }
}

fn without_mappings(policy: &Policy) -> Policy {
    let mut plain = policy.issuers.iter().map(|issuer| Issuer {
        mapping: None,
        ..issuer.clone()
    });
    let first = plain.next().unwrap();
    Policy {
        issuers: Issuers::new(first, plain.collect()),
        ..policy.clone()
    }
}

/// Whether a denial comes before anything that a mapping could change.
fn is_of_no_mapping(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::SignatureInvalid
            | Reason::AlgorithmNotAccepted
            | Reason::AlgorithmNotSupported
            | Reason::TypeNotAccepted
            | Reason::ExpirationNotNumber
            | Reason::NotBeforeNotNumber
            | Reason::Expired(_)
            | Reason::NotYetValid(_)
            | Reason::ExpirationMissing
            | Reason::LifetimeTooLong(_)
            | Reason::IssuerMissing
            | Reason::IssuerNotAccepted
            | Reason::AudienceMissing
            | Reason::AudienceNotAccepted
    )
}

/// The first bound that the claims of somebody who was let in are beyond.
fn broken_bound(
    bounds: &Bounds,
    compares_subject: bool,
    claims: &Map<String, Value>,
) -> Option<&'static str> {
    let context = |name: &str| claims.get("context").and_then(|context| context.get(name));
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let regex = context("room").and_then(|room| room.get("regex"));
    let is_pattern = regex.is_some_and(|regex| regex == true || regex == "true");
    let room = text("room").filter(|room| *room != "*" && !is_pattern);
    let tenant = text("sub").filter(|sub| *sub != "*" && compares_subject);
    let user = |name: &str| context("user").and_then(|user| user.get(name));
    let is_moderator = user("moderator").is_some_and(|value| value == true || value == "true")
        || user("affiliation").is_some_and(|value| value == "owner");
    let features = context("features").map(|features| features.as_object().cloned());
    let is_granted = |name: &String| {
        bounds
            .features
            .as_ref()
            .is_none_or(|all| all.contains(name))
    };
    let features_fit = match features {
        None => true,
        Some(Some(members)) => members.keys().all(is_granted),
        Some(None) => bounds.features.is_none(),
    };
    let conditions = [
        (
            "rooms",
            room.is_none_or(|room| is_within(bounds.rooms.as_ref(), room)),
        ),
        (
            "tenants",
            tenant.is_none_or(|tenant| is_within(bounds.tenants.as_ref(), tenant)),
        ),
        ("moderators", bounds.moderators || !is_moderator),
        ("features", features_fit),
        (
            "wildcards",
            bounds.wildcards
                || (!is_pattern
                    && text("room").is_some_and(|room| room != "*")
                    && text("sub") != Some("*")),
        ),
    ];
    conditions
        .into_iter()
        .find(|(_, holds)| !holds)
        .map(|(bound, _)| bound)
}

/// The first bound that a room is beyond.
fn beyond(bounds: &Bounds, room_jid: &str) -> Option<&'static str> {
    let node = room_jid.split(['@', '/']).next().unwrap_or_default();
    let split = node.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let split = split.filter(|(tenant, name)| !tenant.is_empty() && !name.is_empty());
    let (tenant, name) = split.unwrap_or(("", node));
    if !is_within(bounds.rooms.as_ref(), name) {
        return Some("rooms");
    }
    let has_tenant = bounds.tenants.is_none() || !tenant.is_empty();
    let is_its = has_tenant && is_within(bounds.tenants.as_ref(), tenant);
    (!is_its).then_some("tenants")
}

/// Whether a name fits one of the patterns, which have one star at most.
fn is_within(patterns: Option<&Vec<Glob>>, name: &str) -> bool {
    let name = name.to_lowercase();
    patterns.is_none_or(|patterns| {
        patterns
            .iter()
            .map(Glob::written)
            .any(|pattern| match pattern.split_once('*') {
                None => name == pattern,
                Some((start, end)) => {
                    name.len() >= start.len() + end.len()
                        && name.starts_with(start)
                        && name.ends_with(end)
                }
            })
    })
}

#[test]
fn what_is_made_up_is_let_in_now_and_then_and_denied_for_each_bound() {
    let mut runner = TestRunner::deterministic();
    let drawn = (several(), headers(), claims(), signatures());
    let mut outcomes: BTreeMap<&'static str, usize> = BTreeMap::new();
    for _ in 0..4_000 {
        let (policy, header, claims, signature) = drawn.new_tree(&mut runner).unwrap().current();
        let decided = decide(&policy, &signed(signature, &header, &claims));
        let code = decided.map_or_else(|reason| reason.code(), |_| "allowed");
        *outcomes.entry(code).or_default() += 1;
    }
    for (code, least) in [
        ("allowed", 40),
        ("signature-invalid", 40),
        ("iss-not-accepted", 40),
        ("room-beyond-issuer", 5),
        ("tenant-beyond-issuer", 5),
        ("moderator-beyond-issuer", 1),
        ("wildcard-not-allowed", 5),
    ] {
        let count = outcomes.get(code).copied().unwrap_or_default();
        assert!(count >= least, "{code}: {count} of {outcomes:?}");
    }
}
