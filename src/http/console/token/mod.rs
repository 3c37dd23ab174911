//! A token, and what is wrong with it.

mod pasted;
mod understood;

use hyper::body::Incoming;
use hyper::header::HeaderName;
use hyper::http::HeaderValue;
use hyper::{Request, StatusCode};

use crate::console::token::{Answer, Asked, Explained, Offers, page};
use crate::http::exchange::Exchange;
use crate::http::response::{Problem, Reply};
use crate::http::routes::explain::{gateway, host};
use crate::laid_out::{of_gateway, of_host, told::Told};
use crate::token::explain::contents::Contents;

use self::pasted::Pasted;
use self::understood::Understood;
use super::form;
use super::pages;
use super::visit::Visit;

/// The page on which one asks.
pub fn show(exchange: &Exchange<'_>, visit: &Visit<'_>, query: Option<&str>) -> Reply {
    let asked = serde_urlencoded::from_str(query.unwrap_or_default());
    let asked = asked.map_or_else(|_| Asked::default(), Asked::of_address);
    let offers = offers(exchange);
    pages::shown(page(&visit.around(), &asked, &offers, &Answer::Nothing))
}

/// What is wrong with a token.
pub async fn explain(
    exchange: Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let mut asked: Asked = form::read(visit, request, exchange.service.limits).await?;
    let offers = offers(&exchange);
    let pasted = Pasted::of(&asked.token, &offers.hosts);
    understood::take_room(&mut asked, &pasted);
    let (answer, status, headers) = Box::pin(answered(exchange, &asked, pasted)).await;
    let html = page(&visit.around(), &asked, &offers, &answer);
    Ok(Reply::page(status, html.into_string(), headers))
}

/// An answer, with the status of the page that shows it, and the headers.
type Answered = (Answer, StatusCode, Vec<(HeaderName, HeaderValue)>);

async fn answered(exchange: Exchange<'_>, asked: &Asked, pasted: Pasted) -> Answered {
    let understood = match Understood::of(asked, &pasted) {
        Ok(understood) => understood,
        Err(mistakes) => {
            let answer = Answer::Mistaken(mistakes);
            return (answer, StatusCode::BAD_REQUEST, Vec::new());
        }
    };
    match examine(exchange, &understood).await {
        Ok(examined) => {
            let answer = Answer::Explained(Box::new(explained(examined, asked, pasted)));
            (answer, StatusCode::OK, Vec::new())
        }
        Err(problem) => {
            let answer = Answer::Unanswered(problem.detail());
            (answer, problem.status(), problem.headers())
        }
    }
}

/// What was found out, with the names that the token has.
struct Examined {
    told: Told,
    names: Vec<String>,
    now: i64,
}

/// Explains what was asked, as for programs.
async fn examine(exchange: Exchange<'_>, understood: &Understood) -> Result<Examined, Problem> {
    let _share = exchange.share()?;
    let Understood { asked, at } = understood;
    if let Some(name) = &asked.gateway {
        let examination = gateway::examine(exchange, name, asked, *at).await?;
        return Ok(Examined {
            told: of_gateway(&examination),
            names: examination.token_digest.into_iter().collect(),
            now: examination.now,
        });
    }
    let examination = host::examine(exchange, asked, *at, false).await?;
    Ok(Examined {
        told: of_host(&examination),
        now: examination.now,
        names: [examination.token_digest, examination.verdict.token_id]
            .into_iter()
            .flatten()
            .collect(),
    })
}

fn explained(examined: Examined, asked: &Asked, pasted: Pasted) -> Explained {
    let contents = Contents::of(&pasted.token);
    let claimed = contents.token_id();
    let is_its = |name: &String| *name == asked.id;
    let is_another =
        !asked.id.is_empty() && claimed != Some(&asked.id) && !examined.names.iter().any(is_its);
    Explained {
        told: examined.told,
        now: examined.now,
        left_out: pasted.left_out,
        is_another,
        contents,
    }
}

fn offers(exchange: &Exchange<'_>) -> Offers {
    let verifier = &exchange.service.verifier;
    Offers {
        hosts: verifier.host_names(),
        gateways: verifier.gateway_names(),
    }
}
