//! `POST /v1/asap-token`: signs a token that this server shows to others.

use hyper::Request;
use hyper::body::Incoming;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::AsapToken;
use crate::signer::NotSigned;
use crate::telemetry::Decision;
use crate::token::shown;

use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::request;
use crate::http::response::{Problem, Reply};

/// What is asked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AsapTokenRequest {
    host: String,
    audience: Option<String>,
}

pub const DESCRIPTION: Description = Description {
    asks: &[Body {
        media_type: "application/json",
        schema: openapi::of::<AsapTokenRequest>,
        example: r#"{"host": "meet.example.com"}"#,
    }],
    problems: &[404, 500],
    ..Description::new(
        "A token that this server shows to others. Only where a host has a key for that, and callers need one.",
        &[Answer::json::<AsapToken>(
            200,
            "The token, which is a secret.",
        )],
    )
};

pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let question: AsapTokenRequest = request::json_alone(request, exchange.service.limits).await?;
    let audience = question.audience.as_deref().unwrap_or_default();
    if audience.len() > MAX_AUDIENCE || shown::looks_like_token(audience) {
        let detail = format!("audience must be a name of at most {MAX_AUDIENCE} bytes");
        return Err(Problem::Malformed { detail });
    }
    let signer = exchange.access.signer().ok_or_else(nothing_signs)?;
    let token = signer.sign(&question.host, question.audience.as_deref());
    let token = token.map_err(|error| match error {
        NotSigned::NoKey { .. } => Problem::NoSigningKey {
            detail: error.to_string(),
        },
        NotSigned::Failed(_) => Problem::SigningFailed,
    })?;
    let told = Decision {
        host: &question.host,
        ..Decision::default()
    };
    exchange.log.decided(&told, false);
    Ok(Reply::ok(AsapToken {
        host: question.host,
        audience: token.audience,
        token: token.token,
        expires_at: token.expires_at,
        renew_at: token.renew_at,
    }))
}

fn nothing_signs() -> Problem {
    Problem::NoSigningKey {
        detail: "no host has an asap_key_path, or callers need no API key".to_owned(),
    }
}

/// More is no audience, and would make a token that nobody takes.
const MAX_AUDIENCE: usize = 255;
