//! What was decided lately: sums by host and reason over the last minutes. Nothing of any token is kept.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// The sums of the last [`MINUTES`], within bounds whatever number of hosts there is.
#[derive(Debug, Default)]
pub struct Recent {
    hosts: HashMap<String, Minutes>,
    /// Logins at hosts that have no policy.
    unknown: Minutes,
}

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was let in.
    Allowed,
    /// It was denied.
    Denied {
        /// The reason's code.
        code: &'static str,
        /// By how many seconds the token was out of its time, where that was the reason.
        seconds: Option<i64>,
    },
}

/// The logins of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logins {
    /// All of them.
    pub all: u64,
    /// Those that were denied, by the reason's code.
    pub denied: BTreeMap<&'static str, Denials>,
}

/// Denials for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denials {
    pub count: u64,
    /// The least and the most seconds by which tokens were out of their time, where that was the reason.
    pub seconds: Option<(i64, i64)>,
}

/// What is known of all hosts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// By host, those that had a login.
    pub hosts: BTreeMap<String, Logins>,
    /// Logins at hosts that have no policy.
    pub unknown: u64,
}

/// One entry for each minute in which there was a login, the latest last.
type Minutes = VecDeque<(i64, Logins)>;

impl Recent {
    /// Counts a login at `now` in Unix seconds; without a host, at one that has no policy.
    pub fn count(&mut self, now: i64, host: Option<&str>, outcome: Outcome) {
        let minute = minute_of(now);
        let minutes = match host {
            Some(host) => self.host(host, minute),
            None => Some(&mut self.unknown),
        };
        if let Some(logins) = minutes.and_then(|minutes| current(minutes, minute)) {
            logins.add(outcome);
        }
    }

    /// What was counted up to `now`.
    #[must_use]
    pub fn sums(&self, now: i64) -> Sums {
        let minute = minute_of(now);
        let sum = |minutes| total(minutes, minute);
        let hosts = self.hosts.iter();
        let hosts = hosts.map(|(name, minutes)| (name.clone(), sum(minutes)));
        Sums {
            hosts: hosts.filter(|(_, logins)| logins.all > 0).collect(),
            unknown: sum(&self.unknown).all,
        }
    }

    /// The minutes of a host. One for which there is no room takes the place of those that had no login lately.
    fn host(&mut self, host: &str, minute: i64) -> Option<&mut Minutes> {
        if !self.hosts.contains_key(host) {
            if self.hosts.len() >= MOST_HOSTS {
                let is_live = |minutes: &Minutes| total(minutes, minute).all > 0;
                self.hosts.retain(|_, minutes| is_live(minutes));
            }
            if self.hosts.len() >= MOST_HOSTS {
                return None;
            }
            self.hosts.insert(host.to_owned(), Minutes::new());
        }
        self.hosts.get_mut(host)
    }
}

impl Logins {
    fn add(&mut self, outcome: Outcome) {
        self.all = self.all.saturating_add(1);
        if let Outcome::Denied { code, seconds } = outcome {
            let one = Denials {
                count: 1,
                seconds: seconds.map(|seconds| (seconds, seconds)),
            };
            self.denied.entry(code).or_default().merge(one);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.all = self.all.saturating_add(other.all);
        for (code, denials) in &other.denied {
            self.denied.entry(code).or_default().merge(*denials);
        }
    }
}

impl Denials {
    fn merge(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.seconds = match (self.seconds, other.seconds) {
            (Some((least, most)), Some((lesser, more))) => {
                Some((least.min(lesser), most.max(more)))
            }
            (one, None) | (None, one) => one,
        };
    }
}

/// The entry of this minute. What is too old is dropped, and so is what a clock that was set back has left in the future.
fn current(minutes: &mut Minutes, minute: i64) -> Option<&mut Logins> {
    if minutes.back().is_none_or(|(last, _)| *last != minute) {
        minutes.retain(|(other, _)| is_recent(*other, minute));
        minutes.push_back((minute, Logins::default()));
    }
    minutes.back_mut().map(|(_, logins)| logins)
}

fn total(minutes: &Minutes, minute: i64) -> Logins {
    let recent = minutes
        .iter()
        .filter(|(other, _)| is_recent(*other, minute));
    recent.fold(Logins::default(), |mut sum, (_, logins)| {
        sum.merge(logins);
        sum
    })
}

const fn minute_of(now: i64) -> i64 {
    now.div_euclid(60)
}

fn is_recent(other: i64, minute: i64) -> bool {
    (0..MINUTES).contains(&minute.saturating_sub(other))
}

/// How many minutes count.
pub const MINUTES: i64 = 15;
/// How many hosts are counted.
const MOST_HOSTS: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::Outcome::{Allowed, Denied};
    use super::*;

