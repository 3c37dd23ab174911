use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::consumer::Consumer;
use super::super::credential::{Credential, SecretText};
use super::super::credentials::Credentials;
use super::super::decision::{Moment, Opened, Rules};
use super::super::identity::Identity;
use super::super::refusal::Refusal;
use super::super::seen::Seen;
use super::super::settings::{Beyond, RequiredClaim, Settings, TimesToVerify};
use super::*;
use crate::token::algorithm::Algorithm;
use crate::token::explain::checks::{Check, Failed};
use crate::token::key::{Key, KeyError};
use crate::token::pointer::Pointer;
use crate::token::recall::Recall;
use crate::token::signing::{HeaderMembers, SigningKey};
use crate::token::source_failure::SourceFailure;

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "a secret of thirty-two bytes or more";
const BOBS: &str = "bobs secret of thirty-two bytes or so";
const URL: &str = "https://sso.example.com/realms/meet";

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/", $name, ".pem"))
    };
}

fn consumer(number: u128, username: &str) -> Consumer {
    Consumer {
        id: Uuid::from_u128(number),
        username: Some(username.to_owned()),
        custom_id: Some(format!("custom-{username}")),
        tags: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn credential(number: u128, key: &str, algorithm: Algorithm, material: &str) -> Credential {
    let is_secret = algorithm.prefix() == "HS";
    Credential {
        id: Uuid::from_u128(number),
        consumer: Uuid::from_u128(1),
        key: key.to_owned(),
        secret: is_secret.then(|| SecretText::from(material.to_owned())),
        rsa_public_key: (!is_secret).then(|| material.to_owned()),
        algorithm,
        tags: None,
        created_at: NOW,
    }
}

fn credentials() -> Credentials {
    let mut set = Credentials::default();
    set.put_consumer(&consumer(1, "alice"));
    set.put_consumer(&consumer(2, "bob"));
    set.put_consumer(&consumer(3, "carol"));
    set.put_consumer(&consumer(4, "everybody"));
    let coded = BASE64_STANDARD.encode(SECRET);
    for (number, key, algorithm, material) in [
        (10, "alice-key", Algorithm::Hs256, SECRET),
        (11, URL, Algorithm::Hs256, SECRET),
        (12, "coded", Algorithm::Hs256, coded.as_str()),
        (13, "alice-rsa", Algorithm::Rs256, pem!("rsa-public")),
        (14, "private", Algorithm::Es256, pem!("p256-private")),
        (15, "other-curve", Algorithm::Es256, pem!("p384-public")),
        (16, "pem-secret", Algorithm::Hs256, pem!("rsa-public")),
        (17, "curve", Algorithm::Es256, pem!("p256-public")),
        (
            18,
            "url-safe",
            Algorithm::Hs256,
            "_-_-abcdefghijklmnopqrstuvwxyz0123",
        ),
    ] {
        set.put(&credential(number, key, algorithm, material));
    }
    set.put(&Credential {
        consumer: Uuid::from_u128(2),
        ..credential(30, "bob-key", Algorithm::Hs256, BOBS)
    });
    set.put(&Credential {
        consumer: Uuid::from_u128(99),
        ..credential(31, "orphan", Algorithm::Hs256, SECRET)
    });
    set.put(&Credential {
        secret: None,
        ..credential(32, "sealed", Algorithm::Hs256, SECRET)
    });
    set
}

/// A token, before it is signed.
#[derive(Clone)]
struct Draft {
    algorithm: Algorithm,
    secret: Vec<u8>,
    kid: Option<String>,
    claims: Map<String, Value>,
}

impl Draft {
    /// A usual one, with other claims over it; null takes one out.
    fn new(others: &Value) -> Self {
        let usual = json!({"iss": "alice-key", "nbf": NOW, "exp": NOW + 3_600});
        let mut claims = usual.as_object().unwrap().clone();
        for (name, value) in others.as_object().unwrap() {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        Self {
            algorithm: Algorithm::Hs256,
            secret: SECRET.as_bytes().to_vec(),
            kid: None,
            claims,
        }
    }

    fn with_secret(self, secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref().to_vec();
        Self { secret, ..self }
    }

    fn with_kid(self, kid: &str) -> Self {
        let kid = Some(kid.to_owned());
        Self { kid, ..self }
    }

    fn with(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    fn token(&self) -> String {
        let key = match self.algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                SigningKey::from_any_pem(pem!("rsa-private").as_bytes()).unwrap()
            }
            Algorithm::Es256 => SigningKey::from_any_pem(pem!("p256-private").as_bytes()).unwrap(),
            _ => SigningKey::from_secret(&self.secret),
        };
        let header = HeaderMembers {
            typ: None,
            kid: self.kid.as_deref(),
        };
        key.sign_with(self.algorithm, header, &self.claims).unwrap()
    }
}

fn rules<'a>(settings: &'a Settings, sets: &'a [&'a Credentials], is_published: bool) -> Rules<'a> {
    Rules {
        settings,
        credentials: sets,
        has_published_keys: is_published,
    }
}

