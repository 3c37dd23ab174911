//! What is known of an option.

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
    /// Whether each of a host's issuers may have it as well.
    pub is_issuers: bool,
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
    /// In the daemon's own configuration alone: in `[[hosts."DOMAIN".issuers]]`.
    Issuer,
    /// In the daemon's own configuration alone: in `[gateways.NAME]`.
    Gateway,
}

/// What an option holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    File,
    Folder,
    /// A section that says where claims are taken from, or the name of one that is ready.
    Mapping,
    /// A section whose keys the operator chooses.
    Table,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
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
    /// Further issuers of a host.
    Issuers,
    /// What a gateway asks of tokens.
    Gateways,
    /// Where proxies ask.
    ForwardAuth,
    /// Where credentials are changed.
    AdminApi,
    /// The page for people.
    Console,
    /// What callers may take up.
    Limits,
    Log,
    /// What a monitoring system is told.
    Metrics,
    /// Where decisions are recorded.
    Audit,
    /// Where what was taken back is kept.
    Store,
    /// What counts of it.
    Revocations,
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
    /// Administrators send the key.
    AdminKey,
    /// Nothing that another option says as well.
    Other,
}

impl Group {
    /// What stands above them.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Listening => "Where to listen",
            Self::Prosody => "Prosody's configuration",
            Self::Callers => "Who may ask",
            Self::KeyServers => "Public keys that are fetched",
            Self::Keys => "The issuer and its keys",
            Self::Claims => "What tokens must say",
            Self::Rooms => "Which rooms a token opens",
            Self::Patterns => "Room claims that are patterns",
            Self::OwnTokens => "Tokens that this server shows to others",
            Self::Issuers => "Further issuers",
            Self::Gateways => "Gateways",
            Self::ForwardAuth => "Where proxies ask",
            Self::AdminApi => "Where credentials are changed",
            Self::Console => "The page for people",
            Self::Limits => "What callers may take up",
            Self::Log => "The log",
            Self::Metrics => "Metrics",
            Self::Audit => "The audit log",
            Self::Store => "Where revocations are kept",
            Self::Revocations => "What is taken back before its time",
            Self::Workers => "Threads",
            Self::Modules => "What Prosody's modules read",
        }
    }
}

impl KnownOption {
    /// Where it stands in the daemon's own configuration; of a host's option, within that host's section.
    #[must_use]
    pub fn path(&self) -> String {
        match self.place {
            Place::Daemon(section) if !section.is_empty() => format!("{section}.{}", self.name),
            Place::Daemon(_)
            | Place::Host
            | Place::HostAsJitsi
            | Place::Prosody
            | Place::Issuer
            | Place::Gateway => self.name.to_owned(),
        }
    }

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
            Place::HostAsJitsi | Place::Host | Place::Prosody | Place::Issuer | Place::Gateway => {
                return None;
            }
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

/// What administrators must send.
pub const ADMIN_KEY: SecretKeys = SecretKeys {
    value: "admin_key",
    file: "admin_key_file",
    credential: "admin_key_credential",
};

/// What the database of a fleet lets the daemon in by.
pub const STORE_PASSWORD: SecretKeys = SecretKeys {
    value: "database_password",
    file: "database_password_file",
    credential: "database_password_credential",
};

/// What secrets of credentials are sealed with in the store.
pub const SEAL_KEY: SecretKeys = SecretKeys {
    value: "seal_key",
    file: "seal_key_file",
    credential: "seal_key_credential",
};

/// The key server that modules for requests from backends pass to `set_asap_key_server`.
pub const KEY_URL_OF_MODULES: &str = "prosody_password_public_key_repo_url";
