//! Broken tokens, each with what its explanation must say.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use support::token::{encode, mint, mint_with, seal, with};

pub const NOW: i64 = 1_795_000_000;
pub const SECRET: &str = "c2VjcmV0IG9mIHRoZSBleHBsYW5hdGlvbiB0ZXN0cyE=";
pub const KEYS_URL: &str = "https://keys.example.com/jwks.json";

pub struct Case {
    pub name: &'static str,
    pub policy: String,
    pub host: Option<&'static str>,
    pub token: Option<String>,
    pub room: &'static str,
    pub tenant: Option<&'static str>,
    /// The claim, or what else, that the first failure is about.
    pub check: &'static str,
    pub says: &'static [&'static str],
}

/// A case with the usual policy and room.
fn case(
    name: &'static str,
    token: String,
    check: &'static str,
    says: &'static [&'static str],
) -> Case {
    Case {
        name,
        policy: policy(""),
        host: None,
        token: Some(token),
        room: "standup",
        tenant: None,
        check,
        says,
    }
}

/// One host with a secret, and these options.
fn policy(options: &str) -> String {
    format!(
        "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\n\
         muc_mapper_domain_base = \"meet.example.com\"\n{options}"
    )
}

/// One host whose keys go by kid.
fn policy_by_kid() -> String {
    format!(
        "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\ncache_keys_url = \"{KEYS_URL}\"\n\
         muc_mapper_domain_base = \"meet.example.com\"\n"
    )
}

pub fn jwks() -> String {
    json!({"keys": [
        {"kty": "RSA", "kid": "key-of-2026", "n": encode(&[0xC5; 256]), "e": "AQAB"},
        {"kty": "EC", "kid": "elliptic", "crv": "P-256"},
    ]})
    .to_string()
}

fn claims(changes: &Value) -> Value {
    let claims = json!({
        "iss": "my_app",
        "aud": "my_app",
        "sub": "meet.example.com",
        "room": "standup",
        "exp": NOW + 3600,
    });
    with(claims, changes)
}

/// A token with these claims changed; null takes one away.
fn changed(changes: &Value) -> String {
    mint(&claims(changes), SECRET)
}

fn header(header: &Value) -> String {
    seal(
        Algorithm::HS256,
        header.to_string().as_bytes(),
        claims(&json!({})).to_string().as_bytes(),
        SECRET,
    )
}

fn good() -> String {
    changed(&json!({}))
}

fn signed_with(secret: &str) -> String {
    mint(&claims(&json!({})), secret)
}

fn pattern(room: &str) -> String {
    changed(&json!({"room": room, "context": {"room": {"regex": true}}}))
}

