//! What is known of the server.

use crate::api::health::Ready;
use crate::api::keys::LoadedKeys;
use crate::joins::HourSums;
use crate::overview::Overview;
use crate::reload_status::Reloads;
use crate::store::StoreState;

use super::revocations::Revocations;

/// What is known of the server.
pub struct Server<'a> {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The daemon's version.
    pub version: &'a str,
    /// How often the configuration was loaded, and when.
    pub reloads: Reloads,
    /// Whether it can decide, and what is wrong.
    pub health: &'a Ready,
    /// What the configuration in force comes to.
    pub overview: &'a Overview,
    /// The keys that are loaded.
    pub keys: &'a LoadedKeys,
    /// What was decided in the last hour.
    pub hour: HourSums,
    /// How the store is, where there is one.
    pub store: Option<&'a StoreState>,
    /// What was taken back.
    pub revocations: Revocations<'a>,
}
