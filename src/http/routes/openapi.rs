//! `GET /openapi.json`: what the endpoints are.

use serde_json::Value;

use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Description, Endpoint};
use crate::http::response::Reply;

pub const DESCRIPTION: Description = Description::new(
    "This description.",
    &[Answer::json::<Value>(
        200,
        "OpenAPI 3.1, as this daemon is set up.",
    )],
);

pub fn answer(exchange: &Exchange<'_>, endpoints: impl Iterator<Item = Endpoint>) -> Reply {
    Reply::ok(openapi::document(
        exchange.access.api_key.is_some(),
        endpoints,
    ))
}