fn decided(
    rules: Rules<'_>,
    token: &str,
    found: &Found,
) -> (Result<Identity, Refusal>, Option<Refusal>) {
    let alone = Alone::new(rules.settings, Some(token));
    let fields = alone.fields();
    let at = Moment {
        now: NOW,
        recall: Recall::NOTHING,
        seen: &Seen::default(),
        revocations: None,
    };
    Opened::new(rules, &alone.described(&fields)).decide(found, &at)
}

fn examined<'a>(rules: Rules<'a>, token: &'a str, found: &'a Found) -> Examined<'a> {
    Examined {
        gateway: "api",
        rules,
        token: Some(token),
        found,
        known_kids: &|| vec!["key-1".to_owned()],
        source_words: &|_| Vec::new(),
        option: &|_| None,
        revocations: None,
        is_trusted: true,
        most_tried: 500,
        now: NOW,
    }
}

fn first_failed(checks: &[Check]) -> Option<&Failed> {
    let mut failed = checks
        .iter()
        .filter_map(|check| check.outcome.as_ref().err());
    failed.next().map(|failed| &**failed)
}

/// Whoever explains and whoever decides must mean the same.
fn explained(settings: &Settings, draft: &Draft) -> Failed {
    let credentials = credentials();
    let sets = [&credentials];
    let (rules, token) = (rules(settings, &sets, false), draft.token());
    let refusal = decided(rules, &token, &None).0.expect_err("goes through");
    let told = checks(&examined(rules, &token, &None));
    let failed = first_failed(&told).expect("no check fails").clone();
    assert_eq!(failed.code, refusal.code());
    assert_secret_free(&told);
    let untrusted = checks(&Examined {
        is_trusted: false,
        ..examined(rules, &token, &None)
    });
    assert_eq!(
        first_failed(&untrusted).map(|failed| failed.code),
        Some(refusal.code())
    );
    assert_secret_free(&untrusted);
    for told in untrusted.iter().map(|check| format!("{check:?}")) {
        let names_others = ["bob", "carol", "custom-"]
            .iter()
            .any(|name| told.contains(name));
        let has_it =
            String::from_utf8_lossy(&draft.secret).into_owned() + &json!(draft.claims).to_string();
        assert!(
            !names_others || has_it.contains("bob") || has_it.contains("carol"),
            "{told}"
        );
    }
    failed
}

fn assert_secret_free(checks: &[Check]) {
    let told = format!("{checks:?}");
    for secret in [SECRET, BOBS, &BASE64_STANDARD.encode(SECRET), "_-_-abc"] {
        assert!(!told.contains(secret), "{told}");
    }
}

fn goes_through(settings: &Settings, draft: &Draft) -> bool {
    let credentials = credentials();
    decided(
        rules(settings, &[&credentials], false),
        &draft.token(),
        &None,
    )
    .0
    .is_ok()
}

