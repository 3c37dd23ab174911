//! Whether Prosody's hosts ask for tokens, and their rooms verify them.

use crate::options::{self, Place};
use crate::origin::Origin;
use crate::prosody::model::{HostKind, ProsodyConfig, ProsodyHost};

use super::facts::Facts;
use super::finding::Finding;
use super::included;
use super::names::{self, Slip};
use super::remedy::RESTART;
use super::rooms::{self, declared, is_virtual, origin};
use super::spelling;

/// What is wrong with the hosts in Prosody's configuration, apart from names that slipped, and what comes of those.
pub fn examine(facts: &Facts, slips: &[Slip]) -> Vec<Finding> {
    let Ok(config) = &facts.prosody_config else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = without_authentication(facts, config);
    let is_left_out = included::is_any_missed(facts);
    if config.token_hosts().next().is_none() && findings.is_empty() && !is_left_out {
        findings.push(no_token_host(facts, config));
    }
    for host in config.token_hosts() {
        if !names::explain(slips, host) {
            findings.extend(rooms::examine(config, host));
            findings.extend(unknown_to_daemon(facts, host));
        }
    }
    findings.extend(unknown_to_prosody(facts, config, slips));
    findings.extend(components(facts, config));
    findings.extend(unread(facts, config));
    findings
}

/// Components with an `app_id`, about which nobody asks: rooms go by the host that they are named after.
fn components(facts: &Facts, config: &ProsodyConfig) -> Vec<Finding> {
    let rooms = config.muc_components_by_host();
    let with_options = config.hosts.iter().filter_map(|(name, host)| {
        let is_component = matches!(host.kind, HostKind::Component(_));
        let set = host.options.get("app_id").filter(|_| is_component)?;
        let is_asked_about =
            rooms.contains_key(name.as_str()) || facts.own_hosts.contains_key(name);
        (!is_asked_about).then_some((name, &set.origin))
    });
    with_options
        .map(|(name, place)| {
            Finding::note(
                "component-with-options",
                format!("app_id is set below Component {name:?}, where nobody asks for it [{place}]"),
                "tokens for rooms go by the options of the VirtualHost that the component is named after",
                format!("at {place} take out app_id, and what else is about tokens below that Component; then {RESTART}"),
            )
        })
        .collect()
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
            "in {daemon} write above its first section: prosody_config = \"{prosody}\"; then systemctl reload prosody-tokend   (or move {name} to the host's section there)"
        ),
    )
}

/// Hosts with a policy that do not admit by it. One that has options for tokens in Prosody alone may be meant to admit
/// otherwise, as Jigasi's is, unless no host admits by token.
fn without_authentication(facts: &Facts, config: &ProsodyConfig) -> Vec<Finding> {
    let tokens: Vec<&str> = config.token_hosts().collect();
    let is_meant = |name: &str, host: &ProsodyHost| {
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
            format!("at {place} take out enabled = false; then {RESTART}"),
        );
    }
    let method = config.string(host, AUTHENTICATION);
    let what = match (&method, misspelt_option(config, host)) {
        (Some(method), _) => format!("has {AUTHENTICATION} = {method:?}"),
        (None, Some(name)) => format!("has no {AUTHENTICATION} set, but {name}"),
        (None, None) => format!("has no {AUTHENTICATION} set"),
    };
    // Such as hybrid_matrix_token, which looks at tokens by itself.
    let is_another = method.as_ref().is_some_and(|method| {
        let name = method
            .trim_start_matches("mod_")
            .trim_start_matches("auth_");
        name.contains("token") && name != "token" && !spelling::is_meant(name, "token")
    });
    let (why, unless) = if is_another {
        (
            "that module decides by itself, and does not ask the daemon",
            "   (unless users log in there in the other way that it has)",
        )
    } else {
        (
            "Prosody asks for a password or lets everybody in; nobody looks at tokens",
            "",
        )
    };
    Finding::error(
        "authentication-not-token",
        format!(
            "VirtualHost {host:?} {what}, not \"token\" [{}]",
            origin(config, host, AUTHENTICATION)
        ),
        why,
        format!("{}; then {RESTART}{unless}", by_token(config, host)),
    )
}

/// An option of the host that was meant to be its authentication.
fn misspelt_option<'a>(config: &'a ProsodyConfig, host: &str) -> Option<&'a str> {
    let names = config.hosts.get(host)?.options.keys();
    let mut names = names.map(String::as_str);
    names.find(|name| spelling::is_meant(name, AUTHENTICATION))
}

/// The line that has a host admit by token: in place of the one that is there, or of the one that was meant so.
fn by_token(config: &ProsodyConfig, host: &str) -> String {
    let options = config.hosts.get(host).map(|host| &host.options);
    let own = |name: &str| options?.get(name);
    let meant = misspelt_option(config, host).and_then(own);
    match own(AUTHENTICATION).or(meant) {
        Some(setting) => format!("at {} write: {BY_TOKEN}", setting.origin),
        None => format!(
            "below VirtualHost {host:?} ({}) write: {BY_TOKEN}",
            declared(config, host)
        ),
    }
}

fn no_token_host(facts: &Facts, config: &ProsodyConfig) -> Finding {
    let rooms = config.muc_components_by_host();
    let mut hosts = rooms.keys().filter(|host| is_virtual(config, host));
    let line = hosts.next().map_or_else(
        || format!("below the VirtualHost of your meetings write: {BY_TOKEN}"),
        |host| by_token(config, host),
    );
    Finding::error(
        "no-token-host",
        format!(
            "no VirtualHost in {} has {BY_TOKEN}",
            facts.prosody_path.display()
        ),
        "no host of this Prosody admits users by token",
        format!("{line}; then {RESTART}"),
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

fn unknown_to_prosody(facts: &Facts, config: &ProsodyConfig, slips: &[Slip]) -> Vec<Finding> {
    let daemon = facts.daemon_config.as_ref().ok();
    let hosts = daemon.into_iter().flat_map(|daemon| daemon.hosts.keys());
    let is_own =
        |host: &String| facts.own_hosts.contains_key(host) || !config.hosts.contains_key(host);
    let unknown = hosts.filter(|host| !is_virtual(config, host) && is_own(host));
    let unknown =
        unknown.filter(|host| !names::explain(slips, host) && !included::explain(facts, host));
    unknown
        .map(|host| {
            Finding::warning(
                "host-not-in-prosody",
                format!(
                    "the daemon has a policy for {host:?}, and Prosody has no such VirtualHost"
                ),
                "nobody can log in there; a name that is misspelt looks like this",
                taken_out(facts, config, host),
            )
        })
        .collect()
}

/// What to do with a section that is for no host.
fn taken_out(facts: &Facts, config: &ProsodyConfig, host: &str) -> String {
    let known: Vec<&str> = config.token_hosts().collect();
    let known = known.join(", ");
    let place = facts.own_hosts.get(host).map_or_else(
        || format!("in {}", facts.described_in()),
        |place| format!("at {place}"),
    );
    format!(
        "{place} take out [hosts.{host:?}] and what is below it, or write there the name of a VirtualHost ({known}); then systemctl reload prosody-tokend"
    )
}

const AUTHENTICATION: &str = "authentication";
const BY_TOKEN: &str = "authentication = \"token\"";
