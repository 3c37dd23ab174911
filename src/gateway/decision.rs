//! The decision: Kong's checks, in Kong's order, and after them what is beyond.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::credentials::{Credentials, Known, Material, Verifying};
use super::described::Described;
use super::identity::{self, Identity};
use super::located;
use super::parsed::Parsed;
use super::refusal::{ExpirationFault, NotBeforeFault, Refusal};
use super::seen::{Seen, SeenToken};
use super::settings::{RequiredClaim, Settings, TimesToVerify};
use crate::token::claims::{Claims, VerifiedClaims};
use crate::token::decision::Found;
use crate::token::header::Header;
use crate::token::key::{Key, KeyError};
use crate::token::recall::Recall;
use crate::token::revocation::in_force::OfHost;
use crate::token::signature;

/// What a gateway goes by.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What it asks for.
    pub settings: &'a Settings,
    /// Whose tokens go through, the first set that has a key before the others.
    pub credentials: &'a [&'a Credentials],
    /// Whether keys are looked up where they are published, by `kid`, and credentials for nothing but `anonymous`.
    pub has_published_keys: bool,
}

/// What a decision goes by besides rules and request.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// In Unix seconds.
    pub now: i64,
    /// What is remembered of signatures by keys that are published.
    pub recall: Recall<'a>,
    /// What is remembered of tokens that credentials verify.
    pub seen: &'a Seen,
    /// What was taken back, where anything can be.
    pub revocations: Option<OfHost<'a>>,
}

/// A request, with what of its token can be known before a key is there.
pub struct Opened<'a> {
    rules: Rules<'a>,
    token: Result<Option<Cow<'a, str>>, Refusal>,
}

impl<'a> Opened<'a> {
    /// Looks for the request's token.
    #[must_use]
    pub fn new(rules: Rules<'a>, request: &Described<'a>) -> Self {
        let is_preflight = request.method == "OPTIONS" && !rules.settings.run_on_preflight;
        let token = if is_preflight {
            Ok(None)
        } else {
            located::token(rules.settings, request).map(Some)
        };
        Self { rules, token }
    }

    /// The token, where there is one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().ok()?.as_deref()
    }

    /// The `kid` whose key is needed, where keys are published.
    #[must_use]
    pub fn wanted_kid(&self) -> Option<String> {
        if !self.rules.has_published_keys {
            return None;
        }
        let parsed = Parsed::read(self.token()?).ok()?;
        let kid = parsed.header.member("kid")?.as_str()?;
        Some(kid.to_owned())
    }

    /// Who asks, or why the request is refused; and why the token does not count of somebody who goes through as anonymous, if there was one.
    /// `found` is the key that was wanted.
    pub fn decide(
        &self,
        found: &Found,
        at: &Moment<'_>,
    ) -> (Result<Identity, Refusal>, Option<Refusal>) {
        let rules = self.rules;
        let decided = match &self.token {
            Ok(None) => Ok(Identity::default()),
            Ok(Some(token)) if rules.has_published_keys => rules.by_published_key(token, found, at),
            Ok(Some(token)) => rules.by_credential(token, at),
            Err(refusal) => Err(refusal.clone()),
        };
        match (decided, &rules.settings.anonymous) {
            (Err(refusal), Some(anonymous)) if refusal.status() == 401 => {
                let overlooked = (refusal != Refusal::Unauthorized).then_some(refusal);
                (rules.anonymous(anonymous), overlooked)
            }
            (decided, _) => (decided, None),
        }
    }
}

