//! Whether each host's rooms are where its tokens are compared with them, and verify those.

use crate::origin::Origin;
use crate::prosody::model::{HostKind, ProsodyConfig, ProsodyHost};

use super::finding::Finding;
use super::remedy::{self, RESTART};
use super::spelling;

/// What is wrong with the rooms of a host.
pub fn examine(config: &ProsodyConfig, host: &str) -> Option<Finding> {
    let is_there = |muc: &String| config.muc_components().any(|component| component == muc);
    let met = config.muc_component(host);
    if let Some(mapped) = mapped(config, host).filter(|mapped| met.as_ref() != Some(mapped)) {
        return Some(if is_there(&mapped) {
            muc_of_another_host(config, host, &mapped)
        } else {
            muc_nowhere(config, host, &mapped)
        });
    }
    let Some(muc) = met else {
        return (!meets_elsewhere(config, host)).then(|| no_muc(config, host));
    };
    if !is_there(&muc) {
        return Some(muc_nowhere(config, host, &muc));
    }
    match muc.split_once('.') {
        Some((_, parent)) if parent == host => {
            (!config.verifies_tokens(&muc)).then(|| unverified(config, host, &muc))
        }
        // The rooms of another host, which its own policy is for: its guests' and dial-in hosts meet there.
        Some((_, parent)) if is_virtual(config, parent) => None,
        _ => Some(muc_of_another(config, host, &muc)),
    }
}

/// Whether a host that has no rooms is one beside another that has some: its users join those.
fn meets_elsewhere(config: &ProsodyConfig, host: &str) -> bool {
    let rooms = config.muc_components_by_host();
    let mut others = config.token_hosts().filter(|other| *other != host);
    others.any(|other| rooms.contains_key(other))
}

pub fn is_virtual(config: &ProsodyConfig, host: &str) -> bool {
    config
        .hosts
        .get(host)
        .is_some_and(|host| host.kind == HostKind::VirtualHost)
}

/// Where an option of a host was set, else where the host is declared.
pub fn origin(config: &ProsodyConfig, host: &str, option: &str) -> Origin {
    let set = config
        .get(host, option)
        .map(|setting| setting.origin.clone());
    set.unwrap_or_else(|| declared(config, host))
}

/// Where a host is declared.
pub fn declared(config: &ProsodyConfig, host: &str) -> Origin {
    config
        .hosts
        .get(host)
        .map_or(Origin::Default, ProsodyHost::origin)
}

/// The component that the host's policy goes by, which takes no notice of `muc_mapper_domain` without a base.
fn mapped(config: &ProsodyConfig, host: &str) -> Option<String> {
    config.string(host, "muc_mapper_domain_base")?;
    config.mapped_muc_domain(host)
}

fn no_muc(config: &ProsodyConfig, host: &str) -> Finding {
    let declared = declared(config, host);
    let place = match &declared {
        Origin::File(path, _) => format!("at the end of {}", path.display()),
        _ => "at the end of Prosody's configuration".to_owned(),
    };
    let verification = [VERIFICATION.to_owned()];
    Finding::error(
        "muc-missing",
        format!("there is no MUC component for {host:?} [{declared}]"),
        "without it there are no rooms to join",
        format!(
            "{place} write two lines: Component \"conference.{host}\" \"muc\" and {}; then {RESTART}",
            remedy::list(MODULES, &verification)
        ),
    )
}

fn muc_nowhere(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let option = mapping_option(config, host);
    let known: Vec<String> = config.muc_components().map(remedy::quoted).collect();
    let place = origin(config, host, option);
    Finding::error(
        "muc-mapper-domain",
        format!(
            "{option} of {host:?} leads to the MUC component {muc:?}, which does not exist [{place}]"
        ),
        "tokens are compared with the address of a room that nobody can join",
        leading_to_rooms(config, host, option).unwrap_or_else(|| {
            format!(
                "at {place} set {option} so that it leads to one of the MUC components that there are ({}); then {RESTART}",
                known.join(", ")
            )
        }),
    )
}

