//! What Prosody says about tokens, as settings of this daemon.

mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use figment::value::{Dict, Value};

use crate::keys::source;
use crate::token::preparation;

use super::token_options::{self, TokenOption};
use crate::options::{self, KEY_URL_OF_MODULES, KnownOption, Role};
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::coercion::{self, Complaint};
use crate::prosody::model::{HostKind, ProsodyConfig, ProsodyHost};
use crate::prosody::setter::Setter;
use crate::prosody::value::{Options, Value as ProsodyValue};

/// The settings of all hosts that Prosody admits users to by token, and what is to be said about them.
#[derive(Debug, Default)]
pub struct ProsodySettings {
    /// The options of each host.
    pub hosts: BTreeMap<String, Dict>,
    /// Where each option was set, by host and name.
    pub origins: BTreeMap<(String, String), Origin>,
    /// Options whose values have no meaning.
    pub problems: Vec<ConfigProblem>,
    /// Where each host is declared.
    pub declared: BTreeMap<String, Origin>,
    /// What works, but is better changed.
    pub warnings: Vec<String>,
    /// Variables that Prosody's configuration asks for and that are not set.
    pub unset: Vec<(String, Origin)>,
    /// Each host of Prosody's, how it admits, and where it is declared.
    pub others: Vec<(String, Origin)>,
    /// Key servers that modules of Prosody ask for, and where each is named.
    pub key_urls: Vec<(String, Origin)>,
    /// Where hosts and components do not fit together, or not to the daemon's own settings.
    pub mismatches: Vec<String>,
    /// The variables that Prosody's part was rendered from, by where each stands.
    pub variables: Option<Vec<Setter>>,
}

/// Takes what the daemon's own settings leave open. `own` are those of each host, whose names they may spell in
/// capitals.
///
/// Hosts that the daemon's own settings name are taken, too, whatever their `authentication` is: modules may ask about
/// tokens there.
#[must_use]
pub fn settings_of_hosts(config: &ProsodyConfig, own: &BTreeMap<String, Dict>) -> ProsodySettings {
    let mut settings = ProsodySettings {
        variables: config.variables.clone(),
        ..ProsodySettings::default()
    };
    let spellings: BTreeMap<String, &String> = own
        .keys()
        .rev()
        .map(|name| (preparation::host(name), name))
        .collect();
    let spelled = |name: &str| spellings.get(&preparation::host(name)).copied();
    let with_own_app_id = config.hosts.iter().filter_map(|(name, host)| {
        let is_asked = host.options.contains_key("app_id") && config.asks_about_tokens(name);
        let is_named = is_asked || spelled(name).is_some();
        (is_named && config.is_enabled(name)).then_some(name.as_str())
    });
    let hosts: BTreeSet<&str> = config.token_hosts().chain(with_own_app_id).collect();
    let components = config.muc_components_by_host();
    for &host in &hosts {
        let name = spelled(host).map_or(host, String::as_str);
        settings.take_host(config, host, name, own.get(name));
        let components = components.get(host).map_or(&[][..], Vec::as_slice);
        settings.warn_of_rooms(config, host, components);
    }
    settings.warn(config, own);
    settings.warn_of_authentication(config, own);
    settings.warn_of_components(config, &hosts);
    settings.take_key_urls(config);
    settings.others = others(config);
    settings.unset.clone_from(&config.unset);
    settings.warn_of_names(config);
    settings.warn_of_places(config, &hosts);
    settings
}

impl ProsodySettings {
    fn take_host(&mut self, config: &ProsodyConfig, host: &str, name: &str, own: Option<&Dict>) {
        let options = token_options::options_of_host(config, host);
        let has = |name: &str| options.iter().any(|option| option.name == name);
        // Who writes the application ID into the daemon's own settings gets what those accept by default.
        let is_written_here = own.is_some() && !has("app_id");
        if !has(AUDIENCES) && !is_written_here && own.is_none_or(|own| !own.contains_key(AUDIENCES))
        {
            let any = vec![Value::from("*")].into();
            self.set(name, AUDIENCES, any, Origin::ProsodyDefault);
        }
        let declared = config
            .hosts
            .get(host)
            .map_or(Origin::Default, ProsodyHost::origin);
        self.declared.insert(name.to_owned(), declared);
        for option in options {
            match own.and_then(|own| replacing(own, option.name)) {
                None => self.take(name, option),
                Some(by) => self.warn_of_keys(name, &option, by),
            }
        }
    }

