//! What is said of a key that is no option where it stands: the option that is meant, and where it belongs.

use figment::value::Value;

use crate::keys::source;
use crate::token::algorithm::Algorithm;

use super::names;
use super::values::shown;
use crate::options::{self, Kind, KnownOption, Place};

/// Which table a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table<'a> {
    /// Above all sections.
    Top,
    /// The section of one host.
    Host,
    /// That of one of its issuers.
    Issuer,
    /// That of a gateway.
    Gateway,
    /// One of the other sections.
    Section(&'a str),
}

/// What is expected in place of the key. `known` are the keys that the table has.
#[must_use]
pub fn expected(name: &str, value: &Value, table: Table<'_>, known: &[&str]) -> String {
    if let Some(text) = section(name, value, table) {
        return text;
    }
    if is_prosodys_own(name) {
        return "it to stay in Prosody's configuration, where Prosody reads it".to_owned();
    }
    if table == Table::Issuer
        && let Some(option) = of_issuer(name)
    {
        return renamed(name, value, option);
    }
    if table == Table::Gateway {
        return match of_gateway(name) {
            Some(option) => renamed(name, value, option),
            None => SHIPPED.to_owned(),
        };
    }
    let of_gateways = || options::of_gateways().find(|option| option.name == name);
    let option = options::named(name)
        .or_else(of_gateways)
        .or_else(|| names::intended_option(name));
    match option.map(|option| of_table(option, table)) {
        Some(option) if is_read(option, table) => renamed(name, value, option),
        Some(option) => elsewhere(name, value, option),
        None if known.len() > FEW => SHIPPED.to_owned(),
        None => format!("one of {}", known.join(", ")),
    }
}

/// The option of an issuer that is meant by a name: what it is called for hosts or elsewhere, or the one spelt most alike.
fn of_issuer(name: &str) -> Option<&'static KnownOption> {
    let (_, meant) = OF_ISSUERS
        .iter()
        .find(|(names, _)| names.contains(&name))
        .unwrap_or(&(&[], ""));
    let is_like = |option: &&KnownOption| strsim::osa_distance(name, option.name) <= 2;
    let mut known = options::of_issuers();
    let by_name = known.find(|option| option.name == *meant);
    by_name.or_else(|| options::of_issuers().find(is_like))
}

/// The option of a gateway that is meant by a name: what it is called elsewhere, or the one spelt most alike.
fn of_gateway(name: &str) -> Option<&'static KnownOption> {
    let (_, meant) = OF_GATEWAYS
        .iter()
        .find(|(names, _)| names.contains(&name))
        .unwrap_or(&(&[], ""));
    let is_like = |option: &&KnownOption| strsim::osa_distance(name, option.name) <= 2;
    let mut known = options::of_gateways();
    let by_name = known.find(|option| option.name == *meant);
    by_name.or_else(|| options::of_gateways().find(is_like))
}

/// What options of gateways are called elsewhere.
const OF_GATEWAYS: [(&[&str], &str); 9] = [
    (
        &["kong", "kong_yml", "declarative_config", "config"],
        "kong_config",
    ),
    (&["plugin"], "kong_plugin"),
    (
        &["jwks_uri", "jwks_url", "jwks", "keys_url", "key_url"],
        "cache_keys_url",
    ),
    (&["alg", "algorithm", "signature_algorithm"], "algorithms"),
    (
        &["iss", "issuer", "app_id", "asap_accepted_issuers"],
        "issuers",
    ),
    (
        &["aud", "audience", "client_id", "asap_accepted_audiences"],
        "audiences",
    ),
    (&["claims", "required"], "required_claims"),
    (&["claim_headers", "upstream_headers"], "headers"),
    (&["trusted_ips", "trusted_proxy"], "trusted_proxies"),
];

/// What options of issuers are called elsewhere.
const OF_ISSUERS: [(&[&str], &str); 6] = [
    (
        &[
            "iss",
            "app_id",
            "asap_accepted_issuers",
            "accepted_issuers",
            "url",
        ],
        "issuer",
    ),
    (
        &[
            "aud",
            "audience",
            "asap_accepted_audiences",
            "accepted_audiences",
            "client_id",
        ],
        "audiences",
    ),
    (&["alg", "algorithm", "signature_algorithm"], "algorithms"),
    (
        &["jwks_uri", "jwks_url", "jwks", "keys_url", "key_url"],
        "cache_keys_url",
    ),
    (&["secret", "client_secret", "key"], "app_secret"),
    (
        &["mapping", "claim_mapping", "preset", "provider"],
        "claims",
    ),
];

