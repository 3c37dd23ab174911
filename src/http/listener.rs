//! Binds sockets, and accepts connections as long as there are places for them.
#![expect(
    clippy::disallowed_methods,
    reason = "a Unix socket is a file: it is renamed into place, and removed"
)]

use std::fs::{self, FileType, Metadata};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Probe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
use rustix::process::geteuid;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::peer::Peer;

use super::caller::Caller;
use super::connection::Connection;
use super::owner;
use super::seats::{Seat, Seats};
use super::service::Service;

/// A bound socket, and whom it serves.
pub struct Listener {
    socket: Socket,
    callers: &'static [Caller],
}

enum Socket {
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

/// What connections are served with, and how they end.
#[derive(Clone)]
pub struct Serving {
    pub service: Arc<Service>,
    /// The places of connections, which bound their number and share it among peers.
    pub seats: Arc<Seats>,
    /// Ends connections as soon as what is in flight on them is answered.
    pub draining: CancellationToken,
    /// Stops accepting connections.
    pub closing: CancellationToken,
    /// The open connections.
    pub tracker: TaskTracker,
    /// The tasks that accept connections.
    pub listeners: TaskTracker,
}

impl Listener {
    /// Binds a TCP address for these callers, unless there is a socket already that is bound to it. The runtime that serves
    /// it must have been entered.
    pub fn tcp(
        address: SocketAddr,
        kept: Option<std::net::TcpListener>,
        callers: &'static [Caller],
    ) -> Result<Self, BindError> {
        let failed = |source| BindError {
            address: address.to_string(),
            source,
        };
        let listener = kept.map_or_else(|| listen(address), adopt);
        let listener = listener.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        Ok(Self {
            socket: Socket::Tcp(listener, bound),
            callers,
        })
    }

    /// Binds a Unix socket for owner and group: under a passing name, renamed once its mode is right.
    ///
    /// # Errors
    /// [`BindError`], also where the path is that of another file, or of a socket on which somebody listens.
    pub fn unix(path: &Path, callers: &'static [Caller]) -> Result<Self, BindError> {
        let failed = |source| BindError {
            address: format!("unix:{}", path.display()),
            source,
        };
        let mut passing = path.as_os_str().to_owned();
        passing.push(".new");
        let passing = PathBuf::from(passing);
        may_be_replaced(path).map_err(failed)?;
        remove_abandoned(&passing).map_err(failed)?;
        let listener = UnixListener::bind(&passing).map_err(failed)?;
        fs::set_permissions(&passing, fs::Permissions::from_mode(0o660)).map_err(failed)?;
        let file = SocketFile::of(path, &passing).map_err(failed)?;
        fs::rename(&passing, path).map_err(failed)?;
        Ok(Self {
            socket: Socket::Unix(listener, file),
            callers,
        })
    }

    /// The socket, where it is one of TCP.
    pub fn tcp_socket(&self) -> Option<BorrowedFd<'_>> {
        match &self.socket {
            Socket::Tcp(listener, _) => Some(listener.as_fd()),
            Socket::Unix(..) => None,
        }
    }

    /// Accepts until it is told to close. Connections go on as tasks of the tracker.
    pub async fn run(self, serving: Serving) {
        tokio::select! {
            () = serving.closing.cancelled() => {}
            () = self.accept_all(&serving) => {}
        }
    }

