//! How long something took, in a few classes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the classes, in microseconds: what is known already, what waits for a thread, what waits for a key server.
const BOUNDS: [u64; 7] = [100, 500, 2_500, 10_000, 100_000, 1_000_000, 5_000_000];

/// Durations by class.
#[derive(Debug, Default)]
pub struct Histogram {
    /// The last class has no bound.
    classes: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

/// What was observed so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The sum of all durations, in seconds.
    pub sum: f64,
    /// How many there were.
    pub count: u64,
    /// How many of them in each class, with its upper bound in seconds.
    pub classes: Vec<(f64, u64)>,
}

impl Histogram {
    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        // Durations as a whole are wider than a register, and would take as long as all the rest.
        let whole = duration.as_secs().saturating_mul(1_000_000);
        let microseconds = whole.saturating_add(u64::from(duration.subsec_micros()));
        let class = BOUNDS.iter().position(|bound| microseconds <= *bound);
        if let Some(class) = self.classes.get(class.unwrap_or(BOUNDS.len())) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// What was observed so far.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let bounds = BOUNDS.iter().map(|bound| seconds(*bound));
        let bounds = bounds.chain([f64::INFINITY]);
        let counts = self.classes.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        let classes: Vec<(f64, u64)> = bounds.zip(counts).collect();
        Observed {
            sum: seconds(self.microseconds.load(Ordering::Relaxed)),
            count: classes.iter().map(|(_, count)| count).sum(),
            classes,
        }
    }
}

const fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_the_first_class_that_it_fits_into() {
        let histogram = Histogram::default();
        for microseconds in [0, 100, 101, 5_000_000, 5_000_001] {
            histogram.observe(Duration::from_micros(microseconds));
        }
        let observed = histogram.observed();
        let counts: Vec<u64> = observed.classes.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 1, 1]);
        assert_eq!(
            observed.classes.last().map(|(bound, _)| *bound),
            Some(f64::INFINITY)
        );
        assert_eq!((observed.count, observed.sum), (5, 10.000_202));
    }
}
