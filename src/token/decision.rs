//! The token's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use std::slice;

use super::algorithm::Algorithm;
use super::checks::{self, Circumstances};
use super::claims::{Claims, VerifiedClaims};
use super::compact::{self, Compact};
use super::expiry::{self, SessionExpiry};
use super::header::Header;
use super::issuer::{Issuer, Keys, SourceId};
use super::json;
use super::key::{Key, KeyError};
use super::once::{self, Use};
use super::policy::Policy;
use super::reason::Reason;
use super::recall::Recall;
use super::revocation::in_force::OfHost;
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
    /// When it is to be asked about again, in Unix seconds, where its token's end matters.
    pub check_again_at: Option<i64>,
    /// What tells that the token has been used, where it may be used once.
    pub once: Option<Box<Use>>,
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

/// What is known at the moment of a decision, beside policy and key.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The host's name.
    pub host: &'a str,
    /// What need not be verified again.
    pub recall: Recall<'a>,
    /// What was taken back, where anything can be.
    pub revocations: Option<OfHost<'a>>,
}

impl Moment<'_> {
    /// A moment at which nothing is remembered, and nothing was taken back.
    #[must_use]
    pub const fn at(now: i64) -> Self {
        Self {
            now,
            host: "",
            recall: Recall::NOTHING,
            revocations: None,
        }
    }
}

/// Decides whether a client may authenticate; `found` is what there is for [`Opened::wanted_key`].
///
/// # Errors
/// The reason of the first check that fails.
pub fn decide(
    policy: &Policy,
    presented: Presented<'_>,
    found: &Found,
    moment: &Moment<'_>,
) -> Result<Admission, Reason> {
    Opened::new(policy, presented).decide(found, moment)
}

/// A decision that has got as far as it can before a key is looked for.
pub struct Opened<'a> {
    policy: &'a Policy,
    presented: Presented<'a>,
    /// By whom the token is judged, where there is a token.
    selected: Option<Result<Selected<'a>, Reason>>,
}

/// The issuer by which a token is judged.
struct Selected<'a> {
    token: &'a str,
    issuer: &'a Issuer,
    expiry: SessionExpiry,
    /// The token's claims, where the issuer is found by them.
    claims: Option<Claims>,
    /// The name of the key, where the issuer's keys have names.
    kid: Option<Result<String, Reason>>,
}

impl<'a> Opened<'a> {
    /// Finds out by whom the token is judged, and which key it needs.
    #[must_use]
    pub fn new(policy: &'a Policy, presented: Presented<'a>) -> Self {
        Self {
            policy,
            presented,
            selected: presented.token.map(|token| Selected::new(policy, token)),
        }
    }

    /// The issuer by which the token is judged, where there is one.
    #[must_use]
    pub fn issuer(&self) -> Option<&'a Issuer> {
        let selected = self.selected.as_ref()?.as_ref().ok()?;
        Some(selected.issuer)
    }

    /// The key that the decision needs, where it needs one.
    #[must_use]
    pub fn wanted_key(&self) -> Option<WantedKey<'_>> {
        let selected = self.selected.as_ref()?.as_ref().ok()?;
        match selected.issuer.keys {
            Keys::Fixed(_) => None,
            Keys::ById(source) => Some(WantedKey {
                source,
                kid: selected.kid.as_ref()?.as_ref().ok()?,
            }),
        }
    }

    /// Decides, as [`decide`] does.
    ///
    /// # Errors
    /// The reason of the first check that fails.
    pub fn decide(self, found: &Found, moment: &Moment<'_>) -> Result<Admission, Reason> {
        let Some(selected) = self.selected else {
            return admit_guest(self.policy, self.presented.other_scheme);
        };
        let selected = selected?;
        let given = Circumstances {
            issuer: selected.issuer,
            compares_subject: self.policy.rooms.verify_domain,
            context_required: self.presented.context_required,
            now: moment.now,
        };
        selected.decide(&given, found, moment)
    }
}

impl<'a> Selected<'a> {
    fn new(policy: &'a Policy, token: &'a str) -> Result<Self, Reason> {
        check_length(policy, token)?;
        let (issuer, claims) = select(policy, token)?;
        let kid = match issuer.keys {
            Keys::Fixed(_) => None,
            Keys::ById(_) => Some(key_id(issuer, token)),
        };
        Ok(Self {
            token,
            issuer,
            expiry: policy.expiry,
            claims,
            kid,
        })
    }