    async fn accept_all(&self, serving: &Serving) {
        loop {
            if let Err(error) = self.accept(serving).await {
                tracing::warn!(%error, "cannot accept a connection, trying again");
                if is_shortage(&error) {
                    serving.seats.make_room();
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    async fn accept(&self, serving: &Serving) -> io::Result<()> {
        match &self.socket {
            Socket::Tcp(listener, _) => {
                let (stream, remote) = listener.accept().await?;
                serving.tcp(stream, remote, self.callers);
            }
            Socket::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                serving.unix(stream, self.callers);
            }
        }
        Ok(())
    }
}

impl Serving {
    #[must_use]
    pub fn new(service: Service, seats: Arc<Seats>) -> Self {
        Self {
            draining: service.draining.clone(),
            service: Arc::new(service),
            seats,
            closing: CancellationToken::new(),
            tracker: TaskTracker::new(),
            listeners: TaskTracker::new(),
        }
    }

    /// Whoever is gone before it is served needs no place.
    fn tcp(&self, stream: TcpStream, remote: SocketAddr, callers: &'static [Caller]) {
        let Ok(local) = stream.local_addr() else {
            return;
        };
        // Answers are small and written at once; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        if let Some(seat) = self.seats.take(owner::of_tcp(remote, local)) {
            let connection = self.connection(seat.at(remote.ip().to_canonical()), callers);
            drop(self.tracker.spawn(connection.serve(stream)));
        }
    }

    fn unix(&self, stream: UnixStream, callers: &'static [Caller]) {
        let Ok(credentials) = stream.peer_cred() else {
            return;
        };
        // Unlike those of TCP, such sockets do not take their sizes from the listener.
        let _ = set_socket_send_buffer_size(&stream, SEND_BUFFER_BYTES);
        let user = credentials.uid();
        let callers = if is_owner(user, geteuid().as_raw()) {
            Caller::of_owner(callers)
        } else {
            callers
        };
        if let Some(seat) = self.seats.take(Peer::User(user)) {
            let connection = self.connection(seat, callers);
            drop(self.tracker.spawn(connection.serve(stream)));
        }
    }

    /// What serves the connection that has this place.
    #[must_use]
    pub fn connection(&self, seat: Seat, callers: &'static [Caller]) -> Connection {
        Connection {
            service: Arc::clone(&self.service),
            callers,
            seat: Arc::new(seat),
            draining: self.draining.clone(),
        }
    }
}

/// Whether a user could change the daemon's files: root, and whom it runs as. Where that is nobody it lets nobody in: so the kernel calls all
/// users of other namespaces.
const fn is_owner(user: u32, own: u32) -> bool {
    user == 0 || (user == own && own != OVERFLOW_USER)
}

/// Buffers are small, so that those who do not read what they ask for hold little of the kernel's memory.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    set_socket_send_buffer_size(&socket, SEND_BUFFER_BYTES)?;
    set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn adopt(kept: std::net::TcpListener) -> io::Result<TcpListener> {
    kept.set_nonblocking(true)?;
    TcpListener::from_std(kept)
}

/// Nobody's file is lost to a socket, and no socket that somebody listens on.
fn may_be_replaced(path: &Path) -> io::Result<()> {
    let Some(kind) = kind(path)? else {
        return Ok(());
    };
    if !kind.is_socket() {
        let message = "another file is there, which is no socket; remove it, or listen elsewhere";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    match Probe::connect(path) {
        Ok(_) => Err(Errno::ADDRINUSE.into()),
        Err(_) => Ok(()),
    }
}

/// What a daemon that was killed in the middle of binding left.
fn remove_abandoned(passing: &Path) -> io::Result<()> {
    match kind(passing)? {
        Some(_) => {
            may_be_replaced(passing)?;
            fs::remove_file(passing)
        }
        None => Ok(()),
    }
}

fn kind(path: &Path) -> io::Result<Option<FileType>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl std::fmt::Display for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.socket {
            Socket::Tcp(_, address) => address.fmt(formatter),
            Socket::Unix(_, file) => write!(formatter, "unix:{}", file.path.display()),
        }
    }
}

/// The path of a socket; removed with it, unless another one is there by then.
pub struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    /// Of the socket that is at `passing`, and is going to be at `path`.
    fn of(path: &Path, passing: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(&fs::symlink_metadata(passing)?),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            // Gone already is as good.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether something is short that the end of a connection gives back (accept(2)).
fn is_shortage(error: &io::Error) -> bool {
    let short = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    short
        .map(|short| Some(short.raw_os_error()))
        .contains(&error.raw_os_error())
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Who stands for users that are not known in this namespace (`user_namespaces(7)`).
const OVERFLOW_USER: u32 = 65_534;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const BACKLOG: u32 = 1_024;
/// The size that is asked for; the kernel doubles it.
const SEND_BUFFER_BYTES: usize = 32_768;
const RECEIVE_BUFFER_BYTES: usize = 32_768;

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::{socket_recv_buffer_size, socket_send_buffer_size};

    use super::*;

    #[test]
    fn root_and_the_daemons_own_user_are_its_owners_unless_that_is_nobody() {
        for (user, own, expected) in [
            (0, 998, true),
            (998, 998, true),
            (0, 0, true),
            (0, 65_534, true),
            (997, 998, false),
            (65_534, 998, false),
            (65_534, 65_534, false),
            (998, 0, false),
        ] {
            assert_eq!(is_owner(user, own), expected, "{user} at {own}");
        }
    }

    #[tokio::test]
    async fn a_connection_holds_little_of_the_kernels_memory() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        assert_eq!(
            socket_send_buffer_size(&stream).unwrap(),
            2 * SEND_BUFFER_BYTES
        );
        assert_eq!(
            socket_recv_buffer_size(&stream).unwrap(),
            2 * RECEIVE_BUFFER_BYTES
        );
    }
}
