//! Something that is known, and what it is called.

use std::fmt;

/// Something that is known, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is called.
    pub name: &'static str,
    /// What is known of it.
    pub found: Found,
}

/// What is known of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Nothing,
    /// What is there.
    Text(String),
    /// What is there, which says by itself what it is.
    Plain(String),
    /// What the server has for everybody.
    Usual,
}

impl Fact {
    /// Something that is there.
    pub fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            found: Found::Text(text.into()),
        }
    }

    /// What is known of it, beside its name.
    #[must_use]
    pub fn beside_name(&self) -> String {
        match &self.found {
            Found::Nothing => "none".to_owned(),
            Found::Text(text) | Found::Plain(text) => text.clone(),
            Found::Usual => self.to_string(),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, found } = self;
        match found {
            Found::Nothing => write!(formatter, "no {name}"),
            Found::Text(text) => write!(formatter, "{name} {text}"),
            Found::Plain(text) => formatter.write_str(text),
            Found::Usual => write!(formatter, "the server's {name}"),
        }
    }
}

/// Several of them in one sentence.
#[must_use]
pub fn sentence(facts: &[Fact]) -> String {
    let facts: Vec<String> = facts.iter().map(Fact::to_string).collect();
    facts.join(", ")
}
