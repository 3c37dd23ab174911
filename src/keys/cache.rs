//! The keys of all servers: fetched when they are needed, and kept for as long as they are good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::token::algorithm::Algorithm;
use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::fetching::counts::Fetches;
pub use super::fetching::resource::DEFAULT_MAX_STALE;
use super::fetching::resource::{Context, PATIENCE, WallClock};
use super::fetching::server::KeyServer;
use super::fetching::set::PublishedSet;
use super::source::{DEFAULT_CAPACITY, KeySources, Location};
use super::state::{KeyState, SourceKind, SourceState};

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

type SetName = (Location, Vec<Algorithm>);

impl KeyCache {
    /// Starts without any source, and keeps what it will have fresh.
    ///
    /// Must be called within a runtime; the task that it starts ends with the cache.
    #[must_use]
    pub fn start(wall_clock: WallClock) -> Arc<Self> {
        let cache = Arc::new(Self {
            context: Arc::new(Context::new(wall_clock)),
            sources: Mutex::new(Sources::default()),
        });
        tokio::spawn(keep_fresh(Arc::downgrade(&cache)));
        cache
    }

    /// Takes over what hosts name as sources, and key servers that may be asked beside those. What is known of them from
    /// before stays, so that a reload fetches nothing that is there; the others are forgotten.
    ///
    /// A question may name another key server than its host does, and whoever chooses the address chooses who is let in.
    /// So only those are kept that the configuration names somewhere, by `may_be_asked`.
    pub fn configure<'a>(
        &self,
        hosts: &(impl Iterator<Item = &'a KeySources> + Clone),
        may_be_asked: impl Fn(&str) -> bool,
        max_stale: Duration,
    ) {
        self.context.set_max_stale(max_stale);
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

    /// Waits until each set of keys was asked for once.
    pub async fn prefetch(&self) {
        self.warn_of_tls();
        let sets: Vec<_> = self.lock().sets.values().cloned().collect();
        let fetches: Vec<_> = sets
            .iter()
            .filter_map(PublishedSet::refresh_if_due)
            .collect();
        for fetch in fetches {
            fetch.end().await;
        }
    }

    /// A key server is asked only once a token needs it: that none can be asked is not to be learnt from a user.
    fn warn_of_tls(&self) {
        let sources = self.lock();
        let mut servers = sources.servers.values();
        if let Some(reason) = servers.find_map(|server| server.unreachable()) {
            tracing::warn!("no key server with https can be asked: {reason}");
        }
    }

    /// Looks for a key: first among all that are known, then where it can be asked for, for as long as a client waits.
    ///
    /// What any source has in the cache is used before another one is asked, although that one may come first in the
    /// order of the sources. A join waits for nobody if its `kid` is known, and an outage or a flood of made-up kids costs
    /// known keys nothing.
    pub async fn find(&self, sources: &KeySources, kid: &str) -> Found {
        if let Some(key) = self.cached(sources, kid) {
            return Some(Ok(key));
        }
        // The fetch goes on after that, so that the next one who comes with this `kid` finds the key.
        let asked = timeout(PATIENCE, self.ask(sources, kid)).await;
        let found = asked.unwrap_or_else(|_| self.usable(sources, kid).map(Ok));
        let failure = |failure| Err(KeyError::Unavailable(Box::new(failure)));
        found.or_else(|| self.failure(sources, kid).map(failure))
    }

    /// Why nobody can tell whether there is a key. While a source fails, a `kid` that is not known may be there all the
    /// same: the denial must not blame the issuer for what is the source's fault.
    fn failure(&self, sources: &KeySources, kid: &str) -> Option<SourceFailure> {
        let (set, server) = self.sources_of(sources);
        let failure = set.and_then(|set| set.failure());
        failure.or_else(|| server?.failure(kid))
    }

    /// Why these sources do not have the key of a `kid`, for an explanation.
    #[must_use]
    pub fn why_absent(&self, sources: &KeySources, kid: &str) -> Vec<String> {
        let (set, server) = self.sources_of(sources);
        let set = set.and_then(|set| set.why_absent(kid));
        let server = server.map(|server| server.why_absent(kid));
        let folder = sources.folder.as_ref().map(|folder| folder.why_absent(kid));
        set.into_iter().chain(server).chain(folder).collect()
    }

    fn usable(&self, sources: &KeySources, kid: &str) -> Option<Key> {
        let (set, server) = self.sources_of(sources);
        set.and_then(|set| set.usable(kid))
            .or_else(|| server.and_then(|server| server.usable(kid)))
    }

    fn cached(&self, sources: &KeySources, kid: &str) -> Option<Key> {
        let (set, server) = self.sources_of(sources);
        set.and_then(|set| set.cached(kid))
            .or_else(|| server.and_then(|server| server.cached(kid)))
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

    /// How all fetches went so far.
    #[must_use]
    pub fn fetches(&self) -> Vec<Fetches> {
        self.context.counts.all()
    }

    /// The `kid`s of at most `limit` keys that these sources have.
    #[must_use]
    pub fn kids(&self, sources: &KeySources, limit: usize) -> Vec<String> {
        let (set, server) = self.sources_of(sources);
        let folder = sources.folder.iter().flat_map(|folder| folder.keys.keys());
        let mut kids: Vec<String> = folder.take(limit).cloned().collect();
        kids.extend(set.map(|set| set.kids(limit)).unwrap_or_default());
        kids.extend(server.map(|server| server.kids(limit)).unwrap_or_default());
        kids.truncate(limit);
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
        if let Some(known) = sources.sets.get(&name) {
            return Arc::clone(known);
        }
        let (location, algorithms) = name.clone();
        let set = PublishedSet::new(Arc::clone(&self.context), location, algorithms);
        let set = Arc::new(set);
        sources.sets.insert(name, Arc::clone(&set));
        set
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

fn set_name(sources: &KeySources) -> Option<SetName> {
    Some((sources.set()?, sources.algorithms.clone()))
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

/// How often it is looked whether something has to be fetched again.
const TICK: Duration = Duration::from_secs(5);
