//! Who is at the other end of a connection. What there is a limited number of is shared among these, so that nobody can
//! take all of it.

use std::net::{IpAddr, Ipv6Addr};

/// Somebody who asks, as exactly as the system lets us distinguish one from another.
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

/// Whether a peer that has `own` of something may have one more, where `free` are left. A user or an address has at
/// most as many as it leaves to others, so that there is always something for one who has nothing.
#[must_use]
pub const fn may_have_more(peer: Peer, own: usize, free: usize) -> bool {
    match peer {
        Peer::Own | Peer::KeyHolder => free > 0,
        Peer::User(_) | Peer::Address(_) => own < free,
    }
}

/// Whether a host, as URLs and the `Host` header write it, is this machine by its name or address alone. Any other name may
/// lead anywhere, whatever it begins with.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4),
    };
    host.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_of_loopback_are_loopback() {
        for host in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "127.evil.example",
            "127.",
            "127.1",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]",
            "::1",
            "[[::1]]",
            "[::1",
            "[127.0.0.1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
