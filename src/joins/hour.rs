//! Sums of the last hour, minute by minute.

use std::time::Duration;

/// What was counted lately. It takes memory for the minutes in which something was.
#[derive(Debug, Default)]
pub struct Hour(Vec<(i64, Minute)>);

/// What was counted in one minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// How many were let in.
    pub let_in: u64,
    /// How many were denied.
    pub denied: u64,
    /// How many questions had no answer.
    pub undecided: u64,
    /// How long all decisions took together.
    pub took: Duration,
    /// How long the slowest one took.
    pub slowest: Duration,
}

/// The last hour: each of its minutes, the last of which is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourSums {
    /// When each minute began, in Unix seconds, and what was counted in it; the oldest first.
    pub minutes: Vec<(i64, Minute)>,
}

impl Hour {
    /// Counts a decision at `now`, in Unix seconds, that took so long.
    pub fn decided(&mut self, now: i64, is_let_in: bool, took: Duration) {
        if let Some(minute) = self.current(now) {
            minute.add(is_let_in, took);
        }
    }

    /// Counts a question that had no answer.
    pub fn undecided(&mut self, now: i64) {
        if let Some(minute) = self.current(now) {
            minute.undecided = minute.undecided.saturating_add(1);
        }
    }

    /// What was counted up to `now`; a minute without anything has zeros.
    #[must_use]
    pub fn sums(&self, now: i64) -> HourSums {
        let last = minute_of(now);
        let minutes = (0..MINUTES).rev().map(|ago| {
            let minute = last.saturating_sub(ago);
            let found = self.0.iter().find(|(known, _)| *known == minute);
            let counted = found.map(|(_, counted)| *counted);
            (minute.saturating_mul(60), counted.unwrap_or_default())
        });
        HourSums {
            minutes: minutes.collect(),
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0 = Vec::new();
    }

    /// The entry of this minute. What is too old is dropped, and so is what a clock that was set back has left in the future. Of two decisions
    /// the later one may be counted first, so that the next minute may have begun.
    fn current(&mut self, now: i64) -> Option<&mut Minute> {
        let minute = minute_of(now);
        if !self.0.iter().any(|(known, _)| *known == minute) {
            let is_near = |known| (-1..MINUTES).contains(&minute.saturating_sub(known));
            self.0.retain(|(known, _)| is_near(*known));
            self.0.push((minute, Minute::default()));
        }
        let mut found = self.0.iter_mut().filter(|(known, _)| *known == minute);
        found.next().map(|(_, counted)| counted)
    }
}

impl Minute {
    /// How many were decided on.
    #[must_use]
    pub const fn decided(&self) -> u64 {
        self.let_in.saturating_add(self.denied)
    }

    /// How long a decision took, where there was one.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        let decided = u32::try_from(self.decided()).unwrap_or(u32::MAX);
        self.took.checked_div(decided)
    }

    fn add(&mut self, is_let_in: bool, took: Duration) {
        let count = if is_let_in {
            &mut self.let_in
        } else {
            &mut self.denied
        };
        *count = count.saturating_add(1);
        self.took = self.took.saturating_add(took);
        self.slowest = self.slowest.max(took);
    }
}

const fn minute_of(now: i64) -> i64 {
    now.div_euclid(60)
}

/// How many minutes count.
const MINUTES: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_765_139_000;
    const MOMENT: Duration = Duration::from_millis(2);

    fn let_in(hour: &Hour, now: i64) -> u64 {
        let sums = hour.sums(now);
        sums.minutes.iter().map(|(_, minute)| minute.let_in).sum()
    }

    #[test]
    fn what_is_decided_in_a_minute_is_summed_with_how_long_it_took() {
        let mut hour = Hour::default();
        hour.decided(NOW, true, MOMENT);
        hour.decided(NOW, true, MOMENT * 4);
        hour.decided(NOW, false, MOMENT);
        hour.undecided(NOW);
        let expected = Minute {
            let_in: 2,
            denied: 1,
            undecided: 1,
            took: MOMENT * 6,
            slowest: MOMENT * 4,
        };
        let sums = hour.sums(NOW);
        assert_eq!(sums.minutes.last(), Some(&(NOW / 60 * 60, expected)));
        assert_eq!(expected.mean(), Some(MOMENT * 2));
    }

    #[test]
    fn an_hour_has_sixty_minutes_one_after_the_other_and_those_without_anything_are_zero() {
        for hour in [Hour::default(), {
            let mut hour = Hour::default();
            hour.decided(NOW - 600, true, MOMENT);
            hour
        }] {
            let HourSums { minutes } = hour.sums(NOW);
            assert_eq!(minutes.len(), 60);
            let is_next = |pair: &[(i64, Minute)]| pair[1].0 - pair[0].0 == 60;
            assert!(minutes.windows(2).all(is_next));
            let counted = minutes
                .iter()
                .filter(|(_, minute)| *minute != Minute::default());
            assert!(counted.count() <= 1);
        }
        assert_eq!(Minute::default().mean(), None);
    }

    #[test]
    fn what_is_older_than_an_hour_or_in_the_future_does_not_count() {
        for (later, expected) in [
            (0, 1),
            (59 * 60, 1),
            (60 * 60 + 59, 0),
            (86_400, 0),
            (-60, 0),
            (-86_400, 0),
            (i64::MAX - NOW, 0),
            (i64::MIN, 0),
        ] {
            let mut hour = Hour::default();
            hour.decided(NOW, true, MOMENT);
            let now = NOW.saturating_add(later);
            assert_eq!(let_in(&hour, now), expected, "{later}");
            hour.decided(now, true, MOMENT);
            assert_eq!(let_in(&hour, now), expected + 1, "{later}");
        }
    }

    #[test]
    fn a_minute_to_which_the_clock_was_set_back_goes_on() {
        let mut hour = Hour::default();
        for now in [NOW, NOW + 300, NOW] {
            hour.decided(now, true, MOMENT);
        }
        assert_eq!(let_in(&hour, NOW), 2);
    }

    #[test]
    fn a_decision_that_is_counted_late_takes_nothing_from_the_next_minute() {
        let mut hour = Hour::default();
        for now in [NOW, NOW + 60, NOW, NOW + 60] {
            hour.decided(now, true, MOMENT);
        }
        assert_eq!(let_in(&hour, NOW), 2);
        assert_eq!(let_in(&hour, NOW + 60), 4);
    }

    #[test]
    fn no_more_is_kept_than_what_counts() {
        let mut hour = Hour::default();
        assert_eq!(hour.0.capacity(), 0);
        for minute in 0..1_000 {
            hour.decided(NOW + 60 * minute, true, MOMENT);
        }
        assert!(hour.0.len() <= 61);
        assert_eq!(let_in(&hour, NOW + 60 * 999), 60);
        hour.clear();
        assert_eq!(hour.0.capacity(), 0);
    }
}
