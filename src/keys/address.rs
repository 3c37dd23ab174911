//! Where a key server keeps the key of a `kid` (Atlassian Service Authentication Protocol, "ASAP").

use std::fmt::Write as _;

use aws_lc_rs::digest;

/// The file name: the `kid`'s SHA-256 in lower-case hex digits, and `.pem`.
#[must_use]
pub fn file_name(kid: &str) -> String {
    let digest = digest::digest(&digest::SHA256, kid.as_bytes());
    let mut name = String::new();
    for byte in digest.as_ref() {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").unwrap_or_default();
    }
    name + ".pem"
}

/// The address on a key server. Whatever a `kid` contains, it stays below the server's own.
#[must_use]
pub fn url(key_server: &str, kid: &str) -> String {
    format!("{}/{}", key_server.trim_end_matches('/'), file_name(kid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kid_names_a_file_by_its_digest() {
        assert_eq!(
            url("https://keys.example.com/asap", "k1"),
            "https://keys.example.com/asap/6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0.pem"
        );
    }
}