impl Rules<'_> {
    fn by_credential(&self, token: &str, at: &Moment<'_>) -> Result<Identity, Refusal> {
        let seen = match self.seen(token, at) {
            Some(seen) => seen,
            None => self.verified(token, at)?,
        };
        let SeenToken { header, claims, .. } = &*seen;
        self.check(token, header, claims, at)?;
        let consumer = self.find(&seen.key).and_then(|(_, owner)| owner);
        let consumer = consumer.ok_or_else(|| Refusal::NoConsumer {
            claim: self.settings.key_claim_name.clone(),
            key: seen.key.clone(),
        })?;
        self.beyond(claims)?;
        Ok(Identity {
            consumer: Some(Arc::clone(consumer)),
            credential: Some(seen.key.clone()),
            ..self.identity(claims)
        })
    }

    /// The token as it was verified before, if the credential that it names is still the same.
    fn seen(&self, token: &str, at: &Moment<'_>) -> Option<Arc<SeenToken>> {
        let seen = at.seen.find(token)?;
        let (verifying, _) = self.find(&seen.key)?;
        Arc::ptr_eq(verifying, &seen.verifying).then_some(seen)
    }

    fn verified(&self, token: &str, at: &Moment<'_>) -> Result<Arc<SeenToken>, Refusal> {
        let parsed = Parsed::read(token)?;
        let claim = &self.settings.key_claim_name;
        let key = key_of(claim, &parsed.header, &parsed.claims)?;
        let (verifying, _) = self.find(&key).ok_or_else(|| Refusal::NoCredential {
            claim: claim.clone(),
        })?;
        if parsed.algorithm != verifying.algorithm {
            return Err(Refusal::Algorithm);
        }
        let verifier = self.verifier(verifying)?;
        let (header, claims) = vouched(parsed, &verifier, Recall::NOTHING)?;
        let seen = Arc::new(SeenToken {
            key,
            verifying: Arc::clone(verifying),
            header,
            claims,
        });
        at.seen.remember(token, &seen);
        Ok(seen)
    }

    /// Who issued it, and for whom, is all that says whose a token is.
    fn by_published_key(
        &self,
        token: &str,
        found: &Found,
        at: &Moment<'_>,
    ) -> Result<Identity, Refusal> {
        let parsed = Parsed::read(token)?;
        if !self.settings.beyond.algorithms.contains(&parsed.algorithm) {
            return Err(Refusal::Algorithm);
        }
        let key = match found {
            Some(Ok(key)) => key,
            Some(Err(KeyError::Unavailable(_))) => return Err(Refusal::KeysUnavailable),
            Some(Err(_)) => return Err(Refusal::KeyUnusable),
            None => {
                let claim = "kid".to_owned();
                return Err(match parsed.header.member("kid") {
                    Some(Value::String(_)) => Refusal::NoCredential { claim },
                    Some(_) | None => Refusal::KeyMissing { claim },
                });
            }
        };
        let (header, claims) = vouched(parsed, key, at.recall)?;
        self.check(token, &header, &claims, at)?;
        self.beyond(&claims)?;
        Ok(self.identity(&claims))
    }

    /// The credential with this key, and whose it is.
    pub(super) fn find(&self, key: &str) -> Option<(&Arc<Verifying>, Option<&Arc<Known>>)> {
        let mut sets = self.credentials.iter();
        sets.find_map(|set| {
            let verifying = set.find(key)?;
            Some((verifying, set.consumer(&verifying.consumer)))
        })
    }

    pub(super) fn verifier(&self, verifying: &Verifying) -> Result<Key, Refusal> {
        match &verifying.material {
            Material::Public(key) => Ok(key.clone()),
            Material::Unusable(_) => Err(Refusal::KeyUnusable),
            Material::Secret(secret) => {
                let bytes = secret_bytes(secret.text(), self.settings.secret_is_base64);
                let key = bytes.and_then(|bytes| Key::from_secret(&bytes).ok());
                key.ok_or(Refusal::KeyUnusable)
            }
        }
    }

    /// Times, and whether the token was taken back.
    fn check(
        &self,
        token: &str,
        header: &Header,
        claims: &Claims,
        at: &Moment<'_>,
    ) -> Result<(), Refusal> {
        check_times(self.settings.claims_to_verify, claims, at.now)?;
        check_maximum(self.settings.maximum_expiration, claims, at.now)?;
        let Some(revocations) = &at.revocations else {
            return Ok(());
        };
        let (signing_input, _) = token.rsplit_once('.').unwrap_or_default();
        let revoked = revocations.check_token(signing_input, header, claims, at.now);
        revoked.map_err(|_| Refusal::Revoked)
    }

    /// What Kong's plugin does not ask for.
    fn beyond(&self, claims: &Claims) -> Result<(), Refusal> {
        let beyond = &self.settings.beyond;
        let named =
            |names: &[String], claim| names.is_empty() || has_one(claims.claim(claim), names);
        if !named(&beyond.issuers, "iss") {
            return Err(Refusal::Issuer);
        }
        if !named(&beyond.audiences, "aud") {
            return Err(Refusal::Audience);
        }
        let mut required = beyond.required_claims.iter();
        let lacking = required.find(|required| !is_met(required, claims));
        lacking.map_or(Ok(()), |lacking| {
            let place = lacking.place.to_string();
            Err(Refusal::RequiredClaim { place })
        })
    }

    fn identity(&self, claims: &Claims) -> Identity {
        Identity {
            claims: identity::of_claims(&self.settings.beyond.headers, claims.members()),
            ..Identity::default()
        }
    }

    fn anonymous(&self, name: &str) -> Result<Identity, Refusal> {
        let mut sets = self.credentials.iter();
        let consumer = sets.find_map(|set| set.consumer_called(name));
        let consumer = consumer.ok_or_else(|| Refusal::NoAnonymous(name.to_owned()))?;
        Ok(Identity {
            consumer: Some(Arc::clone(consumer)),
            is_anonymous: true,
            ..Identity::default()
        })
    }
}

