//! Signatures (RFC 7515 section 5.2), and the proof that one was verified.

use thiserror::Error;

use super::algorithm::Algorithm;
use super::claims::{Claims, VerifiedClaims};
use super::compact;
use super::key::Key;
use super::reason::{Flaw, Reason};
use super::recall::{Recall, Signed};

/// Says that a signature was verified. It cannot be made outside this module.
#[derive(Debug)]
pub struct Proof(());

/// Why a signature vouches for nothing. Whoever asks gives it a name of their own: the decision one of Jitsi's reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotVerified {
    /// The third part of the token cannot be decoded.
    #[error("the signature is not base64url")]
    Malformed,
    /// There is no key, or none that may verify this algorithm.
    #[error("there is no key for {0}")]
    NoKey(Algorithm),
    /// There are keys for the algorithm, and none of them made it.
    #[error("the signature is of another key or another text")]
    Mismatch,
}

/// Verifies a token's signature and vouches for its claims.
///
/// The algorithm is the policy's; what the token says of it was compared before. One of the keys must fit; without any
/// nothing is verified. What is remembered of these keys counts as verified.
///
/// # Errors
/// [`NotVerified::NoKey`], [`NotVerified::Mismatch`].
pub fn verify(
    signing_input: &str,
    signature: &Signature,
    claims: Claims,
    keys: &[Key],
    algorithm: Algorithm,
    recall: Recall<'_>,
) -> Result<VerifiedClaims, NotVerified> {
    check(signing_input, signature, keys, algorithm, recall)?;
    Ok(VerifiedClaims::new(claims, Proof(())))
}

/// The check that [`verify`] makes, for explanations: it vouches for nothing.
pub(super) fn check(
    signing_input: &str,
    signature: &Signature,
    keys: &[Key],
    algorithm: Algorithm,
    recall: Recall<'_>,
) -> Result<(), NotVerified> {
    let signed = Signed {
        message: signing_input.as_bytes(),
        signature: &signature.bytes,
        algorithm,
    };
    let matches = |key: &Key| {
        recall.or_verify(&signed, key, || {
            matches(signing_input, signature, key, algorithm)
        })
    };
    if keys.iter().any(matches) {
        Ok(())
    } else if keys.iter().any(|key| key.is_for(algorithm)) {
        Err(NotVerified::Mismatch)
    } else {
        Err(NotVerified::NoKey(algorithm))
    }
}

/// Whether a signature is a key's. It vouches for nothing.
pub(crate) fn matches(
    signing_input: &str,
    signature: &Signature,
    key: &Key,
    algorithm: Algorithm,
) -> bool {
    key.verifies(algorithm, signing_input.as_bytes(), &signature.bytes)
}

/// A decoded signature. It prints nothing of itself.
pub struct Signature {
    bytes: Vec<u8>,
    flaws: Vec<Flaw>,
}

impl Signature {
    /// Decodes the third part of a token.
    ///
    /// # Errors
    /// [`NotVerified::Malformed`].
    pub fn decode(part: &str) -> Result<Self, NotVerified> {
        let mut flaws = Vec::new();
        let bytes = compact::decode(part, &mut flaws).ok_or(NotVerified::Malformed)?;
        Ok(Self { bytes, flaws })
    }

    /// The signature must be canonical base64url, so that one token has one spelling.
    ///
    /// # Errors
    /// [`Reason::Flawed`].
    pub fn check_conformance(&self) -> Result<(), Reason> {
        self.flaws
            .first()
            .map_or(Ok(()), |flaw| Err(Reason::Flawed(*flaw)))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::EncodingKey;

    use super::super::compact::Compact;
    use super::*;

    const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

    const HMAC: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];

    fn signed(algorithm: Algorithm, secret: &[u8]) -> String {
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode("{}"),
            URL_SAFE_NO_PAD.encode("{\"iss\":\"a\"}")
        );
        let key = EncodingKey::from_secret(secret);
        let signature =
            jsonwebtoken::crypto::sign(input.as_bytes(), &key, algorithm.jws().unwrap()).unwrap();
        format!("{input}.{signature}")
    }

    fn verdict(token: &str, algorithm: Algorithm) -> Result<(), Reason> {
        let token = Compact::split(token)?;
        let key = Key::from_secret(SECRET).unwrap();
        let signature = Signature::decode(token.signature)?;
        verify(
            token.signing_input,
            &signature,
            Claims::decode(token.payload)?,
            &[key],
            algorithm,
            Recall::NOTHING,
        )?;
        signature.check_conformance()
    }

    #[test]
    fn a_signature_is_accepted_for_its_algorithm_and_secret_alone() {
        for signed_with in HMAC {
            for expected in Algorithm::ALL {
                let verdict = verdict(&signed(signed_with, SECRET), expected);
                assert_eq!(
                    verdict.is_ok(),
                    signed_with == expected,
                    "{signed_with} for {expected}"
                );
            }
            assert_eq!(
                verdict(&signed(signed_with, b"another"), signed_with),
                Err(Reason::SignatureInvalid)
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_told_apart() {
        let token = signed(Algorithm::Hs256, SECRET);
        let token = Compact::split(&token).unwrap_or_else(|_| panic!("three parts"));
        let signature = Signature::decode(token.signature).unwrap_or_else(|_| panic!("base64url"));
        let outcome = |keys: &[Key], algorithm| {
            check(
                token.signing_input,
                &signature,
                keys,
                algorithm,
                Recall::NOTHING,
            )
        };
        let key = |secret| Key::from_secret(secret).unwrap();
        let (right, wrong) = (key(SECRET), key(b"another"));
        let no_key = |algorithm| Err(NotVerified::NoKey(algorithm));
        assert_eq!(
            outcome(&[wrong.clone(), right.clone()], Algorithm::Hs256),
            Ok(())
        );
        assert_eq!(
            outcome(&[wrong], Algorithm::Hs256),
            Err(NotVerified::Mismatch)
        );
        assert_eq!(outcome(&[], Algorithm::Hs256), no_key(Algorithm::Hs256));
        assert_eq!(
            outcome(&[right], Algorithm::Rs256),
            no_key(Algorithm::Rs256)
        );
        assert_eq!(Signature::decode("$").err(), Some(NotVerified::Malformed));
    }

    #[test]
    fn every_changed_bit_of_a_signature_is_noticed() {
        let token = signed(Algorithm::Hs256, SECRET);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        for bit in 0..signature.len() * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(
                verdict(&token, Algorithm::Hs256),
                Err(Reason::SignatureInvalid),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_cut_or_lengthened_signature_is_refused() {
        let token = signed(Algorithm::Hs256, SECRET);
        for cut in 1..43 {
            assert!(
                verdict(&token[..token.len() - cut], Algorithm::Hs256).is_err(),
                "{cut} characters cut"
            );
        }
        for more in ["A", "AA", "AAAA", "=", "\n"] {
            assert!(
                verdict(&format!("{token}{more}"), Algorithm::Hs256).is_err(),
                "{more:?} added"
            );
        }
    }
}
