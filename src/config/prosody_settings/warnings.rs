//! Warnings about Prosody's configuration: hosts that admit otherwise, names that are none, options that nobody reads.

use std::collections::{BTreeMap, BTreeSet};

use figment::value::Dict;

use crate::token::preparation;

use super::super::names;
use super::{ProsodySettings, sections};
use crate::options::{self, KnownOption, Place};
use crate::prosody::model::{HostKind, ProsodyConfig};
use crate::prosody::value::Value as ProsodyValue;

impl ProsodySettings {
    /// Hosts that have options for tokens and admit otherwise, where no host admits by token, or the daemon is told of them.
    pub(super) fn warn_of_authentication(
        &mut self,
        config: &ProsodyConfig,
        own: &BTreeMap<String, Dict>,
    ) {
        let tokens: Vec<&str> = config.token_hosts().collect();
        let is_own = |name: &str| own.keys().any(|own| preparation::host(own) == name);
        for (name, host) in &config.hosts {
            let is_meant =
                is_own(name) || (tokens.is_empty() && host.options.contains_key("app_id"));
            if host.kind == HostKind::VirtualHost
                && is_meant
                && config.is_enabled(name)
                && !tokens.contains(&name.as_str())
            {
                let setting = config.get(name, "authentication");
                let origin =
                    setting.map_or_else(|| host.origin(), |setting| setting.origin.clone());
                let method = config.string(name, "authentication");
                let method = method.map_or("no authentication".to_owned(), |method| {
                    format!("authentication = {method:?}")
                });
                self.mismatches.push(format!(
                    "{name} has {method}, not \"token\": another module lets users in there, and mod_auth_token looks at no \
                     token; below that VirtualHost write authentication = \"token\" [{origin}]"
                ));
            }
        }
    }

    /// Components that have an application ID where nothing asks about tokens.
    pub(super) fn warn_of_components(&mut self, config: &ProsodyConfig, hosts: &BTreeSet<&str>) {
        for (name, host) in &config.hosts {
            if let Some(setting) = host.options.get("app_id")
                && !hosts.contains(name.as_str())
                && host.kind != HostKind::VirtualHost
            {
                self.warnings.push(format!(
                    "app_id of the Component {name} changes nothing, since nothing asks about tokens there: the options of \
                     tokens count below the VirtualHost [{}]",
                    setting.origin
                ));
            }
        }
    }

    /// Names that are no option's but nearly, each once for every place where it stands.
    pub(super) fn warn_of_names(&mut self, config: &ProsodyConfig) {
        let mut looked_up = BTreeMap::new();
        for (name, setting) in sections(config).flat_map(|(_, options)| options) {
            let meant = looked_up
                .entry(name)
                .or_insert_with(|| names::meant_in_prosody(name));
            if let Some(KnownOption { name: meant, .. }) = meant {
                self.warnings.push(format!(
                    "unknown option {name}; the nearest is {meant} [{}]",
                    setting.origin
                ));
            }
        }
    }

    /// Options that nobody reads where they stand: the daemon's own, and those of a host where no token is accepted.
    pub(super) fn warn_of_places(&mut self, config: &ProsodyConfig, token_hosts: &BTreeSet<&str>) {
        for (host, options) in sections(config) {
            let is_read = host.is_none_or(|host| token_hosts.contains(host));
            let of = host.unwrap_or_default();
            for (name, setting) in options {
                let option = options::named(name).or_else(|| daemons_within(name, &setting.value));
                let warning = match option.map(|option| (option, option.place)) {
                    Some((option, Place::Daemon(_))) => not_prosodys(option),
                    Some((_, Place::Host)) => (!is_read).then(|| misplaced(name, of)),
                    Some((_, Place::HostAsJitsi)) => {
                        let is_useless = !is_read && is_for_tokens_alone(config, host, name);
                        is_useless.then(|| misplaced(name, of))
                    }
                    Some((_, Place::Prosody)) => {
                        is_read_elsewhere(config, host, name).then(|| of_rooms(name, of))
                    }
                    Some((_, Place::Issuer | Place::Gateway)) | None => None,
                };
                let warning = warning.map(|warning| format!("{warning} [{}]", setting.origin));
                self.warnings.extend(warning);
            }
        }
    }
}

/// The first of the daemon's own options in a table that is called as its section is; Prosody has tables `log` and
/// `limits` of its own.
fn daemons_within(section: &str, value: &ProsodyValue) -> Option<&'static KnownOption> {
    let ProsodyValue::Table(table) = value else {
        return None;
    };
    let mut known = table.fields.keys().filter_map(|name| options::named(name));
    known.find(|option| matches!(option.place, Place::Daemon(place) if place == section))
}

fn not_prosodys(option: &KnownOption) -> Option<String> {
    let instead = option.instead_of_prosodys()?;
    Some(format!(
        "{} in Prosody's configuration changes nothing: {instead}",
        option.name
    ))
}

/// Whether it is an option that nothing but tokens needs, at a component that has no policy of its own. One with an
/// application ID is told of as a whole.
fn is_for_tokens_alone(config: &ProsodyConfig, host: Option<&str>, name: &str) -> bool {
    let host = host.and_then(|host| config.hosts.get(host));
    let is_component = host.is_some_and(|host| {
        host.kind != HostKind::VirtualHost && !host.options.contains_key("app_id")
    });
    let is_key = options::named(name).is_some_and(KnownOption::is_key);
    is_component && (is_key || OF_TOKENS.contains(&name))
}

/// Options of Jitsi's that no module without tokens reads, beside those of keys.
const OF_TOKENS: [&str; 6] = [
    "signature_algorithm",
    "asap_accepted_issuers",
    "asap_accepted_audiences",
    "asap_require_room_claim",
    "allow_empty_token",
    "enable_domain_verification",
];

/// Whether it is an option of a component of rooms, and stands at a host.
fn is_read_elsewhere(config: &ProsodyConfig, host: Option<&str>, name: &str) -> bool {
    let host = host.and_then(|host| config.hosts.get(host));
    let is_virtual = host.is_some_and(|host| host.kind == HostKind::VirtualHost);
    is_virtual && name.starts_with("token_verification_")
}

fn of_rooms(name: &str, host: &str) -> String {
    format!(
        "{name} of {host} changes nothing, since mod_token_verification reads it: set it below the Component of the rooms \
         that has that module among its modules_enabled, or above all hosts"
    )
}

fn misplaced(name: &str, host: &str) -> String {
    format!(
        "{name} of {host} changes nothing, since no token is accepted there: set it below a VirtualHost with \
         authentication = \"token\", or above all hosts"
    )
}
