//! People who join without end while something happens to the server.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use support::machine::Machine;

use crate::site::{bad, good, join};

/// What came of the joins.
pub struct Joins {
    pub admitted: usize,
    pub refused: usize,
    /// Joins with a good token that failed, and refusals for another reason than the token's.
    pub lost: Vec<String>,
}

/// Joins with good and with bad tokens, one after the other each, for as long as the work takes.
pub fn during(machine: &Machine, work: impl FnOnce()) -> Joins {
    let is_over = AtomicBool::new(false);
    let count = AtomicUsize::new(0);
    thread::scope(|threads| {
        let admitting = threads.spawn(|| machine.within_network(|| admitted(&is_over, &count)));
        let refusing = threads.spawn(|| machine.within_network(|| refused(&is_over)));
        // People go home, whatever became of the work.
        let done = panic::catch_unwind(AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        let (admitted, mut lost) = admitting.join().unwrap();
        let (refused, more) = refusing.join().unwrap();
        lost.extend(more);
        done.unwrap_or_else(|panic| panic::resume_unwind(panic));
        Joins {
            admitted,
            refused,
            lost,
        }
    })
}

fn admitted(is_over: &AtomicBool, count: &AtomicUsize) -> (usize, Vec<String>) {
    let mut admitted = 0;
    let mut lost = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        // A room of one's own, so that nobody hears of the others.
        let room = format!("room-{}", count.fetch_add(1, Ordering::Relaxed));
        match join(&good(), &room) {
            Ok(()) => admitted += 1,
            Err(error) => lost.push(error.to_string()),
        }
    }
    (admitted, lost)
}

fn refused(is_over: &AtomicBool) -> (usize, Vec<String>) {
    let mut refused = 0;
    let mut lost = Vec::new();
    let cases = bad();
    for (claims, reason) in cases.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        match join(claims, "standup") {
            Err(error) if error.to_string().contains(reason) => refused += 1,
            Err(error) => lost.push(format!("{error}, and not {reason}")),
            Ok(()) => lost.push(format!("{claims} was admitted")),
        }
    }
    (refused, lost)
}
