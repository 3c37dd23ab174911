//! Every option that there is. What reads options, shows them, describes them, or looks for misspelt ones goes by this
//! table, so that none of them knows more than another.

mod console;
mod daemon;
mod gateways;
mod hosts;
mod issuers;
mod known;
mod modules;
mod row;

pub use self::known::{
    ADMIN_KEY, API_KEY, APP_SECRET, ASAP_KEY, DefaultValue, Group, KEY_URL_OF_MODULES, Kind,
    KnownOption, Place, Role, SEAL_KEY, STORE_PASSWORD, SecretKeys, TakesEffect, Unit,
};

/// Every option but those that only issuers or gateways have. Of those that say the same, the ones that count first.
pub fn all() -> impl Iterator<Item = &'static KnownOption> {
    let tables = [
        hosts::OPTIONS,
        modules::OPTIONS,
        daemon::OPTIONS,
        console::OPTIONS,
        gateways::OF_DAEMON,
    ];
    tables.into_iter().flatten()
}

/// The options of a host, in whichever configuration.
pub fn of_hosts() -> impl Iterator<Item = &'static KnownOption> {
    hosts::OPTIONS.iter()
}

/// The options of an issuer: its own, and those that it shares with hosts.
pub fn of_issuers() -> impl Iterator<Item = &'static KnownOption> {
    let shared = hosts::OPTIONS.iter().filter(|option| option.is_issuers);
    issuers::OPTIONS.iter().chain(shared)
}

/// The options of a gateway.
pub fn of_gateways() -> impl Iterator<Item = &'static KnownOption> {
    gateways::OPTIONS.iter()
}

/// The option that stands at this path of the daemon's own configuration. What gateways have is theirs alone, and within their
/// tables stands what the operator has named.
#[must_use]
pub fn at(path: &[String]) -> Option<&'static KnownOption> {
    match path {
        [first, _, name] if first == GATEWAYS => of_gateways().find(|option| option.name == *name),
        [first, ..] if first == GATEWAYS => None,
        [.., name] => named(name),
        [] => None,
    }
}

/// The section of all gateways.
pub const GATEWAYS: &str = "gateways";

/// The name that a host's option has for an issuer.
#[must_use]
pub fn for_issuers(option: &str) -> &str {
    let mut renamed = issuers::RENAMED.iter();
    renamed
        .find(|(of_host, _)| *of_host == option)
        .map_or(option, |(_, of_issuer)| of_issuer)
}

/// Whether a host's option counts for an issuer that does not set it. Who the issuer is and what its keys are does not.
#[must_use]
pub fn is_inherited(option: &str) -> bool {
    let is_key = named(option).is_some_and(KnownOption::is_key);
    !is_key && !matches!(option, "app_id" | "asap_accepted_issuers")
}

/// The option of this name. Of several, which differ in their section, the one that stands outermost.
#[must_use]
pub fn named(name: &str) -> Option<&'static KnownOption> {
    all().find(|option| option.name == name)
}

/// The variable of docker-jitsi-meet that sets an option and nothing else, if there is one.
#[must_use]
pub fn variable_of(name: &str) -> Option<&'static str> {
    named(name)?.variable
}

/// The option that was probably meant by a name that is none.
#[must_use]
pub fn misspelt(name: &str) -> Option<&'static KnownOption> {
    if named(name).is_some() {
        return None;
    }
    let mistakes = |known: &str| if known.len() > 7 { 2 } else { 1 };
    let is_like =
        |option: &&KnownOption| strsim::osa_distance(name, option.name) <= mistakes(option.name);
    all().find(is_like)
}

