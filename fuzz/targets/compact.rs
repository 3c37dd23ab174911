//! Any bytes as a token: read without a panic, denied, and explained as they are decided.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_tokend::token::compact::Compact;
use prosody_tokend_fuzz::{BY_KEY_ID, BY_SECRET, decide};

fuzz_target!(|bytes: &[u8]| {
    let token = String::from_utf8_lossy(bytes);
    if let Ok(parts) = Compact::split(&token) {
        assert_eq!(
            format!("{}.{}", parts.signing_input, parts.signature),
            token
        );
        assert_eq!(
            format!("{}.{}", parts.header, parts.payload),
            parts.signing_input
        );
    }
    for policy in [&BY_SECRET, &BY_KEY_ID] {
        assert!(decide(policy, &token).is_err(), "nobody has signed this");
    }
});
