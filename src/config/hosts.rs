//! The hosts of the configuration: those that are complete, those that lack something, and names that are no names of hosts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::token::preparation;

use super::asap::{self, Asap};
use super::host::{self, Host, Missing};
use super::inputs::HostInputs;
use super::raw::Section;
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::{docker, host_names};

/// Reads all hosts. None if none is left, and nothing else is there to decide for.
pub fn read(
    root: &Section<'_>,
    sections: Vec<(String, Section<'_>)>,
    inputs: &HostInputs<'_>,
    asap: &mut BTreeMap<String, Asap>,
    warnings: &mut Vec<String>,
) -> Option<BTreeMap<String, Arc<Host>>> {
    let (sections, incomplete) = complete(sections);
    if sections.is_empty() && !inputs.has_gateways {
        for host in &incomplete {
            host.refuse(root);
        }
    } else {
        warnings.extend(incomplete.iter().map(ToString::to_string));
    }
    let is_lacking = sections.is_empty() && incomplete.is_empty() && !inputs.has_gateways;
    if is_lacking && !root.has_unknown() {
        root.note(no_host(root));
    }
    let mut hosts = BTreeMap::new();
    for (name, section) in sections {
        if refuses_name(root, &name, &section) {
            continue;
        }
        if hosts.contains_key(&preparation::host(&name)) {
            root.note(ConfigProblem {
                kind: ProblemKind::Conflict,
                key: root.shown_host(&name),
                host: Some(name.clone()),
                found: "a second section of the same host".to_owned(),
                expected: "one: capitals make no difference".to_owned(),
                origin: section.origin(""),
            });
        }
        if let Some(host) = host::host(&section, inputs, warnings) {
            hosts.insert(preparation::host(&name), Arc::new(host));
        }
        let own = asap::read(&section, inputs, warnings);
        asap.extend(own.map(|own| (preparation::host(&name), own)));
        section.finish();
    }
    (!hosts.is_empty() || inputs.has_gateways).then_some(hosts)
}

/// Says that there is no host to decide for, and how there is one.
fn no_host(root: &Section<'_>) -> ConfigProblem {
    let no_host = || "no host".to_owned();
    let (found, expected, origin) = match (root.other_hosts(), root.image_variables()) {
        (Some((found, origin)), _) => (found, NO_TOKEN_HOST, origin),
        (None, Some(origin)) => (no_host(), NO_VARIABLES, origin),
        (None, None) => (no_host(), NO_HOST, root.origin("hosts")),
    };
    ConfigProblem {
        kind: ProblemKind::NoTokenHost,
        key: "hosts".to_owned(),
        host: None,
        found,
        expected: expected.to_owned(),
        origin,
    }
}

/// Notes what is wrong with a host's name. Nothing else of that host is looked at then.
fn refuses_name(root: &Section<'_>, name: &str, section: &Section<'_>) -> bool {
    let declared = section.declared(name);
    let refuse = |found: &str, expected: &str| {
        let origin = match &declared {
            Origin::Default => section.origin(""),
            declared => declared.clone(),
        };
        root.note(ConfigProblem {
            kind: ProblemKind::WrongHostName,
            key: root.shown_host(name),
            host: Some(name.to_owned()),
            found: found.to_owned(),
            expected: expected.to_owned(),
            origin,
        });
        true
    };
    if let Some(dotted) = section.dotted(name) {
        let expected = format!("[hosts.\"{dotted}\"]: a name with dots needs quotes");
        return refuse(&format!("[hosts.{dotted}]"), &expected);
    }
    if name.contains('*') {
        return refuse(
            "a pattern",
            "a section for each host: there are no patterns of names",
        );
    }
    if let Some(meant) = host_names::intended_host(name) {
        let expected = match declared {
            Origin::Default => format!("[hosts.\"{meant}\"]"),
            _ => format!("VirtualHost \"{meant}\""),
        };
        return refuse(
            "more than a host's name",
            &format!("its name alone: {expected}"),
        );
    }
    let prefix = section.string("muc_mapper_domain_prefix");
    let base = section.string("muc_mapper_domain_base");
    let is_prosodys = declared != Origin::Default;
    match host_names::host_of_rooms(name, prefix.as_deref().unwrap_or("conference")) {
        Some(host) if !is_prosodys && base.is_none_or(|base| base != name) => refuse(
            "the name that a component of rooms has",
            &format!(
                "the VirtualHost: [hosts.\"{host}\"]; where that is really called {name}, \
                 muc_mapper_domain_base = \"{name}\" in its section"
            ),
        ),
        Some(_) | None => false,
    }
}

const NO_HOST: &str = "a [hosts.\"DOMAIN\"] section for each VirtualHost with tokens, or prosody_config, \
    with a VirtualHost that has authentication = \"token\", app_id and a secret or a key server";
const NO_TOKEN_HOST: &str = "authentication = \"token\", in quotes, below the VirtualHost of the meetings, with app_id and a \
    secret or a key server";
const NO_VARIABLES: &str = "ENABLE_AUTH=1, AUTH_TYPE=jwt, JWT_APP_ID, and JWT_APP_SECRET or JWT_ASAP_KEYSERVER among \
    docker-jitsi-meet's variables";
const NO_VARIABLE: &str = "it among docker-jitsi-meet's variables, with a value";
const NOT_BELOW_HOST: &str =
    "it below that VirtualHost, or in this section of the daemon's own configuration";

/// A host with tokens in Prosody that lacks something, for which Jitsi's modules do not load either.
struct Incomplete {
    host: String,
    missing: Missing,
    declared: Origin,
}

impl Incomplete {
    /// It is the only one, so that there is nothing to do for the daemon.
    fn refuse(&self, root: &Section<'_>) {
        let declared = || self.declared.clone();
        let (found, expected, origin) = match (self.missing, root.image_variables()) {
            (Missing::Nothing(name), Some(source)) => {
                let name = docker::in_variables(name);
                (format!("no {name}"), NO_VARIABLE, source)
            }
            (Missing::Nothing(name), None) => {
                let found = format!("no {name} in Prosody's configuration");
                (found, NOT_BELOW_HOST, declared())
            }
            (Missing::Empty(name), _) => {
                let found = format!("{name} = \"\" in Prosody's configuration");
                (found, NOT_BELOW_HOST, declared())
            }
        };
        root.note(ConfigProblem {
            kind: ProblemKind::Missing,
            key: format!("hosts.\"{}\"", self.host),
            host: Some(self.host.clone()),
            found,
            expected: expected.to_owned(),
            origin,
        });
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            missing,
            declared,
        } = self;
        match missing {
            Missing::Nothing(name) => write!(
                formatter,
                "{host}: Prosody has no {name} for it, so no token is accepted there [{declared}]"
            ),
            Missing::Empty(name) => write!(
                formatter,
                "{host}: Prosody has {name} = \"\" for it, so no token is accepted there, and nobody gets in; give it a \
                 value, or the host another authentication [{declared}]"
            ),
        }
    }
}

/// Parts those that only Prosody has and that lack something from the others.
fn complete(sections: Vec<(String, Section<'_>)>) -> (Vec<(String, Section<'_>)>, Vec<Incomplete>) {
    let mut incomplete = Vec::new();
    let mut whole = Vec::new();
    for (host, section) in sections {
        match host::missing(&section).filter(|_| section.is_prosodys()) {
            Some(missing) => incomplete.push(Incomplete {
                declared: match missing {
                    Missing::Nothing(_) => section.declared(&host),
                    Missing::Empty(name) => section.origin(name),
                },
                host,
                missing,
            }),
            None => whole.push((host, section)),
        }
    }
    (whole, incomplete)
}
