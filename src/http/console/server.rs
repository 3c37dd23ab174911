//! How the server is.

use std::sync::Arc;

use serde::Deserialize;

use crate::api::health::Ready;
use crate::api::keys::LoadedKeys;
use crate::api::revocations::RevocationList;
use crate::console::server::revocations::{Listed, Revocations};
use crate::console::server::{self as view, Server};
use crate::http::exchange::Exchange;
use crate::http::response::{Problem, Reply};
use crate::http::routes::{health, keys, revocations};
use crate::overview::Overview;
use crate::store::{Store, StoreError, StoreState};
use crate::token::revocation::RevocationId;

use super::done::Done;
use super::pages;
use super::visit::{Visit, Visitor};

/// Which page is asked for. What is not understood is not asked for.
#[derive(Default, Deserialize)]
struct Asked {
    after: Option<String>,
    done: Option<String>,
}

/// The page.
pub async fn show(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    query: Option<&str>,
) -> Result<Reply, Problem> {
    let asked: Asked = serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default();
    let after = asked.after.and_then(|after| after.parse().ok());
    let done = asked.done.as_deref().and_then(Done::named);
    let _share = exchange.share()?;
    let gathered = Gathered::of(exchange, visit, after).await?;
    let server = gathered.shown(exchange, after.is_some());
    let done = done.map(Done::words);
    let html = view::page(&visit.around(), &server, done.as_deref());
    Ok(pages::shown(html))
}

/// What is known of the server.
struct Gathered {
    overview: Arc<Overview>,
    keys: LoadedKeys,
    health: Ready,
    store: Option<StoreState>,
    list: Option<Result<RevocationList, StoreError>>,
    closed: Option<String>,
}

impl Gathered {
    async fn of(
        exchange: &Exchange<'_>,
        visit: &Visit<'_>,
        after: Option<RevocationId>,
    ) -> Result<Self, Problem> {
        let service = exchange.service;
        // Who is revoked and why is for administrators alone, here as at /v1/revocations.
        let list = match (&service.store, &visit.visitor) {
            (Some(store), Visitor::Administrator(_)) => {
                Some(revocations::listed(store, after, MOST).await)
            }
            (Some(_), Visitor::Anybody | Visitor::Stranger) | (None, _) => None,
        };
        Ok(Self {
            overview: overview(exchange)?,
            keys: keys::loaded(&service.verifier),
            health: health::state(service),
            store: service.store.as_ref().map(Store::state),
            list,
            closed: closed(exchange, visit),
        })
    }

    fn shown(&self, exchange: &Exchange<'_>, has_earlier: bool) -> Server<'_> {
        Server {
            now: exchange.service.verifier.time(),
            version: env!("CARGO_PKG_VERSION"),
            reloads: exchange.service.reload.reloads(),
            health: &self.health,
            overview: &self.overview,
            keys: &self.keys,
            hour: exchange
                .service
                .joins
                .hour(exchange.service.verifier.time()),
            store: self.store.as_ref(),
            revocations: Revocations {
                listed: self.listed(has_earlier),
                hosts: host_names(&self.overview),
                closed: self.closed.as_deref(),
            },
        }
    }

    fn listed(&self, has_earlier: bool) -> Listed<'_> {
        match &self.list {
            None => Listed::Nothing,
            Some(Ok(list)) => Listed::Page { list, has_earlier },
            Some(Err(error)) => Listed::Unread(error.to_string()),
        }
    }
}

/// What the configuration in force comes to.
///
/// # Errors
/// [`Problem::NotFound`], where there is no console any longer.
pub fn overview(exchange: &Exchange<'_>) -> Result<Arc<Overview>, Problem> {
    exchange.service.overview().ok_or(Problem::NotFound {
        known: String::new(),
    })
}

/// The names of the hosts.
pub fn host_names(overview: &Overview) -> Vec<&str> {
    let hosts = overview.hosts.iter();
    hosts.map(|host| host.name.as_str()).collect()
}

/// Why nobody can revoke from here.
fn closed(exchange: &Exchange<'_>, visit: &Visit<'_>) -> Option<String> {
    let problem = match visit.visitor {
        Visitor::Administrator(_) => exchange.store().err()?,
        Visitor::Anybody | Visitor::Stranger => Problem::NoAdministrators,
    };
    Some(problem.detail())
}

const MOST: usize = 100;
