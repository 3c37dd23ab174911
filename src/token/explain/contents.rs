//! What stands in a token, as it is read. Nobody has vouched for it.

use serde_json::Value;

use super::super::reason::Flaw;
use super::super::{compact, json};
use super::content;
use super::structure;

/// What stands in a token.
pub struct Contents {
    /// Its first part.
    pub header: Part,
    /// Its second part.
    pub claims: Part,
}

/// A part of a token.
pub enum Part {
    /// It can be read.
    Read {
        /// What it says. Of members that are there twice it has the last.
        value: Value,
        /// What of the standards it breaks, each once.
        flaws: Vec<String>,
    },
    /// It cannot, or there is none, for this reason.
    Unreadable(String),
}

impl Contents {
    /// Reads a token that stands alone.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut parts = token.split('.');
        let header = Part::of(parts.next().unwrap_or_default());
        let parts: Vec<&str> = parts.take(MOST_PARTS).collect();
        let claims = match parts.as_slice() {
            [] => Part::none("there are none: the token has one part"),
            [claims] | [claims, _] => Part::of(claims),
            [_, _, _, _] if header.member("enc").is_some() => {
                Part::none("they are encrypted: only who has the key can read them")
            }
            [_, ..] => {
                Part::none("the token has more than three parts, and none is known to have them")
            }
        };
        Self { header, claims }
    }

    /// What the token calls itself, which anybody can have written.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.claims.member("jti")?.as_str()
    }
}

impl Part {
    fn of(part: &str) -> Self {
        let mut flaws = Vec::new();
        let value =
            compact::decode(part, &mut flaws).and_then(|bytes| json::read(&bytes, &mut flaws));
        value.map_or_else(
            || Self::Unreadable(unreadable(part)),
            |value| Self::Read {
                value,
                flaws: told(&flaws),
            },
        )
    }

    fn none(why: &str) -> Self {
        Self::Unreadable(why.to_owned())
    }

    fn member(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Read { value, .. } => value.get(name),
            Self::Unreadable(_) => None,
        }
    }
}

fn unreadable(part: &str) -> String {
    let content = content::of_part(part);
    format!("found {}: {}", content.found, content.cause)
}

fn told(flaws: &[Flaw]) -> Vec<String> {
    let mut told = Vec::new();
    for flaw in flaws {
        let also = if *flaw == Flaw::DuplicateMember {
            ", of which the last is shown"
        } else {
            ""
        };
        let explanation = structure::standards(*flaw);
        let text = format!(
            "found {}{also}, needed {}",
            explanation.found, explanation.expected
        );
        if !told.contains(&text) {
            told.push(text);
        }
    }
    told
}

/// As many as tell one kind of token from another.
const MOST_PARTS: usize = 5;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    fn encoded(text: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    fn why(part: &Part) -> &str {
        match part {
            Part::Read { .. } => "",
            Part::Unreadable(why) => why,
        }
    }

    #[test]
    fn what_can_be_read_is_read_whatever_the_rest_is() {
        let (header, claims) = (encoded(r#"{"alg":"none"}"#), encoded(r#"{"jti":"a"}"#));
        for token in [
            format!("{header}.{claims}.c2ln"),
            format!("{header}.{claims}."),
            format!("{header}.{claims}"),
        ] {
            let contents = Contents::of(&token);
            assert_eq!(contents.header.member("alg"), Some(&"none".into()));
            assert_eq!(contents.token_id(), Some("a"));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_why() {
        let header = encoded(r#"{"alg":"dir","enc":"A256GCM"}"#);
        for (token, said) in [
            (header.clone(), "there are none: the token has one part"),
            (format!("{header}..a.b.c"), "they are encrypted"),
            (format!("{header}.a.b.c"), "more than three parts"),
            (format!("{header}.a.b.c.d.e.f"), "more than three parts"),
            (format!("{header}.a$b.c"), "found a part with '$' in it"),
            (format!("{header}.{}.c", encoded("{\"a\":")), "found "),
            (format!("{header}..c"), "found "),
        ] {
            let contents = Contents::of(&token);
            assert!(contents.header.member("enc").is_some());
            let why = why(&contents.claims);
            assert!(why.contains(said), "{token}: {why}");
        }
    }

    #[test]
    fn what_is_read_as_jitsi_reads_it_is_told_once() {
        let claims = encoded("{\"room\":\"a\",\"room\":\"b\",\"room\":\"c\",\"n\":0x10}");
        let contents = Contents::of(&format!("e30.{claims}.c"));
        assert_eq!(contents.claims.member("room"), Some(&"c".into()));
        let Part::Read { flaws, .. } = contents.claims else {
            panic!("it can be read");
        };
        assert_eq!(flaws.len(), 2, "{flaws:?}");
        assert!(
            flaws[0].contains("there twice, of which the last is shown"),
            "{flaws:?}"
        );
    }
}