/// What makes the options lead to the host's own component, where it has one alone.
fn leading_to_rooms(config: &ProsodyConfig, host: &str, option: &str) -> Option<String> {
    let rooms = config.muc_components_by_host();
    let [own] = rooms.get(host)?.as_slice() else {
        return None;
    };
    let place = origin(config, host, option);
    let label = own.split('.').next()?;
    let prefix = config.string(host, "muc_mapper_domain_prefix");
    let base = config.string(host, "muc_mapper_domain_base");
    let line = if option == "muc_mapper_domain" {
        format!("at {place} write: muc_mapper_domain = {own:?}")
    } else if base.as_deref() != Some(host) {
        format!("at {place} write: muc_mapper_domain_base = {host:?}")
    } else if prefix.is_some() {
        let place = origin(config, host, "muc_mapper_domain_prefix");
        format!("at {place} write: muc_mapper_domain_prefix = {label:?}")
    } else {
        format!("below {place} write: muc_mapper_domain_prefix = {label:?}")
    };
    Some(format!("{line}; then {RESTART}"))
}

fn muc_of_another_host(config: &ProsodyConfig, host: &str, mapped: &str) -> Finding {
    let option = mapping_option(config, host);
    let own = config
        .hosts
        .get(host)
        .and_then(|host| host.options.get(option));
    let place = own.map_or_else(
        || format!("below VirtualHost {host:?} ({})", declared(config, host)),
        |setting| format!("at {}", setting.origin),
    );
    Finding::error(
        "muc-mapper-domain",
        format!(
            "{option} of {host:?} leads to {mapped:?}, and the rooms of this host are elsewhere [{}]",
            origin(config, host, option)
        ),
        "tokens are compared with the address of a room that nobody of this host joins",
        format!("{place} write: muc_mapper_domain_base = {host:?}; then {RESTART}"),
    )
}

fn mapping_option(config: &ProsodyConfig, host: &str) -> &'static str {
    let mut options = ["muc_mapper_domain", "muc_mapper_domain_base"].into_iter();
    let set = options.find(|option| config.get(host, option).is_some());
    set.unwrap_or("muc_mapper_domain_base")
}

fn muc_of_another(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let declared = declared(config, muc);
    let mapping = config.get(host, "muc_mapper_domain");
    let mapping = mapping.map_or_else(String::new, |setting| {
        format!(
            ", and at {} write: muc_mapper_domain = \"conference.{host}\"",
            setting.origin
        )
    });
    Finding::error(
        "muc-not-below-host",
        format!("the MUC component {muc:?} is not named after {host:?} [{declared}]"),
        "token_verification goes by the policy of the host whose name follows the component's first label, and refuses joins where there is none",
        format!(
            "at {declared} write: Component \"conference.{host}\" \"muc\"{mapping}; then {RESTART}"
        ),
    )
}

fn unverified(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let modules = own(config, muc, MODULES);
    let texts = remedy::texts(modules);
    let slip = texts
        .iter()
        .position(|text| spelling::is_meant(text, VERIFICATION));
    let place = origin_of_own(config, muc, MODULES);
    let what = match slip.and_then(|position| texts.get(position)) {
        Some(name) => format!(
            "modules_enabled of {muc:?} has {name:?}, which is no module: its name is \"token_verification\" [{place}]"
        ),
        None if is_disabled(config, muc) => format!(
            "modules_disabled of {muc:?} takes token_verification out [{}]",
            origin_of_own(config, muc, DISABLED)
        ),
        None => format!(
            "token_verification is not in modules_enabled of {muc:?} [{place}]{}",
            misplaced(config, muc)
        ),
    };
    Finding::error(
        "token-verification-missing",
        what,
        &format!("any token of {host} opens every room: what it says about rooms is not looked at"),
        format!("{}; then {RESTART}", verifying(config, muc, slip)),
    )
}

