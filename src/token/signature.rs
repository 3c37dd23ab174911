//! Signatures (RFC 7515 section 5.2), and the proof that one was verified.

use super::algorithm::Algorithm;
use super::claims::{Claims, VerifiedClaims};
use super::compact;
use super::key::Key;
use super::reason::{Flaw, Reason};
use super::recall::{Recall, Signed};

/// Says that a signature was verified. It cannot be made outside this module.
#[derive(Debug)]
pub struct Proof(());

/// Verifies a token's signature and vouches for its claims.
///
/// The algorithm is the policy's; what the token says of it was compared before. One of the keys must fit; without any
/// nothing is verified. What is remembered of these keys counts as verified.
///
/// # Errors
/// [`Reason::SignatureInvalid`].
pub fn verify(
    signing_input: &str,
    signature: &Signature,
    claims: Claims,
    keys: &[Key],
    algorithm: Algorithm,
    recall: Recall<'_>,
) -> Result<VerifiedClaims, Reason> {
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
        Ok(VerifiedClaims::new(claims, Proof(())))
    } else {
        Err(Reason::SignatureInvalid)
    }
}

/// Whether a signature is a key's. It vouches for nothing.
pub(super) fn matches(
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
    /// [`Reason::SignatureNotDecodable`].
    pub fn decode(part: &str) -> Result<Self, Reason> {
        let mut flaws = Vec::new();
        let bytes = compact::decode(part, &mut flaws).ok_or(Reason::SignatureNotDecodable)?;
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
            jsonwebtoken::crypto::sign(input.as_bytes(), &key, algorithm.jws()).unwrap();
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
