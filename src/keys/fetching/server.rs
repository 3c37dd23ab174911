//! The keys of one key server, where each has a file of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::super::source;
use super::super::state::{KeyState, SourceKind, SourceState};
use super::answer::{self, Unfit};
use super::client::{FetchError, Fetched};
use super::counts;
use super::moment::now;
use super::resource::{Context, Outage, Resource, RunningFetch, no_answer_yet};

/// What is known of a key server.
///
/// Everybody can make up a `kid`, and the server must be asked for each that is new. So that a flood of them neither
/// reaches the server nor pushes out keys, a bucket bounds how many new ones it is asked for, and only those that have a
/// key take one of the places. The price is that a new, good `kid` may have to wait for its turn during such a flood; keys
/// that are known never do.
pub struct KeyServer {
    context: Arc<Context>,
    url: String,
    capacity: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    entries: HashMap<String, Entry>,
    new_kids: Bucket,
    outage: Outage,
}

/// What is known of one `kid`. An entry without a key keeps it from being asked for again at once.
struct Entry {
    key: Resource<Key>,
    /// Why the file that the server has for it is no usable key.
    refused: Option<KeyError>,
    used: Instant,
}

/// A token bucket: [`CAPACITY`] at once, and one more each [`INTERVAL`].
struct Bucket {
    level: f64,
    filled: Instant,
}

impl KeyServer {
    /// A key server that was not asked yet. At most `capacity` of its keys are kept.
    pub fn new(context: Arc<Context>, url: String, capacity: usize) -> Self {
        let state = State {
            entries: HashMap::new(),
            new_kids: Bucket::full(now()),
            outage: Outage::new(),
        };
        Self {
            context,
            url,
            capacity: AtomicUsize::new(capacity),
            state: Mutex::new(state),
        }
    }

    /// Keeps at most `capacity` keys from now on.
    pub fn set_capacity(&self, capacity: usize) {
        self.capacity.store(capacity, Ordering::Relaxed);
    }

    /// The key, if it may be used without asking for it.
    pub fn cached(&self, kid: &str) -> Option<Key> {
        let now = now();
        let mut state = self.lock();
        let entry = state.entries.get_mut(kid)?;
        entry.used = now;
        entry.key.cached(&self.context, now).cloned()
    }

    /// The key, if it may be used at all.
    pub fn usable(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let key = &state.entries.get(kid)?.key;
        key.usable(&self.context, now()).cloned()
    }

    /// The key, after the server was asked for it, unless it was asked a moment ago.
    pub async fn ask(self: &Arc<Self>, kid: &str) -> Found {
        if let Some(fetch) = self.fetch_for(kid) {
            fetch.end().await;
        }
        let state = self.lock();
        let entry = state.entries.get(kid)?;
        let key = entry.key.usable(&self.context, now());
        key.cloned()
            .map(Ok)
            .or_else(|| entry.refused.clone().map(Err))
    }

    /// Why nobody can tell whether it has a key. None if it says that it has none.
    pub fn failure(&self, kid: &str) -> Option<SourceFailure> {
        let state = self.lock();
        let unfit = match state.entries.get(kid) {
            Some(Entry { key, .. }) => {
                let is_asked = key.running().is_some();
                let error = key.error().cloned();
                error.or_else(|| is_asked.then(no_answer_yet))?
            }
            // It was not asked for this one: there were too many new ones, or it was forgotten since. If the server failed
            // another one, it would have failed this one as well.
            None => Unfit::from(state.outage.error()?.to_owned()),
        };
        Some(SourceFailure {
            option: SourceKind::KeyServer.option(),
            address: source::key_url(&self.url, kid),
            said: unfit.said,
            referral: None,
            remedy: None,
        })
    }

    /// Why it does not have the key of a `kid`, for an explanation.
    pub fn why_absent(&self, kid: &str) -> String {
        format!("there is nothing at {}", source::key_url(&self.url, kid))
    }

    /// Fetches keys again that near their end. Those that nobody used since they were fetched are left to expire.
    pub fn refresh_if_due(self: &Arc<Self>) {
        let now = now();
        let mut state = self.lock();
        for (kid, entry) in &mut state.entries {
            let held = entry.key.held();
            if held.is_some_and(|held| entry.used > held.confirmed) {
                entry.key.refresh_if_due(now, || self.start(kid));
            }
        }
    }

    /// The `kid`s of at most `limit` keys that are known.
    pub fn kids(&self, limit: usize) -> Vec<String> {
        let state = self.lock();
        let known = state.entries.iter().filter(|(_, entry)| entry.is_known());
        known.map(|(kid, _)| kid.clone()).take(limit).collect()
    }

    /// What is known, for people.
    pub fn state(&self) -> SourceState {
        let now = now();
        let state = self.lock();
        let keys = state.entries.iter().filter_map(|(kid, entry)| {
            let key = entry.key.usable(&self.context, now)?;
            let confirmed = entry.key.held()?.confirmed;
            let state = KeyState::new(Some(kid), key);
            Some(state.at(confirmed, entry.key.next_fetch(), now))
        });
        let mut keys: Vec<KeyState> = keys.collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        // It may not have been asked yet. That it cannot be is known without.
        let unreachable = self.unreachable().filter(|_| keys.is_empty());
        SourceState {
            keys,
            missing: unreachable.is_some(),
            stale: state.stale(&self.context, now),
            error: unreachable.or_else(|| state.outage.error().map(str::to_owned)),
            last_success: state.known(|key| key.confirmed_ago(now)).min(),
            next_fetch: state.known(|key| key.next_fetch_in(now)).min(),
            ..SourceState::new(SourceKind::KeyServer, &self.url)
        }
    }

