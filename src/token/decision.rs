//! The token's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use std::slice;

use super::algorithm::Algorithm;
use super::checks::{self, Circumstances};
use super::claims::{Claims, VerifiedClaims};
use super::compact::{self, Compact};
use super::header::Header;
use super::issuer::{Issuer, Keys, SourceId};
use super::json;
use super::key::{Key, KeyError};
use super::policy::Policy;
use super::reason::Reason;
use super::recall::Recall;
use super::session::Session;
use super::signature::{self, NotVerified, Signature};

/// A session that was let in.
#[must_use]
pub enum Admission {
    /// It came without a token, and may.
    Guest,
    /// It came with a token.
    Member(Box<Member>),
}

/// Who came with a verified token.
pub struct Member {
    /// What the token says.
    pub claims: VerifiedClaims,
    /// What the session is to carry.
    pub session: Session,
}

/// What a client presents when it authenticates.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The token, where there is one.
    pub token: Option<&'a str>,
    /// The scheme of an `Authorization` header that came in place of a token and is none of `Bearer`.
    pub other_scheme: Option<&'a str>,
    /// Whether some module demanded a `context` claim (`session.contextRequired`).
    pub context_required: bool,
}

/// What the sources of a host have for one `kid`: a key, one that cannot be used, or nothing. A source that fails is
/// [`KeyError::Unavailable`].
pub type Found = Option<Result<Key, KeyError>>;

/// Decides whether a client may authenticate, at `now` in Unix seconds; `found` is what there is for [`wanted_key`], and
/// `recall` what need not be verified again.
///
/// # Errors
/// The reason of the first check that fails.
pub fn decide(
    policy: &Policy,
    presented: Presented<'_>,
    found: &Found,
    recall: Recall<'_>,
    now: i64,
) -> Result<Admission, Reason> {
    let Some(token) = presented.token else {
        return admit_guest(policy, presented.other_scheme);
    };
    check_length(policy, token)?;
    let issuer = issuer(policy, token)?;
    let keys = keys(issuer, token, found)?;
    let algorithm = issuer.algorithm.ok_or(Reason::AlgorithmNotSupported)?;
    let token = Token::decode(token)?;
    token.header.check_type(&issuer.types)?;
    token.header.check_algorithm(algorithm)?;
    let (input, signature) = (token.signing_input, &token.signature);
    let claims = signature::verify(input, signature, token.claims, keys, algorithm, recall)?;
    let given = Circumstances {
        issuer,
        context_required: presented.context_required,
        now,
    };
    checks::claims(&claims, &given)?;
    let session = Session::from_claims(&claims)?;
    checks::standards(Some(&token.header), Some(&token.signature), Some(&claims))?;
    Ok(Admission::Member(Box::new(Member { claims, session })))
}

/// Who shows something else than a token is no guest: Jitsi's modules take whatever stands there for one.
pub(super) fn admit_guest(
    policy: &Policy,
    other_scheme: Option<&str>,
) -> Result<Admission, Reason> {
    match other_scheme {
        Some(scheme) => Err(Reason::SchemeNotBearer(scheme.to_owned().into())),
        None if policy.allow_empty_token => Ok(Admission::Guest),
        None => Err(Reason::TokenRequired),
    }
}

/// The key that a token's decision needs.
#[derive(Debug)]
pub struct WantedKey {
    /// Where it is looked for: the source of the issuer that the token is judged by.
    pub source: SourceId,
    /// Its name.
    pub kid: String,
}

/// The key that a token's decision needs, where it needs one.
#[must_use]
pub fn wanted_key(policy: &Policy, token: &str) -> Option<WantedKey> {
    check_length(policy, token).ok()?;
    let issuer = issuer(policy, token).ok()?;
    match issuer.keys {
        Keys::Fixed(_) => None,
        Keys::ById(source) => Some(WantedKey {
            source,
            kid: key_id(issuer, token).ok()?,
        }),
    }
}

/// The issuer that a token is judged by.
///
/// A host with several has to read `iss` before the signature is verified. That gives nothing away: who claims to be
/// another issuer is judged by that one's keys. A host with one issuer does not read it, and keeps Jitsi's order.
///
/// # Errors
/// With several issuers [`Reason::NotThreeParts`], [`Reason::PayloadNotDecodable`], [`Reason::IssuerMissing`],
/// [`Reason::IssuerNotAccepted`].
pub fn issuer<'a>(policy: &'a Policy, token: &str) -> Result<&'a Issuer, Reason> {
    if let Some(only) = policy.issuers.only() {
        return Ok(only);
    }
    let claims = Claims::decode(Compact::split(token)?.payload)?;
    let iss = claims.claim("iss").ok_or(Reason::IssuerMissing)?;
    policy
        .issuers
        .of_claim(iss)
        .ok_or(Reason::IssuerNotAccepted)
}

