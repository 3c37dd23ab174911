//! Tokens for trying things, which a host's own secret signs.

use std::sync::Arc;

use serde_json::Map;
use thiserror::Error;

use crate::mint::error::NotMinted;
use crate::mint::of_host::{self, Given};
use crate::mint::recipe::{Destination, Recipe};
use crate::mint::tried::Tried;
use crate::mint::wanted::Wanted;
use crate::peer::Peer;
use crate::token::decision::Presented;
use crate::token::room::RoomState;

use super::overrides::Overrides;
use super::question::{RoomName, RoomQuestion, TokenQuestion};
use super::undecided::Undecided;
use super::verdict::Examination;
use super::{Verifier, token_id};

/// A token that was just made. There is no `Debug`: it opens rooms.
pub struct Minted {
    /// The host that it is for.
    pub host: String,
    /// The token itself.
    pub token: String,
    /// How it is named in logs.
    pub token_id: String,
    /// What there is to say of it.
    pub remarks: Vec<String>,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum NotMade {
    /// There is no such host.
    #[error(transparent)]
    Host(#[from] Undecided),
    /// The host has no such token.
    #[error(transparent)]
    NotMinted(#[from] NotMinted),
}

impl Verifier {
    /// Makes a token of a host, and tries it. Where one host is configured, it need not be named.
    ///
    /// # Errors
    /// [`NotMade`].
    pub async fn mint(
        &self,
        host: Option<&str>,
        wanted: &Wanted,
        asker: Peer,
    ) -> Result<Minted, NotMade> {
        let policies = self.policies.load_full();
        let (name, host) = policies.host(host)?;
        let given = Given {
            key: None,
            changes: Map::new(),
            now: self.time(),
        };
        let recipe = of_host::recipe(wanted, name.to_owned(), Arc::clone(host), given)?;
        let token = recipe.signed().map_err(NotMinted::from)?;
        let denied = self.denied(&recipe, &token, asker).await;
        Ok(Minted {
            host: name.to_owned(),
            token_id: token_id::digest_id(&token),
            token,
            remarks: recipe.remarks.into_iter().chain(denied).collect(),
        })
    }

    /// What the token's own host says of it.
    async fn denied(&self, recipe: &Recipe, token: &str, asker: Peer) -> Option<String> {
        let destination = recipe.destination.as_ref()?;
        let tried = Tried::of(destination, &recipe.claims)?;
        let question = question(token, &tried, asker);
        match self.explain(Some(&destination.name), &question, None).await {
            Ok(examination) => denial(destination, &tried, &examination),
            // The token is made; that nobody could tell what it is good for is no failure.
            Err(undecided) => Some(destination.unknown(undecided)),
        }
    }

    /// The hosts, each with the names of its issuers.
    #[must_use]
    pub fn issuers_of_hosts(&self) -> Vec<(String, Vec<String>)> {
        let policies = self.policies.load();
        let hosts = policies.hosts().map(|(name, host)| {
            let issuers = host.policy.issuers.iter();
            let issuers = issuers.map(|issuer| issuer.name.clone());
            (name.to_owned(), issuers.collect())
        });
        hosts.collect()
    }
}

/// Why a token is denied that was just made, where it is.
#[must_use]
pub fn denial(
    destination: &Destination,
    tried: &Tried,
    examination: &Examination,
) -> Option<String> {
    let denial = examination.verdict.why_denied()?;
    if tried.is_another(denial.code()) {
        return None;
    }
    let checks = examination.checks.iter();
    let mut failed = checks.filter_map(|check| check.outcome.as_ref().err());
    let first = failed.next().filter(|failed| failed.code == denial.code());
    let why = first.map(|failed| failed.explanation.to_string());
    let why = why.unwrap_or_else(|| denial.explanation.clone());
    Some(destination.denies(examination.verdict.issuer.as_deref(), &why))
}

fn question<'a>(token: &'a str, tried: &'a Tried, asker: Peer) -> TokenQuestion<'a> {
    TokenQuestion {
        opens_session: false,
        asker,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: Some(RoomQuestion {
            room: RoomName::JidOrName(&tried.room),
            state: RoomState::default(),
            query_prefix: tried.tenant.as_deref(),
        }),
        overrides: Overrides::default(),
    }
}
