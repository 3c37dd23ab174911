//! `GET /v1/host?name=NAME`: whether a host has a policy.

use hyper::http::Uri;
use serde::Deserialize;
use serde_json::json;

use super::dispatch::Service;
use super::response::{Problem, Reply};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
}

pub fn answer(service: &Service, uri: &Uri) -> Result<Reply, Problem> {
    let asked: Asked =
        serde_urlencoded::from_str(uri.query().unwrap_or_default()).map_err(|_| {
            Problem::Malformed {
                detail: "ask for one host: ?name=NAME".to_owned(),
            }
        })?;
    let known = service.verifier.host_name(&asked.name);
    known
        .map(|name| Reply::ok(json!({ "host": name })))
        .map_err(Problem::Undecided)
}
