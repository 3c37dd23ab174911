//! What callers send: JSON, or a form.

pub mod live;

use std::fmt;
use std::marker::PhantomData;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Unexpected, Visitor};
use serde_json::{Map, Number, Value};

use crate::token::room::RoomState;
use crate::token::session::Session;
use crate::token::shown;
use crate::verifier::overrides::Overrides;

use super::body;
use super::exchange::Exchange;
use super::response::Problem;
use super::service::RequestLimits;

/// The body of a `verify` request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    pub host: Option<String>,
    pub token: Option<String>,
    pub room: Option<String>,
    #[serde(default, deserialize_with = "object")]
    pub session: PresentedSession,
    #[serde(default, deserialize_with = "object")]
    pub room_state: RoomState,
    #[serde(default, deserialize_with = "object")]
    pub overrides: Overrides,
    /// Whether the answer is to have the claims, too; it has unless this is false.
    pub claims: Option<bool>,
    /// The time to decide at, in Unix seconds.
    #[serde(default, deserialize_with = "whole")]
    #[schemars(range(min = -62_000_000_000_i64, max = 99_999_999_999_i64))]
    pub at: Option<i64>,
    /// The gateway that the token is explained for, in place of a host.
    pub gateway: Option<String>,
}

/// The body of a `room` request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    pub host: Option<String>,
    pub room: String,
    #[serde(default)]
    pub session: JoiningSession,
    #[serde(default, deserialize_with = "object")]
    pub room_state: RoomState,
}

/// What of a session matters before its token is decided. Other members are Prosody's, and ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PresentedSession {
    #[serde(rename = "jitsi_web_query_prefix")]
    pub query_prefix: Option<String>,
    /// The scheme of an `Authorization` header that is none of `Bearer`, and never what follows it.
    pub authorization_scheme: Option<String>,
    #[serde(rename = "contextRequired")]
    pub context_required: Value,
    /// Whether a session is opened by this, and none resumed: a token that may be used once is used by it.
    pub opens_session: bool,
}

/// What of a session matters when it joins. Other members are Prosody's, and ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct JoiningSession {
    #[serde(rename = "jitsi_web_query_prefix")]
    pub query_prefix: Option<String>,
    /// Whether the session presented a token.
    pub auth_token: Option<bool>,
    #[serde(flatten)]
    pub fields: Session,
}

impl JoiningSession {
    /// Whether the session came with a token: as it says, or as its fields tell.
    pub fn has_token(&self) -> bool {
        self.auth_token
            .unwrap_or_else(|| self.fields != Session::default())
    }
}

/// A `verify` request as a form: the members of the JSON body, without their nesting.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = without_null)]
pub struct VerifyForm {
    host: Option<String>,
    token: Option<String>,
    room: Option<String>,
    jitsi_web_query_prefix: Option<String>,
    exists: Option<bool>,
    allow_unauthenticated_access: Option<bool>,
    #[schemars(range(min = -62_000_000_000_i64, max = 99_999_999_999_i64))]
    at: Option<i64>,
    gateway: Option<String>,
}

impl From<VerifyForm> for VerifyRequest {
    fn from(form: VerifyForm) -> Self {
        Self {
            host: form.host,
            token: form.token,
            room: form.room,
            session: PresentedSession {
                query_prefix: form.jitsi_web_query_prefix,
                ..PresentedSession::default()
            },
            room_state: RoomState {
                exists: form.exists.unwrap_or(true),
                allow_unauthenticated_access: form.allow_unauthenticated_access,
            },
            overrides: Overrides::default(),
            claims: None,
            at: form.at,
            gateway: form.gateway,
        }
    }
}

/// An object, and no list of its members' values, which serde would take as well.
fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// A whole number, which JSON may write as `1.0`, too.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = number.as_i64().or_else(|| {
        let text = number.to_string();
        text.strip_suffix(".0")?.parse().ok()
    });
    let found = Unexpected::Other("another number");
    whole.map_or_else(
        || Err(D::Error::invalid_value(found, &"a whole number")),
        |whole| Ok(Some(whole)),
    )
}

/// A form has no `null`: what is not there is left out.
fn without_null(schema: &mut Schema) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
        }
    }
}

