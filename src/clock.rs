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

/// A time that no file which changes after this is asked for has an earlier one than. The kernel stamps files with the time of its
/// last tick.
#[must_use]
pub fn before_files() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    Duration::try_from(time).unwrap_or_default()
}

/// A time that no file which changed before this is asked for has a later one than. From Linux 6.13 on the kernel stamps files that
/// somebody looks at with the time itself.
#[must_use]
pub fn after_files() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    Duration::try_from(time).unwrap_or_default()
}
