//! Questions over HTTP, with what went wrong in words.

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, Response};
use serde_json::Value;

use crate::verifier::doctors::MARK;

/// A client that gives up soon; over a Unix socket where one is named. It needs no certificates where there are none.
pub fn client(socket: Option<&Path>) -> Result<Client, String> {
    let builder = || match socket {
        Some(path) => builder().unix_socket(path),
        None => builder(),
    };
    let client = builder().build();
    let client = client.or_else(|_| builder().tls_certs_only([]).build());
    client.map_err(cause)
}

/// One that trusts whom this machine trusts, or the certificates in this file alone.
pub fn trusting_client(authorities: Option<&[u8]>) -> Result<Client, String> {
    let client = match authorities.map(Certificate::from_pem_bundle) {
        Some(certificates) => builder().tls_certs_only(certificates.map_err(cause)?),
        None => builder(),
    };
    client.build().map_err(cause)
}

/// A client that takes every certificate, for what is asked at addresses of this machine alone.
pub fn client_of_servers_here() -> Result<Client, String> {
    let client = builder().tls_danger_accept_invalid_certs(true);
    client.build().map_err(cause)
}

fn builder() -> ClientBuilder {
    let client = Client::builder().timeout(PATIENCE).no_proxy();
    client.user_agent(agent())
}

/// As which doctor asks: the daemon knows it by this.
pub fn agent() -> String {
    format!("{MARK}{}", env!("CARGO_PKG_VERSION"))
}

/// The status and JSON of an answer; null where it is none.
pub async fn ask(request: RequestBuilder) -> Result<(u16, Value), String> {
    let response = send(request).await?;
    let status = response.status().as_u16();
    let body = body(response).await?;
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

/// The answer, before its body.
pub async fn send(request: RequestBuilder) -> Result<Response, String> {
    request.send().await.map_err(cause)
}

/// The body, up to a bound.
pub async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cause)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return Err(format!("an answer of more than {MAX_BODY} bytes"));
        }
    }
    Ok(body)
}

/// A request to an endpoint below `base`, with the key where there is one.
pub fn request(
    client: &Client,
    method: Method,
    base: &str,
    path: &str,
    key: Option<&str>,
) -> RequestBuilder {
    let request = client.request(method, format!("{base}{path}"));
    match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    }
}

/// The innermost cause, which says what happened. An address may have a token in it.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        text = error.to_string();
        inner = error.source();
    }
    text
}

const PATIENCE: Duration = Duration::from_secs(3);
const MAX_BODY: usize = 1_048_576;
