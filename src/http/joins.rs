//! The last decisions, for the console and for those who watch there.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::joins::{Filter, Hour, HourSums, Join, Joins};

use super::offered::Offered;

/// The last decisions. Without a console it has no memory of its own, and before somebody watches nobody is told.
pub struct RecentJoins {
    /// What tells numbers of one start from those of others.
    started: i64,
    kept: Mutex<Kept>,
    audience: OnceLock<Audience>,
}

#[derive(Default)]
struct Kept {
    offered: Option<Offered>,
    /// Goes up when other people may look, or see something else.
    version: u64,
    joins: Joins,
    hour: Hour,
}

/// Those who watch.
struct Audience {
    news: watch::Sender<()>,
    places: Arc<Semaphore>,
}

/// Somebody who watches. Dropping it makes room for another one.
pub struct Watching {
    news: watch::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

/// How far somebody has seen the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    started: i64,
    number: u64,
}

/// Some of the decisions, the oldest first.
pub struct Batch {
    /// Those that somebody wants to see.
    pub joins: Vec<Join>,
    /// How many came before them that are no longer there.
    pub missed: u64,
    /// How far they go.
    pub place: Place,
    /// Whether there is none after them.
    pub is_last: bool,
}

impl RecentJoins {
    /// Keeps nothing yet, since this start.
    pub fn new(started: i64) -> Self {
        Self {
            started,
            kept: Mutex::default(),
            audience: OnceLock::new(),
        }
    }

    /// Has as much kept as the console offers now. Where others may look now, or none, `has_same_readers` says so.
    pub fn keep(&self, offered: Option<Offered>, has_same_readers: bool) {
        let mut kept = self.kept();
        let (most, names) = offered.map_or((0, false), |offered| (offered.recent, offered.names));
        kept.joins.keep(most, names);
        if offered.is_none() {
            kept.hour.clear();
        }
        if kept.offered != offered || !has_same_readers {
            kept.version = kept.version.saturating_add(1);
        }
        kept.offered = offered;
        drop(kept);
        self.tell();
    }

    /// Counts a decision that took so long.
    pub fn decided(&self, now: i64, is_let_in: bool, took: Duration) {
        self.while_offered(|kept| kept.hour.decided(now, is_let_in, took));
    }

    /// Counts a question that had no answer.
    pub fn undecided(&self, now: i64) {
        self.while_offered(|kept| kept.hour.undecided(now));
    }

    /// Keeps a decision, and tells those who watch.
    pub fn remember(&self, join: Join) {
        self.while_offered(|kept| kept.joins.remember(join));
        self.tell();
    }

    /// The sums of the last hour.
    pub fn hour(&self, now: i64) -> HourSums {
        self.kept().hour.sums(now)
    }

    /// What tells whether other people may look than before, or see something else.
    pub fn version(&self) -> u64 {
        self.kept().version
    }

    /// The next decisions after a place, or from the first one on. Few are looked at at once: who decides waits for that.
    pub fn after(&self, place: Option<Place>, filter: &Filter) -> Batch {
        let seen = place.filter(|place| place.started == self.started);
        let seen = seen.map(|place| place.number);
        let kept = self.kept();
        let next = || kept.joins.since(seen.unwrap_or_default());
        let last = next().nth(AT_ONCE - 1).map(|join| join.number);
        let wanted = next().take(AT_ONCE).filter(|join| filter.matches(join));
        Batch {
            joins: wanted.cloned().collect(),
            missed: seen.map_or(0, |seen| kept.joins.missed_since(seen)),
            place: Place {
                started: self.started,
                number: last.unwrap_or(kept.joins.newest()),
            },
            is_last: last.is_none(),
        }
    }

    /// A place among those who watch, where there is one.
    pub fn watch(&self) -> Option<Watching> {
        let audience = self.audience.get_or_init(Audience::default);
        let place = Arc::clone(&audience.places).try_acquire_owned().ok()?;
        Some(Watching {
            news: audience.news.subscribe(),
            _place: place,
        })
    }

    fn while_offered(&self, act: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept();
        if kept.offered.is_some() {
            act(&mut kept);
        }
    }

