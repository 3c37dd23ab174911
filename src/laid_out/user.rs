//! What a token makes of its user.

use serde_json::Value;

use crate::token::role::{Moderator, User};

use super::fact::{Fact, Found};

/// What a token makes of its user.
pub struct Person {
    /// Whether the token is let in; of one that is denied it is only what it says.
    pub is_let_in: bool,
    /// What other users and modules see of the user.
    pub facts: Vec<Fact>,
    /// Whether the user is a moderator.
    pub is_moderator: bool,
    /// The claim that says so, what stands there, and who reads it.
    pub why: String,
}

impl Person {
    /// What there is to say of a user.
    #[must_use]
    pub fn of(user: &User, is_let_in: bool) -> Self {
        Self {
            is_let_in,
            facts: facts(user),
            is_moderator: user.moderator.is,
            why: reason(&user.moderator),
        }
    }

    /// What stands above it.
    #[must_use]
    pub const fn heading(&self) -> &'static str {
        if self.is_let_in {
            "makes of the user"
        } else {
            "says of the user"
        }
    }

    /// Whether the user is a moderator, in a word.
    #[must_use]
    pub const fn moderator_word(&self) -> &'static str {
        if self.is_moderator { "yes" } else { "no" }
    }
}

fn facts(user: &User) -> Vec<Fact> {
    let email = user.email.as_ref();
    let facts = [
        Some(named("name", user.name.as_ref())),
        Some(named("id", user.id.as_ref())),
        email.map(|email| named("email", Some(email))),
        Some(named("group", user.group.as_ref())),
        Some(features(user.features.as_deref())),
    ];
    facts.into_iter().flatten().collect()
}

fn named(name: &'static str, text: Option<&String>) -> Fact {
    let quoted = |text: &String| Found::Text(Value::from(text.as_str()).to_string());
    let found = text.map_or(Found::Nothing, quoted);
    Fact { name, found }
}

fn features(granted: Option<&[String]>) -> Fact {
    let found = match granted {
        None => Found::Usual,
        Some([]) => Found::Nothing,
        Some(granted) => Found::Text(granted.join(", ")),
    };
    Fact {
        name: "features",
        found,
    }
}

fn reason(moderator: &Moderator) -> String {
    let value = moderator.value.as_ref();
    let found = value.map_or_else(|| "not there".to_owned(), Value::to_string);
    let Moderator { claim, module, .. } = moderator;
    format!("{claim} is {found} (read by {module})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_those_that_are_granted() {
        let granted = ["recording".to_owned(), "flip".to_owned()];
        for (granted, said) in [
            (Some(&granted[..]), "features recording, flip"),
            (Some(&[]), "no features"),
            (None, "the server's features"),
        ] {
            assert_eq!(features(granted).to_string(), said);
        }
    }
}
