//! What a reason means for people.

use std::fmt;

/// Why one check failed, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was checked: a claim, a header member, or a property of token or room.
    pub check: &'static str,
    /// What was found.
    pub found: String,
    /// What would have been accepted.
    pub expected: String,
    /// The options that say so; the first that is set counts.
    pub options: &'static [&'static str],
    /// Where that option came from, once somebody who knows has filled it in.
    pub origin: Option<String>,
    /// What probably happened, where the finding tells.
    pub cause: Option<String>,
    /// What to change, at the issuer or on the server.
    pub remedy: String,
}

/// What begins a text that stands in the daemon's own file, in TOML, wherever else the host's options are.
pub const OWN_FILE: &str = "in the daemon's own config.toml, ";

/// What stands for an issuer that was written out before.
const AGAIN: &str = "add the issuer that is written out above";

/// What is odd about a claim, and denies nobody.
pub struct Note {
    /// The check of that claim. Where it has failed, its explanation says more.
    pub about: &'static str,
    /// What it is, for people.
    pub text: String,
}

impl Explanation {
    pub(crate) fn new(
        check: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            check,
            found: found.into(),
            expected: expected.into(),
            options: &[],
            origin: None,
            cause: None,
            remedy: String::new(),
        }
    }

    pub(crate) fn by(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    pub(crate) fn because(self, cause: Option<String>) -> Self {
        Self { cause, ..self }
    }

    pub(crate) fn mend(self, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self { remedy, ..self }
    }

    /// The same after other explanations of the token: an issuer that is to be added is written out once.
    pub(super) fn after<'a>(self, before: impl Iterator<Item = &'a Self>) -> Self {
        let own = |text: &str| text.contains(OWN_FILE);
        let mut said = before.map(|other| &other.remedy).filter(|text| own(text));
        let again = said.find_map(|said| {
            let is_part = said.ends_with(&self.remedy) && own(&self.remedy);
            let rest = self.remedy.strip_suffix(said.as_str());
            rest.or_else(|| is_part.then_some(""))
        });
        match again {
            None => self,
            Some(rest) => Self {
                remedy: format!("{rest}{AGAIN}"),
                ..self
            },
        }
    }

    /// Cause and remedy in one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        let parts = [self.cause.as_deref().unwrap_or_default(), &self.remedy];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("; ")
    }

    /// The option, and where it came from as far as that is known.
    #[must_use]
    pub fn source(&self) -> Option<String> {
        self.origin
            .clone()
            .or_else(|| self.options.first().map(|option| (*option).to_owned()))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            check,
            found,
            expected,
            ..
        } = self;
        write!(formatter, "{check}: found {found}, needed {expected}")?;
        match self.source() {
            // A variable with its line has brackets of its own.
            Some(source) if source.ends_with(')') => write!(formatter, " by {source}")?,
            Some(source) => write!(formatter, " ({source})")?,
            None => {}
        }
        match self.hint() {
            hint if hint.is_empty() => Ok(()),
            hint => write!(formatter, "; {hint}"),
        }
    }
}
