//! One count for each of a few names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The names that are counted, each once.
#[derive(Debug, Clone)]
pub struct Names(Arc<[&'static str]>);

/// How often each name was counted.
#[derive(Debug)]
pub struct Tally {
    names: Names,
    counts: Box<[AtomicU64]>,
}

impl FromIterator<&'static str> for Names {
    fn from_iter<I: IntoIterator<Item = &'static str>>(names: I) -> Self {
        let mut names: Vec<&'static str> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self(names.into())
    }
}

impl Tally {
    /// Nothing is counted so far.
    #[must_use]
    pub fn new(names: &Names) -> Self {
        Self {
            names: names.clone(),
            counts: names.0.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts a name. Others than those that are there do not count.
    pub fn count(&self, name: &str) {
        let place = self.names.0.binary_search(&name).ok();
        if let Some(count) = place.and_then(|place| self.counts.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Each name with its count.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        self.names.0.iter().copied().zip(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_counted_for_itself_and_an_unknown_one_nowhere() {
        let tally = Tally::new(&["b", "a", "c", "a"].into_iter().collect());
        for name in ["a", "c", "a", "", "d", "aa"] {
            tally.count(name);
        }
        let counts: Vec<_> = tally.counts().collect();
        assert_eq!(counts, [("a", 2), ("b", 0), ("c", 1)]);
    }
}
