//! Who is at the other end of a connection. What one of them takes up is not there for that one alone to take.

use std::net::IpAddr;

/// One who asks, as far as that can be told apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// This process: a command that decides by itself.
    Own,
    /// Whoever has shown the API key.
    KeyHolder,
    /// A user of this machine, who owns the socket at the other end.
    User(u32),
    /// Everybody at this address, or in this /64 of IPv6, where no user of this machine owns the other end.
    Address(IpAddr),
}

/// Whether a peer that has `own` of something may have one more, where so many are free: one who cannot be told from
/// everybody else has at most as many as it leaves to others. So there is always something for one who has nothing.
#[must_use]
pub const fn may_have_more(peer: Peer, own: usize, free: usize) -> bool {
    match peer {
        Peer::Own | Peer::KeyHolder => free > 0,
        Peer::User(_) | Peer::Address(_) => own < free,
    }
}
