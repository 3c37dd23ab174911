//! What an explanation of a room knows beside the policy of its host.

use crate::config::host::Host;
use crate::token::explain::Surroundings;

use super::policies::Policies;

/// What is known beside the policy of a host, with at most this number of other hosts.
pub fn of(policies: &Policies, name: &str, host: &Host, most_hosts: usize) -> Surroundings {
    let others = policies.hosts().filter(|(other, _)| *other != name);
    Surroundings {
        app_id: host.app_id.clone(),
        hosts: others
            .map(|(name, _)| name.to_owned())
            .take(most_hosts)
            .collect(),
    }
}
