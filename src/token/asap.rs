//! Tokens that this server shows to others.

use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::signing::{SigningError, SigningKey};

/// A host's outgoing tokens: who issues them, for whom, and how long they are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// The header's `kid`.
    pub key_id: String,
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`, where the caller names no other.
    pub audience: String,
    /// How long a token is good, in seconds.
    pub lifetime: i64,
    /// How long before its end a token is to be renewed, in seconds.
    pub renewal: i64,
}

/// A signed token.
#[must_use]
pub struct SignedToken {
    /// The token; not to be shown in logs.
    pub token: String,
    /// The claim `aud`.
    pub audience: String,
    /// The claim `exp`.
    pub expires_at: i64,
    /// When to ask for the next one.
    pub renew_at: i64,
}

/// Signs a token that is good from `now`, in Unix seconds, on.
///
/// # Errors
/// [`SigningError::OtherAlgorithm`].
pub fn sign(
    issuance: &Issuance,
    key: &SigningKey,
    audience: Option<&str>,
    now: i64,
) -> Result<SignedToken, SigningError> {
    let audience = audience.unwrap_or(&issuance.audience);
    let expires_at = now.saturating_add(issuance.lifetime);
    let claims = Map::from_iter([
        ("iss".to_owned(), Value::from(issuance.issuer.as_str())),
        ("aud".to_owned(), audience.into()),
        ("nbf".to_owned(), now.into()),
        ("exp".to_owned(), expires_at.into()),
    ]);
    let token = key.sign(Algorithm::Rs256, Some(&issuance.key_id), &claims)?;
    Ok(SignedToken {
        token,
        audience: audience.to_owned(),
        expires_at,
        renew_at: expires_at.saturating_sub(issuance.renewal),
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use jsonwebtoken::{Algorithm as Jws, DecodingKey, Validation, decode, decode_header};
    use serde_json::json;

    use super::*;

    /// What comes before the PKCS#1 key in the PKCS#8 one of a key of 2048 bits.
    const PKCS8_HEADER: usize = 26;

    fn issuance() -> Issuance {
        Issuance {
            key_id: "jitsi/key".to_owned(),
            issuer: "jitsi".to_owned(),
            audience: "visitors".to_owned(),
            lifetime: 3_600,
            renewal: 600,
        }
    }

    fn pem(label: &str, der: &[u8]) -> String {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            BASE64_STANDARD.encode(der)
        )
    }

    /// A private key, and its public half as PKCS#1 has it.
    fn generated() -> (Vec<u8>, Vec<u8>) {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der = pair.as_der().unwrap();
        (der.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
    }

    #[test]
    fn a_token_says_who_issued_it_for_whom_and_how_long_it_is_good() {
        let (der, public) = generated();
        let public = DecodingKey::from_rsa_der(&public);
        let pkcs1 = &der[PKCS8_HEADER..];
        for pem in [pem("PRIVATE KEY", &der), pem("RSA PRIVATE KEY", pkcs1)] {
            let key = SigningKey::from_pem(pem.as_bytes()).unwrap();
            for (asked, audience) in [(None, "visitors"), (Some("others"), "others")] {
                let signed = sign(&issuance(), &key, asked, 1_000).unwrap();
                assert_eq!(
                    (signed.expires_at, signed.renew_at, &*signed.audience),
                    (4_600, 4_000, audience)
                );
                let header = decode_header(&signed.token).unwrap();
                assert_eq!(header.kid.as_deref(), Some("jitsi/key"));
                let mut validation = Validation::new(Jws::RS256);
                validation.validate_exp = false;
                validation.set_audience(&[audience]);
                let claims = decode::<Value>(&signed.token, &public, &validation);
                assert_eq!(
                    claims.unwrap().claims,
                    json!({"iss": "jitsi", "aud": audience, "nbf": 1_000, "exp": 4_600})
                );
            }
        }
    }

    #[test]
    fn what_is_no_private_rsa_key_is_refused() {
        let (der, public) = generated();
        let whole = pem("PRIVATE KEY", &der);
        for text in [
            String::new(),
            "secret".to_owned(),
            pem("RSA PUBLIC KEY", &public),
            pem("RSA PRIVATE KEY", &public),
            pem("EC PRIVATE KEY", &der),
            pem("PRIVATE KEY", &der[..600]),
            whole.replace("-----END", "-----"),
        ] {
            assert!(SigningKey::from_pem(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let (der, _) = generated();
        let key = SigningKey::from_pem(pem("PRIVATE KEY", &der).as_bytes()).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(..)");
    }
}