    fn decide(
        self,
        given: &Circumstances<'_>,
        found: &Found,
        moment: &Moment<'_>,
    ) -> Result<Admission, Reason> {
        let issuer = self.issuer;
        if let Some(kid) = self.kid {
            kid?;
        }
        let keys = found_keys(issuer, found)?;
        let accepted = &issuer.algorithms;
        if accepted.is_empty() {
            return Err(Reason::AlgorithmNotSupported);
        }
        let token = Token::decode(self.token, self.claims)?;
        token.header.check_type(&issuer.types)?;
        let algorithm = token.header.algorithm(accepted)?;
        let (input, signature) = (token.signing_input, &token.signature);
        let recall = moment.recall.of_issuer(&issuer.name);
        let claims = signature::verify(input, signature, token.claims, keys, algorithm, recall)?;
        let claims = claims.issued_by(issuer);
        checks::claims(&claims, given)?;
        let session = Session::from_claims(&claims)?;
        checks::standards(Some(&token.header), Some(&token.signature), Some(&claims))?;
        if let Some(revocations) = moment.revocations {
            revocations.check_token(input, &token.header, &claims, moment.now)?;
        }
        let once = once::of(moment.host, issuer, &claims);
        let check_again_at = expiry::check_again_at(self.expiry, issuer, &claims);
        Ok(Admission::Member(Box::new(Member {
            claims,
            session,
            check_again_at,
            once,
        })))
    }
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
pub struct WantedKey<'a> {
    /// Where it is looked for: the source of the issuer by which the token is judged.
    pub source: SourceId,
    /// Its name.
    pub kid: &'a str,
}

/// The issuer by which a token is judged.
///
/// A host with several has to read `iss` before the signature is verified. That gives nothing away: who claims to be
/// another issuer is judged by that one's keys. A host with one issuer does not read it, and keeps Jitsi's order.
///
/// # Errors
/// With several issuers [`Reason::NotThreeParts`], [`Reason::PayloadNotDecodable`], [`Reason::IssuerMissing`],
/// [`Reason::IssuerNotAccepted`].
pub fn issuer<'a>(policy: &'a Policy, token: &str) -> Result<&'a Issuer, Reason> {
    select(policy, token).map(|(issuer, _)| issuer)
}

fn select<'a>(policy: &'a Policy, token: &str) -> Result<(&'a Issuer, Option<Claims>), Reason> {
    let issuers = &policy.issuers;
    if let Some(only) = issuers.only() {
        return Ok((only, None));
    }
    let claims = Claims::decode(Compact::split(token)?.payload)?;
    let iss = claims.claim("iss").ok_or(Reason::IssuerMissing)?;
    let issuer = issuers.of_claim(iss).ok_or(Reason::IssuerNotAccepted)?;
    Ok((issuer, Some(claims)))
}

pub(super) fn check_length(policy: &Policy, token: &str) -> Result<(), Reason> {
    if token.len() > policy.max_token_bytes {
        Err(Reason::TokenTooLong)
    } else {
        Ok(())
    }
}

/// The keys to verify with; of those that go by name the one that the token names.
pub(super) fn keys<'a>(
    issuer: &'a Issuer,
    token: &str,
    found: &'a Found,
) -> Result<&'a [Key], Reason> {
    if matches!(issuer.keys, Keys::ById(_)) {
        key_id(issuer, token)?;
    }
    found_keys(issuer, found)
}

