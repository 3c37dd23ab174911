//! The variables of docker-jitsi-meet.
//!
//! That image renders a configuration of Prosody from variables. Here the part of it that is about tokens is rendered
//! and evaluated, too, so that the image's defaults, and Lua in variables such as `GLOBAL_CONFIG`, mean the same; only
//! that each option's origin is the variable.

use std::path::PathBuf;

use super::env_file::Variable;
use super::problem::Origin;
use super::prosody::Request;
use super::prosody::apart::Evaluator;
use super::prosody::fault::{Fault, Refusal};
use super::prosody::model::ProsodyConfig;
use super::prosody::release::Release;
use super::prosody::value::Options;

/// What the image's variables say, as the configuration that Prosody gets there: the host of `XMPP_DOMAIN` and the
/// component of `XMPP_MUC_DOMAIN`.
///
/// Tokens are on where `ENABLE_AUTH` and `AUTH_TYPE=jwt` (or `PROSODY_AUTH_TYPE`) say so, and where neither says
/// anything and there is a `JWT_APP_ID`. Of a variable that is set twice the last value counts; an empty one counts as
/// not set.
///
/// # Errors
/// A truth value that is none, or Lua in a variable that cannot be evaluated; the origin names the variable.
pub fn config(variables: &[Variable], evaluator: &Evaluator) -> Result<ProsodyConfig, Refusal> {
    let variables = Variables(variables);
    let mut rendered = Rendered::default();
    global(&variables, &mut rendered)?;
    virtual_host(&variables, &mut rendered)?;
    muc_component(&variables, &mut rendered)?;
    let request = Request {
        path: PathBuf::from("/config/conf.d/jitsi-meet.cfg.lua"),
        release: Release::V13,
        environment: variables.pairs(),
        credentials: None,
    };
    rendered.evaluate(&request, evaluator)
}

/// Whether a variable has to do with tokens.
#[must_use]
pub fn reads(name: &str) -> bool {
    name.starts_with("JWT_") || NAMES.contains(&name)
}

fn global(variables: &Variables<'_>, rendered: &mut Rendered) -> Result<(), Refusal> {
    rendered.lua(variables, "GLOBAL_CONFIG", "\\n");
    let (domain, origin) = variables.text("XMPP_DOMAIN", "meet.jitsi");
    rendered.string("muc_mapper_domain_base", domain, &origin);
    let (muc_domain, origin) = variables.text("XMPP_MUC_DOMAIN", MUC_DOMAIN);
    let prefix = muc_domain.split('.').next().unwrap_or_default();
    rendered.string("muc_mapper_domain_prefix", prefix, &origin);
    if variables.use_tokens()? {
        rendered.list(variables, "asap_accepted_issuers", "JWT_ACCEPTED_ISSUERS");
        rendered.list(
            variables,
            "asap_accepted_audiences",
            "JWT_ACCEPTED_AUDIENCES",
        );
    }
    Ok(())
}

fn virtual_host(variables: &Variables<'_>, rendered: &mut Rendered) -> Result<(), Refusal> {
    let (domain, origin) = variables.text("XMPP_DOMAIN", "meet.jitsi");
    rendered.line(&format!("VirtualHost \"{domain}\""), &origin);
    if variables.use_tokens()? {
        token_options(variables, rendered)?;
    } else {
        let (_, origin) = variables.text("ENABLE_AUTH", "");
        rendered.string("authentication", "jitsi-anonymous", &origin);
    }
    rendered.lua(variables, "XMPP_CONFIGURATION", ",");
    Ok(())
}

fn token_options(variables: &Variables<'_>, rendered: &mut Rendered) -> Result<(), Refusal> {
    let (authentication, origin) = variables.text("JWT_AUTH_TYPE", "token");
    rendered.string("authentication", authentication, &origin);
    for (option, name) in [
        ("signature_algorithm", "JWT_SIGN_TYPE"),
        ("app_id", "JWT_APP_ID"),
        ("app_secret", "JWT_APP_SECRET"),
        ("asap_key_server", "JWT_ASAP_KEYSERVER"),
    ] {
        if let Some(variable) = variables.get(name) {
            rendered.string(option, &variable.value, &variable.origin);
        }
    }
    for (option, name) in [
        ("allow_empty_token", "JWT_ALLOW_EMPTY"),
        (
            "enable_domain_verification",
            "JWT_ENABLE_DOMAIN_VERIFICATION",
        ),
    ] {
        let value = variables.boolean(name)?.unwrap_or(false);
        let (_, origin) = variables.text(name, "");
        rendered.line(&format!("{option} = {value}"), &origin);
    }
    Ok(())
}

