//! The last decisions.

use std::collections::VecDeque;

use super::join::Join;

/// The last decisions, as many as are to be kept. Where that is none it takes no memory.
#[derive(Debug, Default)]
pub struct Joins {
    most: usize,
    names: bool,
    newest: u64,
    kept: VecDeque<Join>,
}

impl Joins {
    /// Has so many kept from now on, with or without names of rooms and users. What is too much of what is there goes.
    pub fn keep(&mut self, most: usize, names: bool) {
        (self.most, self.names) = (most, names);
        let surplus = self.kept.len().saturating_sub(most);
        self.kept.drain(..surplus);
        if !names {
            self.kept.iter_mut().for_each(forget_names);
        }
        self.kept.shrink_to_fit();
    }

    /// Keeps a decision, in place of the oldest one where there are as many as there may be.
    pub fn remember(&mut self, mut join: Join) {
        if self.most == 0 {
            return;
        }
        if self.kept.len() >= self.most {
            self.kept.pop_front();
        }
        if !self.names {
            forget_names(&mut join);
        }
        self.newest = self.newest.saturating_add(1);
        join.number = self.newest;
        self.kept.push_back(join);
    }

    /// Those after the one of this number, the oldest first.
    pub fn since(&self, number: u64) -> impl DoubleEndedIterator<Item = &Join> {
        let first = self.kept.partition_point(|join| join.number <= number);
        self.kept.range(first..)
    }

    /// How many after the one of this number are no longer there.
    #[must_use]
    pub fn missed_since(&self, number: u64) -> u64 {
        let there = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        let gone = self.newest.saturating_sub(there);
        gone.saturating_sub(number)
    }

    /// The number of the last one; zero where none was kept so far.
    #[must_use]
    pub const fn newest(&self) -> u64 {
        self.newest
    }
}

fn forget_names(join: &mut Join) {
    (join.room, join.name) = (None, None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joins::What;

    fn join() -> Join {
        Join {
            number: 0,
            time: 1_765_139_000,
            what: What::Login,
            host: "meet.example.com".to_owned(),
            issuer: None,
            code: None,
            token_id: None,
            room: Some("standup".to_owned()),
            name: Some("Ada".to_owned()),
        }
    }

    fn with(most: usize, names: bool, count: usize) -> Joins {
        let mut joins = Joins::default();
        joins.keep(most, names);
        (0..count).for_each(|_| joins.remember(join()));
        joins
    }

    fn numbers(joins: &Joins, number: u64) -> Vec<u64> {
        joins.since(number).map(|join| join.number).collect()
    }

    #[test]
    fn the_last_ones_are_kept_and_no_others() {
        for (count, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (3, vec![1, 2, 3]),
            (4, vec![2, 3, 4]),
            (10, vec![8, 9, 10]),
        ] {
            assert_eq!(numbers(&with(3, true, count), 0), expected, "{count}");
        }
    }

    #[test]
    fn those_after_a_number_are_found_and_those_that_are_gone_counted() {
        let joins = with(3, true, 10);
        for (number, there, missed) in [
            (0, vec![8, 9, 10], 7),
            (5, vec![8, 9, 10], 2),
            (7, vec![8, 9, 10], 0),
            (8, vec![9, 10], 0),
            (10, vec![], 0),
            (99, vec![], 0),
        ] {
            assert_eq!(numbers(&joins, number), there, "{number}");
            assert_eq!(joins.missed_since(number), missed, "{number}");
        }
    }

    #[test]
    fn where_none_are_kept_there_is_no_memory_for_them() {
        for joins in [Joins::default(), with(0, true, 5)] {
            assert_eq!(joins.since(0).count(), 0);
            assert_eq!((joins.newest(), joins.kept.capacity()), (0, 0));
        }
    }

    #[test]
    fn where_less_are_to_be_kept_the_oldest_go_and_numbers_go_on() {
        let mut joins = with(5, true, 5);
        joins.keep(2, true);
        assert_eq!(numbers(&joins, 0), [4, 5]);
        joins.keep(0, true);
        assert_eq!((joins.since(0).count(), joins.kept.capacity()), (0, 0));
        assert_eq!(joins.missed_since(3), 2);
        joins.keep(5, true);
        joins.remember(join());
        assert_eq!(numbers(&joins, 0), [6]);
    }

    #[test]
    fn names_are_not_kept_where_they_are_not_to_be_nor_any_longer() {
        let named = |joins: &Joins| {
            joins
                .since(0)
                .filter(|join| **join != nameless(join.number))
                .count()
        };
        assert_eq!(named(&with(3, true, 2)), 2);
        assert_eq!(named(&with(3, false, 2)), 0);
        let mut joins = with(3, true, 2);
        joins.keep(3, false);
        assert_eq!(named(&joins), 0);
    }

    fn nameless(number: u64) -> Join {
        Join {
            number,
            room: None,
            name: None,
            ..join()
        }
    }
}
