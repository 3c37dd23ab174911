//! Policies, tokens, rooms: mostly right, so that each check is reached, and wrong in every way now and then.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, crypto};
use proptest::collection::vec;
use proptest::prelude::*;
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::decision::{self, Admission, Found, Moment, Presented};
use prosody_tokend::token::explain::Examined;
use prosody_tokend::token::issuer::{
    Accepted, AcceptedTypes, Issuer, Issuers, Keys, LifetimePolicy,
};
use prosody_tokend::token::key::Key;
use prosody_tokend::token::policy::{PatternLimits, Policy, RoomPolicy};
use prosody_tokend::token::reason::Reason;
use serde_json::{Value, json};

pub const SECRET: &str = "Zm9v-the-secret-of-the-properties-0123456789";
pub const NOW: i64 = 1_765_139_000;
pub const MUC_DOMAIN: &str = "conference.example.com";

/// Members of a JSON object, in order.
pub type Members = Vec<(String, Value)>;

/// A policy as most operators have it.
pub fn usual_policy() -> Policy {
    let keys = Keys::Fixed(vec![Key::from_secret(SECRET.as_bytes()).unwrap()]);
    let issuer = Issuer::strict("my_app", Algorithm::Hs256, keys);
    Policy {
        max_token_bytes: 4_096,
        ..Policy::strict(issuer)
    }
    .with_muc_domain(MUC_DOMAIN)
}

prop_compose! {
    pub fn policies()(
        types in prop_oneof![3 => Just(vec![]), 1 => Just(vec!["at+jwt"]), 1 => Just(vec!["jwt", "none"])],
        leeway in prop_oneof![3 => Just(0.0), 1 => Just(60.0)],
        require_expiration in rarely(),
        longest in prop_oneof![3 => Just(None), 1 => Just(Some(3600.0))],
        accepted in accepted(),
        audiences in accepted(),
        accept_audience_array in any::<bool>(),
        require_room_claim in any::<bool>(),
        allow_empty_token in rarely(),
        rooms in room_policies(),
    ) -> Policy {
        let types: Vec<String> = types.into_iter().map(str::to_owned).collect();
        let usual = usual_policy();
        let usual = usual.issuers.first();
        let issuer = Issuer {
            types: if types.is_empty() { AcceptedTypes::Jwt } else { AcceptedTypes::listed(&types) },
            lifetime: LifetimePolicy { leeway, require_expiration, longest },
            accepted,
            audiences,
            accept_audience_array,
            require_room_claim,
            ..usual.clone()
        };
        Policy { issuers: Issuers::from(issuer), allow_empty_token, rooms, ..usual_policy() }
    }
}

prop_compose! {
    fn room_policies()(
        verify_domain in prop::bool::weighted(0.8),
        has_muc_domain in prop::bool::weighted(0.8),
        enabled in prop::bool::weighted(0.8),
    ) -> RoomPolicy {
        let usual = usual_policy().rooms;
        RoomPolicy {
            verify_domain,
            muc_domain: usual.muc_domain.filter(|_| has_muc_domain),
            patterns: PatternLimits { enabled, ..usual.patterns },
            ..usual
        }
    }
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

fn accepted() -> impl Strategy<Value = Accepted> {
    prop_oneof![
        1 => Just(Accepted::Any),
        2 => Just(Accepted::only(["my_app"])),
        1 => Just(Accepted::only(["other", "my_app"])),
        1 => Just(Accepted::Only(Vec::new())),
    ]
}

/// The members of a header.
pub fn headers() -> impl Strategy<Value = Members> {
    members(vec![
        ("alg", 30, vec![json!("HS256")]),
        ("typ", 30, vec![json!("JWT"), json!("at+jwt")]),
        ("kid", 1, vec![json!("key-1")]),
        ("crit", 0, vec![]),
        ("b64", 0, vec![]),
        ("cty", 1, vec![json!("JWT"), json!("json")]),
        ("jwk", 0, vec![]),
    ])
}

/// The members of a claims set.
pub fn claims() -> impl Strategy<Value = Members> {
    let contexts = vec![
        json!({}),
        json!({"user": {"id": "1", "moderator": "true"}, "tenant": "tenant1"}),
        json!({"room": {"regex": true}, "tenant": "Other"}),
        json!({"room": {"regex": "true"}, "tenant": 5}),
        json!({"tenant": ["tenant1"]}),
        json!({"user": {"affiliation": "owner"}, "features": {"lobby": true, "recording": true}}),
        json!({"user": "somebody", "features": ["recording"]}),
        json!({"user": {"moderator": true, "name": "Ann"}, "features": {"recording": "true"}}),
    ];
    members(vec![
        ("iss", 30, vec![json!("my_app"), json!("other")]),
        (
            "aud",
            30,
            vec![json!("my_app"), json!(["x", "my_app"]), json!(["x", 1])],
        ),
        (
            "sub",
            30,
            vec![
                json!("*"),
                json!("example.com"),
                json!("Tenant1"),
                json!("a]b"),
            ],
        ),
        (
            "room",
            30,
            vec![
                json!("*"),
                json!("meet-1"),
                json!("Meet-1"),
                json!("^meet%-(%d)$"),
                json!("meet%-%d"),
                json!("a*a*a*a*"),
                json!("("),
                json!("other"),
                json!("b]meet-1"),
            ],
        ),
        (
            "exp",
            30,
            vec![
                json!(NOW + 600),
                json!(NOW),
                json!(NOW - 30),
                json!(1_765_139_000.5),
                json!(NOW + 7200),
            ],
        ),
        (
            "nbf",
            15,
            vec![json!(NOW - 600), json!(NOW + 30), json!(NOW)],
        ),
        ("iat", 15, vec![json!(NOW - 600), json!(NOW - 90_000)]),
        ("jti", 1, vec![json!("an-id")]),
        ("context", 10, contexts),
        ("user_id", 1, vec![json!("user-1")]),
        (
            "nick",
            4,
            vec![json!("meet-1"), json!("*"), json!("other"), json!(7)],
        ),
        ("org", 4, vec![json!("tenant1"), json!("*"), json!("Other")]),
        (
            "roles",
            4,
            vec![
                json!(["moderator"]),
                json!("a moderator"),
                json!({"moderator": 1}),
                json!(["a"]),
            ],
        ),
    ])
}

/// Any of the values in so many cases of thirty; else the member is absent or anything at all. In any order.
fn members(table: Vec<(&'static str, u32, Vec<Value>)>) -> impl Strategy<Value = Members> {
    let one = |(name, weight, values): (&'static str, u32, Vec<Value>)| {
        let values = if values.is_empty() {
            vec![Value::Null]
        } else {
            values
        };
        // The first value is the usual one.
        let usual = values.first().cloned().unwrap_or_default();
        prop_oneof![
            weight * 2 => Just(Some(usual)),
            weight => prop::sample::select(values).prop_map(Some),
            4 + 60_u32.saturating_sub(weight * 2) => Just(None),
            2 => odd_values().prop_map(Some),
        ]
        .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    };
    let each: Vec<_> = table.into_iter().map(one).collect();
    each.prop_map(|found| found.into_iter().flatten().collect::<Members>())
        .prop_shuffle()
}

fn odd_values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        vec(".{0,8}", 0..3).prop_map(Value::from),
        Just(json!({"my_app": "my_app"})),
    ]
}

