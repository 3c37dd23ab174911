//! What time it is to the keys.

use tokio::time::Instant;

/// The runtime's clock, by which the age of keys is measured. Tests can pause it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the keys that reads the clock"
)]
pub fn now() -> Instant {
    Instant::now()
}
