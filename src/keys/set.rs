//! The keys of one keys URL: a document that is fetched whole.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use http::StatusCode;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;
use crate::token::source_failure::SourceFailure;

use super::answer::Unfit;
use super::cache::{Context, no_answer_yet};
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
    /// Keys that were there once, and when they were missed first; the latest ones.
    withdrawn: VecDeque<(String, Instant)>,
}

/// A document, and the text that it came from.
struct Document {
    keys: KeySet,
    body: Vec<u8>,
    /// How many keys have no name.
    nameless: usize,
}

impl PublishedSet {
    /// Knows nothing yet.
    pub const fn new(context: Arc<Context>, url: String, algorithm: Option<Algorithm>) -> Self {
        let state = Mutex::new(State {
            slot: Slot::new(),
            flight: None,
            withdrawn: VecDeque::new(),
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

    /// What keeps everybody from knowing whether it has a key.
    pub fn failure(&self) -> Option<SourceFailure> {
        let state = self.lock();
        let unfit = match (state.slot.failure(), state.slot.held()) {
            (Some(unfit), _) => unfit.clone(),
            (None, None) => no_answer_yet(),
            (None, Some(_)) => return None,
        };
        let Unfit { said, referral } = unfit;
        Some(SourceFailure {
            option: SourceKind::KeysUrl.option(),
            address: self.url.clone(),
            said,
            referral,
        })
    }

    /// What is to be said of a key that it does not have.
    pub fn word(&self, kid: &str) -> Option<String> {
        let state = self.lock();
        let document = state.slot.usable(time::now(), self.context.max_stale())?;
        let withdrawn = state.withdrawn.iter().find(|(gone, _)| gone == kid);
        let word = match (document.keys.get(kid), withdrawn) {
            (Some(Err(error)), _) => format!("has a key of this name that cannot be used: {error}"),
            (_, Some((_, missed))) => {
                let seconds = time::now().saturating_duration_since(*missed).as_secs();
                format!("had this key until {seconds} seconds ago, and has it no more")
            }
            (_, None) => document.shortcoming()?,
        };
        Some(format!("{} {word}", self.url))
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
        let kids: Vec<String> = state
            .slot
            .held()
            .map(|held| held.value.usable_kids())
            .unwrap_or_default();
        let was_failing = state.slot.error().is_some();
        let read = |body: &[u8]| match document::parse(body, self.algorithm) {
            Ok(keys) => Ok(Document {
                keys,
                body: body.to_vec(),
                nameless: document::nameless(body),
            }),
            Err(error) => Err(error.into_unfit()),
        };
        let outcome = state
            .slot
            .take_in(fetched, read, time::now(), (self.context.wall_clock)());
        state.note_withdrawn(kids, time::now());
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

impl State {
    /// Remembers which of these keys are there no more, and forgets those that are there again.
    fn note_withdrawn(&mut self, before: Vec<String>, now: Instant) {
        let Some(held) = self.slot.held() else { return };
        let keys = &held.value.keys;
        let is_there = |kid: &str| keys.get(kid).is_some_and(Result::is_ok);
        self.withdrawn.retain(|(kid, _)| !is_there(kid));
        let gone = before.into_iter().filter(|kid| !is_there(kid));
        self.withdrawn.extend(gone.map(|kid| (kid, now)));
        let surplus = self.withdrawn.len().saturating_sub(WITHDRAWN_REMEMBERED);
        self.withdrawn.drain(..surplus);
    }
}

impl Document {
    fn usable_kids(&self) -> Vec<String> {
        let usable = self.keys.iter().filter(|(_, key)| key.is_ok());
        usable.map(|(kid, _)| kid.clone()).collect()
    }

    /// Why nobody finds a key in it.
    fn shortcoming(&self) -> Option<String> {
        let usable = self.keys.values().any(Result::is_ok);
        match (self.nameless, self.keys.is_empty()) {
            (0, true) => Some("answers with an empty JWK Set".to_owned()),
            (0, false) if usable => None,
            (0, false) => Some("has keys, none of which is for this host's algorithm".to_owned()),
            (1, _) => Some("has a key without a kid, which nobody can ask for".to_owned()),
            (count, _) => Some(format!(
                "has {count} keys without a kid, which nobody can ask for"
            )),
        }
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
const WITHDRAWN_REMEMBERED: usize = 64;
