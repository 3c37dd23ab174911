//! `GET /v1/keys`: what keys are loaded.

use serde_json::json;

use super::dispatch::Service;
use super::response::Reply;

pub fn answer(service: &Service) -> Reply {
    Reply::ok(json!({ "hosts": service.verifier.loaded_keys() }))
}
