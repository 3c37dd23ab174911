//! What is taken back before its time, and what of that no longer. Each is asked for twice: the first time only shows what it means.

mod sent;

use hyper::Request;
use hyper::StatusCode;
use hyper::body::Incoming;

use crate::audit::ChangeKind;
use crate::console::server::revocations::{self as view, Meant};
use crate::http::exchange::Exchange;
use crate::http::response::{Problem, Reply};
use crate::http::routes::revocations::asked::Asked;
use crate::http::routes::revocations::note;
use crate::http::routes::revocations::shown;
use crate::store::{Recorded, Row, Store, StoreError};
use crate::token::revocation::Revocation;

use self::sent::{SentRevocation, SentWithdrawal};

use super::done::Done;
use super::form;
use super::pages;
use super::server::{host_names, overview};
use super::visit::Visit;

/// Shows what a revocation would mean, and revokes once that is confirmed.
pub async fn revoke(
    exchange: Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let sent: SentRevocation = form::read(visit, request, exchange.service.limits).await?;
    let store = exchange.store()?;
    let _share = exchange.share()?;
    let verifier = &exchange.service.verifier;
    let now = verifier.time();
    let meant = sent
        .request(now)
        .and_then(|asked| asked.meant(verifier, now));
    let done = match meant {
        Ok(asked) if sent.is_confirmed() => record(&exchange, store, asked.revocation).await,
        Ok(asked) => ask(store, visit, &sent, asked).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(reply) => Ok(reply),
        Err(problem) => again(&exchange, visit, &sent, &problem),
    }
}

async fn record(
    exchange: &Exchange<'_>,
    store: &Store,
    revocation: Revocation,
) -> Result<Reply, Problem> {
    let Recorded { row, .. } = store.revoke(revocation).await?;
    note(exchange, &row, ChangeKind::Revoked);
    Ok(Done::Revoked.reply())
}

async fn ask(
    store: &Store,
    visit: &Visit<'_>,
    sent: &SentRevocation,
    asked: Asked,
) -> Result<Reply, Problem> {
    let Asked { revocation, notes } = asked;
    let id = revocation.id();
    let is_there = store.find(id).await?.is_some();
    let until = revocation.until.map(|until| until.to_string());
    let row = Row {
        id,
        version: 0,
        revocation,
    };
    let meant = Meant {
        revocation: &shown::revocation(&row),
        notes: &notes,
        is_there,
    };
    // For twelve hours means until the time that the person sees now.
    let fields = sent.fields_until(until.as_deref());
    Ok(pages::shown(view::revoke(&visit.around(), &fields, &meant)))
}

/// The form with what was filled in, and what is wrong with it.
fn again(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    sent: &SentRevocation,
    problem: &Problem,
) -> Result<Reply, Problem> {
    let overview = overview(exchange)?;
    let (hosts, wrong) = (host_names(&overview), problem.detail());
    let html = view::again(&visit.around(), &sent.fields(), &hosts, &wrong);
    Ok(Reply::page(
        problem.status(),
        html.into_string(),
        problem.headers(),
    ))
}

/// Shows what a revocation is, and takes it back once that is confirmed, if it is as the person saw it.
pub async fn take_back(
    exchange: Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let sent: SentWithdrawal = form::read(visit, request, exchange.service.limits).await?;
    let store = exchange.store()?;
    let _share = exchange.share()?;
    let now = exchange.service.verifier.time();
    match store.find(sent.id()?).await? {
        None => Ok(Done::Gone.reply()),
        Some(row) if sent.is_confirmed() && row.version == sent.version => {
            withdraw(&exchange, visit, store, &row, now).await
        }
        Some(row) => Ok(shown_again(visit, &row, sent.version, now)),
    }
}

/// Takes back what the person has seen. Somebody else may be faster.
async fn withdraw(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    store: &Store,
    seen: &Row,
    now: i64,
) -> Result<Reply, Problem> {
    match store.withdraw(seen.id, Some(seen.version)).await {
        Ok(Some(withdrawn)) => {
            note(exchange, &withdrawn, ChangeKind::Unrevoked);
            Ok(Done::TakenBack.reply())
        }
        Ok(None) => Ok(Done::Gone.reply()),
        Err(StoreError::Changed) => {
            let found = store.find(seen.id).await?;
            let again = |row: Row| shown_again(visit, &row, seen.version, now);
            Ok(found.map_or_else(|| Done::Gone.reply(), again))
        }
        Err(error @ (StoreError::Unavailable(_) | StoreError::Full(_))) => Err(error.into()),
    }
}

fn shown_again(visit: &Visit<'_>, row: &Row, seen: i64, now: i64) -> Reply {
    let is_changed = row.version != seen;
    let revocation = shown::revocation(row);
    let html = view::take_back(&visit.around(), &revocation, is_changed, now);
    let status = if is_changed {
        StatusCode::PRECONDITION_FAILED
    } else {
        StatusCode::OK
    };
    Reply::page(status, html.into_string(), Vec::new())
}
