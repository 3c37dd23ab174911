//! What was done, as the address of the page after it says: one of a few words, and nothing that somebody has typed.

use crate::api::words::revocations::GOOD_AGAIN;
use crate::console::address;
use crate::http::response::Reply;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Something is revoked from now on.
    Revoked,
    /// Something is revoked no longer.
    TakenBack,
    /// Somebody else was faster.
    Gone,
}

impl Done {
    const ALL: [Self; 3] = [Self::Revoked, Self::TakenBack, Self::Gone];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    /// The way to the page that says so.
    pub fn reply(self) -> Reply {
        let (page, name) = (address::SERVER, self.name());
        Reply::see_other(&format!("{page}?done={name}"))
    }

    /// What the page says.
    pub fn words(self) -> String {
        match self {
            Self::Revoked => "Revoked: it counts from now on.".to_owned(),
            Self::TakenBack => format!("Not revoked any longer: {GOOD_AGAIN}."),
            Self::Gone => {
                "It was not revoked any longer: somebody else has taken it back.".to_owned()
            }
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::TakenBack => "taken-back",
            Self::Gone => "gone",
        }
    }
}