pub(super) fn check_length(policy: &Policy, token: &str) -> Result<(), Reason> {
    if token.len() > policy.max_token_bytes {
        Err(Reason::TokenTooLong)
    } else {
        Ok(())
    }
}

/// The keys to verify with. One that cannot be used verifies nothing.
pub(super) fn keys<'a>(
    issuer: &'a Issuer,
    token: &str,
    found: &'a Found,
) -> Result<&'a [Key], Reason> {
    match &issuer.keys {
        Keys::Fixed(keys) => Ok(keys),
        Keys::ById(_) => {
            key_id(issuer, token)?;
            match found.as_ref().ok_or(Reason::KeyNotFound)? {
                Ok(key) => Ok(slice::from_ref(key)),
                Err(KeyError::Unavailable(_)) => Err(Reason::KeySourceUnavailable),
                Err(_) => Ok(&[]),
            }
        }
    }
}

/// The `kid`, as Jitsi's modules look for it: before anything else of the token is read.
///
/// # Errors
/// [`Reason::NotThreeParts`], [`Reason::KeyHeaderNotBase64Url`], [`Reason::KeyHeaderNotJson`],
/// [`Reason::KeyIdMissing`], [`Reason::AlgorithmMissing`], [`Reason::KeyIdNotText`], [`Reason::AlgorithmNotRsa`].
fn key_id(issuer: &Issuer, token: &str) -> Result<String, Reason> {
    let (header, _) = token.split_once('.').ok_or(Reason::NotThreeParts)?;
    let mut flaws = Vec::new();
    let header = compact::decode(header, &mut flaws).ok_or(Reason::KeyHeaderNotBase64Url)?;
    let header = json::read(&header, &mut flaws)
        .and_then(json::members)
        .ok_or(Reason::KeyHeaderNotJson)?;
    let kid = header.get("kid").ok_or(Reason::KeyIdMissing)?;
    let algorithm = header.get("alg").ok_or(Reason::AlgorithmMissing)?;
    let prefix = key_prefix(issuer);
    let fits = |name: &str| name.starts_with(prefix);
    if !algorithm.as_str().is_some_and(fits) {
        return Err(Reason::AlgorithmNotRsa);
    }
    let kid = kid.as_str().ok_or(Reason::KeyIdNotText)?;
    Ok(kid.to_owned())
}

/// What the `alg` of a token with a `kid` begins with: `RS`, unless the policy asks for another kind of public key.
fn key_prefix(issuer: &Issuer) -> &'static str {
    match issuer.algorithm {
        Some(algorithm) if !algorithm.is_jitsis() => algorithm.prefix(),
        Some(_) | None => Algorithm::Rs256.prefix(),
    }
}

/// A token with all its parts decoded, and none believed.
pub(super) struct Token<'a> {
    signing_input: &'a str,
    header: Header,
    claims: Claims,
    signature: Signature,
}

impl<'a> Token<'a> {
    pub(super) fn decode(token: &'a str) -> Result<Self, Reason> {
        let parts = Compact::split(token)?;
        Ok(Self {
            signing_input: parts.signing_input,
            header: Header::decode(parts.header)?,
            claims: Claims::decode(parts.payload)?,
            signature: Signature::decode(parts.signature)?,
        })
    }
}

