//! A token that is good at gateways: what they ask for, and how it is signed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::api::registry::Credential;
use crate::config::Config;
use crate::gateway::settings::Settings;
use crate::token::algorithm::Algorithm;
use crate::token::signing::SigningKey;

use super::failure::CredentialsError;

/// A gateway that takes credentials.
pub type Named<'c> = (&'c str, &'c Settings);

/// What a token needs that is to be good at gateways.
pub struct Plan {
    /// The claims that name the credential.
    key_claims: Vec<String>,
    /// Further claims that are asked for.
    claims: Map<String, Value>,
    is_base64: bool,
    longest: Option<u32>,
    notes: Vec<String>,
}

/// A token, and how long it is good.
pub struct Signed {
    pub token: String,
    pub expires: i64,
    pub notes: Vec<String>,
}

/// The gateways that a token is for: the one of this name, or all that take credentials.
pub fn gateways<'c>(
    config: &'c Config,
    name: Option<&str>,
) -> Result<Vec<Named<'c>>, CredentialsError> {
    let all = config.gateways.iter();
    let all = all.filter(|(_, gateway)| gateway.sources.is_none());
    let all: Vec<Named<'c>> = all
        .map(|(name, gateway)| (name.as_str(), &gateway.settings))
        .collect();
    if all.is_empty() {
        return Err(CredentialsError::NoGateways);
    }
    let Some(name) = name else { return Ok(all) };
    match all.iter().find(|(known, _)| *known == name) {
        Some(found) => Ok(vec![*found]),
        None => Err(CredentialsError::NoGateway {
            name: name.to_owned(),
            known: names(&all),
        }),
    }
}

