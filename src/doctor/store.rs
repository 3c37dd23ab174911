//! What the running daemon says of where revocations are kept.

use crate::api::health::StoreHealth;
use crate::api::words::health::{self as words, Trouble};

use super::facts::{Answer, Endpoint, StoreWords};
use super::finding::Finding;

/// What is wrong with the store.
pub fn examine(store: &StoreWords) -> Vec<Finding> {
    let unknown = store.is_unknown.then(unknown);
    let damaged = store.damaged.as_deref().map(damaged);
    let failed = store
        .failed
        .as_deref()
        .map(|why| failed(why, store.failed_since));
    let unreadable = store
        .health
        .as_ref()
        .map_or(0, |health| health.unreadable_secrets);
    let unreadable = (unreadable > 0).then(|| unreadable_secrets(unreadable));
    [unknown, damaged, failed, unreadable]
        .into_iter()
        .flatten()
        .collect()
}

/// Where it is, and whether others share it.
pub fn summary(endpoint: &Endpoint) -> Option<String> {
    let Answer::Daemon(running) = &endpoint.answer else {
        return None;
    };
    let store = running.store.health.as_ref()?;
    let shared = if store.is_shared {
        "shared with other daemons"
    } else {
        "of this daemon alone"
    };
    let StoreHealth {
        place,
        revocations,
        consumers,
        credentials,
        ..
    } = store;
    let registered = if *consumers == 0 {
        String::new()
    } else {
        format!(", {credentials} credentials of {consumers} consumers")
    };
    Some(format!(
        "the store at {place}, {shared}: {revocations} revocations in force{registered}"
    ))
}

fn unknown() -> Finding {
    let Trouble { what, why } = words::revocations_unknown();
    Finding::error("revocations-unknown", what, why, LOG.to_owned())
}

fn damaged(damage: &str) -> Finding {
    let Trouble { what, why } = words::store_damaged(damage);
    let remedy = format!("{LOG}; prosody-tokend revocations");
    Finding::warning("store-damaged", what, why, remedy)
}

fn failed(error: &str, since: Option<i64>) -> Finding {
    let Trouble { what, why } = words::store_failed(error, since);
    Finding::warning("store-failed", what, why, LOG.to_owned())
}

fn unreadable_secrets(count: usize) -> Finding {
    let Trouble { what, why } = words::secrets_unreadable(count);
    Finding::warning(
        "secrets-unreadable",
        what,
        why,
        "prosody-tokend check; name the key that they were sealed with in seal_key_file, and restart the daemon".to_owned(),
    )
}

const LOG: &str = "journalctl -u prosody-tokend --grep store -n 5";
