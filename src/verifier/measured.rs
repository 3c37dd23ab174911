//! What the verifier has and does, in numbers, for those who watch it.

use crate::keys::fetching::counts::Fetches;
use crate::worker::Waiting;

use super::Verifier;

impl Verifier {
    /// The names of the hosts that have a policy.
    #[must_use]
    pub fn host_names(&self) -> Vec<String> {
        let policies = self.policies.load();
        policies.hosts().map(|(name, _)| name.to_owned()).collect()
    }

    /// The names of the issuers of each host that has several.
    #[must_use]
    pub fn issuer_names(&self) -> Vec<(String, Vec<String>)> {
        let policies = self.policies.load();
        let several = policies
            .hosts()
            .filter(|(_, host)| host.policy.issuers.only().is_none());
        let names = several.map(|(name, host)| {
            let issuers = host.policy.issuers.iter();
            (
                name.to_owned(),
                issuers.map(|issuer| issuer.name.clone()).collect(),
            )
        });
        names.collect()
    }

    /// How often a signature was remembered, and how often it was not.
    #[must_use]
    pub fn signature_lookups(&self) -> (u64, u64) {
        (self.lookups.hits(), self.lookups.misses())
    }

    /// How many patterns wait to be matched.
    #[must_use]
    pub fn waiting_patterns(&self) -> Waiting {
        self.patterns.waiting()
    }

    /// How fetches of keys went; none where nothing is fetched.
    #[must_use]
    pub fn key_fetches(&self) -> Vec<Fetches> {
        self.keys.fetches()
    }
}
