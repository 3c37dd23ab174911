//! One thing that is fetched again and again: what is held of it, for how long that is good, and what went wrong.

use std::time::{Duration, SystemTime};

use http_cache_semantics::CachePolicy;
use tokio::time::Instant;

use super::answer::Unfit;
use super::fetch::{FetchError, Fetched};

/// A place for what is fetched from one address.
pub struct Slot<T> {
    held: Option<Held<T>>,
    tried: Option<Instant>,
    failures: u32,
    error: Option<Unfit>,
}

/// What was fetched.
pub struct Held<T> {
    /// It.
    pub value: T,
    /// HTTP's rules for it.
    pub policy: CachePolicy,
    /// When the server vouched for it last.
    pub confirmed: Instant,
    lifetime: Duration,
}

/// What became of one fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is something new, or something again.
    Changed,
    /// It is as it was.
    Same,
    /// The server has it no more.
    Gone,
    /// It failed; `first` if the one before did not.
    Failed {
        /// Whether this is the first failure in a row.
        first: bool,
    },
}

impl<T> Held<T> {
    /// When it is to be fetched again, ahead of its end.
    pub fn refresh(&self) -> Instant {
        self.confirmed + self.lifetime.mul_f64(REFRESH_AT)
    }

    fn expires(&self) -> Instant {
        self.confirmed + self.lifetime
    }
}

impl<T> Slot<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            held: None,
            tried: None,
            failures: 0,
            error: None,
        }
    }

    /// What is held, whatever its age.
    pub const fn held(&self) -> Option<&Held<T>> {
        self.held.as_ref()
    }

    /// What went wrong last, unless it went well since.
    pub fn error(&self) -> Option<&str> {
        self.error.as_ref().map(|error| error.said.as_str())
    }

    /// The same, with where the keys are said to be.
    pub const fn failure(&self) -> Option<&Unfit> {
        self.error.as_ref()
    }

    /// What is held, if it is within its lifetime.
    fn fresh(&self, now: Instant) -> Option<&T> {
        let held = self.held.as_ref()?;
        (now < held.expires()).then_some(&held.value)
    }

    /// What is held, if it is within its lifetime, or not longer past it than `max_stale`.
    pub fn usable(&self, now: Instant, max_stale: Duration) -> Option<&T> {
        let held = self.held.as_ref()?;
        (now < held.expires() + max_stale).then_some(&held.value)
    }

    /// What need not be asked for: what is fresh, and past that only what is known to be out of reach at present.
    pub fn at_hand(&self, now: Instant, max_stale: Duration) -> Option<&T> {
        match self.error {
            Some(_) => self.usable(now, max_stale),
            None => self.fresh(now),
        }
    }

    /// How long ago its lifetime ended.
    pub fn stale_since(&self, now: Instant) -> Option<Duration> {
        let expires = self.held.as_ref()?.expires();
        (now >= expires).then(|| now - expires)
    }

    /// Whether it may be asked for again because somebody needs it.
    pub fn may_try(&self, now: Instant) -> bool {
        self.tried.is_none_or(|tried| now >= tried + PAUSE)
    }

    /// Whether it is time to fetch it without anybody asking.
    pub fn is_due(&self, now: Instant) -> bool {
        let rested = self.tried.is_none_or(|tried| now >= tried + self.pause());
        rested && self.held.as_ref().is_none_or(|held| now >= held.refresh())
    }

    /// When it will be fetched without anybody asking.
    pub fn next_try(&self) -> Option<Instant> {
        let tried = self.tried? + self.pause();
        let refresh = self.held.as_ref().map(Held::refresh);
        Some(refresh.map_or(tried, |refresh| refresh.max(tried)))
    }

    /// Longer from failure to failure.
    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(MOST_DOUBLINGS);
        PAUSE * 2_u32.pow(doublings)
    }

    /// Takes in what came of a fetch. What cannot be read leaves what is held in its place.
    pub fn take_in(
        &mut self,
        fetched: Result<Fetched, FetchError>,
        read: impl FnOnce(&[u8]) -> Result<T, Unfit>,
        now: Instant,
        wall_clock: SystemTime,
    ) -> Outcome {
        self.tried = Some(now);
        let (value, policy) = match fetched {
            Ok(Fetched::Body(body, policy)) => match read(&body) {
                Ok(value) => (value, policy),
                Err(error) => return self.fail(error),
            },
            Ok(Fetched::Unchanged(policy)) => match self.held.take() {
                Some(held) => {
                    self.hold(held.value, *policy, now, wall_clock);
                    return Outcome::Same;
                }
                None => return self.fail("304 for what is not known".to_owned().into()),
            },
            Ok(Fetched::Missing) => {
                self.held = None;
                self.failures = 0;
                self.error = None;
                return Outcome::Gone;
            }
            Err(error) => return self.fail(error.to_string().into()),
        };
        self.hold(value, *policy, now, wall_clock);
        Outcome::Changed
    }

    fn hold(&mut self, value: T, policy: CachePolicy, now: Instant, wall_clock: SystemTime) {
        self.held = Some(Held {
            value,
            lifetime: lifetime(&policy, wall_clock),
            policy,
            confirmed: now,
        });
        self.failures = 0;
        self.error = None;
    }

    fn fail(&mut self, error: Unfit) -> Outcome {
        self.failures = self.failures.saturating_add(1);
        self.error = Some(error);
        Outcome::Failed {
            first: self.failures == 1,
        }
    }
}

/// As long as the server says, within bounds.
fn lifetime(policy: &CachePolicy, now: SystemTime) -> Duration {
    let said = policy.time_to_live(now);
    said.clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME)
}

/// The least time between two fetches of the same thing.
const PAUSE: Duration = Duration::from_secs(10);
const MOST_DOUBLINGS: u32 = 3;
const REFRESH_AT: f64 = 0.8;
/// Shorter ones would keep asking.
const SHORTEST_LIFETIME: Duration = Duration::from_mins(1);
/// Longer ones would keep withdrawn keys.
const LONGEST_LIFETIME: Duration = Duration::from_hours(1);
