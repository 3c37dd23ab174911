//! Files of hosts that lie ready, and that Prosody's configuration does not include.

use super::facts::Facts;
use super::facts::included::LeftOut;
use super::finding::Finding;
use super::remedy::RESTART;

/// Files that were meant to be included: their host is one of the daemon's, or none other admits by token.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let found = facts.left_out.iter().filter(|file| is_missed(facts, file));
    found.map(not_included).collect()
}

/// Whether a host is missing since its file is.
#[must_use]
pub fn explain(facts: &Facts, host: &str) -> bool {
    let mut missed = facts.left_out.iter().filter(|file| is_missed(facts, file));
    missed.any(|file| file.hosts.iter().any(|name| name == host))
}

/// Whether a file is missing from the included ones.
#[must_use]
pub fn is_any_missed(facts: &Facts) -> bool {
    facts.left_out.iter().any(|file| is_missed(facts, file))
}

fn is_missed(facts: &Facts, file: &LeftOut) -> bool {
    let Ok(config) = &facts.prosody_config else {
        return false;
    };
    let daemon = facts.daemon_config.as_ref().ok();
    let is_known = |host: &String| {
        let has_policy = daemon.is_some_and(|daemon| daemon.hosts.contains_key(host));
        has_policy || facts.own_hosts.contains_key(host)
    };
    let hosts = file.hosts.iter();
    let mut absent = hosts.filter(|host| !config.hosts.contains_key(*host));
    let has_none = config.token_hosts().next().is_none();
    absent.any(|host| is_known(host) || (has_none && file.has_tokens))
}

fn not_included(file: &LeftOut) -> Finding {
    let LeftOut {
        path,
        folder,
        hosts,
        ..
    } = file;
    let (path, folder) = (path.display(), folder.display());
    Finding::error(
        "host-not-included",
        format!(
            "VirtualHost {:?} stands in {path}, which Prosody's configuration does not include: nothing in {folder} leads there",
            hosts.first().map_or("", String::as_str)
        ),
        "Prosody does not know the host, so nobody can log in there",
        format!("ln -s {path} {folder}/ && {RESTART}"),
    )
}
