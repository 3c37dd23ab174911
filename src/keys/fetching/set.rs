//! The keys of one keys URL: a document that is fetched whole.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use tokio::time::Instant;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;
use crate::token::source_failure::SourceFailure;

use super::super::state::{KeyState, SourceKind, SourceState};
use super::answer::Unfit;
use super::client::{FetchError, Fetched};
use super::counts;
use super::document::{self, DocumentError, KeySet};
use super::moment::now;
use super::resource::{Context, Outage, Resource, RunningFetch, no_answer_yet};

/// What a keys URL publishes, for some algorithms.
pub struct PublishedSet {
    context: Arc<Context>,
    url: String,
    algorithms: Vec<Algorithm>,
    state: Mutex<State>,
}

struct State {
    document: Resource<Document>,
    outage: Outage,
    /// The latest keys that were there once, and when they were missed first.
    withdrawn: VecDeque<(String, Instant)>,
}

/// A document, and the text that it came from.
struct Document {
    keys: KeySet,
    body: Vec<u8>,
    /// How many keys have no `kid`.
    nameless: usize,
}

impl PublishedSet {
    /// A document that was not fetched yet.
    pub const fn new(context: Arc<Context>, url: String, algorithms: Vec<Algorithm>) -> Self {
        let state = Mutex::new(State {
            document: Resource::new(),
            outage: Outage::new(),
            withdrawn: VecDeque::new(),
        });
        Self {
            context,
            url,
            algorithms,
            state,
        }
    }

    /// The key, if it may be used without asking for it.
    pub fn cached(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let document = state.document.cached(&self.context, now())?;
        document.key(kid)
    }

    /// The key, if it may be used at all.
    pub fn usable(&self, kid: &str) -> Option<Key> {
        let state = self.lock();
        let document = state.document.usable(&self.context, now())?;
        document.key(kid)
    }

    /// The key, after the document was fetched again, unless it was fetched a moment ago.
    pub async fn ask(self: &Arc<Self>, kid: &str) -> Option<Key> {
        let fetch = self.lock().document.ask(now(), || self.start());
        if let Some(fetch) = fetch {
            fetch.end().await;
        }
        self.usable(kid)
    }

    /// Fetches the document if it is time to, and gives the fetch that is under way.
    pub fn refresh_if_due(self: &Arc<Self>) -> Option<RunningFetch> {
        let mut state = self.lock();
        state.document.refresh_if_due(now(), || self.start())
    }

    /// The `kid`s of at most `limit` usable keys.
    pub fn kids(&self, limit: usize) -> Vec<String> {
        let state = self.lock();
        let document = state.document.usable(&self.context, now());
        let kids = document.into_iter().flat_map(Document::usable_kids);
        kids.take(limit).cloned().collect()
    }

    /// What is known, for people.
    pub fn state(&self) -> SourceState {
        let now = now();
        let state = self.lock();
        let usable = state.document.usable(&self.context, now);
        let keys = usable.into_iter().flat_map(|document| &document.keys);
        let keys = keys.filter_map(|(kid, key)| {
            let confirmed = state.document.held()?.confirmed;
            let key = KeyState::new(Some(kid), key.as_ref().ok()?);
            Some(key.at(confirmed, state.document.next_fetch(), now))
        });
        SourceState {
            keys: keys.collect(),
            missing: usable.is_none(),
            stale: state.document.stale_since(now),
            error: state.outage.error().map(str::to_owned),
            last_success: state.document.confirmed_ago(now),
            next_fetch: state.document.next_fetch_in(now),
            ..SourceState::new(SourceKind::KeysUrl, &self.url)
        }
    }

