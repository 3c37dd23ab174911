//! What commands wait with.

use std::future::Future;

use tokio::runtime::Builder;

use super::failure::StartError;

/// Waits for the work, in this thread.
pub fn block_on<F: Future>(work: F) -> Result<F::Output, StartError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}
