//! Credentials, and the tokens that name them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use support::time::in_seconds;

/// What tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// HMAC with SHA-256, by a secret of each credential's own.
    Hs256,
    /// RSA with 2048 bits and SHA-256, by one key of all.
    Rs256,
}

/// So many credentials, and a file of tokens, each of another one than the token before.
pub struct Issuers {
    pub by: Signatures,
    pub count: usize,
    pub tokens: PathBuf,
    pub public_key: PathBuf,
    public_pem: String,
}

impl Signatures {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }
}

impl Issuers {
    /// Signs so many tokens.
    pub fn make(folder: &Path, by: Signatures, count: usize, tokens: usize) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let lines = lines(tokens, |number| match by {
            Signatures::Hs256 => by_secret(number, count),
            Signatures::Rs256 => by_pair(&pair, number, count),
        });
        let write = |name: &str, text: &str| {
            let path = folder.join(format!("{name}-{}-{count}-{tokens}", by.name()));
            fs::write(&path, text).unwrap();
            path
        };
        let public_pem = public_pem(&pair);
        Self {
            by,
            count,
            tokens: write("tokens", &lines),
            public_key: write("public.pem", &public_pem),
            public_pem,
        }
    }

    /// One token of the file.
    pub fn token(&self) -> String {
        let lines = fs::read_to_string(&self.tokens).unwrap();
        let last = lines.lines().last().unwrap();
        last.split_once(' ').unwrap().1.to_owned()
    }

    /// Kong's file with all of them.
    pub fn declared(&self) -> String {
        let consumers: Vec<Value> = (0..self.count)
            .map(|number| self.consumer(number))
            .collect();
        json!({"_format_version": "3.0", "consumers": consumers}).to_string()
    }

    fn consumer(&self, number: usize) -> Value {
        let algorithm = self.by.name();
        let credential = match self.by {
            Signatures::Hs256 => {
                json!({"key": key(number), "algorithm": algorithm, "secret": secret(number)})
            }
            Signatures::Rs256 => {
                json!({"key": key(number), "algorithm": algorithm, "rsa_public_key": self.public_pem})
            }
        };
        json!({"username": username(number), "jwt_secrets": [credential]})
    }

    /// A map of HAProxy's from the key of each to what verifies it.
    pub fn map_of_keys(&self) -> String {
        self.map(|number| match self.by {
            Signatures::Hs256 => secret(number),
            Signatures::Rs256 => self.public_key.display().to_string(),
        })
    }

    /// The same to the consumer.
    pub fn map_of_consumers(&self) -> String {
        self.map(username)
    }

    fn map(&self, value: impl Fn(usize) -> String) -> String {
        (0..self.count).fold(String::new(), |mut text, number| {
            writeln!(text, "{} {}", key(number), value(number)).unwrap();
            text
        })
    }
}

fn key(number: usize) -> String {
    format!("issuer-{number}")
}

fn username(number: usize) -> String {
    format!("consumer-{number}")
}

fn secret(number: usize) -> String {
    format!("the-secret-of-issuer-{number:08}-0123")
}

/// A token with a signature that does not fit.
pub fn tampered(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    format!("{signed}.{first}{}", signature.get(1..).unwrap())
}

/// Made by both cores.
fn lines(count: usize, line: impl Fn(usize) -> String + Sync) -> String {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| joined(count / 2..count, &line));
        (joined(0..count / 2, &line), second.join().unwrap())
    });
    first + &second
}

fn joined(numbers: std::ops::Range<usize>, line: &impl Fn(usize) -> String) -> String {
    numbers.fold(String::new(), |mut text, number| {
        writeln!(text, "orders {}", line(number)).unwrap();
        text
    })
}

/// Neighbours are far apart, so that no lookup profits by the one before.
fn by_secret(number: usize, count: usize) -> String {
    let issuer = number.wrapping_mul(STEP) % count;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret(issuer).as_bytes());
    seal("HS256", number, issuer, |message| {
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

fn by_pair(pair: &KeyPair, number: usize, count: usize) -> String {
    let issuer = number.wrapping_mul(STEP) % count;
    seal("RS256", number, issuer, |message| sign(pair, message))
}

fn seal(algorithm: &str, number: usize, issuer: usize, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = json!({"alg": algorithm, "typ": "JWT"});
    let claims = json!({
        "iss": key(issuer), "sub": format!("user-{number}"), "jti": format!("token-{number}"),
        "iat": in_seconds(-60), "nbf": in_seconds(-60), "exp": in_seconds(86_400),
    });
    let [header, claims] = [header, claims].map(|part| encode(part.to_string().as_bytes()));
    let message = format!("{header}.{claims}");
    let signature = encode(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn sign(pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
        .unwrap();
    signature
}

fn public_pem(pair: &KeyPair) -> String {
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref()))
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A prime.
const STEP: usize = 7_919;