/// Names of the options that say this, the ones that go before others first.
pub fn names(role: Role) -> impl Iterator<Item = &'static str> {
    let options = all().filter(move |option| option.role == role);
    options.map(|option| option.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_option_stands_once() {
        let paths: BTreeSet<String> = all().map(KnownOption::path).collect();
        assert_eq!(paths.len(), all().count());
        let names: BTreeSet<&str> = of_issuers().map(|option| option.name).collect();
        assert_eq!(names.len(), of_issuers().count());
        let names: BTreeSet<&str> = of_gateways().map(|option| option.name).collect();
        assert_eq!(names.len(), of_gateways().count());
    }

    #[test]
    fn each_option_is_described_in_whole_sentences() {
        for option in all().chain(of_issuers()).chain(of_gateways()) {
            let KnownOption {
                name,
                meaning,
                detail,
                ..
            } = option;
            assert!(meaning.ends_with('.'), "{name}: {meaning}");
            assert!(!meaning.contains(". "), "{name}: more than one sentence");
            assert!(
                detail.is_empty() || detail.ends_with('.'),
                "{name}: {detail}"
            );
        }
    }

    #[test]
    fn an_example_is_of_the_kind_of_its_option() {
        for option in all().chain(of_issuers()).chain(of_gateways()) {
            let KnownOption { name, example, .. } = option;
            let value: toml_edit::Value = example.parse().expect(name);
            let is_of_kind = match option.kind {
                Kind::Truth => value.is_bool(),
                Kind::Number(_) => value.is_integer(),
                Kind::Texts if option.is_issuers => value.is_array() || value.is_str(),
                Kind::Texts => value.is_array(),
                Kind::Table => value.is_inline_table(),
                Kind::Text
                | Kind::Url
                | Kind::Secret
                | Kind::SecretFile
                | Kind::Credential
                | Kind::File
                | Kind::Folder
                | Kind::Mapping => value.is_str(),
            };
            assert!(is_of_kind, "{name} = {example}");
        }
    }

    #[test]
    fn what_an_option_follows_from_are_options_of_the_same_place() {
        for option in all() {
            for other in option.follows() {
                let other = named(other).expect(other);
                assert_eq!(other.place, option.place, "{}", option.name);
            }
        }
    }

    #[test]
    fn a_secret_can_be_given_in_three_ways_that_say_the_same() {
        for (keys, role) in [
            (APP_SECRET, Role::AppSecret),
            (ASAP_KEY, Role::OwnKey),
            (API_KEY, Role::ApiKey),
            (ADMIN_KEY, Role::AdminKey),
            (STORE_PASSWORD, Role::Other),
            (SEAL_KEY, Role::Other),
        ] {
            for (name, kind) in [
                (keys.value, Kind::Secret),
                (keys.file, Kind::SecretFile),
                (keys.credential, Kind::Credential),
            ] {
                let found = named(name).map(|option| (option.kind, option.role));
                assert_eq!(found, Some((kind, role)), "{name}");
            }
        }
    }

    #[test]
    fn what_prosodys_modules_read_stands_in_their_sources() {
        let sources = [
            include_str!("../../lua/token/exemption.lib.lua"),
            include_str!("../../lua/mod_token_verification.lua"),
            include_str!("../../lua/token/client.lib.lua"),
        ];
        for option in modules::OPTIONS {
            let is_there = sources.iter().any(|source| source.contains(option.name));
            // Contributed modules read it.
            let is_others = option.name == KEY_URL_OF_MODULES;
            assert_ne!(is_there, is_others, "{}", option.name);
        }
    }

    #[test]
    fn an_option_of_a_gateway_is_found_there_alone() {
        for (path, kind) in [
            (
                &["gateways", "api", "kong_config"][..],
                Some(Kind::SecretFile),
            ),
            (&["gateways", "api", "headers"], Some(Kind::Table)),
            (&["gateways", "api", "app_secret"], None),
            (&["gateways", "api", "required_claims", "app_secret"], None),
            (&["gateways", "app_secret"], None),
            (&["hosts", "a", "kong_config"], None),
            (&["hosts", "a", "app_secret"], Some(Kind::Secret)),
            (&["store", "database_password_file"], Some(Kind::SecretFile)),
            (&["kong_config"], None),
            (&[], None),
        ] {
            let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(at(&path).map(|option| option.kind), kind, "{path:?}");
        }
    }

    #[test]
    fn a_misspelt_name_means_an_option_and_another_name_means_none() {
        for (name, meant) in [
            ("requir_exp", Some("require_exp")),
            ("leewy", Some("leeway")),
            ("max_token_lifetimes", Some("max_token_lifetime")),
            ("app_secret_fiel", Some("app_secret_file")),
            ("lissten", Some("listen")),
            ("tokend_ulr", Some("tokend_url")),
            ("token_byte", Some("token_bytes")),
            ("log", None),
            ("limits", None),
            ("require_exp", None),
            ("modules_enabled", None),
        ] {
            assert_eq!(misspelt(name).map(|option| option.name), meant, "{name}");
        }
    }
}