/// Reads a `verify` request.
///
/// # Errors
/// A body that is too large, too slow, of another type or malformed.
pub async fn verify(
    exchange: &Exchange<'_>,
    request: Request<Incoming>,
) -> Result<VerifyRequest, Problem> {
    let in_header = exchange.access.overlooks_token(request.headers());
    let asked = verify_body(request, exchange.service.limits).await;
    match &asked {
        Ok(VerifyRequest { token: Some(_), .. }) => asked,
        Ok(_) | Err(Problem::Malformed { .. } | Problem::MediaType { .. }) if in_header => {
            Err(malformed(TOKEN_IN_HEADER))
        }
        Ok(_) | Err(_) => asked,
    }
}

async fn verify_body(
    request: Request<Incoming>,
    limits: RequestLimits,
) -> Result<VerifyRequest, Problem> {
    let is_form = is_of_type(&request, FORM);
    if !is_form && !is_of_type(&request, JSON) {
        return Err(Problem::MediaType {
            accepted: "application/json or application/x-www-form-urlencoded",
        });
    }
    let body = body::read(request, limits).await?;
    let asked = if is_form { form(&body) } else { json(&body) }?;
    bounded(asked.room.as_deref(), asked.session.query_prefix.as_deref())?;
    Ok(asked)
}

/// Reads a `room` request.
///
/// # Errors
/// As for [`verify`].
pub async fn room(
    request: Request<Incoming>,
    limits: RequestLimits,
) -> Result<RoomRequest, Problem> {
    let asked: RoomRequest = json_alone(request, limits).await?;
    bounded(Some(&asked.room), asked.session.query_prefix.as_deref())?;
    Ok(asked)
}

/// What stands in the address of a room that is answered. No address in XMPP is longer (RFC 7622, 3.1).
fn bounded(room: Option<&str>, tenant: Option<&str>) -> Result<(), Problem> {
    let names = [("room", room), ("jitsi_web_query_prefix", tenant)];
    let is_long =
        |(_, value): &(&str, Option<&str>)| value.is_some_and(|value| value.len() > MAX_ADDRESS);
    match names.into_iter().find(is_long) {
        Some((name, _)) => Err(Problem::Malformed {
            detail: format!("{name} must be at most {MAX_ADDRESS} bytes long"),
        }),
        None => Ok(()),
    }
}

/// Reads a body of JSON.
pub async fn json_alone<T: DeserializeOwned>(
    request: Request<Incoming>,
    limits: RequestLimits,
) -> Result<T, Problem> {
    if !is_of_type(&request, JSON) {
        return Err(Problem::MediaType { accepted: JSON });
    }
    json(&body::read(request, limits).await?)
}

/// Reads a form. Members that nobody knows here are ignored.
pub async fn form_alone<T: DeserializeOwned>(
    request: Request<Incoming>,
    limits: RequestLimits,
) -> Result<T, Problem> {
    if !is_of_type(&request, FORM) {
        return Err(Problem::MediaType { accepted: FORM });
    }
    let body = body::read(request, limits).await?;
    serde_urlencoded::from_bytes(&body).map_err(|error| Problem::Malformed {
        detail: without_value(&error.to_string()),
    })
}

fn form(body: &[u8]) -> Result<VerifyRequest, Problem> {
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[' | b'"') => return Err(malformed(JSON_AS_FORM)),
        Some(_) if is_token(body) => return Err(malformed(TOKEN_AS_BODY)),
        Some(_) | None => {}
    }
    serde_urlencoded::from_bytes::<VerifyForm>(body)
        .map(VerifyRequest::from)
        .map_err(|error| Problem::Malformed {
            detail: without_value(&error.to_string()),
        })
}

fn malformed(detail: &str) -> Problem {
    Problem::Malformed {
        detail: detail.to_owned(),
    }
}

/// Whether a body is a token and nothing else.
fn is_token(body: &[u8]) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let body = body.trim_ascii();
    body.split(|byte| *byte == b'.').count() == 3 && body.iter().all(is_sign)
}

/// What a body is that was sent as JSON, and is none.
fn other_than_json(body: &[u8]) -> Option<&'static str> {
    let begins = |name: &str| body.trim_ascii_start().starts_with(name.as_bytes());
    if ["token=", "host=", "room="].into_iter().any(begins) {
        return Some(FORM_AS_JSON);
    }
    is_token(body).then_some(TOKEN_AS_BODY)
}

