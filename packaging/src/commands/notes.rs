//! What a page says that the arguments do not tell.

/// What belongs to one command.
#[derive(Debug, Default)]
pub struct Notes {
    pub examples: &'static [Example],
    /// Paths, each with what is there.
    pub files: &'static [(&'static str, &'static str)],
    /// Variables beside those of the configuration.
    pub environment: &'static [(&'static str, &'static str)],
}

/// A line for the shell.
#[derive(Debug)]
pub struct Example {
    /// What it does.
    pub what: &'static str,
    /// What is typed.
    pub line: &'static str,
    pub tried: Tried,
}

/// How the line is held to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It ends with this status where a daemon runs that has one host, and it may change what it likes.
    Ends(u8),
    /// It needs a machine of its own.
    NotHere,
}

/// What belongs to the command whose page has this name.
pub fn of(page: &str) -> Option<Notes> {
    match page {
        "prosody-tokend" => Some(PROGRAM),
        "prosody-tokend-serve" => Some(SERVE),
        "prosody-tokend-check" => Some(CHECK),
        "prosody-tokend-explain" => Some(EXPLAIN),
        "prosody-tokend-replay" => Some(REPLAY),
        "prosody-tokend-mint" => Some(MINT),
        "prosody-tokend-doctor" => Some(DOCTOR),
        "prosody-tokend-keys" => Some(KEYS),
        "prosody-tokend-keys-name" => Some(KEYS_NAME),
        "prosody-tokend-revoke" => Some(REVOKE),
        "prosody-tokend-revocations" => Some(REVOCATIONS),
        "prosody-tokend-unrevoke" => Some(UNREVOKE),
        "prosody-tokend-credentials" => Some(CREDENTIALS),
        "prosody-tokend-credentials-add" => Some(CREDENTIALS_ADD),
        "prosody-tokend-credentials-list" => Some(CREDENTIALS_LIST),
        "prosody-tokend-credentials-show" => Some(CREDENTIALS_SHOW),
        "prosody-tokend-credentials-delete" => Some(CREDENTIALS_DELETE),
        "prosody-tokend-reload" => Some(RELOAD),
        "prosody-tokend-health" => Some(HEALTH),
        "prosody-tokend-shim" => Some(SHIM),
        _ => None,
    }
}

/// Variables of every command that reads the configuration.
pub const SETTINGS: &[(&str, &str)] = &[
    (
        "PROSODY_TOKEND_OPTION",
        "The option of that name above all sections of the configuration, as PROSODY_TOKEND_SERVER_NAMES=a,b. The environment \
         wins over the file, and the command line over both.",
    ),
    (
        "PROSODY_TOKEND_SECTION__OPTION",
        "An option in a section, as PROSODY_TOKEND_LIMITS__BODY_BYTES=65536. That of a host has the host's name with _ for all \
         but letters and digits: PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_ID.",
    ),
];

const PROGRAM: Notes = Notes {
    examples: &[
        here(
            "See what the configuration comes to:",
            "prosody-tokend check",
        ),
        here(
            "Make a token and say of it what the daemon would:",
            "prosody-tokend mint --room standup | prosody-tokend explain --room standup",
        ),
        elsewhere("Find out why nobody gets in:", "sudo prosody-tokend doctor"),
    ],
    files: &[
        CONFIGURATION,
        (
            "/usr/share/prosody-tokend/lua",
            "The modules for Prosody, which its plugin_paths names.",
        ),
        (
            "/usr/share/prosody-tokend/config.schema.json",
            "A JSON Schema of the configuration, for editors.",
        ),
        (
            "/usr/share/prosody-tokend/openapi.json",
            "What the daemon answers over HTTP, as OpenAPI.",
        ),
    ],
    environment: &[],
};

const SERVE: Notes = Notes {
    examples: &[
        elsewhere(
            "Serve with the configuration of the package:",
            "prosody-tokend serve --config /etc/prosody-tokend/config.toml",
        ),
        elsewhere(
            "Serve with what Prosody's configuration says, and show every decision:",
            "prosody-tokend serve --prosody-config /etc/prosody/prosody.cfg.lua --log-level debug",
        ),
    ],
    files: &[
        CONFIGURATION,
        (
            "/run/prosody-tokend",
            "What came of the last reload, for systemctl reload.",
        ),
    ],
    environment: &[
        (
            "CREDENTIALS_DIRECTORY",
            "Where systemd has put the credentials that the configuration names.",
        ),
        (
            "JOURNAL_STREAM",
            "Set by systemd: lines of the log suit the journal then.",
        ),
        (
            "NOTIFY_SOCKET",
            "Set by systemd: it is told when the daemon is ready, reloads and ends.",
        ),
    ],
};

