//! A token, examined for a host.

use crate::clock;
use crate::http::counted;
use crate::http::exchange::Exchange;
use crate::http::request::VerifyRequest;
use crate::http::response::Problem;
use crate::http::routes::verify;
use crate::telemetry::Decision;
use crate::verifier::verdict::{Denial, Examination};

/// Makes every check of what was asked, and counts and logs it.
///
/// # Errors
/// [`Problem::Undecided`].
pub async fn examine(
    exchange: Exchange<'_>,
    asked: &VerifyRequest,
    at: Option<i64>,
    is_doctors: bool,
) -> Result<Examination, Problem> {
    // Compares with every host there is: a crowd of these must not be in the way of those who join.
    let (service, started) = (exchange.service, clock::instant());
    let _turn = service.explaining.acquire().await;
    let question = verify::question(asked, exchange.seat.peer());
    let host = asked.host.as_deref();
    let examination = service.verifier.explain(host, &question, at).await;
    let decisions = &service.counters.decisions;
    counted::explanation(decisions, started, &examination, is_doctors);
    let examination = examination.map_err(Problem::Undecided)?;
    let decided = &examination.verdict;
    let told = Decision {
        host: &decided.host,
        issuer: decided.further_issuer(),
        room: asked.room.as_deref(),
        token_id: decided.token_id.as_deref(),
        denial: decided.why_denied().map(Denial::code_and_explanation),
    };
    exchange.log.decided(&told, is_doctors);
    Ok(examination)
}