/// The address of a room, mostly of those that the claims name.
pub fn room_jids() -> impl Strategy<Value = String> {
    let node = prop_oneof![
        4 => Just("meet-1"), 2 => Just("[tenant1]meet-1"), 1 => Just("[a]b]meet-1"), 1 => Just("[]meet-1"), 1 => Just("other"),
    ];
    let domain = prop_oneof![6 => Just(MUC_DOMAIN), 1 => Just("conference.other.example"), 1 => Just("muc.example.com")];
    prop_oneof![
        12 => (node, domain).prop_map(|(node, domain)| format!("{node}@{domain}/nick")),
        1 => ".{0,40}",
    ]
}

/// A JSON object with its members in this very order.
pub fn object(members: &Members) -> String {
    let member =
        |(name, value): &(String, Value)| format!("{}:{value}", Value::from(name.as_str()));
    format!(
        "{{{}}}",
        members.iter().map(member).collect::<Vec<_>>().join(",")
    )
}

/// A token with a good signature.
pub fn sign(header: &str, payload: &str) -> String {
    sign_with(SECRET.as_bytes(), header, payload)
}

pub fn sign_with(secret: &[u8], header: &str, payload: &str) -> String {
    sign_by(jsonwebtoken::Algorithm::HS256, secret, header, payload)
}

pub fn sign_by(
    algorithm: jsonwebtoken::Algorithm,
    secret: &[u8],
    header: &str,
    payload: &str,
) -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let input = format!("{}.{}", encode(header), encode(payload));
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(input.as_bytes(), &key, algorithm).unwrap();
    format!("{input}.{signature}")
}

/// A token that the usual policy lets in.
pub fn usual_token() -> String {
    let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "example.com", "room": "meet-1", "exp": NOW + 600});
    sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

pub fn decide(policy: &Policy, token: &str) -> Result<Admission, Reason> {
    let presented = Presented {
        token: Some(token),
        other_scheme: None,
        context_required: false,
    };
    decision::decide(policy, presented, &None, &Moment::at(NOW))
}

/// A token as explanations see it.
pub fn examined<'a>(policy: &'a Policy, token: &'a str, found: &'a Found) -> Examined<'a> {
    Examined::alone("meet.example.com", policy, token, found, NOW)
}

/// Text that looks like a token more or less, and is none.
pub fn broken_tokens() -> impl Strategy<Value = String> {
    let text_part = prop_oneof![
        headers().prop_map(|all| object(&all)),
        claims().prop_map(|all| object(&all)),
        Just(String::new())
    ];
    let json_part = text_part.prop_map(|text| BASE64_URL_SAFE_NO_PAD.encode(text));
    let part = prop_oneof![
        4 => json_part,
        2 => vec(any::<u8>(), 0..60).prop_map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes)),
        1 => "[A-Za-z0-9_=+/-]{0,50}",
        1 => ".{0,20}",
    ];
    prop_oneof![
        6 => vec(part, 1..6).prop_map(|parts| parts.join(".")),
        1 => vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => "\\PC{0,100}",
    ]
}
