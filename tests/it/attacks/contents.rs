//! Attacks on those who split, decode and read tokens. All are signed with the right secret, unless that is the attack.

use jsonwebtoken::Algorithm::HS256;
use serde_json::Value;

use super::forge::{
    Attack, HEADER, claiming, claims, header_with, hmac_of, row, signed, with_both_odd_digits,
    with_stray_bits,
};
use crate::daemon::fixture::SECRET;
use support::token::seal;

pub fn header_extensions() -> Vec<Attack> {
    [
        (r#""crit":["exp"]"#, "crit-not-supported"),
        (r#""crit":["b64"],"b64":false"#, "crit-not-supported"),
        (r#""crit":[]"#, "crit-not-supported"),
        (r#""crit":null"#, "crit-not-supported"),
        (r#""b64":false"#, "b64-not-supported"),
        (r#""b64":true"#, "b64-not-supported"),
        (r#""cty":"JWT""#, "nested-token"),
        (r#""cty":"jwt""#, "nested-token"),
        (r#""cty":"application/jwt""#, "nested-token"),
        (r#""cty":"Application/JWT;v=1""#, "nested-token"),
        (r#""enc":"A256GCM""#, "encrypted-token"),
        (
            r#""enc":"A256GCM","zip":"DEF","cty":"JWT""#,
            "encrypted-token",
        ),
    ]
    .map(|(member, code)| row(member, signed(&header_with(member), &claims()), code))
    .into()
}

pub fn wrong_shapes() -> Vec<Attack> {
    let token = signed(HEADER, &claims());
    [
        ("nothing", String::new()),
        ("one part", "a".to_owned()),
        (
            "a token and its signature again",
            format!("{token}.{}", token.rsplit('.').next().unwrap()),
        ),
        ("an encrypted token", format!("{token}.AAAA.AAAA")),
        ("five parts", "a.b.c.d.e".to_owned()),
        ("a dot before", format!(".{token}")),
        ("a dot after", format!("{token}.")),
        ("a backslash for a dot", token.replace('.', "\\")),
        ("a million dots", ".".repeat(1_000_000)),
        ("half a million empty parts", "a.".repeat(500_000)),
    ]
    .map(|(name, token)| row(name, token, "not-three-parts"))
    .into()
}

pub fn nesting() -> Vec<Attack> {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let within = |text: &str, nested: &str| text.replacen('{', &format!(r#"{{"a":{nested},"#), 1);
    let mut attacks = Vec::new();
    for (kind, nested) in [
        ("arrays", deep("[", "]")),
        ("open arrays", "[".repeat(100_000)),
        ("objects", deep(r#"{"a":"#, "}")),
    ] {
        attacks.push(row(
            format!("claims of {kind}"),
            signed(HEADER, &within(&claims(), &nested)),
            "payload-not-decodable",
        ));
        attacks.push(row(
            format!("a header of {kind}"),
            signed(&within(HEADER, &nested), &claims()),
            "header-not-decodable",
        ));
    }
    attacks.push(row(
        "101 arrays",
        signed(
            HEADER,
            &within(
                &claims(),
                &format!("{}{}", "[".repeat(101), "]".repeat(101)),
            ),
        ),
        "payload-not-decodable",
    ));
    attacks
}

pub fn duplicates() -> Vec<Attack> {
    let mut attacks: Vec<Attack> = [
        (
            r#"{"alg":"none","typ":"JWT","alg":"HS256"}"#,
            "duplicate-member",
        ),
        (
            r#"{"alg":"HS256","typ":"JWT","alg":"none"}"#,
            "alg-not-accepted",
        ),
        (
            r#"{"\u0061lg":"none","typ":"JWT","alg":"HS256"}"#,
            "duplicate-member",
        ),
        (
            r#"{"alg":"HS256","typ":"JWT","\u0061lg":"none"}"#,
            "alg-not-accepted",
        ),
        (
            r#"{"alg":"HS256","typ":"x","typ":"JWT"}"#,
            "duplicate-member",
        ),
    ]
    .map(|(header, code)| row(header, signed(header, &claims()), code))
    .into();
    for (members, code) in [
        (r#""iss":"evil","iss":"my_app""#, "duplicate-member"),
        (r#""iss":"my_app","iss":"evil""#, "iss-not-accepted"),
        (r#""iss":"my_app","\u0069ss":"evil""#, "iss-not-accepted"),
        (r#""\u0069ss":"evil","iss":"my_app""#, "duplicate-member"),
        (r#""exp":1,"exp":9999999999"#, "duplicate-member"),
        (r#""exp":9999999999,"exp":1"#, "expired"),
        (
            r#""context":{"user":{"id":"1","id":"2"}}"#,
            "duplicate-member",
        ),
        (r#""room":"*","room":"meeting""#, "duplicate-member"),
    ] {
        attacks.push(row(members, claiming(members), code));
    }
    attacks
}

pub fn numbers() -> Vec<Attack> {
    [
        (r#""exp":NaN"#, "number-not-json"),
        (r#""exp":-NaN"#, "number-not-json"),
        (r#""exp":Infinity"#, "number-not-json"),
        (r#""exp":1e400"#, "number-not-json"),
        (r#""exp":0x7fffffff"#, "number-not-json"),
        (r#""exp":09999999999"#, "number-not-json"),
        (r#""exp":+9999999999"#, "number-not-json"),
        (r#""exp":9999999999."#, "number-not-json"),
        (r#""exp":-Infinity"#, "expired"),
        (r#""exp":-1e400"#, "expired"),
        (r#""exp":-0"#, "expired"),
        (r#""exp":0"#, "expired"),
        (r#""exp":1e-400"#, "expired"),
        (r#""exp":-99999999999999999999999999999999"#, "expired"),
        (r#""exp":.9e99"#, "payload-not-decodable"),
        (r#""exp":"9999999999""#, "exp-not-number"),
        (r#""exp":"Infinity""#, "exp-not-number"),
        (r#""exp":[9999999999]"#, "exp-not-number"),
        (r#""exp":null"#, "exp-not-number"),
        (r#""exp":true"#, "exp-not-number"),
        (r#""exp":false"#, "claim-of-wrong-type"),
        (r#""nbf":NaN"#, "not-yet-valid"),
        (r#""nbf":Infinity"#, "not-yet-valid"),
        (r#""nbf":1e400"#, "not-yet-valid"),
        (r#""nbf":99999999999999999999999999999999"#, "not-yet-valid"),
        (r#""nbf":18446744073709551617"#, "not-yet-valid"),
        (r#""nbf":-Infinity"#, "number-not-json"),
        (r#""nbf":"0""#, "nbf-not-number"),
        (r#""nbf":false"#, "claim-of-wrong-type"),
        (r#""iat":1e400"#, "number-not-json"),
    ]
    .map(|(member, code)| row(member, claiming(member), code))
    .into()
}

pub fn spellings() -> Vec<Attack> {
    let token = with_both_odd_digits();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let resigned = |input: String| format!("{input}.{}", hmac_of(SECRET.as_bytes(), &input));
    [
        ("padding", format!("{token}="), "base64url-not-canonical"),
        (
            "too much padding",
            format!("{token}==="),
            "base64url-not-canonical",
        ),
        (
            "padding in front",
            format!("{input}.={signature}"),
            "base64url-not-canonical",
        ),
        (
            "stray bits",
            format!("{input}.{}", with_stray_bits(signature)),
            "base64url-not-canonical",
        ),
        (
            "a digit that means nothing",
            format!("{token}AA"),
            "signature-invalid",
        ),
        (
            "a line break after",
            format!("{token}\n"),
            "signature-not-decodable",
        ),
        (
            "a blank after",
            format!("{token} "),
            "signature-not-decodable",
        ),
        (
            "a blank before",
            format!(" {token}"),
            "header-not-decodable",
        ),
        (
            "a NUL after",
            format!("{token}\0"),
            "signature-not-decodable",
        ),
        (
            "the standard alphabet",
            format!("{input}.{}", signature.replace('-', "+").replace('_', "/")),
            "signature-not-decodable",
        ),
        (
            "percent-encoding",
            token.replace('.', "%2E"),
            "not-three-parts",
        ),
        (
            "a padded header, signed",
            resigned(format!("{header}=.{payload}")),
            "base64url-not-canonical",
        ),
        (
            "a padded payload, signed",
            resigned(format!("{header}.{payload}=")),
            "base64url-not-canonical",
        ),
        (
            "a padded header",
            format!("{header}=.{payload}.{signature}"),
            "signature-invalid",
        ),
        (
            "a padded payload",
            format!("{header}.{payload}=.{signature}"),
            "signature-invalid",
        ),
    ]
    .map(|(name, token, code)| row(name, token, code))
    .into()
}

pub fn encodings() -> Vec<Attack> {
    let bom = format!("\u{feff}{}", claims());
    let wide: Vec<u8> = claims().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = |payload: &[u8]| seal(HS256, HEADER.as_bytes(), payload, SECRET);
    let broken = claims()
        .replace("my_app", "my_\u{1}app")
        .replace('\u{1}', "");
    let not_utf8 = [
        broken.trim_end_matches('}').as_bytes(),
        b",\"a\":\"\xc0\xaf\"}",
    ]
    .concat();
    let mut attacks = vec![
        row(
            "a BOM before the claims",
            bytes(bom.as_bytes()),
            "payload-not-decodable",
        ),
        row(
            "a BOM before the header",
            signed(&format!("\u{feff}{HEADER}"), &claims()),
            "header-not-decodable",
        ),
        row("claims in UTF-16", bytes(&wide), "payload-not-decodable"),
        row("an overlong slash", bytes(&not_utf8), "not-utf-8"),
        row(
            "something after the claims",
            bytes(format!("{}{{}}", claims()).as_bytes()),
            "payload-not-decodable",
        ),
        row(
            "a comment",
            bytes(format!("/**/{}", claims()).as_bytes()),
            "payload-not-decodable",
        ),
        row(
            "a list of claims",
            bytes(format!("[{}]", claims()).as_bytes()),
            "iss-missing",
        ),
        row(
            "claims in a string",
            bytes(Value::from(claims()).to_string().as_bytes()),
            "iss-missing",
        ),
    ];
    for (member, code) in [
        (r#""a":"\ud800""#, "payload-not-decodable"),
        (r#""a":"\udc00\ud800""#, "payload-not-decodable"),
        (r#""\ud800":1"#, "payload-not-decodable"),
        (r#""iss":"my_app\ud800""#, "payload-not-decodable"),
        (r#""iss":"my_app\u0000""#, "iss-not-accepted"),
        (r#""iss":"my\u200b_app""#, "iss-not-accepted"),
        (r#""iss":"MY_APP""#, "iss-not-accepted"),
        (r#""iss":"ｍy_app""#, "iss-not-accepted"),
        (r#""a":"\x41""#, "payload-not-decodable"),
        ("\"a\":\"\u{1}\"", "control-character"),
        (r#""iss":{"my_app":1}"#, "iss-not-accepted"),
    ] {
        attacks.push(row(member, claiming(member), code));
    }
    let renamed = claims().replace("\"iss\"", "\"ISS\"");
    attacks.push(row(
        "a claim in capitals",
        signed(HEADER, &renamed),
        "iss-missing",
    ));
    attacks
}

pub fn types() -> Vec<Attack> {
    [
        r#""jwt""#,
        r#""JWT ""#,
        r#""JWT\u0000""#,
        r#""""#,
        r#""at+jwt""#,
        r#""application/JWT""#,
        r#"["JWT"]"#,
        "null",
        "1",
        "{}",
        r#""JWS""#,
        r#""JWE""#,
    ]
    .map(|typ| {
        let header = format!(r#"{{"alg":"HS256","typ":{typ}}}"#);
        row(
            format!("typ {typ}"),
            signed(&header, &claims()),
            "typ-not-accepted",
        )
    })
    .into_iter()
    .chain([row(
        "no typ",
        signed(r#"{"alg":"HS256"}"#, &claims()),
        "typ-not-accepted",
    )])
    .collect()
}
