//! Secrets of credentials, sealed: who has the file or the database, and not the key, cannot read them.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;
use uuid::Uuid;

use crate::gateway::credential::SecretText;

use super::kept::StoreError;

/// What secrets are sealed with: 32 bytes. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; BYTES]);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealKeyError {
    /// It is of another length.
    #[error("a text of {0} characters")]
    Length(usize),
    /// It has other characters than digits.
    #[error("a text with characters that are no hexadecimal digits")]
    Digits,
}

impl SealKey {
    /// Reads a key: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`SealKeyError`].
    pub fn parse(text: &[u8]) -> Result<Self, SealKeyError> {
        let mut key = [0; BYTES];
        if text.len() != 2 * BYTES {
            return Err(SealKeyError::Length(text.len()));
        }
        hex::decode_to_slice(text, &mut key).map_err(|_| SealKeyError::Digits)?;
        Ok(Self(key))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealKey(..)")
    }
}

/// Seals what is written, where there is a key for it, and opens what is read.
#[derive(Default)]
pub struct Seal {
    is_keyed: bool,
    key: Option<RandomizedNonceKey>,
}

impl Seal {
    /// Without a key nothing is sealed, and what is sealed cannot be read.
    pub fn new(key: Option<&SealKey>) -> Self {
        Self {
            is_keyed: key.is_some(),
            key: key.and_then(|key| RandomizedNonceKey::new(&AES_256_GCM, &key.0).ok()),
        }
    }

    /// The column of a secret. It is sealed for this credential: at another one it cannot be read. What is to be sealed and cannot be is
    /// not written plainly instead.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn close(&self, id: Uuid, secret: &SecretText) -> Result<SecretText, StoreError> {
        if !self.is_keyed {
            return Ok(plain(secret).into());
        }
        let sealed = self.key.as_ref().and_then(|key| sealed(key, id, secret));
        let failed = || StoreError::Unavailable("the secret could not be sealed".to_owned());
        Ok(sealed.ok_or_else(failed)?.into())
    }

    /// The secret of a column. None where it cannot be read.
    pub fn open(&self, id: Uuid, column: &SecretText) -> Option<SecretText> {
        let text = column.text();
        if let Some(plain) = text.strip_prefix(PLAIN) {
            return Some(plain.to_owned().into());
        }
        if !text.starts_with(ANY_SEALED) {
            return Some(column.clone());
        }
        opened(self.key.as_ref()?, id, text.strip_prefix(SEALED)?)
    }
}

fn sealed(key: &RandomizedNonceKey, id: Uuid, secret: &SecretText) -> Option<String> {
    let mut bytes = secret.text().as_bytes().to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(id.as_bytes()), &mut bytes);
    let mut whole = nonce.ok()?.as_ref().to_vec();
    whole.append(&mut bytes);
    Some(format!("{SEALED}{}", BASE64_STANDARD.encode(whole)))
}

fn opened(key: &RandomizedNonceKey, id: Uuid, encoded: &str) -> Option<SecretText> {
    let mut whole = BASE64_STANDARD.decode(encoded).ok()?;
    let (nonce, bytes) = whole.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key.open_in_place(nonce, Aad::from(id.as_bytes()), bytes);
    let text = str::from_utf8(plain.ok()?).ok()?;
    Some(text.to_owned().into())
}

/// A text that looks like a sealed one is marked as none.
fn plain(secret: &SecretText) -> String {
    let text = secret.text();
    if [ANY_SEALED, PLAIN]
        .iter()
        .any(|mark| text.starts_with(mark))
    {
        format!("{PLAIN}{text}")
    } else {
        text.to_owned()
    }
}

const BYTES: usize = 32;
const ANY_SEALED: &str = "sealed:";
const SEALED: &str = "sealed:1:";
const PLAIN: &str = "plain:";

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: char) -> SealKey {
        SealKey::parse(digit.to_string().repeat(64).as_bytes()).unwrap()
    }

    fn text(text: &str) -> SecretText {
        SecretText::from(text.to_owned())
    }

    #[test]
    fn a_key_has_64_hexadecimal_digits_and_prints_none_of_them() {
        for (given, expected) in [
            ("", SealKeyError::Length(0)),
            (&"a".repeat(63), SealKeyError::Length(63)),
            (&"a".repeat(65), SealKeyError::Length(65)),
            (&"a".repeat(32), SealKeyError::Length(32)),
            (&"g".repeat(64), SealKeyError::Digits),
            (&format!("{} ", "a".repeat(63)), SealKeyError::Digits),
        ] {
            assert_eq!(SealKey::parse(given.as_bytes()), Err(expected), "{given}");
        }
        assert_eq!(format!("{:?}", key('a')), "SealKey(..)");
        assert_eq!(key('a'), SealKey::parse("A".repeat(64).as_bytes()).unwrap());
    }

    #[test]
    fn what_is_sealed_is_read_with_its_key_at_its_place_and_by_no_other() {
        let (id, other) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let seal = Seal::new(Some(&key('a')));
        let column = seal.close(id, &text("hunter2")).unwrap();
        assert!(column.text().starts_with("sealed:1:"));
        assert!(!column.text().contains("hunter2"));
        assert_ne!(
            seal.close(id, &text("hunter2")).unwrap(),
            column,
            "no nonce is used twice"
        );
        assert_eq!(seal.open(id, &column), Some(text("hunter2")));
        let cut = text(&column.text()[..20]);
        let later = text(&column.text().replace("sealed:1:", "sealed:2:"));
        for (seal, id, column) in [
            (&seal, other, &column),
            (&Seal::new(Some(&key('b'))), id, &column),
            (&Seal::new(None), id, &column),
            (&seal, id, &cut),
            (&seal, id, &later),
            (&seal, id, &text("sealed:1:")),
            (&seal, id, &text("sealed:1:*")),
        ] {
            assert_eq!(seal.open(id, column), None, "{}", column.text());
        }
    }

    #[test]
    fn without_a_key_any_text_is_kept_as_it_is_and_is_read_with_a_key_as_well() {
        let id = Uuid::from_bytes([1; 16]);
        for secret in [
            "",
            "hunter2",
            "sealed:1:AAAA",
            "sealed:",
            "plain:x",
            "plain:sealed:1:",
        ] {
            let column = Seal::new(None).close(id, &text(secret)).unwrap();
            for key in [None, Some(key('a'))] {
                let read = Seal::new(key.as_ref()).open(id, &column);
                assert_eq!(read, Some(text(secret)), "{secret}");
            }
        }
    }
}
