//! `GET /healthz` and `GET /readyz`.

use hyper::Request;
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use crate::telemetry;

use super::exchange::Exchange;
use super::response::Reply;

/// The process answers, and says of which version it is.
pub fn alive() -> Reply {
    Reply::ok(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// The policies are loaded (without them there is no listener), and so are their keys. Keys past their lifetime and a
/// configuration that could not be reloaded or is not watched are told of, but whoever has a good token is still let in.
/// Those who may ask for decisions are told what was decided lately, too.
pub fn ready(exchange: &Exchange<'_>, request: &Request<Incoming>) -> Reply {
    let service = exchange.service;
    let readiness = service.verifier.readiness();
    let is_ready = readiness.missing.is_empty() && readiness.closed.is_empty();
    let status = if is_ready { "ready" } else { "not ready" };
    let mut body = Map::from_iter([("status".to_owned(), status.into())]);
    let mut tell = |name: &str, found: Value| drop(body.insert(name.to_owned(), found));
    if !readiness.closed.is_empty() {
        tell("cannot_admit", readiness.closed.into());
    }
    if !readiness.missing.is_empty() {
        tell("missing_keys", readiness.missing.into());
    }
    if !readiness.stale.is_empty() {
        tell("stale_keys", readiness.stale.into());
    }
    if let Some(failure) = service.reload.failure() {
        tell("reload_failed", failure.into());
    }
    if let Some(reason) = service.reload.blindness() {
        tell("not_watched", reason.into());
    }
    let lost_lines = telemetry::lost_lines();
    if lost_lines > 0 {
        tell("log_lines_lost", lost_lines.into());
    }
    let key = exchange.access.authorize(request.headers(), exchange.seat);
    if key.is_ok() {
        tell("recent", service.recent.told(service.verifier.time()));
    }
    if is_ready {
        Reply::ok(body.into())
    } else {
        Reply::not_ready(body.into())
    }
}
