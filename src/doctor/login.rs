//! What comes of a login at the Prosody that runs, and where it can be tried.

use crate::prosody::coercion;
use crate::prosody::model::ProsodyConfig;
use crate::prosody::value::Value;

use super::facts::Facts;
use super::facts::login::{Login, LoginOutcome, Place, Transport};
use super::finding::Finding;

/// What is wrong with the logins that were tried.
pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    facts.logins.tried.iter().filter_map(finding).collect()
}

/// Those that went well, in a few words.
pub(super) fn summary(facts: &Facts) -> Vec<String> {
    let logins = facts.logins.tried.iter();
    logins
        .map(|login| {
            let came = match &login.outcome {
                LoginOutcome::LetIn => "let in".to_owned(),
                LoginOutcome::Refused(condition, _) => format!("refused with {condition}"),
                LoginOutcome::Otherwise(_) => "not offered".to_owned(),
            };
            let with = with_token_of(login);
            format!("a login at {}{with} over {}: {came}", login.host, login.url)
        })
        .collect()
}

/// Whose token it was, where that is not plain.
fn with_token_of(login: &Login) -> String {
    let issuer = login.issuer.as_ref();
    issuer.map_or_else(String::new, |issuer| {
        format!(" with a token of the issuer {issuer}")
    })
}

fn finding(login: &Login) -> Option<Finding> {
    let Login { host, url, .. } = login;
    let asked = login.reached_daemon;
    match &login.outcome {
        LoginOutcome::LetIn if asked == Some(false) => Some(Finding::error(
            "login-not-by-daemon",
            format!("Prosody let a login in at {host} over {url} and did not ask the daemon"),
            "another module decides on tokens there, or another daemon does, and not by the policy that you see",
            RESTART.to_owned(),
        )),
        LoginOutcome::LetIn => None,
        LoginOutcome::Refused(condition, text) => Some(refused(login, &reason(condition, text))),
        LoginOutcome::Otherwise(mechanisms) if mechanisms.is_empty() => Some(Finding::error(
            "login-not-offered",
            format!("Prosody offers no way to log in at {host} over {url}"),
            "the authentication that its configuration names did not load in the Prosody that runs, or it wants TLS on this machine, too",
            RESTART.to_owned(),
        )),
        LoginOutcome::Otherwise(mechanisms) => Some(Finding::error(
            "login-otherwise",
            format!(
                "Prosody takes logins at {host} over {url} by {} alone, and tokens come with ANONYMOUS",
                mechanisms.join(", ")
            ),
            "the Prosody that runs has another authentication than its configuration says",
            RESTART.to_owned(),
        )),
    }
}

fn refused(login: &Login, reason: &str) -> Finding {
    let Login { host, url, .. } = login;
    let with = with_token_of(login);
    let option = login.issuer.as_ref();
    let option = option.map_or_else(String::new, |issuer| format!(" --issuer {issuer}"));
    let (by, why, remedy) = if login.reached_daemon == Some(false) {
        (
            ", and did not ask the daemon",
            "another module decides there than the one on disk, or Prosody does not reach the daemon; users are refused as well",
            "systemctl restart prosody; journalctl -u prosody -n 50   (/var/log/prosody/prosody.log where it has one)".to_owned(),
        )
    } else {
        (
            "",
            "the token was made with the host's secret as its policy wants it, so users with good tokens are refused as well",
            format!(
                "prosody-tokend mint --host {host}{option} | sudo prosody-tokend explain --host {host}"
            ),
        )
    };
    let what = format!("Prosody refused a login at {host}{with} over {url}{by}: {reason}");
    Finding::error("login-refused", what, why, remedy)
}

fn reason(condition: &str, text: &str) -> String {
    if text.is_empty() {
        condition.to_owned()
    } else {
        format!("{text} ({condition})")
    }
}

/// Where a host's users come in on this machine, the best place first: BOSH before WebSocket, without TLS before with it.
#[must_use]
pub fn places(config: &ProsodyConfig, host: &str) -> Vec<Place> {
    let server_name = config.string(host, "http_host");
    let server_name = server_name.unwrap_or_else(|| host.to_owned());
    let bases = bases(config);
    let transports = [Transport::Bosh, Transport::WebSocket].into_iter();
    let enabled = transports.filter(|transport| is_enabled(config, host, transport.module()));
    enabled
        .flat_map(|transport| {
            let path = path(config, host, transport);
            let server_name = server_name.clone();
            let place = move |base: &String| Place {
                url: format!("{base}{path}"),
                server_name: server_name.clone(),
                transport,
            };
            bases.iter().map(place).collect::<Vec<_>>()
        })
        .collect()
}

impl Place {
    /// Whether it is an address of this machine alone.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let authority = self.url.split("://").nth(1).unwrap_or_default();
        ["127.", "[::1]", "localhost:"]
            .iter()
            .any(|here| authority.starts_with(here))
    }
}

impl Transport {
    const fn module(self) -> &'static str {
        match self {
            Self::Bosh => "bosh",
            Self::WebSocket => "websocket",
        }
    }

    const fn default_path(self) -> &'static str {
        match self {
            Self::Bosh => "/http-bind",
            Self::WebSocket => "/xmpp-websocket",
        }
    }
}

/// Whether a host has a module: one of its own, or a global one that is not taken away from it.
fn is_enabled(config: &ProsodyConfig, host: &str, module: &str) -> bool {
    let own = config.hosts.get(host).map(|host| &host.options);
    let names = |option: &str| {
        let sections = [own, Some(&config.global)].into_iter().flatten();
        let set = sections.filter_map(|options| options.get(option));
        let names = set.filter_map(|setting| coercion::strings(Some(&setting.value)).value);
        names.flatten().any(|name| name == module.as_bytes())
    };
    names("modules_enabled") && !names("modules_disabled")
}

