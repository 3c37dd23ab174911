//! How often somebody may try a key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::peer::Peer;

/// Keys that were tried in vain, by who tried them.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<Peer, Instant>>);

impl Attempts {
    /// Counts an attempt, whatever comes of it, or says how long to wait for the next one.
    pub fn count(&self, peer: Peer) -> Result<(), Duration> {
        self.count_at(clock::instant(), peer)
    }

    /// Each attempt moves the time on by which all of them have been forgotten. It may be so far ahead as a few of them take.
    fn count_at(&self, now: Instant, peer: Peer) -> Result<(), Duration> {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.retain(|_, forgotten| *forgotten > now);
        if tried.len() >= MOST_PEERS && !tried.contains_key(&peer) {
            return Err(EACH);
        }
        let forgotten = tried.get(&peer).copied().unwrap_or(now);
        let ahead = forgotten.saturating_duration_since(now);
        let most = EACH.saturating_mul(AT_ONCE - 1);
        if ahead > most {
            return Err(ahead.saturating_sub(most));
        }
        tried.insert(peer, forgotten.checked_add(EACH).unwrap_or(forgotten));
        Ok(())
    }

    /// Forgets those of whoever had the right key.
    pub fn forget(&self, peer: Peer) {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.remove(&peer);
    }
}

/// How many may be made at once.
const AT_ONCE: u32 = 5;
/// How long it takes until there may be another one.
const EACH: Duration = Duration::from_secs(6);
const MOST_PEERS: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    const A: Peer = Peer::User(1);
    const B: Peer = Peer::User(2);

    #[test]
    fn a_few_may_be_made_at_once_and_then_one_each_time_that_one_is_forgotten() {
        let (attempts, now) = (Attempts::default(), clock::instant());
        for _ in 0..AT_ONCE {
            assert_eq!(attempts.count_at(now, A), Ok(()));
        }
        assert_eq!(attempts.count_at(now, A), Err(EACH));
        assert_eq!(attempts.count_at(now + EACH / 2, A), Err(EACH / 2));
        assert_eq!(attempts.count_at(now + EACH, A), Ok(()));
        assert_eq!(attempts.count_at(now + EACH, A), Err(EACH));
    }

    #[test]
    fn nobody_takes_anothers_and_the_right_key_forgets_them() {
        let (attempts, now) = (Attempts::default(), clock::instant());
        for _ in 0..AT_ONCE {
            assert_eq!(attempts.count_at(now, A), Ok(()));
        }
        assert_eq!(attempts.count_at(now, B), Ok(()));
        attempts.forget(A);
        assert_eq!(attempts.count_at(now, A), Ok(()));
    }

    #[test]
    fn there_is_room_for_so_many_who_try_and_no_more() {
        let (attempts, now) = (Attempts::default(), clock::instant());
        let peer = |number: usize| Peer::User(u32::try_from(number).unwrap());
        for number in 0..MOST_PEERS {
            assert_eq!(attempts.count_at(now, peer(number)), Ok(()));
        }
        assert_eq!(attempts.count_at(now, peer(MOST_PEERS)), Err(EACH));
        assert_eq!(attempts.count_at(now, peer(0)), Ok(()));
        assert_eq!(attempts.count_at(now + EACH, peer(MOST_PEERS)), Ok(()));
    }
}
