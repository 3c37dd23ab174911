//! Problems that the running daemon reports about itself, apart from its configuration.

use super::facts::{Answer, Endpoint, Facts, Running};
use super::finding::Finding;

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
    closed.chain(unwatched).chain(lost).collect()
}

fn closed(host: &str) -> Finding {
    Finding::error(
        "host-without-keys",
        format!(
            "the daemon has not one key for {host}: no source of its keys has answered with any"
        ),
        "no token can be verified there, so nobody gets in who comes with one",
        "prosody-tokend keys; journalctl -u prosody-tokend -n 20".to_owned(),
    )
}

fn unwatched(reason: &str) -> Finding {
    Finding::warning(
        "not-watched",
        format!("the daemon does not notice changes of its configuration at once: {reason}"),
        "what you change takes effect later than you expect; it looks again every second",
        "systemctl reload prosody-tokend; journalctl -u prosody-tokend -n 20".to_owned(),
    )
}

fn lines_lost(endpoint: &Endpoint, lost: u64) -> Finding {
    Finding::warning(
        "log-lines-lost",
        format!("the daemon at {} has lost {lost} lines of its log since it started", endpoint.url),
        "they could not be written, or nobody read them; what you look for may be missing from the log",
        "df -h /var/log /run/log; journalctl -u prosody-tokend --grep 'lines of the log were lost' -n 3".to_owned(),
    )
}
