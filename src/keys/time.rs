//! The runtime's clock, by which the age of keys is measured. Tests can pause it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place here that reads the clock"
)]

use std::time::SystemTime;

use tokio::time::Instant;

/// Now, to measure from.
pub fn now() -> Instant {
    Instant::now()
}

/// The time of day, to compare with the dates that servers give.
pub type WallClock = fn() -> SystemTime;