    const NOW: i64 = 1_765_139_000;
    const EARLY: Outcome = Denied {
        code: "not-yet-valid",
        seconds: Some(600),
    };

    fn logins(recent: &Recent, now: i64, host: &str) -> Logins {
        recent.sums(now).hosts.remove(host).unwrap_or_default()
    }

    #[test]
    fn logins_are_summed_by_host_and_reason() {
        let mut recent = Recent::default();
        for (host, outcome) in [
            ("a", Allowed),
            ("a", EARLY),
            (
                "a",
                Denied {
                    code: "not-yet-valid",
                    seconds: Some(604),
                },
            ),
            (
                "a",
                Denied {
                    code: "expired",
                    seconds: Some(-5),
                },
            ),
            (
                "b",
                Denied {
                    code: "sub-missing",
                    seconds: None,
                },
            ),
        ] {
            recent.count(NOW, Some(host), outcome);
        }
        recent.count(
            NOW,
            None,
            Denied {
                code: "x",
                seconds: None,
            },
        );
        let sums = recent.sums(NOW);
        assert_eq!(sums.unknown, 1);
        let denials = |count, seconds| Denials { count, seconds };
        let a = &sums.hosts["a"];
        assert_eq!(a.all, 4);
        assert_eq!(a.denied["not-yet-valid"], denials(2, Some((600, 604))));
        assert_eq!(a.denied["expired"], denials(1, Some((-5, -5))));
        let b = &sums.hosts["b"];
        assert_eq!((b.all, b.denied["sub-missing"]), (1, denials(1, None)));
    }

    #[test]
    fn what_is_older_than_a_quarter_of_an_hour_or_in_the_future_does_not_count() {
        for (later, expected) in [
            (0, 1),
            (59, 1),
            (14 * 60, 1),
            (15 * 60 + 59, 0),
            (86_400, 0),
            (-60, 0),
            (i64::MAX - NOW, 0),
            (i64::MIN, 0),
        ] {
            let mut recent = Recent::default();
            recent.count(NOW, Some("a"), EARLY);
            let now = NOW.saturating_add(later);
            assert_eq!(logins(&recent, now, "a").all, expected, "{later}");
            recent.count(now, Some("a"), Allowed);
            assert_eq!(logins(&recent, now, "a").all, expected + 1, "{later}");
        }
    }

    #[test]
    fn no_more_is_kept_than_what_counts() {
        let mut recent = Recent::default();
        for minute in 0..1_000 {
            recent.count(NOW + 60 * minute, Some("a"), EARLY);
        }
        assert_eq!(recent.hosts["a"].len(), 15);
        assert_eq!(logins(&recent, NOW + 60 * 999, "a").all, 15);
    }

    #[test]
    fn hosts_that_had_no_login_lately_make_room_for_others_and_live_ones_do_not() {
        let mut recent = Recent::default();
        for number in 0..MOST_HOSTS {
            recent.count(NOW, Some(&format!("{number}")), Allowed);
        }
        recent.count(NOW, Some("late"), Allowed);
        assert_eq!(logins(&recent, NOW, "late").all, 0);
        assert_eq!(recent.sums(NOW).hosts.len(), MOST_HOSTS);
        let later = NOW + 3_600;
        recent.count(later, Some("late"), Allowed);
        assert_eq!(recent.sums(later).hosts.len(), 1);
    }
}
