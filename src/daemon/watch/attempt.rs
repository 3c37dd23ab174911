//! Work that may hang in a system call for ever, as on a network mount that does not answer: on a thread of its own, and
//! given up after a while.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use thiserror::Error;

/// Why an attempt gave no outcome.
#[derive(Debug, Error)]
pub enum GivenUp {
    /// It takes too long, and goes on without anybody who waits for it.
    #[error("not done after {} s: does a file or folder of it lie where reading does not end?", .0.as_secs_f32())]
    Late(Duration),
    /// Work that was started before still hangs.
    #[error("what was begun before still hangs in reading a file or folder")]
    Hanging,
    /// No thread could be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// Why the work begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Something changed, or somebody asked: what hung before may not hang now.
    Asked,
    /// Time has passed.
    Routine,
}

/// Starts work on threads of its own, and counts those that hang.
pub struct Attempts {
    deadline: Duration,
    /// Each thread that works holds one of these.
    all: Arc<()>,
    /// The thread that was started last holds one of these.
    last: Arc<()>,
}

impl Attempts {
    /// Gives work up after `deadline`.
    pub fn new(deadline: Duration) -> Self {
        Self {
            deadline,
            all: Arc::default(),
            last: Arc::default(),
        }
    }

    /// Waits for the outcome of `work`. What comes after the deadline is dropped, on its own thread.
    pub fn run<T: Send + 'static>(
        &mut self,
        urgency: Urgency,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, GivenUp> {
        if self.is_too_much(urgency) {
            return Err(GivenUp::Hanging);
        }
        self.last = Arc::default();
        let working = (Arc::clone(&self.all), Arc::clone(&self.last));
        let (sender, outcome) = mpsc::channel();
        let thread = thread::Builder::new().name("read".to_owned());
        let started = thread.spawn(move || {
            let done = work();
            drop(working);
            let _ = sender.send(done);
        });
        started.map_err(GivenUp::Thread)?;
        match outcome.recv_timeout(self.deadline) {
            Ok(done) => Ok(done),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(GivenUp::Late(self.deadline))
            }
        }
    }

    /// A thread that hangs can only be left alone, so their number is bounded; and nothing is begun by itself as long as
    /// the last one hangs, since it would most likely hang as well.
    fn is_too_much(&self, urgency: Urgency) -> bool {
        let is_last_hanging = Arc::strong_count(&self.last) > 1;
        let hanging = Arc::strong_count(&self.all).saturating_sub(1);
        hanging >= MOST_HANGING || urgency == Urgency::Routine && is_last_hanging
    }
}

/// How many threads may hang.
const MOST_HANGING: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(10);

    /// Work that hangs until the sender is dropped.
    fn hanging(attempts: &mut Attempts, urgency: Urgency) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let outcome = attempts.run(urgency, move || released.recv().is_err());
        assert!(matches!(outcome, Err(GivenUp::Late(_))));
        release
    }

    #[test]
    fn work_that_ends_in_time_has_an_outcome() {
        let mut attempts = Attempts::new(Duration::from_secs(30));
        for number in 0..2 * MOST_HANGING {
            let outcome = attempts.run(Urgency::Routine, move || number);
            assert_eq!(outcome.unwrap(), number);
        }
    }

    #[test]
    fn work_that_hangs_is_given_up_and_only_who_asks_may_try_again() {
        let mut attempts = Attempts::new(MOMENT);
        let _hanging = hanging(&mut attempts, Urgency::Routine);
        assert!(matches!(
            attempts.run(Urgency::Routine, || ()),
            Err(GivenUp::Hanging)
        ));
        attempts.deadline = Duration::from_secs(30);
        assert!(attempts.run(Urgency::Asked, || ()).is_ok());
        assert!(attempts.run(Urgency::Routine, || ()).is_ok());
    }

    #[test]
    fn a_bounded_number_of_threads_hangs_until_one_of_them_ends() {
        let mut attempts = Attempts::new(MOMENT);
        let mut all: Vec<_> = (0..MOST_HANGING)
            .map(|_| hanging(&mut attempts, Urgency::Asked))
            .collect();
        attempts.deadline = Duration::from_secs(30);
        assert!(matches!(
            attempts.run(Urgency::Asked, || ()),
            Err(GivenUp::Hanging)
        ));
        all.pop();
        while matches!(attempts.run(Urgency::Asked, || ()), Err(GivenUp::Hanging)) {
            thread::yield_now();
        }
    }
}
