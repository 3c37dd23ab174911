//! The keys of all servers: fetched when they are needed, and kept for as long as they are good.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::token::algorithm::Algorithm;
use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::answer::Unfit;
use super::fetch::Fetcher;
use super::server::KeyServer;
use super::set::PublishedSet;
use super::source::{DEFAULT_CAPACITY, KeySources};
use super::state::{KeyState, SourceKind, SourceState};
use super::time::WallClock;

/// What all sources share.
pub struct Context {
    pub(super) fetcher: Fetcher,
    pub(super) wall_clock: WallClock,
    max_stale: AtomicU64,
}

impl Context {
    pub(super) fn max_stale(&self) -> Duration {
        Duration::from_secs(self.max_stale.load(Ordering::Relaxed))
    }
}

/// Keys by their sources. What several hosts name is fetched once.
pub struct KeyCache {
    context: Arc<Context>,
    sources: Mutex<Sources>,
}

#[derive(Default)]
struct Sources {
    sets: HashMap<SetName, Arc<PublishedSet>>,
    servers: HashMap<String, Arc<KeyServer>>,
}

type SetName = (String, Option<Algorithm>);

impl KeyCache {
    /// Starts without any source, and keeps what it will have fresh.
    ///
    /// Must be called within a runtime; the task that it starts ends with the cache.
    #[must_use]
    pub fn start(wall_clock: WallClock) -> Arc<Self> {
        let cache = Arc::new(Self {
            context: Arc::new(Context {
                fetcher: Fetcher::new(wall_clock),
                wall_clock,
                max_stale: AtomicU64::new(DEFAULT_MAX_STALE.as_secs()),
            }),
            sources: Mutex::new(Sources::default()),
        });
        tokio::spawn(keep_fresh(Arc::downgrade(&cache)));
        cache
    }

    /// Takes over what hosts name as sources, and key servers that may be asked beside those. What is known of them from
    /// before stays; the others are forgotten.
    pub fn configure<'a>(
        &self,
        hosts: &(impl Iterator<Item = &'a KeySources> + Clone),
        may_be_asked: impl Fn(&str) -> bool,
        max_stale: Duration,
    ) {
        let seconds = &self.context.max_stale;
        seconds.store(max_stale.as_secs(), Ordering::Relaxed);
        let mut sources = self.lock();
        sources.sets.retain(|name, _| {
            hosts
                .clone()
                .any(|host| set_name(host).as_ref() == Some(name))
        });
        for name in hosts.clone().filter_map(set_name) {
            self.set(&mut sources, name);
        }
        sources.servers.retain(|url, _| may_be_asked(url));
        for url in hosts.clone().filter_map(|host| host.key_server.as_ref()) {
            let same = hosts
                .clone()
                .filter(|host| host.key_server.as_ref() == Some(url));
            let capacity = same.map(|host| host.capacity).max();
            self.server(&mut sources, url)
                .set_capacity(capacity.unwrap_or(DEFAULT_CAPACITY));
        }
    }

    /// Waits until each keys URL was asked once.
    pub async fn prefetch(&self) {
        let sets: Vec<_> = self.lock().sets.values().cloned().collect();
        let flights: Vec<_> = sets
            .iter()
            .filter_map(PublishedSet::refresh_if_due)
            .collect();
        for flight in flights {
            flight.end().await;
        }
    }

    /// Looks for a key: first among all that are known, then where it can be asked for, for as long as a client waits.
    pub async fn find(&self, sources: &KeySources, kid: &str) -> Found {
        if let Some(key) = self.at_hand(sources, kid) {
            return Some(Ok(key));
        }
        let asked = timeout(PATIENCE, self.ask(sources, kid)).await;
        let found = asked.unwrap_or_else(|_| self.usable(sources, kid).map(Ok));
        let failure = |failure| Err(KeyError::Unavailable(Box::new(failure)));
        found.or_else(|| self.failure(sources, kid).map(failure))
    }

    /// What keeps everybody from knowing whether there is a key.
    fn failure(&self, sources: &KeySources, kid: &str) -> Option<SourceFailure> {
        let (set, server) = self.sources_of(sources);
        let failure = set.and_then(|set| set.failure());
        failure.or_else(|| server?.failure(kid))
    }

    /// What is to be said of a key that these sources do not have.
    #[must_use]
    pub fn words(&self, sources: &KeySources, kid: &str) -> Vec<String> {
        let (set, server) = self.sources_of(sources);
        let set = set.and_then(|set| set.word(kid));
        let server = server.map(|server| server.word(kid));
        let folder = sources.folder.as_ref().map(|folder| folder.word(kid));
        set.into_iter().chain(server).chain(folder).collect()
    }

