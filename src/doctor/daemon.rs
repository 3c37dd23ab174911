//! Whether the daemon answers where Prosody asks, and decides by what the files say.

use crate::origin::Origin;

use super::facts::{Answer, DEFAULT_URL, Endpoint, Facts, Running, RunningHost};
use super::finding::Finding;
use super::names::{self, Slip};
use super::ports;
use super::remedy::{RESTART, asking};
use super::services::DAEMON;

/// What is wrong with the daemon that runs. Where its key servers were examined, its own word on them is not repeated.
pub fn examine(facts: &Facts, slips: &[Slip], key_servers_are_told: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for endpoint in &facts.endpoints {
        match (unusable(facts, endpoint), &endpoint.answer) {
            (Some(finding), _) => findings.push(finding),
            (None, Answer::Nothing(reason)) => findings.push(
                ports::port_in_use(facts, endpoint)
                    .unwrap_or_else(|| no_answer(facts, endpoint, reason)),
            ),
            (None, Answer::Stranger(said)) => findings.push(
                ports::port_in_use(facts, endpoint)
                    .unwrap_or_else(|| stranger(facts, endpoint, said)),
            ),
            (None, Answer::Daemon(running)) => {
                findings.extend(ports::stray(facts, endpoint));
                findings.extend(findings_for_running(facts, slips, endpoint, running));
                if !key_servers_are_told {
                    findings.extend(keys(running));
                }
            }
        }
    }
    findings
}

fn place(endpoint: &Endpoint) -> String {
    format!(
        "tokend_url of {} is {} [{}]",
        endpoint.hosts.join(", "),
        endpoint.url,
        endpoint.origin
    )
}

/// Prosody's HTTP client speaks TCP, and the daemon no TLS; something before it may.
fn unusable(facts: &Facts, endpoint: &Endpoint) -> Option<Finding> {
    let rest = endpoint.url.strip_prefix("https://");
    let works = rest.is_some() && matches!(endpoint.answer, Answer::Daemon(_));
    let is_http = endpoint.url.starts_with("http://");
    (!is_http && !works).then(|| {
        let (reason, remedy) = match rest {
            Some(rest) => ("the daemon speaks plain HTTP", format!("http://{rest}")),
            None => (
                "Prosody can ask over HTTP only",
                elsewhere(facts).unwrap_or(DEFAULT_URL).to_owned(),
            ),
        };
        Finding::error(
            "tokend-url-unusable",
            format!("{}, and {reason}", place(endpoint)),
            NOBODY,
            format!("{}; then {RESTART}", asking(facts, endpoint, &remedy)),
        )
    })
}

/// Where the daemon does answer.
fn elsewhere(facts: &Facts) -> Option<&str> {
    let mut listening = facts.listening.iter();
    let found = listening.find(|(_, answer)| matches!(answer, Answer::Daemon(_)));
    found.map(|(url, _)| url.as_str())
}

/// Prosody asks where somebody else answers, or nobody.
fn misled(facts: &Facts, endpoint: &Endpoint, url: &str, found: &str) -> Finding {
    let remedy = if url.starts_with("http") {
        format!("{}; then {RESTART}", asking(facts, endpoint, url))
    } else {
        let address = endpoint.url.trim_start_matches("http://");
        format!(
            "{}, for Prosody cannot ask over a Unix socket; then systemctl restart prosody-tokend",
            ports::listening(facts, "", address)
        )
    };
    let what = format!("{}; {found}, the daemon listens at {url}", place(endpoint));
    Finding::error("tokend-url-wrong", what, NOBODY, remedy)
}

fn no_answer(facts: &Facts, endpoint: &Endpoint, reason: &str) -> Finding {
    if let Some(url) = elsewhere(facts) {
        return misled(facts, endpoint, url, "nobody answers there");
    }
    let unit = facts.services.units.get(DAEMON);
    let (state, start) = match unit {
        Some(unit) if unit.load == "masked" => (
            "; its unit is masked".to_owned(),
            "systemctl unmask prosody-tokend; ",
        ),
        Some(unit) if unit.load == "not-found" => (
            "; systemd has no unit of it".to_owned(),
            "install -m 644 systemd/prosody-tokend.service /etc/systemd/system/ && install -D -m 644 systemd/prosody-tokend.sysusers.conf /usr/lib/sysusers.d/prosody-tokend.conf && systemd-sysusers && systemctl daemon-reload && systemctl enable prosody-tokend; ",
        ),
        Some(unit) => (format!("; its unit is {}", unit.shown()), ""),
        None => (String::new(), ""),
    };
    Finding::error(
        "daemon-down",
        format!(
            "no daemon answers at {}: {reason}{}{state}",
            endpoint.url,
            configured(facts, endpoint)
        ),
        NOBODY,
        format!("{start}systemctl start prosody-tokend; journalctl -u prosody-tokend -n 20"),
    )
}