/// Header and claims, whose signature is this key's.
fn vouched(
    parsed: Parsed<'_>,
    key: &Key,
    recall: Recall<'_>,
) -> Result<(Header, VerifiedClaims), Refusal> {
    let Parsed {
        signing_input,
        header,
        claims,
        signature,
        algorithm,
    } = parsed;
    let keys = std::slice::from_ref(key);
    let claims = signature::verify(signing_input, &signature, claims, keys, algorithm, recall);
    let claims = claims.map_err(|_| Refusal::Signature)?;
    Ok((header, claims))
}

/// What names the credential: a claim, or else a member of the header. Lua takes `false` for nothing.
pub(super) fn key_of(claim: &str, header: &Header, claims: &Claims) -> Result<String, Refusal> {
    let is_there = |value: &&Value| !matches!(value, Value::Null | Value::Bool(false));
    let of_claims = claims.claim(claim).filter(is_there);
    let found = of_claims.or_else(|| header.member(claim).filter(is_there));
    let claim = || claim.to_owned();
    match found {
        None => Err(Refusal::KeyMissing { claim: claim() }),
        Some(Value::String(key)) if key.is_empty() => Err(Refusal::KeyEmpty { claim: claim() }),
        Some(Value::String(key)) => Ok(key.clone()),
        Some(_) => Err(Refusal::NoCredential { claim: claim() }),
    }
}

/// The bytes of a secret: its text, or what the text is base64 of, in either alphabet.
#[must_use]
pub fn secret_bytes(text: &str, is_base64: bool) -> Option<Vec<u8>> {
    if !is_base64 {
        return Some(text.as_bytes().to_vec());
    }
    let standard = text.replace('-', "+").replace('_', "/");
    EITHER.decode(standard).ok()
}

const EITHER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All that is wrong is told at once.
pub(super) fn check_times(verify: TimesToVerify, claims: &Claims, now: i64) -> Result<(), Refusal> {
    let time = |name| claims.claim(name).and_then(Value::as_f64);
    let expiration = verify.expiration.then(|| match time("exp") {
        None => Some(ExpirationFault::NotNumber),
        Some(expiration) => (expiration <= seconds(now)).then_some(ExpirationFault::Expired),
    });
    let not_before = verify.not_before.then(|| match time("nbf") {
        None => Some(NotBeforeFault::NotNumber),
        Some(not_before) => (not_before > seconds(now)).then_some(NotBeforeFault::ToCome),
    });
    let (expiration, not_before) = (expiration.flatten(), not_before.flatten());
    if expiration.is_none() && not_before.is_none() {
        return Ok(());
    }
    Err(Refusal::Times {
        expiration,
        not_before,
    })
}

pub(super) fn check_maximum(
    maximum: Option<u32>,
    claims: &Claims,
    now: i64,
) -> Result<(), Refusal> {
    let Some(maximum) = maximum else {
        return Ok(());
    };
    let ahead = claims.claim("exp").and_then(Value::as_f64);
    let ahead = ahead.map(|expiration| expiration - seconds(now));
    if ahead.is_some_and(|ahead| ahead <= f64::from(maximum)) {
        Ok(())
    } else {
        Err(Refusal::MaximumExpiration)
    }
}

/// Whether a claim is one of these texts, or a list that has one.
pub(super) fn has_one(claim: Option<&Value>, accepted: &[String]) -> bool {
    let is_accepted = |text: &Value| {
        text.as_str()
            .is_some_and(|text| accepted.iter().any(|one| one == text))
    };
    match claim {
        Some(Value::Array(items)) => items.iter().any(is_accepted),
        Some(value) => is_accepted(value),
        None => false,
    }
}

pub(super) fn is_met(required: &RequiredClaim, claims: &Claims) -> bool {
    match required.place.find(claims.members()) {
        Some(Value::Array(items)) if !required.value.is_array() => items.contains(&required.value),
        Some(value) => *value == required.value,
        None => false,
    }
}

/// Times are far below what a float has whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "times are far below what a float has whole"
)]
const fn seconds(time: i64) -> f64 {
    time as f64
}