/// What a remedy says that is to be set, as it stands there.
fn set_by(remedy: &str) -> Option<(String, Value)> {
    let (before, _) = remedy.split_once(" in [gateways.api]")?;
    let (_, assignment) = before.rsplit_once("set ")?;
    let (name, value) = assignment.split_once(" = ")?;
    Some((name.to_owned(), serde_json::from_str(value).unwrap()))
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// Does to the settings what a remedy says.
fn mended(settings: &Settings, remedy: &str) -> Settings {
    let (name, value) = set_by(remedy).unwrap_or_else(|| panic!("nothing to set: {remedy}"));
    let mut settings = settings.clone();
    match name.as_str() {
        "key_claim_name" => settings.key_claim_name = value.as_str().unwrap().to_owned(),
        "secret_is_base64" => settings.secret_is_base64 = value.as_bool().unwrap(),
        "issuers" => settings.beyond.issuers = texts(&value),
        "audiences" => settings.beyond.audiences = texts(&value),
        "maximum_expiration" => {
            settings.maximum_expiration = Some(u32::try_from(value.as_u64().unwrap()).unwrap());
        }
        "claims_to_verify" => {
            let names = texts(&value);
            let has = |name: &str| names.iter().any(|known| known == name);
            settings.claims_to_verify = TimesToVerify {
                expiration: has("exp"),
                not_before: has("nbf"),
            };
        }
        other => panic!("{other}"),
    }
    settings
}

/// Does to a token what a remedy says of a claim.
fn reissued(draft: &Draft, remedy: &str) -> Draft {
    let (_, rest) = remedy
        .split_once("let the issuer set ")
        .unwrap_or_else(|| panic!("nothing for the issuer: {remedy}"));
    let (claim, rest) = rest.split_once(" to ").unwrap();
    let mut values = serde_json::Deserializer::from_str(
        rest.trim_start_matches("a number of Unix seconds, such as "),
    )
    .into_iter::<Value>();
    let mut draft = draft.clone();
    draft
        .claims
        .insert(claim.to_owned(), values.next().unwrap().unwrap());
    draft
}

fn of_key(claim: &str) -> Settings {
    Settings {
        key_claim_name: claim.to_owned(),
        ..Settings::default()
    }
}

/// Who can mend it, beside what must be said.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Operator,
    Issuer,
    Either,
    /// Only words say what to do.
    Nobody,
}

fn check_mended(settings: &Settings, draft: &Draft, by: By, says: &[&str]) {
    let failed = explained(settings, draft);
    let line = failed.explanation.to_string();
    for says in says {
        assert!(line.contains(says), "{says:?} is not in: {line}");
    }
    let remedy = &failed.explanation.remedy;
    assert!(!remedy.is_empty(), "{line}");
    if matches!(by, By::Operator | By::Either) {
        let settings = mended(settings, remedy);
        assert!(goes_through(&settings, draft), "{line}");
    }
    if matches!(by, By::Issuer | By::Either) {
        let draft = reissued(draft, remedy);
        assert!(goes_through(settings, &draft), "{line}");
    }
}

#[test]
fn a_key_in_another_member_than_the_configured_one_is_found_and_either_side_can_come_to_the_other()
{
    for (claim, others, kid, by, says) in [
        (
            "kid",
            json!({}),
            None,
            By::Either,
            ["iss in the payload holds the key", "nothing in kid"],
        ),
        (
            "kid",
            json!({"kid": "old"}),
            None,
            By::Either,
            ["iss in the payload holds", "\"old\" in kid of the payload"],
        ),
        (
            "iss",
            json!({"iss": "https://issuer.example"}),
            Some("alice-key"),
            By::Either,
            ["kid in the header holds", "looks for it in iss"],
        ),
        (
            "iss",
            json!({"iss": null}),
            Some("alice-key"),
            By::Either,
            ["kid in the header holds", "nothing in iss"],
        ),
        (
            "iss",
            json!({"iss": "x", "sub": "alice-key"}),
            None,
            By::Either,
            ["sub in the payload holds", "\"x\" in iss"],
        ),
        (
            "iss",
            json!({"iss": "x", "client_id": "alice-key"}),
            None,
            By::Either,
            ["client_id in the payload", "\"x\" in iss"],
        ),
        (
            "kid",
            json!({"iss": "x", "aud": "alice-key"}),
            None,
            By::Either,
            ["aud in the payload", "nothing in kid"],
        ),
        (
            "iss",
            json!({"iss": "x", "aud": ["y", "alice-key"]}),
            None,
            By::Issuer,
            ["aud in the payload", "\"x\" in iss"],
        ),
        (
            "iss",
            json!({"iss": "", "azp": "alice-key"}),
            None,
            By::Either,
            ["azp in the payload", "\"\" in iss"],
        ),
        (
            "old_key",
            json!({}),
            None,
            By::Either,
            ["iss in the payload", "old_key"],
        ),
    ] {
        let draft = Draft::new(&others);
        let draft = kid.map_or(draft.clone(), |kid| draft.clone().with_kid(kid));
        check_mended(&of_key(claim), &draft, by, &says);
    }
}