    /// Why nobody can tell whether it has a key. None if the last document says which ones there are.
    pub fn failure(&self) -> Option<SourceFailure> {
        let state = self.lock();
        let unfit = match (state.document.error(), state.document.held()) {
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

    /// Why it does not have the key of a `kid`, for an explanation. None if it just has others.
    pub fn why_absent(&self, kid: &str) -> Option<String> {
        let state = self.lock();
        let document = state.document.usable(&self.context, now())?;
        let withdrawn = state.withdrawn.iter().find(|(gone, _)| gone == kid);
        let reason = match (document.keys.get(kid), withdrawn) {
            (Some(Err(error)), _) => format!("has a key of this name that cannot be used: {error}"),
            (_, Some((_, missed))) => {
                let seconds = now().saturating_duration_since(*missed).as_secs();
                format!("had this key until {seconds} seconds ago, and has it no more")
            }
            (_, None) => document.shortcoming()?,
        };
        Some(format!("{} {reason}", self.url))
    }

    fn start(self: &Arc<Self>) -> RunningFetch {
        let set = Arc::clone(self);
        RunningFetch::start(async move { set.fetch().await })
    }

    async fn fetch(&self) {
        let known = self.lock().document.cache_policy();
        let client = &self.context.client;
        let fetched = client.fetch(&self.url, MAX_DOCUMENT_BYTES, known.as_ref());
        let fetched = fetched.await.and_then(|fetched| match fetched {
            // A file that is missing on a key server is a key that was withdrawn. A document that is missing says nothing
            // of the keys that were in it.
            Fetched::Missing => Err(FetchError::Status(StatusCode::NOT_FOUND)),
            Fetched::Body(..) | Fetched::Unchanged(_) => Ok(fetched),
        });
        self.record(fetched);
    }

    fn record(&self, fetched: Result<Fetched, FetchError>) {
        let now = now();
        let mut state = self.lock();
        let before = state.document.held().map(|held| &held.value);
        let body = before.map(|document| document.body.clone());
        let kids = before.into_iter().flat_map(Document::usable_kids);
        let kids: Vec<String> = kids.cloned().collect();
        let result = counts::result(&fetched);
        let read = |body: &[u8]| Document::read(body, &self.algorithms);
        state.document.record(fetched, read, &self.context, now);
        state.note_withdrawn(kids, now);
        if let Some(held) = state.document.held()
            && body.as_ref() != Some(&held.value.body)
        {
            log_version(&self.url, &held.value.keys);
        }
        let error = state.document.error().map(|error| error.said.clone());
        let result = error.as_ref().map_or(result, |_| counts::FAILED);
        self.context.counts.of_set(result);
        state.outage.record(&self.url, error);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Remembers which of the keys that were there `before` are gone, and forgets those that are there again.
    fn note_withdrawn(&mut self, before: Vec<String>, now: Instant) {
        let Some(held) = self.document.held() else {
            return;
        };
        let keys = &held.value.keys;
        let is_there = |kid: &str| keys.get(kid).is_some_and(Result::is_ok);
        self.withdrawn.retain(|(kid, _)| !is_there(kid));
        let gone = before.into_iter().filter(|kid| !is_there(kid));
        self.withdrawn.extend(gone.map(|kid| (kid, now)));
        let surplus = self.withdrawn.len().saturating_sub(MAX_WITHDRAWN);
        self.withdrawn.drain(..surplus);
    }
}

impl Document {
    fn read(body: &[u8], algorithms: &[Algorithm]) -> Result<Self, Unfit> {
        let keys = document::parse(body, algorithms).map_err(DocumentError::into_unfit)?;
        Ok(Self {
            keys,
            body: body.to_vec(),
            nameless: document::nameless(body),
        })
    }

    fn key(&self, kid: &str) -> Option<Key> {
        self.keys.get(kid)?.as_ref().ok().cloned()
    }

    fn usable_kids(&self) -> impl Iterator<Item = &String> {
        let usable = self.keys.iter().filter(|(_, key)| key.is_ok());
        usable.map(|(kid, _)| kid)
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

/// Logs what a new version of the document has. A key that cannot be used is no failure of the others, so it is skipped, and
/// this line is where an operator finds it.
fn log_version(url: &str, keys: &KeySet) {
    let usable = keys.values().filter(|key| key.is_ok()).count();
    let skipped: Vec<String> = keys
        .iter()
        .filter_map(|(kid, key)| Some(format!("{kid:?}: {}", key.as_ref().err()?)))
        .take(MAX_SKIPPED)
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

const MAX_DOCUMENT_BYTES: usize = 1_048_576;
const MAX_SKIPPED: usize = 16;
const MAX_WITHDRAWN: usize = 64;
