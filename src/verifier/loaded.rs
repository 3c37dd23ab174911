//! What keys are loaded, for people and for those who ask whether the daemon is ready.

use crate::config::host::Host;
use crate::keys::state::{KeyState, SourceKind, SourceState};
use crate::options::{self, Role};
use crate::token::algorithm::Algorithm;
use crate::token::issuer::Keys;
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
    pub sources: Vec<SourceState>,
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
    pub fn key_sources(&self) -> Vec<(String, Vec<SourceState>)> {
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
            let is_closed = sources.iter().all(SourceState::is_of_no_use);
            for source in &sources {
                readiness.note(&host, source, is_closed);
            }
            if is_closed {
                readiness.closed.push(host);
            }
        }
        readiness
    }

    pub(super) fn sources(&self, host: &Host) -> Vec<SourceState> {
        match &host.issuer().keys {
            Keys::ById(source) => host
                .source(*source)
                .map_or_else(Vec::new, |sources| self.keys.state(sources)),
            Keys::Fixed(keys) => vec![fixed(host, keys)],
        }
    }
}

impl Readiness {
    /// What there is to say of one source of a host's keys. What a server said counts where the host has no other keys.
    fn note(&mut self, host: &str, source: &SourceState, is_closed: bool) {
        let place = format!("{host}: {} {}", source.kind.option(), source.source);
        let error = source.error.as_deref();
        if source.missing || (is_closed && error.is_some()) {
            let error = error.unwrap_or("not fetched yet");
            self.missing.push(format!("{place}: no keys: {error}"));
        }
        if let Some(stale) = source.stale {
            let seconds = stale.as_secs();
            let error = error.unwrap_or("not fetched yet");
            self.stale.push(format!(
                "{place}: keys are {seconds} s past their lifetime: {error}"
            ));
        }
    }
}

fn fixed(host: &Host, keys: &[Key]) -> SourceState {
    let kinds = [
        (Role::PublicKey, SourceKind::File),
        (Role::AppSecret, SourceKind::Secret),
    ];
    let options = kinds
        .into_iter()
        .flat_map(|(role, kind)| options::names(role).map(move |option| (option, kind)));
    let set = |(option, kind)| Some((kind, host.origin_of(option)?.to_string()));
    let found = options.into_iter().find_map(set);
    let (kind, origin) = found.unwrap_or((SourceKind::Secret, String::new()));
    SourceState {
        keys: keys.iter().map(|key| KeyState::new(None, key)).collect(),
        ..SourceState::new(kind, &origin)
    }
}
