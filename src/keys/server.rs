//! The keys of one key server, where each has a file of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::address;
use super::answer::{self, Unfit};
use super::bucket::Bucket;
use super::cache::{Context, no_answer_yet};
use super::fetch::{FetchError, Fetched};
use super::flight::Flight;
use super::slot::Slot;
use super::state::{KeyState, SourceKind, SourceState};
use super::time;

/// What is known of a key server.
///
/// Everybody can make up kids. Those that the server does not know take no place from those it does, and a bucket of
/// tokens bounds how many it is asked for.
pub struct KeyServer {
    context: Arc<Context>,
    url: String,
    capacity: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    entries: HashMap<String, Entry>,
    new_kids: Bucket,
    error: Option<String>,
}

/// What is known of one kid; without a key, that there was none a moment ago.
struct Entry {
    slot: Slot<Key>,
    refused: Option<KeyError>,
    flight: Option<Flight>,
    used: Instant,
}

impl KeyServer {
    /// Knows nothing yet, and will keep at most `capacity` keys.
    pub fn new(context: Arc<Context>, url: String, capacity: usize) -> Self {
        let state = State {
            entries: HashMap::new(),
            new_kids: Bucket::full(time::now()),
            error: None,
        };
        Self {
            context,
            url,
            capacity: AtomicUsize::new(capacity),
            state: Mutex::new(state),
        }
    }

    /// Keeps at most so many keys from now on.
    pub fn set_capacity(&self, capacity: usize) {
        self.capacity.store(capacity, Ordering::Relaxed);
    }

    /// The key, if it is known and need not be asked for.
    pub fn at_hand(&self, kid: &str) -> Option<Key> {
        let now = time::now();
        let mut state = self.lock();
        let entry = state.entries.get_mut(kid)?;
        entry.used = now;
        entry.slot.at_hand(now, self.context.max_stale()).cloned()
    }

    /// The key, if it is known, even if it should have been asked for again.
    pub fn usable(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let slot = &state.entries.get(kid)?.slot;
        slot.usable(time::now(), self.context.max_stale()).cloned()
    }

    /// The key, after the server was asked if that may be.
    pub async fn ask(self: &Arc<Self>, kid: &str) -> Found {
        if let Some(flight) = self.flight(kid) {
            flight.end().await;
        }
        let now = time::now();
        let state = self.lock();
        let entry = state.entries.get(kid)?;
        let key = entry.slot.usable(now, self.context.max_stale());
        key.cloned()
            .map(Ok)
            .or_else(|| entry.refused.clone().map(Err))
    }

    /// What keeps everybody from knowing whether it has a key.
    pub fn failure(&self, kid: &str) -> Option<SourceFailure> {
        let state = self.lock();
        let unfit = match state.entries.get(kid) {
            Some(entry) => {
                let is_asked = entry.flight.as_ref().is_some_and(Flight::is_under_way);
                let failure = entry.slot.failure().cloned();
                failure.or_else(|| is_asked.then(no_answer_yet))?
            }
            None => Unfit::from(state.error.clone()?),
        };
        Some(SourceFailure {
            option: SourceKind::KeyServer.option(),
            address: address::url(&self.url, kid),
            said: unfit.said,
            referral: None,
        })
    }

    /// What is to be said of a key that it does not have.
    pub fn word(&self, kid: &str) -> String {
        format!("there is nothing at {}", address::url(&self.url, kid))
    }

    /// Fetches again what is used and nears its end.
    pub fn refresh_if_due(self: &Arc<Self>) {
        let now = time::now();
        let mut state = self.lock();
        let due = |entry: &Entry| {
            let held = entry.slot.held();
            let idle = !entry.flight.as_ref().is_some_and(Flight::is_under_way);
            idle && held.is_some_and(|held| entry.used > held.confirmed) && entry.slot.is_due(now)
        };
        let due = state.entries.iter_mut().filter(|(_, entry)| due(entry));
        for (kid, entry) in due {
            entry.flight = Some(self.start(kid));
        }
    }

    /// The names of its keys that are known, at most so many.
    pub fn kids(&self, most: usize) -> Vec<String> {
        let state = self.lock();
        let known = state
            .entries
            .iter()
            .filter(|(_, entry)| entry.slot.held().is_some());
        known.map(|(kid, _)| kid.clone()).take(most).collect()
    }

