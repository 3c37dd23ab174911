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
mod self_report;
pub mod services;
mod shim;
mod spelling;
mod store;

use self::facts::Facts;
use self::finding::{Finding, Severity};

/// Everything that is wrong, the most severe first, and among those what causes others before what it causes. Logins that
/// were denied for their time stand before all else, for no file tells of that. Others, and a login of our own that
/// failed, say most where nothing else tells why.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut causes = match &facts.docker {
        Some(docker) => docker::examine(facts, docker),
        None => of_machine(facts),
    };
    let (by_clock, denied) = recent::examine(facts);
    let effects: Vec<Finding> = login::examine(facts).into_iter().chain(denied).collect();
    if effects.iter().any(Finding::is_error) && !causes.iter().any(Finding::is_error) {
        causes.iter_mut().for_each(take_seriously);
    }
    let is_explained = causes
        .iter()
        .any(|cause| cause.is_error() || is_suspect(cause));
    // A denied login is only an effect. It goes first only where nothing on the machine explains it.
    let parts = if is_explained {
        [by_clock, causes, effects]
    } else {
        [by_clock, effects, causes]
    };
    let mut findings: Vec<Finding> = parts.into_iter().flatten().collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What may be harmless is not where users are refused, and nothing else says why.
fn take_seriously(finding: &mut Finding) {
    if is_suspect(finding) {
        finding.severity = Severity::Error;
    }
}

fn is_suspect(finding: &Finding) -> bool {
    finding.severity == Severity::Warning && SUSPECTS.contains(&finding.code)
}

/// Findings that alone can keep everybody out, or nobody.
const SUSPECTS: [&str; 3] = [
    services::NOT_RESTARTED,
    services::NOT_READ,
    policies::DIFFERS,
];

/// What stands in files of this machine, and what its daemon and key servers answer, where they are not in containers.
fn of_machine(facts: &Facts) -> Vec<Finding> {
    let key_servers = key_servers::examine(&facts.key_servers);
    // The order is one of causes: a configuration that is refused or misspelt explains what later parts find.
    let slips = names::examine(facts);
    // A host has no keys because its server gives none, which is a finding already.
    let own = self_report::examine(facts, key_servers.is_empty());
    let parts = [
        slips.iter().map(|slip| slip.finding.clone()).collect(),
        configuration::examine(facts, &slips),
        services::outdated(&facts.services),
        services::unread(&facts.services),
        configuration::warnings(facts),
        shim::examine(facts),
        included::examine(facts),
        hosts::examine(facts, &slips),
        policies::examine(facts),
        permissions::examine(facts),
        services::down(&facts.services),
        daemon::examine(facts, &slips, !key_servers.is_empty()),
        key_servers,
        clock::examine(facts).into_iter().collect(),
        own,
    ];
    parts.into_iter().flatten().collect()
}
