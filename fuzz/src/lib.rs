//! What the fuzz targets share: policies, signatures, and what must be true of every decision.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, crypto};
use prosody_tokend::token::algorithm::{Algorithm, Family};
use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::decision::{self, Admission, Moment, Presented};
use prosody_tokend::token::explain::Examined;
use prosody_tokend::token::explain::checks::{self, Check};
use prosody_tokend::token::glob::Glob;
use prosody_tokend::token::issuer::{Accepted, Issuer, Issuers, Keys, SourceId};
use prosody_tokend::token::key::Key;
use prosody_tokend::token::mapping::{Mapping, Rule, Source, Target};
use prosody_tokend::token::pointer::Pointer;
use prosody_tokend::token::policy::Policy;
use prosody_tokend::token::reason::Reason;

const SECRET: &[u8] = b"the-secret-of-the-fuzz-targets-0123456789";

/// The time of every decision.
pub const NOW: i64 = 1_765_139_000;

/// Takes tokens that are signed with the secret.
pub static BY_SECRET: LazyLock<Policy> = LazyLock::new(|| {
    let key = Key::from_secret(SECRET).expect("the secret is one");
    policy(Algorithm::Hs256, Keys::Fixed(vec![key]))
});

/// Takes tokens of two issuers with the same secret: those of [`BOUNDED`] within bounds, and with a mapping.
pub static BY_ISSUER: LazyLock<Policy> = LazyLock::new(|| {
    let own = BY_SECRET.issuers.first().clone();
    let bounded = Issuer {
        name: "bounded".to_owned(),
        accepted: Accepted::only([BOUNDED]),
        bounds: Bounds {
            rooms: Some(vec![Glob::of_rooms("team-*")]),
            moderators: false,
            features: Some(BTreeSet::from(["lobby".to_owned()])),
            wildcards: false,
            ..Bounds::NONE
        },
        mapping: Some(mapping()),
        ..own.clone()
    };
    Policy {
        issuers: Issuers::new(own, vec![bounded]),
        ..BY_SECRET.clone()
    }
});

/// The `iss` of the issuer that has bounds.
pub const BOUNDED: &str = "bounded";

fn mapping() -> Mapping {
    let at = |text| Pointer::parse(text).expect("a pointer");
    let rule = |target, source| Rule { target, source };
    Mapping {
        rules: vec![
            rule(
                Target::Room,
                Source::Pointers(vec![at("/nick"), at("/a/0")]),
            ),
            rule(Target::UserName, Source::Pointers(vec![at("/name")])),
            rule(
                Target::Moderator,
                Source::Contains(at("/roles"), "moderator".to_owned()),
            ),
            rule(
                Target::Feature("recording".to_owned()),
                Source::Matches(at("/name"), Glob::exact("a*b")),
            ),
        ],
        replace: false,
    }
}

/// Takes tokens that are signed with the key that they name, and has none.
pub static BY_KEY_ID: LazyLock<Policy> =
    LazyLock::new(|| policy(Algorithm::Rs256, Keys::ById(SourceId::FIRST)));

fn policy(algorithm: Algorithm, keys: Keys) -> Policy {
    Policy::strict(Issuer::strict("my_app", algorithm, keys))
        .with_muc_domain("conference.example.com")
}

/// Decides on a token, and holds the explanation against the decision.
///
/// # Panics
/// Where the two disagree, or the explanation shows the token or its signature.
pub fn decide(policy: &Policy, token: &str) -> Result<Admission, Reason> {
    let presented = Presented {
        token: Some(token),
        other_scheme: None,
        context_required: false,
    };
    let decided = decision::decide(policy, presented, &None, &Moment::at(NOW));
    let examined = Examined::alone("meet.example.com", policy, token, &None, NOW);
    let checks = checks::token(&examined);
    agree(decided.as_ref().err(), &checks);
    let signature = token.rsplit('.').next().unwrap_or_default();
    let digits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    // Shorter ones, and those with blanks, may be words of the explanation.
    if signature.len() >= 43 && signature.bytes().all(digits) {
        for check in &checks {
            assert!(!shown(check).contains(signature), "a signature is shown");
        }
    }
    decided
}

/// The first check that fails is the reason of the denial, and none fails without one.
///
/// # Panics
/// Where that is not so.
pub fn agree(reason: Option<&Reason>, checks: &[Check]) {
    let mut failed = checks
        .iter()
        .filter_map(|check| check.outcome.as_ref().err());
    assert_eq!(
        failed.next().map(|failed| failed.code),
        reason.map(Reason::code)
    );
}

fn shown(check: &Check) -> String {
    match &check.outcome {
        Ok(passed) => passed.found.clone(),
        Err(failed) => failed.explanation.to_string(),
    }
}

/// A key that was published says what it is, and is no secret.
///
/// # Panics
/// Where it does not, or is one.
pub fn is_public(key: &Key) {
    let facts = key.facts();
    assert!(facts.fingerprint.is_some() && facts.key_type != "secret");
    assert!(key.signing().is_none(), "a public key signs");
    let families: Vec<Family> = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256]
        .into_iter()
        .chain([Algorithm::Es384, Algorithm::Es512, Algorithm::EdDsa])
        .filter(|algorithm| key.is_for(*algorithm))
        .map(Algorithm::family)
        .collect();
    assert!((1..=2).contains(&families.len()), "{families:?}");
    assert!(!key.is_for(Algorithm::Hs256), "a public key as a secret");
}

/// A key whose private part nobody has lets nobody in, whatever it consists of.
///
/// # Panics
/// Where a made-up signature is good.
pub fn has_no_say(key: &Key) {
    for algorithm in Algorithm::ALL {
        let policy = policy(algorithm, Keys::Fixed(vec![key.clone()]));
        let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, algorithm.name());
        let claims = br#"{"iss":"my_app","aud":"my_app","sub":"a","room":"b"}"#;
        for signature in [&[][..], &[0; 64], &[0; 96], &[1; 256]] {
            let token = unsigned(header.as_bytes(), claims, signature);
            assert!(decide(&policy, &token).is_err(), "nobody has signed this");
        }
    }
}

fn unsigned(header: &[u8], payload: &[u8], signature: &[u8]) -> String {
    let [header, payload, signature] =
        [header, payload, signature].map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
    format!("{header}.{payload}.{signature}")
}

/// A token with a good signature.
///
/// # Panics
/// Where signing fails, which it cannot.
#[must_use]
pub fn sign(header: &[u8], payload: &[u8]) -> String {
    sign_with(SECRET, header, payload)
}

/// A token with a signature of this secret.
///
/// # Panics
/// Where signing fails, which it cannot.
#[must_use]
pub fn sign_with(secret: &[u8], header: &[u8], payload: &[u8]) -> String {
    let encode = |bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let input = format!("{}.{}", encode(header), encode(payload));
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(input.as_bytes(), &key, jsonwebtoken::Algorithm::HS256)
        .expect("HMAC takes any secret");
    format!("{input}.{signature}")
}
