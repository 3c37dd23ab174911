//! What was decided lately.

use std::collections::BTreeSet;
use std::ptr;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::console::joins::row::Row;
use crate::console::joins::{self, Joins};
use crate::http::exchange::Exchange;
use crate::http::joins::{MOST_WATCHING, Place, RecentJoins};
use crate::http::response::{Problem, Reply};
use crate::joins::{Filter, Join, Outcome};
use crate::token::shown;

use super::form::filled;
use super::live::{Ends, Watcher};
use super::pages;
use super::visit::{self, Visit, Visitor};

/// What somebody wants to see.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    code: Option<String>,
    host: Option<String>,
    text: Option<String>,
    /// How far they have seen it already.
    after: Option<String>,
}

/// The page.
pub fn show(exchange: &Exchange<'_>, visit: &Visit<'_>, query: Option<&str>) -> Reply {
    let service = exchange.service;
    if visit.offered.recent == 0 {
        let now = service.verifier.time();
        let sums = service.joins.hour(now);
        return pages::shown(joins::sums(&visit.around(), &sums, now));
    }
    let filter = asked(query).filter();
    let (all, place) = remembered(&service.joins);
    let wanted = all.iter().rev().filter(|join| filter.matches(join));
    let codes: BTreeSet<&str> = all.iter().filter_map(|join| join.code).collect();
    let joins = Joins {
        rows: wanted.map(Row::of).collect(),
        remembered: all.len(),
        since: all.first().map(|join| join.time),
        most: visit.offered.recent,
        names: visit.offered.names,
        filter: &filter,
        codes: codes.into_iter().collect(),
        hosts: service.verifier.host_names(),
        place: place.to_string(),
    };
    pages::shown(joins::page(&visit.around(), &joins))
}

/// The same, as it happens, from where somebody has seen it.
///
/// # Errors
/// [`Problem::TooManyWatch`].
pub fn live(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    request: &Request<Incoming>,
) -> Result<Reply, Problem> {
    let (service, asked) = (exchange.service, asked(request.uri().query()));
    let watching = service.joins.watch();
    let watching = watching.ok_or(Problem::TooManyWatch {
        most: MOST_WATCHING,
    })?;
    let version = service.joins.version();
    // The rules that let the request in may be no longer in force, and of no version that is.
    let is_current = ptr::eq(Arc::as_ptr(&service.access()), exchange.access);
    let watcher = Watcher {
        watching,
        joins: Arc::clone(&service.joins),
        version: is_current.then_some(version),
        place: place(request.headers(), asked.after.as_deref()),
        filter: asked.filter(),
        is_up_to_date: false,
        ends: ends(exchange, visit, request.headers()),
    };
    Ok(Reply::live("text/event-stream", watcher.into_body()))
}

fn asked(query: Option<&str>) -> Asked {
    serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default()
}

impl Asked {
    fn filter(self) -> Filter {
        let outcome = filled(self.code).unwrap_or_default();
        Filter {
            outcome: Outcome::named(&outcome),
            host: filled(self.host),
            text: filled(self.text).filter(|text| !shown::looks_like_token(text)),
        }
    }
}

/// All that is remembered, the oldest first, and how far that goes.
fn remembered(recent: &RecentJoins) -> (Vec<Join>, Place) {
    let (mut all, mut place) = (Vec::new(), None);
    loop {
        let batch = recent.after(place, &Filter::default());
        all.extend(batch.joins);
        place = Some(batch.place);
        if batch.is_last {
            return (all, batch.place);
        }
    }
}

/// What a browser says that was cut off counts more than what the page was made with.
fn place(headers: &HeaderMap, after: Option<&str>) -> Option<Place> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|value| value.to_str().ok());
    last.or(after)?.parse().ok()
}

fn ends(exchange: &Exchange<'_>, visit: &Visit<'_>, headers: &HeaderMap) -> Ends {
    let service = exchange.service;
    let session = match &visit.visitor {
        Visitor::Administrator(session) => {
            let over = visit::cookie(headers).and_then(|id| service.sessions.over(id));
            Some((session.ends, over.unwrap_or_else(ended)))
        }
        Visitor::Anybody | Visitor::Stranger => None,
    };
    Ends {
        draining: service.draining.clone(),
        session,
    }
}

/// Of a session that has ended since it was looked up.
fn ended() -> CancellationToken {
    let over = CancellationToken::new();
    over.cancel();
    over
}
