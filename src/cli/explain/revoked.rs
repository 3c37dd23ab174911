//! What was taken back, where the command can see it.

use crate::config::Config;
use crate::store;
use crate::verifier::Revoked;

/// What the daemon's store says was taken back, or that it could not be looked at, and what to do.
pub fn known(config: &Config) -> (Revoked, Option<String>) {
    match config.store.as_ref().map(store::read) {
        None => (Revoked::Nothing, None),
        Some(Ok(set)) => (Revoked::Set(set), None),
        Some(Err(why)) => {
            let note = format!(
                "whether it was revoked was not looked at: {why}; sudo prosody-tokend explain may"
            );
            (Revoked::Nothing, Some(note))
        }
    }
}