    /// Keys of one kind that keys of another kind replace.
    fn warn_of_keys(&mut self, host: &str, option: &TokenOption, by: &str) {
        let TokenOption { name, origin, .. } = option;
        let role = |name| options::named(name).map(|option| option.role);
        let is_refined = *name == by || [role(name), role(by)] == [Some(Role::AppSecret); 2];
        if options::named(name).is_some_and(KnownOption::is_key) && !is_refined {
            self.warnings.push(format!(
                "{name} of {host} is not used, since {by} in the daemon's own configuration takes its place [{origin}]"
            ));
        }
    }

    /// A token decides about rooms only where their component asks for it.
    fn warn_of_rooms(&mut self, config: &ProsodyConfig, host: &str, components: &[&str]) {
        let Some(name) = config.muc_component_among(host, components) else {
            return;
        };
        if let Some(component) = config.hosts.get(&name)
            && !config.verifies_tokens(&name)
        {
            let origin = component.origin();
            self.mismatches.push(format!(
                "{name} has no token_verification in its modules_enabled: whoever gets in to {host} gets into all \
                 of its rooms [{origin}]"
            ));
        }
    }

    fn take(&mut self, host: &str, option: TokenOption) {
        let TokenOption {
            name,
            value,
            complaint,
            origin,
        } = option;
        match complaint {
            None => {}
            Some(complaint @ (Complaint::OnlyTheFirst | Complaint::NoTextAmongThem)) => {
                self.warnings
                    .push(format!("{name} of {host}: {complaint} [{origin}]"));
            }
            Some(complaint) => return self.refuse(host, name, &complaint.to_string(), origin),
        }
        match value.as_ref().map(converted) {
            Some(Some(value)) => self.set(host, name, value, origin),
            Some(None) => self.refuse(host, name, "bytes that are no UTF-8", origin),
            None => {}
        }
    }

    fn set(&mut self, host: &str, name: &str, value: Value, origin: Origin) {
        let options = self.hosts.entry(host.to_owned()).or_default();
        options.insert(name.to_owned(), value);
        self.origins
            .insert((host.to_owned(), name.to_owned()), origin);
    }

    fn refuse(&mut self, host: &str, name: &str, found: &str, origin: Origin) {
        self.problems.push(ConfigProblem {
            kind: ProblemKind::WrongValue,
            host: Some(host.to_owned()),
            key: format!("hosts.\"{host}\".{name}"),
            found: found.to_owned(),
            expected: format!(
                "a value in Prosody's configuration that can be used, or {name} in the daemon's own"
            ),
            origin,
        });
    }

    fn warn(&mut self, config: &ProsodyConfig, own: &BTreeMap<String, Dict>) {
        for warning in &config.warnings {
            self.warnings
                .push(format!("{} [{}]", warning.text, warning.origin));
        }
        for name in own.keys() {
            if !config.hosts.contains_key(&preparation::host(name)) {
                self.mismatches.push(format!(
                    "Prosody has no host {name}, so nobody asks about it: is the name misspelt?"
                ));
            }
        }
    }

    /// What modules pass to `set_asap_key_server`.
    fn take_key_urls(&mut self, config: &ProsodyConfig) {
        for (_, options) in sections(config) {
            let Some(setting) = options.get(KEY_URL_OF_MODULES) else {
                continue;
            };
            let origin = setting.origin.clone();
            let url = coercion::string(Some(&setting.value)).value;
            let url = url
                .and_then(|url| String::from_utf8(url).ok())
                .unwrap_or_default();
            match source::is_exposed(&url) {
                Ok(_) if self.key_urls.iter().any(|(known, _)| *known == url) => {}
                Ok(_) => self.key_urls.push((url, origin)),
                Err(error) => self.warnings.push(format!(
                    "{KEY_URL_OF_MODULES} is {error}, so that no module can ask for keys there [{origin}]"
                )),
            }
        }
    }
}

/// The hosts that admit otherwise than by token.
fn others(config: &ProsodyConfig) -> Vec<(String, Origin)> {
    let hosts = config.hosts.iter();
    let hosts = hosts.filter(|(_, host)| host.kind == HostKind::VirtualHost);
    let described = hosts.map(|(name, host)| {
        let method = config.string(name, "authentication");
        let method = method.map_or("authentication is not set".to_owned(), |method| {
            format!("authentication = {method:?}")
        });
        (format!("{name} ({method})"), host.origin())
    });
    described.take(MOST_SHOWN).collect()
}