/// The list of modules as it should be, where it belongs.
fn verifying(config: &ProsodyConfig, muc: &str, slip: Option<usize>) -> String {
    if is_disabled(config, muc) {
        let mut texts = remedy::texts(own(config, muc, DISABLED));
        texts.retain(|text| text != VERIFICATION);
        return remedy::list_in_place(DISABLED, &origin_of_own(config, muc, DISABLED), &texts);
    }
    let mut texts = remedy::texts(own(config, muc, MODULES));
    match slip.and_then(|position| texts.get_mut(position)) {
        Some(text) => VERIFICATION.clone_into(text),
        None => texts.push(VERIFICATION.to_owned()),
    }
    let place = origin_of_own(config, muc, MODULES);
    match (own(config, muc, MODULES), misspelt_option(config, muc)) {
        (Some(_), _) => remedy::list_in_place(MODULES, &place, &texts),
        (None, Some((name, listed))) => {
            let line = remedy::list(MODULES, &listed);
            let place = origin_of_own(config, muc, name);
            format!("at {place} write, in place of the whole of {name} that begins there: {line}")
        }
        (None, None) => format!(
            "below Component {muc:?} \"muc\" ({place}) write: {}",
            remedy::list(MODULES, &texts)
        ),
    }
}

/// An option of the component that was meant to be `modules_enabled`, and what it should list.
fn misspelt_option<'a>(config: &'a ProsodyConfig, muc: &str) -> Option<(&'a str, Vec<String>)> {
    let options = &config.hosts.get(muc)?.options;
    let mut alike = options
        .iter()
        .filter(|(name, _)| spelling::is_meant(name, MODULES) && *name != DISABLED);
    let (name, setting) = alike.next()?;
    let mut texts = remedy::texts(Some(setting));
    if !texts.iter().any(|text| text == VERIFICATION) {
        texts.push(VERIFICATION.to_owned());
    }
    Some((name, texts))
}

/// Where the module is instead, and does nothing for these rooms.
fn misplaced(config: &ProsodyConfig, muc: &str) -> String {
    if let Some((name, _)) = misspelt_option(config, muc) {
        return format!("; what is there is called {name}");
    }
    let is_it = |text: &String| text == VERIFICATION || spelling::is_meant(text, VERIFICATION);
    let has_it = |setting: Option<&_>| remedy::texts(setting).iter().any(is_it);
    let hosts = config.hosts.keys().map(String::as_str);
    let found = hosts
        .filter(|name| *name != muc)
        .find(|name| has_it(own(config, name, MODULES)));
    if let Some(name) = found {
        let kind = if is_virtual(config, name) {
            "VirtualHost"
        } else {
            "Component"
        };
        let place = origin_of_own(config, name, MODULES);
        return format!("; {kind} {name:?} has it, where no room of this host is [{place}]");
    }
    let global = config.global.get(MODULES);
    let global = global.filter(|setting| has_it(Some(setting)));
    global.map_or_else(String::new, |setting| {
        format!(
            "; the modules of all VirtualHosts have it, which no Component takes [{}]",
            setting.origin
        )
    })
}

fn is_disabled(config: &ProsodyConfig, muc: &str) -> bool {
    let has_it = |option| {
        let texts = remedy::texts(own(config, muc, option));
        texts.iter().any(|text| text == VERIFICATION)
    };
    has_it(MODULES) && has_it(DISABLED)
}

/// What is set for the host itself: a component takes no modules from above.
fn own<'a>(
    config: &'a ProsodyConfig,
    host: &str,
    option: &str,
) -> Option<&'a crate::prosody::value::Setting> {
    config.hosts.get(host)?.options.get(option)
}

fn origin_of_own(config: &ProsodyConfig, host: &str, option: &str) -> Origin {
    own(config, host, option)
        .map_or_else(|| declared(config, host), |setting| setting.origin.clone())
}

const MODULES: &str = "modules_enabled";
const DISABLED: &str = "modules_disabled";
const VERIFICATION: &str = "token_verification";
