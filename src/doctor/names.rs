//! Hosts that are called one thing in one place and, by a slip, another in the next: one mistake, whatever comes of it.

use std::collections::BTreeSet;

use crate::origin::Origin;
use crate::prosody::model::ProsodyConfig;

use super::facts::Facts;
use super::finding::Finding;
use super::remedy::RESTART;
use super::rooms::{declared, is_virtual, origin};
use super::spelling;

/// A host of Prosody's, and the other name that something else has for it.
pub struct Slip {
    /// The `VirtualHost`.
    pub host: String,
    /// The other name.
    pub name: String,
    /// The finding that reports the slip.
    pub finding: Finding,
}

/// A place that has the other name, and what to write there.
struct Place {
    line: String,
    /// The place as the finding names it.
    shown: String,
    is_prosodys: bool,
}

/// Every host with tokens that something else calls by a name that no host has.
pub fn examine(facts: &Facts) -> Vec<Slip> {
    let Ok(config) = &facts.prosody_config else {
        return Vec::new();
    };
    let hosts = config.token_hosts();
    hosts
        .filter_map(|host| {
            let name = other_name(facts, config, host)?;
            let finding = finding_for(facts, config, host, &name);
            Some(Slip {
                host: host.to_owned(),
                name,
                finding,
            })
        })
        .collect()
}

/// Whether a slip accounts for what is wrong with this host.
pub fn explain(slips: &[Slip], host: &str) -> bool {
    slips
        .iter()
        .any(|slip| slip.host == host || slip.name == host)
}

fn other_name(facts: &Facts, config: &ProsodyConfig, host: &str) -> Option<String> {
    let mut names = used_names(facts, config, host)
        .into_iter()
        .filter(|name| !is_virtual(config, name));
    names
        .find(|name| spelling::are_alike(host, name))
        .or_else(|| lone_names(facts, config, host))
}

/// What components and the daemon's configuration are named after. A daemon that has a section for the host
/// itself means another one by the next.
fn used_names(facts: &Facts, config: &ProsodyConfig, host: &str) -> BTreeSet<String> {
    let own = facts.own_hosts.keys();
    let own = own.filter(|_| !facts.own_hosts.contains_key(host)).cloned();
    let rooms = config.muc_components_by_host();
    own.chain(rooms.into_keys().map(str::to_owned)).collect()
}

/// The daemon knows one host that Prosody has not, and Prosody one that the daemon has not.
fn lone_names(facts: &Facts, config: &ProsodyConfig, host: &str) -> Option<String> {
    let known = facts.daemon_config.as_ref().ok()?;
    let mut lacking = config
        .token_hosts()
        .filter(|host| !known.hosts.contains_key(*host));
    let mut unknown = known.hosts.keys().filter(|name| !is_virtual(config, name));
    let is_lone = lacking.next() == Some(host) && lacking.next().is_none();
    let name = unknown.next().filter(|_| is_lone)?;
    unknown.next().is_none().then(|| name.clone())
}

/// The name that more of the other places have is right; the host itself counts as one.
fn finding_for(facts: &Facts, config: &ProsodyConfig, host: &str, name: &str) -> Finding {
    let places = places(facts, config, host, name);
    let support = supporters(facts, config, host).saturating_add(1);
    if support < supporters(facts, config, name) {
        return host_misspelt(config, host, name, &places);
    }
    let shown: Vec<&str> = places.iter().map(|place| place.shown.as_str()).collect();
    let lines: Vec<&str> = places.iter().map(|place| place.line.as_str()).collect();
    let is_prosodys = places.iter().any(|place| place.is_prosodys);
    let is_daemons = places.iter().any(|place| !place.is_prosodys);
    let restarts = [(is_prosodys, RESTART), (is_daemons, RELOAD)];
    let restarts = restarts.into_iter().filter(|(is_needed, _)| *is_needed);
    let restarts: Vec<&str> = restarts.map(|(_, command)| command).collect();
    let is_known = facts.daemon_config.as_ref();
    let is_known = is_known.is_ok_and(|daemon| daemon.hosts.contains_key(host));
    let weigh = if is_known && !is_prosodys {
        Finding::warning
    } else {
        Finding::error
    };
    weigh(
        CODE,
        format!(
            "{} has the name {name:?}, and Prosody's host is {host:?} [{}]",
            shown.join(", "),
            declared(config, host)
        ),
        WHY,
        format!("{}; then {}", lines.join(", and "), restarts.join("; ")),
    )
}

fn host_misspelt(config: &ProsodyConfig, host: &str, name: &str, places: &[Place]) -> Finding {
    let shown: Vec<&str> = places.iter().map(|place| place.shown.as_str()).collect();
    let place = declared(config, host);
    Finding::error(
        CODE,
        format!(
            "VirtualHost {host:?} [{place}] is called {name:?} everywhere else: by {}",
            shown.join(", ")
        ),
        WHY,
        format!("at {place} write: VirtualHost {name:?}; then {RESTART}"),
    )
}

/// How many places beside the host itself have this name.
fn supporters(facts: &Facts, config: &ProsodyConfig, name: &str) -> usize {
    let suffix = format!(".{name}");
    let below = config.hosts.keys().filter(|host| host.ends_with(&suffix));
    let is_own = facts.own_hosts.contains_key(name);
    let bases = config.hosts.values().map(|host| &host.options);
    let bases = bases.chain([&config.global]).filter(|options| {
        let base = options.get("muc_mapper_domain_base");
        base.is_some_and(|base| base.value.as_str() == Some(name))
    });
    below
        .count()
        .saturating_add(bases.count())
        .saturating_add(usize::from(is_own))
}

fn places(facts: &Facts, config: &ProsodyConfig, host: &str, name: &str) -> Vec<Place> {
    let rooms = config.muc_components_by_host();
    let rooms = rooms.get(name).into_iter().flatten();
    let components = rooms.map(|component| {
        let label = component.split('.').next().unwrap_or_default();
        Place {
            line: format!(
                "at {} write: Component \"{label}.{host}\" \"muc\"",
                declared(config, component)
            ),
            shown: format!("Component {component:?} [{}]", declared(config, component)),
            is_prosodys: true,
        }
    });
    let base = config.string(host, BASE).filter(|base| base == name);
    let base = base.map(|_| Place {
        line: format!("at {} write: {BASE} = {host:?}", origin(config, host, BASE)),
        shown: format!("{BASE} [{}]", origin(config, host, BASE)),
        is_prosodys: true,
    });
    let own = facts.own_hosts.get(name).map(|place| Place {
        line: format!("at {place} write: [hosts.{host:?}]"),
        shown: section(place, name),
        is_prosodys: false,
    });
    components.chain(base).chain(own).collect()
}

fn section(place: &Origin, name: &str) -> String {
    format!("the section [hosts.{name:?}] [{place}]")
}

const CODE: &str = "host-misspelt";
const BASE: &str = "muc_mapper_domain_base";
const RELOAD: &str = "systemctl reload prosody-tokend";
const WHY: &str = "what is set for one name counts for no other: nobody gets in, or into no room";
