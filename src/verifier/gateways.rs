//! Decides on requests that proxies describe.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;

use super::Verifier;
use super::undecided::Undecided;
use crate::config::gateways::Gateway;
use crate::gateway::credentials::Credentials;
use crate::gateway::decision::{Moment, Opened, Rules};
use crate::gateway::described::{Asked, Described};
use crate::gateway::identity::Identity;
use crate::gateway::refusal::Refusal;
use crate::gateway::settings::Settings;
use crate::token::decision::Found;
use crate::token::log_name::LogName;
use crate::token::shown;

/// What was decided on a request.
pub struct Answered {
    /// Who asks, or why the request does not go through.
    pub decision: Result<Identity, Refusal>,
    /// Why the token of somebody who goes through as anonymous does not count; nothing where there was none.
    pub overlooked: Option<Refusal>,
    /// What a token that does not count is called in logs, where there was one.
    pub token_name: Option<LogName>,
    gateway: Arc<Gateway>,
}

impl Answered {
    /// What the gateway asks for.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.gateway.settings
    }
}

/// Why a proxy gets no decision.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoAnswer {
    /// There is no such gateway.
    #[error("there is no gateway {}; there is {known}", shown::quoted(asked))]
    NotConfigured {
        /// The one that was asked for.
        asked: String,
        /// Those that there are.
        known: String,
    },
    /// What was taken back has to be known, and is not.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// Where a proxy asks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Over a Unix socket, which says who may by its mode.
    UnixSocket,
    /// From this address.
    Address(IpAddr),
}

impl Verifier {
    /// The same, with the credentials of the store as others put them in force there.
    #[must_use]
    pub fn knowing_credentials(self, stored: Arc<ArcSwap<Credentials>>) -> Self {
        Self { stored, ..self }
    }

    /// The names of all gateways.
    #[must_use]
    pub fn gateway_names(&self) -> Vec<String> {
        let policies = self.policies.load();
        policies.gateway_names().cloned().collect()
    }

    /// Decides on a request for a gateway, which comes from a proxy.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn forward_auth(
        &self,
        name: &str,
        origin: Origin,
        asked: Asked<'_>,
    ) -> Result<Answered, NoAnswer> {
        let policies = self.policies.load_full();
        let (gateway, seen) = policies
            .gateway(name)
            .ok_or_else(|| NoAnswer::NotConfigured {
                asked: name.to_owned(),
                known: shown::listed(policies.gateway_names()),
            })?;
        let revoked = self.in_force.known();
        revoked.check()?;
        let stored = self.stored.load();
        let sets = sets(gateway, &stored);
        let is_trusted = trusts(gateway, origin);
        let asked = Asked {
            is_trusted,
            ..asked
        };
        let described = match Described::of(&asked, &gateway.settings) {
            Ok(described) => described,
            Err(refusal) => return Ok(refused(gateway, refusal)),
        };
        let opened = Opened::new(rules(gateway, &sets), &described);
        let found = self.find_published(gateway, &opened).await;
        let at = Moment {
            now: (self.now)(),
            recall: policies.recall(name),
            seen,
            revocations: revoked.set().map(|set| set.of_host(name, policies.user())),
        };
        let (decision, overlooked) = opened.decide(&found, &at);
        // Whoever goes through is in no log.
        let is_told = decision.is_err() || overlooked.is_some();
        let token_name = opened.token().filter(|_| is_told).map(LogName::of);
        Ok(Answered {
            decision,
            overlooked,
            token_name,
            gateway: Arc::clone(gateway),
        })
    }

    pub(super) async fn find_published(&self, gateway: &Gateway, opened: &Opened<'_>) -> Found {
        let sources = gateway.sources.as_ref()?;
        let kid = opened.wanted_kid()?;
        self.keys.find(sources, &kid).await
    }
}

/// Those of Kong's file come first: who writes a file means it.
pub(super) fn sets<'a>(gateway: &'a Gateway, stored: &'a Credentials) -> Vec<&'a Credentials> {
    gateway
        .declared
        .as_deref()
        .into_iter()
        .chain([stored])
        .collect()
}

pub(super) fn rules<'a>(gateway: &'a Gateway, sets: &'a [&'a Credentials]) -> Rules<'a> {
    Rules {
        settings: &gateway.settings,
        credentials: sets,
        has_published_keys: gateway.sources.is_some(),
    }
}

fn refused(gateway: &Arc<Gateway>, refusal: Refusal) -> Answered {
    Answered {
        decision: Err(refusal),
        overlooked: None,
        token_name: None,
        gateway: Arc::clone(gateway),
    }
}

fn trusts(gateway: &Gateway, origin: Origin) -> bool {
    match origin {
        Origin::UnixSocket => true,
        Origin::Address(address) => gateway.trusted_proxies.contains(address),
    }
}