/// The variable that sets the option that was meant by the name of a variable.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let option = options::named(name).or_else(|| names::intended_option(name))?;
    let name = option.name.to_ascii_uppercase();
    match option.place {
        Place::Host | Place::HostAsJitsi => Some(format!(
            "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__{name}, where the host is meet.example.com"
        )),
        Place::Prosody | Place::Issuer | Place::Gateway => None,
        Place::Daemon("") => Some(format!("PROSODY_TOKEND_{name}")),
        Place::Daemon(section) => Some(format!(
            "PROSODY_TOKEND_{}__{name}",
            section.to_ascii_uppercase()
        )),
    }
}

/// What is expected in place of a table that is no section.
fn section(name: &str, value: &Value, table: Table<'_>) -> Option<String> {
    let inner = value.as_dict()?;
    if table != Table::Top {
        let is_section = SECTIONS.contains(&name);
        return is_section.then(|| format!("[{name}] alone: it is a section of its own"));
    }
    if let Some(section) = SECTIONS
        .iter()
        .find(|known| strsim::osa_distance(name, known) <= 2)
    {
        return Some(format!("a known key; the nearest is {section}"));
    }
    let is_of_hosts = HOSTS.contains(&names_of_hosts(name).as_str());
    let found = if is_of_hosts {
        inner.iter().next().map(|(name, value)| dotted(name, value))
    } else {
        None
    };
    let host = found.unwrap_or_else(|| dotted(name, value));
    Some(if host.contains('.') {
        format!("[hosts.\"{host}\"]")
    } else {
        format!("a section that there is: [hosts.\"DOMAIN\"], {OTHER_SECTIONS}")
    })
}

fn names_of_hosts(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-'], "")
}

/// The name that a table was meant to have, where dots in it make tables of tables.
#[must_use]
pub fn dotted(name: &str, value: &Value) -> String {
    let inner = value.as_dict().filter(|inner| inner.len() == 1);
    let inner = inner.and_then(|inner| inner.iter().next());
    match inner {
        Some((next, value)) if value.as_dict().is_some() => {
            format!("{name}.{}", dotted(next, value))
        }
        Some(_) | None => name.to_owned(),
    }
}

/// The option of the same name that the table has, where it has one.
fn of_table(option: &'static KnownOption, table: Table<'_>) -> &'static KnownOption {
    let mut same = options::all().filter(|other| other.name == option.name);
    same.find(|other| is_read(other, table)).unwrap_or(option)
}

fn is_read(option: &KnownOption, table: Table<'_>) -> bool {
    match (option.place, table) {
        (_, Table::Issuer) => option.is_issuers,
        (place, Table::Gateway) => place == Place::Gateway,
        (Place::Host | Place::HostAsJitsi, Table::Host) => true,
        (Place::Daemon(section), Table::Top) => section.is_empty(),
        (Place::Daemon(section), Table::Section(own)) => section == own,
        (Place::Prosody | Place::Issuer | Place::Gateway, _)
        | (Place::Daemon(_), Table::Host)
        | (Place::Host | Place::HostAsJitsi, Table::Top | Table::Section(_)) => false,
    }
}

/// Another name of an option that the table has. A value that it cannot have is not repeated.
fn renamed(name: &str, value: &Value, option: &KnownOption) -> String {
    let option = by_value(value, option);
    let KnownOption {
        name: meant, kind, ..
    } = option;
    match written(value, *kind) {
        Some(value) if !is_alike(name, meant) && is_taken(option, &value) => {
            format!("{meant} = {value}")
        }
        Some(_) | None => format!("a known key; the nearest is {meant}"),
    }
}

fn is_alike(name: &str, meant: &str) -> bool {
    strsim::osa_distance(name, meant) <= 2
}

/// Whether the option takes this value, as far as it depends on more than the type.
fn is_taken(option: &KnownOption, value: &str) -> bool {
    let text = value.trim_matches('"');
    if option.name == "signature_algorithm" {
        Algorithm::from_name(text).is_some()
    } else if option.kind == Kind::Url {
        source::is_exposed(text).is_ok()
    } else {
        !text.trim().is_empty() && text != "[]"
    }
}

