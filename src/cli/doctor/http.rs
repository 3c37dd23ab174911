//! Questions over HTTP, with what went wrong in words.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, RequestBuilder, Response};

use crate::cli::client::{self, DaemonClient, Manner, Unanswered};
use crate::keys::fetching::client::innermost;
use crate::verifier::doctors::MARK;

/// Asks the daemon at this address, over a Unix socket where one is named.
pub fn daemon(
    base: &str,
    socket: Option<&Path>,
    key: Option<&str>,
) -> Result<DaemonClient, String> {
    DaemonClient::new(&manner(), base, socket, key).map_err(cause)
}

/// A client that needs no certificates where there are none.
pub fn plain_client() -> Result<Client, String> {
    manner().plain_client(None).map_err(cause)
}

/// One that trusts whom this machine trusts, or the certificates in this file alone.
pub fn trusting_client(authorities: Option<&[u8]>) -> Result<Client, String> {
    let builder = manner().builder();
    let client = match authorities.map(Certificate::from_pem_bundle) {
        Some(certificates) => builder.tls_certs_only(certificates.map_err(cause)?),
        None => builder,
    };
    client.build().map_err(cause)
}

/// A client that takes every certificate, for what is asked at addresses of this machine alone.
pub fn client_of_servers_here() -> Result<Client, String> {
    let client = manner().builder().tls_danger_accept_invalid_certs(true);
    client.build().map_err(cause)
}

/// How doctor asks: it waits only a short time for an answer.
fn manner() -> Manner {
    Manner {
        agent: agent(),
        patience: PATIENCE,
        most_bytes: MAX_BODY,
    }
}

/// As which doctor asks: the daemon knows it by this.
pub fn agent() -> String {
    format!("{MARK}{}", env!("CARGO_PKG_VERSION"))
}

/// The answer, before its body.
pub async fn send(request: RequestBuilder) -> Result<Response, String> {
    request.send().await.map_err(cause)
}

/// The body, up to a bound.
pub async fn body(response: Response) -> Result<Vec<u8>, String> {
    client::body(response, MAX_BODY).await.map_err(unanswered)
}

/// Why there is no answer.
pub fn unanswered(error: Unanswered) -> String {
    match error {
        Unanswered::Broken(error) => cause(error),
        Unanswered::TooLong(_) => error.to_string(),
    }
}

/// What happened. An address may have a token in it.
pub fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    innermost(&error.without_url())
}

const PATIENCE: Duration = Duration::from_secs(3);
const MAX_BODY: usize = 1_048_576;
