//! `GET /v1/host?name=NAME`: whether a host has a policy.

use hyper::Request;
use hyper::body::Incoming;
use serde::Deserialize;

use crate::api::keys::KnownHost;

use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description, Parameter};
use crate::http::response::{Problem, Reply};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
}

pub const DESCRIPTION: Description = Description {
    parameters: &[Parameter::query("name", "The host.", "meet.example.com")],
    problems: &[404],
    ..Description::new(
        "Whether a host has a policy.",
        &[Answer::json::<KnownHost>(200, "It has, under this name.")],
    )
};

pub fn answer(exchange: &Exchange<'_>, request: &Request<Incoming>) -> Result<Reply, Problem> {
    let query = request.uri().query();
    let asked: Asked =
        serde_urlencoded::from_str(query.unwrap_or_default()).map_err(|_| Problem::Malformed {
            detail: "ask for one host: ?name=NAME".to_owned(),
        })?;
    let known = exchange.service.verifier.host_name(&asked.name);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    known
        .map(|host| Reply::ok(KnownHost { host, version }))
        .map_err(Problem::Undecided)
}
