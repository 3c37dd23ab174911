//! Keys that are nearly the one in a token.

use super::Examined;
use crate::token::explain::nearest::{self, MOST_COMPARED};

/// A key that is nearly the one in the token, and how the two differ.
pub struct Near {
    pub key: String,
    pub difference: String,
}

/// The key of a credential that is nearest. Who is not trusted learns of those alone that are the same but for capitals, blanks
/// and slashes: whoever could ask for any slip of the pen would find keys that they do not know.
pub fn find(examined: &Examined<'_>, found: &str) -> Option<Near> {
    let looked_for = folded(found);
    let is_near = |key: &str| {
        let is_same = folded(key) == looked_for && !looked_for.is_empty();
        is_same || examined.is_trusted && differs_in_one_place(key, found)
    };
    let keys = examined.credentials().map(|(key, _)| key);
    let mut near: Vec<&str> = keys
        .take(MOST_SCANNED)
        .filter(|key| is_near(key))
        .take(MOST_COMPARED)
        .collect();
    near.sort_unstable();
    let nearest = nearest::nearest(found, near.iter().map(|key| (*key, *key)));
    let named = nearest.map(|nearest| Near {
        key: nearest.value.to_owned(),
        difference: nearest.difference,
    });
    named.or_else(|| {
        Some(Near {
            key: (*near.first()?).to_owned(),
            difference: "the two are nearly the same".to_owned(),
        })
    })
}

/// A text without what people get wrong first.
fn folded(text: &str) -> String {
    let text = text.trim();
    let text = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    let kept = text.trim_end_matches('/').chars();
    let kept = kept.filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '"' | '\''));
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether what differs is a few characters in one place.
fn differs_in_one_place(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    if shorter < SHORTEST || longer.saturating_sub(shorter) > MOST_DIFFERING {
        return false;
    }
    let same =
        |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(a, b)| a == b).count();
    let before = same(&mut one.iter().zip(other));
    let after = same(&mut one.iter().rev().zip(other.iter().rev()));
    before.saturating_add(after).saturating_add(MOST_DIFFERING) >= longer
}

/// Whoever has more credentials has them made by programs, which do not mistype.
const MOST_SCANNED: usize = 100_000;
/// Of shorter ones too many are alike.
const SHORTEST: usize = 4;
const MOST_DIFFERING: usize = 2;
