//! `GET /v1/changes`: whether those who are in are to be checked again.

use std::borrow::Cow;

use crate::api::live::Changes;

use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description};
use crate::http::response::Reply;

pub const DESCRIPTION: Description = Description::new(
    "Tells by a text that changes whether sessions are to be checked again.",
    &[Answer::json::<Changes<'static>>(
        200,
        "The text as it is now.",
    )],
);

pub fn answer(exchange: &Exchange<'_>) -> Reply {
    let version = exchange.service.verifier.version();
    Reply::ok(Changes {
        version: Cow::Owned(version),
    })
}
