//! Binds sockets, accepts within a bounded number of connections, and ends with what is in flight.
#![expect(
    clippy::disallowed_methods,
    reason = "a Unix socket is a file: it is renamed into place, and removed"
)]

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::dispatch::Service;

/// A bound socket.
pub enum Listener {
    /// Bound to a TCP address.
    Tcp(TcpListener, SocketAddr),
    /// Bound to a path, which goes when the listener does.
    Unix(UnixListener, SocketFile),
}

/// A socket could not be bound.
#[derive(Debug, Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    address: String,
    source: io::Error,
}

impl Listener {
    /// Binds a TCP address.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn tcp(address: SocketAddr) -> Result<Self, BindError> {
        let failed = |source| BindError {
            address: address.to_string(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        Ok(Self::Tcp(listener, bound))
    }

    /// Binds a Unix socket for owner and group: under a passing name, renamed once its mode is right.
    ///
    /// # Errors
    /// [`BindError`].
    pub fn unix(path: &Path) -> Result<Self, BindError> {
        let failed = |source| BindError {
            address: format!("unix:{}", path.display()),
            source,
        };
        let mut passing = path.as_os_str().to_owned();
        passing.push(".new");
        let passing = PathBuf::from(passing);
        match fs::remove_file(&passing) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&passing).map_err(failed)?;
        fs::set_permissions(&passing, fs::Permissions::from_mode(0o660)).map_err(failed)?;
        fs::rename(&passing, path).map_err(failed)?;
        Ok(Self::Unix(listener, SocketFile(path.to_owned())))
    }

    /// Accepts until `shutdown` says stop. Connections go on as tasks of `tracker`.
    pub async fn run(
        self,
        service: Arc<Service>,
        permits: Arc<Semaphore>,
        shutdown: CancellationToken,
        tracker: TaskTracker,
    ) {
        let accepting = self.accept_all(&service, &permits, &shutdown, &tracker);
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = accepting => {}
        }
    }

    async fn accept_all(
        &self,
        service: &Arc<Service>,
        permits: &Arc<Semaphore>,
        shutdown: &CancellationToken,
        tracker: &TaskTracker,
    ) {
        while let Ok(permit) = Arc::clone(permits).acquire_owned().await {
            let connection = Connection {
                service: Arc::clone(service),
                shutdown: shutdown.clone(),
                _permit: permit,
            };
            let accepted = match self {
                Self::Tcp(listener, _) => listener.accept().await.map(|(stream, _)| {
                    // Answers are small and written at once; waiting for more would only delay them.
                    stream.set_nodelay(true).unwrap_or_default();
                    drop(tracker.spawn(connection.serve(stream)));
                }),
                Self::Unix(listener, _) => listener
                    .accept()
                    .await
                    .map(|(stream, _)| drop(tracker.spawn(connection.serve(stream)))),
            };
            if let Err(error) = accepted {
                tracing::warn!(%error, "cannot accept a connection, trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl std::fmt::Display for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(_, address) => address.fmt(formatter),
            Self::Unix(_, file) => write!(formatter, "unix:{}", file.0.display()),
        }
    }
}

/// The path of a socket; removed with it.
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Gone already is as good.
        fs::remove_file(&self.0).unwrap_or_default();
    }
}

struct Connection {
    service: Arc<Service>,
    shutdown: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) {
        let limits = self.service.limits;
        let service = service_fn(|request| Arc::clone(&self.service).answer(request));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(MAX_HEADER_BYTES)
            // Whoever hangs up in the middle is noticed when it is answered: looking out for it costs each request a read.
            .half_close(true)
            // Answers are small: one copy of them costs less than what the kernel does for two pieces.
            .writev(false)
            .serve_connection(TokioIo::new(stream), service);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = self.shutdown.cancelled() => {
                Pin::new(&mut connection).graceful_shutdown();
                (&mut connection).await
            }
        };
        let Err(error) = ended else { return };
        tracing::debug!(%error, "a connection ended early");
        let parts = connection.into_parts();
        if error.is_timeout() && !parts.read_buf.is_empty() {
            let mut stream = parts.io.into_inner();
            // Whoever is that slow may be gone.
            stream.write_all(REQUEST_TIMEOUT).await.unwrap_or_default();
            stream.shutdown().await.unwrap_or_default();
        }
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const MAX_HEADER_BYTES: usize = 16_384;
const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
