//! Guards a request, has its endpoint answer it, and logs it.

use std::convert::Infallible;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, ORIGIN};
use hyper::http::uri::Uri;

use crate::peer;
use crate::telemetry::RequestLog;

use super::access::Access;
use super::exchange::Exchange;
use super::response::{Layout, Problem, Reply, Response};
use super::seats::Seat;
use super::service::Service;
use super::{framing, request_id, routes};

/// Answers one request on the connection that has this seat, and logs it.
///
/// # Errors
/// None; failures are answers, too.
pub async fn answer(
    service: &Service,
    request: Request<Incoming>,
    seat: &Seat,
) -> Result<Response, Infallible> {
    let _answering = seat.answering();
    let mut log = RequestLog::start(request.method().clone(), request.uri().clone());
    let layout = Layout::asked(request.headers());
    let id = request_id::of(request.headers()).cloned();
    let reply = route(service, request, seat, &mut log)
        .await
        .unwrap_or_else(Reply::from);
    log.finish(reply.status().as_u16());
    let mut response = reply.into_response(layout);
    if let Some(id) = id {
        response.headers_mut().insert(request_id::NAME, id);
    }
    Ok(response)
}

async fn route(
    service: &Service,
    request: Request<Incoming>,
    seat: &Seat,
    log: &mut RequestLog,
) -> Result<Reply, Problem> {
    let access = &*service.access();
    guard(access, request.uri(), request.headers())?;
    let route = routes::find(access, request.uri().path(), request.method())?;
    if route.needs_key {
        access.authorize(request.headers(), seat)?;
    }
    let exchange = Exchange {
        service,
        access,
        seat,
        log,
    };
    route.answer(exchange, request).await
}

/// Refuses what a web page could send: another site's `Origin`, or a name that was rebound to loopback.
fn guard(access: &Access, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let name = framing::server_name(uri, headers)?;
    if headers.contains_key(ORIGIN) {
        return Err(Problem::CrossOrigin);
    }
    if peer::is_loopback(name) || access.is_server_name(name) {
        Ok(())
    } else {
        let name = name.to_owned();
        Err(Problem::UnknownServerName { name })
    }
}