#[test]
fn of_a_member_in_payload_and_header_the_one_in_the_payload_counts_and_that_is_said() {
    let draft = Draft::new(&json!({"kid": "other"})).with_kid("alice-key");
    let says = [
        "kid in the header is the key",
        "that one counts",
        "leave kid out of the payload",
    ];
    let failed = explained(&of_key("kid"), &draft);
    let line = failed.explanation.to_string();
    for says in says {
        assert!(line.contains(says), "{line}");
    }
    let mut mended = draft;
    mended.claims.remove("kid");
    assert!(goes_through(&of_key("kid"), &mended));
}

#[test]
fn a_key_that_is_no_text_is_written_as_one() {
    let failed = explained(&of_key("aud"), &Draft::new(&json!({"aud": ["alice-key"]})));
    let line = failed.explanation.to_string();
    assert!(line.contains("aud is a list"), "{line}");
    assert!(
        line.contains("write aud as a text: \"alice-key\""),
        "{line}"
    );
    assert!(goes_through(
        &of_key("aud"),
        &Draft::new(&json!({"aud": "alice-key"}))
    ));
    for (value, says) in [
        (json!(5), "5 in iss"),
        (json!({"a": 1}), "in iss"),
        (json!(true), "true in iss"),
    ] {
        let failed = explained(&Settings::default(), &Draft::new(&json!({"iss": value})));
        assert!(
            failed.explanation.found.contains(says),
            "{:?}",
            failed.explanation
        );
    }
}

#[test]
fn the_nearest_key_is_named_with_what_differs() {
    for (found, says) in [
        ("Alice-Key", "capitals"),
        (" alice-key", "blanks"),
        ("alice-key\n", "blanks or line breaks"),
        ("alice_key", "hyphens, underscores"),
        ("alice-kez", "\"alice-key\""),
        ("alicekey", "\"alice-key\""),
        (
            "https://sso.example.com/realms/meet/",
            "slash at the end in the token",
        ),
        (
            "http://sso.example.com/realms/meet",
            "http in the token, https here",
        ),
        (
            "sso.example.com/realms/meet",
            "https:// at its beginning here",
        ),
    ] {
        check_mended(
            &Settings::default(),
            &Draft::new(&json!({"iss": found})),
            By::Issuer,
            &[says],
        );
    }
}

#[test]
fn what_else_a_credential_is_called_is_no_key_and_is_known() {
    let id = Uuid::from_u128(10).to_string();
    let bob = Uuid::from_u128(2).to_string();
    for (found, secret, says) in [
        (id.as_str(), SECRET, "the credential's ID"),
        ("bob", BOBS, "what a consumer is called"),
        ("custom-bob", BOBS, "what a consumer is called"),
        (bob.as_str(), BOBS, "what a consumer is called"),
    ] {
        let draft = Draft::new(&json!({"iss": found})).with_secret(secret);
        check_mended(&Settings::default(), &draft, By::Issuer, &[says]);
    }
    let none = Draft::new(&json!({"iss": "carol"}));
    let says = [
        "prosody-tokend credentials add carol --name carol",
        "which has none yet",
    ];
    check_mended(&Settings::default(), &none, By::Nobody, &says);
}

#[test]
fn a_key_that_nobody_has_can_be_added() {
    for (found, says) in [
        (
            "unknown",
            "prosody-tokend credentials add USER --name unknown",
        ),
        ("never seen", "credentials add USER --name KEY"),
        ("$(reboot)", "variable"),
        ("{{issuer}}", "placeholder"),
        ("--help", "credentials add USER --name KEY"),
    ] {
        check_mended(
            &Settings::default(),
            &Draft::new(&json!({"iss": found})),
            By::Nobody,
            &[says],
        );
    }
}

#[test]
fn a_secret_in_place_of_a_key_is_known_to_whoever_may_read_it_and_never_shown() {
    let credentials = credentials();
    let sets = [&credentials];
    let (settings, draft) = (Settings::default(), Draft::new(&json!({"iss": SECRET})));
    let (rules, token) = (rules(&settings, &sets, false), draft.token());
    let told = checks(&examined(rules, &token, &None));
    let failed = first_failed(&told).unwrap();
    assert!(failed.explanation.to_string().contains("mixed up"));
    assert_secret_free(&told);
    let untrusted = checks(&Examined {
        is_trusted: false,
        ..examined(rules, &token, &None)
    });
    assert!(!format!("{untrusted:?}").contains("mixed up"));
}

