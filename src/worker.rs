//! A few threads of low priority for work that takes long, so that nothing else waits for it, and some for short work
//! of the same kind, which waits for none of that. Nobody's work keeps out another's.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::peer::{Peer, may_have_more};

/// The threads, and the queues before them.
pub struct Worker {
    long: Counter,
    short: Counter,
}

/// The queue is full, or has as many jobs of this peer as one peer may have there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too much work is waiting")]
pub struct Overloaded;

/// How many jobs wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Those that take long.
    pub long: usize,
    /// Those that do not.
    pub short: usize,
    /// As many of each may wait.
    pub capacity: usize,
}

type Job = Box<dyn FnOnce() + Send>;

impl Worker {
    /// How many jobs wait.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        Waiting {
            long: self.long.0.jobs().waiting(),
            short: self.short.0.jobs().waiting(),
            capacity: self.long.0.capacity,
        }
    }

    /// Starts `threads` threads of the lowest priority for long work, and some of the usual one for short work. They end
    /// with the worker. At most `waiting` jobs wait for each of the two kinds.
    pub fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        Ok(Self {
            // Nothing can stop Lua while it matches, so long matches have threads of the lowest priority, apart from
            // short ones.
            long: Counter::open(threads, waiting, LOWEST)?,
            short: Counter::open(SHORT_THREADS, waiting, USUAL)?,
        })
    }

    /// Threads that match patterns: several, so that one hostile pattern holds up no other.
    pub fn for_patterns() -> io::Result<Self> {
        Self::start(8, 64)
    }

    /// Has one thread do long `work`, unless nobody waits for the outcome any more when its turn comes.
    pub async fn run<T: Send + 'static>(
        &self,
        peer: Peer,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        self.long.hand_over(peer, work).await
    }

    /// Has one thread do `work` that takes a fraction of a millisecond, whatever else is being done.
    pub async fn run_short<T: Send + 'static>(
        &self,
        peer: Peer,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        self.short.hand_over(peer, work).await
    }
}

/// Where jobs are handed over; closed when this goes.
struct Counter(Arc<Line>);

/// Jobs that wait, and the threads that do them.
struct Line {
    threads: usize,
    capacity: usize,
    jobs: Mutex<Jobs>,
    changed: Condvar,
}

#[derive(Default)]
struct Jobs {
    /// What waits, for each peer.
    waiting: HashMap<Peer, VecDeque<Job>>,
    /// Peers with something that waits, in the order of their turns.
    turns: VecDeque<Peer>,
    /// How many threads each peer has.
    running: HashMap<Peer, usize>,
    is_closed: bool,
}

impl Counter {
    fn open(threads: usize, capacity: usize, niceness: i32) -> io::Result<Self> {
        let line = Arc::new(Line {
            threads,
            capacity,
            jobs: Mutex::default(),
            changed: Condvar::new(),
        });
        for _ in 0..threads {
            let line = Arc::clone(&line);
            thread::Builder::new()
                .name("worker".to_owned())
                .spawn(move || line.work(niceness))?;
        }
        Ok(Self(line))
    }