    fn usable(&self, sources: &KeySources, kid: &str) -> Option<Key> {
        let (set, server) = self.sources_of(sources);
        set.and_then(|set| set.usable(kid))
            .or_else(|| server.and_then(|server| server.usable(kid)))
    }

    fn at_hand(&self, sources: &KeySources, kid: &str) -> Option<Key> {
        let (set, server) = self.sources_of(sources);
        set.and_then(|set| set.at_hand(kid))
            .or_else(|| server.and_then(|server| server.at_hand(kid)))
            .or_else(|| sources.in_folder(kid).cloned())
    }

    async fn ask(&self, sources: &KeySources, kid: &str) -> Found {
        let (set, server) = self.sources_of(sources);
        if let Some(set) = set
            && let Some(key) = set.ask(kid).await
        {
            return Some(Ok(key));
        }
        server?.ask(kid).await
    }

    /// What is loaded from these sources.
    #[must_use]
    pub fn state(&self, sources: &KeySources) -> Vec<SourceState> {
        let (set, server) = self.sources_of(sources);
        let folder = sources.folder.as_ref().map(|folder| SourceState {
            keys: folder
                .keys
                .iter()
                .map(|(kid, key)| KeyState::new(Some(kid), key))
                .collect(),
            missing: folder.keys.is_empty(),
            ..SourceState::new(SourceKind::Folder, &folder.path.display().to_string())
        });
        let set = set.map(|set| set.state());
        let server = server.map(|server| server.state());
        [set, server, folder].into_iter().flatten().collect()
    }

    /// The names of keys that these sources have, at most so many.
    #[must_use]
    pub fn kids(&self, sources: &KeySources, most: usize) -> Vec<String> {
        let (set, server) = self.sources_of(sources);
        let folder = sources.folder.iter().flat_map(|folder| folder.keys.keys());
        let mut kids: Vec<String> = folder.take(most).cloned().collect();
        kids.extend(set.map(|set| set.kids(most)).unwrap_or_default());
        kids.extend(server.map(|server| server.kids(most)).unwrap_or_default());
        kids.truncate(most);
        kids
    }

    fn sources_of(
        &self,
        sources: &KeySources,
    ) -> (Option<Arc<PublishedSet>>, Option<Arc<KeyServer>>) {
        let mut known = self.lock();
        let set = set_name(sources).map(|name| self.set(&mut known, name));
        let server = sources.key_server.as_ref();
        (set, server.map(|url| self.server(&mut known, url)))
    }

    fn set(&self, sources: &mut Sources, name: SetName) -> Arc<PublishedSet> {
        let (url, algorithm) = name.clone();
        let set = sources.sets.entry(name).or_insert_with(|| {
            let context = Arc::clone(&self.context);
            Arc::new(PublishedSet::new(context, url, algorithm))
        });
        Arc::clone(set)
    }

    fn server(&self, sources: &mut Sources, url: &str) -> Arc<KeyServer> {
        let server = sources.servers.entry(url.to_owned()).or_insert_with(|| {
            let context = Arc::clone(&self.context);
            Arc::new(KeyServer::new(context, url.to_owned(), DEFAULT_CAPACITY))
        });
        Arc::clone(server)
    }

    fn refresh(&self) {
        let sources = self.lock();
        for set in sources.sets.values() {
            set.refresh_if_due();
        }
        for server in sources.servers.values() {
            server.refresh_if_due();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sources> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said of a source that was asked and has not answered so far.
pub(super) fn no_answer_yet() -> Unfit {
    format!("no answer within {} s so far", PATIENCE.as_secs_f64()).into()
}

fn set_name(sources: &KeySources) -> Option<SetName> {
    Some((sources.keys_url.clone()?, sources.algorithm))
}

async fn keep_fresh(cache: Weak<KeyCache>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(cache) = cache.upgrade() else { return };
        cache.refresh();
    }
}

/// How long keys may be used past their lifetime, unless the configuration says otherwise.
pub const DEFAULT_MAX_STALE: Duration = Duration::from_hours(24);
/// How often it is looked whether something has to be fetched again.
const TICK: Duration = Duration::from_secs(5);
/// How long a token waits for its key; less than the shim waits for its verdict. The fetch goes on meanwhile.
const PATIENCE: Duration = Duration::from_millis(2_500);
