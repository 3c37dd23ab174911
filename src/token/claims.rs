//! The claims set (RFC 7519 section 4), as it is read and once its signature is verified.

use std::ops::Deref;

use serde_json::{Map, Value};

use super::issuer::{Accepted, Issuer, LifetimePolicy};
use super::lifetime::Lifetime;
use super::reason::{Flaw, Reason};
use super::signature::Proof;
use super::{compact, json};

/// Decoded claims that nobody has vouched for.
#[derive(Clone)]
pub struct Claims {
    members: Map<String, Value>,
    flaws: Vec<Flaw>,
    /// The bytes that they have in the token.
    encoded_bytes: usize,
}

/// Claims whose signature is verified. Only [`super::signature::verify`] makes them.
#[derive(Clone)]
pub struct VerifiedClaims {
    claims: Claims,
}

impl VerifiedClaims {
    pub(super) const fn new(claims: Claims, _proof: Proof) -> Self {
        Self { claims }
    }

    /// The claims as this issuer's mapping and bounds make them.
    pub(super) fn issued_by(self, issuer: &Issuer) -> Self {
        Self {
            claims: self.claims.issued_by(issuer),
        }
    }

    /// All members.
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        self.claims.members
    }
}

impl Deref for VerifiedClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.claims
    }
}

impl Claims {
    /// What a token says for which nobody has vouched: nothing where it is none, or longer than any that is let in.
    #[must_use]
    pub fn unverified(token: &str) -> Option<Self> {
        if token.len() > LONGEST_READ {
            return None;
        }
        let parts = compact::Compact::split(token).ok()?;
        Self::decode(parts.payload).ok()
    }

    /// Decodes the second part of a token.
    ///
    /// # Errors
    /// [`Reason::PayloadNotDecodable`].
    pub fn decode(part: &str) -> Result<Self, Reason> {
        let mut flaws = Vec::new();
        let members = compact::decode(part, &mut flaws)
            .and_then(|bytes| json::read(&bytes, &mut flaws))
            .and_then(json::members)
            .ok_or(Reason::PayloadNotDecodable)?;
        Ok(Self {
            members,
            flaws,
            encoded_bytes: part.len(),
        })
    }

    /// The claims as this issuer's mapping and bounds make them: Jitsi's names for what stands elsewhere, and no feature
    /// that the issuer cannot grant.
    #[must_use]
    pub(super) fn issued_by(mut self, issuer: &Issuer) -> Self {
        if let Some(mapping) = &issuer.mapping {
            mapping.apply(&mut self.members);
            // They are of another length than in the token.
            self.encoded_bytes = usize::MAX;
        }
        issuer.bounds.take_out_features(&mut self.members);
        self
    }

    /// All of them together must fit into an answer.
    ///
    /// # Errors
    /// [`Reason::ClaimsTooLong`].
    pub fn check_size(&self) -> Result<(), Reason> {
        // Those of the usual token need not be written out for this: they become no five times as long. Numbers become
        // longest, as 1e15 does in 1000000000000000.0.
        if self.encoded_bytes <= MAX_BYTES / 5 || self.bytes() <= MAX_BYTES {
            Ok(())
        } else {
            Err(Reason::ClaimsTooLong)
        }
    }

    /// Their length as JSON; without end where there is none.
    pub(super) fn bytes(&self) -> usize {
        serde_json::to_string(&self.members).map_or(usize::MAX, |text| text.len())
    }

    /// All claims, for explanations.
    pub(super) fn into_members(self) -> Map<String, Value> {
        self.members
    }

    /// All claims, as they stand in the token.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// One claim, as it stands in the token; a JSON null is there.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// `exp`, in Unix seconds.
    ///
    /// # Errors
    /// [`Reason::ExpirationNotNumber`].
    pub fn expiration(&self) -> Result<Option<f64>, Reason> {
        self.time("exp", Reason::ExpirationNotNumber)
    }

    /// `nbf`, in Unix seconds.
    ///
    /// # Errors
    /// [`Reason::NotBeforeNotNumber`].
    pub fn not_before(&self) -> Result<Option<f64>, Reason> {
        self.time("nbf", Reason::NotBeforeNotNumber)
    }

