//! The clock.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whole Unix seconds; negative before 1970.
#[must_use]
pub fn unix_time() -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => seconds(before.duration()).saturating_neg(),
    }
}

/// A point in time to measure durations from.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}

/// The time since then.
#[must_use]
pub fn elapsed(since: Instant) -> Duration {
    since.elapsed()
}

/// The time of day, to compare with the dates that servers give.
#[must_use]
pub fn wall_clock() -> SystemTime {
    SystemTime::now()
}

/// The time since the machine was started, sleep included, as the kernel counts when processes start.
#[must_use]
pub fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// The time as the kernel stamps files with it: no file that changes after this is asked for has an earlier one.
#[must_use]
pub fn file_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    Duration::try_from(time).unwrap_or_default()
}