fn names(gateways: &[Named<'_>]) -> String {
    let names: Vec<&str> = gateways.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// What a token needs that is good at all of these.
pub fn plan(gateways: &[Named<'_>]) -> Result<Plan, CredentialsError> {
    let (first, settings) = gateways.first().ok_or(CredentialsError::NoGateways)?;
    let is_base64 = settings.secret_is_base64;
    let mut others = gateways.iter();
    if let Some((second, _)) = others.find(|(_, other)| other.secret_is_base64 != is_base64) {
        return Err(CredentialsError::Different {
            first: (*first).to_owned(),
            second: (*second).to_owned(),
        });
    }
    let mut plan = Plan {
        key_claims: Vec::new(),
        claims: Map::new(),
        is_base64,
        longest: gateways
            .iter()
            .filter_map(|(_, one)| one.maximum_expiration)
            .min(),
        notes: Vec::new(),
    };
    for (name, settings) in gateways {
        plan.add(name, settings);
    }
    Ok(plan)
}

impl Plan {
    fn add(&mut self, name: &str, settings: &Settings) {
        if !self.key_claims.contains(&settings.key_claim_name) {
            self.key_claims.push(settings.key_claim_name.clone());
        }
        let beyond = &settings.beyond;
        let asked = [
            ("iss", beyond.issuers.first()),
            ("aud", beyond.audiences.first()),
        ];
        for (claim, value) in asked {
            if let Some(value) = value {
                self.claims
                    .entry(claim)
                    .or_insert_with(|| value.as_str().into());
            }
        }
        if !beyond.required_claims.is_empty() {
            self.notes.push(format!(
                "[gateways.{name}] has required_claims, which this token lacks: sign one with them yourself"
            ));
        }
    }

    /// Signs a token with the secret of a credential.
    pub fn sign(
        mut self,
        credential: &Credential,
        expires: Option<i64>,
        now: i64,
    ) -> Result<Signed, CredentialsError> {
        let algorithm = Algorithm::from_name(&credential.algorithm);
        let algorithm =
            algorithm.ok_or_else(|| CredentialsError::NoAlgorithm(credential.algorithm.clone()))?;
        let expires = self.expires(expires, now);
        let mut claims = self.claims;
        for name in self.key_claims {
            claims.insert(name, credential.key.as_str().into());
        }
        let times = [("iat", now), ("nbf", now), ("exp", expires)];
        claims.extend(times.map(|(name, time)| (name.to_owned(), time.into())));
        let secret = credential.secret.as_ref();
        let secret = secret.map(|secret| secret.0.as_str()).unwrap_or_default();
        let secret = if self.is_base64 {
            decoded(secret).ok_or(CredentialsError::NotBase64)?
        } else {
            secret.as_bytes().to_vec()
        };
        let token = SigningKey::from_secret(&secret).sign(algorithm, None, &claims);
        Ok(Signed {
            token: token.map_err(CredentialsError::Signing)?,
            expires,
            notes: self.notes,
        })
    }

    /// As it is asked for, and no later than the gateways allow.
    fn expires(&mut self, asked: Option<i64>, now: i64) -> i64 {
        let expires = asked.unwrap_or_else(|| now.saturating_add(YEAR));
        let Some(longest) = self.longest else {
            return expires;
        };
        let last = now.saturating_add(longest.into());
        if asked.is_some_and(|asked| asked > last) {
            let note = format!(
                "no token is good for longer than {longest} s here (maximum_expiration): this one ends sooner than you said"
            );
            self.notes.push(note);
        }
        expires.min(last)
    }
}

/// In either alphabet, with or without padding, as gateways take it.
fn decoded(secret: &str) -> Option<Vec<u8>> {
    let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
    let mut decoded = engines
        .iter()
        .filter_map(|engine| engine.decode(secret).ok());
    decoded.next()
}

const YEAR: i64 = 31_536_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(secret: &str) -> Credential {
        let json = serde_json::json!({
            "id": "i", "created_at": 0, "consumer": { "id": "c" }, "key": "the-key", "secret": secret, "algorithm": "HS256",
        });
        serde_json::from_value(json).unwrap()
    }

    fn claims(token: &str) -> Value {
        let claims = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }

    fn settings(change: impl Fn(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        change(&mut settings);
        settings
    }

    #[test]
    fn a_token_has_the_claims_that_all_gateways_ask_for_and_ends_as_soon_as_the_first_says() {
        let first = settings(|settings| settings.maximum_expiration = Some(600));
        let second = settings(|settings| {
            settings.key_claim_name = "kid".into();
            settings.beyond.audiences = vec!["api".into(), "other".into()];
            settings.maximum_expiration = Some(300);
        });
        let plan = plan(&[("first", &first), ("second", &second)]).unwrap();
        let signed = plan.sign(&credential("s"), Some(5_000), 1_000).unwrap();
        let expected = serde_json::json!({
            "iss": "the-key", "kid": "the-key", "aud": "api", "iat": 1_000, "nbf": 1_000, "exp": 1_300,
        });
        assert_eq!(claims(&signed.token), expected);
        assert_eq!((signed.expires, signed.notes.len()), (1_300, 1));
    }

    #[test]
    fn without_a_maximum_a_token_is_good_as_long_as_is_said_or_a_year() {
        let settings = Settings::default();
        for (asked, expires) in [(Some(2_000), 2_000), (None, 31_537_000)] {
            let plan = plan(&[("a", &settings)]).unwrap();
            let signed = plan.sign(&credential("s"), asked, 1_000).unwrap();
            assert_eq!((signed.expires, signed.notes.len()), (expires, 0));
        }
    }

    #[test]
    fn secrets_are_one_thing_or_the_other_at_all_gateways() {
        let text = Settings::default();
        let base64 = settings(|settings| settings.secret_is_base64 = true);
        assert!(matches!(
            plan(&[("a", &text), ("b", &base64)]),
            Err(CredentialsError::Different { .. })
        ));
        let sign = |secret: &str| {
            let plan = plan(&[("b", &base64)]).unwrap();
            plan.sign(&credential(secret), None, 0)
        };
        assert!(sign("c2VjcmV0").is_ok());
        assert!(matches!(sign("%"), Err(CredentialsError::NotBase64)));
        assert!(matches!(plan(&[]), Err(CredentialsError::NoGateways)));
    }
}