#[test]
fn a_secret_that_is_base64_for_one_side_alone_is_known_and_one_option_mends_it() {
    let coded = json!({"iss": "coded"});
    let is_base64 = Settings {
        secret_is_base64: true,
        ..Settings::default()
    };
    check_mended(
        &Settings::default(),
        &Draft::new(&coded),
        By::Operator,
        &["base64 of", "secret_is_base64"],
    );
    let as_text = Draft::new(&coded).with_secret(BASE64_STANDARD.encode(SECRET));
    check_mended(&is_base64, &as_text, By::Operator, &["takes it for base64"]);
    let no_base64 = Draft::new(&json!({}));
    check_mended(
        &is_base64,
        &no_base64,
        By::Operator,
        &["its secret is no base64"],
    );
}

#[test]
fn what_was_done_to_a_secret_is_known() {
    let other = |iss: &str| Draft::new(&json!({"iss": iss}));
    for (draft, says) in [
        (
            other("alice-key").with_secret(format!("{SECRET}\n")),
            "a line break after it",
        ),
        (
            other("alice-key").with_secret(BASE64_STANDARD.encode(SECRET)),
            "base64 form",
        ),
        (
            other("alice-key").with_secret(SECRET.to_uppercase()),
            "capitals",
        ),
        (
            other("url-safe").with_secret("/+/+abcdefghijklmnopqrstuvwxyz0123"),
            "the other alphabet",
        ),
        (
            other("url-safe").with_secret("_-_-abcdefghijklmnopqrstuvwxyz0123=="),
            "`=` added",
        ),
        (
            other("alice-key").with_secret("alice-key"),
            "the credential's key, which is no secret",
        ),
        (
            other("alice-key").with_secret("alice"),
            "the consumer's name",
        ),
        (
            other("alice-key").with_secret("your-256-bit-secret"),
            "stands in examples",
        ),
        (
            other("alice-key").with_secret("quite another one"),
            "another secret",
        ),
    ] {
        let failed = explained(&Settings::default(), &draft);
        let line = failed.explanation.to_string();
        assert!(line.contains(says), "{says}: {line}");
        assert!(
            !line.contains("app_secret") && !line.contains(" host"),
            "{line}"
        );
    }
}

#[test]
fn the_secret_of_another_credential_is_named_with_whose_it_is() {
    let draft = Draft::new(&json!({})).with_secret(BOBS);
    let says = ["\"bob-key\" of the consumer \"bob\""];
    check_mended(&Settings::default(), &draft, By::Issuer, &says);
}

#[test]
fn another_algorithm_than_the_credentials_is_told_with_what_mends_it() {
    let other = |iss: &str, algorithm| Draft::new(&json!({"iss": iss})).with(algorithm);
    for (draft, by, says) in [
        (
            other("alice-key", Algorithm::Hs384),
            By::Nobody,
            ["its key is the right one", "algorithm = \"HS384\""],
        ),
        (
            other("alice-key", Algorithm::Hs384).with_secret("x"),
            By::Nobody,
            ["for HS256 alone;", "sign with HS256"],
        ),
        (
            other("alice-key", Algorithm::Rs256),
            By::Issuer,
            ["\"alice-rsa\" of the same consumer", "set iss to"],
        ),
        (
            other("alice-rsa", Algorithm::Hs256),
            By::Issuer,
            ["another credential", "of the same consumer"],
        ),
        (
            other("alice-rsa", Algorithm::Hs512),
            By::Nobody,
            [
                "signs with a secret (HS512)",
                "the credential has a public key",
            ],
        ),
        (
            other("alice-rsa", Algorithm::Ps256),
            By::Nobody,
            ["its key is the right one", "algorithm = \"PS256\""],
        ),
        (
            other("bob-key", Algorithm::Es256),
            By::Issuer,
            ["\"curve\" of the consumer \"alice\"", "set iss to"],
        ),
    ] {
        if by == By::Issuer && draft.algorithm == Algorithm::Hs256 {
            // Several credentials have the same secret: any of them is right.
            let failed = explained(&Settings::default(), &draft);
            assert!(failed.explanation.to_string().contains(says[0]));
            continue;
        }
        check_mended(&Settings::default(), &draft, by, &says);
    }
}

