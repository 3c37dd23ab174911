//! Patterns in which `*` stands for any text, as `team-*` does for all teams: the bounds of an issuer are written so.

use super::room_name;

/// A pattern: texts that must come in this order, with anything between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// Never empty. A text that has no `*` is its only part.
    parts: Vec<String>,
}

impl Glob {
    /// The pattern as it is written; capitals count.
    #[must_use]
    pub fn exact(text: &str) -> Self {
        Self::of(text, str::to_owned)
    }

    /// A pattern of rooms' or tenants' names, written as people name them and compared as the web client joins them.
    #[must_use]
    pub fn of_rooms(text: &str) -> Self {
        Self::of(text, room_name::joined)
    }

    fn of(text: &str, write: impl Fn(&str) -> String) -> Self {
        Self {
            parts: text.split('*').map(write).collect(),
        }
    }

    /// Whether the whole of `text` is as the pattern says.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else {
            return false;
        };
        let Some((last, middle)) = others.split_last() else {
            return text == first;
        };
        let rest = text.strip_prefix(first.as_str());
        let between = middle.iter().try_fold(rest, |rest, part| {
            let (_, behind) = rest?.split_once(part.as_str())?;
            Some(Some(behind))
        });
        between
            .flatten()
            .is_some_and(|rest| rest.ends_with(last.as_str()))
    }

    /// The pattern with its stars.
    #[must_use]
    pub fn written(&self) -> String {
        self.parts.join("*")
    }
}

/// Whether one of the patterns fits.
#[must_use]
pub fn any(globs: &[Glob], text: &str) -> bool {
    globs.iter().any(|glob| glob.matches(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_the_rest_for_itself() {
        for (pattern, text, fits) in [
            ("team-*", "team-a", true),
            ("team-*", "team-", true),
            ("team-*", "team", false),
            ("team-*", "a-team-b", false),
            ("team-*", "Team-a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("*-daily", "a-daily", true),
            ("*-daily", "a-daily-b", false),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "a", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("a*b*b", "ab", false),
            ("**", "x", true),
            ("te?m", "team", false),
            ("te.m", "team", false),
            ("[a-z]*", "b", false),
        ] {
            assert_eq!(
                Glob::exact(pattern).matches(text),
                fits,
                "{pattern} {text:?}"
            );
        }
    }

    #[test]
    fn rooms_are_compared_as_the_web_client_joins_them() {
        for (pattern, room, fits) in [
            ("Team-*", "team-a", true),
            ("Тест-*", "%d1%82%d0%b5%d1%81%d1%82-1", true),
            ("%D1%82*", "%d1%82%d0%b5", true),
            ("a b*", "a%20b", true),
            ("a b*", "a b", false),
            ("team-*", "TEAM-a", false),
        ] {
            assert_eq!(
                Glob::of_rooms(pattern).matches(room),
                fits,
                "{pattern} {room}"
            );
        }
    }
}
