//! `GET /metrics`: what is counted, for a monitoring system.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, HeaderMap};

use crate::audit::Audit;
use crate::clock;
use crate::metrics::exposition::{self, Format};
use crate::metrics::process::Process;
use crate::metrics::readings::{Configuration, Load, Readings};
use crate::store::Store;
use crate::telemetry;

use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description};
use crate::http::response::Reply;
use crate::http::seats::{Pool, Seat};
use crate::http::service::Service;

pub const DESCRIPTION: Description = Description::new(
    "What is counted, for a monitoring system.",
    &[
        Answer::text(Format::Prometheus.media_type(), "Prometheus' text format."),
        Answer::text(
            Format::OpenMetrics.media_type(),
            "OpenMetrics, where Accept names it.",
        ),
    ],
);

/// Answers one request.
pub fn answer(exchange: &Exchange<'_>, request: &Request<Incoming>) -> Reply {
    let format = asked(request.headers());
    let readings = readings(exchange.service, exchange.seat);
    Reply::text(format.media_type(), exposition::write(readings, format))
}

/// What the request's `Accept` asks for. Whoever does not name OpenMetrics may not know it.
fn asked(headers: &HeaderMap) -> Format {
    let accepted = headers.get_all(ACCEPT).into_iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    if accepted.any(|value| value.contains("application/openmetrics-text")) {
        Format::OpenMetrics
    } else {
        Format::Prometheus
    }
}

fn readings(service: &Service, seat: &Seat) -> Readings {
    let (verifier, reload) = (&service.verifier, &service.reload);
    Readings {
        version: env!("CARGO_PKG_VERSION"),
        now: clock::unix_time(),
        counters: Arc::clone(&service.counters),
        load: load(service, seat),
        key_sources: verifier.key_sources(),
        key_fetches: verifier.key_fetches(),
        signature_lookups: verifier.signature_lookups(),
        configuration: Configuration {
            reloads: reload.reloads(),
            has_failed: reload.failure().is_some(),
            is_watched: reload.blindness().is_none(),
            warnings: reload.warnings(),
        },
        log_lines_lost: telemetry::lost_lines(),
        audit_lines_lost: service.audit.as_ref().map_or(0, Audit::lost_lines),
        store: service.store.as_ref().map(Store::state),
        process: Process::of_this(),
    }
}

fn load(service: &Service, seat: &Seat) -> Load {
    let shares = &service.in_flight;
    let connections = seat.connections();
    Load {
        in_flight: Pool::ALL.map(|(name, pool)| (name, shares.occupancy(pool).taken)),
        in_flight_limit: shares.occupancy(Pool::Decisions).capacity,
        connections: connections.taken,
        connections_limit: connections.capacity,
        patterns: service.verifier.waiting_patterns(),
    }
}
