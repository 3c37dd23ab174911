//! Every option that there is. What reads options, shows them, describes them, or looks for misspelt ones goes by this
//! table, so that none of them knows more than another.

mod daemon;
mod hosts;
mod modules;
mod row;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOption {
    /// Its name, wherever it is set.
    pub name: &'static str,
    /// Where it may be set.
    pub place: Place,
    /// What it holds.
    pub kind: Kind,
    /// What it is for, where several options say the same in different ways.
    pub role: Role,
    /// The options that it is described with.
    pub group: Group,
    /// What counts where it is not set.
    pub default: DefaultValue,
    /// A value as TOML writes it: the default where that is always the same, else one to start from.
    pub example: &'static str,
    /// What it does, in one sentence.
    pub meaning: &'static str,
    /// What else is good to know, in further sentences; empty where there is nothing.
    pub detail: &'static str,
    /// When a change of it counts.
    pub takes_effect: TakesEffect,
    /// The variable of docker-jitsi-meet that sets it and nothing else, if there is one.
    pub variable: Option<&'static str>,
}

/// Where an option may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In Prosody's configuration or in `[hosts]`. Jitsi's modules have it, too, and Prosody says which values it takes.
    HostAsJitsi,
    /// In Prosody's configuration or in `[hosts]`. Only this daemon has it, and a wrong value is refused.
    Host,
    /// In Prosody's configuration alone, where modules read it.
    Prosody,
    /// In the daemon's own configuration alone: in this section, at the top where it is empty.
    Daemon(&'static str),
}

/// What an option holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// The address of a key server, or of the daemon.
    Url,
    /// True or false.
    Truth,
    /// A number of these.
    Number(Unit),
    /// A list of texts.
    Texts,
    /// A secret itself, or several.
    Secret,
    /// A file that holds a secret, or several.
    SecretFile,
    /// The name of a systemd credential that holds a secret, or several.
    Credential,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Things that the option's name says.
    Count,
}

/// What counts where an option is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// Always the same value: the row's example.
    Always,
    /// What follows from these other options.
    From(&'static [&'static str]),
    /// A value that depends on other options in a way that only words can say.
    Depends(&'static str),
    /// Nothing.
    Nothing,
    /// The configuration is refused.
    Required,
}

/// Options that are described together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Where the daemon listens.
    Listening,
    /// Where Prosody's options are.
    Prosody,
    /// Who may ask.
    Callers,
    /// Public keys that are fetched.
    KeyServers,
    /// The issuer and its keys.
    Keys,
    /// What a token's claims must be.
    Claims,
    /// Which rooms a token opens.
    Rooms,
    /// Room claims that are patterns.
    Patterns,
    /// Tokens that this server signs.
    OwnTokens,
    /// What callers may take up.
    Limits,
    /// The log.
    Log,
    /// Threads.
    Workers,
    /// Prosody's modules.
    Modules,
}

/// When a change of an option counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakesEffect {
    /// As soon as the changed configuration is read.
    AtReload,
    /// Once the daemon is started again.
    AtStart,
}

/// What an option is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Signatures are verified with the secret.
    AppSecret,
    /// Signatures are verified with one public key.
    PublicKey,
    /// Signatures are verified with the public key of the token's `kid`.
    KeysById,
    /// The host's own tokens are signed with the key.
    OwnKey,
    /// Callers send the key.
    ApiKey,
    /// Nothing that another option says as well.
    Other,
}

impl KnownOption {
    /// Whether it is one of a host's, wherever that is described.
    #[must_use]
    pub const fn is_hosts(&self) -> bool {
        matches!(self.place, Place::Host | Place::HostAsJitsi)
    }

    /// Whether it says what a host's signatures are verified with.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        matches!(
            self.role,
            Role::AppSecret | Role::PublicKey | Role::KeysById
        )
    }

    /// What to do where it stands in Prosody's configuration, from which it is not taken. None where it is.
    #[must_use]
    pub fn instead_of_prosodys(&self) -> Option<String> {
        let section = match self.place {
            Place::Daemon("") => "above all sections".to_owned(),
            Place::Daemon(section) => format!("in its section [{section}]"),
            Place::HostAsJitsi | Place::Host | Place::Prosody => return None,
        };
        Some(format!(
            "set it in the daemon's own configuration (config.toml), {section}"
        ))
    }

    /// The other options that its value follows from where it is not set.
    #[must_use]
    pub const fn follows(&self) -> &'static [&'static str] {
        match self.default {
            DefaultValue::From(others) => others,
            DefaultValue::Always
            | DefaultValue::Depends(_)
            | DefaultValue::Nothing
            | DefaultValue::Required => &[],
        }
    }
}

impl Kind {
    /// Whether the value is the path of something that is read.
    #[must_use]
    pub const fn is_path(self) -> bool {
        matches!(self, Self::SecretFile | Self::File | Self::Folder)
    }
}

/// Names of the three options that can hold one secret.
#[derive(Debug)]
pub struct SecretKeys {
    /// The secret itself.
    pub value: &'static str,
    /// A file that holds it.
    pub file: &'static str,
    /// The name of a systemd credential that holds it.
    pub credential: &'static str,
}

/// What the issuer signs with.
pub const APP_SECRET: SecretKeys = SecretKeys {
    value: "app_secret",
    file: "app_secret_file",
    credential: "app_secret_credential",
};

/// What a host's own tokens are signed with.
pub const ASAP_KEY: SecretKeys = SecretKeys {
    value: "asap_key",
    file: "asap_key_path",
    credential: "asap_key_credential",
};

/// What callers must send.
pub const API_KEY: SecretKeys = SecretKeys {
    value: "api_key",
    file: "api_key_file",
    credential: "api_key_credential",
};

/// The key server that modules for requests from backends pass to `set_asap_key_server`.
pub const KEY_URL_OF_MODULES: &str = "prosody_password_public_key_repo_url";

/// Every option. Of those that say the same, the ones that count first.
pub fn all() -> impl Iterator<Item = &'static KnownOption> {
    let tables = [hosts::OPTIONS, modules::OPTIONS, daemon::OPTIONS];
    tables.into_iter().flatten()
}

/// The option of this name.
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
        let names: BTreeSet<&str> = all().map(|option| option.name).collect();
        assert_eq!(names.len(), all().count());
    }

    #[test]
    fn each_option_is_described_in_whole_sentences() {
        for option in all() {
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
        for option in all() {
            let KnownOption { name, example, .. } = option;
            let value: toml_edit::Value = example.parse().expect(name);
            let is_of_kind = match option.kind {
                Kind::Truth => value.is_bool(),
                Kind::Number(_) => value.is_integer(),
                Kind::Texts => value.is_array(),
                Kind::Text
                | Kind::Url
                | Kind::Secret
                | Kind::SecretFile
                | Kind::Credential
                | Kind::File
                | Kind::Folder => value.is_str(),
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