/// What holds the key: a file, where a path is named.
fn by_value<'o>(value: &Value, option: &'o KnownOption) -> &'o KnownOption {
    let is_path = value.as_str().is_some_and(|text| text.starts_with('/'));
    let is_address = value
        .as_str()
        .is_some_and(|text| text.starts_with("https://"));
    let other = match option.kind {
        Kind::Secret if is_path => Some("app_secret_file"),
        Kind::Folder if is_address => Some("cache_keys_url"),
        _ => None,
    };
    other.and_then(options::named).unwrap_or(option)
}

/// The value as the option takes it. None for a secret, and for what it cannot take.
fn written(value: &Value, kind: Kind) -> Option<String> {
    match kind {
        Kind::Texts => match value {
            Value::Array(..) => Some(shown(value)),
            Value::String(..) => Some(format!("[{}]", shown(value))),
            _ => None,
        },
        Kind::Text | Kind::Url | Kind::SecretFile | Kind::File | Kind::Folder | Kind::Mapping => {
            value.as_str().map(|_| shown(value))
        }
        Kind::Truth => value.to_bool().map(|truth| truth.to_string()),
        Kind::Number(_) => matches!(value, Value::Num(..)).then(|| shown(value)),
        Kind::Secret | Kind::Credential | Kind::Table => None,
    }
}

fn elsewhere(name: &str, value: &Value, option: &KnownOption) -> String {
    let option = by_value(value, option);
    let what = if name == option.name {
        "it".to_owned()
    } else {
        option.name.to_owned()
    };
    let place = match option.place {
        Place::Host | Place::HostAsJitsi => {
            "in the section [hosts.\"DOMAIN\"] of each host that it is for".to_owned()
        }
        Place::Prosody => {
            return format!("{what} to stay in Prosody's configuration, where the modules read it");
        }
        Place::Issuer => "in a section [[hosts.\"DOMAIN\".issuers]]".to_owned(),
        Place::Gateway => "in a section [gateways.NAME]".to_owned(),
        Place::Daemon("") => "above the first section".to_owned(),
        Place::Daemon(section) => format!("in the section [{section}]"),
    };
    let variables = if name.starts_with("JWT_") {
        "; a file of docker-jitsi-meet's variables is read with --env-file"
    } else {
        ""
    };
    format!("{what} {place}{variables}")
}

fn is_prosodys_own(name: &str) -> bool {
    PROSODYS.contains(&name) || PROSODYS_BEGIN.iter().any(|start| name.starts_with(start))
}

/// With more names than this, a message does not list them.
const FEW: usize = 8;
const OTHER_SECTIONS: &str = "[gateways.NAME], [admin], [audit], [console], [forward_auth], [limits], [log], [metrics], [revocations], [store] or [workers]";
const SHIPPED: &str =
    "an option of this section; the config.toml that comes with the daemon shows them all";
/// The sections that there are.
pub const SECTIONS: [&str; 12] = [
    "admin",
    "audit",
    "console",
    "forward_auth",
    "gateways",
    "hosts",
    "limits",
    "log",
    "metrics",
    "revocations",
    "store",
    "workers",
];
const HOSTS: [&str; 8] = [
    "host",
    "hosts",
    "virtualhost",
    "virtualhosts",
    "vhost",
    "vhosts",
    "domain",
    "domains",
];
/// Names that Prosody and its modules have, of those that stand beside options about tokens.
const PROSODYS: &[&str] = &[
    "VirtualHost",
    "Component",
    "authentication",
    "modules_enabled",
    "modules_disabled",
    "plugin_paths",
    "admins",
    "ssl",
    "storage",
    "certificates",
    "restrict_room_creation",
    "c2s_require_encryption",
    "s2s_secure_auth",
    "allow_registration",
    "http_ports",
    "https_ports",
    "http_host",
    "http_paths",
    "pidfile",
    "data_path",
    "guest_domain",
    "main_muc",
    "lobby_muc",
    "breakout_rooms_muc",
    "speakerstats_component",
    "conference_duration_component",
    "muc_component",
    "external_services",
    "external_service_secret",
    "turn_external_secret",
    "turn_external_host",
    "cross_domain_bosh",
    "cross_domain_websocket",
    "consider_bosh_secure",
    "consider_websocket_secure",
    "uvs_base_url",
    "uvs_issuer",
    "prosody_password_public_key_repo_url",
    "uses_anonymous",
];
const PROSODYS_BEGIN: [&str; 7] = [
    "muc_room_",
    "muc_lobby_",
    "c2s_",
    "s2s_",
    "bosh_",
    "websocket_",
    "smacks_",
];

