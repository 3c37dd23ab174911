//! The numbers of one moment.

use std::sync::Arc;

use crate::counters::Counters;
use crate::keys::fetching::counts::Fetches;
use crate::keys::state::IssuerSource;
use crate::reload_status::Reloads;
use crate::store::StoreState;
use crate::worker::Waiting;

use super::process::Process;

/// Everything that is told.
#[derive(Debug)]
pub struct Readings {
    /// The version of the daemon.
    pub version: &'static str,
    /// The time, in Unix seconds.
    pub now: i64,
    /// What is counted of requests.
    pub counters: Arc<Counters>,
    /// What callers take up.
    pub load: Load,
    /// The places that each host's keys come from.
    pub key_sources: Vec<(String, Vec<IssuerSource>)>,
    /// How fetches of keys went.
    pub key_fetches: Vec<Fetches>,
    /// How often a signature was remembered, and how often it was not.
    pub signature_lookups: (u64, u64),
    /// How the configuration is.
    pub configuration: Configuration,
    /// Lines of the log that were lost.
    pub log_lines_lost: u64,
    /// Decisions without a line in the audit log, since the start.
    pub audit_lines_lost: u64,
    /// How the store is, where there is one.
    pub store: Option<StoreState>,
    /// This process, where the kernel tells of it.
    pub process: Option<Process>,
}

/// What callers take up, and how much of it there is.
#[derive(Debug)]
pub struct Load {
    /// Requests in flight, by pool.
    pub in_flight: [(&'static str, usize); 6],
    /// How many of each pool there may be.
    pub in_flight_limit: usize,
    /// Open connections.
    pub connections: usize,
    /// How many there may be.
    pub connections_limit: usize,
    /// Patterns that wait to be matched.
    pub patterns: Waiting,
}

/// How the configuration is.
#[derive(Debug)]
pub struct Configuration {
    /// How reloads went.
    pub reloads: Reloads,
    /// Whether the last one failed.
    pub has_failed: bool,
    /// Whether changes are noticed at once.
    pub is_watched: bool,
    /// Warnings about what is in force.
    pub warnings: usize,
}
