//! The variables of docker-jitsi-meet.
//!
//! That image renders a configuration of Prosody from variables. Here the part of it that is about tokens is rendered
//! and evaluated, too, so that the image's defaults, and Lua in variables such as `GLOBAL_CONFIG`, mean the same; only
//! that each option's origin is the variable.

mod advice;
pub mod env_file;
mod rendered;
mod variables;

use std::path::PathBuf;

use self::env_file::Variable;
use self::rendered::Rendered;
use self::variables::{Authentication, Variables, parts};
use crate::options;
use crate::origin::Origin;
use crate::origin::problem::ConfigProblem;
use crate::prosody::model::ProsodyConfig;
use crate::prosody::release::Release;
use crate::prosody::request::Request;
use crate::prosody::sandbox::apart::Evaluator;
use crate::prosody::setter::Setter;
use crate::secret::Secret;

/// What the image's variables say, as the configuration that Prosody gets there: the hosts of `XMPP_DOMAIN`, of guests
/// and of `JaaS`, and the component of `XMPP_MUC_DOMAIN`.
///
/// Tokens are on where `ENABLE_AUTH` and `AUTH_TYPE=jwt` (or `PROSODY_AUTH_TYPE`) say so, and where neither says
/// anything and there is a `JWT_APP_ID`. What the image makes otherwise than the names suggest is among the warnings.
///
/// # Errors
/// A value that no token can be good for, or Lua that cannot be evaluated; the origin names the variable.
pub fn config(
    variables: &[Variable],
    evaluator: &Evaluator,
) -> Result<ProsodyConfig, Box<ConfigProblem>> {
    let variables = Variables(variables);
    advice::refuse(&variables)?;
    let mut rendered = Rendered::default();
    global(&variables, &mut rendered);
    jaas_host(&variables, &mut rendered);
    main_host(&variables, &mut rendered);
    guest_host(&variables, &mut rendered);
    muc_component(&variables, &mut rendered);
    let request = Request {
        path: PathBuf::from("/config/conf.d/jitsi-meet.cfg.lua"),
        release: Release::V13,
        environment: variables.pairs(),
        credentials: None,
    };
    let config = rendered.evaluate(&request, evaluator);
    let mut config = config.map_err(|refusal| Box::new(refusal.problem("docker")))?;
    // Left by the line that ends the hosts of GLOBAL_CONFIG.
    config.global.remove("defined");
    config.warnings.extend(advice::warnings(&variables));
    config.variables = Some(variables.0.iter().map(setter).collect());
    Ok(config)
}

fn setter(variable: &Variable) -> Setter {
    let literal = variable.literal.as_ref();
    let literal = literal.filter(|_| variable.name == SECRET);
    Setter {
        name: variable.name.clone(),
        origin: variable.origin.clone(),
        literal: literal.map(|literal| Secret::from(literal.clone())),
    }
}

/// A text about options in the words of the image: the names of the variables that set them.
#[must_use]
pub fn in_variables(text: &str) -> String {
    let names = options::all().filter_map(|option| Some((option.name, option.variable?)));
    let words = PHRASES.into_iter().chain(names);
    words.fold(text.to_owned(), |text, (option, variable)| {
        text.replace(option, variable)
    })
}

/// Whether a variable has to do with tokens.
#[must_use]
pub fn reads(name: &str) -> bool {
    name.starts_with("JWT_") || NAMES.contains(&name)
}

/// `GLOBAL_CONFIG` stands in a file of its own, and each file begins above all hosts: so a host in it ends with it.
fn global(variables: &Variables<'_>, rendered: &mut Rendered) {
    rendered.lua(variables, "GLOBAL_CONFIG", "\\n");
    rendered.line("Host \"*\"", &Origin::Default);
    let (domain, origin) = variables.text("XMPP_DOMAIN", DOMAIN);
    rendered.string("muc_mapper_domain_base", domain, &origin);
    let (muc_domain, origin) = variables.text("XMPP_MUC_DOMAIN", MUC_DOMAIN);
    let prefix = muc_domain.split('.').next().unwrap_or_default();
    rendered.string("muc_mapper_domain_prefix", prefix, &origin);
    if variables.authentication().takes_tokens() {
        for option in ["asap_accepted_issuers", "asap_accepted_audiences"] {
            rendered.list(variables, option);
        }
    }
}