const CHECK: Notes = Notes {
    examples: &[
        here(
            "Show every option in force, and what is risky:",
            "prosody-tokend check",
        ),
        elsewhere(
            "Check what Prosody's configuration says before the daemon is to use it:",
            "prosody-tokend check --prosody-config /etc/prosody/prosody.cfg.lua",
        ),
        here(
            "Print the same for a program:",
            "prosody-tokend check --json",
        ),
    ],
    files: &[CONFIGURATION],
    environment: &[],
};

const EXPLAIN: Notes = Notes {
    examples: &[
        here(
            "Explain a token without showing it to other users of the machine:",
            "prosody-tokend mint | prosody-tokend explain",
        ),
        ends(
            1,
            "Ask whether it opens a room:",
            "prosody-tokend mint --room standup | prosody-tokend explain --room retro",
        ),
        ends(
            1,
            "Ask whether it will still be good at another time:",
            "prosody-tokend mint --ttl 60 | prosody-tokend explain --at 2099-01-31T12:00:00Z",
        ),
    ],
    files: &[CONFIGURATION],
    environment: &[],
};

const REPLAY: Notes = Notes {
    examples: &[
        elsewhere(
            "Decide recorded joins again, and fail where a verdict differs:",
            "prosody-tokend replay --check joins.jsonl",
        ),
        elsewhere(
            "Say which of them a configuration to try decides otherwise:",
            "prosody-tokend replay --check --config new.toml joins.jsonl",
        ),
    ],
    files: &[],
    environment: &[],
};

const MINT: Notes = Notes {
    examples: &[
        here(
            "Make a token for one room:",
            "prosody-tokend mint --room standup",
        ),
        here(
            "Make one for a moderator, valid for ten minutes:",
            "prosody-tokend mint --room standup --user Ada --moderator --ttl 600",
        ),
        here(
            "Make one for the rooms of a tenant, whose user may record:",
            "prosody-tokend mint --tenant acme --feature recording --feature livestreaming",
        ),
        here(
            "Make one for every room whose name begins with team:",
            "prosody-tokend mint --room 'team.*' --regex",
        ),
        here(
            "Lay more claims over those that are made, and take one away:",
            "echo '{\"context\": {\"group\": \"teachers\"}, \"nbf\": null}' | prosody-tokend mint --claims -",
        ),
        elsewhere(
            "Make one of another issuer of the host, with a private key:",
            "prosody-tokend mint --issuer keycloak --key-file private.pem --kid my-key --user Ada",
        ),
    ],
    files: &[CONFIGURATION],
    environment: &[
        (
            "JAAS_APP_ID, JAAS_KID, JAAS_PRIVATE_KEY",
            "The account, key id and private key of --jaas.",
        ),
        (
            "JITSI_APP_ID, JITSI_KEY_ID, JITSI_APP_SECRET",
            "Other names of the same.",
        ),
    ],
};

const DOCTOR: Notes = Notes {
    examples: &[
        elsewhere(
            "Look at everything on this machine, and log in at Prosody once:",
            "sudo prosody-tokend doctor",
        ),
        elsewhere(
            "Look at a docker-jitsi-meet:",
            "sudo prosody-tokend doctor --env-file /opt/docker-jitsi-meet/.env",
        ),
    ],
    files: &[
        CONFIGURATION,
        ("/etc/prosody/prosody.cfg.lua", "Prosody's configuration."),
    ],
    environment: &[],
};

const KEYS: Notes = Notes {
    examples: &[
        here(
            "Show the keys of the daemon that the configuration names:",
            "prosody-tokend keys",
        ),
        here(
            "Print the same for a program:",
            "prosody-tokend keys --json",
        ),
    ],
    files: &[CONFIGURATION],
    environment: &[],
};

const KEYS_NAME: Notes = Notes {
    examples: &[here(
        "See under which name a key server must have a key:",
        "prosody-tokend keys name my-key-2026",
    )],
    files: &[],
    environment: &[],
};

