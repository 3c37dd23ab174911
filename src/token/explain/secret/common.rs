//! Secrets that everybody knows.

use std::collections::BTreeSet;

/// Words that stand in examples, and those that people take for the time being.
const WORDS: &[&str] = &[
    "secret",
    "Secret",
    "SECRET",
    "jitsi123",
    "admin123",
    "secret123",
    "password123",
    "qwerty",
    "mypassword",
    "my_app_secret",
    "changeme",
    "my_jitsi_app_secret",
    "your-256-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "app_secret",
    "your_secret",
    "your-secret",
    "your_app_secret",
    "mysecret",
    "my_secret",
    "my-secret",
    "secretkey",
    "secret_key",
    "secret-key",
    "supersecret",
    "password",
    "123456",
    "12345678",
    "test",
    "key",
    "jitsi",
    "jwt",
    "token",
    "example_app_secret",
    "example",
    "notused",
    "change_me",
    "change-me",
    "CHANGE_ME",
    "CHANGEME",
    "APP_SECRET",
    "JWT_APP_SECRET",
    "topsecret",
    "shhhhh",
    "hello",
    "null",
    "undefined",
    "None",
    "admin",
    "default",
    "your-512-bit-secret",
    "your-384-bit-secret",
];

/// The word that a secret is, where it is one of those.
#[must_use]
pub fn word(secret: &[u8]) -> Option<&'static str> {
    WORDS.iter().find(|word| word.as_bytes() == secret).copied()
}

/// Whether a secret is such a word, or a mark that something is to be put there.
#[must_use]
pub fn is_example(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_mark = |c: char| matches!(c, 'x' | '*' | '.' | '-' | '?' | '#');
    word(text.as_bytes()).is_some()
        || word(lower.as_bytes()).is_some()
        || ["your", "replace", "insert", "enter_", "put_"]
            .iter()
            .any(|start| lower.starts_with(start) && lower.contains(['_', '-', ' ']))
        || lower.ends_with("_here")
        || (!lower.is_empty() && lower.chars().all(is_mark))
}

/// Every such word.
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().copied()
}

/// Why anybody can guess a secret: it is such a word, or stands elsewhere in the configuration. `known` are names of the
/// host that are no secret.
#[must_use]
pub fn guessable<'a>(
    secret: &[u8],
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'static str> {
    let simple = secret.to_ascii_lowercase();
    if word(secret).is_some() || word(&simple).is_some() {
        return Some(
            "the secret is a word that stands in examples: anybody can guess it, and make tokens",
        );
    }
    let signs: BTreeSet<&u8> = secret.iter().collect();
    if secret.len() >= 8 && signs.len() < 3 {
        return Some("the secret is one sign over and over: anybody can guess it, and make tokens");
    }
    let is_known = known
        .into_iter()
        .any(|name| !name.is_empty() && name.as_bytes() == secret);
    is_known.then_some(
        "the secret is the host's name or app_id, which everybody knows: anybody can make tokens",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_knows_can_be_guessed_and_what_is_random_cannot() {
        for secret in [
            "secret",
            "changeme",
            "ChangeMe",
            "acme-meet",
            "video.acme.example",
            "aaaaaaaa",
            "0101010101",
        ] {
            let guessed = guessable(secret.as_bytes(), ["video.acme.example", "acme-meet", ""]);
            assert!(guessed.is_some(), "{secret}");
        }
        for secret in [
            "kT7vQ2mW9xR4pL8sN3bD6fH1jZ5cY0aE",
            "0123456789abcdef",
            "secret of the explanation tests!",
        ] {
            assert_eq!(
                guessable(secret.as_bytes(), ["video.acme.example"]),
                None,
                "{secret}"
            );
        }
    }
}
