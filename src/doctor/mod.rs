//! What stands between a user and a join on this machine: facts in, findings out.
//!
//! Whoever calls gathers the [`facts`]; nothing here opens a file, asks a daemon or reads a clock.

mod configuration;
mod daemon;
pub mod docker;
pub mod facts;
pub mod finding;
mod hosts;
pub mod included;
mod key_servers;
mod names;
mod permissions;
pub mod plugins;
pub mod policies;
mod ports;
mod remedy;
mod rooms;
pub mod services;
mod shim;
mod spelling;

use self::facts::Facts;
use self::finding::Finding;

/// Everything that is wrong, the most severe first, and among those what causes others before what it causes.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = match &facts.docker {
        Some(docker) => docker::examine(facts, docker),
        None => of_machine(facts),
    };
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What is wrong with services of this machine, and not of containers.
fn of_machine(facts: &Facts) -> Vec<Finding> {
    let key_servers = key_servers::examine(&facts.key_servers);
    let slips = names::examine(facts);
    let parts = [
        slips.iter().map(|slip| slip.finding.clone()).collect(),
        configuration::examine(facts, &slips),
        services::outdated(&facts.services),
        services::unread(&facts.services),
        configuration::doubts(facts),
        shim::examine(facts),
        included::examine(facts),
        hosts::examine(facts, &slips),
        policies::examine(facts),
        permissions::examine(facts),
        services::down(&facts.services),
        daemon::examine(facts, &slips, !key_servers.is_empty()),
        key_servers,
    ];
    parts.into_iter().flatten().collect()
}