/// The options of each host, and those of none, which count for all.
fn sections(config: &ProsodyConfig) -> impl Iterator<Item = (Option<&str>, &Options)> {
    let hosts = config.hosts.iter();
    let hosts = hosts.map(|(name, host)| (Some(name.as_str()), &host.options));
    hosts.chain([(None, &config.global)])
}

/// The option of the daemon's own configuration that overrides this option of Prosody: the same one, or one with the
/// same meaning.
///
/// Whoever names where keys are names all of them, or else a key server of Prosody would go before a file of keys here.
fn replacing(own: &Dict, option: &'static str) -> Option<&'static str> {
    let says_the_same = |other: &&KnownOption| match options::named(option) {
        Some(option) if option.is_key() => other.is_key(),
        Some(option) if option.role == Role::OwnKey => other.role == Role::OwnKey,
        Some(_) | None => other.name == option,
    };
    let names = options::all().filter(says_the_same);
    let mut names = names.map(|option| option.name);
    names.find(|name| own.contains_key(*name))
}

/// None where a text is no UTF-8.
fn converted(value: &ProsodyValue) -> Option<Value> {
    Some(match value {
        ProsodyValue::String(bytes) => Value::from(std::str::from_utf8(bytes).ok()?),
        ProsodyValue::Integer(number) => Value::from(*number),
        ProsodyValue::Float(number) => number_value(*number),
        ProsodyValue::Boolean(boolean) => Value::from(*boolean),
        ProsodyValue::Table(table) => {
            let items: Option<Vec<Value>> = table.items.iter().map(converted).collect();
            items?.into()
        }
        ProsodyValue::Unreadable(_) | ProsodyValue::Opaque(_) => return None,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers of this size fit exactly"
)]
fn number_value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < MAX_WHOLE {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// The most names that one warning lists; nobody reads many more.
const MOST_SHOWN: usize = 5;
const AUDIENCES: &str = "asap_accepted_audiences";
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write key files")]
mod tests {
    use std::path::Path;

    use super::super::layers::Inputs;
    use super::super::prosody_part::ProsodyPart;
    use super::super::{Config, Loaded};
    use crate::options::{self, Place};
    use crate::prosody::release::Release;
    use crate::prosody::request::Request;
    use crate::prosody::sandbox::read_text;
    use crate::token::issuer::{Accepted, AcceptedTypes};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn with(prosody: &str, own: &str) -> Result<Config, String> {
        at("/p.lua".as_ref(), prosody, own, &[])
    }

    /// Reads Prosody's configuration as if it stood in this file.
    fn at(
        path: &Path,
        prosody: &str,
        own: &str,
        environment: &[(String, String)],
    ) -> Result<Config, String> {
        let request = Request {
            path: path.to_owned(),
            release: Release::V13,
            environment: Vec::new(),
            credentials: None,
        };
        let config = read_text(&request, prosody).unwrap();
        let sources = Inputs {
            file: Some(("/t.toml".into(), own.to_owned())),
            environment: environment.to_vec(),
            ..Inputs::default()
        };
        let prosody = ProsodyPart {
            files: Vec::new(),
            variables: None,
            outcome: Ok(config),
        };
        let config = Loaded::with_prosody(&sources, prosody).config;
        config.map_err(|refused| refused.to_string())
    }

    /// A host of Prosody with these options.
    fn host(options: &str) -> String {
        format!(
            "VirtualHost 'a.example' authentication = 'token' app_id = 'a' app_secret = '{SECRET}' {options}\n"
        )
    }

    #[test]
    fn prosodys_values_mean_what_they_mean_to_jitsis_modules() {
        let config = with(
            &host(
                "signature_algorithm = 'ES256' muc_mapper_domain_base = 'A.Example' \
                 asap_accepted_issuers = {} token_regex_max_quantifiers = 2.0 asap_ttl = 1800.0 \
                 token_verification_allowlist = { 'b@c' }",
            ),
            "",
        );
        let config = config.unwrap();
        let policy = &config.hosts["a.example"].policy;
        assert_eq!(policy.issuers.first().algorithm(), None);
        assert_eq!(
            policy.rooms.muc_domain.as_deref(),
            Some("conference.A.Example")
        );
        assert_eq!(policy.rooms.patterns.max_quantifiers, 2);
        assert_eq!(policy.issuers.first().accepted, Accepted::Only(Vec::new()));
        assert_eq!(policy.issuers.first().audiences, Accepted::Any);
    }

    #[test]
    fn the_daemons_own_values_for_a_host_of_prosodys_are_checked_as_its_own() {
        for (own, expected) in [
            ("signature_algorithm = \"none\"", "expected one of HS256"),
            (
                "asap_accepted_issuers = []",
                "asap_accepted_issuers: found []",
            ),
            ("asap_key_server = \"x\"", "found not a URL"),
            (
                "muc_mapper_domain = \"m.example\"",
                "no muc_mapper_domain_base beside it",
            ),
            ("public_key_file = \"/nowhere\"", "/nowhere: No such file"),
            ("app_secret_file = \"/nowhere\"", "/nowhere: No such file"),
            ("token_verification_allowlist = []", "an unknown key"),
        ] {
            let own = format!("[hosts.\"a.example\"]\n{own}\n");
            let refusal = with(&host(""), &own).expect_err(&own);
            assert!(
                refusal.contains(expected),
                "{expected} is not in\n{refusal}"
            );
            assert!(refusal.contains("[/t.toml:2]"), "{refusal}");
        }
        let mixed = "[hosts.\"a.example\"]\ncache_keys_url = \"https://keys.example/jwks\"\n";
        let refusal = with(&host("signature_algorithm = 'HS256'"), mixed).unwrap_err();
        assert!(refusal.contains("beside public keys"), "{refusal}");
    }

    #[test]
    fn what_the_daemon_sets_itself_is_not_asked_of_prosody() {
        for (prosody, own) in [
            ("app_secret = { {} }", format!("app_secret = \"{SECRET}\"")),
            ("app_secret = '\\255'", format!("app_secret = \"{SECRET}\"")),
            (
                "allow_empty_token = 'perhaps'",
                "allow_empty_token = true".to_owned(),
            ),
            ("asap_key_path = {{}}", "asap_key = \"x\"".to_owned()),
        ] {
            let own = format!("[hosts.\"A.Example\"]\n{own}\n");
            let config = with(&host(prosody), &own);
            assert!(config.is_ok(), "{prosody}: {config:?}");
            assert!(with(&host(prosody), "").is_err(), "{prosody}");
        }
    }

    #[test]
    fn keys_of_the_daemons_own_take_the_place_of_prosodys() {
        let public = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rsa-public.pem");
        let plain = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let server = "asap_key_server = 'https://keys.example/asap'";
        for (prosody, own, told) in [
            (server, format!("public_key_file = \"{public}\""), true),
            (server, format!("app_secret = \"{SECRET}\""), true),
            (
                server,
                "asap_key_server = \"https://b.example/\"".to_owned(),
                true,
            ),
            ("", format!("app_secret_file = \"{plain}\""), false),
        ] {
            let own = format!("[hosts.\"a.example\"]\n{own}\n");
            let config = with(&host(prosody), &own).unwrap();
            let server = config.hosts["a.example"].sources[0].key_server.as_deref();
            assert_ne!(server, Some("https://keys.example/asap"), "{own}");
            let is_told = |text: &String| text.contains("takes its place [/p.lua:1]");
            assert_eq!(config.warnings.iter().any(is_told), told, "{own}");
        }
    }

    /// Every option of a host that only the daemon has, with a value of the right type and one of a wrong type.
    const OWN: [(&str, &str, &str); 15] = [
        ("accepted_types", "{ 'JWT', 'at+jwt' }", "{}"),
        ("leeway", "5", "'long'"),
        ("require_exp", "true", "'maybe'"),
        ("max_token_lifetime", "3600", "{ 3600 }"),
        ("once", "false", "{}"),
        ("end_sessions_at_expiry", "'end'", "'later'"),
        ("end_sessions_grace", "60", "'long'"),
        ("accept_audience_array", "true", "{}"),
        ("allow_wildcards", "false", "{}"),
        ("key_folder", "'keys'", "{ 'keys' }"),
        ("public_key_file", "'keys/k.pem'", "5"),
        ("app_secret_file", "'secret'", "false"),
        ("app_secret_credential", "'secret'", "{ {} }"),
        ("asap_key", "'x'", "function () end"),
        ("asap_key_credential", "'asap'", "{ file = 'x' }"),
    ];

    #[test]
    fn every_option_that_only_the_daemon_has_is_tried_here() {
        let own = options::all().filter(|option| option.place == Place::Host);
        let own: Vec<&str> = own.map(|option| option.name).collect();
        assert_eq!(own.len(), OWN.len());
        assert!(OWN.iter().all(|(name, ..)| own.contains(name)), "{own:?}");
    }

    #[test]
    fn options_that_only_the_daemon_has_are_taken_from_prosody_as_jitsis_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prosody.cfg.lua");
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        let public = include_str!("../../tests/data/rsa-public.pem");
        std::fs::write(folder.path().join("keys/k.pem"), public).unwrap();
        std::fs::write(folder.path().join("secret"), SECRET).unwrap();
        let credentials = [(
            "CREDENTIALS_DIRECTORY".into(),
            folder.path().display().to_string(),
        )];
        for (name, value, _) in OWN {
            for above in [true, false] {
                let option = format!("{name} = {value}\n");
                let secret = format!("app_secret = '{SECRET}'");
                let is_secret = name.starts_with("app_secret");
                let secret = if is_secret { "" } else { &secret };
                let host = "VirtualHost 'a.example' authentication = 'token' app_id = 'a' ";
                let text = if above {
                    format!("{option}{host}{secret}\n")
                } else {
                    format!("{host}{secret}\n{option}")
                };
                let config = at(&path, &text, "", &credentials).unwrap();
                let line = if above { 1 } else { 2 };
                let origin = format!("{}:{line}", path.display());
                let host = &config.hosts["a.example"];
                let found = host.origin_of(name).map(ToString::to_string);
                // Without an API key nobody may ask for this server's own tokens, and a warning says so.
                let is_told = config
                    .warnings
                    .iter()
                    .any(|text| text.contains(name) && text.contains(&origin));
                assert!(found == Some(origin) || is_told, "{text}{found:?}");
            }
        }
    }

    #[test]
    fn options_that_only_the_daemon_has_decide_where_prosody_sets_them() {
        let text = "leeway = '7' max_token_lifetime = 60 accept_audience_array = true accepted_types = 'none'\n";
        let config = with(
            &(text.to_owned() + &host("require_exp = true leeway = 5")),
            "",
        );
        let config = config.unwrap();
        let policy = &config.hosts["a.example"].policy;
        assert!(
            policy.issuers.first().lifetime.require_expiration
                && policy.issuers.first().accept_audience_array
        );
        assert_eq!(policy.issuers.first().lifetime.longest, Some(60.0));
        assert_eq!(policy.issuers.first().lifetime.leeway.to_string(), "5");
        assert_eq!(
            policy.issuers.first().types,
            AcceptedTypes::listed(&["none".to_owned()])
        );
        let own = "[hosts.\"a.example\"]\nleeway = 3\n";
        let config = with(&host("leeway = 5"), own).unwrap();
        assert_eq!(
            config.hosts["a.example"]
                .policy
                .issuers
                .first()
                .lifetime
                .leeway
                .to_string(),
            "3"
        );
    }

    #[test]
    fn a_wrong_value_of_an_option_that_only_the_daemon_has_is_refused() {
        for (name, _, wrong) in OWN {
            let text = host(&format!("\n{name} = {wrong}"));
            let text = if name.starts_with("app_secret") {
                text.replace(&format!("app_secret = '{SECRET}'"), "")
            } else {
                text
            };
            let refusal = with(&text, "").expect_err(name);
            assert!(
                refusal.contains(&format!("hosts.\"a.example\".{name}: found"))
                    && refusal.contains("[/p.lua:2]"),
                "{refusal}"
            );
        }
        for wrong in [
            "leeway = -1",
            "leeway = 0/0",
            "max_token_lifetime = 0",
            "max_token_lifetime = 1e300",
            "accepted_types = { '' }",
            "public_key_file = ''",
            "key_folder = '/nowhere'",
            "require_exp = 2",
        ] {
            let refusal = with(&host(wrong), "").expect_err(wrong);
            assert!(refusal.contains("[/p.lua:1]"), "{refusal}");
        }
    }

    #[test]
    fn two_options_for_one_secret_are_refused_wherever_they_stand() {
        let text = "app_secret_file = '/secret'\n".to_owned() + &host("");
        let refusal = with(&text, "").unwrap_err();
        assert!(
            refusal.contains("app_secret_file beside app_secret (/p.lua:2)"),
            "{refusal}"
        );
    }

    #[test]
    fn options_that_count_for_nothing_where_they_stand_are_warned_of() {
        let rooms =
            "Component 'rooms.a.example' 'muc' modules_enabled = { 'token_verification' }\n";
        for (text, expected) in [
            (
                "listen = { '127.0.0.1:1' }",
                "listen in Prosody's configuration changes nothing",
            ),
            (
                "token_bytes = 300",
                "token_bytes in Prosody's configuration changes nothing: set it in the daemon's \
                own configuration (config.toml), in its section [limits]",
            ),
            (
                "limits = { token_bytes = 300 }",
                "in its section [limits] [/p.lua:3]",
            ),
            ("api_key_file = '/k'", "above all sections [/p.lua:3]"),
            (
                "require_exp = true",
                "require_exp of rooms.a.example changes nothing",
            ),
            (
                "leewa = 5",
                "unknown option leewa; the nearest is leeway [/p.lua:3]",
            ),
            ("key_max_stael = 5", "the nearest is key_max_stale"),
            (
                "Component 'c.a.example' 'muc' allow_empty_token = true",
                "allow_empty_token of c.a.example changes nothing, since no token is accepted there: set it below a VirtualHost",
            ),
            (
                "Component 'c.a.example' 'muc' app_secret = 'x'",
                "app_secret of c.a.example changes nothing",
            ),
            (
                "VirtualHost 'b.example' token_verification_allowlist = { 'c' }",
                "token_verification_allowlist of b.example changes nothing, since mod_token_verification reads it: set it \
                below the Component of the rooms",
            ),
            (
                "VirtualHost 'b.example' token_verification_require_token_for_moderation = true",
                "of b.example changes nothing, since mod_token_verification",
            ),
        ] {
            let config = with(&(host("") + rooms + text), "").unwrap();
            let is_told = |warning: &String| warning.contains(expected);
            assert!(
                config.warnings.iter().any(is_told),
                "{text}: {:?}",
                config.warnings
            );
        }
        let quiet = "log = { info = '*syslog' } limits = { c2s = { rate = '10kb/s' } } tokend_url = 'http://127.0.0.1/'";
        let config = with(&(host("") + rooms + quiet), "").unwrap();
        assert_eq!(config.warnings, [""; 0]);
    }

    #[test]
    fn hosts_are_those_with_tokens_and_those_that_are_named() {
        let plain = format!(
            "VirtualHost 'b.example' authentication = 'internal_plain' app_secret = '{SECRET}' "
        );
        for (prosody, own, expected) in [
            (String::new(), "", &["a.example"][..]),
            (plain.clone(), "", &["a.example"]),
            (
                plain.clone() + "app_id = 'b'",
                "",
                &["a.example", "b.example"],
            ),
            (
                plain.clone() + "app_id = 'b' enabled = false",
                "",
                &["a.example"],
            ),
            (
                plain,
                "[hosts.\"b.example\"]\napp_id = \"b\"",
                &["a.example", "b.example"],
            ),
        ] {
            let config = with(&(host("") + &prosody), own).unwrap();
            let names: Vec<&str> = config.hosts.keys().map(String::as_str).collect();
            assert_eq!(names, expected, "{prosody} {own}");
        }
    }

    #[test]
    fn a_host_whose_application_id_stands_in_the_daemons_own_settings_has_their_audience() {
        let bare = "VirtualHost 'a.example' authentication = 'token'";
        let own = format!("[hosts.\"a.example\"]\napp_id = \"b\"\napp_secret = \"{SECRET}\"\n");
        for (prosody, expected) in [
            (bare.to_owned(), Accepted::only(["b"])),
            (host(""), Accepted::Any),
            (
                host("asap_accepted_audiences = { 'c' }"),
                Accepted::only(["c"]),
            ),
        ] {
            let config = with(&prosody, &own).unwrap();
            assert_eq!(
                config.hosts["a.example"].policy.issuers.first().audiences,
                expected,
                "{prosody}"
            );
        }
    }

    #[test]
    fn a_host_with_an_empty_value_takes_no_other_one_down() {
        for (options, told) in [
            (
                "app_id = '' app_secret = ''",
                "guest.example: Prosody has app_id = \"\" for it",
            ),
            (
                "app_id = 'g' app_secret = ''",
                "guest.example: Prosody has app_secret = \"\" for it",
            ),
            (
                "app_id = 'g' app_secret = 's' asap_key_server = ''",
                "asap_key_server = \"\" for it",
            ),
            ("app_id = 'g'", "guest.example: Prosody has no app_secret"),
            ("app_secret = 's'", "guest.example: Prosody has no app_id"),
        ] {
            let guest = format!("VirtualHost 'guest.example' authentication = 'token' {options} ");
            let config = with(&(host("") + &guest), "").unwrap();
            let names: Vec<&str> = config.hosts.keys().map(String::as_str).collect();
            assert_eq!(names, ["a.example"], "{options}");
            let is_told = |warning: &String| warning.contains(told);
            assert!(
                config.warnings.iter().any(is_told),
                "{options}: {:?}",
                config.warnings
            );
            let refusal = with(&guest, "").expect_err(options);
            assert!(refusal.contains("in Prosody's configuration"), "{refusal}");
        }
    }

    #[test]
    fn the_key_server_of_modules_for_backends_is_one_that_may_be_asked_for() {
        let name = "prosody_password_public_key_repo_url";
        for (text, expected) in [
            (
                format!("{name} = 'https://keys.example/b' {}", host("")),
                &["https://keys.example/b"][..],
            ),
            (
                host(&format!("{name} = 'https://keys.example/b'")),
                &["https://keys.example/b"],
            ),
            (
                format!(
                    "{name} = 'https://keys.example/b' {}",
                    host(&format!("{name} = 'https://keys.example/c'"))
                ),
                &["https://keys.example/c", "https://keys.example/b"],
            ),
            (host(""), &[]),
            (host(&format!("{name} = 'file:///keys'")), &[]),
            (host(&format!("{name} = true")), &[]),
        ] {
            let config = with(&text, "").unwrap();
            assert_eq!(config.allowed_key_urls, expected, "{text}");
            let is_told = config
                .warnings
                .iter()
                .any(|warning| warning.starts_with(name));
            assert_eq!(
                is_told,
                text.contains("file:") || text.contains("true"),
                "{:?}",
                config.warnings
            );
        }
    }

    #[test]
    fn variables_that_are_not_there_are_told_of_in_one_line_and_no_warning() {
        let text = format!(
            "a = ENV_ONE\nb = Lua.os.getenv 'TWO' or 'x'\nc = ENV_ONE\n{}",
            host("")
        );
        let config = with(&text, "").unwrap();
        assert_eq!(
            config.warnings_and_mismatches().count(),
            0,
            "{:?}",
            config.warnings
        );
        let line = config.unset_variables.unwrap();
        assert!(line.ends_with("may have: ONE, TWO [/p.lua:1]"), "{line}");
        assert_eq!(with(&host(""), "").unwrap().unset_variables, None);
        let refusal = with(
            "VirtualHost 'a' authentication = 'token' app_id = ENV_APP",
            "",
        )
        .unwrap_err();
        assert!(refusal.contains("may have: APP"), "{refusal}");
    }

    #[test]
    fn a_component_with_an_application_id_is_a_host_only_if_something_asks_there() {
        let component = |kind: &str, modules: &str| {
            format!(
                "Component 'c.a.example' '{kind}' app_id = 'a' app_secret = '{SECRET}' modules_enabled = {{ {modules} }}"
            )
        };
        for (component, own, is_host) in [
            (component("muc", "'token_verification'"), "", false),
            (component("muc", "'muc_mam'"), "", false),
            (component("muc", "'muc_size'"), "", true),
            (component("visitors_component", ""), "", true),
            (
                component("muc", ""),
                "[hosts.\"c.a.example\"]\nleeway = 1\n",
                true,
            ),
        ] {
            let config = with(&(host("") + &component), own).unwrap();
            assert_eq!(
                config.hosts.contains_key("c.a.example"),
                is_host,
                "{component}"
            );
            let told = "app_id of the Component c.a.example changes nothing";
            let is_told = config
                .warnings
                .iter()
                .any(|warning| warning.starts_with(told));
            assert_eq!(is_told, !is_host, "{:?}", config.warnings);
        }
    }

    #[test]
    fn a_host_that_admits_otherwise_is_told_of() {
        let with_method = |method: &str| {
            format!("VirtualHost 'a.example' {method} app_id = 'a' app_secret = '{SECRET}'")
        };
        for (text, own, told) in [
            (
                with_method("authentication = 'hybrid_matrix_token'"),
                "",
                true,
            ),
            (with_method("authentication = 'jwt'"), "", true),
            (with_method(""), "", true),
            (host(""), "", false),
            (
                host("")
                    + "VirtualHost 'b.example' authentication = 'internal' app_id = 'b' app_secret = 'x'",
                "",
                false,
            ),
            (
                host("")
                    + "VirtualHost 'b.example' authentication = 'internal' app_id = 'b' app_secret = 'x'",
                "[hosts.\"b.example\"]\nleeway = 1\n",
                true,
            ),
        ] {
            let config = with(&text, own).unwrap();
            let is_told =
                |text: &String| text.contains("not \"token\": another module lets users in there");
            assert_eq!(config.mismatches.iter().any(is_told), told, "{text}");
        }
    }

    #[test]
    fn a_secret_where_the_algorithm_needs_a_public_key_is_refused() {
        for (text, own) in [
            (host("signature_algorithm = 'RS256'"), ""),
            (host("signature_algorithm = 'RS512'"), ""),
            (
                host(""),
                "[hosts.\"a.example\"]\nsignature_algorithm = \"ES256\"\n",
            ),
        ] {
            let refusal = with(&text, own).expect_err(&text);
            assert!(refusal.contains("every token is denied"), "{refusal}");
            assert!(
                refusal.contains("or HS256 as signature_algorithm"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_name_that_is_more_than_a_hosts_is_refused_with_the_right_one() {
        let options = format!("app_id = \"a\"\napp_secret = \"{SECRET}\"\n");
        for (name, expected) in [
            (
                "https://meet.example.com",
                "its name alone: [hosts.\"meet.example.com\"] [/t.toml:1]",
            ),
            ("meet.example.com:443", "[hosts.\"meet.example.com\"]"),
            ("meet.example.com/room", "[hosts.\"meet.example.com\"]"),
            ("meet.example.com.", "[hosts.\"meet.example.com\"]"),
            (
                "conference.meet.example.com",
                "the VirtualHost: [hosts.\"meet.example.com\"]",
            ),
            ("muc.meet.jitsi", "the VirtualHost: [hosts.\"meet.jitsi\"]"),
        ] {
            let own = format!("[hosts.\"{name}\"]\n{options}");
            let refusal = with(&host(""), &own).expect_err(name);
            assert!(refusal.contains(expected), "{refusal}");
            let right = own.replace(name, refusal.split('"').nth(3).unwrap());
            assert!(with(&host(""), &right).is_ok(), "{right}");
        }
        let kept = format!(
            "[hosts.\"conference.acme.com\"]\nmuc_mapper_domain_base = \"conference.acme.com\"\n{options}"
        );
        assert!(with(&host(""), &kept).is_ok());
        let refusal = with(&host("").replace("a.example", "https://a.example/"), "").unwrap_err();
        assert!(
            refusal.contains("its name alone: VirtualHost \"a.example\" [/p.lua:1]"),
            "{refusal}"
        );
    }

    #[test]
    fn rooms_that_nobody_guards_are_warned_of() {
        let rooms = |modules: &str| {
            format!("Component 'conference.a.example' 'muc' modules_enabled = {{ {modules} }}")
        };
        for (rooms, warned) in [
            (rooms("'token_verification'"), false),
            (rooms("'muc_mam'"), true),
            (rooms(""), true),
            (String::new(), false),
        ] {
            let config = with(&(host("") + &rooms), "").unwrap();
            let is_told = |warning: &String| warning.contains("no token_verification");
            assert_eq!(config.mismatches.iter().any(is_told), warned, "{rooms}");
        }
    }

    #[test]
    fn what_prosody_takes_half_of_is_warned_of_and_what_it_drops_is_refused() {
        let config = with(&host("signature_algorithm = { 'HS256', 'HS512' }"), "").unwrap();
        let warning = "signature_algorithm of a.example: a list where one value is expected";
        assert!(
            config
                .warnings
                .iter()
                .any(|found| found.starts_with(warning))
        );
        for option in [
            "enable_domain_verification = 'maybe'",
            "jwt_pubkey_cache_size = 'many'",
            "asap_accepted_issuers = { 'a', {} }",
            "asap_accepted_audiences = { function () end }",
            "signature_algorithm = '\\255'",
        ] {
            let refusal = with(&host(option), "").expect_err(option);
            assert!(
                refusal.contains("expected a value in Prosody's configuration"),
                "{refusal}"
            );
            assert!(refusal.contains("[/p.lua:1]"), "{refusal}");
        }
    }
}
