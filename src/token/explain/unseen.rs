//! What of a text does not show, or shows as something else.

/// What keeps a name from being one of those that are known, where it looks like one.
#[must_use]
pub fn difference(name: &str, known: &[String]) -> Option<String> {
    let is = |form: fn(&str) -> String| known.iter().any(|known| form(known) == form(name));
    if let Some((place, c)) = hidden(name) {
        return Some(format!("{} stands {}", described(c), placed(name, place)));
    }
    if is(|name| name.trim().to_owned()) {
        return Some("there are blanks around it".to_owned());
    }
    if is(str::to_lowercase) {
        return Some("capitals and small letters differ".to_owned());
    }
    let odd = name.chars().enumerate().find(|(_, c)| !c.is_ascii());
    let (place, c) = odd.filter(|_| is_alike(name, known))?;
    Some(format!(
        "{} stands {} in place of one of A to Z",
        described(c),
        placed(name, place)
    ))
}

/// Whether a known name differs only where characters are beyond ASCII.
fn is_alike(name: &str, known: &[String]) -> bool {
    let same = |known: &&String| {
        known.chars().count() == name.chars().count()
            && known
                .chars()
                .zip(name.chars())
                .all(|(a, b)| a == b || !b.is_ascii())
    };
    known.iter().any(|known| same(&known))
}

/// Whether a character does not show.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    !matches!(c, '\n' | '\r' | '\t') && name(c).is_some()
}

fn hidden(text: &str) -> Option<(usize, char)> {
    text.chars().enumerate().find(|(_, c)| name(*c).is_some())
}

fn placed(text: &str, place: usize) -> String {
    let last = text.chars().count().saturating_sub(1);
    match place {
        0 => "at its beginning".to_owned(),
        place if place == last => "at its end".to_owned(),
        place => format!("in it, as character {}", place.saturating_add(1)),
    }
}

/// A character by its name, or its code.
#[must_use]
pub fn described(c: char) -> String {
    let code = u32::from(c);
    name(c).map_or_else(
        || format!("a letter of another script (U+{code:04X})"),
        |name| format!("{name} (U+{code:04X})"),
    )
}

/// The name of a character that does not show.
fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\n' => "a line break",
        '\r' => "a carriage return",
        '\t' => "a tab",
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => "a mark of writing direction",
        '\u{2060}' => "a word joiner",
        '\u{202f}' | '\u{2009}' => "a narrow space",
        '\u{feff}' => "a byte order mark",
        '\0' => "a zero byte",
        c if c.is_control() => "a control character",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_in_a_name_is_named_with_its_place() {
        let known = ["sig-a".to_owned(), "key-of-2026".to_owned()];
        for (name, expected) in [
            ("sig-a\n", Some("a line break (U+000A) stands at its end")),
            (
                "\u{feff}sig-a",
                Some("a byte order mark (U+FEFF) stands at its beginning"),
            ),
            (
                "sig\u{ad}-a",
                Some("a soft hyphen (U+00AD) stands in it, as character 4"),
            ),
            ("sig-a ", Some("there are blanks around it")),
            ("SIG-A", Some("capitals and small letters differ")),
            (
                "sig-\u{430}",
                Some(
                    "a letter of another script (U+0430) stands at its end in place of one of A to Z",
                ),
            ),
            ("sig-b", None),
            ("ключ", None),
            ("", None),
        ] {
            assert_eq!(difference(name, &known).as_deref(), expected, "{name:?}");
        }
    }
}
