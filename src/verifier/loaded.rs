//! What keys are loaded, for people and for those who ask whether the daemon is ready.

use crate::config::host::Host;
use crate::keys::state::{IssuerSource, KeyState, SourceKind, SourceState};
use crate::options::{self, Role};
use crate::token::algorithm::Algorithm;
use crate::token::issuer::{self, Issuer, Keys};
use crate::token::key::Key;

use super::{Verifier, policy_digest};

/// The keys of one host.
#[derive(Debug)]
pub struct HostKeys {
    /// Its name.
    pub host: String,
    /// The digest of its policy, without any secret: equal ones were read from equal options.
    pub policy: String,
    /// The only accepted algorithm, if it is one that is supported.
    pub algorithm: Option<&'static str>,
    /// The places that keys come from, in the order in which they are asked.
    pub sources: Vec<IssuerSource>,
}

/// Whether tokens can be decided on.
#[derive(Debug, Default)]
pub struct Readiness {
    /// Hosts and sources whose keys are missing. With any, the daemon is not ready.
    pub missing: Vec<String>,
    /// Hosts and sources whose keys are in use past their lifetime.
    pub stale: Vec<String>,
    /// Hosts that have no key at all, since none of their sources has answered with one: they can admit nobody.
    pub closed: Vec<String>,
}

impl Verifier {
    /// The places that each host's keys come from.
    #[must_use]
    pub fn key_sources(&self) -> Vec<(String, Vec<IssuerSource>)> {
        let policies = self.policies.load();
        let hosts = policies.hosts();
        let sources = hosts.map(|(name, host)| (name.to_owned(), self.sources(host)));
        sources.collect()
    }

    /// What keys are loaded, host by host.
    #[must_use]
    pub fn loaded_keys(&self) -> Vec<HostKeys> {
        let policies = self.policies.load();
        let hosts = policies.hosts().map(|(name, host)| HostKeys {
            host: name.to_owned(),
            policy: policy_digest::of(host),
            algorithm: host.issuer().algorithm().map(Algorithm::name),
            sources: self.sources(host),
        });
        hosts.collect()
    }

    /// Whether all configured keys are there.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let mut readiness = Readiness::default();
        for (host, sources) in self.key_sources() {
            let of_issuers = sources.chunk_by(|one, other| one.issuer == other.issuer);
            for sources in of_issuers {
                readiness.note_issuer(&host, sources);
            }
            if sources.iter().all(|source| source.state.is_of_no_use()) {
                readiness.closed.push(host);
            }
        }
        readiness
    }

    /// The places that the keys of all issuers of a host come from, those of each issuer together.
    pub(super) fn sources(&self, host: &Host) -> Vec<IssuerSource> {
        let issuers = host.policy.issuers.iter();
        let sources = issuers.flat_map(|issuer| {
            let states = self.sources_of(host, issuer).into_iter();
            states.map(|state| IssuerSource {
                issuer: issuer.name.clone(),
                state,
            })
        });
        sources.collect()
    }

    fn sources_of(&self, host: &Host, issuer: &Issuer) -> Vec<SourceState> {
        match &issuer.keys {
            Keys::ById(source) => host
                .source(*source)
                .map_or_else(Vec::new, |sources| self.keys.state(sources)),
            Keys::Fixed(keys) => vec![fixed(host, issuer, keys)],
        }
    }
}

impl Readiness {
    /// What there is to say of the sources of one issuer. What a server said counts where the issuer has no other keys.
    fn note_issuer(&mut self, host: &str, sources: &[IssuerSource]) {
        let is_closed = sources.iter().all(|source| source.state.is_of_no_use());
        for source in sources {
            self.note(host, source, is_closed);
        }
    }

    fn note(&mut self, host: &str, source: &IssuerSource, is_closed: bool) {
        let IssuerSource { issuer, state } = source;
        let of = if issuer == issuer::DEFAULT {
            host.to_owned()
        } else {
            format!("{host}, issuer {issuer}")
        };
        let place = format!("{of}: {} {}", state.kind.option(), state.source);
        let error = state.error.as_deref();
        if state.missing || (is_closed && error.is_some()) {
            let error = error.unwrap_or("not fetched yet");
            self.missing.push(format!("{place}: no keys: {error}"));
        }
        if let Some(stale) = state.stale {
            let seconds = stale.as_secs();
            let error = error.unwrap_or("not fetched yet");
            self.stale.push(format!(
                "{place}: keys are {seconds} s past their lifetime: {error}"
            ));
        }
    }
}

fn fixed(host: &Host, issuer: &Issuer, keys: &[Key]) -> SourceState {
    let kinds = [
        (Role::PublicKey, SourceKind::File),
        (Role::AppSecret, SourceKind::Secret),
    ];
    let options = kinds
        .into_iter()
        .flat_map(|(role, kind)| options::names(role).map(move |option| (option, kind)));
    let set = |(option, kind)| Some((kind, host.origin_at(&issuer.name, option)?.to_string()));
    let found = options.into_iter().find_map(set);
    let (kind, origin) = found.unwrap_or((SourceKind::Secret, String::new()));
    SourceState {
        keys: keys.iter().map(|key| KeyState::new(None, key)).collect(),
        ..SourceState::new(kind, &origin)
    }
}
