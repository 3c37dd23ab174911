//! A token bucket: so many at once, and so many more as time goes by.

use std::time::Duration;

use tokio::time::Instant;

/// How much may still be done.
pub struct Bucket {
    level: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub const fn full(now: Instant) -> Self {
        Self {
            level: CAPACITY,
            filled: now,
        }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled);
        self.level = CAPACITY.min(self.level + passed.as_secs_f64() / INTERVAL.as_secs_f64());
        self.filled = now;
        let there = self.level >= 1.0;
        if there {
            self.level -= 1.0;
        }
        there
    }
}

const CAPACITY: f64 = 32.0;
const INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::super::time;
    use super::*;

    #[tokio::test]
    async fn a_bucket_gives_its_capacity_and_then_two_a_second() {
        let start = time::now();
        let mut bucket = Bucket::full(start);
        let mut taken = |now: Instant| (0..10_000).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(start), 32);
        assert_eq!(taken(start), 0);
        assert_eq!(taken(start + Duration::from_millis(499)), 0);
        assert_eq!(taken(start + Duration::from_millis(1_001)), 2);
        assert_eq!(taken(start + Duration::from_secs(11)), 20);
        assert_eq!(taken(start + Duration::from_hours(1)), 32);
        assert_eq!(taken(start), 0);
    }
}