    async fn hand_over<T: Send + 'static>(
        &self,
        peer: Peer,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let (sender, outcome) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !sender.is_closed() {
                // Whoever asked may have gone meanwhile.
                drop(sender.send(work()));
            }
        });
        self.0.push(peer, job)?;
        outcome.await.map_err(|_| Overloaded)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.jobs().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl Line {
    fn push(&self, peer: Peer, job: Job) -> Result<(), Overloaded> {
        let mut jobs = self.jobs();
        let all = jobs.waiting();
        let own = jobs.waiting.get(&peer).map_or(0, VecDeque::len);
        if !may_have_more(peer, own, self.capacity.saturating_sub(all)) {
            return Err(Overloaded);
        }
        let waiting = jobs.waiting.entry(peer).or_default();
        waiting.push_back(job);
        if waiting.len() == 1 {
            jobs.turns.push_back(peer);
        }
        drop(jobs);
        self.changed.notify_one();
        Ok(())
    }

    fn work(&self, niceness: i32) {
        if niceness != USUAL {
            // The work is still done where the system refuses another priority.
            let _ = rustix::process::setpriority_process(None, niceness);
        }
        while let Some((peer, job)) = self.next() {
            job();
            self.jobs().done(peer);
            self.changed.notify_all();
        }
    }

    /// Waits for a job. None once the counter is closed.
    fn next(&self) -> Option<(Peer, Job)> {
        let mut jobs = self.jobs();
        loop {
            if jobs.is_closed {
                return None;
            }
            if let Some(job) = jobs.take(self.threads) {
                return Some(job);
            }
            jobs = self
                .changed
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn waiting(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// The oldest job of the first peer whose turn it is and who may have one more of the `threads`.
    fn take(&mut self, threads: usize) -> Option<(Peer, Job)> {
        let free = threads.saturating_sub(self.running.values().sum());
        let running = |peer: &Peer| self.running.get(peer).copied().unwrap_or(0);
        // Turns go from peer to peer and not from job to job: one who sends many jobs delays the others by one job
        // each turn.
        let turn = self
            .turns
            .iter()
            .position(|peer| may_have_more(*peer, running(peer), free))?;
        let peer = self.turns.remove(turn)?;
        let waiting = self.waiting.get_mut(&peer)?;
        let job = waiting.pop_front()?;
        if waiting.is_empty() {
            self.waiting.remove(&peer);
        } else {
            self.turns.push_back(peer);
        }
        let running = self.running.entry(peer).or_default();
        *running = running.saturating_add(1);
        Some((peer, job))
    }

    fn done(&mut self, peer: Peer) {
        if let Some(running) = self.running.get_mut(&peer) {
            *running = running.saturating_sub(1);
            if *running == 0 {
                self.running.remove(&peer);
            }
        }
    }
}

/// The nice value of the lowest priority; on Linux it is a thread's own.
const LOWEST: i32 = 19;

/// The priority that the process was started with.
const USUAL: i32 = 0;

/// Short work is rarely more than one thread can do; the second is for when the first is interrupted.
const SHORT_THREADS: usize = 2;

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_its_outcome_handed_back() {
        let worker = Worker::start(1, 1).unwrap();
        let here = thread::current().id();
        let there = worker
            .run(Peer::Own, || thread::current().id())
            .await
            .unwrap();
        assert_ne!(here, there);
    }

    #[tokio::test]
    async fn short_work_waits_for_no_long_work() {
        let worker = Worker::start(1, 1).unwrap();
        let (release, released) = mpsc::channel::<()>();
        let mut busy = Box::pin(worker.run(Peer::Own, move || released.recv().unwrap()));
        assert!(poll_once(busy.as_mut()).await.is_pending());
        assert_eq!(worker.run_short(Peer::Own, || 1).await, Ok(1));
        release.send(()).unwrap();
        assert_eq!(busy.await, Ok(()));
    }

    #[tokio::test]
    async fn work_beyond_the_queue_is_refused() {
        let worker = Worker::start(1, 1).unwrap();
        let (started, start) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let busy = worker.run(Peer::Own, move || {
            started.send(()).unwrap();
            released.recv().unwrap();
        });
        let mut busy = std::pin::pin!(busy);
        assert!(poll_once(busy.as_mut()).await.is_pending());
        start.recv().unwrap();
        let mut waiting = std::pin::pin!(worker.run(Peer::Own, || ()));
        assert!(poll_once(waiting.as_mut()).await.is_pending());
        assert_eq!(worker.run(Peer::Own, || ()).await, Err(Overloaded));
        release.send(()).unwrap();
        assert_eq!((busy.await, waiting.await), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_left_undone() {
        let worker = Worker::start(1, 2).unwrap();
        let (started, start) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let mut busy = Box::pin(worker.run(Peer::Own, move || {
            started.send(()).unwrap();
            released.recv().unwrap();
        }));
        assert!(poll_once(busy.as_mut()).await.is_pending());
        start.recv().unwrap();
        let (done, undone) = mpsc::channel::<()>();
        let mut abandoned = Box::pin(worker.run(Peer::Own, move || done.send(()).unwrap()));
        assert!(poll_once(abandoned.as_mut()).await.is_pending());
        drop(abandoned);
        release.send(()).unwrap();
        busy.await.unwrap();
        worker.run(Peer::Own, || ()).await.unwrap();
        assert!(undone.recv().is_err());
    }

    async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await
    }
}
