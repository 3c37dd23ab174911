//! What was looked at, and what could not be.

use super::facts::{Answer, Endpoint, Facts, Unevaluated};
use super::{clock, login, recent, store};

/// What was looked at, one thing each.
#[must_use]
pub fn looked_at(facts: &Facts) -> Vec<String> {
    let mut parts = vec![installed(facts)];
    if let Ok(config) = &facts.prosody_config {
        parts.push(format!(
            "Prosody's configuration {}",
            facts.prosody_path.display()
        ));
        let hosts = config.token_hosts();
        parts.extend(
            hosts.map(|host| format!("host {host}: its authentication, its rooms, its policy")),
        );
    }
    if !facts.folders.is_empty() {
        parts.push("the shim's files in Prosody's plugin path".to_owned());
    }
    if facts.daemon_config.is_ok() {
        parts.push(format!(
            "the daemon's configuration {}",
            facts.daemon_path.display()
        ));
    }
    if !facts.readers.accounts.is_empty() {
        parts.push("who may read the files that they need".to_owned());
    }
    parts.extend(facts.endpoints.iter().filter_map(daemon));
    parts.extend(facts.endpoints.iter().filter_map(store::summary));
    parts.extend(
        facts
            .key_servers
            .iter()
            .map(|server| format!("key server {}", server.url)),
    );
    parts.extend(clock::summary(facts));
    parts.extend(recent::summary(facts));
    parts.extend(login::summary(facts));
    parts
}

/// What was not, and why.
#[must_use]
pub fn not_looked_at(facts: &Facts) -> Vec<String> {
    let mut parts = Vec::new();
    if !facts.is_root {
        parts.push("what root alone may read: type sudo prosody-tokend doctor".to_owned());
    }
    parts.extend(facts.prosody_config.as_ref().err().map(unevaluated));
    if facts.clock.is_none() {
        parts.push(
            "whether this machine's clock is kept right: neither timedatectl nor chronyc tells"
                .to_owned(),
        );
    }
    parts.extend(facts.endpoints.iter().filter_map(untold));
    parts.extend(facts.logins.left_out.iter().cloned());
    parts.push("what is not of this machine: the browser, the proxy before Prosody, and how the issuer makes its tokens".to_owned());
    parts
}

fn unevaluated(reason: &Unevaluated) -> String {
    let reason = match reason {
        Unevaluated::Missing => "is not there",
        Unevaluated::Forbidden => "may not be read",
        Unevaluated::Refused(_) => "cannot be evaluated",
    };
    format!("Prosody's hosts and modules: its configuration {reason}")
}

fn installed(facts: &Facts) -> String {
    let Some(prosody) = &facts.prosody else {
        let is_contained = facts.docker.is_some();
        let shown = if is_contained {
            "Prosody in a container"
        } else {
            "no Prosody"
        };
        return shown.to_owned();
    };
    let version = prosody.version.as_deref().unwrap_or("of unknown version");
    format!("Prosody {version} ({})", prosody.program.display())
}

fn daemon(endpoint: &Endpoint) -> Option<String> {
    match &endpoint.answer {
        Answer::Daemon(running) => {
            let version = running.version.as_deref().unwrap_or("of unknown version");
            Some(format!("daemon {version} at {}", endpoint.url))
        }
        Answer::Nothing(_) | Answer::Stranger(_) => None,
    }
}

fn untold(endpoint: &Endpoint) -> Option<String> {
    let reason = match &endpoint.answer {
        Answer::Daemon(running) if running.recent.is_some() => return None,
        Answer::Daemon(_) => "it does not tell",
        Answer::Nothing(_) | Answer::Stranger(_) => "it does not answer",
    };
    Some(format!(
        "what the daemon at {} decided lately: {reason}",
        endpoint.url
    ))
}
