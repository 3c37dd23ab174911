//! Waits for the database, and not for ever.

use std::time::Duration;

use tokio::time::timeout;

use super::trouble::Trouble;

/// Gives up what takes too long.
pub async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let done = timeout(patience, work).await;
    done.unwrap_or_else(|_| Err(Trouble::Slow(patience.as_secs())))
}
