//! The same for a gateway.

use crate::api::gateway_examination as api;
use crate::clock;
use crate::counters::decisions::Kind;
use crate::gateway::refusal::Refusal;
use crate::http::exchange::Exchange;
use crate::http::request::VerifyRequest;
use crate::http::response::Problem;
use crate::telemetry::Decision;
use crate::verifier::gateway_explanation::GatewayExamination;

use super::check;

/// Makes every check of a token for the gateway that is named, and counts and logs it.
///
/// # Errors
/// [`Problem::Malformed`], [`Problem::NoGateway`], [`Problem::Undecided`].
pub async fn examine(
    exchange: Exchange<'_>,
    gateway: &str,
    asked: &VerifyRequest,
    at: Option<i64>,
) -> Result<GatewayExamination, Problem> {
    refuse_hosts(asked)?;
    // Tries the secrets of many credentials.
    let (service, started) = (exchange.service, clock::instant());
    let _turn = service.explaining.acquire().await;
    let token = asked.token.as_deref().filter(|token| !token.is_empty());
    let peer = exchange.seat.peer();
    let examining = service.verifier.explain_request(gateway, token, peer, at);
    let examination = examining.await?;
    let took = clock::elapsed(started);
    service.counters.decisions.took(Kind::Explanation, took);
    let denial = examination
        .refusal()
        .map(|refusal| (refusal.code(), refusal.message()));
    exchange.log.decided(
        &Decision {
            host: gateway,
            token_id: examination.token_digest.as_deref(),
            denial: denial.as_ref().map(|(code, text)| (*code, text.as_str())),
            ..Decision::default()
        },
        false,
    );
    Ok(examination)
}

/// A gateway has neither hosts nor rooms: whoever names one means something else.
fn refuse_hosts(asked: &VerifyRequest) -> Result<(), Problem> {
    let named = [
        ("host", asked.host.is_some()),
        ("room", asked.room.is_some()),
        (
            "jitsi_web_query_prefix",
            asked.session.query_prefix.is_some(),
        ),
    ];
    let mut named = named.into_iter();
    match named.find(|(_, is_named)| *is_named) {
        Some((name, _)) => Err(Problem::Malformed {
            detail: format!(
                "gateway and {name}: a gateway has no hosts and rooms; name one of the two"
            ),
        }),
        None => Ok(()),
    }
}

/// An examination as the API has it.
#[must_use]
pub fn body(examination: &GatewayExamination) -> api::GatewayExamination {
    let code = examination.refusal().map(Refusal::code);
    let body = examination.body();
    api::GatewayExamination {
        gateway: examination.gateway.clone(),
        allowed: examination.decision.is_ok(),
        status: examination.status(),
        body: body.and_then(|body| serde_json::from_str(&body).ok()),
        www_authenticate: examination.challenge(),
        code: code.map(str::to_owned),
        identity: examination.headers.iter().cloned().collect(),
        checks: examination.checks.iter().map(check::told).collect(),
        notes: examination.notes.clone(),
        time: examination.now,
        token_digest: examination.token_digest.clone(),
    }
}
