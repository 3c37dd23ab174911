//! What callers get: the one place that knows status codes.

use std::borrow::Cow;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use hyper::http::HeaderValue;
use hyper::{Method, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::api::problem::ProblemDetails;
use crate::token::shown;
use crate::verifier::undecided::Undecided;
use crate::verifier::verdict::{RoomAnswer, TokenVerdict};

use super::verdict;

/// An HTTP response with its body.
pub type Response = hyper::Response<Full<Bytes>>;

/// Why a request could not be decided.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not what the endpoint takes.
    Malformed { detail: String },
    /// The API key is missing or wrong.
    Unauthorized,
    /// A user's token stands where the API key should.
    TokenAsKey,
    /// A web page sent the request.
    CrossOrigin,
    /// The request says in two ways where it is for.
    Ambiguous(&'static str),
    /// The body is encoded in a way that nobody undoes here.
    TransferCoding,
    /// The `Host` is not one of this server's names.
    UnknownServerName { name: String },
    /// There is no such endpoint.
    NotFound { known: String },
    /// The question has no answer here.
    Undecided(Undecided),
    /// The host has no key to sign with.
    NoSigningKey { detail: String },
    /// The key did not sign.
    SigningFailed,
    /// The endpoint takes another method.
    MethodNotAllowed { allowed: Method },
    /// The body took too long.
    BodyTooSlow { limit: Duration },
    /// The body is too long.
    BodyTooLarge { limit: usize },
    /// The body ended early.
    BodyBroken,
    /// The body is of a type that the endpoint does not take.
    MediaType { accepted: &'static str },
    /// Too many requests are being answered.
    Busy,
    /// The decision is not in the audit log, where it must be.
    NotRecorded,
}

impl Problem {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. } | Self::Ambiguous(_) | Self::BodyBroken => {
                StatusCode::BAD_REQUEST
            }
            Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
            Self::Unauthorized | Self::TokenAsKey => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin | Self::UnknownServerName { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoSigningKey { .. } => StatusCode::NOT_FOUND,
            Self::SigningFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Undecided(undecided) => match undecided {
                Undecided::HostNotConfigured { .. } | Undecided::HostAmbiguous { .. } => {
                    StatusCode::NOT_FOUND
                }
                Undecided::KeyUrlNotAllowed { .. } | Undecided::IssuerNotConfigured { .. } => {
                    StatusCode::BAD_REQUEST
                }
                Undecided::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            },
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::NotRecorded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed { detail } | Self::NoSigningKey { detail } => detail.clone(),
            Self::SigningFailed => "the key of asap_key_path did not sign".to_owned(),
            Self::Unauthorized => "send the daemon's API key: Authorization: Bearer KEY".to_owned(),
            Self::TokenAsKey => {
                "Authorization has a token, and is for the daemon's API key: send that there, and the token in the body, as \
                 token"
                    .to_owned()
            }
            Self::CrossOrigin => {
                "requests with an Origin come from web pages; none is answered".to_owned()
            }
            Self::Ambiguous(found) => {
                format!("the request has {found}; send one Host, a name and a port")
            }
            Self::TransferCoding => {
                "the only Transfer-Encoding that is understood is chunked".to_owned()
            }
            Self::UnknownServerName { name } => format!(
                "the Host header names {}; use a loopback name, or add this one to server_names",
                shown::quoted(name)
            ),
            Self::NotFound { known } => format!("there are {known}"),
            Self::Undecided(undecided) => undecided.to_string(),
            Self::MethodNotAllowed { allowed } => format!("use {allowed}"),
            Self::BodyTooSlow { limit } => {
                format!("the body did not arrive within {} s", limit.as_secs_f64())
            }
            Self::BodyTooLarge { limit } => {
                format!("the body is longer than {limit} bytes (limits.body_bytes)")
            }
            Self::BodyBroken => "the body ended early".to_owned(),
            Self::MediaType { accepted } => format!("set Content-Type to {accepted}"),
            Self::Busy => {
                "too many requests of yours at once (limits.requests_in_flight); try again"
                    .to_owned()
            }
            Self::NotRecorded => {
                "the decision could not be recorded in the audit log (audit.required); /readyz says why"
                    .to_owned()
            }
        }
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_static;
        match self {
            Self::Unauthorized | Self::TokenAsKey => vec![(WWW_AUTHENTICATE, value("Bearer"))],
            Self::MethodNotAllowed { allowed } => HeaderValue::from_str(allowed.as_str())
                .map(|allowed| (ALLOW, allowed))
                .into_iter()
                .collect(),
            Self::Busy | Self::NotRecorded | Self::Undecided(Undecided::Overloaded) => {
                vec![(RETRY_AFTER, value("1"))]
            }
            Self::Ambiguous(_)
            | Self::TransferCoding
            | Self::BodyTooSlow { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyBroken => {
                vec![(CONNECTION, value("close"))]
            }
            Self::Malformed { .. }
            | Self::CrossOrigin
            | Self::UnknownServerName { .. }
            | Self::NotFound { .. }
            | Self::Undecided(_)
            | Self::NoSigningKey { .. }
            | Self::SigningFailed
            | Self::MediaType { .. } => Vec::new(),
        }
    }
}

/// An answer: a status and a body, which is JSON where nothing else is said.
pub struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    media_type: &'static str,
    content: Content,
}

