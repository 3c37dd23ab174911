//! The kinds of caller, and what each has to show.

use hyper::header::{HeaderMap, ORIGIN};

use crate::peer;

use super::access::Access;
use super::response::Problem;
use super::seats::Seat;

/// Who may ask for something. Proxies and pages of this server will be kinds of their own once something is there for them,
/// since both come with an `Origin` or another `Host` and mean no harm by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Whoever can connect.
    Everybody,
    /// Prosody, which shows the API key where there is one.
    Prosody,
    /// Who looks after this server, and shows the same key.
    Administrator,
}

impl Caller {
    pub const ALL: &[Self] = &[Self::Everybody, Self::Prosody, Self::Administrator];

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
            Self::Everybody => from_no_page(access, server_name, headers),
            Self::Prosody | Self::Administrator => {
                from_no_page(access, server_name, headers)?;
                access.authorize(headers, seat)
            }
        }
    }
}

/// Refuses what a web page could send: another site's `Origin`, or a name that was rebound to loopback.
fn from_no_page(access: &Access, server_name: &str, headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(ORIGIN) {
        return Err(Problem::CrossOrigin);
    }
    if peer::is_loopback(server_name) || access.is_server_name(server_name) {
        Ok(())
    } else {
        let name = server_name.to_owned();
        Err(Problem::UnknownServerName { name })
    }
}
