//! Points in time for claims.

use std::time::{SystemTime, UNIX_EPOCH};

/// A Unix time so many seconds from now.
pub fn in_seconds(offset: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + offset
}

/// The Unix time now.
pub fn now() -> i64 {
    in_seconds(0)
}
