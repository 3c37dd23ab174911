//! `GET /healthz` and `GET /readyz`.

use crate::api::health::{Health, OK, Ready, StoreHealth};
use crate::audit::Audit;
use crate::store::{Store, StoreState};
use crate::telemetry;
use hyper::Request;
use hyper::body::Incoming;

use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description};
use crate::http::response::Reply;
use crate::http::service::Service;

pub const ALIVE: Description = Description::new(
    "Whether the daemon runs.",
    &[Answer::json::<Health>(200, "It does.")],
);

pub const READY: Description = Description::new(
    "Whether the daemon can decide.",
    &[
        Answer::json::<Ready>(
            200,
            "It can. What was decided lately stands there for those who may ask for decisions.",
        ),
        Answer::json::<Ready>(
            503,
            "Keys are missing, a host can admit nobody, or it is not known what was revoked.",
        ),
    ],
);

/// The process answers, and says of which version it is.
pub fn alive() -> Reply {
    Reply::ok(Health {
        status: OK.to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    })
}

/// The policies are loaded (without them there is no listener), and so are their keys. Keys past their lifetime and a
/// configuration that could not be reloaded or is not watched are told of, but whoever has a good token is still let in.
/// Those who may ask for decisions are told what was decided lately, too.
pub fn ready(exchange: &Exchange<'_>, request: &Request<Incoming>) -> Reply {
    let key = exchange.access.authorize(request.headers(), exchange.seat);
    let mut ready = state(exchange.service);
    if key.is_ok() {
        let service = exchange.service;
        ready.recent = Some(service.recent.to_api(service.verifier.time()));
    } else {
        ready.store = None;
    }
    if ready.status == READY_STATUS {
        Reply::ok(ready)
    } else {
        Reply::not_ready(ready)
    }
}

/// All of it but what was decided.
pub fn state(service: &Service) -> Ready {
    let readiness = service.verifier.readiness();
    let audit = service.audit.as_ref();
    let audit_failed = audit.and_then(Audit::outage);
    let store = service.store.as_ref().map(Store::state);
    let revocations_unknown = service.verifier.knows_no_revocations();
    let is_ready = !revocations_unknown
        && readiness.missing.is_empty()
        && readiness.closed.is_empty()
        && !(audit_failed.is_some() && audit.is_some_and(Audit::is_required));
    let status = if is_ready { READY_STATUS } else { "not ready" };
    Ready {
        status: status.to_owned(),
        cannot_admit: readiness.closed,
        missing_keys: readiness.missing,
        stale_keys: readiness.stale,
        reload_failed: service.reload.failure(),
        not_watched: service.reload.blindness(),
        log_lines_lost: telemetry::lost_lines(),
        audit_lines_lost: audit.map_or(0, Audit::lost_lines),
        audit_failed,
        revocations_unknown,
        store_failed: store.as_ref().and_then(|store| store.error.clone()),
        store_failed_since: store.as_ref().and_then(|store| store.failing_since),
        store_damaged: store.as_ref().and_then(|store| store.damage.clone()),
        store: store.map(store_health),
        recent: None,
    }
}

const READY_STATUS: &str = "ready";

fn store_health(store: StoreState) -> StoreHealth {
    StoreHealth {
        place: store.place,
        is_shared: store.is_shared,
        revocations: store.revocations,
        consumers: store.consumers,
        credentials: store.credentials,
        unreadable_secrets: store.unreadable_secrets,
    }
}