fn muc_component(variables: &Variables<'_>, rendered: &mut Rendered) -> Result<(), Refusal> {
    let (domain, origin) = variables.text("XMPP_MUC_DOMAIN", MUC_DOMAIN);
    rendered.line(&format!("Component \"{domain}\" \"muc\""), &origin);
    rendered.line("restrict_room_creation = true", &Origin::Default);
    if variables.use_tokens()? {
        let (module, origin) = variables.text("JWT_TOKEN_AUTH_MODULE", "token_verification");
        rendered.line(&format!("modules_enabled = {{ \"{module}\" }}"), &origin);
    }
    rendered.lua(variables, "XMPP_MUC_CONFIGURATION", ",");
    Ok(())
}

/// The image's variables.
struct Variables<'a>(&'a [Variable]);

impl<'a> Variables<'a> {
    fn get(&self, name: &str) -> Option<&'a Variable> {
        let last = self.0.iter().rfind(|variable| variable.name == name);
        last.filter(|variable| !variable.value.is_empty())
    }

    fn text(&self, name: &str, default: &'a str) -> (&'a str, Origin) {
        self.get(name)
            .map_or((default, Origin::Default), |variable| {
                (variable.value.as_str(), variable.origin.clone())
            })
    }

    /// A truth value as the image's templates read it, quotes and all.
    fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(variable) = self.get(name) else {
            return Ok(None);
        };
        match variable.value.replace(['"', '\''], "").as_str() {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(Some(true)),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(Some(false)),
            _ => Err(Refusal {
                fault: Fault::Raised(format!("{name} is neither 1 or true nor 0 or false")),
                origin: variable.origin.clone(),
            }),
        }
    }

    fn use_tokens(&self) -> Result<bool, Refusal> {
        let kind = self
            .get("PROSODY_AUTH_TYPE")
            .or_else(|| self.get("AUTH_TYPE"));
        match (self.boolean("ENABLE_AUTH")?, kind) {
            (None, None) => Ok(self.get("JWT_APP_ID").is_some()),
            (Some(false), _) | (_, None) => Ok(false),
            (_, Some(kind)) => Ok(TOKEN_TYPES.contains(&kind.value.as_str())),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let pair = |variable: &Variable| (variable.name.clone(), variable.value.clone());
        self.0.iter().map(pair).collect()
    }
}

/// A configuration of Prosody, and the variable that each of its lines is from.
#[derive(Default)]
struct Rendered {
    text: String,
    origins: Vec<Origin>,
}

impl Rendered {
    fn line(&mut self, text: &str, origin: &Origin) {
        for line in text.split('\n') {
            self.text.push_str(line);
            self.text.push('\n');
            self.origins.push(origin.clone());
        }
    }

    /// As in the image, Lua's escapes in the value count.
    fn string(&mut self, option: &str, value: &str, origin: &Origin) {
        self.line(&format!("{option} = \"{value}\""), origin);
    }

    fn list(&mut self, variables: &Variables<'_>, option: &str, name: &str) {
        if let Some(variable) = variables.get(name) {
            let items = parts(&variable.value, ",").join("\", \"");
            self.line(&format!("{option} = {{ \"{items}\" }}"), &variable.origin);
        }
    }

    /// Lines of Lua that a variable holds, written in one line.
    fn lua(&mut self, variables: &Variables<'_>, name: &str, separator: &str) {
        if let Some(variable) = variables.get(name) {
            self.line(
                &parts(&variable.value, separator).join("\n"),
                &variable.origin,
            );
        }
    }

    fn evaluate(&self, request: &Request, evaluator: &Evaluator) -> Result<ProsodyConfig, Refusal> {
        let config = evaluator.evaluate(request, Some(&self.text));
        let mut config = config.map_err(|refusal| Refusal {
            origin: self.origin(refusal.origin, request),
            ..refusal
        })?;
        self.relocate(&mut config.global, request);
        for host in config.hosts.values_mut() {
            self.relocate(&mut host.options, request);
        }
        for warning in &mut config.warnings {
            warning.origin = self.origin(warning.origin.clone(), request);
        }
        Ok(config)
    }

    fn relocate(&self, options: &mut Options, request: &Request) {
        for setting in options.values_mut() {
            setting.origin = self.origin(setting.origin.clone(), request);
        }
    }

