//! What is repeated of what others chose.

use proptest::prelude::*;
use prosody_tokend::token::shown::{MAX_REPEATED, bounded, escaped, looks_like_token, quoted};

use super::generators::{claims, headers, object, sign};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn of_a_token_nothing_is_repeated_whatever_stands_around_it(
        header in headers(), claims in claims(), before in "(.{0,40}[ /=:?&\"@])?", after in "([ /=:?&\"@].{0,40})?",
    ) {
        let token = sign(&object(&header), &object(&claims));
        let text = format!("{before}{token}{after}");
        prop_assert!(looks_like_token(&text), "{}", text);
        prop_assert_eq!(bounded(&text, 80), bounded(&text, 0));
    }

    #[test]
    fn no_more_than_32_characters_in_a_row_are_repeated(text in "\\PC{0,200}") {
        let shown = quoted(&text);
        // The mark that something is left out may be what would have come next.
        let shown = shown.strip_suffix("…\"").unwrap_or(&shown);
        let characters: Vec<char> = text.chars().collect();
        for part in characters.windows(MAX_REPEATED + 1) {
            prop_assert!(!shown.contains(&part.iter().collect::<String>()), "{}", shown);
        }
    }

    #[test]
    fn what_is_shown_is_on_one_line_and_shows(text in any::<String>()) {
        let shown = escaped(&text);
        prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
        prop_assert_eq!(escaped(&shown), shown.clone());
    }

    #[test]
    fn nothing_is_changed_of_a_text_of_letters_and_signs(text in "[ -~À-ɏΑ-ωА-я一-龥]*") {
        prop_assert_eq!(&*escaped(&text), text.as_str());
    }
}