/// The keys to verify with. One that cannot be used verifies nothing.
fn found_keys<'a>(issuer: &'a Issuer, found: &'a Found) -> Result<&'a [Key], Reason> {
    match &issuer.keys {
        Keys::Fixed(keys) => Ok(keys),
        Keys::ById(_) => match found.as_ref().ok_or(Reason::KeyNotFound)? {
            Ok(key) => Ok(slice::from_ref(key)),
            Err(KeyError::Unavailable(_)) => Err(Reason::KeySourceUnavailable),
            Err(_) => Ok(&[]),
        },
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
    let fits = |name: &str| key_prefixes(issuer).any(|prefix| name.starts_with(prefix));
    if !algorithm.as_str().is_some_and(fits) {
        return Err(Reason::AlgorithmNotRsa);
    }
    let kid = kid.as_str().ok_or(Reason::KeyIdNotText)?;
    Ok(kid.to_owned())
}

/// What the `alg` of a token with a `kid` begins with: `RS`, unless the policy asks for other kinds of public keys.
fn key_prefixes(issuer: &Issuer) -> impl Iterator<Item = &'static str> {
    let accepted = issuer.algorithms.iter();
    let others = accepted.filter(|algorithm| !algorithm.is_jitsis());
    let others = others.map(|algorithm| algorithm.prefix());
    let has_jitsis =
        issuer.algorithms.is_empty() || issuer.algorithms.iter().any(|one| one.is_jitsis());
    let usual = has_jitsis.then(|| Algorithm::Rs256.prefix());
    usual.into_iter().chain(others)
}

/// A token with all its parts decoded, and none believed.
pub(super) struct Token<'a> {
    signing_input: &'a str,
    header: Header,
    claims: Claims,
    signature: Signature,
}

impl<'a> Token<'a> {
    /// Takes the claims where they are decoded already.
    pub(super) fn decode(token: &'a str, claims: Option<Claims>) -> Result<Self, Reason> {
        let parts = Compact::split(token)?;
        Ok(Self {
            signing_input: parts.signing_input,
            header: Header::decode(parts.header)?,
            claims: claims.map_or_else(|| Claims::decode(parts.payload), Ok)?,
            signature: Signature::decode(parts.signature)?,
        })
    }
}

/// A token whose signature is the issuer's. Of its claims nothing is checked.
pub(super) struct Vouched {
    pub header: Header,
    pub signature: Signature,
    pub claims: VerifiedClaims,
}

/// Verifies the signature of a token that decides on nobody's session, by the issuer's keys and algorithms.
pub(super) fn vouched(issuer: &Issuer, token: &str, found: &Found) -> Result<Vouched, Reason> {
    let keys = keys(issuer, token, found)?;
    let token = Token::decode(token, None)?;
    let algorithm = token.header.algorithm(&issuer.algorithms)?;
    let (input, signature) = (token.signing_input, &token.signature);
    let nothing = Recall::NOTHING;
    let claims = signature::verify(input, signature, token.claims, keys, algorithm, nothing)?;
    Ok(Vouched {
        header: token.header,
        signature: token.signature,
        claims,
    })
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
            algorithms: vec![Algorithm::Rs256],
            keys: Keys::ById(SourceId(source)),
            ..by_secret(iss, ONE)
        }
    }

    fn policy(default: Issuer, other: Issuer) -> Policy {
        Policy {
            issuers: Issuers::new(default, vec![other]),
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

    fn presented(token: &str) -> Presented<'_> {
        Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        }
    }

    /// The source and the name of the key that a token wants.
    fn wanted(policy: &Policy, token: &str) -> Option<(SourceId, String)> {
        let opened = Opened::new(policy, presented(token));
        let wanted = opened.wanted_key()?;
        Some((wanted.source, wanted.kid.to_owned()))
    }

    fn verdict(policy: &Policy, token: &str) -> Option<Reason> {
        decide(policy, presented(token), &None, &Moment::at(NOW)).err()
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
            assert_eq!(wanted(&policy, &token), None, "{claims}");
        }
        assert_eq!(verdict(&policy, "a.b"), Some(Reason::NotThreeParts));
        assert_eq!(verdict(&policy, "a.$.c"), Some(Reason::PayloadNotDecodable));
    }

    #[test]
    fn a_kid_is_looked_for_in_the_sources_of_the_tokens_issuer() {
        let policy = policy(by_kid("one", 0), by_kid("other", 1));
        for (iss, source) in [("one", 0), ("other", 1)] {
            let token = sign_rsa(&json!({ "iss": iss }));
            let found = wanted(&policy, &token);
            assert_eq!(found, Some((SourceId(source), "kid".to_owned())));
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
            assert!(wanted(&policy, &sign_rsa(&claims)).is_some(), "{claims}");
        }
    }
}