    /// Why it can be asked for nothing, whatever it would answer.
    pub fn unreachable(&self) -> Option<String> {
        let needs_tls = self.url.starts_with("https://");
        needs_tls.then(|| self.context.client.tls_failure())?
    }

    /// The fetch to wait for. None if the server must not be asked for this `kid` now.
    fn fetch_for(self: &Arc<Self>, kid: &str) -> Option<RunningFetch> {
        let now = now();
        let mut state = self.lock();
        let entry = state.entry(kid, now)?;
        entry.key.ask(now, || self.start(kid))
    }

    fn start(self: &Arc<Self>, kid: &str) -> RunningFetch {
        let server = Arc::clone(self);
        let kid = kid.to_owned();
        RunningFetch::start(async move { server.fetch(&kid).await })
    }

    async fn fetch(&self, kid: &str) {
        let known = {
            let state = self.lock();
            let entry = state.entries.get(kid);
            entry.and_then(|entry| entry.key.cache_policy())
        };
        let url = source::key_url(&self.url, kid);
        let client = &self.context.client;
        let fetched = client.fetch(&url, MAX_KEY_BYTES, known.as_ref()).await;
        self.record(kid, fetched);
    }

    fn record(&self, kid: &str, fetched: Result<Fetched, FetchError>) {
        let now = now();
        let mut state = self.lock();
        let error = fetched.as_ref().err().map(ToString::to_string);
        state.outage.record(&self.url, error);
        let mut result = counts::result(&fetched);
        if let Some(entry) = state.entries.get_mut(kid) {
            entry.record(fetched.map_err(Unfit::from), &self.context, now);
            result = entry.key.error().map_or(result, |_| counts::FAILED);
        }
        self.context.counts.of_server(result);
        state.forget(self.capacity.load(Ordering::Relaxed), now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The entry of a `kid`, which is made if it is new. None if it would be fetched, is not known, and there are too many
    /// such ones.
    fn entry(&mut self, kid: &str, now: Instant) -> Option<&mut Entry> {
        let known = self.entries.get(kid);
        let is_free = known.is_some_and(|entry| entry.is_known() || !entry.key.may_fetch(now));
        if !is_free && !self.new_kids.take(now) {
            return None;
        }
        let entry = self.entries.entry(kid.to_owned());
        let entry = entry.or_insert_with(|| Entry::new(now));
        entry.used = now;
        Some(entry)
    }

    /// Something of each key that the server has, as far as is known.
    fn known<T>(&self, of: impl Fn(&Resource<Key>) -> Option<T>) -> impl Iterator<Item = T> {
        let known = self.entries.values().filter(|entry| entry.is_known());
        known.filter_map(move |entry| of(&entry.key))
    }

    /// For how long keys have been used past their lifetime because fetches fail.
    fn stale(&self, context: &Context, now: Instant) -> Option<Duration> {
        let keys = self.entries.values().map(|entry| &entry.key);
        keys.filter(|key| key.error().is_some() && key.usable(context, now).is_some())
            .filter_map(|key| key.stale_since(now))
            .max()
    }

    /// Forgets kids without a key as soon as they may be asked for again, and the keys that were not used for longest.
    fn forget(&mut self, capacity: usize, now: Instant) {
        self.entries
            .retain(|_, entry| entry.is_known() || !entry.key.may_fetch(now));
        let mut used: Vec<(Instant, String)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.is_known())
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
            key: Resource::new(),
            refused: None,
            used: now,
        }
    }

    /// Whether the server has a key for this `kid`, as far as is known.
    const fn is_known(&self) -> bool {
        self.key.held().is_some()
    }

    fn record(&mut self, fetched: Result<Fetched, Unfit>, context: &Context, now: Instant) {
        let mut refused = None;
        let read = |body: &[u8]| {
            Key::from_pem(body).map_err(|error| {
                if !answer::is_pem(body) {
                    return no_pem(body);
                }
                refused = Some(error.clone());
                Unfit::from(error.to_string())
            })
        };
        self.key.record(fetched, read, context, now);
        self.refused = refused;
    }
}

fn no_pem(body: &[u8]) -> Unfit {
    let unfit = answer::describe(body);
    let said = format!("the answer is no public key in PEM: it is {}", unfit.said);
    Unfit { said, ..unfit }
}

impl Bucket {
    const fn full(now: Instant) -> Self {
        Self {
            level: CAPACITY,
            filled: now,
        }
    }

    /// Takes one, and says whether there was one.
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled);
        self.level = CAPACITY.min(self.level + passed.as_secs_f64() / INTERVAL.as_secs_f64());
        self.filled = now;
        let has_one = self.level >= 1.0;
        if has_one {
            self.level -= 1.0;
        }
        has_one
    }
}

const MAX_KEY_BYTES: usize = 65_536;
/// How many new kids a key server is asked for at once.
const CAPACITY: f64 = 32.0;
/// How long it takes until it may be asked for one more.
const INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bucket_gives_its_capacity_and_then_two_a_second() {
        let start = now();
        let mut bucket = Bucket::full(start);
        let mut taken = |now: Instant| (0..10_000).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(start), 32);
        assert_eq!(taken(start), 0);
        assert_eq!(taken(start + Duration::from_millis(499)), 0);
        assert_eq!(taken(start + Duration::from_millis(1_001)), 2);
        assert_eq!(taken(start + Duration::from_secs(11)), 20);
        assert_eq!(taken(start + Duration::from_hours(1)), 32);
        assert_eq!(taken(start), 0);
    }
}