/// Where the daemon would listen, if not where Prosody asks.
fn configured(facts: &Facts, endpoint: &Endpoint) -> String {
    let urls: Vec<&str> = facts
        .listening
        .iter()
        .map(|(url, _)| url.as_str())
        .collect();
    if urls.is_empty() || urls.contains(&endpoint.url.as_str()) {
        return String::new();
    }
    format!(
        "; {} has it listen at {}",
        facts.daemon_path.display(),
        urls.join(", ")
    )
}

fn stranger(facts: &Facts, endpoint: &Endpoint, said: &str) -> Finding {
    if let Some(url) = elsewhere(facts).filter(|url| *url != endpoint.url) {
        let found = format!("what answers there is something else ({said})");
        return misled(facts, endpoint, url, &found);
    }
    Finding::error(
        "tokend-url-stranger",
        format!(
            "{}, and what answers there does not talk to Prosody as the daemon does: {said}",
            place(endpoint)
        ),
        NOBODY,
        format!("curl -sSi {}/healthz", endpoint.url),
    )
}

fn findings_for_running(
    facts: &Facts,
    slips: &[Slip],
    endpoint: &Endpoint,
    running: &Running,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(hosts) = &running.hosts {
        for host in &endpoint.hosts {
            match hosts.get(host) {
                None if names::explain(slips, host) => {}
                None => findings.push(unknown_host(facts, endpoint, host)),
                Some(known) => {
                    findings.extend(stale(facts, running, host, known));
                    findings.extend(distrusting(facts, host, known));
                }
            }
        }
    } else {
        findings.push(unauthorized(facts, endpoint));
    }
    if findings.is_empty() {
        findings.extend(running.reload_failed.as_deref().map(reload_failed));
    }
    findings.extend(version(facts, endpoint, running));
    if running.hosts.is_some() {
        findings.extend(unlike_configured(facts, endpoint));
    }
    findings
}

/// What the daemon will do once it starts anew: its addresses and its API key are read then alone.
fn unlike_configured(facts: &Facts, endpoint: &Endpoint) -> Option<Finding> {
    if endpoint.has_key == Some(false) {
        return Some(Finding::warning(
            "api-key-unset",
            format!(
                "{} demands an API key, and the tokend_api_key of {} is not it; the daemon that runs does not ask for it yet",
                facts.daemon_path.display(),
                endpoint.hosts.join(", ")
            ),
            "nobody gets in once the daemon starts anew",
            format!(
                "{}; then systemctl restart prosody-tokend prosody",
                sending_key(facts, endpoint)
            ),
        ));
    }
    let is_elsewhere = !facts.listening.is_empty() && elsewhere(facts).is_none();
    (is_elsewhere && endpoint.origin != Origin::Default).then(|| {
        Finding::warning(
            "listen-stale",
            format!(
                "the daemon answers at {}{}, where nobody answers",
                endpoint.url,
                configured(facts, endpoint)
            ),
            "it will be there once it starts anew, and Prosody will not find it",
            format!(
                "{}; then systemctl restart prosody-tokend prosody",
                asking(facts, endpoint, listening_url(facts))
            ),
        )
    })
}

/// The first address at which the daemon is to listen over HTTP.
fn listening_url(facts: &Facts) -> &str {
    let mut urls = facts.listening.iter().map(|(url, _)| url.as_str());
    urls.find(|url| url.starts_with("http"))
        .unwrap_or(DEFAULT_URL)
}

/// The line with the key that the daemon demands, which is not shown.
fn sending_key(facts: &Facts, endpoint: &Endpoint) -> String {
    let config = facts.prosody_config.as_ref().ok();
    let host = endpoint.hosts.first();
    let set = config.and_then(|config| config.get(host?, "tokend_api_key"));
    let place = match set.map(|setting| &setting.origin) {
        Some(Origin::File(path, Some(line))) => format!("at {}:{line}", path.display()),
        Some(_) | None => format!("at the top of {}", facts.prosody_path.display()),
    };
    format!(
        "{place} write: tokend_api_key = \"…\", between the quotes what the daemon's api_key_file holds"
    )
}

