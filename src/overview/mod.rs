//! What a configuration that is taken comes to, for people: the command `check` and the console show the same of it.
#![deny(missing_docs)]

pub mod words;

use crate::config::Config;
use crate::config::effective::{self, Effective};
use crate::config::layers::Layers;
use crate::config::prosody_part::ProsodyPart;
use crate::config::settings;
use crate::prosody::docker;

/// What a configuration comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    /// The hosts by their names.
    pub hosts: Vec<ShownHost>,
    /// The gateways by their names.
    pub gateways: Vec<ShownGateway>,
    /// The daemon's own settings.
    pub settings: Vec<Effective>,
    /// What works, but is better changed.
    pub warnings: Vec<String>,
    /// What lets in more than most operators want.
    pub risks: Vec<String>,
}

/// A host with its own options, and those of its further issuers.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownHost {
    /// Its name.
    pub name: String,
    /// Its own options.
    pub options: Vec<Effective>,
    /// Those of each further issuer, by its name.
    pub issuers: Vec<(String, Vec<Effective>)>,
}

/// A gateway with its options.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownGateway {
    /// Its name.
    pub name: String,
    /// Its options.
    pub options: Vec<Effective>,
}

impl Overview {
    /// What this configuration comes to, which was read from these layers and this part of Prosody's.
    #[must_use]
    pub fn of(config: &Config, layers: Option<&Layers>, prosody: Option<&ProsodyPart>) -> Self {
        let settings = layers.map(|layers| settings::effective(config, layers));
        let warnings = config.warnings_and_mismatches();
        Self {
            hosts: hosts(config),
            gateways: gateways(config),
            settings: settings.unwrap_or_default(),
            warnings: warnings.chain(&config.unset_variables).cloned().collect(),
            risks: risks(config, prosody),
        }
    }
}

fn hosts(config: &Config) -> Vec<ShownHost> {
    let hosts = config.hosts.iter().map(|(name, host)| ShownHost {
        name: name.clone(),
        options: effective::options(host, config.asap.get(name)),
        issuers: effective::issuers(host),
    });
    hosts.collect()
}

fn gateways(config: &Config) -> Vec<ShownGateway> {
    let gateways = config.gateways.iter().map(|(name, gateway)| ShownGateway {
        name: name.clone(),
        options: gateway.shown.clone(),
    });
    gateways.collect()
}

/// What hosts risk, in the words of those who set it: options, or variables of docker-jitsi-meet.
fn risks(config: &Config, prosody: Option<&ProsodyPart>) -> Vec<String> {
    let is_image = prosody.is_some_and(|source| source.variables.is_some());
    let hosts = config.hosts.iter();
    let risks = hosts.flat_map(|(name, host)| effective::warnings(name, host));
    if is_image {
        risks.map(|risk| docker::in_variables(&risk)).collect()
    } else {
        risks.collect()
    }
}
