//! `GET /v1/keys`: what keys are loaded.

use serde_json::json;

use super::exchange::Exchange;
use super::response::Reply;

pub fn answer(exchange: &Exchange<'_>) -> Reply {
    Reply::ok(json!({ "hosts": exchange.service.verifier.loaded_keys() }))
}
