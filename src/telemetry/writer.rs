//! Writes the log on a thread of its own. Whoever logs never waits for the one who reads the log, and a log that cannot be
//! written costs its lines and nothing else: they are counted, and the log says how many as soon as it can.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::clock;

/// Takes lines, each with one `write`, for the thread that writes them. It holds a bounded number of bytes.
pub struct Queue {
    messages: Sender<Message>,
    load: Arc<Load>,
}

/// What is on its way to the log, and what never got there.
#[derive(Default)]
struct Load {
    /// Bytes of lines that are not written yet.
    waiting: AtomicUsize,
    /// Lines lost since the start.
    lost: AtomicU64,
}

enum Message {
    Line(Vec<u8>),
    /// Everything before this is written, or lost, once the sender is used.
    Flush(Sender<()>),
}

impl Queue {
    /// A queue and its other end.
    #[must_use]
    pub fn new() -> (Self, Lines) {
        // The channel has no bound: `Load` counts bytes, since lines differ in length, and a full queue loses a line
        // and holds up nobody.
        let (sender, messages) = mpsc::channel();
        let load = Arc::new(Load::default());
        let queue = Self {
            messages: sender,
            load: Arc::clone(&load),
        };
        (queue, Lines { messages, load })
    }

    /// How many lines were lost since the start.
    #[must_use]
    pub fn lost_lines(&self) -> u64 {
        self.load.lost.load(Ordering::Relaxed)
    }

    /// Waits until what was logged before is written, but not for long: nobody may read it.
    pub fn flush(&self) {
        let (done, flushed) = mpsc::channel();
        if self.messages.send(Message::Flush(done)).is_ok() {
            let _ = flushed.recv_timeout(FLUSH_TIMEOUT);
        }
    }

