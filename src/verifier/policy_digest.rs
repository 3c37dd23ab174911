//! A name for a policy, by which the one in force is held against the one in the files.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use crate::config::host::Host;
use crate::token::issuer::{Issuer, Keys};
use crate::token::key::Key;

/// The SHA-256, in hex digits, of what a host accepts and where its keys are.
///
/// Secrets do not go into it, not even as a digest: whoever sees it could guess them. Public keys do. It is the same
/// only in daemons of the same version.
#[must_use]
pub fn of(host: &Host) -> String {
    let fixed = host.policy.issuers.iter().flat_map(fixed);
    let folders = host.sources.iter().filter_map(|one| one.folder.as_ref());
    let folder = folders.flat_map(|folder| folder.keys.values());
    let public: Vec<Option<&str>> = fixed.chain(folder).map(fingerprint).collect();
    // A key shows nothing of itself.
    let text = format!("{:?} {:?} {public:?}", host.policy, host.sources);
    let mut name = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").unwrap_or_default();
    }
    name
}

fn fixed(issuer: &Issuer) -> &[Key] {
    match &issuer.keys {
        Keys::Fixed(keys) => keys,
        Keys::ById(_) => &[],
    }
}

fn fingerprint(key: &Key) -> Option<&str> {
    key.facts().fingerprint.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::recorded;
    use serde_json::{Value, json};

    fn digest_with(options: &Value) -> String {
        let mut all = json!({ "app_id": "a", "app_secret": "one" });
        for (name, value) in options.as_object().unwrap() {
            all[name] = value.clone();
        }
        of(&recorded::host(all.as_object().unwrap(), 1_000).unwrap())
    }

    #[test]
    fn every_option_changes_the_digest() {
        let plain = digest_with(&json!({}));
        for options in [
            json!({ "app_id": "b" }),
            json!({ "asap_accepted_issuers": ["a", "b"] }),
            json!({ "asap_accepted_audiences": ["a"] }),
            json!({ "allow_empty_token": true }),
            json!({ "enable_domain_verification": false }),
            json!({ "muc_mapper_domain_base": "example.com" }),
            json!({ "signature_algorithm": "HS512" }),
            json!({ "cache_keys_url": "https://keys.example.com/" }),
        ] {
            assert_ne!(digest_with(&options), plain, "{options}");
        }
    }

    #[test]
    fn no_secret_goes_into_the_digest() {
        assert_eq!(
            digest_with(&json!({})),
            digest_with(&json!({ "app_secret": "two" }))
        );
    }
}
