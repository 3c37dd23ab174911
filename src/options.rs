//! Every option that there is: its name, where it may be set, and what kind of value it has. What reads options, looks
//! for misspelt ones, or for files that they name, goes by this table, so that none of them knows more than another.

/// One option.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownOption {
    /// Its name, wherever it is set.
    pub name: &'static str,
    /// Where it may be set.
    pub place: Place,
    /// What it holds.
    pub kind: Kind,
    /// What it is for, where several options say the same in different ways.
    pub role: Role,
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
    /// True or false.
    Truth,
    /// A number.
    Number,
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

/// The option of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static KnownOption> {
    ALL.iter().find(|option| option.name == name)
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
    ALL.iter().find(is_like)
}

/// Names of the options that say this, the ones that go before others first.
pub fn names(role: Role) -> impl Iterator<Item = &'static str> {
    let options = ALL.iter().filter(move |option| option.role == role);
    options.map(|option| option.name)
}

/// Every option. Of those that say the same, the ones that count first.
pub const ALL: &[KnownOption] = &[
    jitsis("app_id", Kind::Text),
    jitsis_key("cache_keys_url", Kind::Text, Role::KeysById),
    jitsis_key("asap_key_server", Kind::Text, Role::KeysById),
    hosts_key("key_folder", Kind::Folder, Role::KeysById),
    hosts_key("public_key_file", Kind::File, Role::PublicKey),
    jitsis_key(APP_SECRET.value, Kind::Secret, Role::AppSecret),
    hosts_key(APP_SECRET.file, Kind::SecretFile, Role::AppSecret),
    hosts_key(APP_SECRET.credential, Kind::Credential, Role::AppSecret),
    jitsis("jwt_pubkey_cache_size", Kind::Number),
    jitsis("signature_algorithm", Kind::Text),
    hosts("accepted_types", Kind::Texts),
    hosts("leeway", Kind::Number),
    hosts("require_exp", Kind::Truth),
    hosts("max_token_lifetime", Kind::Number),
    jitsis("asap_accepted_issuers", Kind::Texts),
    jitsis("asap_accepted_audiences", Kind::Texts),
    hosts("accept_audience_array", Kind::Truth),
    jitsis("asap_require_room_claim", Kind::Truth),
    jitsis("allow_empty_token", Kind::Truth),
    jitsis("enable_domain_verification", Kind::Truth),
    jitsis("muc_mapper_domain_base", Kind::Text),
    jitsis("muc_mapper_domain_prefix", Kind::Text),
    jitsis("muc_mapper_domain", Kind::Text),
    jitsis("token_regex_enabled", Kind::Truth),
    jitsis("token_regex_room_max_length", Kind::Number),
    jitsis("token_regex_max_quantifiers", Kind::Number),
    jitsis_key(ASAP_KEY.file, Kind::SecretFile, Role::OwnKey),
    hosts_key(ASAP_KEY.value, Kind::Secret, Role::OwnKey),
    hosts_key(ASAP_KEY.credential, Kind::Credential, Role::OwnKey),
    jitsis("asap_key_id", Kind::Text),
    jitsis("asap_issuer", Kind::Text),
    jitsis("asap_audience", Kind::Text),
    jitsis("asap_ttl", Kind::Number),
    jitsis("asap_ttl_threshold", Kind::Number),
    prosodys("token_verification_allowlist", Kind::Texts),
    prosodys(
        "token_verification_require_token_for_moderation",
        Kind::Truth,
    ),
    prosodys(KEY_URL_OF_MODULES, Kind::Text),
    prosodys("tokend_url", Kind::Text),
    prosodys("tokend_timeout", Kind::Number),
    prosodys("tokend_api_key", Kind::Secret),
    daemons("", "listen", Kind::Texts),
    daemons("", "server_names", Kind::Texts),
    // Its files are those that its evaluation reads.
    daemons("", "prosody_config", Kind::Text),
    daemons("", "docker", Kind::Truth),
    daemons("", "docker_env_file", Kind::File),
    daemons_key(API_KEY.value, Kind::Secret),
    daemons_key(API_KEY.file, Kind::SecretFile),
    daemons_key(API_KEY.credential, Kind::Credential),
    daemons("", "allowed_key_urls", Kind::Texts),
    daemons("", "key_max_stale", Kind::Number),
    daemons("limits", "token_bytes", Kind::Number),
    daemons("limits", "signature_cache_bytes", Kind::Number),
    daemons("limits", "body_bytes", Kind::Number),
    daemons("limits", "requests_in_flight", Kind::Number),
    daemons("limits", "connections", Kind::Number),
    daemons("limits", "header_timeout", Kind::Number),
    daemons("limits", "body_timeout", Kind::Number),
    daemons("limits", "answer_timeout", Kind::Number),
    daemons("log", "level", Kind::Text),
    daemons("log", "format", Kind::Text),
    daemons("workers", "threads", Kind::Number),
];

const fn jitsis(name: &'static str, kind: Kind) -> KnownOption {
    jitsis_key(name, kind, Role::Other)
}

const fn jitsis_key(name: &'static str, kind: Kind, role: Role) -> KnownOption {
    option(Place::HostAsJitsi, name, kind, role)
}

const fn hosts(name: &'static str, kind: Kind) -> KnownOption {
    hosts_key(name, kind, Role::Other)
}

const fn hosts_key(name: &'static str, kind: Kind, role: Role) -> KnownOption {
    option(Place::Host, name, kind, role)
}

const fn prosodys(name: &'static str, kind: Kind) -> KnownOption {
    option(Place::Prosody, name, kind, Role::Other)
}

const fn daemons(section: &'static str, name: &'static str, kind: Kind) -> KnownOption {
    option(Place::Daemon(section), name, kind, Role::Other)
}

const fn daemons_key(name: &'static str, kind: Kind) -> KnownOption {
    option(Place::Daemon(""), name, kind, Role::ApiKey)
}

const fn option(place: Place, name: &'static str, kind: Kind, role: Role) -> KnownOption {
    KnownOption {
        name,
        place,
        kind,
        role,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_option_stands_once() {
        let names: BTreeSet<&str> = ALL.iter().map(|option| option.name).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn the_shipped_file_shows_every_option_that_the_daemon_reads() {
        let shipped = include_str!("../config/prosody-tokend.toml");
        for KnownOption { name, place, .. } in ALL {
            let is_shown =
                shipped.contains(&format!("{name} = ")) || shipped.contains(&format!("as {name}"));
            assert_eq!(is_shown, *place != Place::Prosody, "{name}");
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
