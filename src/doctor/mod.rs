//! What stands between a user and a join on this machine: facts in, findings out.
//!
//! Whoever calls gathers the [`facts`]; nothing here opens a file, asks a daemon or reads a clock.

pub mod clock;
mod configuration;
mod daemon;
pub mod docker;
pub mod examined;
pub mod facts;
pub mod finding;
mod hosts;
pub mod included;
mod key_servers;
pub mod login;
mod names;
mod permissions;
pub mod plugins;
pub mod policies;
mod ports;
pub mod recent;
mod remedy;
mod rooms;
pub mod services;
mod shim;
mod spelling;
mod told;

use self::facts::Facts;
use self::finding::{Finding, Severity};

/// Everything that is wrong, the most severe first, and among those what causes others before what it causes. What users
/// have met with lately stands before all that may be the cause of it. A login of our own that fails says most where
/// nothing else tells why.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let causes = match &facts.docker {
        Some(docker) => docker::examine(facts, docker),
        None => of_machine(facts),
    };
    let logins = login::examine(facts);
    let is_explained = causes
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let (before, after) = if is_explained {
        (Vec::new(), logins)
    } else {
        (logins, Vec::new())
    };
    let parts = [recent::examine(facts), before, causes, after];
    let mut findings: Vec<Finding> = parts.into_iter().flatten().collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What stands in files of this machine, and what its daemon and key servers answer, where they are not in containers.
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
        clock::examine(facts).into_iter().collect(),
        told::examine(facts),
    ];
    parts.into_iter().flatten().collect()
}
