//! One thing that is fetched again and again from one address: a document with keys, or the file of one key.
//!
//! [`Resource`] is used under the lock of its owner, which starts the fetches and hands in what came of them.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http_cache_semantics::CachePolicy;
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::Unfit;
use super::client::{Client, Fetched};
use super::counts::FetchCounts;

/// What all resources share.
pub struct Context {
    pub client: Client,
    pub counts: FetchCounts,
    wall_clock: WallClock,
    /// How many seconds past its lifetime a key may be used.
    max_stale: AtomicU64,
}

/// Gives the time of day, to compare with the dates that servers give.
pub type WallClock = fn() -> SystemTime;

/// What is known of one address: the last good answer, and how the last fetch went.
pub struct Resource<T> {
    held: Option<Held<T>>,
    /// When the last fetch ended.
    fetched: Option<Instant>,
    /// How many fetches failed in a row.
    failures: u32,
    error: Option<Unfit>,
    running: Option<RunningFetch>,
}

/// The last good answer.
pub struct Held<T> {
    /// The key or the document that was read from it.
    pub value: T,
    /// When the server said last that this is its current version.
    pub confirmed: Instant,
    /// What HTTP says about keeping it, and what a request needs to ask whether it changed.
    policy: CachePolicy,
    lifetime: Duration,
}

/// A fetch that is under way. All who need its outcome wait for the same one.
#[derive(Clone)]
pub struct RunningFetch(watch::Receiver<()>);

/// Whether a source fails at present, so that the log has one line as an outage begins and one as it ends.
pub struct Outage {
    error: Option<String>,
}

impl Context {
    /// Keys are used for as long as [`DEFAULT_MAX_STALE`] says until [`Self::set_max_stale`] is called.
    pub fn new(wall_clock: WallClock) -> Self {
        Self {
            client: Client::new(wall_clock),
            counts: FetchCounts::default(),
            wall_clock,
            max_stale: AtomicU64::new(DEFAULT_MAX_STALE.as_secs()),
        }
    }

    pub fn set_max_stale(&self, max_stale: Duration) {
        self.max_stale.store(max_stale.as_secs(), Ordering::Relaxed);
    }

    fn max_stale(&self) -> Duration {
        Duration::from_secs(self.max_stale.load(Ordering::Relaxed))
    }
}

impl<T> Resource<T> {
    /// A resource that was never fetched.
    pub const fn new() -> Self {
        Self {
            held: None,
            fetched: None,
            failures: 0,
            error: None,
            running: None,
        }
    }

    /// The last good answer, whatever its age.
    pub const fn held(&self) -> Option<&Held<T>> {
        self.held.as_ref()
    }

    /// What went wrong with the last fetch. None if it went well.
    pub const fn error(&self) -> Option<&Unfit> {
        self.error.as_ref()
    }

    /// What may be used without a fetch: a value within its lifetime.
    ///
    /// A value past its lifetime is asked for first, since its key may have been withdrawn. If the last fetch failed, the
    /// value is used as it stands for `max_stale`: to ask a dead server once more would delay every join and answer none.
    pub fn cached(&self, context: &Context, now: Instant) -> Option<&T> {
        match self.error {
            Some(_) => self.usable(context, now),
            None => self.within(Duration::ZERO, now),
        }
    }

    /// What may be used if a fetch brings nothing: a value that is at most `max_stale` past its lifetime.
    pub fn usable(&self, context: &Context, now: Instant) -> Option<&T> {
        self.within(context.max_stale(), now)
    }

    /// The value, if it is at most this long past its lifetime.
    fn within(&self, grace: Duration, now: Instant) -> Option<&T> {
        let held = self.held.as_ref()?;
        (now < held.expires() + grace).then_some(&held.value)
    }

    /// How long ago the lifetime of the value ended. None while it lasts.
    pub fn stale_since(&self, now: Instant) -> Option<Duration> {
        let expires = self.held.as_ref()?.expires();
        (now >= expires).then(|| now - expires)
    }

    /// The fetch to wait for, for somebody who needs what is not cached: the one that is under way, or else a new one.
    /// None within [`PAUSE`] of the last one.
    pub fn ask(
        &mut self,
        now: Instant,
        fetch: impl FnOnce() -> RunningFetch,
    ) -> Option<RunningFetch> {
        if self.may_fetch(now) {
            return Some(self.start(fetch));
        }
        self.running().cloned()
    }

    /// Whether somebody who asks gets a fetch of his own.
    pub fn may_fetch(&self, now: Instant) -> bool {
        self.running().is_none() && self.has_rested(PAUSE, now)
    }

    /// The fetch that keeps the value fresh without anybody asking: the one that is under way, or a new one if it is time.
    pub fn refresh_if_due(
        &mut self,
        now: Instant,
        fetch: impl FnOnce() -> RunningFetch,
    ) -> Option<RunningFetch> {
        if self.running().is_none() && self.is_due(now) {
            return Some(self.start(fetch));
        }
        self.running().cloned()
    }

    fn is_due(&self, now: Instant) -> bool {
        let held = self.held.as_ref();
        self.has_rested(self.pause(), now) && held.is_none_or(|held| now >= held.refresh())
    }

    /// When it will be fetched without anybody asking.
    pub fn next_fetch(&self) -> Option<Instant> {
        let rested = self.fetched? + self.pause();
        let refresh = self.held.as_ref().map(Held::refresh);
        Some(refresh.map_or(rested, |refresh| refresh.max(rested)))
    }

