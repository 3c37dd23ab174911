//! Any bytes as a key or certificate: read without a panic, public, and of no say on its own.
//!
//! The input is PEM, or else DER in a block of each kind that is read.

#![no_main]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use prosody_tokend::token::key::Key;
use prosody_tokend_fuzz::{has_no_say, is_public};

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    for tag in ["PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY"] {
        let body = BASE64_STANDARD.encode(bytes);
        read(format!("-----BEGIN {tag}-----\n{body}\n-----END {tag}-----\n").as_bytes());
    }
});

fn read(pem: &[u8]) {
    if let Ok(key) = Key::from_pem(pem) {
        is_public(&key);
        has_no_say(&key);
        assert!(!String::from_utf8_lossy(pem).contains("PRIVATE KEY-----"));
        assert!(
            Key::from_secret(pem).is_err() || !pem.trim_ascii_start().starts_with(b"-----BEGIN ")
        );
    }
}