const REVOKE: Notes = Notes {
    examples: &[
        here(
            "Deny a token from now on, without showing it to other users of the machine:",
            "prosody-tokend mint | prosody-tokend revoke --token - --reason 'sent to the wrong person'",
        ),
        here(
            "Log a user out everywhere; who logs in again is let in:",
            "prosody-tokend revoke --user 42 --issued-before now --reason 'signed out'",
        ),
        here(
            "Keep a user out for a week:",
            "prosody-tokend revoke --user 42 --until 7d",
        ),
        here(
            "Close a room:",
            "prosody-tokend revoke --room standup --host meet.example.com --until 12h --reason 'the meeting is over'",
        ),
        here(
            "Deny all tokens of a key that has got into wrong hands:",
            "prosody-tokend revoke --kid key-2025",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[SUDO_USER],
};

const REVOCATIONS: Notes = Notes {
    examples: &[
        here("Show what is revoked:", "prosody-tokend revocations"),
        here(
            "Print the same for a program, one JSON object a line:",
            "prosody-tokend revocations --json",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const UNREVOKE: Notes = Notes {
    examples: &[
        elsewhere(
            "Take a revocation back, by the ID that revoke has printed:",
            "prosody-tokend unrevoke 05d19bd6e3a9f183c8c2e79b6f5bc5b2",
        ),
        ends(
            1,
            "See that there is none of this ID:",
            "prosody-tokend unrevoke 0123456789abcdef0123456789abcdef",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const CREDENTIALS: Notes = Notes {
    examples: &[
        here(
            "Make a credential, and see what there is:",
            "prosody-tokend credentials add billing && prosody-tokend credentials list",
        ),
        elsewhere(
            "Take one back, by the key that add has printed:",
            "prosody-tokend credentials delete 3jLQ2cPtnXB0dGmYvV7wKfZr5sHuE9aC",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const CREDENTIALS_ADD: Notes = Notes {
    examples: &[
        here(
            "Make a credential for a service that signs its tokens itself:",
            "prosody-tokend credentials add billing --name billing-2027 --tag production",
        ),
        here(
            "Make one with a token that is good for a month:",
            "prosody-tokend credentials add reports --token --expires 30d",
        ),
        elsewhere(
            "Make one for whoever signs with a private key:",
            "prosody-tokend credentials add partner --public-key partner.pem",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const CREDENTIALS_LIST: Notes = Notes {
    examples: &[
        here("Show all of them:", "prosody-tokend credentials list"),
        here(
            "Print those with a tag for a program, one JSON object a line:",
            "prosody-tokend credentials list --tag production --json",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const CREDENTIALS_SHOW: Notes = Notes {
    examples: &[here(
        "Show one:",
        "prosody-tokend credentials show billing-2027",
    )],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const CREDENTIALS_DELETE: Notes = Notes {
    examples: &[
        here(
            "Let nobody in any longer with the tokens of a credential:",
            "prosody-tokend credentials delete billing-2027",
        ),
        ends(
            1,
            "See that there is none of this key:",
            "prosody-tokend credentials delete nothing",
        ),
    ],
    files: &[CONFIGURATION, STATE],
    environment: &[],
};

const RELOAD: Notes = Notes {
    examples: &[
        elsewhere(
            "Reload, and say what came of it:",
            "sudo systemctl reload prosody-tokend",
        ),
        elsewhere(
            "The same without systemd's unit:",
            "sudo prosody-tokend reload $(pidof prosody-tokend)",
        ),
    ],
    files: &[(
        "/run/prosody-tokend",
        "Where the daemon leaves what came of a reload.",
    )],
    environment: &[],
};

const HEALTH: Notes = Notes {
    examples: &[
        here("Ask whether the daemon answers:", "prosody-tokend health"),
        here(
            "Ask whether it can decide on every host, too:",
            "prosody-tokend health --ready",
        ),
    ],
    files: &[CONFIGURATION],
    environment: &[],
};

const SHIM: Notes = Notes {
    examples: &[here(
        "Write the modules for Prosody into a folder:",
        "prosody-tokend shim --to ./prosody-modules",
    )],
    files: &[(
        "/usr/share/prosody-tokend/lua",
        "Where the package has the same files.",
    )],
    environment: &[],
};

const STATE: (&str, &str) = (
    "/var/lib/prosody-tokend/state.db",
    "Where the daemon keeps revocations, if its configuration says so.",
);

const SUDO_USER: (&str, &str) = (
    "SUDO_USER",
    "Who has become root: the list names whoever made a revocation.",
);

const CONFIGURATION: (&str, &str) = (
    "/etc/prosody-tokend/config.toml",
    "The configuration, which prosody-tokend.toml(5) describes.",
);

const fn here(what: &'static str, line: &'static str) -> Example {
    ends(0, what, line)
}

const fn ends(status: u8, what: &'static str, line: &'static str) -> Example {
    Example {
        what,
        line,
        tried: Tried::Ends(status),
    }
}

const fn elsewhere(what: &'static str, line: &'static str) -> Example {
    Example {
        what,
        line,
        tried: Tried::NotHere,
    }
}