    /// How long ago its server said last that this is its current version.
    pub fn confirmed_ago(&self, now: Instant) -> Option<Duration> {
        let confirmed = self.held.as_ref()?.confirmed;
        Some(now.saturating_duration_since(confirmed))
    }

    /// How long it takes until it will be fetched without anybody asking.
    pub fn next_fetch_in(&self, now: Instant) -> Option<Duration> {
        let next = self.next_fetch()?;
        Some(next.saturating_duration_since(now))
    }

    fn has_rested(&self, pause: Duration, now: Instant) -> bool {
        self.fetched.is_none_or(|fetched| now >= fetched + pause)
    }

    /// Grows from failure to failure, so that a server that is overloaded is not kept so.
    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(MAX_DOUBLINGS);
        PAUSE * 2_u32.pow(doublings)
    }

    /// The fetch that is under way.
    pub fn running(&self) -> Option<&RunningFetch> {
        self.running.as_ref().filter(|fetch| fetch.is_running())
    }

    fn start(&mut self, fetch: impl FnOnce() -> RunningFetch) -> RunningFetch {
        let fetch = fetch();
        self.running = Some(fetch.clone());
        fetch
    }

    /// What the next fetch needs to ask whether the value changed.
    pub fn cache_policy(&self) -> Option<CachePolicy> {
        self.held.as_ref().map(|held| held.policy.clone())
    }

    /// Records what came of a fetch, with `read` to make a value of a body.
    ///
    /// A server that fails, or sends what holds no keys, takes no key away: its outage must not become one of this server.
    /// One that says that there is nothing here does, for that is how a key is withdrawn.
    pub fn record(
        &mut self,
        fetched: Result<Fetched, Unfit>,
        read: impl FnOnce(&[u8]) -> Result<T, Unfit>,
        context: &Context,
        now: Instant,
    ) {
        self.fetched = Some(now);
        let answer = match fetched {
            Ok(Fetched::Body(body, policy)) => read(&body).map(|value| Some((value, policy))),
            Ok(Fetched::Unchanged(policy)) => match self.held.take() {
                Some(held) => Ok(Some((held.value, policy))),
                None => Err("304 for what is not known".to_owned().into()),
            },
            Ok(Fetched::Missing) => Ok(None),
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => {
                let wall_clock = (context.wall_clock)();
                self.held =
                    answer.map(|(value, policy)| Held::new(value, *policy, now, wall_clock));
                self.failures = 0;
                self.error = None;
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.error = Some(error);
            }
        }
    }
}

impl<T> Held<T> {
    fn new(value: T, policy: CachePolicy, confirmed: Instant, wall_clock: SystemTime) -> Self {
        let lifetime = policy.time_to_live(wall_clock);
        Self {
            value,
            confirmed,
            policy,
            lifetime: lifetime.clamp(MIN_LIFETIME, MAX_LIFETIME),
        }
    }

    /// When it is to be fetched again: ahead of its end, so that no join waits for that.
    fn refresh(&self) -> Instant {
        self.confirmed + self.lifetime.mul_f64(REFRESH_AT)
    }

    fn expires(&self) -> Instant {
        self.confirmed + self.lifetime
    }
}

impl RunningFetch {
    /// Starts the fetch as a task of its own: it goes on when those who wait for it have gone.
    pub fn start(fetch: impl Future<Output = ()> + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(());
        tokio::spawn(async move {
            fetch.await;
            drop(sender);
        });
        Self(receiver)
    }

    fn is_running(&self) -> bool {
        self.0.has_changed().is_ok()
    }

    /// Waits until it has ended, in whatever way.
    pub async fn end(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

impl Outage {
    /// Nothing failed so far.
    pub const fn new() -> Self {
        Self { error: None }
    }

    /// What the source said last, if it failed.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Takes what went wrong with the last fetch from this source, and logs where that differs from the one before.
    pub fn record(&mut self, url: &str, error: Option<String>) {
        match (&self.error, &error) {
            (None, Some(error)) => tracing::warn!(url, error, "cannot fetch keys"),
            (Some(_), None) => tracing::info!(url, "keys can be fetched again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.error = error;
    }
}

/// What is said of a source that was asked and has not answered so far.
pub fn no_answer_yet() -> Unfit {
    format!("no answer within {} s so far", PATIENCE.as_secs_f64()).into()
}

/// How long keys may be used past their lifetime, unless the configuration says otherwise.
pub const DEFAULT_MAX_STALE: Duration = Duration::from_hours(24);
/// How long a token waits for its key; less than the shim waits for its verdict. The fetch goes on meanwhile.
pub const PATIENCE: Duration = Duration::from_millis(2_500);
/// The least time between two fetches of the same thing. Everybody can make up a `kid`, and each one that no document has
/// would fetch the document again.
const PAUSE: Duration = Duration::from_secs(10);
const MAX_DOUBLINGS: u32 = 3;
const REFRESH_AT: f64 = 0.8;
/// A server that allows less, or nothing, would be asked all the time.
const MIN_LIFETIME: Duration = Duration::from_mins(1);
/// A server that allows more would have its withdrawn keys accepted for as long.
const MAX_LIFETIME: Duration = Duration::from_hours(1);
