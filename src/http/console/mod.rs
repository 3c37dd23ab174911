//! The console: a page for people. What it looks like is [`crate::console`]'s; here is who may see what, and what is done.

mod address;
mod assets;
mod done;
mod events;
mod form;
mod headers;
mod joins;
mod live;
mod login;
mod mint;
mod pages;
mod revocations;
mod server;
mod token;
mod visit;

use hyper::Request;
use hyper::body::Incoming;

use crate::console;

use super::exchange::Exchange;
use super::openapi::Description;
use super::response::{Problem, Reply};

use self::address::{Address, Needs};
use self::pages::failed;
use self::visit::{Visit, Visitor};

/// It is for people, and stands in no description.
pub const DESCRIPTION: Description = Description::new("The console.", &[]);

/// Answers one request: what goes wrong is a page, too.
pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Reply {
    let reply = match Visit::of(&exchange, &request) {
        Some(visit) => page(exchange, &visit, request).await,
        // There was a console when the request was let in, and the request keeps to that.
        None => Err(Problem::NotFound {
            known: String::new(),
        }),
    };
    reply.map_or_else(|problem| refused(&problem), headers::guarded)
}

/// What goes wrong, as a page.
pub fn refused(problem: &Problem) -> Reply {
    headers::guarded(failed(problem))
}

async fn page(
    exchange: Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let address = Address::of(request.method(), request.uri().path())?;
    if let Some(reply) = turned_away(visit, address, request.uri().path_and_query()) {
        return Ok(reply);
    }
    match address {
        Address::Root => Ok(Reply::see_other(console::address::TOKEN)),
        Address::Asset(name) => assets::answer(name),
        Address::LogIn => Ok(login::show(visit, &request)),
        Address::DoLogIn => login::log_in(&exchange, visit, request).await,
        Address::LogOut => login::log_out(&exchange, visit, request).await,
        Address::Token => Ok(token::show(&exchange, visit, request.uri().query())),
        Address::Explain => token::explain(exchange, visit, request).await,
        Address::Joins => Ok(joins::show(&exchange, visit, request.uri().query())),
        Address::JoinsLive => joins::live(&exchange, visit, &request),
        Address::Server => server::show(&exchange, visit, request.uri().query()).await,
        Address::Revoke => revocations::revoke(exchange, visit, request).await,
        Address::TakeBack => revocations::take_back(exchange, visit, request).await,
        Address::Mint => mint::show(&exchange, visit),
        Address::DoMint => mint::mint(&exchange, visit, request).await,
    }
}

/// What is answered to those who may not see a page: where to log in, for whoever came to look, and come back.
fn turned_away(
    visit: &Visit<'_>,
    address: Address,
    wanted: Option<&hyper::http::uri::PathAndQuery>,
) -> Option<Reply> {
    match (address.needs(), &visit.visitor) {
        (Needs::Nothing, _)
        | (Needs::Eyes, Visitor::Anybody | Visitor::Administrator(_))
        | (Needs::Administrator, Visitor::Administrator(_)) => None,
        (Needs::Eyes | Needs::Administrator, Visitor::Stranger) => {
            let wanted = wanted.map_or("", |wanted| wanted.as_str());
            Some(login::first(address, wanted))
        }
        (Needs::Administrator, Visitor::Anybody) => Some(failed(&Problem::NoAdministrators)),
    }
}
