//! What keys consist of, and how signatures are verified with it.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, VerificationAlgorithm};

use super::algorithm::Algorithm;

/// The numbers of a key.
pub enum Material {
    /// The bytes that issuer and verifier share.
    Secret(Vec<u8>),
    /// Modulus and exponent, without leading zeros.
    Rsa(signature::RsaPublicKeyComponents<Vec<u8>>),
    /// A point on a curve: uncompressed (SEC 1 section 2.3.3), or as RFC 8032 has it.
    Point(Vec<u8>),
}

/// A key made ready for one algorithm, so that not every token pays for that.
pub enum Prepared {
    /// A secret.
    Hmac(Box<hmac::Key>),
    /// A public key.
    Public(ParsedPublicKey),
}

impl Material {
    /// Makes the key ready; None where the library refuses it, as it does RSA keys below 2048 bits.
    pub fn prepare(&self, algorithm: Algorithm) -> Option<Prepared> {
        match (self, method(algorithm)) {
            (Self::Secret(secret), Method::Hmac(digest)) => {
                let key = hmac::Key::new(digest, secret);
                Some(Prepared::Hmac(Box::new(key)))
            }
            (Self::Rsa(key), Method::Rsa(parameters)) => {
                let key = key.to_parsed_public_key(parameters);
                key.ok().map(Prepared::Public)
            }
            (Self::Point(point), Method::Curve(curve)) => {
                let key = ParsedPublicKey::new(curve, point);
                key.ok().map(Prepared::Public)
            }
            (Self::Secret(_) | Self::Rsa(_) | Self::Point(_), _) => None,
        }
    }
}

impl Prepared {
    /// Whether `signature` is this key's over `message`. The library compares in constant time.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// How the library does an algorithm.
enum Method {
    Hmac(hmac::Algorithm),
    Rsa(&'static RsaParameters),
    Curve(&'static dyn VerificationAlgorithm),
}

fn method(algorithm: Algorithm) -> Method {
    match algorithm {
        Algorithm::Hs256 => Method::Hmac(hmac::HMAC_SHA256),
        Algorithm::Hs384 => Method::Hmac(hmac::HMAC_SHA384),
        Algorithm::Hs512 => Method::Hmac(hmac::HMAC_SHA512),
        Algorithm::Rs256 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 => Method::Curve(&signature::ECDSA_P256_SHA256_FIXED),
        Algorithm::Es384 => Method::Curve(&signature::ECDSA_P384_SHA384_FIXED),
        Algorithm::Es512 => Method::Curve(&signature::ECDSA_P521_SHA512_FIXED),
        Algorithm::EdDsa => Method::Curve(&signature::ED25519),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::{DecodingKey, EncodingKey, crypto};
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
    use proptest::sample::select;

    use super::super::key::Key;
    use super::*;

    /// A key of each kind: what signs, and the public part for both libraries.
    fn keys(algorithm: Algorithm) -> (EncodingKey, DecodingKey, Key) {
        macro_rules! pem {
            ($name:literal) => {
                include_bytes!(concat!("../../tests/data/", $name, ".pem"))
            };
        }
        let key = |pem: &[u8]| Key::from_pem(pem).unwrap();
        match algorithm {
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => {
                let secret = b"a secret of thirty-two bytes or more";
                let key = Key::from_secret(secret).unwrap();
                let (signs, verifies) = (
                    EncodingKey::from_secret(secret),
                    DecodingKey::from_secret(secret),
                );
                (signs, verifies, key)
            }
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => (
                EncodingKey::from_rsa_pem(pem!("rsa-private")).unwrap(),
                DecodingKey::from_rsa_pem(pem!("rsa-public")).unwrap(),
                key(pem!("rsa-public")),
            ),
            Algorithm::Es256 => (
                EncodingKey::from_ec_pem(pem!("p256-private")).unwrap(),
                DecodingKey::from_ec_pem(pem!("p256-public")).unwrap(),
                key(pem!("p256-public")),
            ),
            Algorithm::Es384 => (
                EncodingKey::from_ec_pem(pem!("p384-private")).unwrap(),
                DecodingKey::from_ec_pem(pem!("p384-public")).unwrap(),
                key(pem!("p384-public")),
            ),
            Algorithm::Es512 => panic!("jsonwebtoken has no ES512"),
            Algorithm::EdDsa => (
                EncodingKey::from_ed_pem(pem!("ed25519-private")).unwrap(),
                DecodingKey::from_ed_pem(pem!("ed25519-public")).unwrap(),
                key(pem!("ed25519-public")),
            ),
        }
    }

    /// What is done to a signature on its way.
    #[derive(Debug, Clone)]
    enum Change {
        Nothing,
        Bit(usize),
        Cut(usize),
        Append(Vec<u8>),
        Prepend(Vec<u8>),
        Halves,
        Zeros,
        Whole(Vec<u8>),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            Just(Change::Nothing),
            any::<usize>().prop_map(Change::Bit),
            any::<usize>().prop_map(Change::Cut),
            vec(any::<u8>(), 1..9).prop_map(Change::Append),
            vec(select(vec![0, 1, 0xFF]), 1..3).prop_map(Change::Prepend),
            Just(Change::Halves),
            Just(Change::Zeros),
            vec(any::<u8>(), 0..300).prop_map(Change::Whole),
        ]
    }

    fn changed(mut signature: Vec<u8>, change: &Change) -> Vec<u8> {
        let length = signature.len();
        match change {
            Change::Nothing => {}
            Change::Bit(bit) => signature[bit / 8 % length] ^= 1 << (bit % 8),
            Change::Cut(bytes) => signature.truncate(bytes % length),
            Change::Append(bytes) => signature.extend(bytes),
            Change::Prepend(bytes) => signature.splice(..0, bytes.iter().copied()).for_each(drop),
            Change::Halves => signature.rotate_left(length / 2),
            Change::Zeros => signature.fill(0),
            Change::Whole(bytes) => signature.clone_from(bytes),
        }
        signature
    }

    /// What both libraries have.
    fn both() -> Vec<Algorithm> {
        let all = Algorithm::ALL.into_iter();
        all.filter(|algorithm| algorithm.jws().is_some()).collect()
    }

    proptest! {
        #[test]
        fn a_signature_counts_exactly_where_jsonwebtoken_verifies_it(
            signed_for in select(both()),
            verified_for in select(both()),
            message in vec(any::<u8>(), 0..200),
            other in any::<bool>(),
            change in change(),
        ) {
            // Half of the cases are verified for the algorithm that they were signed for.
            let verified_for = if other { verified_for } else { signed_for };
            let (private, _, _) = keys(signed_for);
            let signature = crypto::sign(&message, &private, signed_for.jws().unwrap()).unwrap();
            let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
            let signature = changed(signature, &change);
            let (_, public, key) = keys(verified_for);
            let encoded = BASE64_URL_SAFE_NO_PAD.encode(&signature);
            let theirs = crypto::verify(&encoded, &message, &public, verified_for.jws().unwrap()).unwrap();
            prop_assert_eq!(key.verifies(verified_for, &message, &signature), theirs);
        }
    }
}
