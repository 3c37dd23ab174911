//! Questions over HTTP, with what went wrong in words.

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A client that gives up soon; over a Unix socket where one is named. It needs no certificates where there are none.
pub fn client(socket: Option<&Path>) -> Result<Client, String> {
    let builder = || {
        let client = Client::builder().timeout(PATIENCE).no_proxy();
        match socket {
            Some(path) => client.unix_socket(path),
            None => client,
        }
    };
    let client = builder().build();
    let client = client.or_else(|_| builder().tls_certs_only([]).build());
    client.map_err(|error| cause(&error))
}

/// One that trusts whom this machine trusts, or the certificates in this file alone.
pub fn trusting_client(authorities: Option<&[u8]>) -> Result<Client, String> {
    let client = Client::builder().timeout(PATIENCE).no_proxy();
    let client = match authorities.map(Certificate::from_pem_bundle) {
        Some(certificates) => client.tls_certs_only(certificates.map_err(|error| cause(&error))?),
        None => client,
    };
    client.build().map_err(|error| cause(&error))
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
    request.send().await.map_err(|error| cause(&error))
}

/// The body, up to a bound.
pub async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
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

/// The innermost cause, which says what happened.
fn cause(error: &reqwest::Error) -> String {
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