/// The host at which `JaaS` logs in to invite telephones.
fn jaas_host(variables: &Variables<'_>, rendered: &mut Rendered) {
    if variables.is_on("ENABLE_JAAS_COMPONENTS") != Some(true) {
        return;
    }
    let (_, origin) = variables.text("ENABLE_JAAS_COMPONENTS", "");
    rendered.line(JAAS, &origin);
    let (url, origin) = variables.text("PUBLIC_URL", "https://localhost:8443");
    let domain = url.strip_prefix("https://").unwrap_or(url);
    let domain = domain.strip_suffix('/').unwrap_or(domain);
    let audiences = format!("asap_accepted_audiences = {{ \"jigasi.{domain}\" }}");
    rendered.line(&audiences, &origin);
}

fn main_host(variables: &Variables<'_>, rendered: &mut Rendered) {
    let (domain, origin) = variables.text("XMPP_DOMAIN", DOMAIN);
    rendered.line(&format!("VirtualHost \"{domain}\""), &origin);
    match variables.authentication() {
        Authentication::Token => {
            let (module, origin) = variables.text("JWT_AUTH_TYPE", "token");
            rendered.string("authentication", module, &origin);
            rendered.text(variables, "signature_algorithm");
            rendered.text(variables, "asap_key_server");
            token_options(variables, rendered);
        }
        Authentication::HybridMatrix => {
            let kind = variables.authentication_type();
            let origin = kind.map_or(Origin::Default, |kind| kind.origin.clone());
            rendered.string("authentication", "hybrid_matrix_token", &origin);
            token_options(variables, rendered);
        }
        Authentication::Nobody | Authentication::Other => {
            let (_, origin) = variables.text("ENABLE_AUTH", "");
            rendered.string("authentication", "jitsi-anonymous", &origin);
        }
    }
    rendered.lua(variables, "XMPP_CONFIGURATION", ",");
}

fn token_options(variables: &Variables<'_>, rendered: &mut Rendered) {
    rendered.text(variables, "app_id");
    rendered.text(variables, "app_secret");
    rendered.truth(variables, "allow_empty_token");
    rendered.truth(variables, "enable_domain_verification");
}

fn guest_host(variables: &Variables<'_>, rendered: &mut Rendered) {
    let needs_login = variables.authentication() != Authentication::Nobody;
    if !needs_login || variables.is_on("ENABLE_GUESTS") != Some(true) {
        return;
    }
    let (_, switch) = variables.text("ENABLE_GUESTS", "");
    let (domain, named) = variables.text("XMPP_GUEST_DOMAIN", "guest.meet.jitsi");
    let origin = if named == Origin::Default {
        switch
    } else {
        named
    };
    rendered.line(&format!("VirtualHost \"{domain}\""), &origin);
    let (module, origin) = variables.text("PROSODY_GUEST_AUTH_TYPE", "jitsi-anonymous");
    rendered.string("authentication", module, &origin);
}

fn muc_component(variables: &Variables<'_>, rendered: &mut Rendered) {
    let (domain, origin) = variables.text("XMPP_MUC_DOMAIN", MUC_DOMAIN);
    rendered.line(&format!("Component \"{domain}\" \"muc\""), &origin);
    rendered.line("restrict_room_creation = true", &Origin::Default);
    let (modules, mut origin) = variables.text("XMPP_MUC_MODULES", "");
    let mut modules = parts(modules, ",");
    if variables.authentication().takes_tokens() {
        let (module, named) = variables.text("JWT_TOKEN_AUTH_MODULE", "token_verification");
        modules.push(module);
        origin = named;
    }
    let modules = modules.join("\", \"");
    rendered.line(&format!("modules_enabled = {{ \"{modules}\" }}"), &origin);
    rendered.lua(variables, "XMPP_MUC_CONFIGURATION", ",");
}

const SECRET: &str = "JWT_APP_SECRET";
const DOMAIN: &str = "meet.jitsi";
const MUC_DOMAIN: &str = "muc.meet.jitsi";

