//! `/v1/forward-auth/NAME`: whether a request goes through that was asked of a proxy.

use std::borrow::Cow;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderName, WWW_AUTHENTICATE};
use hyper::http::HeaderValue;

use crate::api::refused::Refused;
use crate::gateway::described::{Asked, Field};
use crate::gateway::identity::{self, Identity};
use crate::gateway::refusal::Refusal;
use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description, Parameter};
use crate::http::response::{Problem, Reply};
use crate::telemetry::Decision;
use crate::verifier::gateways::Answered;

pub const DESCRIPTION: Description = Description {
    operation: "forward_auth",
    parameters: &[Parameter::path(
        "name",
        "The name of the gateway, which has a section [gateways.NAME]; what follows it in the path is the path that was asked for.",
        "api",
    )],
    problems: &[404, 500],
    ..Description::new(
        "Decides on a request that a proxy describes, in the way of Kong's jwt plugin; whatever its method is.",
        &[
            Answer::nothing(200, "The request goes through.").with_headers(&HEADERS),
            Answer::json::<Refused>(401, "There is no token that counts.").with_headers(&HEADERS),
            Answer::json::<Refused>(
                403,
                "The token does not allow this, or the request contradicts itself.",
            )
            .with_headers(&HEADERS),
        ],
    )
};

const HEADERS: [(&str, &str); 5] = [
    ("X-Consumer-ID", "The consumer's ID, or nothing."),
    (
        "X-Consumer-Custom-ID",
        "What another system calls the consumer, or nothing.",
    ),
    (
        "X-Consumer-Username",
        "The consumer's username, or nothing.",
    ),
    (
        "X-Credential-Identifier",
        "The key of the credential, or nothing.",
    ),
    ("X-Anonymous-Consumer", "true for everybody, else nothing."),
];

pub async fn answer(
    mut exchange: Exchange<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let _share = exchange.share()?;
    let (name, below) = named(request.uri().path());
    let fields: Vec<Field<'_>> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let asked = Asked {
        method: request.method().as_str(),
        below,
        query: request.uri().query().unwrap_or_default(),
        fields: &fields,
        is_trusted: false,
    };
    let verifier = &exchange.service.verifier;
    let answered = verifier.forward_auth(name, exchange.seat.origin(), asked);
    let answered = answered.await?;
    note(&mut exchange, name, &answered);
    Ok(reply(&answered))
}

/// The gateway's name, and what of the path lies below it.
fn named(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix(BEFORE_NAME).unwrap_or_default();
    let end = rest.find('/').unwrap_or(rest.len());
    rest.split_at(end)
}

const BEFORE_NAME: &str = "/v1/forward-auth/";

fn note(exchange: &mut Exchange<'_>, name: &str, answered: &Answered) {
    let token_id = answered.token_name.map(|name| name.to_string());
    let refusal = answered.decision.as_ref().err();
    let refusal = refusal.or(answered.overlooked.as_ref());
    let counters = &exchange.service.counters.gateways;
    counters.decided(name, answered.decision.as_ref().err().map(Refusal::code));
    let denial = refusal.map(|refusal| (refusal.code(), refusal.message()));
    let denial = denial.as_ref().map(|(code, text)| (*code, text.as_str()));
    exchange.log.decided(
        &Decision {
            host: name,
            token_id: token_id.as_deref(),
            denial,
            ..Decision::default()
        },
        false,
    );
}

fn reply(answered: &Answered) -> Reply {
    let settings = answered.settings();
    match &answered.decision {
        Ok(identity) => {
            let mut headers = of_identity(identity, answered);
            headers.push(removed(&headers));
            Reply::goes_through(headers)
        }
        Err(refusal) => {
            let mut headers = of_identity(&Identity::default(), answered);
            let challenge = refusal.challenge(settings.realm.as_deref());
            let challenge = challenge.and_then(|text| HeaderValue::try_from(text).ok());
            headers.extend(challenge.map(|value| (WWW_AUTHENTICATE, value)));
            Reply::refused(refusal.status(), refusal.body(), headers)
        }
    }
}

/// All of them, always: some proxies leave what a client sent where the answer has nothing.
fn of_identity(identity: &Identity, answered: &Answered) -> Vec<(HeaderName, HeaderValue)> {
    let names = identity::NAMES.into_iter();
    let names = names.map(HeaderName::from_static);
    let values = identity.values();
    let values = values.into_iter().map(|value| match value {
        Cow::Borrowed("") => HeaderValue::from_static(""),
        value => header_value(&value),
    });
    let further = answered.settings().beyond.headers.iter().enumerate();
    let further = further.filter_map(|(place, header)| {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        let value = identity.claims.get(place).and_then(Option::as_deref);
        Some((name, header_value(value.unwrap_or_default())))
    });
    names.zip(values).chain(further).collect()
}

/// What no header can carry is not there.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// What Envoy is to take out, for which an empty header is one as any other.
fn removed(headers: &[(HeaderName, HeaderValue)]) -> (HeaderName, HeaderValue) {
    let empty = headers.iter().filter(|(_, value)| value.is_empty());
    let mut names = String::with_capacity(USUAL_BYTES);
    for (name, _) in empty {
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(name.as_str());
    }
    let value = HeaderValue::try_from(names);
    let name = HeaderName::from_static("x-envoy-auth-headers-to-remove");
    (name, value.unwrap_or_else(|_| HeaderValue::from_static("")))
}

/// Room for the names of all identity headers.
const USUAL_BYTES: usize = 128;
