//! Listening sockets outlive the process: the service manager keeps them from one run of the daemon to the next
//! (`FDSTORE` in `sd_notify(3)`, `sd_listen_fds(3)`).
//!
//! While no process accepts connections these wait in the queue of a socket, so that nobody is refused during an upgrade.
//! Which addresses there are says the configuration alone: a socket of another one is closed, and not kept any longer.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::BorrowedFd;

use listenfd::ListenFd;

/// The TCP sockets that the service manager kept for this process.
pub struct Kept(Vec<TcpListener>);

impl Kept {
    /// Takes them over. Must come before other processes are started, which would otherwise have them as well.
    pub fn take() -> Self {
        let mut passed = ListenFd::from_env();
        let sockets = (0..passed.len()).filter_map(|index| passed.take_tcp_listener(index).ok()?);
        Self(sockets.collect())
    }

    /// The one that is bound to this address.
    pub fn at(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let is_there = |socket: &TcpListener| socket.local_addr().is_ok_and(|at| at == address);
        let found = self.0.iter().position(is_there)?;
        Some(self.0.swap_remove(found))
    }
}

/// Has the service manager keep these sockets, and no others.
pub fn keep(sockets: &[BorrowedFd<'_>]) {
    use sd_notify::NotifyState::{FdName, FdStore, FdStoreRemove};
    let told = sd_notify::notify(&[FdStoreRemove, FdName(NAME)]).and_then(|()| {
        if sockets.is_empty() {
            return Ok(());
        }
        sd_notify::notify_with_fds(&[FdStore, FdName(NAME)], sockets)
    });
    if let Err(error) = told {
        tracing::debug!(%error, "cannot give the sockets to the service manager");
    }
}

const NAME: &str = "listen";