#[test]
fn a_credential_that_verifies_nothing_says_why_to_whoever_may_know() {
    for (iss, algorithm, says) in [
        (
            "private",
            Algorithm::Es256,
            "a private key, which belongs to the issuer alone",
        ),
        ("other-curve", Algorithm::Es256, "its key is P-384"),
        ("pem-secret", Algorithm::Hs256, "a key in PEM"),
        (
            "sealed",
            Algorithm::Hs256,
            "is sealed and could not be opened",
        ),
    ] {
        let draft = Draft::new(&json!({"iss": iss})).with(algorithm);
        check_mended(&Settings::default(), &draft, By::Nobody, &[says]);
    }
}

#[test]
fn times_that_are_not_right_are_told_with_what_would_be() {
    let nothing_said = ["claims_to_verify wants it"];
    for (others, by, says) in [
        (json!({"exp": null}), By::Either, nothing_said),
        (json!({"nbf": null}), By::Either, nothing_said),
        (
            json!({"expires": NOW + 60, "exp": null}),
            By::Issuer,
            ["called expires"],
        ),
        (
            json!({"exp": (NOW + 60).to_string()}),
            By::Issuer,
            ["leave out the quotes"],
        ),
        (
            json!({"exp": "2027-01-01T00:00:00Z"}),
            By::Issuer,
            ["a date is given"],
        ),
        (json!({"exp": 3_600}), By::Issuer, ["a lifetime (1 hour)"]),
        (json!({"nbf": NOW * 1_000}), By::Issuer, ["in milliseconds"]),
        (
            json!({"nbf": NOW + 7_200}),
            By::Issuer,
            ["time zone is 2 hours ahead"],
        ),
        (json!({"nbf": "soon"}), By::Issuer, ["words are given"]),
    ] {
        let draft = Draft::new(&others);
        if by == By::Issuer && others["nbf"] == json!(NOW + 7_200) {
            check_mended(&Settings::default(), &draft, By::Nobody, &says);
        } else {
            check_mended(&Settings::default(), &draft, by, &says);
        }
    }
    let expired = Draft::new(&json!({"exp": NOW - 100, "nbf": NOW - 4_000}));
    let failed = explained(&Settings::default(), &expired);
    let line = failed.explanation.to_string();
    assert!(line.contains("expired 1 minute ago"), "{line}");
    assert!(!line.contains("leeway"), "{line}");
}

#[test]
fn both_times_are_explained_where_both_are_wrong() {
    let credentials = credentials();
    let (settings, token) = (
        Settings::default(),
        Draft::new(&json!({"exp": 5, "nbf": "x"})).token(),
    );
    let told = checks(&examined(
        rules(&settings, &[&credentials], false),
        &token,
        &None,
    ));
    let failed = told.iter().filter(|check| check.outcome.is_err());
    let failed: Vec<&str> = failed.map(|check| check.check).collect();
    assert_eq!(failed, ["exp", "nbf"]);
}

#[test]
fn an_expiry_that_is_too_far_ahead_is_told_with_the_latest_one() {
    let settings = Settings {
        maximum_expiration: Some(300),
        ..Settings::default()
    };
    let says = ["1 hour ahead", "at most 5 minutes: 1800000300"];
    check_mended(&settings, &Draft::new(&json!({})), By::Operator, &says);
    let draft = Draft::new(&json!({"exp": (NOW + 60) * 1_000}));
    check_mended(&settings, &draft, By::Issuer, &["in milliseconds"]);
    let draft = Draft::new(&json!({"exp": null}));
    check_mended(&settings, &draft, By::Issuer, &["maximum_expiration = 0"]);
}

