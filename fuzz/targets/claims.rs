//! Any bytes as header and claims under a good signature: what is let in is JSON that every reader takes the same way,
//! and its claims are the policy's.
//!
//! The input is the header, a line break, and the claims; or the claims alone.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_tokend::token::decision::{Admission, Member};
use prosody_tokend::token::role::{self, Affiliation};
use prosody_tokend_fuzz::{BOUNDED, BY_ISSUER, BY_SECRET, NOW, decide, sign, sign_with};
use serde_json::{Map, Value};

const HEADER: &[u8] = br#"{"alg":"HS256","typ":"JWT"}"#;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (header, claims) = match (parts.next(), parts.next()) {
        (Some(header), Some(claims)) => (header, claims),
        _ => (HEADER, bytes),
    };
    let another = sign_with(b"another secret", header, claims);
    assert!(decide(&BY_SECRET, &another).is_err(), "another secret");
    assert!(decide(&BY_ISSUER, &another).is_err(), "another secret");
    if let Ok(Admission::Member(member)) = decide(&BY_ISSUER, &sign(header, claims)) {
        is_within(*member);
    }
    let Ok(Admission::Member(member)) = decide(&BY_SECRET, &sign(header, claims)) else {
        return;
    };
    let header: Map<String, Value> = serde_json::from_slice(header).expect("the header is JSON");
    let claims: Map<String, Value> = serde_json::from_slice(claims).expect("the claims are JSON");
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&"HS256".into(), &"JWT".into())
    );
    assert!(!header.contains_key("crit") && !header.contains_key("b64"));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&"my_app".into(), &"my_app".into())
    );
    assert!(claims["sub"].is_string() && claims["room"].is_string());
    let time = |name: &str| {
        claims
            .get(name)
            .map(|time| time.as_f64().expect("a number"))
    };
    let now = f64::from(u32::try_from(NOW).expect("this century"));
    assert!(time("exp").is_none_or(|exp| now < exp) && time("nbf").is_none_or(|nbf| nbf <= now));
    assert_eq!(member.session.room.as_deref(), claims["room"].as_str());
    assert_eq!(member.session.subject.as_deref(), claims["sub"].as_str());
    assert_eq!(member.claims.into_members(), claims);
});

/// Whoever is let in is of one of the issuers, and within the bounds of that one.
fn is_within(member: Member) {
    let session = member.session;
    let iss = session.issuer.as_deref();
    assert!(iss == Some("my_app") || iss == Some(BOUNDED));
    if iss != Some(BOUNDED) {
        return;
    }
    let room = session.room.as_deref().expect("a room");
    assert!(room.to_ascii_lowercase().starts_with("team-"), "{room}");
    assert!(session.subject.as_deref() != Some("*") && !session.has_pattern());
    assert_eq!(role::affiliation(&session), Affiliation::Member);
    let features = session.features.iter().flat_map(Value::as_object);
    for name in features.flat_map(Map::keys) {
        assert_eq!(name, "lobby");
    }
}
