//! Asks for keys over HTTP and HTTPS, within bounds of time and size.

use std::error::Error;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use http::request::Parts;
use http::{Request, StatusCode};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use reqwest::Response;
use reqwest::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use reqwest::redirect::{Attempt, Policy};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};

use super::answer::Unfit;
use super::moment::now;

/// Fetches from key servers. The client for TLS is made when it is needed first: without CA certificates there is none.
pub struct Client {
    connections: OnceLock<reqwest::Client>,
    /// When there was no client last, and why.
    refused: Mutex<Option<(Instant, String)>>,
    now: fn() -> SystemTime,
}

/// What a server answered.
#[derive(Debug)]
pub enum Fetched {
    /// A body, and the rules of HTTP for keeping it.
    Body(Vec<u8>, Box<CachePolicy>),
    /// What is known is still right.
    Unchanged(Box<CachePolicy>),
    /// There is nothing at this address.
    Missing,
}

/// Why a fetch failed.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address is no URL.
    #[error("not a URL")]
    Url(#[source] http::Error),
    /// There is no TLS client.
    #[error(
        "cannot set up TLS: {0}; where the system has no CA certificates, `apt install ca-certificates` brings them, \
        or SSL_CERT_FILE names a file of some"
    )]
    Client(String),
    /// No connection, or one that broke.
    #[error("{0}")]
    Connection(String),
    /// The deadline passed.
    #[error("no complete answer within {} s", DEADLINE.as_secs())]
    TooSlow,
    /// A status that gives no key, and does not say that there is none either.
    #[error("status {0}")]
    Status(StatusCode),
    /// A redirect away from the configured origin, or one of too many.
    #[error("a redirect to {0:?}; only a few within the same origin are followed")]
    Redirect(String),
    /// The body is longer than it may be.
    #[error("an answer of more than {0} bytes")]
    TooLarge(usize),
}

/// Whether `https` works at all. It needs CA certificates, which are those of the system.
///
/// # Errors
/// [`FetchError::Client`].
pub fn try_tls() -> Result<(), FetchError> {
    connections().map(drop)
}

fn connections() -> Result<reqwest::Client, FetchError> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::custom(follow))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build()
        .map_err(|error| FetchError::Client(innermost(&error)))
}

impl From<FetchError> for Unfit {
    fn from(error: FetchError) -> Self {
        error.to_string().into()
    }
}

impl FetchError {
    const fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Status(status) => status.as_u16() >= 500,
            Self::Url(_)
            | Self::Client(_)
            | Self::TooSlow
            | Self::Redirect(_)
            | Self::TooLarge(_) => false,
        }
    }
}

impl Client {
    /// Takes the clock by which servers' dates are judged.
    #[must_use]
    pub const fn new(now: fn() -> SystemTime) -> Self {
        Self {
            connections: OnceLock::new(),
            refused: Mutex::new(None),
            now,
        }
    }

    /// Why no server can be asked over TLS, if none can. Certificates that are installed later count within seconds; it is
    /// not looked for them each time, since anybody may ask how the daemon is.
    pub fn tls_failure(&self) -> Option<String> {
        let refused = self.refused.lock();
        let mut refused = refused.unwrap_or_else(PoisonError::into_inner);
        let is_recent = |(at, _): &&(Instant, String)| now().duration_since(*at) < LOOK_AGAIN;
        if let Some((_, why)) = refused.as_ref().filter(is_recent) {
            return Some(why.clone());
        }
        let why = self.connections().err().map(|error| error.to_string());
        *refused = why.clone().map(|why| (now(), why));
        why
    }

    /// Fetches at most `limit` bytes, which count after decompression; `known` is the policy of what is known already.
    ///
    /// # Errors
    /// [`FetchError`], after two retries where the connection or the server failed.
    pub async fn fetch(
        &self,
        url: &str,
        limit: usize,
        known: Option<&CachePolicy>,
    ) -> Result<Fetched, FetchError> {
        let request = self.request(url, known)?;
        let attempts = async {
            for pause in RETRY_PAUSES {
                match self.attempt(&request, limit, known).await {
                    Err(error) if error.is_worth_a_retry() => sleep(jittered(pause)).await,
                    outcome => return outcome,
                }
            }
            self.attempt(&request, limit, known).await
        };
        timeout(DEADLINE, attempts)
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }

    /// A request that caches on the way must pass on: a key that was made seconds ago may be missing in what they have.
    fn request(&self, url: &str, known: Option<&CachePolicy>) -> Result<Parts, FetchError> {
        let request = Request::get(url)
            .header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
            .body(())
            .map_err(FetchError::Url)?;
        let revalidation = known.map(|policy| policy.before_request(&request, (self.now)()));
        Ok(match revalidation {
            Some(BeforeRequest::Stale { request, .. }) => request,
            Some(BeforeRequest::Fresh(_)) | None => request.into_parts().0,
        })
    }

    async fn attempt(
        &self,
        request: &Parts,
        limit: usize,
        known: Option<&CachePolicy>,
    ) -> Result<Fetched, FetchError> {
        let sending = self
            .connections()?
            .get(request.uri.to_string())
            .headers(request.headers.clone());
        let response = sending.send().await.map_err(broken)?;
        let status = response.status();
        match (status, known) {
            (StatusCode::NOT_MODIFIED, Some(known)) => {
                let policy = revalidated(known, request, &response, (self.now)());
                Ok(Fetched::Unchanged(Box::new(policy)))
            }
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Ok(Fetched::Missing),
            (status, _) if status.is_redirection() => Err(redirect(&response)),
            (StatusCode::OK, _) => {
                let head = head(&response);
                let options = CacheOptions {
                    shared: false,
                    ..CacheOptions::default()
                };
                let policy = CachePolicy::new_options(request, &head, (self.now)(), options);
                let body = read(response, limit).await?;
                Ok(Fetched::Body(body, Box::new(policy)))
            }
            (status, _) => Err(FetchError::Status(status)),
        }
    }

    fn connections(&self) -> Result<&reqwest::Client, FetchError> {
        if let Some(made) = self.connections.get() {
            return Ok(made);
        }
        let made = connections()?;
        Ok(self.connections.get_or_init(|| made))
    }
}

/// Keeps to the origin that the operator configured. Whoever chooses the address chooses the keys, and so who is let in:
/// an open redirect on the key server must not give that choice to others.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let origin = attempt.previous().first().map(reqwest::Url::origin);
    let within = origin.is_some_and(|origin| origin == attempt.url().origin());
    if within && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn redirect(response: &Response) -> FetchError {
    let target = response.headers().get(LOCATION);
    let target = target
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    FetchError::Redirect(target.chars().take(MAX_TARGET).collect())
}

fn head(response: &Response) -> http::response::Parts {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = response.status();
    head.headers.clone_from(response.headers());
    head
}

fn revalidated(
    known: &CachePolicy,
    request: &Parts,
    response: &Response,
    now: SystemTime,
) -> CachePolicy {
    match known.after_response(request, &head(response), now) {
        AfterResponse::NotModified(policy, _) | AfterResponse::Modified(policy, _) => policy,
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(FetchError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> FetchError {
    FetchError::Connection(innermost(&error.without_url()))
}

/// The causes matter to an operator, not the layers of the client above them.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}

fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}

/// How long one fetch may take, with its retries.
const DEADLINE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];
const MAX_REDIRECTS: usize = 3;
const MAX_TARGET: usize = 128;
const USER_AGENT: &str = concat!("prosody-tokend/", env!("CARGO_PKG_VERSION"));
