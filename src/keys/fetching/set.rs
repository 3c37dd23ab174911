//! The keys of one document that is fetched whole, from an address that is configured or that an issuer's metadata has.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use http_cache_semantics::CachePolicy;
use tokio::time::Instant;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;
use crate::token::source_failure::SourceFailure;

use super::super::source::Location;
use super::super::state::{KeyState, SourceKind, SourceState};
use super::answer::Unfit;
use super::client::{FetchError, Fetched};
use super::counts;
use super::document::{self, DocumentError, KeySet};
use super::metadata::{Failure, Metadata};
use super::moment::now;
use super::resource::{Context, Outage, Resource, RunningFetch, no_answer_yet};

/// What is published at one place, for some algorithms.
pub struct PublishedSet {
    context: Arc<Context>,
    place: Place,
    algorithms: Vec<Algorithm>,
    state: Mutex<State>,
}

/// Who says where it is.
enum Place {
    Fixed(String),
    Discovered(Box<Metadata>),
}

struct State {
    document: Resource<Document>,
    /// The address that was asked last.
    asked: Option<String>,
    outage: Outage,
    /// The latest keys that were there once, and when they were missed first.
    withdrawn: VecDeque<(String, Instant)>,
}

/// A document, and the text that it came from.
struct Document {
    address: String,
    keys: KeySet,
    body: Vec<u8>,
    /// How many keys have no `kid`.
    nameless: usize,
}

impl PublishedSet {
    /// A document that was not fetched yet.
    pub fn new(context: Arc<Context>, location: Location, algorithms: Vec<Algorithm>) -> Self {
        let place = match location {
            Location::Address(url) => Place::Fixed(url),
            Location::Discovered(discovery) => {
                Place::Discovered(Box::new(Metadata::new(discovery)))
            }
        };
        let state = Mutex::new(State {
            document: Resource::new(),
            asked: None,
            outage: Outage::new(),
            withdrawn: VecDeque::new(),
        });
        Self {
            context,
            place,
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
            ..SourceState::new(self.place.kind(), &self.place.address())
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
        let kind = self.place.kind();
        let asked = state.asked.clone();
        Some(SourceFailure {
            option: kind.option(),
            address: asked.unwrap_or_else(|| self.place.address()),
            said: unfit.said,
            referral: unfit.referral.filter(|_| kind == SourceKind::KeysUrl),
            remedy: unfit.remedy,
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
        Some(format!("{} {reason}", document.address))
    }

    fn start(self: &Arc<Self>) -> RunningFetch {
        let set = Arc::clone(self);
        RunningFetch::start(async move { set.fetch().await })
    }

    async fn fetch(&self) {
        match &self.place {
            Place::Fixed(url) => {
                self.fetch_from(url).await;
            }
            Place::Discovered(metadata) => self.discover(metadata).await,
        }
    }

    /// Fetches from where the keys were last. The metadata is asked only after that, so that nobody waits for it who needs
    /// a key that is there.
    async fn discover(&self, metadata: &Metadata) {
        let known = metadata.jwks_uri();
        let is_there = match &known {
            Some(url) => self.fetch_from(url).await,
            None => false,
        };
        if is_there && !metadata.is_due(now()) {
            return;
        }
        match metadata.renew(&self.context.client).await {
            Ok(url) if known.as_ref() != Some(&url) => {
                self.fetch_from(&url).await;
            }
            Err(failure) if known.is_none() => self.record(&failure.address, Err(failure.unfit)),
            Ok(_) | Err(_) => self.tell_outage(),
        }
    }

    /// Fetches from this address, and says whether there is anything.
    async fn fetch_from(&self, url: &str) -> bool {
        let known = self.lock().policy_at(url);
        let client = &self.context.client;
        let fetched = client.fetch(url, MAX_DOCUMENT_BYTES, known.as_ref()).await;
        let is_there = !matches!(fetched, Ok(Fetched::Missing));
        let fetched = fetched.and_then(|fetched| match fetched {
            // A file that is missing on a key server is a key that was withdrawn. A document that is missing says nothing
            // of the keys that were in it.
            Fetched::Missing => Err(FetchError::Status(StatusCode::NOT_FOUND)),
            Fetched::Body(..) | Fetched::Unchanged(_) => Ok(fetched),
        });
        self.record(url, fetched.map_err(Unfit::from));
        is_there
    }

    fn record(&self, address: &str, fetched: Result<Fetched, Unfit>) {
        let now = now();
        let mut state = self.lock();
        let before = state.document.held().map(|held| &held.value);
        let body = before.map(|document| document.body.clone());
        let kids = before.into_iter().flat_map(Document::usable_kids);
        let kids: Vec<String> = kids.cloned().collect();
        let result = counts::result(&fetched);
        let read = |body: &[u8]| Document::read(address, body, &self.algorithms);
        state.document.record(fetched, read, &self.context, now);
        state.asked = Some(address.to_owned());
        state.note_withdrawn(kids, now);
        if let Some(held) = state.document.held()
            && body.as_ref() != Some(&held.value.body)
        {
            log_version(address, &held.value.keys);
        }
        let failed = state.document.error().map(|_| counts::FAILED);
        drop(state);
        self.count(failed.unwrap_or(result));
        self.tell_outage();
    }

    fn count(&self, result: &str) {
        match self.place {
            Place::Fixed(_) => self.context.counts.of_set(result),
            Place::Discovered(_) => self.context.counts.of_discovered(result),
        }
    }

    /// Tells what went wrong last: with the keys, else with the metadata that they were found by.
    fn tell_outage(&self) {
        let mut state = self.lock();
        let (address, error) = match (state.document.error(), self.place.failure()) {
            (None, Some(Failure { address, unfit })) => (Some(address), Some(unfit.whole())),
            (error, _) => (state.asked.clone(), error.map(Unfit::whole)),
        };
        let address = address.unwrap_or_else(|| self.place.address());
        state.outage.record(&address, error);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    const fn kind(&self) -> SourceKind {
        match self {
            Self::Fixed(_) => SourceKind::KeysUrl,
            Self::Discovered(_) => SourceKind::Discovery,
        }
    }

    /// The address that people know it by.
    fn address(&self) -> String {
        match self {
            Self::Fixed(url) => url.clone(),
            Self::Discovered(metadata) => metadata.place(),
        }
    }

    /// Why nobody says where it is now.
    fn failure(&self) -> Option<Failure> {
        match self {
            Self::Fixed(_) => None,
            Self::Discovered(metadata) => metadata.failure(),
        }
    }
}

impl State {
    /// What to ask this address with, whether the document changed that came from it.
    fn policy_at(&self, address: &str) -> Option<CachePolicy> {
        let held = self.document.held()?;
        let is_from_there = held.value.address == address;
        is_from_there.then(|| self.document.cache_policy())?
    }

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
    fn read(address: &str, body: &[u8], algorithms: &[Algorithm]) -> Result<Self, Unfit> {
        let keys = document::parse(body, algorithms).map_err(DocumentError::into_unfit)?;
        Ok(Self {
            address: address.to_owned(),
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
