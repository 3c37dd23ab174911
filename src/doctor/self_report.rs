//! Problems that the running daemon reports about itself, apart from its configuration.

use crate::api::words::health::{self as words, Trouble};

use super::facts::{Answer, Endpoint, Facts, Running};
use super::finding::Finding;
use super::store;

/// Findings from the running daemon's answers. `with_hosts` includes the hosts that have no keys.
pub fn examine(facts: &Facts, with_hosts: bool) -> Vec<Finding> {
    let daemons = facts
        .endpoints
        .iter()
        .filter_map(|endpoint| match &endpoint.answer {
            Answer::Daemon(running) => Some((endpoint, running)),
            Answer::Nothing(_) | Answer::Stranger(_) => None,
        });
    daemons
        .flat_map(|(endpoint, running)| findings_for(endpoint, running, with_hosts))
        .collect()
}

fn findings_for(endpoint: &Endpoint, running: &Running, with_hosts: bool) -> Vec<Finding> {
    let closed = running
        .cannot_admit
        .iter()
        .filter(|_| with_hosts)
        .map(|host| closed(host));
    let unwatched = running.not_watched.as_deref().map(unwatched);
    let lost = running.log_lines_lost;
    let lost = (lost > 0).then(|| lines_lost(endpoint, lost));
    let store = store::examine(&running.store);
    let report = closed.chain(unwatched).chain(lost);
    store.into_iter().chain(report).collect()
}

fn closed(host: &str) -> Finding {
    let Trouble { what, why } = words::host_without_keys(host);
    let remedy = "prosody-tokend keys; journalctl -u prosody-tokend -n 20";
    Finding::error("host-without-keys", what, why, remedy.to_owned())
}

fn unwatched(reason: &str) -> Finding {
    let Trouble { what, why } = words::not_watched(reason);
    let remedy = "systemctl reload prosody-tokend; journalctl -u prosody-tokend -n 20";
    Finding::warning("not-watched", what, why, remedy.to_owned())
}

fn lines_lost(endpoint: &Endpoint, lost: u64) -> Finding {
    Finding::warning(
        "log-lines-lost",
        format!("the daemon at {} has lost {lost} lines of its log since it started", endpoint.url),
        words::LINES_LOST,
        "df -h /var/log /run/log; journalctl -u prosody-tokend --grep 'lines of the log were lost' -n 3".to_owned(),
    )
}