/// What JSON is made of.
enum Body {
    Token(Box<TokenVerdict>),
    Room(Box<RoomAnswer>),
    Any(Value),
}

/// The content of an answer.
enum Content {
    /// It is to be JSON.
    Json(Body),
    /// It is text already.
    Text(String),
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Token(verdict) => verdict::token(verdict).serialize(serializer),
            Self::Room(answer) => verdict::room(answer).serialize(serializer),
            Self::Any(value) => value.serialize(serializer),
        }
    }
}

impl Reply {
    /// A completed answer.
    pub fn ok(body: impl Serialize) -> Self {
        Self::new(StatusCode::OK, Body::Any(json!(body)))
    }

    /// A token's verdict, and the room's.
    pub fn token_verdict(verdict: TokenVerdict) -> Self {
        Self::new(StatusCode::OK, Body::Token(Box::new(verdict)))
    }

    /// A room's verdict.
    pub fn room_verdict(answer: RoomAnswer) -> Self {
        Self::new(StatusCode::OK, Body::Room(Box::new(answer)))
    }

    /// A text of another media type than JSON.
    pub const fn text(media_type: &'static str, text: String) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            media_type,
            content: Content::Text(text),
        }
    }

    /// The daemon cannot decide on everything that it should.
    pub fn not_ready(body: impl Serialize) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Body::Any(json!(body)))
    }

    const fn new(status: StatusCode, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            media_type: "application/json",
            content: Content::Json(body),
        }
    }

    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer as HTTP has it: JSON on one line for programs, laid out for people.
    pub fn into_response(self, layout: Layout) -> Response {
        let body = match self.content {
            Content::Json(body) => json_text(&body, layout),
            Content::Text(text) => text.into_bytes(),
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}

fn json_text(body: &Body, layout: Layout) -> Vec<u8> {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    let written = match layout {
        Layout::Compact => serde_json::to_writer(&mut text, body),
        Layout::Readable => serde_json::to_writer_pretty(&mut text, body),
    };
    debug_assert!(written.is_ok(), "values and verdicts are JSON");
    if let Layout::Readable = layout {
        text = readable(text);
    }
    text.push(b'\n');
    text
}

/// People read it in a terminal.
fn readable(body: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&body).map(shown::escaped_json) {
        Ok(Cow::Owned(shown)) => shown.into_bytes(),
        Ok(Cow::Borrowed(_)) | Err(_) => body,
    }
}

/// Room for most verdicts.
const USUAL_BYTES: usize = 1_024;

/// How a JSON body is laid out.
#[derive(Clone, Copy)]
pub enum Layout {
    /// On one line.
    Compact,
    /// Indented, for those who take anything, as curl does.
    Readable,
}

impl Layout {
    /// What the request's `Accept` asks for; those who say nothing are programs.
    pub fn asked(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).map(HeaderValue::to_str);
        match accept {
            Some(Ok(accept)) if !accept.contains("application/json") => Self::Readable,
            Some(_) | None => Self::Compact,
        }
    }
}

impl From<Problem> for Reply {
    /// Problem details (RFC 9457).
    fn from(problem: Problem) -> Self {
        let status = problem.status();
        let body = ProblemDetails {
            problem_type: "about:blank".to_owned(),
            title: status.canonical_reason().map(str::to_owned),
            status: status.as_u16(),
            detail: Some(problem.detail()),
        };
        Self {
            headers: problem.headers(),
            media_type: "application/problem+json",
            ..Self::new(status, Body::Any(json!(body)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_status_and_detail_as_problem_details() {
        let response =
            Reply::from(Problem::BodyTooLarge { limit: 7 }).into_response(Layout::Compact);
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[CONNECTION], "close");
    }

    #[test]
    fn a_refused_method_names_the_allowed_one() {
        let response = Reply::from(Problem::MethodNotAllowed {
            allowed: Method::POST,
        })
        .into_response(Layout::Compact);
        assert_eq!(response.headers()[ALLOW], "POST");
    }
}
