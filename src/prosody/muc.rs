//! The MUC components of a host.

use std::collections::BTreeMap;

use super::coercion;
use super::model::{HostKind, ProsodyConfig};

impl ProsodyConfig {
    /// Every component of the module `muc`.
    pub fn muc_components(&self) -> impl Iterator<Item = &str> {
        let is_muc =
            |kind: &HostKind| matches!(kind, HostKind::Component(module) if module == "muc");
        self.hosts
            .iter()
            .filter(move |(_, host)| is_muc(&host.kind))
            .map(|(name, _)| name.as_str())
    }

    /// The MUC components by the host that their name without its first label is: `conference.HOST`, `lobby.HOST`.
    #[must_use]
    pub fn muc_components_by_host(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut by_host: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in self.muc_components() {
            if let Some((_, host)) = name.split_once('.') {
                by_host.entry(host).or_default().push(name);
            }
        }
        by_host
    }

    /// The MUC domain that the domain mapper's options name for a host or component: `muc_mapper_domain`, else
    /// `muc_mapper_domain_prefix` (`conference`) and `muc_mapper_domain_base`.
    #[must_use]
    pub fn mapped_muc_domain(&self, host: &str) -> Option<String> {
        self.string(host, "muc_mapper_domain").or_else(|| {
            let base = self.string(host, "muc_mapper_domain_base")?;
            let prefix = self.string(host, "muc_mapper_domain_prefix");
            Some(format!(
                "{}.{base}",
                prefix.as_deref().unwrap_or(DEFAULT_PREFIX)
            ))
        })
    }

    /// The MUC component in which a host's users meet: the one that the mapper's options name, else the one of this
    /// host that verifies tokens, else `conference.HOST`, else its only one.
    ///
    /// The mapper's options may name a component that does not exist; where they belong to another host, as they
    /// do when they are global and there are several hosts, the component's name decides.
    #[must_use]
    pub fn muc_component(&self, host: &str) -> Option<String> {
        let by_host = self.muc_components_by_host();
        self.muc_component_among(host, by_host.get(host).map_or(&[], Vec::as_slice))
    }

    /// The same for one of many hosts, whose own components are at hand.
    #[must_use]
    pub fn muc_component_among(&self, host: &str, own: &[&str]) -> Option<String> {
        let mapped = self.mapped_muc_domain(host);
        let base = self.string(host, "muc_mapper_domain_base");
        let foreign = base.is_some_and(|base| base != host) && !own.is_empty();
        if let Some(mapped) = mapped.filter(|_| !foreign) {
            return Some(mapped);
        }
        let verifying = own
            .iter()
            .copied()
            .filter(|name| self.verifies_tokens(name));
        let named = format!("{DEFAULT_PREFIX}.{host}");
        only(verifying)
            .or_else(|| own.iter().copied().find(|name| *name == named))
            .or_else(|| only(own.iter().copied()))
            .map(str::to_owned)
    }

    /// Whether anything asks about tokens at a host: at a `VirtualHost` any module may, at a component those that have their
    /// own policy there. `token_verification` has that of the `VirtualHost`.
    #[must_use]
    pub fn asks_about_tokens(&self, name: &str) -> bool {
        let Some(host) = self.hosts.get(name) else {
            return false;
        };
        match &host.kind {
            HostKind::VirtualHost => true,
            HostKind::Component(module) => {
                let modules = host
                    .options
                    .get("modules_enabled")
                    .map(|setting| &setting.value);
                let modules = coercion::strings(modules).value.unwrap_or_default();
                let modules = modules.iter().map(Vec::as_slice);
                modules
                    .chain([module.as_bytes()])
                    .any(|module| ASKING.iter().any(|asking| asking.as_bytes() == module))
            }
        }
    }

    /// Whether a MUC component loads `token_verification`.
    #[must_use]
    pub fn verifies_tokens(&self, component: &str) -> bool {
        let own = self.hosts.get(component).map(|host| &host.options);
        let names_it = |option: &str| {
            let modules = own.and_then(|options| options.get(option));
            let names = coercion::strings(modules.map(|setting| &setting.value));
            let names = names.value.unwrap_or_default();
            names.iter().any(|name| name == b"token_verification")
        };
        names_it("modules_enabled") && !names_it("modules_disabled")
    }
}

fn only<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = names.next()?;
    names.next().is_none().then_some(first)
}

/// Jitsi's modules that ask about tokens with the options of the host that they are loaded at.
const ASKING: [&str; 9] = [
    "muc_size",
    "muc_kick_participant",
    "muc_end_meeting",
    "muc_jigasi_invite",
    "muc_password_check",
    "system_chat_message",
    "filter_iq_rayo",
    "visitors_component",
    "muc_poltergeist",
];
const DEFAULT_PREFIX: &str = "conference";