    fn tell(&self) {
        if let Some(audience) = self.audience.get() {
            audience.news.send_replace(());
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Audience {
    fn default() -> Self {
        Self {
            news: watch::Sender::new(()),
            places: Arc::new(Semaphore::new(MOST_WATCHING)),
        }
    }
}

impl Watching {
    /// Waits until there may be something new.
    pub async fn news(&mut self) {
        // What it comes from lives longer.
        let _ = self.news.changed().await;
    }
}

impl Place {
    /// The one at which a decision of this number was, of the same start.
    pub const fn at(self, number: u64) -> Self {
        Self { number, ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.started, self.number)
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (started, number) = text.split_once('.').ok_or(NoPlace)?;
        Ok(Self {
            started: started.parse().map_err(|_| NoPlace)?,
            number: number.parse().map_err(|_| NoPlace)?,
        })
    }
}

/// A text names no place.
#[derive(Debug, PartialEq, Eq)]
pub struct NoPlace;

/// How many may watch at the same time. Whoever has gone counts until they are told something.
pub const MOST_WATCHING: usize = 32;
/// How many decisions are looked at while those who decide wait.
const AT_ONCE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joins::What;

    const OFFERED: Offered = Offered {
        recent: 200,
        names: false,
        mint: false,
        session: Duration::from_mins(1),
    };

    fn join(code: Option<&'static str>) -> Join {
        Join {
            number: 0,
            time: 0,
            what: What::Login,
            host: "a".to_owned(),
            issuer: None,
            code,
            token_id: None,
            room: None,
            name: None,
        }
    }

    fn with(recent: usize, count: usize) -> RecentJoins {
        let joins = RecentJoins::new(7);
        joins.keep(Some(Offered { recent, ..OFFERED }), true);
        (0..count).for_each(|_| joins.remember(join(None)));
        joins
    }

    fn place(text: &str) -> Option<Place> {
        text.parse().ok()
    }

    /// All that comes after a place, batch by batch.
    fn all(joins: &RecentJoins, mut place: Option<Place>) -> (Vec<u64>, u64) {
        let (mut numbers, mut missed) = (Vec::new(), 0);
        loop {
            let batch = joins.after(place, &Filter::default());
            assert!(batch.joins.len() <= AT_ONCE);
            numbers.extend(batch.joins.iter().map(|join| join.number));
            missed += batch.missed;
            place = Some(batch.place);
            if batch.is_last {
                return (numbers, missed);
            }
        }
    }

    #[test]
    fn all_that_is_kept_comes_in_batches_once_and_in_order() {
        for (recent, count) in [(0, 5), (200, 0), (200, 64), (200, 65), (200, 500), (3, 5)] {
            let joins = with(recent, count);
            let first = count.saturating_sub(recent) + 1;
            let expected: Vec<u64> = (first..=count).map(|number| number as u64).collect();
            assert_eq!(all(&joins, None), (expected, 0), "{recent} {count}");
        }
    }

    #[test]
    fn whoever_was_away_gets_what_is_new_and_learns_how_many_are_gone() {
        let joins = with(3, 10);
        for (seen, there, missed) in [
            ("7.10", vec![], 0),
            ("7.8", vec![9, 10], 0),
            ("7.7", vec![8, 9, 10], 0),
            ("7.2", vec![8, 9, 10], 5),
            // Numbers of another start say nothing of this one.
            ("6.9", vec![8, 9, 10], 0),
        ] {
            assert_eq!(all(&joins, place(seen)), (there, missed), "{seen}");
        }
    }

    #[test]
    fn whoever_sees_few_of_them_has_seen_the_others_as_well() {
        let joins = with(10, 9);
        joins.remember(join(Some("expired")));
        let filter = Filter {
            outcome: crate::joins::Outcome::Denied,
            ..Filter::default()
        };
        let batch = joins.after(None, &filter);
        assert_eq!(batch.joins.len(), 1);
        (0..10).for_each(|_| joins.remember(join(None)));
        let batch = joins.after(Some(batch.place), &filter);
        assert_eq!((batch.joins.len(), batch.missed), (0, 0));
        assert_eq!(Some(batch.place), place("7.20"));
    }

    #[test]
    fn a_place_is_read_as_it_is_written_and_nothing_else_is_one() {
        assert_eq!(
            place("7.10").map(|place| place.to_string()),
            Some("7.10".to_owned())
        );
        for text in ["", ".", "7", "7.", ".7", "7.x", "7.-1", "7.1.2", " 7.1"] {
            assert_eq!(text.parse::<Place>(), Err(NoPlace), "{text}");
        }
    }

    #[test]
    fn without_a_console_nothing_is_kept_and_what_was_is_gone() {
        let joins = with(200, 5);
        joins.decided(0, true, Duration::from_secs(1));
        joins.keep(None, true);
        joins.remember(join(None));
        joins.decided(0, true, Duration::from_secs(1));
        joins.undecided(0);
        assert_eq!(all(&joins, None), (vec![], 0));
        let sums = joins.hour(0);
        assert!(
            sums.minutes
                .iter()
                .all(|(_, minute)| *minute == crate::joins::Minute::default())
        );
    }

    #[test]
    fn there_is_another_version_where_others_look_or_something_else_is_shown() {
        let joins = with(200, 0);
        let mut last = joins.version();
        for (offered, has_same_readers, changes) in [
            (Some(OFFERED), true, false),
            (Some(OFFERED), false, true),
            (
                Some(Offered {
                    names: true,
                    ..OFFERED
                }),
                true,
                true,
            ),
            (
                Some(Offered {
                    names: true,
                    ..OFFERED
                }),
                true,
                false,
            ),
            (None, true, true),
            (None, true, false),
        ] {
            joins.keep(offered, has_same_readers);
            assert_eq!(joins.version() != last, changes, "{offered:?}");
            last = joins.version();
        }
    }

    #[tokio::test]
    async fn so_many_may_watch_and_each_that_goes_makes_room() {
        let joins = with(200, 0);
        let mut all: Vec<Watching> = (0..MOST_WATCHING).map_while(|_| joins.watch()).collect();
        assert_eq!(all.len(), MOST_WATCHING);
        assert!(joins.watch().is_none());
        all.truncate(MOST_WATCHING - 1);
        let mut watching = joins.watch().unwrap();
        joins.remember(join(None));
        watching.news().await;
    }
}
