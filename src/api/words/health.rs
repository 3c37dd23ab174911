//! What is wrong with a daemon that runs.

use crate::token::when;

/// Something that is wrong, and why that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was found.
    pub what: String,
    /// What comes of it.
    pub why: &'static str,
}

/// It is not known what was revoked.
#[must_use]
pub fn revocations_unknown() -> Trouble {
    Trouble {
        what: "the daemon does not know what was revoked, and its configuration has required = true in [revocations]".to_owned(),
        why: "nobody gets in who comes with a token",
    }
}

/// Something of what was revoked is lost.
#[must_use]
pub fn store_damaged(damage: &str) -> Trouble {
    Trouble {
        what: format!("revocations were lost: {damage}"),
        why: "what was revoked before is let in again, unless required = true in [revocations] keeps everybody out",
    }
}

/// The store cannot be written or read, since this time.
#[must_use]
pub fn store_failed(error: &str, since: Option<i64>) -> Trouble {
    let since = since.map_or_else(String::new, |since| {
        format!(" since {}", when::shown(since))
    });
    Trouble {
        what: format!("the store of revocations does not work{since}: {error}"),
        why: "what is revoked already stays so, and nothing more can be revoked until it works again",
    }
}

/// So many secrets of credentials cannot be read.
#[must_use]
pub fn secrets_unreadable(count: usize) -> Trouble {
    Trouble {
        what: format!(
            "{count} credentials have secrets that were sealed with another key than seal_key in [store]"
        ),
        why: "none of their tokens counts",
    }
}

/// A host has no key at all.
#[must_use]
pub fn host_without_keys(host: &str) -> Trouble {
    Trouble {
        what: format!(
            "the daemon has not one key for {host}: no source of its keys has answered with any"
        ),
        why: "no token can be verified there, so nobody gets in who comes with one",
    }
}

/// Changes of the configuration are not noticed at once.
#[must_use]
pub fn not_watched(reason: &str) -> Trouble {
    Trouble {
        what: format!("the daemon does not notice changes of its configuration at once: {reason}"),
        why: "what you change takes effect later than you expect; it looks again every second",
    }
}

/// Why lines that are missing from the log matter.
pub const LINES_LOST: &str =
    "they could not be written, or nobody read them; what you look for may be missing from the log";
