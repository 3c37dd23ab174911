//! `/v1/revocations`: what is taken back before its time, for administrators.

pub mod asked;
pub mod shown;
mod tags;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{IF_MATCH, IF_NONE_MATCH};
use serde::Deserialize;

use crate::api::revocations as api;
use crate::audit::ChangeKind;
use crate::store::{MOST_LISTED, Page, Recorded, Row, Store, StoreError};
use crate::token::revocation::RevocationId;

use self::asked::{Asked, RevocationRequest};

pub use self::shown::note;

use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description, Parameter};
use crate::http::request;
use crate::http::response::problem::NotStored;
use crate::http::response::{Problem, Reply};

pub const REVOKE: Description = Description {
    operation: "revoke",
    asks: &[Body {
        media_type: "application/json",
        schema: openapi::of::<RevocationRequest>,
        example: r#"{"jti": "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "reason": "the laptop was stolen"}"#,
    }],
    problems: &[404, 507],
    ..Description::new(
        "Takes a token, the tokens of a user, a key or an issuer, or a room back, before its time.",
        &[
            Answer::json::<api::Revoked>(200, "It was there, and is as it was asked for now.")
                .with_headers(&[TAG]),
            Answer::json::<api::Revoked>(201, "It counts from now on.")
                .with_headers(&[TAG, ("Location", "Where it is.")]),
        ],
    )
};

pub const LIST: Description = Description {
    operation: "list_revocations",
    parameters: &[
        Parameter::query("after", "The next of the page before.", ID)
            .like(ID_FORM)
            .optional(),
        Parameter::query(
            "limit",
            "How many at most: 100 where nothing is said.",
            "100",
        )
        .up_to(MOST)
        .optional(),
    ],
    problems: &[404],
    ..Description::new(
        "A page of revocations, in the order of their names.",
        &[Answer::json::<api::RevocationList>(200, "The page.")],
    )
};

pub const FIND: Description = Description {
    operation: "find_revocation",
    parameters: &[
        Parameter::path("id", "Its name.", ID).like(ID_FORM),
        Parameter::header("If-None-Match", "The tag that whoever asks has.", "\"1\""),
    ],
    problems: &[404],
    ..Description::new(
        "One revocation.",
        &[
            Answer::json::<api::Revocation>(200, "The revocation.").with_headers(&[TAG]),
            Answer::nothing(304, "It is as whoever asks has it."),
        ],
    )
};

pub const WITHDRAW: Description = Description {
    operation: "withdraw_revocation",
    parameters: &[
        Parameter::path("id", "Its name.", ID).like(ID_FORM),
        Parameter::header(
            "If-Match",
            "The tag that it must have; whatever it has where this is left out.",
            "\"1\"",
        ),
    ],
    problems: &[404, 412],
    ..Description::new(
        "Takes a revocation back: what it denied is good again.",
        &[Answer::nothing(204, "It counts no longer.")],
    )
};

const TAG: (&str, &str) = ("ETag", "Another one after each change.");
const ID: &str = "0123456789abcdef0123456789abcdef";
const ID_FORM: &str = "^[0-9a-f]{32}$";

/// Which page is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedPage {
    after: Option<String>,
    limit: Option<usize>,
}

pub async fn revoke(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let store = exchange.store()?;
    let asked: RevocationRequest = request::json_alone(request, exchange.service.limits).await?;
    let _share = exchange.share()?;
    let verifier = &exchange.service.verifier;
    let Asked { revocation, notes } = asked.meant(verifier, verifier.time())?;
    let Recorded { row, is_new } = store.revoke(revocation).await?;
    note(&exchange, &row, ChangeKind::Revoked);
    let body = api::Revoked {
        revocation: shown::revocation(&row),
        notes,
    };
    let reply = if is_new {
        Reply::created(&format!("/v1/revocations/{}", row.id), body)
    } else {
        Reply::ok(body)
    };
    Ok(reply.tagged(&tags::of(&row)))
}

pub async fn list(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let store = exchange.store()?;
    let (after, size) = page(request.uri().query().unwrap_or_default())?;
    let _share = exchange.share()?;
    Ok(Reply::ok(listed(store, after, size).await?))
}

/// So many of them, behind this one.
pub async fn listed(
    store: &Store,
    after: Option<RevocationId>,
    size: usize,
) -> Result<api::RevocationList, StoreError> {
    // One more than is told shows whether there is another page.
    let page = Page {
        after,
        size: size.saturating_add(1),
    };
    let mut rows = store.list(page).await?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| has_more);
    Ok(api::RevocationList {
        next: next.map(|row| row.id.to_string()),
        revocations: rows.iter().map(shown::revocation).collect(),
    })
}

pub async fn find(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let store = exchange.store()?;
    let _share = exchange.share()?;
    let row = find_row(store, &request).await?;
    let tag = tags::of(&row);
    if tags::are_there(request.headers(), &IF_NONE_MATCH, &tag) {
        return Ok(Reply::not_modified(&tag));
    }
    Ok(Reply::ok(shown::revocation(&row)).tagged(&tag))
}

pub async fn withdraw(
    exchange: Exchange<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let store = exchange.store()?;
    let _share = exchange.share()?;
    let row = find_row(store, &request).await?;
    let is_conditional = request.headers().contains_key(IF_MATCH);
    if is_conditional && !tags::match_strongly(request.headers(), &tags::of(&row)) {
        return Err(Problem::Store(NotStored::Changed));
    }
    // Somebody else may be faster.
    let version = is_conditional.then_some(row.version);
    let withdrawn = store.withdraw(row.id, version).await?;
    let withdrawn = withdrawn.ok_or_else(|| no_revocation(&request))?;
    note(&exchange, &withdrawn, ChangeKind::Unrevoked);
    Ok(Reply::done())
}

async fn find_row(store: &Store, request: &Request<Incoming>) -> Result<Row, Problem> {
    let id: Option<RevocationId> = named(request).parse().ok();
    let found = match id {
        Some(id) => store.find(id).await?,
        None => None,
    };
    found.ok_or_else(|| no_revocation(request))
}

fn no_revocation(request: &Request<Incoming>) -> Problem {
    let id = named(request).to_owned();
    Problem::NoRevocation { id }
}

/// The last part of the path.
fn named(request: &Request<Incoming>) -> &str {
    let parts = request.uri().path().rsplit_once('/');
    parts.map_or("", |(_, name)| name)
}

fn page(query: &str) -> Result<(Option<RevocationId>, usize), Problem> {
    let malformed = |detail: String| Problem::Malformed { detail };
    let asked: AskedPage = serde_urlencoded::from_str(query).map_err(|_| {
        malformed(format!(
            "ask as ?after=ID&limit=N, N up to {MOST}; both may be left out"
        ))
    })?;
    let size = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&size) {
        return Err(malformed(format!(
            "limit: found {size}, expected 1 to {MOST}"
        )));
    }
    let after = asked.after.map(|id| id.parse()).transpose();
    let after = after.map_err(|error| malformed(format!("after: {error}, as next has it")))?;
    Ok((after, size))
}

const USUAL: usize = 100;
const MOST: usize = MOST_LISTED - 1;
