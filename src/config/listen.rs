//! Where to listen.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A TCP address, such as `127.0.0.1:5290`.
    Tcp(SocketAddr),
    /// A Unix socket, such as `unix:/run/prosody-tokend/http.sock`.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Where a client on this machine asks: the beginning of URLs, and the socket where it is one of Unix.
    #[must_use]
    pub fn client_base(&self) -> (String, Option<&Path>) {
        match self {
            Self::Tcp(address) => {
                let mut address = *address;
                if address.ip().is_unspecified() {
                    address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
                }
                (format!("http://{address}"), None)
            }
            Self::Unix(path) => ("http://localhost".to_owned(), Some(path)),
        }
    }

    /// Whether it is a port that the system chooses, another one each time.
    #[must_use]
    pub const fn is_any_port(&self) -> bool {
        match self {
            Self::Tcp(address) => address.port() == 0,
            Self::Unix(_) => false,
        }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

/// The address that was meant by a text that is none, if that shows; else the text.
#[must_use]
pub fn intended_address(text: &str) -> String {
    let plain = text.trim();
    let plain = plain
        .split_once("://")
        .map_or(plain, |(_, rest)| rest)
        .trim_end_matches('/');
    let candidates = [
        plain.replace("localhost", "127.0.0.1"),
        format!("127.0.0.1:{}", plain.trim_start_matches(':')),
        format!("{}:5290", plain.replace("localhost", "127.0.0.1")),
        format!("unix:{plain}"),
    ];
    let mut taken = candidates
        .into_iter()
        .filter(|candidate| candidate.parse::<ListenAddress>().is_ok());
    let found = taken.next();
    if text.parse::<ListenAddress>().is_ok() {
        text.to_owned()
    } else {
        found.unwrap_or_else(|| text.to_owned())
    }
}

impl FromStr for ListenAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err(()),
            None => text.parse().map(Self::Tcp).map_err(drop),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}