fn unauthorized(facts: &Facts, endpoint: &Endpoint) -> Finding {
    Finding::error(
        "api-key",
        format!(
            "the daemon at {} does not accept the tokend_api_key of {}",
            endpoint.url,
            endpoint.hosts.join(", ")
        ),
        NOBODY,
        format!("{}; then {RESTART}", sending_key(facts, endpoint)),
    )
}

fn unknown_host(facts: &Facts, endpoint: &Endpoint, host: &str) -> Finding {
    let is_written = facts
        .daemon_config
        .as_ref()
        .is_ok_and(|config| config.hosts.contains_key(host));
    let remedy = if is_written {
        "systemctl reload prosody-tokend; journalctl -u prosody-tokend -n 20".to_owned()
    } else {
        facts.policy_needed(host)
    };
    Finding::error(
        "host-unknown-to-daemon",
        format!("the daemon at {} does not know {host:?}", endpoint.url),
        "it refuses to decide for a host that it does not know, so nobody gets in",
        remedy,
    )
}

/// A source that this program can fetch from, and that the daemon does not trust: it knows whom to since it was started.
fn distrusting(facts: &Facts, host: &str, known: &RunningHost) -> Option<Finding> {
    let is_trusted = |url: &str| {
        let mut servers = facts.key_servers.iter();
        servers.any(|server| server.url == url && server.answer.is_ok())
    };
    let mut failed = known.failed_sources.iter();
    let (url, error) = failed.find(|(url, error)| {
        let is_trust = error.contains("certificate") || error.contains("TLS");
        is_trust && is_trusted(url)
    })?;
    Some(Finding::error(
        "daemon-distrusts",
        format!(
            "the running daemon does not trust {url} of {host:?}, and this program does: {error}"
        ),
        "it reads whom to trust as it starts, and tokens with a key from there are denied",
        "systemctl restart prosody-tokend".to_owned(),
    ))
}

/// A policy or secret in force that is not the one of the files.
fn stale(facts: &Facts, running: &Running, host: &str, known: &RunningHost) -> Option<Finding> {
    let written = facts.daemon_config.as_ref().ok()?.hosts.get(host)?;
    let differs = known
        .digest
        .as_ref()
        .is_some_and(|digest| *digest != written.digest);
    let what = match (differs, known.other_secrets.first()) {
        (true, _) => "policy".to_owned(),
        (false, Some(other)) if other.is_further => {
            format!("secret of the issuer {}", other.issuer)
        }
        (false, Some(_)) => "secret".to_owned(),
        (false, None) => return None,
    };
    let failure = running.reload_failed.as_ref();
    let failure = failure.map_or_else(String::new, |failure| {
        format!("; its last reload failed: {failure}")
    });
    Some(Finding::error(
        "policy-stale",
        format!(
            "the running daemon's {what} of {host:?} is not the one in {}{failure}",
            facts.described_in()
        ),
        "tokens are decided by what was there before, not by what you see in the files",
        "systemctl reload prosody-tokend; journalctl -u prosody-tokend -n 20".to_owned(),
    ))
}

fn reload_failed(failure: &str) -> Finding {
    Finding::warning(
        "reload-failed",
        format!("the daemon could not reload its configuration: {failure}"),
        "it goes on with what it had, and would not start again",
        "systemctl reload prosody-tokend; journalctl -u prosody-tokend -n 20".to_owned(),
    )
}

fn version(facts: &Facts, endpoint: &Endpoint, running: &Running) -> Option<Finding> {
    let found = running
        .version
        .as_deref()
        .unwrap_or("one that does not tell");
    (found != facts.version).then(|| {
        Finding::warning(
            "daemon-version",
            format!("the daemon at {} is of version {found}, this program is {}", endpoint.url, facts.version),
            "an upgrade takes effect when the daemon starts anew, and shim and daemon are tested in the same version only",
            "systemctl restart prosody-tokend".to_owned(),
        )
    })
}

fn keys(running: &Running) -> Vec<Finding> {
    let missing = running.missing_keys.iter().map(|key| {
        Finding::error(
            "keys-missing",
            format!("the daemon has no keys: {key}"),
            "it cannot verify tokens without",
            "systemctl restart prosody-tokend; prosody-tokend keys".to_owned(),
        )
    });
    let stale = running.stale_keys.iter().map(|key| {
        Finding::warning(
            "keys-stale",
            format!("the daemon goes on with old keys: {key}"),
            "once key_max_stale is over, they are not used any more",
            "prosody-tokend keys; journalctl -u prosody-tokend -n 20".to_owned(),
        )
    });
    missing.chain(stale).collect()
}

const NOBODY: &str = "Prosody gets no verdict, and without one nobody gets in";
