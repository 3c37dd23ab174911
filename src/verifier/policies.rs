//! The policies in force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::config::gateways::Gateway;
use crate::config::host::Host;
use crate::gateway::seen::Seen;
use crate::keys::cache::KeyCache;
use crate::token::pointer::Pointer;
use crate::token::preparation;
use crate::token::recall::{Lookups, Recall, VerifiedSignatures};
use crate::token::shown;

use super::undecided::Undecided;

/// Each host's policy, the addresses that keys may be fetched from, and what was verified under these policies.
#[derive(Default)]
pub struct Policies {
    hosts: BTreeMap<String, Arc<Host>>,
    allowed_key_urls: BTreeSet<String>,
    signatures: VerifiedSignatures,
    /// Where tokens say whose they are.
    user: Option<Pointer>,
    /// What proxies ask for, by name, and what was verified for each.
    gateways: BTreeMap<String, (Arc<Gateway>, Seen)>,
}

impl Policies {
    /// Takes the hosts by name, and addresses of key servers that questions may ask for beside those that hosts use.
    #[must_use]
    pub fn new(hosts: BTreeMap<String, Arc<Host>>, allowed_key_urls: &[String]) -> Self {
        let mut allowed: BTreeSet<String> = allowed_key_urls.iter().map(|url| plain(url)).collect();
        for sources in hosts.values().flat_map(|host| &host.sources) {
            let urls = [&sources.keys_url, &sources.key_server];
            allowed.extend(urls.into_iter().flatten().map(|url| plain(url)));
        }
        Self {
            hosts,
            allowed_key_urls: allowed,
            signatures: VerifiedSignatures::default(),
            user: None,
            gateways: BTreeMap::new(),
        }
    }

    /// Knows users by what this points to, where it is not their `context.user.id`.
    #[must_use]
    pub fn knowing_users_by(self, user: Pointer) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// The same, with what proxies ask for, by name. Tokens that were verified are remembered in at most this number of bytes.
    #[must_use]
    pub fn guarding(self, gateways: BTreeMap<String, Arc<Gateway>>, token_bytes: usize) -> Self {
        let each = token_bytes.checked_div(gateways.len()).unwrap_or_default();
        let gateways = gateways.into_iter();
        let gateways = gateways.map(|(name, gateway)| (name, (gateway, Seen::new(each))));
        Self {
            gateways: gateways.collect(),
            ..self
        }
    }

    /// What proxies ask for under this name.
    #[must_use]
    pub fn gateway(&self, name: &str) -> Option<(&Arc<Gateway>, &Seen)> {
        self.gateways
            .get(name)
            .map(|(gateway, seen)| (gateway, seen))
    }

    /// The names of all gateways.
    pub fn gateway_names(&self) -> impl ExactSizeIterator<Item = &String> {
        self.gateways.keys()
    }

    /// Remembers verified signatures, in at most this number of bytes.
    #[must_use]
    pub fn remembering(self, signature_bytes: usize) -> Self {
        Self {
            signatures: VerifiedSignatures::new(signature_bytes),
            ..self
        }
    }

    /// The same, with lookups of signatures counted there.
    pub(super) fn counting(self, lookups: &Arc<Lookups>) -> Self {
        Self {
            signatures: self.signatures.counting(lookups),
            ..self
        }
    }

    /// Where tokens say whose they are.
    #[must_use]
    pub fn user(&self) -> &Pointer {
        static USUAL: LazyLock<Pointer> = LazyLock::new(Pointer::to_user_id);
        self.user.as_ref().unwrap_or(&USUAL)
    }

    /// What is remembered for a host.
    #[must_use]
    pub const fn recall<'a>(&'a self, host: &'a str) -> Recall<'a> {
        self.signatures.of(host)
    }

    /// The host's policy. Where there is one host, it need not be named.
    ///
    /// # Errors
    /// [`Undecided::HostNotConfigured`], [`Undecided::HostAmbiguous`].
    pub fn host(&self, host: Option<&str>) -> Result<(&str, &Arc<Host>), Undecided> {
        let known = || shown::listed(self.hosts.keys());
        let found = match host {
            Some(host) => {
                let by_name = |name: &str| self.hosts.get_key_value(name);
                by_name(host).or_else(|| by_name(&preparation::host(host)))
            }
            None if self.hosts.len() > 1 => {
                return Err(Undecided::HostAmbiguous { known: known() });
            }
            None => self.hosts.first_key_value(),
        };
        found
            .map(|(name, host)| (name.as_str(), host))
            .ok_or_else(|| Undecided::HostNotConfigured {
                asked: host.unwrap_or_default().to_owned(),
                known: known(),
            })
    }

    /// All hosts by name.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, &Arc<Host>)> {
        self.hosts.iter().map(|(name, host)| (name.as_str(), host))
    }

    /// Has keys fetched from where the hosts say, and kept past their lifetime for at most `max_stale`.
    pub fn configure(&self, keys: &KeyCache, max_stale: Duration) {
        let of_gateways = self.gateways.values();
        let of_gateways = of_gateways.filter_map(|(gateway, _)| gateway.sources.as_ref());
        let of_hosts = self.hosts.values().flat_map(|host| &host.sources);
        let sources = of_hosts.chain(of_gateways);
        keys.configure(&sources, |url| self.allows_key_url(url), max_stale);
    }

    /// Whether the configuration names this address for keys.
    #[must_use]
    pub fn allows_key_url(&self, url: &str) -> bool {
        self.allowed_key_urls.contains(&plain(url))
    }
}

impl From<BTreeMap<String, Arc<Host>>> for Policies {
    fn from(hosts: BTreeMap<String, Arc<Host>>) -> Self {
        Self::new(hosts, &[])
    }
}

fn plain(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
