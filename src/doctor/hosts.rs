//! Whether Prosody's hosts ask for tokens, and their rooms verify them.

use crate::config::options::{self, Place};
use crate::config::problem::Origin;
use crate::config::prosody::model::{Host, HostKind, ProsodyConfig};

use super::facts::Facts;
use super::finding::Finding;

/// What is wrong with the hosts in Prosody's configuration.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let Ok(config) = &facts.prosody_config else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = without_authentication(facts, config);
    if config.token_hosts().next().is_none() && findings.is_empty() {
        findings.push(no_token_host(facts));
    }
    for host in config.token_hosts() {
        findings.extend(rooms(config, host));
        findings.extend(unknown_to_daemon(facts, host));
    }
    findings.extend(unknown_to_prosody(facts, config));
    findings.extend(unread(facts, config));
    findings
}

/// Options that only the daemon has, in a configuration of Prosody's that it does not read.
fn unread(facts: &Facts, config: &ProsodyConfig) -> Vec<Finding> {
    let hosts = config.hosts.values().map(|host| &host.options);
    let set = hosts.chain([&config.global]).flatten();
    let is_daemons =
        |name: &str| options::named(name).is_some_and(|option| option.place == Place::Host);
    let unread = set.filter(|(name, _)| !facts.daemon_reads_prosody && is_daemons(name));
    unread
        .map(|(name, setting)| not_read(facts, name, &setting.origin))
        .collect()
}

fn not_read(facts: &Facts, name: &str, origin: &Origin) -> Finding {
    let (prosody, daemon) = (facts.prosody_path.display(), facts.daemon_path.display());
    Finding::warning(
        "option-not-read",
        format!("{name} is set at {origin}, which the daemon does not read"),
        "only the daemon has this option, so it counts for nothing there",
        format!(
            "prosody_config = \"{prosody}\" in {daemon}, or {name} below the host's section there"
        ),
    )
}

fn is_virtual(config: &ProsodyConfig, host: &str) -> bool {
    config
        .hosts
        .get(host)
        .is_some_and(|host| host.kind == HostKind::VirtualHost)
}

fn origin(config: &ProsodyConfig, host: &str, option: &str) -> Origin {
    let declared = || config.hosts.get(host).map(Host::origin);
    let set = config
        .get(host, option)
        .map(|setting| setting.origin.clone());
    set.or_else(declared).unwrap_or(Origin::Default)
}

/// Hosts with a policy that do not admit by it. One that has options for tokens in Prosody alone may be meant to admit
/// otherwise, as Jigasi's is, unless no host admits by token.
fn without_authentication(facts: &Facts, config: &ProsodyConfig) -> Vec<Finding> {
    let tokens: Vec<&str> = config.token_hosts().collect();
    let is_meant = |name: &str, host: &Host| {
        let daemon = facts.daemon_config.as_ref();
        let known = daemon.is_ok_and(|daemon| daemon.hosts.contains_key(name));
        known || (tokens.is_empty() && host.options.contains_key("app_id"))
    };
    let lacking = config.hosts.iter().filter(|(name, host)| {
        host.kind == HostKind::VirtualHost
            && !tokens.contains(&name.as_str())
            && is_meant(name, host)
    });
    lacking
        .map(|(name, _)| not_by_token(config, name))
        .collect()
}

fn not_by_token(config: &ProsodyConfig, host: &str) -> Finding {
    if !config.is_enabled(host) {
        let place = origin(config, host, "enabled");
        return Finding::error(
            "host-disabled",
            format!("VirtualHost {host:?} is disabled [{place}]"),
            "Prosody does not start it, so nobody can log in there",
            format!("take out enabled = false at {place}; then systemctl restart prosody"),
        );
    }
    let method = config.string(host, "authentication").map_or_else(
        || "has no authentication set".to_owned(),
        |method| format!("has authentication = {method:?}"),
    );
    Finding::error(
        "authentication-not-token",
        format!(
            "VirtualHost {host:?} {method}, not \"token\" [{}]",
            origin(config, host, "authentication")
        ),
        "Prosody asks for a password or lets everybody in; nobody looks at tokens",
        format!(
            "below VirtualHost {host:?} write: authentication = \"token\"; then systemctl restart prosody"
        ),
    )
}

fn no_token_host(facts: &Facts) -> Finding {
    Finding::error(
        "no-token-host",
        format!("no VirtualHost in {} has authentication = \"token\"", facts.prosody_path.display()),
        "no host of this Prosody admits users by token",
        "below the VirtualHost of your meetings write: authentication = \"token\"; then systemctl restart prosody".to_owned(),
    )
}

fn rooms(config: &ProsodyConfig, host: &str) -> Option<Finding> {
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
        return Some(no_muc(host));
    };
    if !is_there(&muc) {
        return Some(muc_nowhere(config, host, &muc));
    }
    if muc.split_once('.').is_none_or(|(_, parent)| parent != host) {
        return Some(muc_of_another(config, host, &muc));
    }
    (!config.verifies_tokens(&muc)).then(|| unverified(config, host, &muc))
}

