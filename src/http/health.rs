//! `GET /healthz` and `GET /readyz`.

use serde_json::json;

use super::response::Reply;

/// The process answers.
pub fn alive() -> Reply {
    Reply::ok(json!({ "status": "ok" }))
}

/// The policies are loaded; without them there is no listener.
pub fn ready() -> Reply {
    Reply::ok(json!({ "status": "ready" }))
}
