//! Guards every request, and finds its endpoint.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::{constant_time, digest};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, Request};
use tokio::sync::Semaphore;

use crate::reload::Status;
use crate::signer::Signer;
use crate::telemetry::RequestLog;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;

use super::response::{Layout, Problem, Reply, Response};
use super::{asap_token, explain, health, keys, room, verify};

/// Bounds on requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// How long a header may take.
    pub header_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// Requests being answered at the same time.
    pub requests_in_flight: usize,
}

/// A digest of the key that callers must send; the key itself is not kept.
pub struct ApiKey(digest::Digest);

impl ApiKey {
    /// Takes the key's bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, key))
    }

    fn accepts(&self, key: &[u8]) -> bool {
        let key = digest::digest(&digest::SHA256, key);
        constant_time::verify_slices_are_equal(self.0.as_ref(), key.as_ref()).is_ok()
    }
}

/// What answers requests.
pub struct Service {
    pub(super) verifier: Verifier,
    pub(super) limits: Limits,
    pub(super) reload: Arc<Status>,
    access: ArcSwap<Access>,
    in_flight: Semaphore,
}

/// Who may ask.
pub struct Access {
    /// What callers must send, if anything.
    pub api_key: Option<ApiKey>,
    /// Names that are accepted as `Host` beside those of loopback.
    pub server_names: Vec<String>,
    /// What signs this server's own tokens for them, if anything.
    pub signer: Option<Signer>,
}

impl Access {
    fn authorize(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(expected) = &self.api_key else {
            return Ok(());
        };
        let key = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        if key.is_some_and(|key| expected.accepts(key)) {
            Ok(())
        } else {
            Err(Problem::Unauthorized)
        }
    }

    fn is_server_name(&self, name: &str) -> bool {
        let names = &self.server_names;
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// What signs tokens; nothing does where callers need no key.
    fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref().filter(|_| self.api_key.is_some())
    }
}

impl Service {
    /// Puts together what requests need.
    #[must_use]
    pub fn new(verifier: Verifier, limits: Limits, access: Access, reload: Arc<Status>) -> Self {
        let in_flight = Semaphore::new(limits.requests_in_flight);
        Self {
            verifier,
            limits,
            reload,
            access: ArcSwap::from_pointee(access),
            in_flight,
        }
    }

    /// Puts other policies and rules of access in force.
    pub fn replace(&self, policies: Policies, access: Access) {
        self.verifier.replace(policies);
        self.access.store(Arc::new(access));
    }

    /// Answers one request, and logs it.
    ///
    /// # Errors
    /// None; failures are answers, too.
    pub async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response, Infallible> {
        let mut log = RequestLog::start(request.method().clone(), request.uri().clone());
        let layout = Layout::asked(request.headers());
        let reply = self
            .route(request, &mut log)
            .await
            .unwrap_or_else(Reply::from);
        log.finish(reply.status().as_u16());
        Ok(reply.into_response(layout))
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        log: &mut RequestLog,
    ) -> Result<Reply, Problem> {
        self.guard(request.headers())?;
        let path = request.uri().path();
        let Some((_, allowed, endpoint)) = self.routes().find(|(known, _, _)| *known == path)
        else {
            return Err(self.not_found());
        };
        let method = if *request.method() == Method::HEAD {
            &Method::GET
        } else {
            request.method()
        };
        if method != allowed {
            return Err(Problem::MethodNotAllowed {
                allowed: allowed.clone(),
            });
        }
        match endpoint {
            Endpoint::Alive => Ok(health::alive()),
            Endpoint::Ready => Ok(health::ready(self)),
            Endpoint::Keys => {
                self.access.load().authorize(request.headers())?;
                Ok(keys::answer(self))
            }
            Endpoint::Verify | Endpoint::Room | Endpoint::Explain | Endpoint::AsapToken => {
                self.decide(*endpoint, request, log).await
            }
        }
    }

    async fn decide(
        &self,
        endpoint: Endpoint,
        request: Request<Incoming>,
        log: &mut RequestLog,
    ) -> Result<Reply, Problem> {
        let _permit = self.in_flight.try_acquire().map_err(|_| Problem::Busy)?;
        let access = self.access.load_full();
        access.authorize(request.headers())?;
        match endpoint {
            Endpoint::AsapToken => match access.signer() {
                Some(signer) => asap_token::answer(self, signer, request, log).await,
                None => Err(self.not_found()),
            },
            Endpoint::Room => room::answer(self, request, log).await,
            Endpoint::Explain => explain::answer(self, request, log).await,
            _ => verify::answer(self, request, log).await,
        }
    }

    fn not_found(&self) -> Problem {
        let known: Vec<&str> = self.routes().map(|(known, _, _)| *known).collect();
        Problem::NotFound {
            known: known.join(", "),
        }
    }

    /// The endpoints that there are: tokens are signed only where there is a key, and one for callers, too.
    fn routes(&self) -> impl Iterator<Item = &'static (&'static str, Method, Endpoint)> {
        let signs = self.access.load().signer().is_some();
        ROUTES
            .iter()
            .filter(move |(_, _, endpoint)| signs || !matches!(endpoint, Endpoint::AsapToken))
    }

    /// Refuses what a web page could send: another site's `Origin`, or a name that was rebound to loopback.
    fn guard(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if headers.contains_key(ORIGIN) {
            return Err(Problem::CrossOrigin);
        }
        let host = headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let authority = host.parse::<Authority>();
        let name = authority.as_ref().map_or("", Authority::host);
        if is_loopback(name) || self.access.load().is_server_name(name) {
            Ok(())
        } else {
            let name = name.to_ascii_lowercase();
            Err(Problem::UnknownServerName { name })
        }
    }
}

#[derive(Clone, Copy)]
enum Endpoint {
    Alive,
    Ready,
    Verify,
    Room,
    Explain,
    AsapToken,
    Keys,
}

const ROUTES: [(&str, Method, Endpoint); 7] = [
    ("/healthz", Method::GET, Endpoint::Alive),
    ("/readyz", Method::GET, Endpoint::Ready),
    ("/v1/verify", Method::POST, Endpoint::Verify),
    ("/v1/room", Method::POST, Endpoint::Room),
    ("/v1/explain", Method::POST, Endpoint::Explain),
    ("/v1/asap-token", Method::POST, Endpoint::AsapToken),
    ("/v1/keys", Method::GET, Endpoint::Keys),
];

fn is_loopback(name: &str) -> bool {
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_loopback() {
        for name in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert!(is_loopback(name), "{name}");
        }
        for name in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
        ] {
            assert!(!is_loopback(name), "{name}");
        }
    }

    #[test]
    fn an_api_key_is_accepted_whole_only() {
        let key = ApiKey::new(b"correct horse");
        assert!(key.accepts(b"correct horse"));
        for wrong in [
            "",
            "correct",
            "correct horse ",
            "Correct horse",
            "correct horsf",
        ] {
            assert!(!key.accepts(wrong.as_bytes()), "{wrong}");
        }
    }
}
