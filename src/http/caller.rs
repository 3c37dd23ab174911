//! The kinds of caller, and what each has to show.

use std::net::IpAddr;

use hyper::header::{HeaderMap, ORIGIN};

use crate::peer;

use super::access::Access;
use super::response::Problem;
use super::seats::Seat;

/// Who may ask for something, and what a listener serves. Proxies and pages of this server will be kinds of their own once something is there for them,
/// since both come with an `Origin` or another `Host` and mean no harm by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Whoever can connect.
    Everybody,
    /// Prosody, which shows the API key where there is one.
    Prosody,
    /// Who looks after this server, and shows the same key.
    Administrator,
    /// What collects metrics, and shows the same key.
    Scraper,
    /// The same at an address that is for nothing else, and where no key is asked for.
    OpenScraper,
}

impl Caller {
    /// Those who are served where everything is.
    pub const ALL: &[Self] = &[
        Self::Everybody,
        Self::Prosody,
        Self::Administrator,
        Self::Scraper,
    ];
    /// Those who are served where metrics are, and nothing else.
    pub const SCRAPERS: &[Self] = &[Self::OpenScraper];

    /// Whether this kind of caller is served what is for that one.
    pub(super) fn may_ask(self, meant: Self) -> bool {
        self == meant || (self == Self::OpenScraper && meant == Self::Scraper)
    }

    /// Lets a request in that was sent to the server of this name, or says what it lacks.
    ///
    /// # Errors
    /// [`Problem::CrossOrigin`], [`Problem::UnknownServerName`], [`Problem::Unauthorized`], [`Problem::TokenAsKey`].
    pub(super) fn admit(
        self,
        access: &Access,
        server_name: &str,
        headers: &HeaderMap,
        seat: &Seat,
    ) -> Result<(), Problem> {
        match self {
            // A page can rebind a name of its own, and no address.
            Self::OpenScraper if is_address(server_name) => from_no_site(headers),
            Self::Everybody | Self::OpenScraper => from_no_page(access, server_name, headers),
            Self::Prosody | Self::Administrator | Self::Scraper => {
                from_no_page(access, server_name, headers)?;
                access.authorize(headers, seat)
            }
        }
    }
}

/// Whether a server is named by its address, which of IPv6 stands in brackets.
fn is_address(server_name: &str) -> bool {
    let inner = server_name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    inner.unwrap_or(server_name).parse::<IpAddr>().is_ok()
}

/// Refuses what a page of another site sends.
fn from_no_site(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(ORIGIN) {
        return Err(Problem::CrossOrigin);
    }
    Ok(())
}

/// Refuses what a web page could send: another site's `Origin`, or a name that was rebound to loopback.
fn from_no_page(access: &Access, server_name: &str, headers: &HeaderMap) -> Result<(), Problem> {
    from_no_site(headers)?;
    if peer::is_loopback(server_name) || access.is_server_name(server_name) {
        Ok(())
    } else {
        let name = server_name.to_owned();
        Err(Problem::UnknownServerName { name })
    }
}
