//! What callers get. Here and in [`problem`] alone status codes are known.

pub mod problem;

use std::borrow::Cow;

use hyper::StatusCode;
use hyper::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LOCATION,
};
use hyper::http::HeaderValue;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::api::problem::ProblemDetails;
use crate::api::revocations::LogoutError;
use crate::token::shown;
use crate::verifier::verdict::{RoomAnswer, TokenVerdict};

use super::payload::{Live, Payload};
use super::verdict;

pub use self::problem::Problem;

/// An HTTP response with its body.
pub type Response = hyper::Response<Payload>;

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
    /// It goes on for as long as somebody listens.
    Live(Live),
    /// There is none.
    Nothing,
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

    /// A page of HTML with this status, and these headers besides.
    pub fn page(status: StatusCode, html: String, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            status,
            headers,
            ..Self::text("text/html; charset=utf-8", html)
        }
    }

    /// Go on at another address, and ask for it with `GET` (RFC 9110 section 15.4.4).
    pub fn see_other(path: &str) -> Self {
        let reply = Self {
            status: StatusCode::SEE_OTHER,
            ..Self::done()
        };
        reply.with(LOCATION, path)
    }

    /// Something that goes on for as long as somebody listens.
    pub const fn live(media_type: &'static str, live: Live) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            media_type,
            content: Content::Live(live),
        }
    }

    /// Something that was made, and that is at this path from now on.
    pub fn created(path: &str, body: impl Serialize) -> Self {
        let reply = Self::new(StatusCode::CREATED, Body::Any(json!(body)));
        reply.with(LOCATION, path)
    }

    /// It is done, and there is nothing to say.
    pub fn done() -> Self {
        Self {
            content: Content::Nothing,
            ..Self::new(StatusCode::NO_CONTENT, Body::Any(Value::Null))
        }
    }

    /// Whoever asks has it already.
    pub fn not_modified(tag: &str) -> Self {
        let reply = Self {
            status: StatusCode::NOT_MODIFIED,
            ..Self::done()
        };
        reply.tagged(tag)
    }

    /// The same, with what tells one version of it from another (RFC 9110 section 8.8.3).
    pub fn tagged(self, tag: &str) -> Self {
        self.with(ETAG, tag)
    }

    /// A logout that did not happen, as `OpenID` Connect Back-Channel Logout 1.0 (section 2.8) has it.
    pub fn logout_refused(description: &str) -> Self {
        let body = LogoutError {
            error: "invalid_request".to_owned(),
            error_description: description.to_owned(),
        };
        Self::new(StatusCode::BAD_REQUEST, Body::Any(json!(body)))
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        // What is put there is made here, of ASCII.
        self.headers
            .extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// JSON that is written already, as Kong's clients expect it.
    pub const fn of_kong(status: StatusCode, body: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            media_type: "application/json; charset=utf-8",
            content: Content::Text(body),
        }
    }

    /// The same for something that is wrong with what was asked, whoever would have answered it.
    pub fn problem_of_kong(problem: &Problem) -> Self {
        let (status, message) = match problem {
            Problem::NotFound { .. } => (StatusCode::NOT_FOUND, "Not found".to_owned()),
            Problem::MethodNotAllowed { .. } => (problem.status(), "Method not allowed".to_owned()),
            // There could be one: it is not that there is none of this name.
            Problem::NoStore => (StatusCode::SERVICE_UNAVAILABLE, problem.detail()),
            other => (other.status(), other.detail()),
        };
        Self {
            headers: problem.headers(),
            ..Self::of_kong(status, json!({ "message": message }).to_string())
        }
    }

    /// The same, with the methods that there are (RFC 9110 section 10.2.1).
    pub fn allowing(self, methods: &str) -> Self {
        self.with(ALLOW, methods)
    }

    /// A request goes through, with these headers for whoever is behind the proxy.
    pub fn goes_through(headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            headers,
            content: Content::Nothing,
            ..Self::new(StatusCode::OK, Body::Any(Value::Null))
        }
    }

    /// A request does not go through, for which a proxy's client gets this status and this body of JSON.
    pub fn refused(status: u16, body: String, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        // The statuses of refusals are statuses.
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        Self {
            headers,
            media_type: "application/json; charset=utf-8",
            content: Content::Text(body),
            ..Self::new(status, Body::Any(Value::Null))
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
            Content::Json(body) => json_text(&body, layout).into(),
            Content::Text(text) => text.into_bytes().into(),
            Content::Live(live) => Payload::Live(live),
            Content::Nothing => return without_body(self.status, self.headers),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Verdicts have none.
        if !self.headers.is_empty() {
            headers.extend(self.headers);
        }
        response
    }
}

fn without_body(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>) -> Response {
    let mut response = Response::new(Payload::default());
    *response.status_mut() = status;
    let there = response.headers_mut();
    there.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    there.extend(headers);
    response
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
    use hyper::header::CONNECTION;

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
    fn a_refused_method_names_the_allowed_ones() {
        let response = Reply::from(Problem::MethodNotAllowed {
            allowed: "GET, POST".to_owned(),
        })
        .into_response(Layout::Compact);
        assert_eq!(response.headers()[ALLOW], "GET, POST");
    }
}