fn path(config: &ProsodyConfig, host: &str, transport: Transport) -> String {
    let own = config.hosts.get(host).map(|host| &host.options);
    let sections = [own, Some(&config.global)].into_iter().flatten();
    let mut named = sections.filter_map(|options| match &options.get("http_paths")?.value {
        Value::Table(table) => table.fields.get(transport.module())?.as_str(),
        _ => None,
    });
    let path = named.next().unwrap_or_else(|| transport.default_path());
    let path = path.replace("$host", host);
    format!("/{}", path.trim_matches('/'))
}

/// Schemes with addresses and ports, each that Prosody listens at.
fn bases(config: &ProsodyConfig) -> Vec<String> {
    let services = [("http", "5280"), ("https", "5281")];
    let mut bases = Vec::new();
    for (service, default) in services {
        let ports = texts(config, &[&format!("{service}_ports")]);
        let ports = ports.unwrap_or_else(|| vec![default.to_owned()]);
        let options = [
            &format!("{service}_interfaces"),
            &format!("{service}_interface"),
            "interfaces",
            "interface",
        ];
        let interfaces = texts(config, &options).unwrap_or_else(|| vec!["*".to_owned()]);
        for interface in &interfaces {
            let address = address(interface);
            bases.extend(
                ports
                    .iter()
                    .map(|port| format!("{service}://{address}:{port}")),
            );
        }
    }
    bases
}

fn texts(config: &ProsodyConfig, options: &[&str]) -> Option<Vec<String>> {
    let mut set = options
        .iter()
        .filter_map(|option| config.global.get(*option));
    let texts = coercion::strings(Some(&set.next()?.value)).value?;
    let texts = texts
        .iter()
        .map(|text| String::from_utf8_lossy(text).into_owned());
    Some(texts.collect())
}

/// Where an interface is reached from this machine.
fn address(interface: &str) -> String {
    match interface {
        "*" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        other if other.contains(':') => format!("[{other}]"),
        other => other.to_owned(),
    }
}

const RESTART: &str = "systemctl restart prosody; sudo prosody-tokend doctor";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::origin::Origin;
    use crate::prosody::model::{HostKind, ProsodyHost};
    use crate::prosody::value::{Options, Setting, Table};

    const HOST: &str = "meet.example.com";

    fn options(set: &[(&str, Value)]) -> Options {
        let set = set.iter().map(|(name, value)| {
            let setting = Setting {
                value: value.clone(),
                origin: Origin::Default,
            };
            ((*name).to_owned(), setting)
        });
        set.collect()
    }

    fn urls(global: &[(&str, Value)], own: &[(&str, Value)]) -> Vec<String> {
        let host = ProsodyHost {
            kind: HostKind::VirtualHost,
            options: options(own),
        };
        let config = ProsodyConfig {
            variables: None,
            unset: Vec::new(),
            global: options(global),
            hosts: BTreeMap::from([(HOST.to_owned(), host)]),
            files: Vec::new(),
            warnings: Vec::new(),
        };
        let places = places(&config, HOST).into_iter();
        places.map(|place| place.url).collect()
    }

    fn list(texts: &[&str]) -> Value {
        texts.iter().map(|text| Value::from(*text)).collect()
    }

    #[test]
    fn prosody_is_found_where_its_options_say() {
        let bosh = ("modules_enabled", list(&["bosh"]));
        let with_websocket = ("modules_enabled", list(&["websocket", "bosh"]));
        let none = Value::Table(Table::default());
        let port = ("http_ports", Value::Integer(80));
        let no_tls = ("https_ports", none.clone());
        let paths = |path: &str| {
            let fields = BTreeMap::from([("bosh".to_owned(), path.into())]);
            let table = Table {
                fields,
                ..Table::default()
            };
            ("http_paths", Value::Table(table))
        };
        for (global, own, expected) in [
            (vec![], vec![], vec![]),
            (
                vec![bosh.clone()],
                vec![("modules_disabled", list(&["bosh"]))],
                vec![],
            ),
            (
                vec![],
                vec![bosh.clone()],
                vec![
                    "http://127.0.0.1:5280/http-bind",
                    "https://127.0.0.1:5281/http-bind",
                ],
            ),
            (
                vec![port.clone(), no_tls.clone()],
                vec![with_websocket],
                vec![
                    "http://127.0.0.1:80/http-bind",
                    "http://127.0.0.1:80/xmpp-websocket",
                ],
            ),
            (
                vec![
                    port.clone(),
                    no_tls.clone(),
                    ("interfaces", list(&["::", "192.0.2.1"])),
                ],
                vec![bosh.clone()],
                vec!["http://[::1]:80/http-bind", "http://192.0.2.1:80/http-bind"],
            ),
            (
                vec![
                    port.clone(),
                    no_tls.clone(),
                    ("interfaces", "x".into()),
                    ("http_interfaces", "::1".into()),
                ],
                vec![bosh.clone()],
                vec!["http://[::1]:80/http-bind"],
            ),
            (
                vec![port.clone(), no_tls.clone(), paths("/global")],
                vec![bosh.clone(), paths("/$host/b/")],
                vec!["http://127.0.0.1:80/meet.example.com/b"],
            ),
            (
                vec![port, no_tls.clone(), paths("/global")],
                vec![bosh.clone()],
                vec!["http://127.0.0.1:80/global"],
            ),
            (vec![("http_ports", none), no_tls], vec![bosh], vec![]),
        ] {
            assert_eq!(urls(&global, &own), expected, "{global:?} {own:?}");
        }
    }
}