#[cfg(test)]
mod tests {
    use super::super::layers::Inputs;
    use super::super::load;

    const GOOD: &str = "[hosts.\"meet.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";

    fn refusal(text: &str) -> String {
        let sources = Inputs {
            file: Some(("/t.toml".into(), text.to_owned())),
            ..Inputs::default()
        };
        load(&sources).expect_err(text).to_string()
    }

    #[test]
    fn the_option_that_is_meant_is_named_and_not_a_list_of_all() {
        for (line, expected) in [
            (
                "audience = \"jitsi\"",
                "expected asap_accepted_audiences = [\"jitsi\"]",
            ),
            (
                "aud = [\"a\", \"b\"]",
                "expected asap_accepted_audiences = [\"a\", \"b\"]",
            ),
            ("issuer = \"x\"", "expected asap_accepted_issuers = [\"x\"]"),
            (
                "algorithm = \"HS512\"",
                "expected signature_algorithm = \"HS512\"",
            ),
            ("alg = \"hs512\"", "the nearest is signature_algorithm"),
            ("clock_skew = 5", "expected leeway = 5"),
            ("allow_guests = true", "expected allow_empty_token = true"),
            ("secret = \"hunter2\"", "the nearest is app_secret"),
            ("key = \"hunter2\"", "the nearest is app_secret"),
            (
                "secret = \"/etc/secret\"",
                "expected app_secret_file = \"/etc/secret\"",
            ),
            (
                "jwks_url = \"https://a.example/jwks\"",
                "expected cache_keys_url = \"https://a.example/jwks\"",
            ),
            (
                "jwks_url = \"a.example/jwks\"",
                "the nearest is cache_keys_url",
            ),
            (
                "keys = \"https://a.example/jwks\"",
                "expected cache_keys_url = \"https://a.example/jwks\"",
            ),
            (
                "JWT_ACCEPTED_ISSUERS = \"x\"",
                "expected asap_accepted_issuers = [\"x\"]",
            ),
            ("JWT_APP_SECRET = \"hunter2\"", "the nearest is app_secret"),
            (
                "api_key = \"hunter2\"",
                "expected it above the first section",
            ),
            (
                "listen = [\"127.0.0.1:1\"]",
                "expected it above the first section",
            ),
            (
                "prosody_config = \"/p\"",
                "expected it above the first section",
            ),
            ("port = 5290", "expected listen above the first section"),
            ("token_bytes = 4096", "expected it in the section [limits]"),
            ("threads = 4", "expected it in the section [workers]"),
            (
                "log_level = \"debug\"",
                "expected level in the section [log]",
            ),
            (
                "token_verification_allowlist = []",
                "expected it to stay in Prosody's configuration",
            ),
            (
                "authentication = \"token\"",
                "expected it to stay in Prosody's configuration",
            ),
            (
                "modules_enabled = []",
                "expected it to stay in Prosody's configuration",
            ),
            (
                "tokend_url = \"x\"",
                "expected it to stay in Prosody's configuration",
            ),
            ("colour = 5", "expected an option of this section"),
        ] {
            let refusal = refusal(&format!("{GOOD}{line}\n"));
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
            assert!(refusal.contains("has 1 mistake"), "{refusal}");
            assert!(
                !refusal.contains("hunter2") && !refusal.contains("expected one of"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn what_stands_in_the_wrong_section_is_sent_where_it_is_read() {
        for (section, expected) in [
            (
                "[workers]\nthreads = 2\nprosody_config = \"/p\"",
                "workers.prosody_config: found an unknown key with a string as value, expected it above the first section",
            ),
            ("[workers]\ndocker = true", "above the first section"),
            (
                "[limits]\nleeway = 30",
                "expected it in the section [hosts.\"DOMAIN\"] of each host",
            ),
            (
                "[log]\nallow_empty_token = true",
                "expected it in the section [hosts.\"DOMAIN\"]",
            ),
            (
                "[log]\nbody_bytes = 2048",
                "expected it in the section [limits]",
            ),
            (
                "[limits]\nthreads = 2",
                "expected it in the section [workers]",
            ),
            ("[log]\ncolour = 2", "expected one of level, format"),
        ] {
            let refusal = refusal(&format!("{GOOD}{section}\n"));
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
        for (line, expected) in [
            (
                "app_id = \"a\"",
                "app_id: found an unknown key with a string as value, expected it in the section [hosts.\"DOMAIN\"]",
            ),
            (
                "JWT_APP_ID = \"a\"",
                "expected app_id in the section [hosts.\"DOMAIN\"] of each host that it is for; a file of docker-jitsi-meet's variables is read with --env-file",
            ),
            ("level = \"info\"", "expected it in the section [log]"),
        ] {
            let refusal = refusal(&format!("{line}\n{GOOD}"));
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
    }

    #[test]
    fn a_variable_that_sets_nothing_is_told_the_one_that_does() {
        for (name, expected) in [
            (
                "APP_ID",
                "expected PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_ID, where the host is meet.example.com",
            ),
            (
                "SECRET",
                "expected PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_SECRET",
            ),
            ("LOG_LEVEL", "expected PROSODY_TOKEND_LOG__LEVEL"),
            ("THREADS", "expected PROSODY_TOKEND_WORKERS__THREADS"),
            ("PORT", "expected PROSODY_TOKEND_LISTEN"),
            ("APIKEY", "expected PROSODY_TOKEND_API_KEY"),
            (
                "HOSTS__MEET_EXAMPLE_COM__AUDIENCE",
                "expected PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ASAP_ACCEPTED_AUDIENCES",
            ),
        ] {
            let sources = Inputs {
                file: Some(("/t.toml".into(), GOOD.to_owned())),
                environment: vec![(format!("PROSODY_TOKEND_{name}"), "hunter2".to_owned())],
                ..Inputs::default()
            };
            let refusal = load(&sources).expect_err(name).to_string();
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn a_host_with_dots_needs_quotes_and_that_alone_is_said() {
        for (header, expected) in [
            (
                "[hosts.meet.example.com]",
                "found [hosts.meet.example.com], expected [hosts.\"meet.example.com\"]",
            ),
            ("[hosts.meet.jitsi]", "expected [hosts.\"meet.jitsi\"]"),
            (
                "[hosts.a.b.c.d.example]",
                "expected [hosts.\"a.b.c.d.example\"]",
            ),
            ("[host.\"meet.example.com\"]", "the nearest is hosts"),
            ("[host]", "the nearest is hosts"),
            (
                "[virtualhost.\"meet.example.com\"]",
                "expected [hosts.\"meet.example.com\"]",
            ),
            (
                "[VirtualHost.meet.example.com]",
                "expected [hosts.\"meet.example.com\"]",
            ),
            (
                "[meet.example.com]",
                "expected [hosts.\"meet.example.com\"]",
            ),
            (
                "[\"meet.example.com\"]",
                "expected [hosts.\"meet.example.com\"]",
            ),
        ] {
            let text = format!("{header}\napp_id = \"a\"\napp_secret = \"hunter2\"\n");
            let refusal = refusal(&text);
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
            assert!(refusal.contains("has 1 mistake"), "{refusal}");
        }
    }

    #[test]
    fn what_is_no_section_of_a_host_is_told_so_and_not_shown() {
        for (text, expected) in [
            (
                "[hosts]\napp_id = \"a\"\napp_secret = \"hunter2\"\n",
                "hosts.app_secret: found a string, expected it in a section [hosts.\"DOMAIN\"]",
            ),
            (
                "hosts = \"hunter2\"\n",
                "hosts: found a string, expected a section [hosts.\"DOMAIN\"] for each host",
            ),
            (
                "[[hosts]]\napp_secret = \"hunter2\"\n",
                "hosts: found a list, expected a section [hosts.\"DOMAIN\"] for each host",
            ),
            (
                "[hosts.\"*\"]\napp_id = \"a\"\napp_secret = \"hunter2\"\n",
                "a section for each host: there are no patterns of names",
            ),
            (
                "[hosts.\"*.example.com\"]\napp_id = \"a\"\napp_secret = \"hunter2\"\n",
                "there are no patterns of names",
            ),
            (
                "[hosts.\"A.example\"]\napp_id = \"a\"\napp_secret = \"hunter2\"\n[hosts.\"a.example\"]\napp_id = \"b\"\napp_secret = \"hunter2\"\n",
                "found a second section of the same host, expected one: capitals make no difference [/t.toml:4]",
            ),
        ] {
            let refusal = refusal(text);
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
            assert!(
                !refusal.contains("hunter2") && !refusal.contains("no host"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn what_a_file_holds_is_not_shown_where_its_path_belongs() {
        let pem = "-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----";
        let secret = "kT7vQ2mW9xR4pL8sN3bD6fH1jZ5cY0aE";
        let head = "[hosts.a]\napp_id = \"a\"\n";
        for (option, value) in [
            ("public_key_file", pem),
            ("key_folder", pem),
            ("app_secret_file", pem),
            ("app_secret_file", secret),
            ("app_secret_file", "0123456789abcdef0123456789abcdef"),
            ("public_key_file", secret),
        ] {
            let refusal = refusal(&format!("{head}{option} = \"{value}\"\n"));
            assert!(
                refusal.contains("found what a file holds in place of its path (not shown)"),
                "{refusal}"
            );
            assert!(
                !refusal.contains("hunter2")
                    && !refusal.contains(secret)
                    && !refusal.contains("0123"),
                "{refusal}"
            );
        }
        let refusal = refusal(&format!("{head}app_secret_file = \"no_such_file\"\n"));
        assert!(refusal.contains("no_such_file: No such file"), "{refusal}");
    }

    #[test]
    fn an_address_to_listen_on_is_hinted_at_as_it_is_taken() {
        for (line, expected) in [
            ("listen = 5290", "listen = [\"127.0.0.1:5290\"]"),
            ("listen = \"5290\"", "listen = [\"127.0.0.1:5290\"]"),
            ("listen = [\"5290\"]", "\"127.0.0.1:5290\""),
            ("listen = [\":5290\"]", "\"127.0.0.1:5290\""),
            ("listen = [\"localhost:5290\"]", "\"127.0.0.1:5290\""),
            (
                "listen = [\"http://127.0.0.1:5290/\"]",
                "\"127.0.0.1:5290\"",
            ),
            ("listen = [\"127.0.0.1\"]", "\"127.0.0.1:5290\""),
            ("listen = [\"/run/t.sock\"]", "\"unix:/run/t.sock\""),
            (
                "listen = [\"nowhere\"]",
                "an address and port such as 127.0.0.1:5290",
            ),
            ("[log]\nlevel = \"warning\"", "level = \"warn\""),
            ("[log]\nlevel = \"INFO\"", "level = \"info\""),
            ("[limits]\nbody_bytes = \"64k\"", "body_bytes = 65536"),
            ("[limits]\nbody_bytes = \"4096\"", "body_bytes = 4096"),
            ("[limits]\nbody_bytes = \"1 MiB\"", "body_bytes = 1048576"),
            ("[limits]\nbody_bytes = \"64G\"", "a whole number from"),
        ] {
            let refusal = refusal(&format!("{line}\n{GOOD}"));
            assert!(
                refusal.contains(&format!("expected {expected}")),
                "{expected}\nis not in\n{refusal}"
            );
        }
    }

    #[test]
    fn a_hint_that_has_a_value_is_taken_as_it_stands() {
        for line in [
            "audience = \"jitsi\"",
            "iss = \"x\"",
            "algorithm = \"HS512\"",
            "clock_skew = 5",
            "allow_guests = true",
            "jwks_url = \"https://a.example/jwks\"",
            "keys = \"https://a.example/jwks\"",
            "keyserver = \"https://a.example/asap/\"",
            "asap_accepted_audiences = \"*\"",
            "asap_accepted_issuers = \"a\"",
            "allow_empty_token = \"false\"",
            "enable_domain_verification = 0",
            "require_exp = \"yes\"",
            "leeway = \"30\"",
            "leeway = \"30s\"",
            "signature_algorithm = \"hs256\"",
        ] {
            let refusal = refusal(&format!("{GOOD}{line}\n"));
            let hint = refusal
                .split("expected ")
                .nth(1)
                .and_then(|rest| rest.split(" [/").next())
                .unwrap();
            assert!(hint.contains(" = "), "{refusal}");
            let sources = Inputs {
                file: Some(("/t.toml".into(), format!("{GOOD}{hint}\n"))),
                ..Inputs::default()
            };
            assert!(load(&sources).is_ok(), "{hint}: {:?}", load(&sources));
        }
    }
}
