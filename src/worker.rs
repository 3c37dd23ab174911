//! A few threads of low priority for work that takes long, so that nothing else waits for it, and some for short work
//! of the same kind, which waits for none of that.

use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use thiserror::Error;
use tokio::sync::oneshot;

/// The threads, and the queues before them.
pub struct Worker {
    long: SyncSender<Job>,
    short: SyncSender<Job>,
}

/// There is more work waiting than the queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too much work is waiting")]
pub struct Overloaded;

type Job = Box<dyn FnOnce() + Send>;

impl Worker {
    /// Starts so many threads of the lowest priority for long work, and some of the usual one for short work. They end
    /// with the worker. So many jobs may wait for each kind.
    ///
    /// # Errors
    /// Whatever the system says when it cannot start one.
    pub fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        Ok(Self {
            long: spawn(threads, waiting, LOWEST)?,
            short: spawn(SHORT_THREADS, waiting, USUAL)?,
        })
    }

    /// Threads that match patterns: several, so that one hostile pattern holds up no other.
    ///
    /// # Errors
    /// As for [`Worker::start`].
    pub fn for_patterns() -> io::Result<Self> {
        Self::start(8, 64)
    }

    /// Has one thread do long `work`, unless nobody waits for the outcome any more when its turn comes.
    ///
    /// # Errors
    /// [`Overloaded`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        hand_over(&self.long, work).await
    }

    /// Has one thread do `work` that takes a fraction of a millisecond, whatever else is being done.
    ///
    /// # Errors
    /// [`Overloaded`].
    pub async fn run_short<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        hand_over(&self.short, work).await
    }
}

async fn hand_over<T: Send + 'static>(
    queue: &SyncSender<Job>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Overloaded> {
    let (sender, outcome) = oneshot::channel();
    let job: Job = Box::new(move || {
        if !sender.is_closed() {
            // Whoever asked may have gone meanwhile.
            drop(sender.send(work()));
        }
    });
    queue.try_send(job).map_err(|_| Overloaded)?;
    outcome.await.map_err(|_| Overloaded)
}

fn spawn(threads: usize, waiting: usize, niceness: i32) -> io::Result<SyncSender<Job>> {
    let (queue, jobs) = mpsc::sync_channel(waiting);
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = Arc::clone(&jobs);
        thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || work(&jobs, niceness))?;
    }
    Ok(queue)
}

fn work(jobs: &Mutex<Receiver<Job>>, niceness: i32) {
    if niceness != USUAL {
        // The work is still done where the system refuses another priority.
        rustix::process::setpriority_process(None, niceness).unwrap_or_default();
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job();
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
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_its_outcome_handed_back() {
        let worker = Worker::start(1, 1).unwrap();
        let here = thread::current().id();
        let there = worker.run(|| thread::current().id()).await.unwrap();
        assert_ne!(here, there);
    }

    #[tokio::test]
    async fn short_work_waits_for_no_long_work() {
        let worker = Worker::start(1, 1).unwrap();
        let (release, released) = mpsc::channel::<()>();
        let mut busy = Box::pin(worker.run(move || released.recv().unwrap()));
        assert!(poll_once(busy.as_mut()).await.is_pending());
        assert_eq!(worker.run_short(|| 1).await, Ok(1));
        release.send(()).unwrap();
        assert_eq!(busy.await, Ok(()));
    }

    #[tokio::test]
    async fn work_beyond_the_queue_is_refused() {
        let worker = Worker::start(1, 1).unwrap();
        let (started, start) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let busy = worker.run(move || {
            started.send(()).unwrap();
            released.recv().unwrap();
        });
        let mut busy = std::pin::pin!(busy);
        assert!(poll_once(busy.as_mut()).await.is_pending());
        start.recv().unwrap();
        let mut waiting = std::pin::pin!(worker.run(|| ()));
        assert!(poll_once(waiting.as_mut()).await.is_pending());
        assert_eq!(worker.run(|| ()).await, Err(Overloaded));
        release.send(()).unwrap();
        assert_eq!((busy.await, waiting.await), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_left_undone() {
        let worker = Worker::start(1, 2).unwrap();
        let (started, start) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let mut busy = Box::pin(worker.run(move || {
            started.send(()).unwrap();
            released.recv().unwrap();
        }));
        assert!(poll_once(busy.as_mut()).await.is_pending());
        start.recv().unwrap();
        let (done, undone) = mpsc::channel::<()>();
        let mut abandoned = Box::pin(worker.run(move || done.send(()).unwrap()));
        assert!(poll_once(abandoned.as_mut()).await.is_pending());
        drop(abandoned);
        release.send(()).unwrap();
        busy.await.unwrap();
        worker.run(|| ()).await.unwrap();
        assert!(undone.recv().is_err());
    }

    async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await
    }
}
