//! The tokens that are sent, all different, and the keys that they are verified with.

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

use measure::policies::{HOST, SECRET};
use support::time::in_seconds;

/// Files of tokens, a room and a token on each line, and what verifies them.
pub struct Tokens {
    /// By the secret of all measurements.
    pub hs256: PathBuf,
    /// By the key pair.
    pub rs256: PathBuf,
    /// A few of them.
    pub rs256_seen: PathBuf,
    /// The public key in PEM.
    pub public_key: PathBuf,
    /// A JWK Set with it.
    pub public_jwks: String,
    /// A JWK Set with the secret.
    pub secret_jwks: String,
}

impl Tokens {
    /// Signs them.
    pub fn make(folder: &Path) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let hs256 = lines(HS256_COUNT, |number| {
            seal(&json!({"alg": "HS256", "typ": "JWT"}), number, |message| {
                hmac::sign(&key, message).as_ref().to_vec()
            })
        });
        let rs256 = lines(RS256_COUNT, |number| {
            let header = json!({"alg": "RS256", "typ": "JWT", "kid": KID});
            seal(&header, number, |message| sign(&pair, message))
        });
        let seen: Vec<&str> = rs256.lines().take(SEEN).collect();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        Self {
            rs256_seen: write("rs256-seen", &seen.join("\n")),
            hs256: write("hs256", &hs256),
            rs256: write("rs256", &rs256),
            public_key: write("public.pem", &public_pem(&pair)),
            public_jwks: json!({"keys": [jwk(&pair)]}).to_string(),
            secret_jwks:
                json!({"keys": [{"kty": "oct", "alg": "HS256", "k": encode(SECRET.as_bytes())}]})
                    .to_string(),
        }
    }
}

/// One of these lines with a signature that does not fit.
pub fn tampered(line: &str) -> String {
    let (signed, signature) = line.rsplit_once('.').unwrap();
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
        writeln!(text, "{}", line(number)).unwrap();
        text
    })
}

fn seal(header: &Value, number: usize, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let room = format!("room{}", number % ROOMS);
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": HOST, "room": room, "jti": format!("token-{number}"),
        "iat": in_seconds(-60), "nbf": in_seconds(-60), "exp": in_seconds(86_400),
        "context": {"user": {"id": format!("user-{number}"), "name": "Alice", "moderator": true}},
    });
    let [header, claims] = [header, &claims].map(|part| encode(part.to_string().as_bytes()));
    let message = format!("{header}.{claims}");
    let signature = encode(&sign(message.as_bytes()));
    format!("{room} {message}.{signature}")
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

fn jwk(pair: &KeyPair) -> Value {
    let public = pair.public_key();
    json!({
        "kty": "RSA", "alg": "RS256", "kid": KID,
        "n": encode(public.modulus().big_endian_without_leading_zero()),
        "e": encode(public.exponent().big_endian_without_leading_zero()),
    })
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The name of the key, and of its file.
pub const KID: &str = "public";
/// More than are asked for in one measurement, so that none comes twice.
pub const HS256_COUNT: usize = 200_000;
/// The same; they take longer to sign, and to verify.
pub const RS256_COUNT: usize = 80_000;
const SEEN: usize = 500;
const ROOMS: usize = 100;
