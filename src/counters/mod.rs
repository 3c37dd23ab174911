//! What the daemon counts for those who watch it. Every place is there from the start, so that counting is one addition; it has
//! no names of users, rooms or keys, and as many hosts as the configuration.

pub mod decisions;
pub mod gateways;
pub mod histogram;
pub mod requests;
pub mod tally;

use std::sync::OnceLock;

use self::decisions::Decisions;
use self::gateways::OfGateways;
use self::requests::Requests;

/// Everything that requests are counted in.
#[derive(Debug)]
pub struct Counters {
    /// What was decided.
    pub decisions: Decisions,
    /// What was decided on requests that proxies ask about.
    pub gateways: OfGateways,
    /// What was asked, and with which status it was answered; made by whoever knows the endpoints.
    pub requests: OnceLock<Requests>,
}
