//! Who logs in, and out.

use hyper::body::Incoming;
use hyper::header::{HOST, RETRY_AFTER, SET_COOKIE};
use hyper::http::HeaderValue;
use hyper::{Request, StatusCode};
use serde::Deserialize;

use crate::console::{address, login};
use crate::http::exchange::Exchange;
use crate::http::own_page;
use crate::http::response::{Problem, Reply};
use crate::peer;

use super::address::Address;
use super::form;
use super::pages;
use super::visit::{self, Visit, Visitor};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: Option<String>,
    /// Whether the browser has asked before.
    again: bool,
}

#[derive(Deserialize)]
struct Key {
    key: String,
    to: Option<String>,
}

#[derive(Deserialize)]
struct Nothing {}

/// The page on which one logs in. A key is asked for only where nobody on the way can read it. Who came by a link elsewhere may have logged in
/// already: the browser asks again, now from here, and with its cookie.
pub fn show(visit: &Visit<'_>, request: &Request<Incoming>) -> Reply {
    let query = request.uri().query().unwrap_or_default();
    let Asked { to, again } = serde_urlencoded::from_str(query).unwrap_or_default();
    let to = own(to);
    match visit.visitor {
        Visitor::Stranger if !again && own_page::is_from_elsewhere(request.headers()) => {
            pages::shown(login::again(&address_of(&to, true)))
        }
        Visitor::Stranger
            if !own_page::is_told(request.headers()) && !is_on_this_machine(request) =>
        {
            pages::shown(login::unguarded())
        }
        Visitor::Stranger => pages::shown(login::page(&to, None)),
        Visitor::Anybody | Visitor::Administrator(_) => Reply::see_other(&to),
    }
}

/// What somebody gets who has not logged in: the way to do it, and back to what was wanted.
pub fn first(wanted: Address, path: &str) -> Reply {
    if !wanted.is_page() {
        return pages::failed(&Problem::LoggedOut);
    }
    Reply::see_other(&address_of(path, false))
}

/// Where one logs in to see this page.
fn address_of(to: &str, again: bool) -> String {
    let again = again.then_some(("again", "true"));
    let query: Vec<(&str, &str)> = [("to", to)].into_iter().chain(again).collect();
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    format!("{}?{query}", address::LOG_IN)
}

/// Lets in whoever has the key of administrators.
pub async fn log_in(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let is_here = is_on_this_machine(&request);
    let Key { key, to } = form::read(visit, request, exchange.service.limits).await?;
    let (attempts, peer) = (&exchange.service.attempts, exchange.seat.peer());
    let to = own(to);
    if let Err(wait) = attempts.count(peer) {
        let seconds = wait.as_secs().saturating_add(1);
        let html = login::page(&to, Some(&login::too_many(seconds))).into_string();
        let reply = Reply::page(StatusCode::TOO_MANY_REQUESTS, html, Vec::new());
        return Ok(reply.with(RETRY_AFTER, &seconds.to_string()));
    }
    let Some(id) = begun(exchange, visit, key.trim().as_bytes())? else {
        tracing::warn!("somebody tried a wrong key at the console");
        let html = login::page(&to, Some(login::WRONG)).into_string();
        return Ok(Reply::page(StatusCode::FORBIDDEN, html, Vec::new()));
    };
    attempts.forget(peer);
    tracing::info!("an administrator logged in at the console");
    let seconds = visit.offered.session.as_secs().max(1);
    Ok(Reply::see_other(&to).with(SET_COOKIE, &cookie(&id, seconds, is_here)))
}

/// Begins a session for whoever has the key; none where it is another one, or is no longer the one in force.
fn begun(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    key: &[u8],
) -> Result<Option<String>, Problem> {
    let service = exchange.service;
    if !visit.access.is_admin_key(key) {
        return Ok(None);
    }
    let id = service.sessions.begin(visit.offered.session);
    let id = id.map_err(|_| Problem::NoRandomNumbers)?;
    // The sessions of another key are ended once that one is in force.
    if service.access().is_admin_key(key) {
        return Ok(Some(id));
    }
    service.sessions.end(&id);
    Ok(None)
}

/// Ends a session.
pub async fn log_out(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let (is_here, id) = (
        is_on_this_machine(&request),
        visit::cookie(request.headers()).map(str::to_owned),
    );
    let Nothing {} = form::read(visit, request, exchange.service.limits).await?;
    if let Some(id) = id {
        exchange.service.sessions.end(&id);
    }
    Ok(Reply::see_other(address::LOG_IN).with(SET_COOKIE, &cookie("", 0, is_here)))
}

/// The cookie of a session. What goes over the network goes over TLS; to this machine there is none.
fn cookie(id: &str, seconds: u64, is_here: bool) -> String {
    let (name, path) = (visit::NAME, address::ROOT);
    let secure = if is_here { "" } else { "; Secure" };
    format!("{name}={id}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn is_on_this_machine(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(HOST).map(HeaderValue::to_str);
    let authority = host.and_then(Result::ok).and_then(|host| {
        let authority: hyper::http::uri::Authority = host.parse().ok()?;
        Some(authority)
    });
    authority.is_some_and(|authority| peer::is_loopback(authority.host()))
}

/// The page of the console that this names, or the first one: nobody is led elsewhere.
fn own(to: Option<String>) -> String {
    let is_own = |to: &String| {
        let path = to.split('?').next().unwrap_or_default();
        let is_plain = to
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        is_plain
            && [
                address::TOKEN,
                address::JOINS,
                address::SERVER,
                address::MINT,
            ]
            .contains(&path)
    };
    to.filter(is_own)
        .unwrap_or_else(|| address::TOKEN.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_a_page_of_the_console_and_nowhere_else() {
        for to in [
            "/console/joins",
            "/console/joins?code=expired&text=a%20b",
            "/console/token",
        ] {
            assert_eq!(own(Some(to.to_owned())), to);
        }
        for to in [
            "",
            "https://evil.example/",
            "//evil.example",
            "/console/joins/../../x",
            "/console/logout",
            "/console/joins\r\nx: y",
            "/console/joins?a b",
            "/\\evil.example",
            "/v1/keys",
        ] {
            assert_eq!(own(Some(to.to_owned())), address::TOKEN, "{to}");
        }
        assert_eq!(own(None), address::TOKEN);
    }

    #[test]
    fn a_cookie_is_for_the_console_alone_and_for_no_script_and_no_other_site() {
        let here = cookie("id", 60, true);
        let of_here =
            "prosody-tokend-console=id; Path=/console/; Max-Age=60; HttpOnly; SameSite=Strict";
        assert_eq!(here, of_here);
        assert_eq!(cookie("id", 60, false), format!("{of_here}; Secure"));
    }
}
