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
        Algorithm::EdDsa => Method::Curve(&signature::ED25519),
    }
}
