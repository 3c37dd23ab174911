//! Texts that others chose, as pages show them.

use crate::laid_out::text;
use crate::token::shown;

/// A text in which whatever does not show is escaped; its lines stay. HTML is escaped where it becomes part of a page.
pub fn plain(text: &str) -> String {
    text::plain(text)
}

/// The same on one line, and not longer than this number of characters; what was cut is said.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => shown::escaped(text).into_owned(),
        Some((end, _)) => format!(
            "{}… ({} characters in all)",
            shown::escaped(text.get(..end).unwrap_or_default()),
            text.chars().count()
        ),
    }
}

/// The same. Of something like a token it says only that.
pub fn bounded(text: &str, most: usize) -> String {
    if shown::looks_like_token(text) {
        shown::bounded(text, most)
    } else {
        cut(text, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so_and_what_looks_like_a_token_is_not_shown() {
        for (text, shown) in [
            ("abcd", "abcd"),
            ("abcde", "abcd… (5 characters in all)"),
            ("a\nb", "a\\nb"),
            ("ab\u{202e}cde", "ab\\u{202e}c… (6 characters in all)"),
            ("…", "…"),
        ] {
            assert_eq!(bounded(text, 4), shown);
        }
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
        assert_eq!(bounded(token, 80), "something like a token (49 characters)");
    }
}
