//! Which decisions somebody wants to see.

use super::join::Join;

/// What decisions have to be like; empty, any will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// What became of it.
    pub outcome: Outcome,
    /// The host whose policy decided.
    pub host: Option<String>,
    /// What stands somewhere in it, in capital letters or small ones.
    pub text: Option<String>,
}

/// What became of somebody who wanted to come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Whatever it is.
    #[default]
    Any,
    /// They were let in.
    LetIn,
    /// They were denied, for whatever reason.
    Denied,
    /// They were denied for the reason of this code.
    For(String),
}

impl Filter {
    /// Whether a decision is like that.
    #[must_use]
    pub fn matches(&self, join: &Join) -> bool {
        let is_host = |host: &String| host.eq_ignore_ascii_case(&join.host);
        self.outcome.is_of(join)
            && self.host.as_ref().is_none_or(is_host)
            && self.text.as_ref().is_none_or(|text| has(join, text))
    }
}

impl Outcome {
    /// The one of this name; each code of a reason is one.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "" => Self::Any,
            LET_IN => Self::LetIn,
            DENIED => Self::Denied,
            code => Self::For(code.to_owned()),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Any => "",
            Self::LetIn => LET_IN,
            Self::Denied => DENIED,
            Self::For(code) => code,
        }
    }

    fn is_of(&self, join: &Join) -> bool {
        match self {
            Self::Any => true,
            Self::LetIn => join.is_let_in(),
            Self::Denied => !join.is_let_in(),
            Self::For(code) => join.code == Some(code),
        }
    }
}

/// Letters are compared as they are in small ones.
fn has(join: &Join, text: &str) -> bool {
    let text = text.to_lowercase();
    let texts = [
        Some(join.host.as_str()),
        join.issuer.as_deref(),
        join.code,
        join.token_id.as_deref(),
        join.room.as_deref(),
        join.name.as_deref(),
    ];
    let mut texts = texts.into_iter().flatten();
    texts.any(|found| found.to_lowercase().contains(&text))
}

const LET_IN: &str = "let-in";
const DENIED: &str = "denied";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joins::What;

    fn expired() -> Join {
        Join {
            number: 1,
            time: 0,
            what: What::Login,
            host: "meet.example.com".to_owned(),
            issuer: Some("keycloak".to_owned()),
            code: Some("expired"),
            token_id: Some("0a1b2c3d".to_owned()),
            room: Some("[Tenant]Standup@conference.meet.example.com".to_owned()),
            name: Some("Ägidius".to_owned()),
        }
    }

    fn matches(code: &str, host: Option<&str>, text: Option<&str>, join: &Join) -> bool {
        let filter = Filter {
            outcome: Outcome::named(code),
            host: host.map(str::to_owned),
            text: text.map(str::to_owned),
        };
        filter.matches(join)
    }

    #[test]
    fn a_decision_is_found_by_outcome_host_and_any_text_of_it() {
        for (code, host, text) in [
            ("", None, None),
            ("denied", None, None),
            ("expired", None, None),
            ("", Some("Meet.example.com"), None),
            ("", None, Some("meet.EXAMPLE")),
            ("", None, Some("keycloak")),
            ("", None, Some("EXPIRED")),
            ("", None, Some("0A1B")),
            ("", None, Some("standup")),
            ("", None, Some("äGIDIUS")),
            ("expired", Some("meet.example.com"), Some("conference")),
        ] {
            assert!(
                matches(code, host, text, &expired()),
                "{code} {host:?} {text:?}"
            );
        }
    }

    #[test]
    fn a_decision_that_differs_in_anything_is_not_found() {
        for (code, host, text) in [
            ("let-in", None, None),
            ("expire", None, None),
            ("Expired", None, None),
            ("not-yet-valid", None, None),
            ("", Some("meet.example"), None),
            ("", Some("example.com"), None),
            ("", Some(""), None),
            ("", None, Some("standups")),
            ("", None, Some("1765139000")),
            ("let-in", Some("meet.example.com"), Some("standup")),
            ("expired", Some("other.example.com"), Some("standup")),
            ("expired", Some("meet.example.com"), Some("other")),
        ] {
            assert!(
                !matches(code, host, text, &expired()),
                "{code} {host:?} {text:?}"
            );
        }
    }

    #[test]
    fn whoever_was_let_in_was_not_denied() {
        let join = Join {
            code: None,
            token_id: None,
            room: None,
            name: None,
            issuer: None,
            ..expired()
        };
        assert!(matches("let-in", None, None, &join));
        for (code, text) in [
            ("denied", None),
            ("expired", None),
            ("", Some("let")),
            ("", Some("none")),
        ] {
            assert!(!matches(code, None, text, &join), "{code} {text:?}");
        }
    }

    #[test]
    fn an_outcome_has_the_name_by_which_it_is_found() {
        for name in ["", "let-in", "denied", "expired", "whatever"] {
            assert_eq!(Outcome::named(name).name(), name);
        }
    }
}