pub fn cases() -> Vec<Case> {
    [
        pasted(),
        malformed(),
        headers(),
        secrets(),
        keys(),
        times(),
        issuers_and_audiences(),
        missing_claims(),
        subjects(),
        rooms(),
        patterns(),
        tenants(),
        hosts(),
        standards(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pasted() -> Vec<Case> {
    let good = good();
    let (head, tail) = good.split_at(40);
    [
        (
            "with Bearer",
            format!("Bearer {good}"),
            "\"Bearer \" before",
        ),
        (
            "with bearer in small letters",
            format!("bearer {good}"),
            "\"Bearer \" before",
        ),
        (
            "with the whole header",
            format!("Authorization: Bearer {good}"),
            "Authorization",
        ),
        ("in quotes", format!("\"{good}\""), "quotes"),
        ("in single quotes", format!("'{good}'"), "quotes"),
        (
            "in quotes, with Bearer",
            format!("\"Bearer {good}\""),
            "quotes",
        ),
        (
            "with a line break inside",
            format!("{head}\n{tail}"),
            "line breaks",
        ),
        ("with blanks inside", format!("{head}  {tail}"), "blanks"),
        (
            "with a line break at the end",
            format!("{good}\n"),
            "line breaks around",
        ),
        ("as a form field", format!("token={good}"), "token="),
        (
            "as a web address",
            format!("https://meet.example.com/standup?jwt={good}"),
            "web address",
        ),
        (
            "with percent-encoded dots",
            good.replace('.', "%2E"),
            "percent-encoding",
        ),
    ]
    .into_iter()
    .map(|(name, token, says)| Case {
        says: Box::leak(Box::new([says])),
        ..case(name, token, "token", &[])
    })
    .collect()
}

fn malformed() -> Vec<Case> {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let [head, payload, signature] = parts.as_slice() else {
        unreachable!()
    };
    vec![
        Case {
            token: None,
            ..case(
                "no token",
                String::new(),
                "token",
                &["found none", "allow_empty_token"],
            )
        },
        case("an empty token", String::new(), "token", &["is empty"]),
        case(
            "an unset variable",
            "undefined".into(),
            "token",
            &["empty variable"],
        ),
        case(
            "an opaque token",
            "7Fjfp0ZBr1KtDRbnfVdmIw".into(),
            "token",
            &["opaque"],
        ),
        case(
            "no signature",
            format!("{head}.{payload}"),
            "token",
            &["signature is missing"],
        ),
        case(
            "an empty signature",
            format!("{head}.{payload}."),
            "token",
            &["made with alg none"],
        ),
        case(
            "an encrypted token",
            format!("{head}.a.b.c.d"),
            "token",
            &["JWE"],
        ),
        case(
            "two tokens",
            format!("{good}.{good}"),
            "token",
            &["more than one token"],
        ),
        case(
            "a payload cut short",
            format!("{head}.{}.{signature}", &payload[..21]),
            "payload",
            &["cut"],
        ),
        case(
            "a header cut short",
            format!("{}.{payload}.{signature}", &head[..11]),
            "header",
            &["cut"],
        ),
        case(
            "JSON in place of base64",
            format!("{{\"alg\":\"HS256\"}}.{payload}.{signature}"),
            "header",
            &["'{'"],
        ),
        case(
            "too long a token",
            "a".repeat(20_000),
            "token",
            &["20000 bytes", "at most 16384", "limits.token_bytes"],
        ),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        case(
            "no typ",
            header(&json!({"alg": "HS256"})),
            "typ",
            &["no typ", "accepted_types"],
        ),
        case(
            "an access token's typ",
            header(&json!({"alg": "HS256", "typ": "at+jwt"})),
            "typ",
            &["RFC 9068", "accepted_types"],
        ),
        case(
            "typ in small letters",
            header(&json!({"alg": "HS256", "typ": "jwt"})),
            "typ",
            &["capitals"],
        ),
        case(
            "typ of JOSE",
            header(&json!({"alg": "HS256", "typ": "JOSE"})),
            "typ",
            &["\"JOSE\"", "\"JWT\""],
        ),
        case(
            "alg none",
            header(&json!({"alg": "none", "typ": "JWT"})),
            "alg",
            &["not signed at all"],
        ),
        case(
            "alg nOnE",
            header(&json!({"alg": "nOnE", "typ": "JWT"})),
            "alg",
            &["not signed at all"],
        ),
        case("no alg", header(&json!({"typ": "JWT"})), "alg", &["no alg"]),
        case(
            "RS256 for a secret",
            header(&json!({"alg": "RS256", "typ": "JWT", "kid": "k"})),
            "alg",
            &["key pair", "cache_keys_url"],
        ),
        case(
            "HS512 for HS256",
            mint_with(Algorithm::HS512, &claims(&json!({})), SECRET),
            "alg",
            &["\"HS512\"", "\"HS256\"", "signature_algorithm"],
        ),
    ]
}

fn secrets() -> Vec<Case> {
    let decoded = "secret of the explanation tests!";
    vec![
        case(
            "another secret",
            signed_with("another secret altogether"),
            "signature",
            &["another secret"],
        ),
        case(
            "the decoded secret",
            signed_with(decoded),
            "signature",
            &["in base64"],
        ),
        case(
            "the encoded secret",
            signed_with(&encode_standard(SECRET)),
            "signature",
            &["base64 form"],
        ),
        case(
            "a line break after the secret",
            signed_with(&format!("{SECRET}\n")),
            "signature",
            &["a line break after it"],
        ),
        case(
            "an empty secret",
            signed_with(""),
            "signature",
            &["empty secret"],
        ),
        Case {
            policy: policy("").replace(SECRET, &format!("'{SECRET}'")),
            ..case(
                "quotes around the server's secret",
                good(),
                "signature",
                &["quotes"],
            )
        },
        Case {
            policy: policy("").replace(SECRET, &format!(" {SECRET}")),
            ..case(
                "a blank before the server's secret",
                good(),
                "signature",
                &["blanks around"],
            )
        },
        Case {
            policy: policy("").replace(SECRET, "73656372657420696e20686578"),
            ..case(
                "the server's secret in hex digits",
                signed_with("secret in hex"),
                "signature",
                &["hex digits"],
            )
        },
        case(
            "claims changed afterwards",
            {
                let (good, changed) = (good(), changed(&json!({"room": "*"})));
                let (head, signature) = (good.split('.').next(), good.rsplit('.').next());
                format!(
                    "{}.{}.{}",
                    head.unwrap(),
                    changed.split('.').nth(1).unwrap(),
                    signature.unwrap()
                )
            },
            "signature",
            &["or the token was changed"],
        ),
    ]
}

fn encode_standard(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}

fn keys() -> Vec<Case> {
    let by_kid = |case: Case| Case {
        policy: policy_by_kid(),
        ..case
    };
    let rs256 = |kid: Value| {
        header(&with(
            json!({"alg": "RS256", "typ": "JWT"}),
            &json!({"kid": kid}),
        ))
    };
    vec![
        by_kid(case(
            "no kid",
            rs256(json!(null)),
            "kid",
            &["names none", "\"key-of-2026\""],
        )),
        by_kid(case(
            "a kid that is a number",
            rs256(json!(5)),
            "kid",
            &["found 5"],
        )),
        by_kid(case(
            "an unknown kid",
            rs256(json!("key-of-2025")),
            "kid",
            &[
                "\"key-of-2025\"",
                "\"key-of-2026\"",
                "cache_keys_url, /etc/t.toml:3",
            ],
        )),
        by_kid(case(
            "a kid of an elliptic key",
            rs256(json!("elliptic")),
            "kid",
            &["\"elliptic\""],
        )),
        by_kid(case(
            "another private key",
            rs256(json!("key-of-2026")),
            "signature",
            &["another key"],
        )),
        by_kid(case(
            "a secret for a key",
            header(&json!({"alg": "HS256", "typ": "JWT", "kid": "key-of-2026"})),
            "alg",
            &["signs with a secret"],
        )),
    ]
}

fn times() -> Vec<Case> {
    let time = |name: &str, value: Value| changed(&json!({ name: value }));
    vec![
        case(
            "expired a minute ago",
            time("exp", json!(NOW - 60)),
            "exp",
            &["1 minute ago", "clocks", "leeway"],
        ),
        case(
            "expired four minutes ago",
            time("exp", json!(NOW - 240)),
            "exp",
            &["4 minutes ago", "clocks"],
        ),
        case(
            "expired yesterday",
            time("exp", json!(NOW - 86_400)),
            "exp",
            &["1 day ago", "new token"],
        ),
        case(
            "expired in 1970",
            time("exp", json!(3600)),
            "exp",
            &["a lifetime (1 hour)"],
        ),
        case(
            "exp as a string",
            time("exp", json!((NOW + 60).to_string())),
            "exp",
            &["given as a string", "quotes"],
        ),
        case(
            "exp as a date",
            time("exp", json!("2026-11-21T06:00:00Z")),
            "exp",
            &["a date is given"],
        ),
        case("exp null", time("exp", json!([NOW])), "exp", &["no number"]),
        case(
            "valid in two minutes",
            time("nbf", json!(NOW + 120)),
            "nbf",
            &["in 2 minutes", "clocks"],
        ),
        case(
            "valid in two hours",
            time("nbf", json!(NOW + 7_200)),
            "nbf",
            &["in 2 hours"],
        ),
        case(
            "nbf in milliseconds",
            time("nbf", json!(NOW * 1000)),
            "nbf",
            &["milliseconds"],
        ),
        case(
            "nbf as a string",
            time("nbf", json!((NOW - 60).to_string())),
            "nbf",
            &["given as a string"],
        ),
        Case {
            policy: policy("max_token_lifetime = 86400\n"),
            ..case(
                "exp in milliseconds",
                time("exp", json!((NOW + 60) * 1000)),
                "exp",
                &["milliseconds"],
            )
        },
        Case {
            policy: policy("max_token_lifetime = 86400\n"),
            ..case(
                "a lifetime of a year",
                time("exp", json!(NOW + 31_622_400)),
                "exp",
                &["1 year", "1 day", "max_token_lifetime, /etc/t.toml:5"],
            )
        },
        Case {
            policy: policy("require_exp = true\n"),
            ..case(
                "no exp where one is required",
                time("exp", json!(null)),
                "exp",
                &["found nothing", "require_exp, /etc/t.toml:5"],
            )
        },
        Case {
            policy: policy("leeway = 30\n"),
            ..case(
                "expired beyond the leeway",
                time("exp", json!(NOW - 40)),
                "exp",
                &["leeway of 30 seconds"],
            )
        },
    ]
}

fn issuers_and_audiences() -> Vec<Case> {
    let swapped = policy("asap_accepted_audiences = [\"jitsi\"]\n");
    vec![
        case(
            "an issuer of another deployment",
            changed(&json!({"iss": "other"})),
            "iss",
            &["\"other\"", "\"my_app\"", "asap_accepted_issuers"],
        ),
        case(
            "no issuer",
            changed(&json!({"iss": null})),
            "iss",
            &["found nothing"],
        ),
        case(
            "an issuer in capitals",
            changed(&json!({"iss": "MY_APP"})),
            "iss",
            &["capitals"],
        ),
        case(
            "an issuer with a blank",
            changed(&json!({"iss": "my_app "})),
            "iss",
            &["blanks"],
        ),
        case(
            "an issuer as an array",
            changed(&json!({"iss": ["my_app"]})),
            "iss",
            &["no string"],
        ),
        Case {
            policy: policy("asap_accepted_issuers = [\"https://sso.example.com/realms/a\"]\n"),
            ..case(
                "an issuer with a slash",
                changed(&json!({"iss": "https://sso.example.com/realms/a/"})),
                "iss",
                &["slash at the end"],
            )
        },
        Case {
            policy: swapped.clone(),
            ..case(
                "issuer and audience swapped",
                changed(&json!({"iss": "jitsi", "aud": "my_app"})),
                "iss",
                &["swapped"],
            )
        },
        case(
            "no audience",
            changed(&json!({"aud": null})),
            "aud",
            &["found nothing"],
        ),
        case(
            "another audience",
            changed(&json!({"aud": "account"})),
            "aud",
            &["\"account\"", "asap_accepted_audiences"],
        ),
        case(
            "an array with the audience",
            changed(&json!({"aud": ["account", "my_app"]})),
            "aud",
            &["accept_audience_array"],
        ),
        case(
            "an array without the audience",
            changed(&json!({"aud": ["account"]})),
            "aud",
            &["none of its members"],
        ),
    ]
}

fn missing_claims() -> Vec<Case> {
    vec![
        case(
            "no room",
            changed(&json!({"room": null})),
            "room",
            &["found nothing", "asap_require_room_claim"],
        ),
        case(
            "the room in context",
            changed(&json!({"room": null, "context": {"room": "standup"}})),
            "room",
            &["stands in context"],
        ),
        case(
            "the room under another name",
            changed(&json!({"room": null, "roomName": "standup"})),
            "room",
            &["is called roomName"],
        ),
        case(
            "no sub",
            changed(&json!({"sub": null})),
            "sub",
            &["found nothing"],
        ),
        case(
            "a context that is text",
            changed(&json!({"context": "user"})),
            "context",
            &["\"user\"", "an object"],
        ),
    ]
}

fn subjects() -> Vec<Case> {
    let sub = |sub: &str| changed(&json!({ "sub": sub }));
    vec![
        case(
            "the default sub",
            sub("meet.jit.si"),
            "sub",
            &[
                "default of the issuer's software",
                "let the issuer set sub to \"meet.example.com\"",
                "enable_domain_verification, default",
            ],
        ),
        case(
            "a public host name",
            sub("video.example.org"),
            "sub",
            &["public name", "XMPP domain"],
        ),
        case(
            "a web address",
            sub("https://meet.example.com"),
            "sub",
            &["web address"],
        ),
        case(
            "a port",
            sub("meet.example.com:443"),
            "sub",
            &["has a port"],
        ),
        case(
            "a dot at the end",
            sub("meet.example.com."),
            "sub",
            &["a dot at the end"],
        ),
        case(
            "capitals and a dot at the end",
            sub("Meet.Example.COM."),
            "sub",
            &["a dot at the end"],
        ),
        case("blanks", sub(" meet.example.com"), "sub", &["blanks"]),
        case(
            "the MUC's domain",
            sub("conference.meet.example.com"),
            "sub",
            &["MUC's domain"],
        ),
        case("an empty sub", sub(""), "sub", &["is empty"]),
        case(
            "a user's address",
            sub("alice@example.com"),
            "sub",
            &["names a user"],
        ),
        case(
            "a user's UUID",
            sub("3ddf2f7c-8eb9-4b6c-9f59-0d2b1572a7c2"),
            "sub",
            &["names a user"],
        ),
        case(
            "a user at an identity provider",
            sub("auth0|5f7c8ec7c33c6c004bbafe82"),
            "sub",
            &["names a user"],
        ),
        case(
            "a tenant for a room of none",
            sub("tenant1"),
            "sub",
            &["the room belongs to no tenant"],
        ),
    ]
}

fn rooms() -> Vec<Case> {
    let room = |room: &str| changed(&json!({ "room": room }));
    vec![
        case(
            "another room",
            room("planning"),
            "room",
            &["\"planning\"", "\"standup\"", "another room"],
        ),
        case(
            "a full JID",
            room("standup@conference.meet.example.com"),
            "room",
            &["full JID"],
        ),
        case(
            "a room's web address",
            room("https://meet.example.com/standup"),
            "room",
            &["web address"],
        ),
        Case {
            room: "daily standup@conference.meet.example.com",
            ..case(
                "percent-encoding",
                room("daily%20standup"),
                "room",
                &["percent-encoded"],
            )
        },
        Case {
            room: "büro@conference.meet.example.com",
            ..case(
                "capitals beyond A to Z",
                room("BÜRO"),
                "room",
                &["capitals beyond"],
            )
        },
        case(
            "a tenant before the room",
            room("tenant1/standup"),
            "room",
            &["tenant before the room"],
        ),
        case(
            "a blank after the room",
            room("standup "),
            "room",
            &["blanks"],
        ),
        Case {
            room: "dailystandup",
            ..case(
                "blanks in the room's name",
                room("Daily Standup"),
                "room",
                &["blanks differ"],
            )
        },
        case(
            "a pattern that is not marked",
            room("stand.*"),
            "room",
            &["context.room.regex is not true"],
        ),
        Case {
            policy: policy("enable_domain_verification = false\n"),
            ..case(
                "a pattern without domain verification",
                pattern("stand.*"),
                "room",
                &["enable_domain_verification is false"],
            )
        },
        Case {
            room: "standup@rooms.example.org",
            ..case(
                "a room elsewhere",
                changed(&json!({"sub": "*"})),
                "room's domain",
                &["\"rooms.example.org\"", "muc_mapper_domain"],
            )
        },
        Case {
            room: "standup@muc.meet.example.com",
            ..case(
                "another prefix",
                good(),
                "room's domain",
                &["muc_mapper_domain_prefix"],
            )
        },
    ]
}

fn patterns() -> Vec<Case> {
    vec![
        case(
            "an escape of regular expressions",
            pattern("standup\\d+"),
            "room",
            &["a backslash"],
        ),
        case(
            "alternatives",
            pattern("(standup|planning)"),
            "room",
            &["Lua has no alternatives"],
        ),
        case(
            "counted repetition",
            pattern("standup-[0-9]{3}"),
            "room",
            &["counted repetition"],
        ),
        case(
            "a group of regular expressions",
            pattern("(?:standup)"),
            "room",
            &["(?"],
        ),
        case(
            "a broken pattern",
            pattern("standup["),
            "room",
            &["Lua pattern"],
        ),
        case(
            "capitals in a pattern",
            pattern("Stand.*"),
            "room",
            &["capitals"],
        ),
        case(
            "too many quantifiers",
            pattern(".*.*.*.*"),
            "room",
            &["at most 3", "token_regex_max_quantifiers"],
        ),
        Case {
            policy: policy("token_regex_enabled = false\n"),
            ..case(
                "patterns switched off",
                pattern("stand.*"),
                "room",
                &["switched off", "token_regex_enabled, /etc/t.toml:5"],
            )
        },
        Case {
            policy: policy("token_regex_room_max_length = 5\n"),
            ..case(
                "too long a name for a pattern",
                pattern("stand.*"),
                "room",
                &["7 bytes", "at most 5"],
            )
        },
    ]
}

fn tenants() -> Vec<Case> {
    vec![
        Case {
            room: "[tenant1]standup@conference.meet.example.com",
            tenant: Some("tenant1"),
            ..case(
                "the domain for a tenant's room",
                good(),
                "sub",
                &["belongs to a tenant", "\"tenant1\""],
            )
        },
        Case {
            tenant: Some("tenant1"),
            ..case(
                "another tenant",
                changed(&json!({"sub": "tenant2"})),
                "sub",
                &["\"tenant2\"", "\"tenant1\""],
            )
        },
        Case {
            policy: policy("").replace("muc_mapper_domain_base", "# muc_mapper_domain_base"),
            tenant: Some("tenant1"),
            ..case(
                "no main domain on the server",
                changed(&json!({"sub": "tenant1"})),
                "server",
                &["muc_mapper_domain_base"],
            )
        },
    ]
}

fn hosts() -> Vec<Case> {
    let two = format!(
        "{}[hosts.\"other.example.org\"]\napp_id = \"other_app\"\napp_secret = \"the other host's secret, long enough\"\n",
        policy("")
    );
    let of_other = |secret: &str| {
        mint(
            &claims(&json!({"iss": "other_app", "aud": "other_app"})),
            secret,
        )
    };
    vec![
        Case {
            policy: two.clone(),
            host: Some("meet.example.com"),
            ..case(
                "the other host's token",
                of_other("the other host's secret, long enough"),
                "signature",
                &["the token is for the host other.example.org"],
            )
        },
        Case {
            policy: two,
            host: Some("meet.example.com"),
            ..case(
                "the other host's issuer",
                of_other(SECRET),
                "iss",
                &["the token is for the host other.example.org"],
            )
        },
    ]
}

fn standards() -> Vec<Case> {
    let payload = claims(&json!({})).to_string();
    let sealed = |header: &str, payload: &str| {
        seal(
            Algorithm::HS256,
            header.as_bytes(),
            payload.as_bytes(),
            SECRET,
        )
    };
    let usual = r#"{"alg":"HS256","typ":"JWT"}"#;
    vec![
        case(
            "crit",
            sealed(r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#, &payload),
            "crit",
            &["RFC 7515"],
        ),
        case(
            "b64",
            sealed(r#"{"alg":"HS256","typ":"JWT","b64":false}"#, &payload),
            "b64",
            &["RFC 7797"],
        ),
        case(
            "a claim twice",
            sealed(usual, &payload.replacen('{', r#"{"room":"*","#, 1)),
            "JSON",
            &["there twice"],
        ),
        case("padding", format!("{}=", good()), "encoding", &["padding"]),
        case(
            "sub as a number",
            changed(&json!({"sub": 5})),
            "sub",
            &["a string"],
        ),
        case(
            "iat as a string",
            changed(&json!({"iat": "now"})),
            "iat",
            &["a number"],
        ),
    ]
}
