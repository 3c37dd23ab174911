//! The hosts that are told of, those that lack something, and names that are none.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::token::preparation;

use super::asap::{self, Asap};
use super::host::{self, Host, HostInputs, Missing};
use super::keys;
use super::raw::Section;
use crate::origin::Origin;
use crate::prosody::{docker, host_names};

/// Reads all hosts. None if none is left.
pub fn read(
    root: &Section<'_>,
    sections: Vec<(String, Section<'_>)>,
    inputs: &HostInputs<'_>,
    asap: &mut BTreeMap<String, Asap>,
    warnings: &mut Vec<String>,
) -> Option<BTreeMap<String, Arc<Host>>> {
    let (sections, incomplete) = complete(sections);
    if sections.is_empty() {
        for host in &incomplete {
            host.refuse(root);
        }
    } else {
        warnings.extend(incomplete.iter().map(ToString::to_string));
    }
    if sections.is_empty() && incomplete.is_empty() && !root.has_unknown() {
        if let Some((found, origin)) = root.other_hosts() {
            root.problem_at("hosts", &found, NO_TOKEN_HOST, origin);
            return None;
        }
        let origin = root.image_variables();
        let expected = if origin.is_some() {
            NO_VARIABLES
        } else {
            NO_HOST
        };
        let origin = origin.unwrap_or_else(|| root.origin("hosts"));
        root.problem_at("hosts", "no host", expected, origin);
    }
    let mut hosts = BTreeMap::new();
    for (name, section) in sections {
        if refuses_name(root, &name, &section) {
            continue;
        }
        if hosts.contains_key(&preparation::host(&name)) {
            let found = "a second section of the same host";
            root.problem_at(
                &root.shown_host(&name),
                found,
                "one: capitals make no difference",
                section.origin(""),
            );
        }
        if let Some(host) = host::host(&section, inputs, warnings) {
            keys::refuse_useless(&section, &host);
            hosts.insert(preparation::host(&name), Arc::new(host));
        }
        let own = asap::read(&section, inputs, warnings);
        asap.extend(own.map(|own| (preparation::host(&name), own)));
        section.finish();
    }
    (!hosts.is_empty()).then_some(hosts)
}

/// Notes what is wrong with a host's name. Nothing else of that host is looked at then.
fn refuses_name(root: &Section<'_>, name: &str, section: &Section<'_>) -> bool {
    let declared = section.declared(name);
    let refuse = |found: &str, expected: &str| {
        let origin = match &declared {
            Origin::Default => section.origin(""),
            declared => declared.clone(),
        };
        root.problem_at(&root.shown_host(name), found, expected, origin);
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
    if let Some(meant) = host_names::meant(name) {
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

/// A host with tokens in Prosody that lacks something, for which Jitsi's modules do not load either.
struct Incomplete {
    host: String,
    missing: Missing,
    declared: Origin,
}

impl Incomplete {
    /// It is the only one, so that there is nothing to do for the daemon.
    fn refuse(&self, root: &Section<'_>) {
        let key = format!("hosts.\"{}\"", self.host);
        if let (Some(source), Missing::Nothing(name)) = (root.image_variables(), self.missing) {
            let found = format!("no {}", docker::in_variables(name));
            let expected = "it among docker-jitsi-meet's variables, with a value";
            return root.problem_at(&key, &found, expected, source);
        }
        root.problem_at(
            &key,
            &match self.missing {
                Missing::Nothing(name) => format!("no {name} in Prosody's configuration"),
                Missing::Empty(name) => format!("{name} = \"\" in Prosody's configuration"),
            },
            "it below that VirtualHost, or in this section of the daemon's own configuration",
            self.declared.clone(),
        );
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