#[test]
fn what_is_asked_beyond_kong_is_told_with_what_is_accepted() {
    let beyond = |beyond| Settings {
        beyond,
        ..Settings::default()
    };
    let issuers = beyond(Beyond {
        issuers: vec!["https://a.example/".to_owned()],
        ..Beyond::default()
    });
    check_mended(
        &issuers,
        &Draft::new(&json!({})),
        By::Operator,
        &["\"https://a.example/\""],
    );
    let audiences = beyond(Beyond {
        audiences: vec!["meet".to_owned()],
        ..Beyond::default()
    });
    check_mended(
        &audiences,
        &Draft::new(&json!({"aud": "Meet"})),
        By::Either,
        &["capitals"],
    );
    check_mended(
        &audiences,
        &Draft::new(&json!({})),
        By::Issuer,
        &["has no aud"],
    );
    let required = beyond(Beyond {
        required_claims: vec![RequiredClaim {
            place: Pointer::parse("/role").unwrap(),
            value: json!("admin"),
        }],
        ..Beyond::default()
    });
    for (claims, says) in [
        (json!({"role": "user"}), "what the user lacks"),
        (json!({"role": ["user"]}), "the list does not have it"),
        (json!({}), "does not have the claim"),
    ] {
        let failed = explained(&required, &Draft::new(&claims));
        assert_eq!(failed.code, "claim-not-accepted");
        assert!(
            failed.explanation.to_string().contains(says),
            "{}",
            failed.explanation
        );
    }
}

#[test]
fn a_credential_of_nobody_is_told() {
    let draft = Draft::new(&json!({"iss": "orphan"}));
    check_mended(
        &Settings::default(),
        &draft,
        By::Nobody,
        &["the consumer was deleted"],
    );
}