    pub(super) fn check_expiration(&self, now: i64, policy: LifetimePolicy) -> Result<(), Reason> {
        let now = seconds(now);
        match self.expiration()? {
            Some(expiration) if now >= expiration + policy.leeway => {
                Err(Reason::Expired(Lifetime {
                    expired_for: now - expiration,
                    valid_for: self.issued_at().map(|issued| expiration - issued),
                }))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn check_not_before(&self, now: i64, policy: LifetimePolicy) -> Result<(), Reason> {
        match self.not_before()? {
            Some(not_before) if seconds(now) < not_before - policy.leeway => {
                Err(Reason::NotYetValid(not_before - seconds(now)))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn check_length(&self, now: i64, policy: LifetimePolicy) -> Result<(), Reason> {
        if policy.longest.is_none() && !policy.require_expiration {
            return Ok(());
        }
        let expiration = self.expiration()?.ok_or(Reason::ExpirationMissing)?;
        let Some(longest) = policy.longest else {
            return Ok(());
        };
        // It counts from now at the latest, or else an issue date in the future would make any token a short one.
        let now = seconds(now);
        let begin = self.issued_at().or(self.not_before()?);
        let lifetime = expiration - begin.map_or(now, |begin| begin.min(now));
        if lifetime > longest {
            Err(Reason::LifetimeTooLong(lifetime))
        } else {
            Ok(())
        }
    }

    fn issued_at(&self) -> Option<f64> {
        self.claim("iat").and_then(Value::as_f64)
    }

    /// `iss` must be there and accepted.
    ///
    /// # Errors
    /// [`Reason::IssuerMissing`], [`Reason::IssuerNotAccepted`].
    pub fn check_issuer(&self, accepted: &Accepted) -> Result<(), Reason> {
        let issuer = self.claim("iss").ok_or(Reason::IssuerMissing)?;
        if accepted.contains(issuer) {
            Ok(())
        } else {
            Err(Reason::IssuerNotAccepted)
        }
    }

    /// `aud`, or the claim that stands for it, must be there and accepted; an array passes where any audience does, or where
    /// `array` is set and one member is accepted.
    ///
    /// # Errors
    /// [`Reason::AudienceMissing`], [`Reason::AudienceNotAccepted`].
    pub fn check_audience(
        &self,
        claim: &str,
        accepted: &Accepted,
        array: bool,
    ) -> Result<(), Reason> {
        let audience = self.claim(claim).ok_or(Reason::AudienceMissing)?;
        let members = audience.as_array().filter(|_| array);
        let member_accepted =
            || members.is_some_and(|all| all.iter().any(|one| accepted.contains(one)));
        if accepted.contains(audience) || member_accepted() {
            Ok(())
        } else {
            Err(Reason::AudienceNotAccepted)
        }
    }

    /// `room` must be there where the policy requires it.
    ///
    /// # Errors
    /// [`Reason::RoomClaimMissing`].
    pub fn check_room(&self, required: bool) -> Result<(), Reason> {
        if required && self.claim("room").is_none() {
            Err(Reason::RoomClaimMissing)
        } else {
            Ok(())
        }
    }

    /// `sub` must be there.
    ///
    /// # Errors
    /// [`Reason::SubjectMissing`].
    pub fn check_subject(&self) -> Result<(), Reason> {
        self.claim("sub")
            .map_or(Err(Reason::SubjectMissing), |_| Ok(()))
    }

    /// `context`, which must be an object where it is there.
    ///
    /// # Errors
    /// [`Reason::ContextNotObject`].
    pub fn context(&self) -> Result<Option<&Map<String, Value>>, Reason> {
        let Some(context) = self.claim("context") else {
            return Ok(None);
        };
        let context = context.as_object().ok_or(Reason::ContextNotObject)?;
        Ok(Some(context))
    }

    /// `context` must be there where the session requires it.
    ///
    /// # Errors
    /// [`Reason::ContextMissing`].
    pub fn check_context(&self, required: bool) -> Result<(), Reason> {
        if required && self.claim("context").is_none() {
            Err(Reason::ContextMissing)
        } else {
            Ok(())
        }
    }

    /// Finds the first rule of the standards that the claims break.
    ///
    /// # Errors
    /// [`Reason::Flawed`].
    pub fn check_conformance(&self) -> Result<(), Reason> {
        let flaw = self.spelling_flaw();
        let flaw = flaw.or_else(|| self.wrong_type());
        flaw.map_or(Ok(()), |flaw| Err(Reason::Flawed(flaw)))
    }

    /// What of JSON or base64url they break first, whatever their values are.
    #[must_use]
    pub fn spelling_flaw(&self) -> Option<Flaw> {
        self.flaws.first().copied()
    }

    /// The first claim that is not of its type. Nearly always there is none, which one walk through the members tells.
    fn wrong_type(&self) -> Option<Flaw> {
        let mut members = self.members.iter();
        if members.all(|(name, value)| conforms(name, value)) {
            return None;
        }
        let is_wrong = |name: &&str| {
            let value = self.claim(name);
            value.is_some_and(|value| !conforms(name, value))
        };
        TYPED.into_iter().find(is_wrong).map(Flaw::ClaimType)
    }

    fn time(&self, name: &str, otherwise: Reason) -> Result<Option<f64>, Reason> {
        match self.claim(name) {
            // Lua takes false for absent; the conformance check denies it later.
            None | Some(Value::Bool(false)) => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(otherwise),
        }
    }
}

/// Whether a claim is of the type that RFC 7519 section 4.1 gives it, or Jitsi's token contract for `room`.
fn conforms(name: &str, value: &Value) -> bool {
    match name {
        "iss" | "sub" | "jti" | "room" => value.is_string(),
        "exp" | "nbf" | "iat" => value.is_number(),
        "aud" => is_audience(value),
        _ => true,
    }
}

/// The claims that have a type, in the order in which a wrong one is told.
const TYPED: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "room"];

fn is_audience(value: &Value) -> bool {
    value.is_string()
        || value
            .as_array()
            .is_some_and(|members| members.iter().all(Value::is_string))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Unix seconds are exact in an f64 for 285 million years"
)]
const fn seconds(now: i64) -> f64 {
    now as f64
}

/// The longest claims, as JSON. An answer has them twice, as claims and as a session's fields, and Prosody takes no answer
/// above 64 KiB.
pub const MAX_BYTES: usize = 24_576;

/// In bytes, of a token that is looked at though nobody has vouched for it.
pub const LONGEST_READ: usize = 65_536;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::super::checks::{Circumstances, ClaimCheck};
    use super::super::policy::Policy;
    use super::*;

    const NOW: i64 = 1_765_139_000;

    fn claims(value: &Value) -> Claims {
        Claims::decode(&URL_SAFE_NO_PAD.encode(value.to_string()))
            .unwrap_or_else(|_| panic!("{value}"))
    }

    fn check_times(value: &Value, lifetime: LifetimePolicy) -> Result<(), Reason> {
        let policy = Policy::example().with_issuer(|issuer| issuer.lifetime = lifetime);
        let given = Circumstances {
            issuer: policy.issuers.first(),
            compares_subject: policy.rooms.verify_domain,
            context_required: false,
            now: NOW,
        };
        let mut checks = ClaimCheck::ALL.iter();
        let mut of_times = checks
            .by_ref()
            .take_while(|check| **check != ClaimCheck::Issuer);
        of_times.try_for_each(|check| check.check(&claims(value), &given))
    }

    #[test]
    fn a_payload_that_is_no_json_object_is_not_decoded() {
        for text in ["", "{", "5", "true", "null", "{}x"] {
            let part = URL_SAFE_NO_PAD.encode(text);
            assert!(
                matches!(Claims::decode(&part), Err(Reason::PayloadNotDecodable)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_lifetime_that_is_no_number_is_denied() {
        for wrong in [
            json!("1765139000"),
            json!(null),
            json!(true),
            json!([]),
            json!({}),
        ] {
            assert_eq!(
                check_times(&json!({"exp": wrong}), LifetimePolicy::default()),
                Err(Reason::ExpirationNotNumber)
            );
            assert_eq!(
                check_times(&json!({"nbf": wrong}), LifetimePolicy::default()),
                Err(Reason::NotBeforeNotNumber)
            );
        }
    }

    #[test]
    fn a_token_is_valid_from_nbf_on_until_just_before_exp() {
        for (value, verdict) in [
            (json!({}), Ok(())),
            (json!({"exp": NOW + 1}), Ok(())),
            (json!({"exp": 1_765_139_000.5}), Ok(())),
            (json!({"nbf": NOW}), Ok(())),
            (json!({"nbf": NOW + 1}), Err(Reason::NotYetValid(1.0))),
            (
                json!({"nbf": 1_765_139_000.5}),
                Err(Reason::NotYetValid(0.5)),
            ),
            (
                json!({"nbf": NOW + 1, "exp": NOW + 2}),
                Err(Reason::NotYetValid(1.0)),
            ),
        ] {
            assert_eq!(
                check_times(&value, LifetimePolicy::default()),
                verdict,
                "{value}"
            );
        }
    }

    #[test]
    fn a_longest_lifetime_counts_from_iat_else_nbf_and_from_now_at_the_latest() {
        let policy = LifetimePolicy {
            longest: Some(60.0),
            leeway: 30.0,
            ..LifetimePolicy::default()
        };
        let too_long = |seconds| Err(Reason::LifetimeTooLong(seconds));
        for (value, verdict) in [
            (json!({"exp": NOW + 60}), Ok(())),
            (json!({"exp": NOW + 61}), too_long(61.0)),
            (json!({"exp": NOW + 60, "iat": NOW}), Ok(())),
            (json!({"exp": NOW + 1, "iat": NOW - 60}), too_long(61.0)),
            (json!({"exp": NOW + 1, "nbf": NOW - 60}), too_long(61.0)),
            (json!({"exp": NOW + 90, "nbf": NOW + 30}), too_long(90.0)),
            (json!({"exp": NOW + 90, "iat": NOW + 30}), too_long(90.0)),
            (
                json!({"exp": NOW + 86_400, "iat": NOW + 86_340}),
                too_long(86_400.0),
            ),
            (
                json!({"exp": 9e15, "iat": 9e15}),
                too_long(9e15 - 1_765_139_000.0),
            ),
            (json!({"exp": NOW + 60, "iat": 9e15}), Ok(())),
            (json!({"iat": NOW + 60}), Err(Reason::ExpirationMissing)),
        ] {
            assert_eq!(check_times(&value, policy), verdict, "{value}");
        }
    }

    #[test]
    fn an_expired_token_says_since_when_and_how_long_it_was_valid() {
        for (value, text) in [
            (
                json!({"exp": NOW}),
                "Not acceptable by exp (0 sec since expired)",
            ),
            (
                json!({"exp": NOW - 7}),
                "Not acceptable by exp (7 sec since expired)",
            ),
            (
                json!({"exp": NOW - 7, "iat": NOW - 67}),
                "Not acceptable by exp (7 sec since expired, valid for:60 sec)",
            ),
            (
                json!({"exp": 1_765_138_999.5, "nbf": NOW + 9}),
                "Not acceptable by exp (0.5 sec since expired)",
            ),
        ] {
            let Err(reason) = check_times(&value, LifetimePolicy::default()) else {
                panic!("{value} is expired")
            };
            assert_eq!(reason.text().as_deref(), Some(text));
        }
    }

    #[test]
    fn an_issuer_or_audience_is_compared_to_the_letter() {
        let accepted = Accepted::only(["my_app"]);
        for wrong in [
            json!("My_app"),
            json!("my_app "),
            json!(""),
            json!(["my_app"]),
            json!(null),
            json!(1),
        ] {
            let claims = claims(&json!({"iss": wrong, "aud": wrong}));
            assert_eq!(
                claims.check_issuer(&accepted),
                Err(Reason::IssuerNotAccepted),
                "{wrong}"
            );
            assert_eq!(
                claims.check_audience("aud", &accepted, false),
                Err(Reason::AudienceNotAccepted),
                "{wrong}"
            );
        }
        let claims = claims(&json!({"iss": "my_app", "aud": "my_app"}));
        assert_eq!(
            (
                claims.check_issuer(&accepted),
                claims.check_audience("aud", &accepted, false)
            ),
            (Ok(()), Ok(()))
        );
    }

    #[test]
    fn a_claim_must_be_there_even_where_any_value_is_accepted() {
        let empty = claims(&json!({}));
        assert_eq!(
            empty.check_issuer(&Accepted::Any),
            Err(Reason::IssuerMissing)
        );
        assert_eq!(
            empty.check_audience("aud", &Accepted::Any, false),
            Err(Reason::AudienceMissing)
        );
        assert_eq!(empty.check_room(true), Err(Reason::RoomClaimMissing));
        assert_eq!(empty.check_room(false), Ok(()));
        assert_eq!(empty.check_subject(), Err(Reason::SubjectMissing));
        assert_eq!(empty.check_context(true), Err(Reason::ContextMissing));
    }

    #[test]
    fn an_array_of_audiences_passes_only_where_any_audience_does() {
        let claims = claims(&json!({"aud": ["my_app", "account"]}));
        assert_eq!(claims.check_audience("aud", &Accepted::Any, false), Ok(()));
        assert_eq!(
            claims.check_audience("aud", &Accepted::only(["my_app"]), false),
            Err(Reason::AudienceNotAccepted)
        );
    }

    #[test]
    fn claims_of_a_wrong_type_break_the_standard() {
        for (value, name) in [
            (json!({"iss": 1}), "iss"),
            (json!({"sub": ["a"]}), "sub"),
            (json!({"aud": {"a": 1}}), "aud"),
            (json!({"aud": ["a", 1]}), "aud"),
            (json!({"exp": false}), "exp"),
            (json!({"nbf": false}), "nbf"),
            (json!({"iat": null}), "iat"),
            (json!({"jti": 5}), "jti"),
            (json!({"room": null}), "room"),
        ] {
            let flaw = Reason::Flawed(Flaw::ClaimType(name));
            assert_eq!(claims(&value).check_conformance(), Err(flaw), "{value}");
        }
        assert_eq!(
            claims(&json!({"iss": "a", "aud": ["a", "b"], "iat": 1.5})).check_conformance(),
            Ok(())
        );
    }
}