    /// What is known, for people.
    pub fn state(&self) -> SourceState {
        let state = self.lock();
        let now = time::now();
        let max_stale = self.context.max_stale();
        let failing = state.entries.values().filter(|entry| {
            entry.slot.error().is_some() && entry.slot.usable(now, max_stale).is_some()
        });
        let longest = failing
            .filter_map(|entry| entry.slot.stale_since(now))
            .max();
        let keys = state.entries.iter().filter_map(|(kid, entry)| {
            let key = entry.slot.usable(now, max_stale)?;
            let confirmed = entry.slot.held()?.confirmed;
            let next = entry.slot.next_try();
            Some(KeyState::new(Some(kid), key).at(confirmed, next, now))
        });
        let mut keys: Vec<KeyState> = keys.collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        SourceState {
            keys,
            stale: longest,
            error: state.error.clone(),
            ..SourceState::new(SourceKind::KeyServer, &self.url)
        }
    }

    /// What to wait for: a request under way, or a new one if the server may be asked.
    fn flight(self: &Arc<Self>, kid: &str) -> Option<Flight> {
        let now = time::now();
        let mut state = self.lock();
        if let Some(entry) = state.entries.get_mut(kid) {
            entry.used = now;
            let under_way = entry.flight.clone().filter(Flight::is_under_way);
            if under_way.is_some() || !entry.slot.may_try(now) {
                return under_way;
            }
        }
        let is_known = |entry: &Entry| entry.slot.held().is_some();
        if !state.entries.get(kid).is_some_and(is_known) && !state.new_kids.take(now) {
            return None;
        }
        let flight = self.start(kid);
        let entry = state
            .entries
            .entry(kid.to_owned())
            .or_insert_with(|| Entry::new(now));
        entry.flight = Some(flight.clone());
        Some(flight)
    }

    fn start(self: &Arc<Self>, kid: &str) -> Flight {
        let server = Arc::clone(self);
        let kid = kid.to_owned();
        Flight::start(async move { server.fetch(&kid).await })
    }

    async fn fetch(&self, kid: &str) {
        let known = {
            let state = self.lock();
            let held = state.entries.get(kid).and_then(|entry| entry.slot.held());
            held.map(|held| held.policy.clone())
        };
        let url = address::url(&self.url, kid);
        let fetched = self
            .context
            .fetcher
            .fetch(&url, KEY_BYTES, known.as_ref())
            .await;
        self.take_in(kid, fetched);
    }

    fn take_in(&self, kid: &str, fetched: Result<Fetched, FetchError>) {
        let mut state = self.lock();
        state.note(&self.url, fetched.as_ref().err());
        let now = time::now();
        if let Some(entry) = state.entries.get_mut(kid) {
            let mut refused = None;
            let read = |body: &[u8]| {
                Key::from_pem(body).map_err(|error| {
                    if !is_pem(body) {
                        let Unfit { said, referral } = answer::describe(body);
                        let said = format!("the answer is no public key in PEM: it is {said}");
                        return Unfit { said, referral };
                    }
                    refused = Some(error.clone());
                    Unfit::from(error.to_string())
                })
            };
            entry
                .slot
                .take_in(fetched, read, now, (self.context.wall_clock)());
            entry.refused = refused;
        }
        state.forget(self.capacity.load(Ordering::Relaxed), now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Logs that the server fails, or answers again: once for each outage.
    fn note(&mut self, url: &str, error: Option<&FetchError>) {
        let error = error.map(ToString::to_string);
        match (&self.error, &error) {
            (None, Some(error)) => tracing::warn!(url, error, "cannot fetch keys"),
            (Some(_), None) => tracing::info!(url, "keys can be fetched again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.error = error;
    }

    /// Forgets kids that had no key when last asked for, and of the keys those that were longest of no use.
    fn forget(&mut self, capacity: usize, now: Instant) {
        self.entries.retain(|_, entry| {
            let under_way = entry.flight.as_ref().is_some_and(Flight::is_under_way);
            entry.slot.held().is_some() || !entry.slot.may_try(now) || under_way
        });
        let mut used: Vec<(Instant, String)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.slot.held().is_some())
            .map(|(kid, entry)| (entry.used, kid.clone()))
            .collect();
        used.sort();
        let surplus = used.len().saturating_sub(capacity);
        for (_, kid) in used.into_iter().take(surplus) {
            self.entries.remove(&kid);
        }
    }
}

impl Entry {
    const fn new(now: Instant) -> Self {
        Self {
            slot: Slot::new(),
            refused: None,
            flight: None,
            used: now,
        }
    }
}

/// Whether there is anything in PEM, be it a key or not.
pub fn is_pem(body: &[u8]) -> bool {
    let mut parts = body.windows(PEM.len());
    parts.any(|part| part == PEM)
}

const KEY_BYTES: usize = 65_536;
const PEM: &[u8] = b"-----BEGIN ";
