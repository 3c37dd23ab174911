//! The parts of what there is to say of a token.

use crate::token::explain::mapped::MappedClaim;

use super::check::Line;
use super::fact::Fact;
use super::user::Person;

/// Everything that there is to say of a token.
pub struct Told {
    /// What is decided.
    pub verdict: Verdict,
    /// Whether somebody has vouched for what the token says.
    pub is_vouched_for: bool,
    /// How what was asked was read, where it was not taken as it stood.
    pub notes: Vec<String>,
    /// What it was decided on.
    pub facts: Vec<Fact>,
    /// The checks that tell something, in the order of the decision.
    pub checks: Vec<Line>,
    /// The length of the longest name of a check.
    pub longest_name: usize,
    /// What comes of it, where it was decided on.
    pub outcome: Outcome,
}

/// What is decided.
pub enum Verdict {
    /// Somebody is let in.
    Allowed,
    /// Somebody is let in, and something is odd.
    AllowedBut(String),
    /// Somebody is let in as a known one.
    AllowedAs(String),
    /// Nobody is, for these reasons.
    Denied(Vec<String>),
}

/// What comes of a token.
pub enum Outcome {
    /// At a host.
    Host {
        /// Where claims come from that the token has under other names.
        mapped: Vec<MappedClaim>,
        /// What it makes of its user, where that can be read.
        user: Option<Person>,
        /// What is odd, and denies nobody.
        oddities: Vec<String>,
    },
    /// At a gateway.
    Gateway {
        /// The headers that the upstream gets, by name.
        headers: Vec<(String, String)>,
    },
}

impl Verdict {
    /// Whether somebody is let in.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        match self {
            Self::Allowed | Self::AllowedBut(_) | Self::AllowedAs(_) => true,
            Self::Denied(_) => false,
        }
    }

    /// The same in a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        if self.is_allowed() {
            "allowed"
        } else {
            "denied"
        }
    }
}
