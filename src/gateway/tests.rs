use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::consumer::Consumer;
use super::credential::{Credential, SecretText};
use super::credentials::Credentials;
use super::decision::{Moment, Opened, Rules};
use super::described::{Asked, Described, Field};
use super::identity::Identity;
use super::refusal::Refusal;
use super::seen::Seen;
use super::settings::{Beyond, ClaimHeader, Proxy, RequiredClaim, Settings, TimesToVerify};
use crate::token::algorithm::Algorithm;
use crate::token::pointer::Pointer;
use crate::token::recall::Recall;
use crate::token::signing::{HeaderMembers, SigningKey};

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "a secret of thirty-two bytes or more";
/// The same in base64.
const SECRET_BASE64: &str = "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyBvciBtb3Jl";

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../tests/data/", $name, ".pem"))
    };
}

fn consumer(number: u128, username: &str) -> Consumer {
    Consumer {
        id: Uuid::from_u128(number),
        username: Some(username.to_owned()),
        custom_id: None,
        tags: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn credential(number: u128, key: &str, algorithm: Algorithm) -> Credential {
    Credential {
        id: Uuid::from_u128(number),
        consumer: Uuid::from_u128(1),
        key: key.to_owned(),
        secret: Some(SecretText::from(SECRET.to_owned())),
        rsa_public_key: None,
        algorithm,
        tags: None,
        created_at: NOW,
    }
}

/// Alice's credentials: one for each algorithm, by its name, and some that are odd.
fn credentials() -> Credentials {
    let mut set = Credentials::default();
    let mut alice = consumer(1, "alice");
    alice.custom_id = Some("a-1".to_owned());
    set.put_consumer(&alice);
    set.put_consumer(&consumer(2, "everybody"));
    for (number, algorithm) in (10..).zip(Algorithm::ALL) {
        let pem = match algorithm.prefix() {
            "HS" => None,
            "EdDSA" => Some(pem!("ed25519-public")),
            "ES" if algorithm == Algorithm::Es256 => Some(pem!("p256-public")),
            "ES" if algorithm == Algorithm::Es384 => Some(pem!("p384-public")),
            "ES" => continue,
            _ => Some(pem!("rsa-public")),
        };
        set.put(&Credential {
            rsa_public_key: pem.map(str::to_owned),
            ..credential(number, algorithm.name(), algorithm)
        });
    }
    for (number, key, algorithm, secret, pem) in [
        (30, "base64", Algorithm::Hs256, Some(SECRET_BASE64), None),
        (31, "no-base64", Algorithm::Hs256, Some("$$$"), None),
        (32, "no-public-key", Algorithm::Es256, None, None),
        (
            33,
            "other-curve",
            Algorithm::Es256,
            None,
            Some(pem!("p384-public")),
        ),
        (34, "unreadable", Algorithm::Hs256, None, None),
    ] {
        set.put(&Credential {
            secret: secret.map(|secret: &str| SecretText::from(secret.to_owned())),
            rsa_public_key: pem.map(str::to_owned),
            ..credential(number, key, algorithm)
        });
    }
    set.put(&Credential {
        consumer: Uuid::from_u128(99),
        ..credential(40, "orphan", Algorithm::Hs256)
    });
    set
}

fn signing(algorithm: Algorithm) -> SigningKey {
    let private = match algorithm {
        Algorithm::Es256 => pem!("p256-private"),
        Algorithm::Es384 => pem!("p384-private"),
        Algorithm::EdDsa => pem!("ed25519-private"),
        _ if algorithm.prefix() == "HS" => return SigningKey::from_secret(SECRET.as_bytes()),
        _ => pem!("rsa-private"),
    };
    SigningKey::from_any_pem(private.as_bytes()).unwrap()
}

fn members(claims: &Value) -> Map<String, Value> {
    claims.as_object().unwrap().clone()
}

fn signed_with(algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
    let header = HeaderMembers { typ: None, kid };
    signing(algorithm)
        .sign_with(algorithm, header, &members(claims))
        .unwrap()
}

/// A token with HS256.
fn signed(claims: &Value) -> String {
    signed_with(Algorithm::Hs256, None, claims)
}

/// The claims of a usual token, with others over them; null takes one out.
fn claims(others: &Value) -> Value {
    let mut claims = members(&json!({"iss": "HS256", "nbf": NOW, "exp": NOW + 3_600}));
    for (name, value) in members(others) {
        if value.is_null() {
            claims.remove(&name);
        } else {
            claims.insert(name, value);
        }
    }
    Value::Object(claims)
}

/// What Kong checks by itself: no times.
fn kongs() -> Settings {
    Settings {
        claims_to_verify: TimesToVerify {
            expiration: false,
            not_before: false,
        },
        ..Settings::default()
    }
}

fn asked<'a>(method: &'a str, query: &'a str, fields: &'a [Field<'a>]) -> Asked<'a> {
    Asked {
        method,
        below: "",
        query,
        fields,
        is_trusted: true,
    }
}

fn decided(settings: &Settings, asked: &Asked<'_>) -> Result<Identity, Refusal> {
    let credentials = credentials();
    let rules = Rules {
        settings,
        credentials: &[&credentials],
        has_published_keys: false,
    };
    let at = Moment {
        now: NOW,
        recall: Recall::NOTHING,
        seen: &Seen::default(),
        revocations: None,
    };
    let described = Described::of(asked, settings)?;
    let (decision, _) = Opened::new(rules, &described).decide(&None, &at);
    decision
}

fn by_header(settings: &Settings, token: &str) -> Result<Identity, Refusal> {
    let value = format!("Bearer {token}");
    decided(
        settings,
        &asked("GET", "", &[("authorization", value.as_bytes())]),
    )
}

/// Status, body, and what `WWW-Authenticate` says with a realm.
fn told(refused: Result<Identity, Refusal>) -> (u16, String, Option<String>) {
    let refusal = refused.expect_err("it goes through");
    (
        refusal.status(),
        refusal.body(),
        refusal.challenge(Some("R")),
    )
}

const INVALID: &str = "Bearer realm=\"R\", error=\"invalid_token\"";

fn message(text: &str) -> (u16, String, Option<String>) {
    let body = json!({ "message": text }).to_string();
    (401, body, Some(INVALID.to_owned()))
}

#[test]
fn a_request_without_a_token_is_told_so_and_nothing_of_an_invalid_one() {
    let none = Refusal::Unauthorized;
    for (query, name, value) in [
        ("", "accept", ""),
        ("jwt=", "accept", ""),
        ("JWT=a.b.c", "accept", ""),
        ("other=a.b.c", "accept", ""),
        ("", "authorization", "Bearer"),
        ("", "authorization", "BEARER a.b.c"),
        ("", "authorization", "Basic YTpi"),
        ("", "authorization", "Bearera.b.c"),
        ("", "x-other", "Bearer a.b.c"),
        ("", "cookie", "jwt=a.b.c"),
    ] {
        let fields = [(name, value.as_bytes())];
        let refused = decided(&kongs(), &asked("GET", query, &fields));
        assert_eq!(refused, Err(none.clone()), "{query} {name}: {value}");
    }
    assert_eq!(none.body(), "{\"message\":\"Unauthorized\"}");
    assert_eq!(none.challenge(None).as_deref(), Some("Bearer"));
    assert_eq!(
        none.challenge(Some("R")).as_deref(),
        Some("Bearer realm=\"R\"")
    );
    let invalid = Refusal::Signature.challenge(None);
    assert_eq!(invalid.as_deref(), Some("Bearer error=\"invalid_token\""));
}

#[test]
fn a_token_that_cannot_be_read_is_told_what_of_it() {
    let part = |text: &str| {
        use base64::Engine as _;
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
    };
    let good = signed(&claims(&json!({})));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let with_head = |text: &str| format!("{}.{payload}.{signature}", part(text));
    let with_claims = |text: &str| format!("{header}.{}.{signature}", part(text));
    for (token, text) in [
        ("junk".to_owned(), "Bad token; invalid JSON"),
        (input.to_owned(), "Bad token; invalid JSON"),
        (format!("junk{good}"), "Bad token; invalid JSON"),
        (format!("${good}"), "Bad token; invalid JSON"),
        (format!("{header}.$.{signature}"), "Bad token; invalid JSON"),
        (format!(".{payload}.{signature}"), "Bad token; invalid JSON"),
        (format!("{good}.more"), "Bad token; invalid signature"),
        (format!("{input}.$"), "Bad token; invalid signature"),
        (format!("{good}="), "Bad token; invalid signature"),
        (with_head("{}"), "Bad token; invalid alg"),
        (with_head("[]"), "Bad token; invalid alg"),
        (with_head("\"a\""), "Bad token; invalid alg"),
        (with_head("5"), "Bad token; invalid JSON"),
        (with_head("null"), "Bad token; invalid JSON"),
        (with_head("{\"alg\":\"none\"}"), "Bad token; invalid alg"),
        (with_head("{\"alg\":\"foo\"}"), "Bad token; invalid alg"),
        (with_head("{\"alg\":5}"), "Bad token; invalid alg"),
        (with_head("{\"alg\":\"hs256\"}"), "Bad token; invalid alg"),
        (
            with_head("{\"alg\":\"HS256\",\"alg\":\"HS256\"}"),
            "Bad token; invalid JSON",
        ),
        (
            with_head("{\"alg\":\"HS256\",\"crit\":[\"a\"]}"),
            "Bad token; invalid header",
        ),
        (
            with_head("{\"alg\":\"HS256\",\"b64\":false}"),
            "Bad token; invalid header",
        ),
        (with_claims("null"), "Bad token; invalid claims"),
        (with_claims("5"), "Bad token; invalid claims"),
        (with_claims("true"), "Bad token; invalid claims"),
        (with_claims("{"), "Bad token; invalid JSON"),
        (
            with_claims("{\"iss\":\"HS256\",\"iss\":\"base64\"}"),
            "Bad token; invalid JSON",
        ),
        (with_claims("[]"), "No mandatory 'iss' in claims"),
        (with_claims("{}"), "No mandatory 'iss' in claims"),
        (
            with_claims("{\"iss\":false}"),
            "No mandatory 'iss' in claims",
        ),
        (
            with_claims("{\"iss\":null}"),
            "No mandatory 'iss' in claims",
        ),
        (with_claims("{\"iss\":\"\"}"), "Invalid 'iss' in claims"),
        (
            with_claims("{\"iss\":5}"),
            "No credentials found for given 'iss'",
        ),
        (
            with_claims("{\"iss\":[\"HS256\"]}"),
            "No credentials found for given 'iss'",
        ),
        (
            with_claims("{\"iss\":\"nobody\"}"),
            "No credentials found for given 'iss'",
        ),
        (with_head("{\"alg\":\"RS256\"}"), "Invalid algorithm"),
        (with_head("{\"alg\":\"HS512\"}"), "Invalid algorithm"),
        (with_claims("{\"iss\":\"HS256\"}"), "Invalid signature"),
        (format!("{input}."), "Invalid signature"),
        (format!("{input}.AAAA"), "Invalid signature"),
    ] {
        assert_eq!(told(by_header(&kongs(), &token)), message(text), "{token}");
    }
}

#[test]
fn a_credential_verifies_its_own_algorithm_and_says_whose_it_is() {
    for algorithm in Algorithm::ALL {
        if algorithm.name() == "ES512" {
            continue;
        }
        let token = signed_with(algorithm, None, &claims(&json!({"iss": algorithm.name()})));
        let settings = Settings {
            // It must not touch public keys.
            secret_is_base64: algorithm.prefix() != "HS",
            ..kongs()
        };
        let identity = by_header(&settings, &token)
            .unwrap_or_else(|refusal| panic!("{algorithm}: {refusal:?}"));
        let values = identity.values();
        let id = Uuid::from_u128(1).to_string();
        assert_eq!(values, [id.as_str(), "a-1", "alice", algorithm.name(), ""]);
        for other in Algorithm::ALL {
            let token = signed_with(algorithm, None, &claims(&json!({"iss": other.name()})));
            let is_through = by_header(&settings, &token).is_ok();
            assert_eq!(is_through, other == algorithm, "{algorithm} for {other}");
        }
    }
}

#[test]
fn es_and_ps_signatures_of_any_length_are_wrong_and_no_error() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Ps256,
        Algorithm::EdDsa,
    ] {
        let token = signed_with(algorithm, None, &claims(&json!({"iss": algorithm.name()})));
        let (input, signature) = token.rsplit_once('.').unwrap();
        for signature in ["", "AAAA", &signature[4..], &format!("{signature}AAAA")] {
            let token = format!("{input}.{signature}");
            assert_eq!(
                by_header(&kongs(), &token),
                Err(Refusal::Signature),
                "{token}"
            );
        }
    }
}

#[test]
fn a_credential_that_verifies_nothing_is_no_good_key() {
    for (key, algorithm, is_base64) in [
        ("no-base64", Algorithm::Hs256, true),
        ("no-public-key", Algorithm::Es256, false),
        ("other-curve", Algorithm::Es256, false),
        ("unreadable", Algorithm::Hs256, false),
    ] {
        let settings = Settings {
            secret_is_base64: is_base64,
            ..kongs()
        };
        let token = signed_with(algorithm, None, &claims(&json!({"iss": key})));
        let refused = told(by_header(&settings, &token));
        assert_eq!(refused, message("Invalid key/secret"), "{key}");
    }
    let token = signed(&claims(&json!({"iss": "orphan"})));
    let refused = by_header(&kongs(), &token).unwrap_err();
    assert_eq!(
        refused.body(),
        "{\"message\":\"Could not find consumer for 'iss=orphan'\"}"
    );
    assert_eq!(
        (refused.status(), refused.challenge(Some("R"))),
        (401, None)
    );
}

#[test]
fn a_secret_is_text_or_base64_as_the_gateway_says() {
    let token = signed(&claims(&json!({"iss": "base64"})));
    for (is_base64, is_through) in [(true, true), (false, false)] {
        let settings = Settings {
            secret_is_base64: is_base64,
            ..kongs()
        };
        assert_eq!(by_header(&settings, &token).is_ok(), is_through);
    }
}

#[test]
fn the_key_is_looked_for_in_the_claims_and_then_in_the_header() {
    for (claim, kid, others, is_through) in [
        ("kid", Some("HS256"), json!({"iss": null}), true),
        ("kid", None, json!({"kid": "HS256", "iss": null}), true),
        ("kid", Some("nobody"), json!({"kid": "HS256"}), true),
        ("kid", Some("HS256"), json!({"kid": false}), true),
        ("kid", Some("HS256"), json!({"kid": "nobody"}), false),
        ("kid", Some("HS256"), json!({"kid": ""}), false),
        ("kid", None, json!({}), false),
        ("aud", None, json!({"aud": "HS256"}), true),
        ("aud", None, json!({"aud": ["HS256"]}), false),
        ("iss", Some("HS256"), json!({"iss": "nobody"}), false),
    ] {
        let settings = Settings {
            key_claim_name: claim.to_owned(),
            ..kongs()
        };
        let token = signed_with(Algorithm::Hs256, kid, &claims(&others));
        let is_so = by_header(&settings, &token).is_ok();
        assert_eq!(is_so, is_through, "{claim} {kid:?} {others}");
    }
}

#[test]
fn all_times_that_are_wrong_are_told_at_once_and_none_that_is_not_asked_for() {
    let both = Settings::default();
    let expiration = Settings {
        claims_to_verify: TimesToVerify {
            expiration: true,
            not_before: false,
        },
        ..kongs()
    };
    let bounded = Settings {
        maximum_expiration: Some(300),
        ..Settings::default()
    };
    for (settings, others, body) in [
        (
            &both,
            json!({"exp": null, "nbf": null}),
            "{\"exp\":\"must be a number\",\"nbf\":\"must be a number\"}",
        ),
        (
            &both,
            json!({"exp": "1", "nbf": "1"}),
            "{\"exp\":\"must be a number\",\"nbf\":\"must be a number\"}",
        ),
        (
            &both,
            json!({"exp": NOW - 10, "nbf": NOW - 10}),
            "{\"exp\":\"token expired\"}",
        ),
        (
            &both,
            json!({"exp": NOW + 10, "nbf": NOW + 5}),
            "{\"nbf\":\"token not valid yet\"}",
        ),
        (
            &both,
            json!({"exp": NOW - 10, "nbf": NOW + 5}),
            "{\"exp\":\"token expired\",\"nbf\":\"token not valid yet\"}",
        ),
        (&both, json!({"exp": NOW}), "{\"exp\":\"token expired\"}"),
        (
            &both,
            json!({"nbf": 1_800_000_000.5}),
            "{\"nbf\":\"token not valid yet\"}",
        ),
        (
            &both,
            json!({"nbf": null}),
            "{\"nbf\":\"must be a number\"}",
        ),
        (
            &expiration,
            json!({"exp": null, "nbf": NOW + 5}),
            "{\"exp\":\"must be a number\"}",
        ),
        (
            &expiration,
            json!({"exp": 1_799_999_999.5}),
            "{\"exp\":\"token expired\"}",
        ),
        (
            &bounded,
            json!({"exp": NOW + 3_600}),
            "{\"exp\":\"exceeds maximum allowed expiration\"}",
        ),
        (
            &bounded,
            json!({"exp": NOW + 301, "iat": NOW + 300}),
            "{\"exp\":\"exceeds maximum allowed expiration\"}",
        ),
        (
            &bounded,
            json!({"exp": NOW + 3_600, "nbf": NOW + 5}),
            "{\"nbf\":\"token not valid yet\"}",
        ),
    ] {
        let refused = told(by_header(settings, &signed(&claims(&others))));
        assert_eq!(
            refused,
            (401, body.to_owned(), Some(INVALID.to_owned())),
            "{others}"
        );
    }
    for (settings, others) in [
        (&kongs(), json!({"exp": NOW - 10, "nbf": NOW + 10})),
        (&kongs(), json!({"exp": null, "nbf": null})),
        (&both, json!({"exp": 1_800_000_000.5})),
        (&expiration, json!({"nbf": null})),
        (&bounded, json!({"exp": NOW + 300})),
    ] {
        let token = signed(&claims(&others));
        assert!(by_header(settings, &token).is_ok(), "{others}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn a_token_may_be_in_the_query_in_a_cookie_or_in_a_header() {
    let token = signed(&claims(&json!({})));
    let other = signed(&claims(&json!({"iss": "nobody"})));
    let settings = Settings {
        uri_param_names: vec!["token".to_owned(), "jwt".to_owned()],
        cookie_names: vec!["silly".to_owned(), "crumble".to_owned()],
        header_names: vec!["CustomAuthorization".to_owned(), "authorization".to_owned()],
        ..kongs()
    };
    let escaped =
        percent_encoding::percent_encode(token.as_bytes(), percent_encoding::NON_ALPHANUMERIC);
    let several = Refusal::SeveralTokens;
    let unknown = Refusal::NoCredential {
        claim: "iss".to_owned(),
    };
    for (query, fields, refused) in [
        (format!("jwt={token}"), vec![], None),
        (format!("a=b&token={token}&c"), vec![], None),
        (format!("%6awt={escaped}"), vec![], None),
        (format!("jwt={token}&jwt={token}"), vec![], None),
        (format!("jwt={token}&jwt="), vec![], None),
        (
            format!("jwt={token}&jwt={other}"),
            vec![],
            Some(several.clone()),
        ),
        (
            format!("jwt={token}&token={other}"),
            vec![],
            Some(several.clone()),
        ),
        ("jwt".to_owned(), vec![], Some(Refusal::Unrecognizable)),
        ("jwt&jwt".to_owned(), vec![], Some(Refusal::Unrecognizable)),
        (format!("jwt&jwt={token}"), vec![], Some(several.clone())),
        (
            format!("jwt={token}+"),
            vec![],
            Some(Refusal::BadToken(super::refusal::BadToken::Signature)),
        ),
        (
            String::new(),
            vec![("cookie", format!("silly={token}"))],
            None,
        ),
        (
            String::new(),
            vec![("cookie", format!("a=b; crumble={token}; c=d"))],
            None,
        ),
        (
            String::new(),
            vec![("cookie", format!("a=b,CRUMBLE = {token}"))],
            None,
        ),
        (
            String::new(),
            vec![
                ("cookie", "a=b".to_owned()),
                ("cookie", format!("crumble={token}")),
            ],
            None,
        ),
        (
            String::new(),
            vec![("cookie", format!("xcrumble={token}"))],
            Some(Refusal::Unauthorized),
        ),
        (
            String::new(),
            vec![("cookie", format!("crumble={other}"))],
            Some(unknown.clone()),
        ),
        (
            String::new(),
            vec![("cookie", format!("silly={other}; crumble={token}"))],
            Some(several.clone()),
        ),
        (
            String::new(),
            vec![("authorization", format!("bearer {token}"))],
            None,
        ),
        (
            String::new(),
            vec![("authorization", format!("xBearer   {token}"))],
            None,
        ),
        (
            String::new(),
            vec![("authorization", format!("Basic a, Bearer {token}"))],
            None,
        ),
        (
            String::new(),
            vec![("customauthorization", format!("Bearer {token}"))],
            None,
        ),
        (
            String::new(),
            vec![
                ("customauthorization", format!("Bearer {token}")),
                ("customauthorization", format!("Bearer {other}")),
            ],
            None,
        ),
        (
            String::new(),
            vec![
                ("customauthorization", format!("Bearer {token}")),
                ("authorization", format!("Bearer {other}")),
            ],
            Some(several.clone()),
        ),
        (
            format!("jwt={token}"),
            vec![
                ("authorization", format!("Bearer {token}")),
                ("cookie", format!("silly={token}")),
            ],
            None,
        ),
        (
            format!("jwt={token}"),
            vec![("authorization", "Bearer else".to_owned())],
            Some(several.clone()),
        ),
        (
            format!("jwt={token}"),
            vec![("authorization", "Basic YTpi".to_owned())],
            None,
        ),
    ] {
        let fields: Vec<Field<'_>> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        let decided = decided(&settings, &asked("GET", &query, &fields));
        assert_eq!(decided.err(), refused, "{query} {fields:?}");
    }
}

#[test]
fn a_preflight_goes_through_only_where_that_is_set_and_says_who_nobody_is() {
    let through = Settings {
        run_on_preflight: false,
        ..kongs()
    };
    let claimed: [Field<'_>; 1] = [("x-consumer-username", b"root")];
    let identity = decided(&through, &asked("OPTIONS", "", &claimed)).unwrap();
    assert_eq!(identity.values(), ["", "", "", "", ""]);
    for (settings, method) in [
        (&kongs(), "OPTIONS"),
        (&through, "GET"),
        (&through, "options"),
        (&through, "HEAD"),
    ] {
        let refused = decided(settings, &asked(method, "", &[]));
        assert_eq!(refused, Err(Refusal::Unauthorized), "{method}");
    }
}

#[test]
fn who_has_no_good_token_is_anonymous_where_that_is_set() {
    let named = |name: &str| Settings {
        anonymous: Some(name.to_owned()),
        ..kongs()
    };
    let id = Uuid::from_u128(2).to_string();
    let good = signed(&claims(&json!({})));
    for settings in [named("everybody"), named(&id)] {
        let by_token = by_header(&settings, &good).unwrap();
        assert_eq!(by_token.values()[2..], ["alice", "HS256", ""]);
        for token in ["", "junk", &signed(&claims(&json!({"iss": "nobody"})))] {
            let identity = by_header(&settings, token).unwrap();
            assert_eq!(
                identity.values(),
                [id.as_str(), "", "everybody", "", "true"],
                "{token}"
            );
        }
    }
    let refused = by_header(&named("nobody"), "").unwrap_err();
    let text = "anonymous consumer nobody is configured but doesn't exist";
    assert_eq!((refused.status(), refused.message().as_str()), (500, text));
    assert!(by_header(&named("nobody"), &good).is_ok());
}

#[test]
fn what_is_beyond_kong_is_asked_for_after_all_that_kong_asks_for() {
    let pointer = |text| Pointer::parse(text).unwrap();
    let settings = Settings {
        beyond: Beyond {
            issuers: vec!["HS256".to_owned()],
            audiences: vec!["api".to_owned()],
            required_claims: vec![
                RequiredClaim {
                    place: pointer("/role"),
                    value: json!("admin"),
                },
                RequiredClaim {
                    place: pointer("/realm_access/verified"),
                    value: json!(true),
                },
            ],
            headers: vec![ClaimHeader {
                place: pointer("/email"),
                name: "x-email".to_owned(),
            }],
            ..Beyond::default()
        },
        ..kongs()
    };
    let good = json!({"aud": ["other", "api"], "role": ["user", "admin"], "realm_access": {"verified": true}});
    let with = |others: Value| {
        let mut all = members(&good);
        all.extend(members(&others));
        by_header(&settings, &signed(&claims(&Value::Object(all))))
    };
    for (others, status, text) in [
        (json!({"aud": "other"}), 401, "Invalid 'aud' in claims"),
        (json!({"aud": 5}), 401, "Invalid 'aud' in claims"),
        (
            json!({"role": "user"}),
            403,
            "Claim '/role' does not allow this",
        ),
        (
            json!({"role": "administrator"}),
            403,
            "Claim '/role' does not allow this",
        ),
        (
            json!({"realm_access": {"verified": "true"}}),
            403,
            "Claim '/realm_access/verified' does not allow this",
        ),
        (
            json!({"realm_access": []}),
            403,
            "Claim '/realm_access/verified' does not allow this",
        ),
    ] {
        let refused = with(others.clone()).unwrap_err();
        assert_eq!(
            (refused.status(), refused.message().as_str()),
            (status, text),
            "{others}"
        );
    }
    for (email, value) in [
        (json!("a@example.com"), Some("a@example.com")),
        (json!(["a", "b"]), Some("a,b")),
        (json!(5), Some("5")),
        (json!(null), None),
        (json!({"a": 1}), None),
        (json!(["a,b"]), None),
        (json!("a\r\nx-consumer-username: root"), None),
        (json!("a\u{0}"), None),
        (json!(" a"), None),
        (json!("a".repeat(1_025)), None),
    ] {
        let identity = with(json!({"email": email})).unwrap();
        assert_eq!(identity.claims, [value.map(str::to_owned)], "{email}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn the_original_request_is_the_one_that_the_proxy_tells_of() {
    let field = |name: &'static str, value: &'static str| (name, value.as_bytes());
    let (original, forwarded) = (Some(Proxy::Nginx), Some(Proxy::Forwarded));
    for (proxy, below, query, fields, expected) in [
        (None, "", "", vec![], Some(("GET", ""))),
        (None, "", "jwt=a", vec![], Some(("GET", "jwt=a"))),
        (
            None,
            "",
            "",
            vec![
                field("x-original-uri", "/p?jwt=a"),
                field("x-original-method", "POST"),
            ],
            Some(("POST", "jwt=a")),
        ),
        (
            None,
            "",
            "",
            vec![field("x-original-url", "https://h.example:1/p?jwt=a")],
            Some(("GET", "jwt=a")),
        ),
        (
            None,
            "",
            "",
            vec![field("x-original-url", "https://h.example?jwt=a")],
            Some(("GET", "jwt=a")),
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-forwarded-uri", "/p?jwt=a"),
                field("x-forwarded-method", "OPTIONS"),
            ],
            Some(("OPTIONS", "jwt=a")),
        ),
        (None, "/p", "jwt=a", vec![], Some(("GET", "jwt=a"))),
        (
            None,
            "",
            "",
            vec![field("x-forwarded-uri", "/p?a#?jwt=b")],
            Some(("GET", "a")),
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-forwarded-uri", "/p?a"),
                field("x-original-uri", "/p?a"),
            ],
            Some(("GET", "a")),
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-forwarded-uri", "/p?a"),
                field("x-original-uri", "/p?b"),
            ],
            None,
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-forwarded-uri", "/p?a"),
                field("x-original-uri", "/q?a"),
            ],
            None,
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-original-uri", "/p?a"),
                field("x-original-uri", "/p?b"),
            ],
            None,
        ),
        (
            None,
            "",
            "",
            vec![
                field("x-forwarded-method", "GET"),
                field("x-original-method", "OPTIONS"),
            ],
            None,
        ),
        (
            None,
            "/p",
            "a",
            vec![field("x-forwarded-uri", "/p?b")],
            None,
        ),
        (
            None,
            "/p",
            "a",
            vec![field("x-original-method", "OPTIONS")],
            None,
        ),
        (None, "", "a", vec![field("x-original-uri", "/p?b")], None),
        (
            original,
            "",
            "",
            vec![
                field("x-original-uri", "/p?a"),
                field("x-forwarded-uri", "/p?b"),
            ],
            Some(("GET", "a")),
        ),
        (
            original,
            "",
            "",
            vec![field("x-forwarded-method", "OPTIONS")],
            Some(("GET", "")),
        ),
        (
            forwarded,
            "",
            "",
            vec![
                field("x-original-method", "OPTIONS"),
                field("x-forwarded-uri", "/p"),
            ],
            Some(("GET", "")),
        ),
        (
            Some(Proxy::Envoy),
            "/p",
            "a",
            vec![
                field("x-original-method", "OPTIONS"),
                field("x-forwarded-uri", "/?b"),
            ],
            Some(("GET", "a")),
        ),
    ] {
        let asked = Asked {
            below,
            ..asked("GET", query, &fields)
        };
        let settings = Settings { proxy, ..kongs() };
        let described = Described::of(&asked, &settings);
        let found = described
            .as_ref()
            .map(|described| (described.method, described.query));
        assert_eq!(found.ok(), expected, "{proxy:?} {below} {query} {fields:?}");
        let untrusted = Asked {
            is_trusted: false,
            ..asked
        };
        let described = Described::of(&untrusted, &settings).unwrap();
        assert_eq!((described.method, described.query), ("GET", query));
    }
}

#[test]
fn a_header_that_an_application_takes_for_one_of_this_server_is_refused() {
    let mut settings = kongs();
    settings.beyond.headers = vec![ClaimHeader {
        place: Pointer::parse("/email").unwrap(),
        name: "x-user-email".to_owned(),
    }];
    for name in [
        "x_consumer_id",
        "x-consumer_username",
        "x.consumer.username",
        "x_anonymous-consumer",
        "x-credential_identifier",
        "x_forwarded_uri",
        "x.original-method",
        "x_user_email",
        "x-user.email",
        "x-consumer~id",
    ] {
        let fields: [Field<'_>; 1] = [(name, b"a")];
        let refused = Described::of(&asked("GET", "", &fields), &settings).unwrap_err();
        assert_eq!(refused, Refusal::FoldedHeader(name.to_owned()));
        assert_eq!((refused.status(), refused.challenge(None)), (403, None));
    }
    for name in [
        "x-consumer-id",
        "x-user-email",
        "x_other",
        "x.y",
        "xconsumerid",
        "x_user",
    ] {
        let fields: [Field<'_>; 1] = [(name, b"a")];
        assert!(
            Described::of(&asked("GET", "", &fields), &settings).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn a_token_that_was_verified_counts_as_long_as_all_else_is_as_it_must_be() {
    let settings = Settings::default();
    let seen = Seen::new(1 << 20);
    let token = signed(&claims(&json!({})));
    let value = format!("Bearer {token}");
    let fields: [Field<'_>; 1] = [("authorization", value.as_bytes())];
    let described = Described::of(&asked("GET", "", &fields), &settings).unwrap();
    let decide = |set: &Credentials, now| {
        let rules = Rules {
            settings: &settings,
            credentials: &[set],
            has_published_keys: false,
        };
        let at = Moment {
            now,
            recall: Recall::NOTHING,
            seen: &seen,
            revocations: None,
        };
        Opened::new(rules, &described).decide(&None, &at).0
    };
    let usual = credentials();
    let id = |key: &str| usual.find(key).unwrap().id;
    for _ in 0..3 {
        assert_eq!(decide(&usual, NOW).unwrap().values()[2], "alice");
    }
    let is_remembered = seen.find(&token).is_some();
    assert!(is_remembered);
    assert!(matches!(
        decide(&usual, NOW + 3_600),
        Err(Refusal::Times { .. })
    ));
    let mut other_secret = usual.clone();
    other_secret.put(&Credential {
        secret: Some(SecretText::from(
            "another secret of thirty-two bytes".to_owned(),
        )),
        ..credential(10, "HS256", Algorithm::Hs256)
    });
    assert_eq!(decide(&other_secret, NOW), Err(Refusal::Signature));
    let mut other_algorithm = usual.clone();
    other_algorithm.put(&credential(10, "HS256", Algorithm::Hs512));
    assert_eq!(decide(&other_algorithm, NOW), Err(Refusal::Algorithm));
    let mut without = usual.clone();
    without.remove(&id("HS256"));
    assert!(matches!(
        decide(&without, NOW),
        Err(Refusal::NoCredential { .. })
    ));
    let mut orphaned = usual.clone();
    orphaned.remove_consumer(&Uuid::from_u128(1));
    assert!(matches!(
        decide(&orphaned, NOW),
        Err(Refusal::NoConsumer { .. })
    ));
    let mut moved = usual.clone();
    moved.put(&Credential {
        consumer: Uuid::from_u128(2),
        ..credential(10, "HS256", Algorithm::Hs256)
    });
    assert_eq!(decide(&moved, NOW).unwrap().values()[2], "everybody");
    assert_eq!(decide(&usual, NOW).unwrap().values()[2], "alice");
}

#[test]
fn what_does_not_count_and_what_is_long_is_not_remembered() {
    let seen = Seen::new(1 << 20);
    let forged = format!("{}AA", signed(&claims(&json!({}))));
    let unknown = signed(&claims(&json!({"iss": "nobody"})));
    let long = signed(&claims(&json!({"text": "a".repeat(1_000)})));
    let settings = kongs();
    let set = credentials();
    let sets = [&set];
    for (token, is_through) in [(&forged, false), (&unknown, false), (&long, true)] {
        let value = format!("Bearer {token}");
        let fields: [Field<'_>; 1] = [("authorization", value.as_bytes())];
        let described = Described::of(&asked("GET", "", &fields), &settings).unwrap();
        let rules = Rules {
            settings: &settings,
            credentials: &sets,
            has_published_keys: false,
        };
        let at = Moment {
            now: NOW,
            recall: Recall::NOTHING,
            seen: &seen,
            revocations: None,
        };
        let (decided, _) = Opened::new(rules, &described).decide(&None, &at);
        assert_eq!(decided.is_ok(), is_through);
        assert!(seen.find(token).is_none());
    }
    assert!(Seen::new(0).find(&long).is_none());
}