    fn take(&self, line: &[u8]) {
        let bytes = line.len();
        let waiting = self.load.waiting.fetch_add(bytes, Ordering::Relaxed);
        let fits = waiting.saturating_add(bytes) <= MOST_WAITING;
        if !fits || self.messages.send(Message::Line(line.to_vec())).is_err() {
            self.load.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.load.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Never fails and never waits, so that nobody who logs has to think of it.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match line.get(..MOST_LINE_BYTES) {
            Some(start) => self.take(&[start, b"\n"].concat()),
            None => self.take(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The other end of a [`Queue`].
pub struct Lines {
    messages: Receiver<Message>,
    load: Arc<Load>,
}

impl Lines {
    /// The line that waits longest, if one does.
    pub fn next(&self) -> Option<Vec<u8>> {
        match self.messages.try_recv().ok()? {
            Message::Line(line) => Some(line),
            Message::Flush(_) => None,
        }
    }

    /// Writes to `output` from now on, on a thread. `notice` makes the line that says how many were lost.
    pub fn write_to(
        self,
        output: impl Write + Send + 'static,
        notice: impl Fn(u64) -> Option<Vec<u8>> + Send + 'static,
    ) -> io::Result<()> {
        let writer = Writer {
            lines: self,
            output,
            notice,
            reported: Reported::default(),
            is_torn: false,
        };
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || writer.run()).map(drop)
    }
}

/// How many lost lines the log has reported, and when it was last tried.
#[derive(Default)]
struct Reported {
    lines: u64,
    tried: Option<Instant>,
}

struct Writer<O, N> {
    lines: Lines,
    output: O,
    notice: N,
    reported: Reported,
    /// Whether the last line ends in its middle.
    is_torn: bool,
}

impl<O: Write, N: Fn(u64) -> Option<Vec<u8>>> Writer<O, N> {
    fn run(mut self) {
        loop {
            // With nothing left to tell, only another message is worth waking up for.
            let pause = if self.unreported() == 0 {
                Duration::MAX
            } else {
                NOTICE_PAUSE
            };
            match self.lines.messages.recv_timeout(pause) {
                Ok(Message::Line(line)) => self.write(&line),
                Ok(Message::Flush(done)) => {
                    self.tell();
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.tell(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn write(&mut self, line: &[u8]) {
        // A slow reader loses lines all the time: it gets one notice a second, not one with each line.
        let tried = self.reported.tried;
        if tried.is_none_or(|tried| clock::elapsed(tried) >= NOTICE_PAUSE) {
            self.tell();
        }
        if self.put(line).is_err() {
            self.lines.load.lost.fetch_add(1, Ordering::Relaxed);
        }
        // Only now is there room for another: a line that is being written takes up memory, too.
        let waiting = &self.lines.load.waiting;
        waiting.fetch_sub(line.len(), Ordering::Relaxed);
    }

    fn unreported(&self) -> u64 {
        let lost = self.lines.load.lost.load(Ordering::Relaxed);
        lost.saturating_sub(self.reported.lines)
    }

    /// Says how many lines were lost, if any were.
    fn tell(&mut self) {
        let lines = self.unreported();
        if lines == 0 {
            return;
        }
        self.reported.tried = Some(clock::instant());
        let notice = (self.notice)(lines).unwrap_or_default();
        if self.put(&notice).is_ok() {
            self.reported.lines = self.reported.lines.saturating_add(lines);
        }
    }

    /// Writes a line. Where the last one was cut off in its middle, it ends first.
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.output.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match self.output.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    self.is_torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Standard error without the lock of `std`: a thread that waits in a write would hold it, and who reports why the
/// process ends would wait with it.
pub struct StandardError;

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stderr(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of lines that may wait to be written: some thousands of denials.
const MOST_WAITING: usize = 1_048_576;

/// The longest line, in bytes; of a longer one the start is logged.
const MOST_LINE_BYTES: usize = 65_536;

/// How often it is tried, and said at most, that lines were lost.
const NOTICE_PAUSE: Duration = Duration::from_secs(1);

/// How long an end may wait for the log.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes this many bytes at each write as long as there is room for them, and then none.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<Contents>>);

    #[derive(Default)]
    struct Contents {
        text: String,
        room: usize,
        at_once: usize,
    }

    impl Disk {
        fn new(room: usize, at_once: usize) -> Self {
            let disk = Self::default();
            disk.set(room, at_once);
            disk
        }

        fn set(&self, room: usize, at_once: usize) {
            let mut contents = self.0.lock().unwrap();
            (contents.room, contents.at_once) = (room, at_once);
        }

        fn text(&self) -> String {
            self.0.lock().unwrap().text.clone()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut contents = self.0.lock().unwrap();
            let taken = bytes.len().min(contents.at_once).min(contents.room);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            contents.room -= taken;
            let text = str::from_utf8(&bytes[..taken]).unwrap();
            contents.text.push_str(text);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start(output: impl Write + Send + 'static) -> Queue {
        let (queue, lines) = Queue::new();
        let notice = |lost| Some(format!("{lost} lost\n").into_bytes());
        lines.write_to(output, notice).unwrap();
        queue
    }

    fn log(mut queue: &Queue, lines: &[&str]) {
        for line in lines {
            queue.write_all(line.as_bytes()).unwrap();
        }
        queue.flush();
    }

    #[test]
    fn lines_are_written_in_their_order_in_pieces_if_need_be() {
        let disk = Disk::new(usize::MAX, 3);
        let queue = start(disk.clone());
        log(&queue, &["first\n", "second\n", "third\n"]);
        assert_eq!(disk.text(), "first\nsecond\nthird\n");
        assert_eq!(queue.lost_lines(), 0);
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_told_of_once_they_can() {
        let disk = Disk::new(0, 100);
        let queue = start(disk.clone());
        log(&queue, &["first\n", "second\n"]);
        assert_eq!((disk.text().as_str(), queue.lost_lines()), ("", 2));
        disk.set(usize::MAX, 100);
        log(&queue, &[]);
        log(&queue, &["third\n"]);
        assert_eq!(disk.text(), "2 lost\nthird\n");
        assert_eq!(queue.lost_lines(), 2);
    }

    #[test]
    fn a_line_that_was_cut_off_is_lost_and_no_other_is_added_to_it() {
        let disk = Disk::new(4, 100);
        let queue = start(disk.clone());
        log(&queue, &["first\n"]);
        assert_eq!(queue.lost_lines(), 1);
        disk.set(usize::MAX, 100);
        log(&queue, &[]);
        log(&queue, &["second\n"]);
        assert_eq!(disk.text(), "firs\n1 lost\nsecond\n");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let disk = Disk::new(usize::MAX, usize::MAX);
        let queue = start(disk.clone());
        log(&queue, &[&"x".repeat(MOST_LINE_BYTES + 1), "second\n"]);
        let cut = "x".repeat(MOST_LINE_BYTES);
        assert_eq!(disk.text(), format!("{cut}\nsecond\n"));
    }

    #[test]
    fn while_nobody_reads_a_bounded_number_of_bytes_waits_and_the_rest_is_lost() {
        let (reader, writer) = io::pipe().unwrap();
        let queue = start(writer);
        let line = "x".repeat(1_023) + "\n";
        let many = 2 * MOST_WAITING / line.len();
        for _ in 0..many {
            (&queue).write_all(line.as_bytes()).unwrap();
        }
        let waiting = queue.load.waiting.load(Ordering::Relaxed);
        assert!(waiting <= MOST_WAITING, "{waiting}");
        let lost = queue.lost_lines();
        assert!(lost > 0);
        let read = thread::spawn(move || io::read_to_string(reader).unwrap());
        queue.flush();
        drop(queue);
        let text = read.join().unwrap();
        let kept = text.lines().filter(|line| line.starts_with('x')).count();
        assert_eq!(kept as u64 + lost, many as u64);
        assert!(text.contains(" lost\n"));
    }

    #[test]
    fn nobody_waits_long_for_a_log_that_nobody_reads() {
        let (_reader, writer) = io::pipe().unwrap();
        let queue = start(writer);
        let started = clock::instant();
        log(&queue, &[&"x".repeat(MOST_LINE_BYTES), "second\n"]);
        assert!(clock::elapsed(started) < 10 * FLUSH_TIMEOUT);
    }
}
