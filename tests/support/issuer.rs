//! Issuers that sign with RSA, and their public keys in every form.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::{CertificateParams, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use super::token::encode;

pub struct Issuer {
    pair: KeyPair,
}

/// Makes a key pair once and for all tests of this process: it takes a while.
macro_rules! issuers {
    ($($name:ident),*) => {
        $(pub fn $name() -> &'static Issuer {
            static ISSUER: OnceLock<Issuer> = OnceLock::new();
            ISSUER.get_or_init(Issuer::generate)
        })*
    };
}

issuers!(alice, bob);

impl Issuer {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { pair }
    }

    /// The private key as PKCS#8.
    pub fn private_pem(&self) -> String {
        let der: Pkcs8V1Der = self.pair.as_der().unwrap();
        pem_of("PRIVATE KEY", der.as_ref())
    }

    /// The public key as SPKI.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der = self.pair.public_key().as_der().unwrap();
        pem_of("PUBLIC KEY", der.as_ref())
    }

    /// The public key as PKCS#1.
    pub fn pkcs1_pem(&self) -> String {
        pem_of("RSA PUBLIC KEY", self.pair.public_key().as_ref())
    }

    /// The public key in a certificate of its own.
    pub fn certificate(&self) -> String {
        let der: Pkcs8V1Der = self.pair.as_der().unwrap();
        let der = tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer::from(der.as_ref().to_vec());
        let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::new(vec!["issuer".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&pair).unwrap();
        pem_of("CERTIFICATE", certificate.der())
    }

    pub fn jwk(&self, kid: &str) -> Value {
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = self.pair.public_key();
        json!({
            "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A token with this `kid`, or none, in its header.
    pub fn sign(&self, kid: Option<&str>, claims: &Value) -> String {
        let header = match kid {
            Some(kid) => json!({"alg": "RS256", "typ": "JWT", "kid": kid}),
            None => json!({"alg": "RS256", "typ": "JWT"}),
        };
        let message = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let key = EncodingKey::from_rsa_pem(self.private_pem().as_bytes()).unwrap();
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap();
        format!("{message}.{signature}")
    }
}

/// A JWK Set.
pub fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn pem_of(tag: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(tag, der.to_vec()))
}
