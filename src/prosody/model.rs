//! What a configuration of Prosody says: the hosts, their options, and where each came from.

use crate::prosody::setter::Setter;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;
use crate::origin::wire;

use super::coercion;
use super::value::{Options, Setting};

/// A configuration of Prosody, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProsodyConfig {
    /// The options that hold for every host.
    pub global: Options,
    /// The hosts and components by name.
    pub hosts: BTreeMap<String, ProsodyHost>,
    /// Every file and folder that was read or looked for, and what is behind links, to be watched for changes.
    #[serde(with = "wire::paths")]
    pub files: Vec<PathBuf>,
    /// Variables that it asks for, which this process has not, each with the first place.
    pub unset: Vec<(String, Origin)>,
    /// What Prosody would warn about, too, and what this process sees otherwise than Prosody.
    pub warnings: Vec<Warning>,
    /// The variables that it was rendered from, by where each stands; none where it is a configuration of its own.
    #[serde(skip)]
    pub variables: Option<Vec<Setter>>,
}

/// A `VirtualHost` or a `Component`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProsodyHost {
    pub kind: HostKind,
    /// Its own options, without the global ones.
    pub options: Options,
}

/// What a host is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostKind {
    /// A host with users.
    VirtualHost,
    /// A component, and the module that it is made of; `component` is an external one.
    Component(String),
}

/// Something to look at that does not keep the configuration from working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub text: String,
    pub origin: Origin,
}

impl ProsodyConfig {
    /// The option of a host: its own, else the global one. So does Prosody for a host that it does not know.
    #[must_use]
    pub fn get(&self, host: &str, option: &str) -> Option<&Setting> {
        self.get_of(self.hosts.get(host), option)
    }

    /// The same of a host that is at hand.
    #[must_use]
    pub fn get_of<'a>(
        &'a self,
        host: Option<&'a ProsodyHost>,
        option: &str,
    ) -> Option<&'a Setting> {
        let own = host.and_then(|host| host.options.get(option));
        own.or_else(|| self.global.get(option))
    }

    /// Every option of a host, its own and the global ones.
    #[must_use]
    pub fn effective(&self, host: &str) -> Options {
        let mut options = self.global.clone();
        if let Some(host) = self.hosts.get(host) {
            options.extend(host.options.clone());
        }
        options
    }

    /// The text of a host's option, as `module:get_option_string` gives it.
    #[must_use]
    pub fn string(&self, host: &str, option: &str) -> Option<String> {
        let value = self.get(host, option).map(|setting| &setting.value);
        let text = coercion::string(value).value?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Whether Prosody starts a host: not where `enabled = false` is set for it.
    #[must_use]
    pub fn is_enabled(&self, host: &str) -> bool {
        let enabled = self.get(host, "enabled").map(|setting| &setting.value);
        enabled != Some(&false.into())
    }

    /// The hosts that admit users by token: those with `authentication = "token"` that Prosody starts.
    pub fn token_hosts(&self) -> impl Iterator<Item = &str> {
        let virtual_hosts = self
            .hosts
            .iter()
            .filter(|(_, host)| host.kind == HostKind::VirtualHost);
        virtual_hosts
            .map(|(name, _)| name.as_str())
            .filter(|name| self.string(name, "authentication").as_deref() == Some("token"))
            .filter(|name| self.is_enabled(name))
    }
}

impl ProsodyHost {
    /// Where the host was declared.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let declaring = match self.kind {
            HostKind::VirtualHost => "defined",
            HostKind::Component(_) => "load_global_modules",
        };
        let setting = self.options.get(declaring);
        setting.map_or(Origin::Default, |setting| setting.origin.clone())
    }
}