/// The error names position and member, never a value: that could be a token.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    whole_object(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let detail = match error.classify() {
            serde_json::error::Category::Data => {
                format!("{}, at {place}", without_value(&error.to_string()))
            }
            _ => other_than_json(body).map_or_else(
                || format!("the body is not JSON: it breaks off or goes wrong at {place}"),
                str::to_owned,
            ),
        };
        Problem::Malformed { detail }
    })
}

fn whole_object<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let object = object(&mut deserializer)?;
    deserializer.end()?;
    Ok(object)
}

/// Keeps what serde says up to the value that it quotes, and the name of a member only where it is a misspelt one.
fn without_value(message: &str) -> String {
    let unknown = message.strip_prefix("unknown field `");
    if let Some((name, known)) = unknown.and_then(|rest| rest.rsplit_once("`, expected ")) {
        let known = known.split(" at line ").next().unwrap_or_default();
        // Another name may be the token, or all of the body.
        let mut names = known.split('`').skip(1).step_by(2);
        if names.any(|known| strsim::osa_distance(known, name) <= MOST_MISTAKES) {
            return format!("unknown member {}, expected {known}", shown::quoted(name));
        }
        return format!("a member of another name, expected {known}");
    }
    let message = message.split(" at line ").next().unwrap_or_default();
    match message
        .split_once("invalid type: ")
        .or_else(|| message.split_once("invalid value: "))
    {
        Some((_, rest)) => {
            let expected = rest
                .rsplit_once(", expected ")
                .map_or("another type", |(_, expected)| expected);
            format!("a member is of the wrong type: expected {expected}")
        }
        None => message.to_owned(),
    }
}

fn is_of_type(request: &Request<Incoming>, expected: &str) -> bool {
    let value = request.headers().get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let name = value.and_then(|value| value.split(';').next());
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(expected))
}

/// A name, a domain, and the sign between them.
pub const MAX_ADDRESS: usize = 1_023 + 1 + 1_023;

/// How far from a member's name a misspelt one is.
const MOST_MISTAKES: usize = 2;

const JSON_AS_FORM: &str =
    "the body is JSON, and was sent as a form: add -H 'Content-Type: application/json'";
const FORM_AS_JSON: &str =
    "the body is a form, and was sent as JSON: leave out -H 'Content-Type: application/json'";
const TOKEN_AS_BODY: &str = "the body is a token alone: send it as --data-urlencode token=TOKEN, or as JSON with a member token";
const TOKEN_IN_HEADER: &str = "the token is in Authorization, which is for the daemon's API key: send it in the body, as token";

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(body: &str) -> String {
        match json::<VerifyRequest>(body.as_bytes()) {
            Err(Problem::Malformed { detail }) => detail,
            _ => panic!("{body} is malformed"),
        }
    }

    #[test]
    fn a_malformed_body_is_described_without_its_values() {
        for (body, expected) in [
            ("{", "the body is not JSON"),
            ("{\"token\":hunter2}", "the body is not JSON"),
            (
                "{\"tokn\":\"hunter2\"}",
                "unknown member \"tokn\", expected one of `host`",
            ),
            ("{\"token\":[\"hunter2\"]}", "expected a string"),
            ("{\"room_state\":\"hunter2\"}", "expected an object"),
            (
                "{\"room_state\":{\"exists\":\"hunter2\"}}",
                "expected a boolean",
            ),
            (
                "{\"token\":\"a\",\"token\":\"hunter2\"}",
                "duplicate field `token`",
            ),
        ] {
            let detail = detail(body);
            assert!(
                detail.contains(expected) && !detail.contains("hunter2"),
                "{body}: {detail}"
            );
        }
    }

    #[test]
    fn a_session_has_a_token_if_it_says_so_or_carries_a_tokens_fields() {
        for (session, has_token) in [
            ("{}", false),
            ("{\"jitsi_web_query_prefix\":\"a\"}", false),
            ("{\"auth_token\":true}", true),
            ("{\"jitsi_meet_domain\":\"a\"}", true),
            ("{\"auth_token\":false,\"jitsi_meet_domain\":\"a\"}", false),
        ] {
            let session: JoiningSession = serde_json::from_str(session).unwrap();
            assert_eq!(session.has_token(), has_token);
        }
    }
}
