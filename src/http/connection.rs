//! Serves one connection: within its deadlines, and to an orderly end.

use std::convert::Infallible;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::caller::Caller;
use super::deadline::WithDeadline;
use super::dispatch;
use super::response::Response;
use super::seats::Seat;
use super::service::Service;

/// What a connection is served with.
pub struct Connection {
    pub service: Arc<Service>,
    /// The kinds of caller that may ask on it.
    pub callers: &'static [Caller],
    /// Its place among all connections.
    pub seat: Arc<Seat>,
    /// Says that the daemon is about to end: what is in flight is answered, and nothing after it.
    pub draining: CancellationToken,
}

impl Connection {
    /// Serves until the other end goes, a deadline passes, a newcomer needs the place, or the daemon ends.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) {
        let seat = Arc::clone(&self.seat);
        let serving = pin!(self.serve_to_the_end(stream));
        tokio::select! {
            () = serving => {}
            () = seat.evicted() => tracing::debug!("a connection made room for another"),
        }
    }

    async fn serve_to_the_end<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) {
        let limits = self.service.limits;
        let stream = WithDeadline::new(stream, limits.answer_timeout, &self.seat);
        let service = service_fn(|request| self.answer(request));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(self.header_bytes())
            // Whoever hangs up in the middle is noticed when it is answered: looking out for it costs each request a read.
            .half_close(true)
            // Answers are small: one copy of them costs less than what the kernel does for two pieces.
            .writev(false)
            .serve_connection(TokioIo::new(stream), service);
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = self.idle_while_draining() => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        };
        let Err(error) = ended else { return };
        tracing::debug!(%error, "a connection ended early");
        let parts = connection.into_parts();
        if error.is_timeout() && !parts.read_buf.is_empty() {
            dispatch::requests(&self.service).answered(None, 408);
            let mut stream = parts.io.into_inner();
            // Whoever is that slow may be gone.
            let _ = stream.write_all(REQUEST_TIMEOUT).await;
            let _ = stream.shutdown().await;
        }
    }

    /// How long the headers of a request may be. Proxies hand on what they were asked, addresses of any length included.
    fn header_bytes(&self) -> usize {
        if self.callers.contains(&Caller::Proxy) && self.service.access().has_gateways {
            MOST_HANDED_ON
        } else {
            MAX_HEADER_BYTES
        }
    }

    /// Once the daemon is about to end each answer is the last one on its connection.
    ///
    /// Whoever sends many requests at once has one of them answered at a time, and everybody else's in between.
    async fn answer(&self, request: Request<Incoming>) -> Result<Response, Infallible> {
        if !self.seat.take_read() {
            yield_now().await;
        }
        let mut response =
            dispatch::answer(&self.service, self.callers, request, &self.seat).await?;
        if self.draining.is_cancelled() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response)
    }

    /// The daemon is about to end, and whoever is connected has had an answer. One who has only just come has not.
    async fn idle_while_draining(&self) {
        self.draining.cancelled().await;
        if !self.seat.has_asked() {
            pending::<()>().await;
        }
    }
}

const MAX_HEADER_BYTES: usize = 16_384;
const MOST_HANDED_ON: usize = 262_144;
const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