#[test]
fn a_token_that_cannot_be_read_is_explained_with_the_code_that_it_is_refused_with() {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let good = Draft::new(&json!({})).token();
    let header = |header: &str| {
        format!(
            "{}.{}.c2ln",
            encode(header),
            encode(r#"{"iss":"alice-key"}"#)
        )
    };
    let payload =
        |payload: &str| format!("{}.{}.c2ln", encode(r#"{"alg":"HS256"}"#), encode(payload));
    for (token, says) in [
        ("a".to_owned(), "no JSON Web Token"),
        ("a.b".to_owned(), "opaque token"),
        (
            good.rsplit_once('.').unwrap().0.to_owned(),
            "signature is missing",
        ),
        (format!("{good}.more"), "more than one token"),
        (
            format!("{}.", good.rsplit_once('.').unwrap().0),
            "an empty one",
        ),
        (format!("{good}="), "padding"),
        (header("{"), "header"),
        (header("[]"), "no alg"),
        (header(r#"{"alg":"none"}"#), "not signed at all"),
        (header(r#"{"alg":"hs256"}"#), "write alg as \"HS256\""),
        (header(r#"{"alg":"XX"}"#), "nobody verifies"),
        (header("{}"), "no alg"),
        (header(r#"{"alg":"HS256","crit":["x"]}"#), "crit"),
        (header(r#"{"alg":"HS256","alg":"HS256"}"#), "twice"),
        (payload("{"), "payload"),
        (payload("5"), "payload"),
        (payload(r#"{"iss":"a","iss":"b"}"#), "twice"),
    ] {
        let (settings, credentials) = (Settings::default(), credentials());
        let sets = [&credentials];
        let rules = rules(&settings, &sets, false);
        let refusal = decided(rules, &token, &None).0.expect_err("goes through");
        let told = checks(&examined(rules, &token, &None));
        let failed = first_failed(&told).unwrap_or_else(|| panic!("{token}"));
        assert_eq!(failed.code, refusal.code(), "{token}");
        let line = failed.explanation.to_string();
        assert!(line.contains(says), "{says}: {line}");
    }
}

#[test]
fn without_a_token_it_is_said_where_one_is_looked_for() {
    let settings = Settings {
        cookie_names: vec!["crumble".to_owned()],
        ..Settings::default()
    };
    let told = checks(&Examined {
        token: None,
        ..examined(rules(&settings, &[], false), "", &None)
    });
    let failed = first_failed(&told).unwrap();
    assert_eq!(failed.code, Refusal::Unauthorized.code());
    let says =
        "as authorization: Bearer TOKEN or as ?jwt=TOKEN in the address or in the cookie crumble";
    assert!(
        failed.explanation.remedy.contains(says),
        "{}",
        failed.explanation
    );
}

#[test]
fn checks_go_on_with_the_credential_that_is_meant() {
    let credentials = credentials();
    let (settings, token) = (
        of_key("kid"),
        Draft::new(&json!({})).with_secret("wrong").token(),
    );
    let told = checks(&examined(
        rules(&settings, &[&credentials], false),
        &token,
        &None,
    ));
    let failed = told.iter().filter(|check| check.outcome.is_err());
    let failed: Vec<&str> = failed.map(|check| check.check).collect();
    assert_eq!(failed, ["key", "signature"]);
}

#[test]
fn a_token_that_goes_through_passes_every_check() {
    let credentials = credentials();
    let (settings, token) = (Settings::default(), Draft::new(&json!({})).token());
    let told = checks(&examined(
        rules(&settings, &[&credentials], false),
        &token,
        &None,
    ));
    assert!(told.iter().all(|check| check.outcome.is_ok()), "{told:?}");
    let names: Vec<&str> = told.iter().map(|check| check.check).collect();
    let expected = [
        "form",
        "key",
        "credential",
        "alg",
        "signature",
        "exp",
        "nbf",
        "consumer",
    ];
    assert_eq!(names, expected);
}

#[test]
fn whoever_is_not_trusted_is_not_told_whose_credential_it_is_unless_the_signature_matches() {
    let (credentials, settings) = (credentials(), Settings::default());
    let sets = [&credentials];
    let rules = rules(&settings, &sets, false);
    for (draft, is_told) in [
        (Draft::new(&json!({})), true),
        (Draft::new(&json!({})).with_secret("guessed"), false),
        (Draft::new(&json!({})).with_secret(BOBS), false),
    ] {
        let token = draft.token();
        let told = checks(&Examined {
            is_trusted: false,
            ..examined(rules, &token, &None)
        });
        let consumer = told.iter().find(|check| check.check == "consumer").unwrap();
        let found = &consumer.outcome.as_ref().unwrap().found;
        assert_eq!(found == "\"alice\"", is_told, "{found}");
        assert!(!format!("{told:?}").contains("bob"));
    }
}

#[test]
fn a_token_by_published_keys_is_explained_by_its_kid() {
    let settings = Settings {
        beyond: Beyond {
            algorithms: vec![Algorithm::Rs256],
            ..Beyond::default()
        },
        ..Settings::default()
    };
    let rules = rules(&settings, &[], true);
    let good: Found = Some(Key::from_pem(pem!("rsa-public").as_bytes()));
    let down: Found = Some(Err(KeyError::Unavailable(Box::new(SourceFailure {
        option: "cache_keys_url",
        address: "https://keys.example/jwks".to_owned(),
        said: "it does not answer".to_owned(),
        referral: None,
        remedy: None,
    }))));
    let draft = Draft::new(&json!({})).with(Algorithm::Rs256);
    for (draft, found, says) in [
        (draft.clone(), &None, "the header names none"),
        (
            draft.clone().with_kid("KEY-1"),
            &None,
            "capitals and small letters differ",
        ),
        (
            draft.clone().with_kid("other"),
            &None,
            "sign with the key \"key-1\"",
        ),
        (draft.clone().with_kid("key-1"), &down, "it does not answer"),
        (
            draft.clone().with_kid("key-1").with(Algorithm::Es256),
            &good,
            "algorithms = [\"RS256\", \"ES256\"]",
        ),
        (
            draft.clone().with_kid("key-1").with(Algorithm::Hs256),
            &good,
            "signs with a secret",
        ),
        (
            draft.with_kid("key-1"),
            &Some(Err(KeyError::NotPublicKey)),
            "no usable key",
        ),
    ] {
        let token = draft.token();
        let refusal = decided(rules, &token, found).0.expect_err("goes through");
        let told = checks(&examined(rules, &token, found));
        let failed = first_failed(&told).unwrap();
        assert_eq!(failed.code, refusal.code(), "{says}");
        assert!(
            failed.explanation.to_string().contains(says),
            "{says}: {}",
            failed.explanation
        );
    }
}

#[test]
fn a_request_with_nothing_but_a_token_has_it_where_the_gateway_looks_first() {
    let credentials = credentials();
    let token = Draft::new(&json!({})).token();
    for (headers, parameters, cookies) in [
        (vec!["Authorization"], vec![], vec![]),
        (vec!["x-token"], vec!["jwt"], vec![]),
        (vec![], vec!["a b"], vec![]),
        (vec![], vec![], vec!["crumble"]),
    ] {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let settings = Settings {
            header_names: owned(headers),
            uri_param_names: owned(parameters),
            cookie_names: owned(cookies),
            ..Settings::default()
        };
        assert!(
            decided(rules(&settings, &[&credentials], false), &token, &None)
                .0
                .is_ok()
        );
    }
    let known = credentials.consumer_called("alice").map(Arc::clone);
    assert!(known.is_some());
}
