//! Who comes to the console.

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{COOKIE, HeaderMap};

use crate::http::access::Access;
use crate::http::exchange::Exchange;
use crate::http::offered::Offered;
use crate::http::sessions::Session;

/// One request to the console.
pub struct Visit<'a> {
    /// What the console shows.
    pub offered: Offered,
    /// Who comes.
    pub visitor: Visitor,
    pub access: &'a Access,
}

/// Who comes.
pub enum Visitor {
    /// Somebody on this machine, where nobody has to say who they are.
    Anybody,
    /// Whoever has logged in with the key of administrators.
    Administrator(Session),
    /// Whoever has not.
    Stranger,
}

impl<'a> Visit<'a> {
    /// The visit that a request is, where there is a console.
    pub fn of(exchange: &Exchange<'a>, request: &Request<Incoming>) -> Option<Self> {
        let access = exchange.access;
        let sessions = &exchange.service.sessions;
        let visitor = if access.knows_no_administrators() {
            Visitor::Anybody
        } else {
            let known = cookie(request.headers()).and_then(|id| sessions.find(id));
            known.map_or(Visitor::Stranger, Visitor::Administrator)
        };
        Some(Self {
            offered: access.console?,
            visitor,
            access,
        })
    }

    /// What a form has to send along, so that no other page can send it; none where nothing can be changed.
    pub fn form_token(&self) -> Option<&str> {
        match &self.visitor {
            Visitor::Administrator(session) => Some(&session.form_token),
            Visitor::Anybody | Visitor::Stranger => None,
        }
    }

    /// What every page shows around what it is about.
    pub fn around(&self) -> crate::console::Around<'_> {
        crate::console::Around {
            form_token: self.form_token(),
            mint: self.offered.mint,
        }
    }
}

/// The ID of the session, where the browser has one.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
}

/// What the cookie is called.
pub const NAME: &str = "prosody-tokend-console";
