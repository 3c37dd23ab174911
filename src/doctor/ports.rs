//! Ports that are the daemon's by its configuration, and that somebody else holds.

use crate::origin::Origin;

use super::facts::services::{Holder, Services, Unit};
use super::facts::{Answer, Endpoint, Facts};
use super::finding::Finding;
use super::remedy::{self, asking};
use super::services::DAEMON;

/// Another program listens at the daemon's address, so the daemon cannot start.
pub fn port_in_use(facts: &Facts, endpoint: &Endpoint) -> Option<Finding> {
    let mut places = facts.listening.iter();
    let mut answers = places.clone().map(|(_, answer)| answer);
    if answers.any(|answer| matches!(answer, Answer::Daemon(_))) {
        return None;
    }
    places.find_map(|(url, answer)| taken_at(facts, endpoint, url, answer))
}

fn taken_at(facts: &Facts, endpoint: &Endpoint, url: &str, answer: &Answer) -> Option<Finding> {
    let port = port(url)?;
    let listener = facts.services.listener(port)?;
    let who = match (&listener.holder, answer) {
        (Some(holder), _) if holder.is_daemon() => return None,
        (Some(holder), _) => holder.to_string(),
        (None, Answer::Stranger(said)) => format!("something that says {said}"),
        (None, _) => "a process that you may not see".to_owned(),
    };
    let unit = facts.services.units.get(DAEMON);
    let unit = unit.map_or_else(String::new, |unit| {
        format!("; its unit is {}", unit.shown())
    });
    Some(Finding::error(
        "port-taken",
        format!("port {port} is held by {who}, so that the daemon cannot listen at {url}{unit}"),
        "the daemon does not start, or is where Prosody does not ask, and nobody gets in",
        remedy(facts, endpoint, url, listener.holder.as_ref()),
    ))
}

/// The daemon goes elsewhere, and Prosody asks there: what holds the port may be needed.
fn remedy(facts: &Facts, endpoint: &Endpoint, url: &str, holder: Option<&Holder>) -> String {
    let stop = match holder {
        Some(Holder {
            unit: Some(unit), ..
        }) => format!("systemctl stop {unit}"),
        Some(holder) => format!("kill {}", holder.number),
        None => "sudo prosody-tokend doctor tells what it is".to_owned(),
    };
    let Some(port) = facts.services.free_port else {
        return format!("{stop}; systemctl restart prosody-tokend");
    };
    let address = format!("127.0.0.1:{port}");
    format!(
        "{}, and {}; then systemctl restart prosody-tokend prosody   (or, if nobody needs what is there: {stop}; systemctl restart prosody-tokend)",
        listening(facts, url, &address),
        asking(facts, endpoint, &format!("http://{address}")),
    )
}

/// The line that has the daemon listen at an address, in place of the one at this URL.
pub fn listening(facts: &Facts, url: &str, address: &str) -> String {
    let kept = facts.listening.iter().map(|(other, _)| other.as_str());
    let kept = kept.filter(|other| *other != url);
    let texts = kept.map(|other| other.trim_start_matches("http://"));
    let texts = [address].into_iter().chain(texts);
    let texts: Vec<String> = texts.map(remedy::quoted).collect();
    let line = format!("listen = [{}]", texts.join(", "));
    match &facts.listen_origin {
        Origin::File(..) => format!("at {} write: {line}", facts.listen_origin),
        _ => format!(
            "in {} write above its first section: {line}",
            facts.daemon_path.display()
        ),
    }
}

/// A daemon that was started by hand, in whose way the unit's one is.
pub fn stray(facts: &Facts, endpoint: &Endpoint) -> Option<Finding> {
    let Services {
        units, listeners, ..
    } = &facts.services;
    let unit = units.get(DAEMON).filter(|unit| unit.is_failing())?;
    let port = port(&endpoint.url)?;
    let mut holders = listeners.iter().filter(|listener| listener.port == port);
    let holder = holders.find_map(|listener| listener.holder.as_ref())?;
    let is_stray = holder.is_daemon() && holder.unit.as_deref() != Some(DAEMON);
    is_stray.then(|| {
        Finding::error(
            "daemon-stray",
            format!(
                "the daemon that answers at {} is process {}, which systemd did not start; that of its unit cannot listen there, and is {}",
                endpoint.url,
                holder.number,
                unit.shown()
            ),
            "it decides by what it was told as it was started, and is gone after a reboot",
            format!("kill {}; systemctl restart prosody-tokend", holder.number),
        )
    })
}

fn port(url: &str) -> Option<u16> {
    let authority = url.split("://").nth(1)?.split('/').next()?;
    authority.rsplit(':').next()?.parse().ok()
}

impl Holder {
    fn is_daemon(&self) -> bool {
        self.program == "prosody-tokend"
    }
}

impl Unit {
    fn is_failing(&self) -> bool {
        self.load == "loaded" && (self.active == "failed" || self.sub == "auto-restart")
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            number,
            program,
            unit,
        } = self;
        match unit {
            Some(unit) => write!(formatter, "{program} (process {number}, {unit})"),
            None => write!(formatter, "{program} (process {number})"),
        }
    }
}
