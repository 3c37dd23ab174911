//! A stream that gives up on whoever does not read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::seats::Seat;

/// A stream on which each answer has to be taken within a time, however little at a time the other end reads.
pub struct WithDeadline<'a, S> {
    stream: S,
    seat: &'a Seat,
    limit: Duration,
    /// Runs from when an answer first had to wait until all of it is written.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<'a, S> WithDeadline<'a, S> {
    /// Each answer may take this long. The seat is told of what comes.
    pub const fn new(stream: S, limit: Duration, seat: &'a Seat) -> Self {
        Self {
            stream,
            seat,
            limit,
            waiting: None,
        }
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WithDeadline<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.seat.note_read();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithDeadline<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context),
            written @ Poll::Ready(_) => written,
        }
    }

    /// Done once everything is written. That ends an answer, so its deadline is cleared.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.waiting = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;
    use crate::http::seats::Seats;
    use crate::peer::Peer;

    const LIMIT: Duration = Duration::from_secs(5);

    fn seat() -> Seat {
        Seats::new(1).take(Peer::Own).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_a_byte_now_and_then_is_given_up_as_well() {
        let (mut reader, writer) = duplex(1);
        let writing = tokio::spawn(async move {
            let seat = seat();
            let mut writer = WithDeadline::new(writer, LIMIT, &seat);
            writer.write_all(&[0; 100]).await
        });
        let reading = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if reader.read_u8().await.is_err() {
                    return;
                }
            }
        });
        let error = writing.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        reading.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_has_the_whole_time() {
        let (mut reader, writer) = duplex(1);
        let seat = seat();
        let mut writer = WithDeadline::new(writer, LIMIT, &seat);
        for _ in 0..3 {
            let reading = async {
                tokio::time::sleep(LIMIT / 2).await;
                reader.read_exact(&mut [0; 2]).await
            };
            let writing = async {
                writer.write_all(&[0; 2]).await?;
                writer.flush().await
            };
            let (read, written) = tokio::join!(reading, writing);
            assert!(read.is_ok() && written.is_ok());
        }
    }
}