/// Jitsi's modules tell their clients no more than whether a signature could be decoded.
impl From<NotVerified> for Reason {
    fn from(why: NotVerified) -> Self {
        match why {
            NotVerified::Malformed => Self::SignatureNotDecodable,
            NotVerified::NoKey(_) | NotVerified::Mismatch => Self::SignatureInvalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::super::issuer::{Accepted, Issuers};
    use super::super::signing::SigningKey;
    use super::*;

    const NOW: i64 = 1_765_139_000;
    const ONE: &[u8] = b"the secret of one issuer, 0123456789";
    const OTHER: &[u8] = b"the secret of the other, 0123456789a";

    fn by_secret(iss: &str, secret: &[u8]) -> Issuer {
        let keys = Keys::Fixed(vec![Key::from_secret(secret).unwrap()]);
        Issuer {
            name: iss.to_owned(),
            audiences: Accepted::Any,
            ..Issuer::strict(iss, Algorithm::Hs256, keys)
        }
    }

    fn by_kid(iss: &str, source: usize) -> Issuer {
        Issuer {
            algorithm: Some(Algorithm::Rs256),
            keys: Keys::ById(SourceId(source)),
            ..by_secret(iss, ONE)
        }
    }

    fn policy(default: Issuer, other: Issuer) -> Policy {
        Policy {
            issuers: Issuers::from(default).with(other),
            ..Policy::example()
        }
    }

    fn sign(secret: &[u8], claims: &Value) -> String {
        let mut all = json!({"aud": "a", "sub": "*", "room": "*", "exp": NOW + 60});
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        let claims: Map<String, Value> = all.as_object().unwrap().clone();
        let key = SigningKey::from_secret(secret);
        key.sign(Algorithm::Hs256, Some("kid"), &claims).unwrap()
    }

    fn verdict(policy: &Policy, token: &str) -> Option<Reason> {
        let presented = Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        };
        decide(policy, presented, &None, Recall::NOTHING, NOW).err()
    }

    #[test]
    fn each_issuer_signs_for_itself_alone() {
        let policy = policy(by_secret("one", ONE), by_secret("other", OTHER));
        for (secret, iss, reason) in [
            (ONE, "one", None),
            (OTHER, "other", None),
            (ONE, "other", Some(Reason::SignatureInvalid)),
            (OTHER, "one", Some(Reason::SignatureInvalid)),
        ] {
            let token = sign(secret, &json!({ "iss": iss }));
            assert_eq!(verdict(&policy, &token), reason, "{iss}");
        }
    }

    #[test]
    fn issuers_with_one_secret_are_judged_each_by_its_own_rules() {
        let lenient = Issuer {
            require_room_claim: false,
            ..by_secret("other", ONE)
        };
        let policy = policy(by_secret("one", ONE), lenient);
        let claims = |iss| json!({"iss": iss, "aud": "a", "sub": "*"});
        let key = SigningKey::from_secret(ONE);
        let token = |iss| {
            let claims = claims(iss);
            key.sign(Algorithm::Hs256, None, claims.as_object().unwrap())
                .unwrap()
        };
        assert_eq!(
            verdict(&policy, &token("one")),
            Some(Reason::RoomClaimMissing)
        );
        assert_eq!(verdict(&policy, &token("other")), None);
    }

    #[test]
    fn a_token_of_no_issuer_is_denied_before_any_key_is_tried() {
        let policy = policy(by_secret("one", ONE), by_secret("other", OTHER));
        for (claims, reason) in [
            (json!({}), Reason::IssuerMissing),
            (json!({"iss": "third"}), Reason::IssuerNotAccepted),
            (json!({"iss": "One"}), Reason::IssuerNotAccepted),
            (json!({"iss": ["one"]}), Reason::IssuerNotAccepted),
            (json!({"iss": null}), Reason::IssuerNotAccepted),
        ] {
            let token = sign(b"nobody's secret", &claims);
            assert_eq!(verdict(&policy, &token), Some(reason), "{claims}");
            assert!(wanted_key(&policy, &token).is_none(), "{claims}");
        }
        assert_eq!(verdict(&policy, "a.b"), Some(Reason::NotThreeParts));
        assert_eq!(verdict(&policy, "a.$.c"), Some(Reason::PayloadNotDecodable));
    }

    #[test]
    fn a_kid_is_looked_for_in_the_sources_of_the_tokens_issuer() {
        let policy = policy(by_kid("one", 0), by_kid("other", 1));
        for (iss, source) in [("one", 0), ("other", 1)] {
            let key = sign_rsa(&json!({ "iss": iss }));
            let wanted = wanted_key(&policy, &key).unwrap();
            assert_eq!((wanted.source, &*wanted.kid), (SourceId(source), "kid"));
        }
    }

    /// Only the header and `iss` are looked at for the key.
    fn sign_rsa(claims: &Value) -> String {
        use base64::Engine as _;
        use base64::prelude::BASE64_URL_SAFE_NO_PAD;

        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "kid"});
        format!("{}.{}.AAAA", encode(&header), encode(claims))
    }

    #[test]
    fn a_host_with_one_issuer_does_not_ask_the_token_for_it() {
        let policy = Policy {
            issuers: Issuers::from(by_kid("one", 0)),
            ..Policy::example()
        };
        for claims in [json!({}), json!({"iss": "third"}), json!([])] {
            assert!(
                wanted_key(&policy, &sign_rsa(&claims)).is_some(),
                "{claims}"
            );
        }
    }
}