    /// The variable behind a line of the text.
    fn origin(&self, origin: Origin, request: &Request) -> Origin {
        match origin {
            Origin::File(path, Some(line)) if path == request.path => {
                let variable = self.origins.get(line.saturating_sub(1));
                variable.cloned().unwrap_or(Origin::Default)
            }
            other => other,
        }
    }
}

fn parts<'a>(value: &'a str, separator: &str) -> Vec<&'a str> {
    let parts = value.split(separator);
    parts.filter(|part| !part.is_empty()).collect()
}

const MUC_DOMAIN: &str = "muc.meet.jitsi";
const TOKEN_TYPES: [&str; 2] = ["jwt", "hybrid_matrix_token"];

/// The variables that are read here, beside those that begin with `JWT_`.
const NAMES: [&str; 14] = [
    "AUTH_TYPE",
    "ENABLE_AUTH",
    "ENABLE_GUESTS",
    "ENABLE_JAAS_COMPONENTS",
    "GLOBAL_CONFIG",
    "PROSODY_AUTH_TYPE",
    "PROSODY_GUEST_AUTH_TYPE",
    "PUBLIC_URL",
    "XMPP_CONFIGURATION",
    "XMPP_DOMAIN",
    "XMPP_GUEST_DOMAIN",
    "XMPP_MUC_CONFIGURATION",
    "XMPP_MUC_DOMAIN",
    "XMPP_MUC_MODULES",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prosody::coercion;

    fn variables(pairs: &[(&str, &str)]) -> Vec<Variable> {
        let variable = |(name, value): &(&str, &str)| Variable::of_environment(name, value);
        pairs.iter().map(variable).collect()
    }

    fn with(pairs: &[(&str, &str)]) -> ProsodyConfig {
        let mut all = vec![
            ("ENABLE_AUTH", "1"),
            ("AUTH_TYPE", "jwt"),
            ("JWT_APP_ID", "my_app"),
        ];
        all.extend(pairs);
        config(&variables(&all), &Evaluator::Here).unwrap()
    }

    fn option(config: &ProsodyConfig, name: &str) -> Option<String> {
        config.string("meet.jitsi", name)
    }

    #[test]
    fn the_images_defaults_hold() {
        let config = with(&[("JWT_APP_SECRET", "s")]);
        assert_eq!(config.token_hosts().collect::<Vec<_>>(), ["meet.jitsi"]);
        for (name, expected) in [
            ("app_id", Some("my_app")),
            ("app_secret", Some("s")),
            ("authentication", Some("token")),
            ("allow_empty_token", Some("false")),
            ("enable_domain_verification", Some("false")),
            ("muc_mapper_domain_base", Some("meet.jitsi")),
            ("muc_mapper_domain_prefix", Some("muc")),
            ("asap_accepted_issuers", None),
            ("asap_accepted_audiences", None),
            ("asap_key_server", None),
            ("signature_algorithm", None),
        ] {
            assert_eq!(option(&config, name).as_deref(), expected, "{name}");
        }
        assert_eq!(
            config.muc_component("meet.jitsi").as_deref(),
            Some("muc.meet.jitsi")
        );
        assert!(config.verifies_tokens("muc.meet.jitsi"));
        assert_eq!(config.files, Vec::<PathBuf>::new());
    }

    #[test]
    fn each_variable_sets_its_option_and_is_its_origin() {
        for (name, value, option, expected) in [
            ("JWT_APP_SECRET", "s", "app_secret", "s"),
            (
                "JWT_APP_SECRET",
                "back\\\\slash",
                "app_secret",
                "back\\slash",
            ),
            (
                "JWT_ASAP_KEYSERVER",
                "https://k/",
                "asap_key_server",
                "https://k/",
            ),
            ("JWT_ALLOW_EMPTY", "1", "allow_empty_token", "true"),
            ("JWT_ALLOW_EMPTY", "\"true\"", "allow_empty_token", "true"),
            (
                "JWT_ENABLE_DOMAIN_VERIFICATION",
                "true",
                "enable_domain_verification",
                "true",
            ),
            ("JWT_SIGN_TYPE", "RS256", "signature_algorithm", "RS256"),
            ("JWT_AUTH_TYPE", "other", "authentication", "other"),
            (
                "XMPP_MUC_DOMAIN",
                "rooms.meet.jitsi",
                "muc_mapper_domain_prefix",
                "rooms",
            ),
            (
                "GLOBAL_CONFIG",
                "a = 1;\\nasap_require_room_claim = false",
                "asap_require_room_claim",
                "false",
            ),
            (
                "XMPP_CONFIGURATION",
                "token_regex_enabled = false,app_id = \"x\"",
                "app_id",
                "x",
            ),
        ] {
            let config = with(&[(name, value)]);
            let setting = config.get("meet.jitsi", option).unwrap();
            assert_eq!(
                super::tests::option(&config, option).as_deref(),
                Some(expected),
                "{name}"
            );
            assert_eq!(
                setting.origin,
                Origin::Variable(name.to_owned()),
                "{option}"
            );
        }
    }

    #[test]
    fn lists_are_split_at_commas_alone() {
        let config = with(&[
            ("JWT_ACCEPTED_ISSUERS", "a,,b c, d"),
            ("JWT_ACCEPTED_AUDIENCES", "*"),
        ]);
        let list = |name| {
            let setting = config.get("meet.jitsi", name).unwrap();
            let texts = coercion::strings(Some(&setting.value)).value.unwrap();
            texts
                .into_iter()
                .map(|text| String::from_utf8(text).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(list("asap_accepted_issuers"), ["a", "b c", " d"]);
        assert_eq!(list("asap_accepted_audiences"), ["*"]);
    }

    #[test]
    fn another_domain_moves_host_and_rooms() {
        let config = with(&[
            ("XMPP_DOMAIN", "Meet.Example.com"),
            ("XMPP_MUC_DOMAIN", "muc.meet.example.com"),
        ]);
        assert_eq!(
            config.token_hosts().collect::<Vec<_>>(),
            ["meet.example.com"]
        );
        let host = &config.hosts["meet.example.com"];
        assert_eq!(host.origin(), Origin::Variable("XMPP_DOMAIN".to_owned()));
        assert!(config.verifies_tokens("muc.meet.example.com"));
    }

    #[test]
    fn tokens_are_on_where_the_image_turns_them_on() {
        for (pairs, on) in [
            (&[("JWT_APP_ID", "a")][..], true),
            (&[("JWT_APP_ID", "")], false),
            (&[], false),
            (&[("JWT_APP_ID", "a"), ("ENABLE_AUTH", "0")], false),
            (&[("JWT_APP_ID", "a"), ("ENABLE_AUTH", "1")], false),
            (&[("JWT_APP_ID", "a"), ("AUTH_TYPE", "internal")], false),
            (
                &[
                    ("JWT_APP_ID", "a"),
                    ("ENABLE_AUTH", "1"),
                    ("AUTH_TYPE", "ldap"),
                ],
                false,
            ),
            (&[("ENABLE_AUTH", "1"), ("AUTH_TYPE", "jwt")], true),
            (
                &[
                    ("ENABLE_AUTH", "1"),
                    ("PROSODY_AUTH_TYPE", "jwt"),
                    ("AUTH_TYPE", "ldap"),
                ],
                true,
            ),
        ] {
            let config = config(&variables(pairs), &Evaluator::Here).unwrap();
            assert_eq!(config.token_hosts().count() == 1, on, "{pairs:?}");
        }
    }

    #[test]
    fn a_variable_that_means_nothing_is_named() {
        for (name, value, expected) in [
            ("JWT_ALLOW_EMPTY", "yes", "JWT_ALLOW_EMPTY is neither"),
            ("ENABLE_AUTH", "on", "ENABLE_AUTH is neither"),
            ("GLOBAL_CONFIG", "a = 1\\nb = = 2", "this is not Lua"),
            (
                "GLOBAL_CONFIG",
                "a = 1\\nos.execute('x')",
                "asks for os.execute",
            ),
            ("XMPP_CONFIGURATION", "while true do end", "still running"),
            ("JWT_APP_SECRET", "hunter2\"x", "this is not Lua"),
            ("JWT_APP_SECRET", "hunter2\\q", "this is not Lua"),
        ] {
            let mut all = variables(&[("AUTH_TYPE", "jwt"), ("JWT_APP_ID", "a")]);
            all.push(Variable::of_environment(name, value));
            let refusal = config(&all, &Evaluator::Here).expect_err(value);
            let shown = refusal.to_string();
            assert!(shown.starts_with(expected), "{shown}");
            assert!(
                shown.ends_with(&format!("[environment variable {name}]")),
                "{shown}"
            );
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
