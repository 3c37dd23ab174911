//! The console: a page for people, and what it shows.

use std::time::Duration;

use crate::origin::problem::ProblemKind;

use super::caller_key::SetKeys;
use super::raw::Section;

/// What there is of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// Whether there is one at all.
    pub enabled: bool,
    /// How many decisions it remembers; with 0 none.
    pub recent: usize,
    /// Whether it shows names of users and rooms beside decisions.
    pub show_names: bool,
    /// Whether it makes tokens.
    pub mint: bool,
    /// How long a login lasts.
    pub session: Duration,
}

/// Reads the section. Whoever may see the page is told apart wherever anybody is.
pub fn read(section: Section<'_>, keys: SetKeys, warnings: &mut Vec<String>) -> Console {
    let enabled = section.boolean("enabled").unwrap_or(false);
    let mint = section.boolean("mint").unwrap_or(false);
    let session = section.seconds("session", 1.0..=604_800.0);
    let console = Console {
        enabled,
        recent: section
            .integer("recent", 0..=MOST_RECENT)
            .unwrap_or(USUAL_RECENT),
        show_names: section.boolean("show_names").unwrap_or(false),
        mint,
        session: Duration::from_secs_f64(session.unwrap_or(USUAL_SESSION)),
    };
    if enabled && !keys.admin {
        without_key(&section, keys, mint, warnings);
    }
    section.finish();
    console
}

/// Without a key of administrators it is open to this machine, where that is said of everything else as well.
fn without_key(section: &Section<'_>, keys: SetKeys, mint: bool, warnings: &mut Vec<String>) {
    if keys.api {
        let found = "true, and no admin_key beside api_key";
        section.problem("enabled", ProblemKind::Conflict, found, EXPECTED_KEY);
    } else if mint {
        section.problem(
            "mint",
            ProblemKind::Conflict,
            "true, and no admin_key",
            EXPECTED_KEY,
        );
    } else {
        let option = section.shown("enabled");
        warnings.push(format!("{option}: {OPEN}"));
    }
}

const USUAL_RECENT: usize = 200;
const MOST_RECENT: usize = 10_000;
/// Eight hours: a working day.
const USUAL_SESSION: f64 = 28_800.0;
const EXPECTED_KEY: &str = "admin_key_file above all sections, with which people log in (openssl rand -hex 32 makes a key)";
const OPEN: &str = "every user of this machine can see the console, and nobody can revoke there: set admin_key_file above all \
    sections, with which people log in (openssl rand -hex 32 makes a key)";
