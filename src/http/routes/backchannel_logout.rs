//! `POST /v1/backchannel-logout`: a provider tells that a user has signed out there (`OpenID` Connect Back-Channel Logout 1.0).

use hyper::Request;
use hyper::body::Incoming;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::revocations as api;
use crate::audit::ChangeKind;
use crate::store::{Row, Store, StoreError};
use crate::token::revocation::{Name, NameError, Revocation};
use crate::token::shown;
use crate::verifier::logout::LoggedOut;

use super::revocations;
use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description, Parameter};
use crate::http::request;
use crate::http::response::problem::NotStored;
use crate::http::response::{Problem, Reply};

/// What a provider sends. Whatever else there is in the form is ignored (section 2.5).
#[derive(Deserialize, JsonSchema)]
struct LogoutForm {
    logout_token: String,
}

/// What is asked for in the address that the provider was given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedHost {
    host: Option<String>,
}

pub const DESCRIPTION: Description = Description {
    parameters: &[Parameter::query(
        "host",
        "The host; all that have the issuer where it is left out.",
        "meet.example.com",
    )
    .optional()],
    asks: &[Body {
        media_type: "application/x-www-form-urlencoded",
        schema: openapi::of::<LogoutForm>,
        example: r#"{"logout_token": "TOKEN"}"#,
    }],
    problems: &[404, 507],
    ..Description::new(
        "Signs a user out whom a provider says to have signed out there. The logout token is all that is asked for.",
        &[
            Answer::json::<api::LoggedOut>(200, "The tokens that the user had are good no longer."),
            Answer::json::<api::LogoutError>(400, "The logout token does not count."),
        ],
    )
};

pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let store = exchange.store()?;
    let asked: AskedHost = serde_urlencoded::from_str(request.uri().query().unwrap_or_default())
        .map_err(|_| Problem::Malformed {
            detail: "name no more than a host: ?host=DOMAIN".to_owned(),
        })?;
    let form: LogoutForm = request::form_alone(request, exchange.service.limits).await?;
    let _share = exchange.share()?;
    let verifier = &exchange.service.verifier;
    let logged_out = verifier
        .logout(asked.host.as_deref(), &form.logout_token)
        .await;
    let logged_out = match logged_out {
        Ok(logged_out) => logged_out,
        Err(refusal) => {
            let reason = refusal.to_string();
            tracing::info!(reason, "a logout token was refused");
            return Ok(Reply::logout_refused(&reason));
        }
    };
    let mut ids = Vec::new();
    for logged_out in logged_out {
        let revocation = revocation(logged_out, verifier.time());
        let revocation = revocation.map_err(|error| Problem::Malformed {
            detail: format!("the name of the host cannot be taken: {error}"),
        })?;
        let recorded = record(&exchange, store, revocation).await;
        ids.push(recorded.map_err(not_kept)?.id.to_string());
    }
    Ok(Reply::ok(api::LoggedOut { revocations: ids }))
}

/// Whoever sends a logout token again changes nothing by it.
async fn record(
    exchange: &Exchange<'_>,
    store: &Store,
    revocation: Revocation,
) -> Result<Row, StoreError> {
    let found = store.find(revocation.id()).await?;
    if let Some(row) = found.filter(|row| covers(&row.revocation, &revocation)) {
        return Ok(row);
    }
    let recorded = store.revoke(revocation).await?;
    revocations::note(exchange, &recorded.row, ChangeKind::Revoked);
    Ok(recorded.row)
}

/// Where the store is, and what is wrong with it, is for the log, and not for a provider.
fn not_kept(error: StoreError) -> Problem {
    tracing::warn!(%error, "a logout could not be kept");
    match error {
        StoreError::Unavailable(_) => {
            let detail = "the logout cannot be kept now; the daemon's log says why".to_owned();
            Problem::Store(NotStored::Unavailable(detail))
        }
        StoreError::Changed | StoreError::Full(_) => error.into(),
    }
}

fn covers(there: &Revocation, asked: &Revocation) -> bool {
    let lasts = there
        .until
        .is_none_or(|until| asked.until.is_some_and(|asked| asked <= until));
    lasts && there.target.issued_before() >= asked.target.issued_before()
}

fn revocation(logged_out: LoggedOut, now: i64) -> Result<Revocation, NameError> {
    let LoggedOut { host, logout } = logged_out;
    Ok(Revocation {
        target: logout.target,
        // Other hosts may have other users by the same names.
        host: Some(Name::new(&host)?),
        until: Some(logout.until),
        reason: None,
        made_by: made_by(&logout.issuer)?,
        made_at: now,
    })
}

/// An issuer may be called whatever it likes where a host accepts any.
fn made_by(issuer: &str) -> Result<Name, NameError> {
    let issuer = shown::bounded(issuer, MOST_ISSUER);
    Name::new(&format!("back-channel logout of {issuer}"))
}

/// In characters, of which one that is escaped becomes ten.
const MOST_ISSUER: usize = 90;