/// The component that the host's policy goes by, which takes no notice of `muc_mapper_domain` without a base.
fn mapped(config: &ProsodyConfig, host: &str) -> Option<String> {
    config.string(host, "muc_mapper_domain_base")?;
    config.mapped_muc_domain(host)
}

fn no_muc(host: &str) -> Finding {
    Finding::error(
        "muc-missing",
        format!("there is no MUC component for {host:?}"),
        "without it there are no rooms to join",
        format!(
            "write: Component \"conference.{host}\" \"muc\" with modules_enabled = {{ \"token_verification\" }}; then systemctl restart prosody"
        ),
    )
}

fn muc_nowhere(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let option = mapping_option(config, host);
    let known: Vec<String> = config
        .muc_components()
        .map(|name| format!("{name:?}"))
        .collect();
    Finding::error(
        "muc-mapper-domain",
        format!(
            "{option} of {host:?} leads to the MUC component {muc:?}, which does not exist [{}]",
            origin(config, host, option)
        ),
        "tokens are compared with the address of a room that nobody can join",
        format!(
            "set {option} so that it leads to one of the MUC components that there are ({}); then systemctl restart prosody",
            known.join(", ")
        ),
    )
}

fn muc_of_another_host(config: &ProsodyConfig, host: &str, mapped: &str) -> Finding {
    let option = mapping_option(config, host);
    Finding::error(
        "muc-mapper-domain",
        format!(
            "{option} of {host:?} leads to {mapped:?}, and the rooms of this host are elsewhere [{}]",
            origin(config, host, option)
        ),
        "tokens are compared with the address of a room that nobody of this host joins",
        format!(
            "below VirtualHost {host:?} write: muc_mapper_domain_base = {host:?}; then systemctl restart prosody"
        ),
    )
}

fn mapping_option(config: &ProsodyConfig, host: &str) -> &'static str {
    let mut options = ["muc_mapper_domain", "muc_mapper_domain_base"].into_iter();
    let set = options.find(|option| config.get(host, option).is_some());
    set.unwrap_or("muc_mapper_domain_base")
}

fn muc_of_another(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let declared = config.hosts.get(muc).map_or(Origin::Default, Host::origin);
    Finding::error(
        "muc-not-below-host",
        format!("the MUC component {muc:?} is not named after {host:?} [{declared}]"),
        "token_verification goes by the policy of the host whose name follows the component's first label, and refuses joins where there is none",
        format!(
            "rename it: Component \"conference.{host}\" \"muc\"; then systemctl restart prosody"
        ),
    )
}

fn unverified(config: &ProsodyConfig, host: &str, muc: &str) -> Finding {
    let elsewhere = config
        .hosts
        .keys()
        .find(|name| config.verifies_tokens(name));
    let elsewhere = elsewhere.map_or_else(String::new, |name| {
        format!("; {name:?} has it, where no room of this host is")
    });
    Finding::error(
        "token-verification-missing",
        format!(
            "token_verification is not in modules_enabled of {muc:?} [{}]{elsewhere}",
            origin(config, muc, "modules_enabled")
        ),
        &format!("any token of {host} opens every room: what it says about rooms is not looked at"),
        format!(
            "below Component {muc:?} \"muc\" write: modules_enabled = {{ \"token_verification\" }}, beside what is there; then systemctl restart prosody"
        ),
    )
}

fn unknown_to_daemon(facts: &Facts, host: &str) -> Option<Finding> {
    let daemon = facts.daemon_config.as_ref().ok()?;
    (!daemon.hosts.contains_key(host)).then(|| {
        Finding::error(
            "host-without-policy",
            format!(
                "Prosody admits by token on {host:?}, and {} gives no policy for it",
                facts.described_in()
            ),
            "the daemon refuses to decide for a host that it does not know, so nobody gets in",
            facts.policy_needed(host),
        )
    })
}

fn unknown_to_prosody(facts: &Facts, config: &ProsodyConfig) -> Vec<Finding> {
    let daemon = facts.daemon_config.as_ref().ok();
    let hosts = daemon.into_iter().flat_map(|daemon| daemon.hosts.keys());
    let unknown = hosts.filter(|host| !is_virtual(config, host));
    unknown
        .map(|host| {
            Finding::warning(
                "host-not-in-prosody",
                format!(
                    "the daemon has a policy for {host:?}, and Prosody has no such VirtualHost"
                ),
                "nobody can log in there; a name that is misspelt looks like this",
                format!(
                    "prosodyctl check config; compare the names in {} and {}",
                    facts.prosody_path.display(),
                    facts.daemon_path.display()
                ),
            )
        })
        .collect()
}
