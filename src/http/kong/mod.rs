//! Kong's Admin API, for consumers and their JWT credentials: requests to what [`crate::gateway::admin`] makes of them, to the store, and
//! back.

mod consumers;
mod credentials;
mod edge;
mod failure;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde_json::json;

use crate::gateway::admin::path::Place;
use crate::gateway::admin::refusal::Refusal;

use super::exchange::Exchange;
use super::openapi::Description;
use super::response::{Problem, Reply};

use self::edge::{Action, Edge, Question};
use self::failure::Failure;

/// It is Kong's to describe, and stands in no description of ours.
pub const DESCRIPTION: Description = Description::new("Kong's Admin API.", &[]);

/// Does what is asked.
pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let action = Action::of(request.method());
    let question = Question::read(&exchange, request).await?;
    let _share = exchange.share()?;
    let answered = Box::pin(act(&exchange, action, &question)).await;
    answered.or_else(Failure::told)
}

async fn act(
    exchange: &Exchange<'_>,
    action: Option<Action>,
    question: &Question,
) -> Result<Reply, Failure> {
    let place = Place::of(&question.path).ok_or(Refusal::NotFound)?;
    let allowed = place.methods();
    let action = action.ok_or(Refusal::Method { allowed })?;
    match (&place, action) {
        (Place::Root, Action::Show) => return Ok(root()),
        (Place::Status, Action::Show) => return Ok(status(exchange)),
        _ => {}
    }
    let edge = Edge {
        store: exchange.store()?,
        exchange,
        question,
    };
    match (&place, action) {
        (Place::Consumers, Action::Show) => consumers::list(&edge).await,
        (Place::Consumers, Action::Make) => consumers::make(&edge).await,
        (Place::Consumer(name), action) => consumers::act(&edge, name, action).await,
        (Place::OfConsumer(owner), Action::Show) => credentials::list_of(&edge, owner).await,
        (Place::OfConsumer(owner), Action::Make) => credentials::make_for(&edge, owner).await,
        (Place::OneOfConsumer(owner, name), action) => {
            Box::pin(credentials::act_for(&edge, owner, name, action)).await
        }
        (Place::Credentials, Action::Show) => credentials::list(&edge).await,
        (Place::Credentials, Action::Make) => credentials::make(&edge).await,
        (Place::Credential(name), action) => credentials::act(&edge, name, action).await,
        (Place::Owner(name), action) => credentials::act_on_owner(&edge, name, action).await,
        (
            Place::Root
            | Place::Status
            | Place::Consumers
            | Place::OfConsumer(_)
            | Place::Credentials,
            _,
        ) => Err(Refusal::Method { allowed }.into()),
    }
}

/// What clients look for to see that somebody answers. It says whose version it is, which is not Kong's.
fn root() -> Reply {
    let body = json!({
        "tagline": "prosody-tokend, which has Kong's Admin API for consumers and JWT credentials",
        "version": env!("CARGO_PKG_VERSION"),
    });
    Reply::of_kong(StatusCode::OK, body.to_string())
}

fn status(exchange: &Exchange<'_>) -> Reply {
    let store = exchange.service.store.as_ref();
    let is_reachable = store.is_some_and(|store| store.state().failing_since.is_none());
    let connections = exchange.seat.connections().taken;
    let body = json!({
        "database": { "reachable": is_reachable },
        "server": { "connections_active": connections },
    });
    Reply::of_kong(StatusCode::OK, body.to_string())
}