const JAAS: &str = r#"VirtualHost "jigasi.meet.jitsi"
authentication = "token"
app_id = "jitsi"
asap_key_server = "https://jaas-public-keys.jitsi.net/jitsi-components/prod-8x8"
asap_accepted_issuers = { "jaas-components" }"#;

/// What is said of options in other words where variables set them. Whole phrases go before the names in them.
const PHRASES: [(&str, &str); 4] = [
    (
        "below that VirtualHost write authentication = \"token\"",
        "write AUTH_TYPE=jwt",
    ),
    (
        "app_secret, asap_key_server or cache_keys_url",
        "JWT_APP_SECRET or JWT_ASAP_KEYSERVER",
    ),
    (
        "set enable_domain_verification to true",
        "set JWT_ENABLE_DOMAIN_VERIFICATION=1",
    ),
    ("set allow_empty_token to false", "set JWT_ALLOW_EMPTY=0"),
];

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
    use crate::prosody::coercion;

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
    fn each_option_with_a_variable_is_set_by_it() {
        for known in options::all() {
            let Some(name) = known.variable else {
                continue;
            };
            let config = with(&[("JWT_APP_SECRET", "s"), (name, "rooms.meet.jitsi")]);
            let mut hosts = config.token_hosts();
            let host = hosts.next().expect(name);
            let setting = config.get(host, known.name).expect(known.name);
            assert_eq!(setting.origin, Origin::Variable(name.to_owned()));
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
            ("GLOBAL_CONFIG", "a = 1\\nb = = 2", "this is not Lua"),
            (
                "GLOBAL_CONFIG",
                "a = 1\\nos.execute('x')",
                "asks for os.execute",
            ),
            ("XMPP_CONFIGURATION", "while true do end", "still running"),
            (
                "JWT_APP_SECRET",
                "hunter2\"x",
                "has a quote, a line break or a lone backslash",
            ),
            (
                "JWT_APP_SECRET",
                "hunter2\\q",
                "has a quote, a line break or a lone backslash",
            ),
        ] {
            let mut all = variables(&[("AUTH_TYPE", "jwt"), ("JWT_APP_ID", "a")]);
            all.push(Variable::of_environment(name, value));
            let refusal = config(&all, &Evaluator::Here).expect_err(value);
            let shown = refusal.to_string();
            assert!(shown.contains(expected), "{shown}");
            assert!(
                shown.ends_with(&format!("[environment variable {name}]")),
                "{shown}"
            );
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn what_follows_a_host_in_the_global_configuration_is_global_again() {
        let config = with(&[
            (
                "GLOBAL_CONFIG",
                "a = 1\\nComponent \"proxy.x\" \"proxy65\"\\nproxy65_acl = { \"x\" }\\nVirtualHost \"y\"",
            ),
            ("JWT_ACCEPTED_ISSUERS", "barn"),
        ]);
        for name in ["muc_mapper_domain_base", "asap_accepted_issuers", "a"] {
            assert!(config.global.contains_key(name), "{name}");
        }
        assert!(!config.global.contains_key("proxy65_acl"));
        assert!(!config.global.contains_key("defined"));
        assert_eq!(
            option(&config, "muc_mapper_domain_base").as_deref(),
            Some("meet.jitsi")
        );
    }

    #[test]
    fn each_host_that_the_image_makes_for_tokens_is_there() {
        for (pairs, expected) in [
            (&[][..], &["meet.jitsi"][..]),
            (
                &[("ENABLE_JAAS_COMPONENTS", "1")],
                &["jigasi.meet.jitsi", "meet.jitsi"],
            ),
            (&[("ENABLE_JAAS_COMPONENTS", "0")], &["meet.jitsi"]),
            (&[("ENABLE_GUESTS", "1")], &["meet.jitsi"]),
            (&[("PROSODY_GUEST_AUTH_TYPE", "token")], &["meet.jitsi"]),
            (
                &[
                    ("ENABLE_GUESTS", "true"),
                    ("PROSODY_GUEST_AUTH_TYPE", "token"),
                ],
                &["guest.meet.jitsi", "meet.jitsi"],
            ),
            (
                &[
                    ("ENABLE_GUESTS", "1"),
                    ("PROSODY_GUEST_AUTH_TYPE", "token"),
                    ("XMPP_GUEST_DOMAIN", "g.x"),
                ],
                &["g.x", "meet.jitsi"],
            ),
            (
                &[(
                    "XMPP_CONFIGURATION",
                    "a = 1,VirtualHost \"v.x\",authentication = \"token\"",
                )],
                &["meet.jitsi", "v.x"],
            ),
            (&[("AUTH_TYPE", "internal")], &[]),
        ] {
            let config = with(pairs);
            assert_eq!(
                config.token_hosts().collect::<Vec<_>>(),
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_host_of_jaas_has_keys_issuer_and_audience_of_its_own() {
        let config = with(&[
            ("ENABLE_JAAS_COMPONENTS", "1"),
            ("PUBLIC_URL", "https://meet.example.net/"),
            ("JWT_ACCEPTED_ISSUERS", "mine"),
        ]);
        let host = "jigasi.meet.jitsi";
        assert_eq!(config.string(host, "app_id").as_deref(), Some("jitsi"));
        let key_server = config.get(host, "asap_key_server").unwrap();
        let origin = Origin::Variable("ENABLE_JAAS_COMPONENTS".to_owned());
        assert_eq!(key_server.origin, origin);
        for (name, expected) in [
            ("asap_accepted_issuers", "jaas-components"),
            ("asap_accepted_audiences", "jigasi.meet.example.net"),
        ] {
            let setting = config.get(host, name).unwrap();
            let texts = coercion::strings(Some(&setting.value)).value.unwrap();
            assert_eq!(texts, [expected.as_bytes()], "{name}");
        }
    }

    #[test]
    fn the_hybrid_module_gets_a_secret_and_no_keys() {
        let config = with(&[
            ("AUTH_TYPE", "hybrid_matrix_token"),
            ("JWT_APP_SECRET", "s"),
            ("JWT_ASAP_KEYSERVER", "https://k/"),
            ("JWT_SIGN_TYPE", "RS256"),
            ("JWT_AUTH_TYPE", "other"),
        ]);
        for (name, expected) in [
            ("authentication", Some("hybrid_matrix_token")),
            ("app_secret", Some("s")),
            ("asap_key_server", None),
            ("signature_algorithm", None),
        ] {
            assert_eq!(option(&config, name).as_deref(), expected, "{name}");
        }
        assert!(config.verifies_tokens("muc.meet.jitsi"));
    }

    #[test]
    fn the_host_of_guests_is_from_the_variable_that_makes_it() {
        let switch = ("ENABLE_GUESTS", "1");
        for (pairs, host, expected) in [
            (&[switch][..], "guest.meet.jitsi", "ENABLE_GUESTS"),
            (
                &[switch, ("XMPP_GUEST_DOMAIN", "g.x")],
                "g.x",
                "XMPP_GUEST_DOMAIN",
            ),
        ] {
            let origin = with(pairs).hosts[host].origin();
            assert_eq!(origin, Origin::Variable(expected.to_owned()), "{pairs:?}");
        }
    }

    #[test]
    fn modules_of_the_rooms_count_wherever_they_are_named() {
        for (modules, own, verifies) in [
            ("", "", true),
            ("token_verification,x", "token_affiliation", true),
            ("x", "token_affiliation", false),
            ("x,y", "", true),
        ] {
            let config = with(&[
                ("XMPP_MUC_MODULES", modules),
                ("JWT_TOKEN_AUTH_MODULE", own),
            ]);
            let found = config.verifies_tokens("muc.meet.jitsi");
            assert_eq!(found, verifies, "{modules} {own}");
        }
    }

    #[test]
    fn a_truth_value_is_read_as_the_image_reads_it() {
        for (value, expected) in [
            ("1", "true"),
            ("True", "true"),
            ("'t'", "true"),
            ("yes", "true"),
            ("no", "true"),
            ("off", "true"),
            ("0", "false"),
            ("F", "false"),
            ("\"false\"", "false"),
            ("\"\"", "false"),
            ("", "false"),
        ] {
            let config = with(&[("JWT_ALLOW_EMPTY", value)]);
            let found = option(&config, "allow_empty_token");
            assert_eq!(found.as_deref(), Some(expected), "{value}");
        }
    }
}
