//! Finds the endpoint that a request asks for, lets the caller in, has it answered, and logs it.

use std::convert::Infallible;

use hyper::Request;
use hyper::body::Incoming;
use hyper::http::HeaderValue;

use crate::counters::requests::Requests;
use crate::telemetry::RequestLog;

use super::caller::Caller;
use super::console;
use super::exchange::Exchange;
use super::response::{Layout, Problem, Reply, Response};
use super::seats::Seat;
use super::service::Service;
use super::{framing, request_id, routes};

/// Answers one request on the connection that has this seat and serves these callers, and logs it. Failures are
/// answers, too.
pub async fn answer(
    service: &Service,
    callers: &[Caller],
    request: Request<Incoming>,
    seat: &Seat,
) -> Result<Response, Infallible> {
    let _answering = seat.answering();
    let mut log = RequestLog::start(request.method().clone(), request.uri().clone());
    let layout = Layout::asked(request.headers());
    let id = request_id::from_headers(request.headers()).cloned();
    let (requests, endpoint) = (requests(service), routes::number(request.uri().path()));
    let reply = route(
        service,
        callers,
        endpoint,
        request,
        seat,
        id.as_ref(),
        &mut log,
    )
    .await
    .unwrap_or_else(|problem| refused(callers, problem));
    let status = reply.status().as_u16();
    requests.answered(endpoint, status);
    log.finish(status);
    let mut response = reply.into_response(layout);
    if let Some(id) = id {
        response.headers_mut().insert(request_id::NAME, id);
    }
    Ok(response)
}

/// What is answered to these callers where something is wrong with the request.
fn refused(callers: &[Caller], problem: Problem) -> Reply {
    if Caller::are_kongs(callers) {
        Reply::problem_of_kong(&problem)
    } else {
        Reply::from(problem)
    }
}

/// What is answered to a caller who may not ask: to a person in words, and guarded as everything else that a browser gets of the console.
fn not_admitted(caller: Caller, problem: Problem) -> Result<Reply, Problem> {
    if caller == Caller::Page {
        Ok(console::refused(&problem))
    } else {
        Err(problem)
    }
}

/// Where requests are counted.
pub fn requests(service: &Service) -> &Requests {
    let requests = &service.counters.requests;
    requests.get_or_init(|| Requests::new(routes::paths()))
}

/// A request that can be understood in two ways is refused whatever it asks for; all other rules are those of the route.
async fn route(
    service: &Service,
    callers: &[Caller],
    endpoint: Option<usize>,
    request: Request<Incoming>,
    seat: &Seat,
    request_id: Option<&HeaderValue>,
    log: &mut RequestLog,
) -> Result<Reply, Problem> {
    let access = &*service.access();
    let (uri, headers) = (request.uri(), request.headers());
    // Before routing: a proxy in front may read such a request in another way than we do, whatever path it names.
    let server_name = framing::server_name(uri, headers)?;
    let (route, caller) = routes::find(callers, access, endpoint, request.method())?;
    // After routing: who may ask is a rule of the route, and a path that is not there is 404 for anybody.
    if let Err(problem) = caller.admit(access, server_name, headers, seat) {
        return not_admitted(caller, problem);
    }
    let exchange = Exchange {
        service,
        access,
        seat,
        pool: route.pool,
        request_id,
        log,
    };
    route.answer(exchange, request).await
}
