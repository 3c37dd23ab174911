//! What is made for a consumer or a credential where nothing is given: by chance, and by the clock.

use uuid::{Builder, Uuid};

/// What there is for something that is made now.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// An ID that nothing has.
    pub id: Uuid,
    /// A key that nothing has.
    pub key: String,
    /// A secret that nobody knows. Its `Debug` is that of nobody's secret yet, and it goes nowhere but into a credential.
    pub secret: Word,
    /// Now, in Unix seconds.
    pub now: i64,
}

/// A word by chance. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Word(pub String);

impl std::fmt::Debug for Word {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Word(..)")
    }
}

impl Fresh {
    /// Makes them of bytes by chance: none where so many of these fell out of the alphabet that no word came together.
    #[must_use]
    pub fn of(id: [u8; 16], key: &[u8], secret: &[u8], now: i64) -> Option<Self> {
        Some(Self {
            id: Builder::from_random_bytes(id).into_uuid(),
            key: word(key)?,
            secret: Word(word(secret)?),
            now,
        })
    }
}

/// A word of 32 letters and digits. Each is as likely as the others: bytes that would make some likelier are passed over.
fn word(bytes: &[u8]) -> Option<String> {
    let even = bytes.iter().filter(|byte| **byte < MOST_EVEN);
    let letters = even.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
    let word: String = letters.take(LENGTH).map(|byte| char::from(*byte)).collect();
    (word.len() == LENGTH).then_some(word)
}

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The largest multiple of the alphabet's length that a byte can be below.
const MOST_EVEN: u8 = 248;
const LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_32_letters_and_digits_each_of_which_is_as_likely() {
        let all: Vec<u8> = (0..=255).collect();
        let mut counts = [0_usize; 256];
        for start in 0..=255_usize {
            let bytes: Vec<u8> = all.iter().cycle().skip(start).take(64).copied().collect();
            let made = word(&bytes).unwrap();
            assert_eq!(made.len(), 32);
            assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            counts[usize::from(made.as_bytes()[0])] += usize::from(bytes[0] < 248);
        }
        assert!(counts.iter().all(|count| *count == 0 || *count == 4));
    }

    #[test]
    fn too_few_bytes_make_no_word() {
        for bytes in [&[][..], &[7; 31], &[255; 4_000]] {
            assert_eq!(word(bytes), None);
        }
        assert!(Fresh::of([0; 16], &[1; 32], &[255; 32], 0).is_none());
    }

    #[test]
    fn an_id_is_one_of_chance_and_a_secret_is_not_printed() {
        let fresh = Fresh::of([0xff; 16], &[1; 32], &[2; 32], 7).unwrap();
        assert_eq!(fresh.id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert!(!format!("{fresh:?}").contains(&fresh.secret.0));
    }
}
