//! `GET /healthz` and `GET /readyz`.

use serde_json::json;

use super::dispatch::Service;
use super::response::Reply;

/// The process answers.
pub fn alive() -> Reply {
    Reply::ok(json!({ "status": "ok" }))
}

/// The policies are loaded (without them there is no listener), and so are their keys. Keys past their lifetime and a
/// configuration that could not be reloaded are told of, but whoever has a good token is still let in.
pub fn ready(service: &Service) -> Reply {
    let readiness = service.verifier.readiness();
    let is_ready = readiness.missing.is_empty();
    let mut body = json!({ "status": if is_ready { "ready" } else { "not ready" } });
    if !is_ready {
        body["missing_keys"] = readiness.missing.into();
    }
    if !readiness.stale.is_empty() {
        body["stale_keys"] = readiness.stale.into();
    }
    if let Some(failure) = service.reload.failure() {
        body["reload_failed"] = failure.into();
    }
    if is_ready {
        Reply::ok(body)
    } else {
        Reply::not_ready(body)
    }
}
