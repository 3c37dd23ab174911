//! How fetches of keys went.

use crate::counters::tally::Tally;

use super::super::state::SourceKind;
use super::client::Fetched;

/// Counts of all fetches, whatever sources come and go.
pub struct FetchCounts {
    sets: Tally,
    discovered: Tally,
    servers: Tally,
}

/// How often fetches from sources of one kind came to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetches {
    /// The kind of source.
    pub kind: SourceKind,
    /// What came of it.
    pub result: &'static str,
    /// How often.
    pub count: u64,
}

impl Default for FetchCounts {
    fn default() -> Self {
        let results = [FETCHED, UNCHANGED, MISSING, FAILED].into_iter().collect();
        Self {
            sets: Tally::new(&results),
            discovered: Tally::new(&results),
            servers: Tally::new(&results),
        }
    }
}

impl FetchCounts {
    /// Counts a document that was fetched.
    pub fn of_set(&self, result: &str) {
        self.sets.count(result);
    }

    /// Counts a document that was fetched from where an issuer's metadata says.
    pub fn of_discovered(&self, result: &str) {
        self.discovered.count(result);
    }

    /// Counts a key that was asked for at a key server.
    pub fn of_server(&self, result: &str) {
        self.servers.count(result);
    }

    /// All counts.
    pub fn all(&self) -> Vec<Fetches> {
        let sets = self.sets.counts();
        let sets = sets.map(|counted| of(SourceKind::KeysUrl, counted));
        let discovered = self.discovered.counts();
        let discovered = discovered.map(|counted| of(SourceKind::Discovery, counted));
        let servers = self.servers.counts();
        let servers = servers.map(|counted| of(SourceKind::KeyServer, counted));
        sets.chain(discovered).chain(servers).collect()
    }
}

const fn of(kind: SourceKind, (result, count): (&'static str, u64)) -> Fetches {
    Fetches {
        kind,
        result,
        count,
    }
}

/// What came of a fetch, as far as HTTP tells.
pub const fn result<E>(fetched: &Result<Fetched, E>) -> &'static str {
    match fetched {
        Ok(Fetched::Body(..)) => FETCHED,
        Ok(Fetched::Unchanged(_)) => UNCHANGED,
        Ok(Fetched::Missing) => MISSING,
        Err(_) => FAILED,
    }
}

const FETCHED: &str = "fetched";
const UNCHANGED: &str = "unchanged";
const MISSING: &str = "missing";
/// No answer, or one that holds no keys.
pub const FAILED: &str = "failed";
