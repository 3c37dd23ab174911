//! Lines on their way to the thread that writes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use tokio::sync::oneshot;

use super::losses::Losses;

/// Takes lines, and never waits. It holds a bounded number of them.
pub struct Queue {
    // The channel has no bound, so that a request to open the file anew always fits; lines are counted.
    messages: Sender<Message>,
    waiting: Arc<AtomicUsize>,
    losses: Arc<Losses>,
}

/// What the writing thread is told.
pub enum Message {
    /// A line, and who waits for it. Dropped, it was not written.
    Line(Vec<u8>, Option<oneshot::Sender<()>>),
    /// The file is to be opened anew.
    Reopen(Sender<()>),
    /// Everything before this is written, or lost, once the sender is used.
    Flush(Sender<()>),
}

/// The other end of a [`Queue`].
pub struct Messages {
    /// What comes.
    pub receiver: Receiver<Message>,
    waiting: Arc<AtomicUsize>,
}

impl Messages {
    /// Whether there is room for many more.
    pub fn is_calm(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < MOST_WAITING / 2
    }

    /// A line has been dealt with: there is room for another.
    pub fn done(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    /// A queue and its other end.
    pub fn new(losses: Arc<Losses>) -> (Self, Messages) {
        let (messages, receiver) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let queue = Self {
            messages,
            waiting: Arc::clone(&waiting),
            losses,
        };
        (queue, Messages { receiver, waiting })
    }

    /// Takes a line, unless there is no room for it.
    pub fn take(&self, line: Vec<u8>, done: Option<oneshot::Sender<()>>) {
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
        let fits = waiting < MOST_WAITING;
        if !fits || self.messages.send(Message::Line(line, done)).is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.losses
                .lose(|| format!("{MOST_WAITING} lines wait to be written already"));
        }
    }

    /// Has the file opened anew, and waits for that a moment: what moved it away must not yet compress it.
    pub fn reopen(&self) {
        self.ask(Message::Reopen);
    }

    /// Waits for the lines before, but not for long: the disk may hang.
    pub fn flush(&self) {
        self.ask(Message::Flush);
    }

    fn ask(&self, message: impl FnOnce(Sender<()>) -> Message) {
        let (done, answered) = mpsc::channel();
        if self.messages.send(message(done)).is_ok() {
            let _ = answered.recv_timeout(PATIENCE);
        }
    }
}

/// Lines that may wait to be written: some megabytes.
const MOST_WAITING: usize = 4_096;

/// How long a reload, or the end of the daemon, waits for the disk.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_loses_lines_counts_them_and_holds_up_nobody() {
        let losses = Arc::new(Losses::new(false));
        let (queue, messages) = Queue::new(Arc::clone(&losses));
        for _ in 0..MOST_WAITING + 3 {
            queue.take(b"a line\n".to_vec(), None);
        }
        assert_eq!((losses.lines(), losses.outage().is_some()), (3, true));
        drop(messages.receiver.recv().unwrap());
        messages.done();
        queue.take(b"a line\n".to_vec(), None);
        assert_eq!(losses.lines(), 3);
    }

    #[test]
    fn a_line_for_which_there_is_no_room_is_told_of_at_once() {
        let (queue, _messages) = Queue::new(Arc::new(Losses::new(true)));
        for _ in 0..MOST_WAITING {
            queue.take(Vec::new(), None);
        }
        let (done, mut written) = oneshot::channel();
        queue.take(Vec::new(), Some(done));
        assert_eq!(
            written.try_recv(),
            Err(oneshot::error::TryRecvError::Closed)
        );
    }
}
