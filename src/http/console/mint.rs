//! A token for trying things.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use crate::console::mint::{self as view, Fields, LONGEST_MINUTES, Made, Offer};
use crate::http::exchange::Exchange;
use crate::http::response::{Problem, Reply};
use crate::mint::wanted::Wanted;
use crate::token::shown;
use crate::verifier::minting::Minted;

use super::form;
use super::pages;
use super::visit::Visit;

/// The page.
pub fn show(exchange: &Exchange<'_>, visit: &Visit<'_>) -> Result<Reply, Problem> {
    offered(visit)?;
    let offers = exchange.service.verifier.issuers_of_hosts();
    let fields = Fields::default();
    Ok(pages::shown(view::page(
        &visit.around(),
        &offers,
        &fields,
        None,
    )))
}

/// Makes one.
pub async fn mint(
    exchange: &Exchange<'_>,
    visit: &Visit<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let fields: Fields = form::read(visit, request, exchange.service.limits).await?;
    offered(visit)?;
    let _share = exchange.share()?;
    let offers = exchange.service.verifier.issuers_of_hosts();
    let minted = match wanted(&fields) {
        Ok(wanted) => minted(exchange, &fields, &wanted).await,
        Err(wrong) => Err(wrong),
    };
    match minted {
        Ok(minted) => Ok(shown_once(visit, &offers, &fields, &minted)),
        Err(wrong) => {
            let html = view::page(&visit.around(), &offers, &fields, Some(&wrong));
            let html = html.into_string();
            Ok(Reply::page(StatusCode::BAD_REQUEST, html, Vec::new()))
        }
    }
}

fn shown_once(visit: &Visit<'_>, offers: &[Offer], fields: &Fields, minted: &Minted) -> Reply {
    note(minted, fields);
    let made = made(minted, fields);
    pages::shown(view::minted(&visit.around(), offers, fields, &made))
}

async fn minted(
    exchange: &Exchange<'_>,
    fields: &Fields,
    wanted: &Wanted,
) -> Result<Minted, String> {
    let (service, asker) = (exchange.service, exchange.seat.peer());
    let host = (!fields.host.is_empty()).then_some(fields.host.as_str());
    // It is tried with every check that there is: a crowd of these must not be in the way of those who join.
    let _turn = service.explaining.acquire().await;
    let minted = service.verifier.mint(host, wanted, asker).await;
    minted.map_err(|error| error.to_string())
}

const fn offered(visit: &Visit<'_>) -> Result<(), Problem> {
    if visit.offered.mint {
        Ok(())
    } else {
        Err(Problem::NoMint)
    }
}

/// What is wanted of the token.
fn wanted(fields: &Fields) -> Result<Wanted, String> {
    let text = |text: &String| form::filled(Some(text.clone()));
    let features = fields.features.split(',').map(str::trim);
    let features = features.filter(|feature| !feature.is_empty());
    Ok(Wanted {
        issuer: text(&fields.issuer),
        room: text(&fields.room),
        tenant: text(&fields.tenant),
        user: text(&fields.user),
        email: text(&fields.email),
        moderator: fields.moderator.is_some(),
        features: features.map(str::to_owned).collect(),
        ttl: minutes(&fields.minutes)?.saturating_mul(60),
        ..Wanted::default()
    })
}

fn minutes(text: &str) -> Result<u32, String> {
    let minutes = text.trim().parse().ok();
    let minutes = minutes.filter(|minutes| (1..=LONGEST_MINUTES).contains(minutes));
    minutes.ok_or_else(|| {
        let found = shown::quoted(text);
        format!("minutes: found {found}, expected 1 to {LONGEST_MINUTES}")
    })
}

fn made<'a>(minted: &'a Minted, fields: &'a Fields) -> Made<'a> {
    Made {
        host: &minted.host,
        room: fields.room.trim(),
        tenant: fields.tenant.trim(),
        token: &minted.token,
        remarks: &minted.remarks,
    }
}

/// Tells the log, and nothing of the token but its name there.
fn note(minted: &Minted, fields: &Fields) {
    let Minted { host, token_id, .. } = minted;
    let room = fields.room.trim();
    let room = if room.is_empty() { "*" } else { room };
    let room = shown::bounded(room, shown::MAX_REPEATED);
    tracing::info!(
        host,
        token_id,
        room,
        "an administrator made a token at the console"
    );
}
