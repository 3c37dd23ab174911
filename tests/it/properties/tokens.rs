//! The token's decision.

use proptest::prelude::*;
use prosody_tokend::token::{issuer::AcceptedTypes, policy::Policy};
use serde_json::{Map, Value};

use super::generators::{
    Members, NOW, broken_tokens, claims, decide, headers, object, policies, sign, usual_policy,
    usual_token,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_signed_is_denied(policy in policies(), token in broken_tokens()) {
        prop_assert!(decide(&policy, &token).is_err());
    }

    #[test]
    fn a_token_is_let_in_if_and_only_if_every_condition_holds(
        policy in policies(), header in headers(), claims in claims(),
    ) {
        let allowed = decide(&policy, &sign(&object(&header), &object(&claims))).is_ok();
        let broken = broken_condition(&policy, &read(&header), &read(&claims));
        prop_assert_eq!(allowed, broken.is_none(), "{:?}", broken);
    }

    #[test]
    fn the_order_of_members_changes_nothing(
        policy in policies(), (header, other_header) in in_two_orders(headers()), (claims, other_claims) in in_two_orders(claims()),
    ) {
        let one = decide(&policy, &sign(&object(&header), &object(&claims)));
        let other = decide(&policy, &sign(&object(&other_header), &object(&other_claims)));
        prop_assert_eq!(one.err(), other.err());
    }

    #[test]
    fn a_token_of_another_secret_is_denied(policy in policies(), header in headers(), claims in claims(), secret in ".{0,40}") {
        let token = super::generators::sign_with(secret.as_bytes(), &object(&header), &object(&claims));
        prop_assert!(decide(&policy, &token).is_err());
    }
}

#[test]
fn a_token_with_any_one_bit_changed_is_denied() {
    let policy = usual_policy();
    let token = usual_token();
    assert!(decide(&policy, &token).is_ok());
    for bit in 0..token.len() * 8 {
        let mut bytes = token.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let changed = String::from_utf8_lossy(&bytes);
        assert!(decide(&policy, &changed).is_err(), "bit {bit}: {changed}");
    }
}

#[test]
fn a_token_that_is_cut_anywhere_is_denied() {
    let policy = usual_policy();
    let token = usual_token();
    for end in 0..token.len() {
        assert!(decide(&policy, &token[..end]).is_err(), "{end} bytes");
        assert!(decide(&policy, &token[end + 1..]).is_err(), "from {end} on");
    }
}

fn in_two_orders(
    members: impl Strategy<Value = Members>,
) -> impl Strategy<Value = (Members, Members)> {
    members.prop_flat_map(|members| (Just(members.clone()), Just(members).prop_shuffle()))
}

fn read(members: &Members) -> Map<String, Value> {
    members.iter().cloned().collect()
}

/// The first condition of a signed token that does not hold, written down here once more and in another way.
fn broken_condition(
    policy: &Policy,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
) -> Option<&'static str> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let kind = |name: &str, is: fn(&Value) -> bool| claims.get(name).is_none_or(is);
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = f64::from(u32::try_from(NOW).unwrap());
    let (exp, nbf, iat) = (number("exp"), number("nbf"), number("iat"));
    let typ = header.get("typ");
    let type_accepted = match &policy.issuers.first().types {
        AcceptedTypes::Jwt => text(typ).as_deref() == Some("JWT"),
        AcceptedTypes::Listed { names, none } => match typ {
            None => *none,
            Some(typ) => typ
                .as_str()
                .is_some_and(|typ| names.contains(&typ.to_lowercase())),
        },
    };
    let audience = claims.get("aud").unwrap_or(&Value::Null);
    let one_of_array = policy.issuers.first().accept_audience_array
        && audience.as_array().is_some_and(|all| {
            all.iter()
                .any(|one| policy.issuers.first().audiences.contains(one))
        });
    let longest = policy.issuers.first().lifetime.longest;
    let leeway = policy.issuers.first().lifetime.leeway;
    let conditions = [
        (
            "alg is the policy's",
            text(header.get("alg")).as_deref() == Some("HS256"),
        ),
        ("typ is accepted", type_accepted),
        ("no crit", !header.contains_key("crit")),
        ("no b64", !header.contains_key("b64")),
        (
            "no token inside",
            text(header.get("cty")).is_none_or(|cty| !cty.eq_ignore_ascii_case("jwt")),
        ),
        ("exp is a number", kind("exp", Value::is_number)),
        ("nbf is a number", kind("nbf", Value::is_number)),
        ("iat is a number", kind("iat", Value::is_number)),
        ("before exp", exp.is_none_or(|exp| now < exp + leeway)),
        ("after nbf", nbf.is_none_or(|nbf| now >= nbf - leeway)),
        (
            "has exp",
            exp.is_some()
                || !(policy.issuers.first().lifetime.require_expiration || longest.is_some()),
        ),
        (
            "short life",
            longest.is_none_or(|longest| {
                exp.is_some_and(|exp| {
                    exp - iat.or(nbf).map_or(now, |begin| begin.min(now)) <= longest
                })
            }),
        ),
        (
            "iss is there",
            claims.contains_key("iss") && kind("iss", Value::is_string),
        ),
        (
            "iss is accepted",
            claims
                .get("iss")
                .is_some_and(|iss| policy.issuers.first().accepted.contains(iss)),
        ),
        ("aud is there", claims.contains_key("aud")),
        (
            "aud is accepted",
            policy.issuers.first().audiences.contains(audience) || one_of_array,
        ),
        (
            "aud is text",
            audience.is_string()
                || audience
                    .as_array()
                    .is_some_and(|all| all.iter().all(Value::is_string)),
        ),
        (
            "room is there",
            claims.contains_key("room") || !policy.issuers.first().require_room_claim,
        ),
        ("room is text", kind("room", Value::is_string)),
        (
            "sub is there",
            claims.contains_key("sub") && kind("sub", Value::is_string),
        ),
        ("jti is text", kind("jti", Value::is_string)),
        ("context is an object", kind("context", Value::is_object)),
    ];
    conditions
        .into_iter()
        .find(|(_, holds)| !holds)
        .map(|(condition, _)| condition)
}
