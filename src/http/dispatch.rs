//! Guards every request, and finds its endpoint.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::{constant_time, digest};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, ORIGIN};
use hyper::http::uri::Uri;
use hyper::{Method, Request};
use tokio::sync::Semaphore;

use crate::peer;
use crate::reload_status::Status;
use crate::signer::Signer;
use crate::telemetry::RequestLog;
use crate::token::shown;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;

use super::recent::RecentLogins;
use super::request::TokenInHeader;
use super::response::{Layout, Problem, Reply, Response};
use super::seats::{Seat, Share, Shares};
use super::{asap_token, explain, framing, health, host, keys, request_id, room, verify};

/// Bounds on requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// How long a header may take.
    pub header_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How long the other end may take to read an answer.
    pub answer_timeout: Duration,
    /// Requests being decided on at the same time.
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
    in_flight: Arc<Shares>,
    pub(super) recent: RecentLogins,
    /// One explanation at a time.
    pub(super) explaining: Semaphore,
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
    /// Whoever shows the key is known from then on, and keeps the connection.
    fn authorize(&self, headers: &HeaderMap, seat: &Seat) -> Result<(), Problem> {
        let Some(expected) = &self.api_key else {
            return Ok(());
        };
        let key = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let key = key.and_then(bearer_credentials);
        if key.is_some_and(|key| expected.accepts(key)) {
            seat.key_was_shown();
            Ok(())
        } else if has_token(headers) {
            Err(Problem::TokenAsKey)
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
        let in_flight = Shares::new(limits.requests_in_flight);
        Self {
            verifier,
            limits,
            reload,
            access: ArcSwap::from_pointee(access),
            in_flight,
            recent: RecentLogins::default(),
            explaining: Semaphore::new(1),
        }
    }

    /// Puts other policies and rules of access in force.
    pub fn replace(&self, policies: Policies, access: Access) {
        self.verifier.replace(policies);
        self.access.store(Arc::new(access));
    }

    /// Answers one request on the connection that has this seat, and logs it.
    ///
    /// # Errors
    /// None; failures are answers, too.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        seat: &Seat,
    ) -> Result<Response, Infallible> {
        let _answering = seat.answering();
        let mut log = RequestLog::start(request.method().clone(), request.uri().clone());
        let layout = Layout::asked(request.headers());
        let id = request_id::of(request.headers()).cloned();
        let reply = self
            .route(request, seat, &mut log)
            .await
            .unwrap_or_else(Reply::from);
        log.finish(reply.status().as_u16());
        let mut response = reply.into_response(layout);
        if let Some(id) = id {
            response.headers_mut().insert(request_id::NAME, id);
        }
        Ok(response)
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        seat: &Seat,
        log: &mut RequestLog,
    ) -> Result<Reply, Problem> {
        self.guard(request.uri(), request.headers())?;
        match self.endpoint(&request)? {
            Endpoint::Alive => Ok(health::alive()),
            Endpoint::Ready => {
                let access = self.access.load();
                let is_caller = access.authorize(request.headers(), seat).is_ok();
                Ok(health::ready(self, is_caller))
            }
            Endpoint::Keys => {
                self.access.load().authorize(request.headers(), seat)?;
                Ok(keys::answer(self))
            }
            Endpoint::Host => {
                self.access.load().authorize(request.headers(), seat)?;
                host::answer(self, request.uri())
            }
            Endpoint::Question(kind) => self.decide(kind, request, seat, log).await,
        }
    }

    fn endpoint(&self, request: &Request<Incoming>) -> Result<Endpoint, Problem> {
        let path = request.uri().path();
        let Some((_, allowed, endpoint)) = self.routes().find(|(known, _, _)| *known == path)
        else {
            return Err(self.not_found());
        };
        let is_allowed = match *request.method() {
            Method::HEAD => *allowed == Method::GET,
            ref method => method == allowed,
        };
        if is_allowed {
            Ok(*endpoint)
        } else {
            Err(Problem::MethodNotAllowed {
                allowed: allowed.clone(),
            })
        }
    }

    async fn decide(
        &self,
        kind: Question,
        mut request: Request<Incoming>,
        seat: &Seat,
        log: &mut RequestLog,
    ) -> Result<Reply, Problem> {
        let access = self.access.load_full();
        access.authorize(request.headers(), seat)?;
        if access.api_key.is_none() && has_token(request.headers()) {
            request.extensions_mut().insert(TokenInHeader);
        }
        match kind {
            Question::Verify => verify::answer(self, seat, request, log).await,
            Question::Room => room::answer(self, seat, request, log).await,
            Question::Explain => explain::answer(self, seat, request, log).await,
            Question::AsapToken => match access.signer() {
                Some(signer) => asap_token::answer(self, signer, request, log).await,
                None => Err(self.not_found()),
            },
        }
    }

    /// What a request needs to be decided on, to be asked for once its body is there: whoever sends one slowly holds
    /// nothing but the connection meanwhile.
    pub(super) fn share(&self, seat: &Seat) -> Result<Share, Problem> {
        seat.share(&self.in_flight).ok_or(Problem::Busy)
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
        ROUTES.iter().filter(move |(_, _, endpoint)| {
            signs || *endpoint != Endpoint::Question(Question::AsapToken)
        })
    }

    /// Refuses what a web page could send: another site's `Origin`, or a name that was rebound to loopback.
    fn guard(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let name = framing::server_name(uri, headers)?;
        if headers.contains_key(ORIGIN) {
            return Err(Problem::CrossOrigin);
        }
        if peer::is_loopback(name) || self.access.load().is_server_name(name) {
            Ok(())
        } else {
            let name = name.to_owned();
            Err(Problem::UnknownServerName { name })
        }
    }
}

/// What follows the scheme `Bearer`, in any spelling and with any blanks behind it (RFC 9110 section 11.4).
fn bearer_credentials(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, credentials) = authorization.split_at_checked(BEARER.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(BEARER) && credentials.starts_with(b" ");
    is_bearer.then(|| credentials.trim_ascii())
}

const BEARER: &[u8] = b"Bearer";

/// Whether a user's token stands in the header that is for the API key.
fn has_token(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(shown::looks_like_token)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Alive,
    Ready,
    Keys,
    Host,
    Question(Question),
}

/// An endpoint that decides, for callers who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Verify,
    Room,
    Explain,
    AsapToken,
}

const ROUTES: [(&str, Method, Endpoint); 8] = [
    ("/healthz", Method::GET, Endpoint::Alive),
    ("/readyz", Method::GET, Endpoint::Ready),
    ("/v1/keys", Method::GET, Endpoint::Keys),
    ("/v1/host", Method::GET, Endpoint::Host),
    (
        "/v1/verify",
        Method::POST,
        Endpoint::Question(Question::Verify),
    ),
    ("/v1/room", Method::POST, Endpoint::Question(Question::Room)),
    (
        "/v1/explain",
        Method::POST,
        Endpoint::Question(Question::Explain),
    ),
    (
        "/v1/asap-token",
        Method::POST,
        Endpoint::Question(Question::AsapToken),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

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
