//! The keys of one keys URL: a document that is fetched whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;

use super::cache::Context;
use super::document::{self, KeySet};
use super::fetch::{FetchError, Fetched};
use super::flight::Flight;
use super::slot::{Outcome, Slot};
use super::state::{KeyState, SourceKind, SourceState};
use super::time;

/// What a keys URL publishes, for one algorithm.
pub struct PublishedSet {
    context: Arc<Context>,
    url: String,
    algorithm: Option<Algorithm>,
    state: Mutex<State>,
}

struct State {
    slot: Slot<Document>,
    flight: Option<Flight>,
}

/// A document, and the text that it came from.
struct Document {
    keys: KeySet,
    body: Vec<u8>,
}

impl PublishedSet {
    /// Knows nothing yet.
    pub const fn new(context: Arc<Context>, url: String, algorithm: Option<Algorithm>) -> Self {
        let state = Mutex::new(State {
            slot: Slot::new(),
            flight: None,
        });
        Self {
            context,
            url,
            algorithm,
            state,
        }
    }

    /// The key, if it is known and need not be asked for.
    pub fn at_hand(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let document = state.slot.at_hand(time::now(), self.context.max_stale());
        find(document?, kid)
    }

    /// The key, if it is known, even if it should have been asked for again.
    pub fn usable(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let document = state.slot.usable(time::now(), self.context.max_stale());
        find(document?, kid)
    }

    /// The key, after the document was fetched again if that may be.
    pub async fn ask(self: &Arc<Self>, kid: &str) -> Option<Key> {
        let flight = {
            let mut state = self.lock();
            let under_way = state.flight.clone().filter(Flight::is_under_way);
            under_way.or_else(|| {
                let may = state.slot.may_try(time::now());
                may.then(|| self.start(&mut state))
            })
        };
        if let Some(flight) = flight {
            flight.end().await;
        }
        self.usable(kid)
    }

    /// Fetches the document if it is time to, and says what to wait for.
    pub fn refresh_if_due(self: &Arc<Self>) -> Option<Flight> {
        let mut state = self.lock();
        let under_way = state.flight.clone().filter(Flight::is_under_way);
        let due = under_way.is_none() && state.slot.is_due(time::now());
        if due {
            return Some(self.start(&mut state));
        }
        under_way
    }

    /// The names of its keys, at most so many.
    pub fn kids(&self, most: usize) -> Vec<String> {
        let state = self.lock();
        let document = state.slot.usable(time::now(), self.context.max_stale());
        let keys = document.into_iter().flat_map(|document| &document.keys);
        let usable = keys.filter(|(_, key)| key.is_ok());
        usable.map(|(kid, _)| kid.clone()).take(most).collect()
    }

    /// What is known, for people.
    pub fn state(&self) -> SourceState {
        let state = self.lock();
        let now = time::now();
        let held = state.slot.held();
        let usable = state.slot.usable(now, self.context.max_stale());
        let keys = usable.into_iter().flat_map(|document| &document.keys);
        let keys = keys.filter_map(|(kid, key)| {
            let key = key.as_ref().ok()?;
            Some(KeyState::new(Some(kid), key).at(held?.confirmed, state.slot.next_try(), now))
        });
        SourceState {
            keys: keys.collect(),
            missing: usable.is_none(),
            stale: state.slot.stale_since(now),
            error: state.slot.error().map(str::to_owned),
            ..SourceState::new(SourceKind::KeysUrl, &self.url)
        }
    }

    fn start(self: &Arc<Self>, state: &mut State) -> Flight {
        let set = Arc::clone(self);
        let flight = Flight::start(async move { set.fetch().await });
        state.flight = Some(flight.clone());
        flight
    }

    async fn fetch(&self) {
        let known = self
            .lock()
            .slot
            .held()
            .map(|document| document.policy.clone());
        let fetched = self
            .context
            .fetcher
            .fetch(&self.url, DOCUMENT_BYTES, known.as_ref());
        let fetched = fetched.await.and_then(|fetched| match fetched {
            Fetched::Missing => Err(FetchError::Status(StatusCode::NOT_FOUND)),
            there => Ok(there),
        });
        self.take_in(fetched);
    }

    fn take_in(&self, fetched: Result<Fetched, FetchError>) {
        let mut state = self.lock();
        let before = state.slot.held().map(|held| held.value.body.clone());
        let was_failing = state.slot.error().is_some();
        let read = |body: &[u8]| match document::parse(body, self.algorithm) {
            Ok(keys) => Ok(Document {
                keys,
                body: body.to_vec(),
            }),
            Err(error) => Err(error.to_string()),
        };
        let outcome = state
            .slot
            .take_in(fetched, read, time::now(), (self.context.wall_clock)());
        let after = state.slot.held().map(|held| &held.value);
        match (outcome, after) {
            (Outcome::Failed { first: true }, _) => {
                let error = state.slot.error().unwrap_or_default();
                tracing::warn!(url = self.url, error, "cannot fetch keys");
            }
            (Outcome::Changed, Some(document)) if before.as_ref() != Some(&document.body) => {
                log_version(&self.url, &document.keys);
            }
            _ => {}
        }
        if was_failing && state.slot.error().is_none() {
            tracing::info!(url = self.url, "keys can be fetched again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(document: &Document, kid: &str) -> Option<Key> {
    document.keys.get(kid)?.as_ref().ok().cloned()
}

/// One line for each version of a document.
fn log_version(url: &str, keys: &KeySet) {
    let usable = keys.values().filter(|key| key.is_ok()).count();
    let skipped: Vec<String> = keys
        .iter()
        .filter_map(|(kid, key)| Some(format!("{kid:?}: {}", key.as_ref().err()?)))
        .take(SKIPPED_SHOWN)
        .collect();
    let skipped = skipped.join("; ");
    tracing::info!(url, usable, skipped, "keys fetched");
    for (kid, key) in keys {
        let weakness = key.as_ref().ok().and_then(|key| key.facts().weakness());
        if let Some(weakness) = weakness {
            tracing::warn!(url, kid, weakness, "a weak key");
        }
    }
}

const DOCUMENT_BYTES: usize = 1_048_576;
const SKIPPED_SHOWN: usize = 16;
