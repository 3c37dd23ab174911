//! The kinds of caller, and what each has to show.

use std::net::IpAddr;

use hyper::header::{HeaderMap, ORIGIN};

use crate::peer;

use super::access::Access;
use super::own_page;
use super::response::Problem;
use super::seats::Seat;

/// Who may ask for something, and what a listener serves. A key of one kind opens nothing that is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Whoever can connect.
    Everybody,
    /// Prosody, which shows the API key where there is one.
    Prosody,
    /// Who looks after this server, and shows either key.
    Operator,
    /// Who says who may still come in, and shows a key that Prosody does not have.
    Administrator,
    /// The same at a Unix socket, as root or as the daemon's own user: both could change the daemon's files, and need no key where none
    /// is set.
    Owner,
    /// What collects metrics, and shows the API key.
    Scraper,
    /// The same at an address that is for nothing else, and where no key is asked for.
    OpenScraper,
    /// Who says at Kong's Admin API whom gateways let in, and shows the administrators' key in one of the ways that clients of that know.
    KongAdministrator,
    /// The same at an address where no key is asked for.
    OpenKongAdministrator,
    /// A program in front of others, which asks about what was asked of it. It hands on the `Origin` and the `Host` of that, and means no
    /// harm by it; what counts of what it says is each gateway's to know.
    Proxy,
    /// A browser that shows the console. What comes of another site's page is none of its own.
    Page,
}

impl Caller {
    /// Those who are served where everything is.
    pub const ALL: &[Self] = &[
        Self::Everybody,
        Self::Prosody,
        Self::Operator,
        Self::Administrator,
        Self::Scraper,
        Self::Proxy,
        Self::Page,
    ];
    /// Those who are served where everything is, and proxies elsewhere.
    pub const ALL_BUT_PROXIES: &[Self] = &[
        Self::Everybody,
        Self::Prosody,
        Self::Operator,
        Self::Administrator,
        Self::Scraper,
        Self::Page,
    ];
    /// Those who are served where proxies are, and nothing else.
    pub const PROXIES: &[Self] = &[Self::Proxy];
    /// Those who are served where metrics are, and nothing else.
    pub const SCRAPERS: &[Self] = &[Self::OpenScraper];
    /// Those who are served where Kong's Admin API is, and nothing else.
    pub const KONG_ADMINISTRATORS: &[Self] = &[Self::KongAdministrator];
    /// The same where no key is asked for.
    pub const OPEN_KONG_ADMINISTRATORS: &[Self] = &[Self::OpenKongAdministrator];

    /// Those who are served, where everything is, on a connection of the daemon's owner.
    const ALL_OF_OWNER: &[Self] = &[
        Self::Everybody,
        Self::Prosody,
        Self::Operator,
        Self::Owner,
        Self::Scraper,
        Self::Proxy,
        Self::Page,
    ];

    /// Those of a listener who are served on a connection of the daemon's owner.
    pub(super) fn of_owner(callers: &'static [Self]) -> &'static [Self] {
        if callers.contains(&Self::Administrator) {
            Self::ALL_OF_OWNER
        } else {
            callers
        }
    }

    /// Whether these are clients of Kong's Admin API, who know its answers and no others.
    pub(super) fn are_kongs(callers: &[Self]) -> bool {
        callers
            .iter()
            .any(|caller| caller.may_ask(Self::KongAdministrator))
    }

    /// Whether this kind of caller is served what is for that one.
    pub(super) fn may_ask(self, meant: Self) -> bool {
        self == meant
            || matches!(
                (self, meant),
                (Self::OpenScraper, Self::Scraper)
                    | (Self::Owner, Self::Administrator)
                    | (Self::OpenKongAdministrator, Self::KongAdministrator)
            )
    }

    /// Lets a request in that was sent to the server of this name, or says what it lacks.
    ///
    /// # Errors
    /// [`Problem::CrossOrigin`], [`Problem::UnknownServerName`], [`Problem::Unauthorized`], [`Problem::TokenAsKey`],
    /// [`Problem::OtherKey`], [`Problem::NoAdministrators`].
    pub(super) fn admit(
        self,
        access: &Access,
        server_name: &str,
        headers: &HeaderMap,
        seat: &Seat,
    ) -> Result<(), Problem> {
        if self == Self::Proxy {
            return Ok(());
        }
        // A page can rebind a name of its own, and no address.
        if self == Self::OpenScraper && is_address(server_name) {
            return from_no_site(headers);
        }
        if self == Self::Page {
            own_page::sent(headers)?;
            return to_own_name(access, server_name);
        }
        from_no_page(access, server_name, headers)?;
        match self {
            Self::Everybody
            | Self::OpenScraper
            | Self::OpenKongAdministrator
            | Self::Proxy
            | Self::Page => Ok(()),
            Self::Prosody | Self::Scraper => access.authorize(headers, seat),
            Self::Operator => access.authorize_operator(headers, seat),
            Self::Owner if access.knows_no_administrators() => Ok(()),
            Self::Administrator | Self::Owner => access.authorize_administrator(headers),
            Self::KongAdministrator => access.authorize_kong_administrator(headers),
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
    to_own_name(access, server_name)
}

/// Refuses a name that is none of this server's, such as one that a page has rebound to loopback.
fn to_own_name(access: &Access, server_name: &str) -> Result<(), Problem> {
    if peer::is_loopback(server_name) || access.is_server_name(server_name) {
        Ok(())
    } else {
        let name = server_name.to_owned();
        Err(Problem::UnknownServerName { name })
    }
}
