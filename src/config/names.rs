//! Names that people give options: those of other programs, of JWT's claims, and of docker-jitsi-meet's variables.

use crate::options::{self, KnownOption};

/// The option that somebody meant by a name that is none: what it is called elsewhere, or else the one spelt most alike.
#[must_use]
pub fn intended_option(name: &str) -> Option<&'static KnownOption> {
    let plain = plain(name);
    let alike = || {
        let mut parts = PREFIXES.iter().filter_map(|own| plain.strip_prefix(own));
        parts.find_map(|rest| options::named(rest).or_else(|| called(rest)))
    };
    options::named(&plain)
        .or_else(|| called(&plain))
        .or_else(|| options::misspelt(&plain))
        .or_else(alike)
        .or_else(|| resembling(&plain))
}

/// The same of a name in Prosody's configuration, where most names belong to other modules: only what can be nothing else
/// but an option about tokens.
#[must_use]
pub fn meant_in_prosody(name: &str) -> Option<&'static KnownOption> {
    if options::named(name).is_some() {
        return None;
    }
    let plain = plain(name);
    let is_about_tokens = plain.contains("issuer")
        || plain.contains("audience")
        || ABOUT_TOKENS.iter().any(|start| plain.starts_with(start));
    let rest = ABOUT_TOKENS.iter().chain(&PREFIXES);
    let rest = rest.filter_map(|start| plain.strip_prefix(start));
    let found = || called(&plain).or_else(|| rest.into_iter().find_map(called));
    let found = is_about_tokens.then(found).flatten();
    // Another way of writing a name, and not another name.
    let same = || options::named(&plain).filter(|_| plain != name.to_ascii_lowercase());
    found
        .or_else(|| options::misspelt(name))
        .or_else(same)
        .filter(|option| {
            option.is_hosts() || option.place == options::Place::Prosody || !is_about_tokens
        })
}

/// One way of writing for `appId`, `app-id` and `APP_ID`.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut was_small = false;
    for c in name.trim().chars() {
        if c.is_ascii_uppercase() && was_small {
            plain.push('_');
        }
        was_small = c.is_ascii_lowercase();
        plain.push(if matches!(c, '-' | '.' | ' ') {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
    }
    plain
}

fn called(name: &str) -> Option<&'static KnownOption> {
    let (option, _) = CALLED.iter().find(|(_, names)| names.contains(&name))?;
    options::named(option)
}

fn resembling(name: &str) -> Option<&'static KnownOption> {
    let likeness = |option: &KnownOption| strsim::jaro_winkler(name, option.name);
    let options = options::all();
    let best = options.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.88).then_some(best)
}

/// What stands before names in other places.
const PREFIXES: [&str; 9] = [
    "prosody_tokend_",
    "jwt_",
    "jitsi_",
    "prosody_",
    "token_",
    "auth_",
    "asap_",
    "accepted_",
    "app_",
];
/// What names of options about tokens begin with in Prosody's configuration.
const ABOUT_TOKENS: [&str; 6] = [
    "asap_accepted_",
    "jwt_accepted_",
    "asap_",
    "jwt_",
    "token_",
    "app_",
];

/// Each option, and what else it is called.
const CALLED: &[(&str, &[&str])] = &[
    (
        "app_id",
        &[
            "appid",
            "application_id",
            "client_id",
            "applicationid",
            "id",
        ],
    ),
    (
        "app_secret",
        &[
            "secret",
            "appsecret",
            "application_secret",
            "client_secret",
            "shared_secret",
            "secret_key",
            "signing_key",
            "signing_secret",
            "hmac_secret",
            "key",
            "secrets",
            "password",
        ],
    ),
    (
        "app_secret_file",
        &[
            "secret_file",
            "secret_path",
            "app_secret_path",
            "password_file",
        ],
    ),
    (
        "public_key_file",
        &[
            "public_key",
            "publickey",
            "public_key_path",
            "pubkey",
            "public_key_pem",
            "key_file",
            "key_path",
            "pem",
            "pem_file",
            "certificate",
            "cert",
            "cert_file",
            "certificate_file",
        ],
    ),
    (
        "key_folder",
        &[
            "keys",
            "key_dir",
            "keys_dir",
            "key_directory",
            "keys_folder",
            "public_keys",
        ],
    ),
    (
        "cache_keys_url",
        &[
            "jwks",
            "jwks_url",
            "jwks_uri",
            "jwk_url",
            "jwk_set_url",
            "keys_url",
            "keys_uri",
            "jwks_endpoint",
            "key_url",
            "certs_url",
        ],
    ),
    (
        "asap_key_server",
        &[
            "keyserver",
            "key_server",
            "asap_keyserver",
            "key_server_url",
            "asap_key_server_url",
            "public_key_server",
        ],
    ),
    (
        "signature_algorithm",
        &[
            "algorithm",
            "alg",
            "algorithms",
            "algs",
            "algo",
            "sign_type",
            "signature_type",
            "signing_algorithm",
            "accepted_algorithms",
            "accepted_alg",
        ],
    ),
    (
        "asap_accepted_issuers",
        &[
            "issuer",
            "issuers",
            "iss",
            "accepted_issuer",
            "accepted_issuers",
            "allowed_issuers",
            "valid_issuers",
            "trusted_issuers",
        ],
    ),
    (
        "asap_accepted_audiences",
        &[
            "audience",
            "audiences",
            "aud",
            "accepted_audience",
            "accepted_audiences",
            "allowed_audiences",
            "valid_audiences",
        ],
    ),
    (
        "accepted_types",
        &["typ", "type", "types", "accepted_typ", "token_types"],
    ),
    (
        "leeway",
        &[
            "clock_skew",
            "clockskew",
            "skew",
            "tolerance",
            "clock_tolerance",
            "grace",
            "acceptable_skew",
        ],
    ),
    (
        "require_exp",
        &["require_expiration", "require_expiry", "exp_required"],
    ),
    (
        "max_token_lifetime",
        &[
            "max_age",
            "max_lifetime",
            "lifetime",
            "max_ttl",
            "ttl",
            "token_lifetime",
        ],
    ),
    (
        "allow_empty_token",
        &[
            "allow_empty",
            "allow_empty_tokens",
            "allow_guests",
            "guests",
            "allow_anonymous",
            "anonymous",
        ],
    ),
    (
        "enable_domain_verification",
        &[
            "domain_verification",
            "verify_domain",
            "check_domain",
            "verify_sub",
        ],
    ),
    (
        "asap_require_room_claim",
        &["require_room", "require_room_claim", "room_claim_required"],
    ),
    (
        "muc_mapper_domain",
        &["muc_domain", "muc", "muc_component", "conference_domain"],
    ),
    (
        "muc_mapper_domain_prefix",
        &["muc_prefix", "muc_mapper_prefix"],
    ),
    (
        "muc_mapper_domain_base",
        &["muc_mapper_base", "domain_base"],
    ),
    (
        "listen",
        &[
            "port",
            "address",
            "bind",
            "interface",
            "listen_address",
            "interfaces",
        ],
    ),
    ("server_names", &["server_name", "hostname", "hostnames"]),
    ("api_key", &["apikey", "bearer_token"]),
    ("level", &["loglevel", "log_level", "debug", "verbosity"]),
    ("format", &["log_format"]),
    ("threads", &["worker_threads", "num_threads"]),
    (
        "docker_env_file",
        &["env_file", "dotenv", "docker_env", "envfile"],
    ),
    (
        "prosody_config",
        &[
            "prosody_cfg",
            "prosody_config_file",
            "prosody_cfg_lua",
            "prosody_configuration",
        ],
    ),
    (
        "allowed_key_urls",
        &["allowed_keys_urls", "allowed_key_servers", "key_urls"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_means_the_option_of_here() {
        for (name, meant_option) in [
            ("audience", "asap_accepted_audiences"),
            ("aud", "asap_accepted_audiences"),
            ("issuer", "asap_accepted_issuers"),
            ("algorithm", "signature_algorithm"),
            ("alg", "signature_algorithm"),
            ("jwks_url", "cache_keys_url"),
            ("jwksUri", "cache_keys_url"),
            ("secret", "app_secret"),
            ("key", "app_secret"),
            ("public-key", "public_key_file"),
            ("appId", "app_id"),
            ("APP_SECRET", "app_secret"),
            ("JWT_APP_ID", "app_id"),
            ("JWT_APP_SECRET", "app_secret"),
            ("JWT_ACCEPTED_ISSUERS", "asap_accepted_issuers"),
            ("JWT_ACCEPTED_AUDIENCES", "asap_accepted_audiences"),
            ("JWT_ASAP_KEYSERVER", "asap_key_server"),
            ("JWT_ALLOW_EMPTY", "allow_empty_token"),
            ("JWT_SIGN_TYPE", "signature_algorithm"),
            (
                "JWT_ENABLE_DOMAIN_VERIFICATION",
                "enable_domain_verification",
            ),
            ("enable_domain_verifcation", "enable_domain_verification"),
            ("listen_on", "listen"),
            ("clock_skew", "leeway"),
            ("log_level", "level"),
        ] {
            let found = intended_option(name).map(|option| option.name);
            assert_eq!(found, Some(meant_option), "{name}");
        }
        for name in ["colour", "VirtualHost", "foo", "modules_enabled", "x"] {
            assert_eq!(
                intended_option(name).map(|option| option.name),
                None,
                "{name}"
            );
        }
    }

    #[test]
    fn in_prosodys_configuration_only_what_is_about_tokens_is_meant_otherwise() {
        for (name, meant_option) in [
            ("accepted_issuers", Some("asap_accepted_issuers")),
            ("jwt_accepted_audiences", Some("asap_accepted_audiences")),
            ("asap_issuers", Some("asap_accepted_issuers")),
            ("asap_accepted_audience", Some("asap_accepted_audiences")),
            ("asap_accepted_alg", Some("signature_algorithm")),
            ("asap_algorithm", Some("signature_algorithm")),
            ("asap_keyserver", Some("asap_key_server")),
            ("jwt_secret", Some("app_secret")),
            ("allow_empty_tokens", Some("allow_empty_token")),
            ("asap_isuer", Some("asap_issuer")),
            ("appId", Some("app_id")),
            ("asap_issuer", None),
            ("app_id", None),
            ("secret", None),
            ("port", None),
            ("log", None),
            ("type", None),
            ("muc", None),
            ("audit_log", None),
            ("certificate", None),
            ("modules_enabled", None),
            ("turncredentials_secret", None),
            ("external_service_secret", None),
            ("token_affiliation", None),
        ] {
            let found = meant_in_prosody(name).map(|option| option.name);
            assert_eq!(found, meant_option, "{name}");
        }
    }

    #[test]
    fn every_other_name_is_that_of_one_option() {
        for (index, (option, names)) in CALLED.iter().enumerate() {
            assert!(options::named(option).is_some(), "{option}");
            let others = CALLED
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            for (_, (_, theirs)) in others {
                assert!(
                    names.iter().all(|name| !theirs.contains(name)),
                    "{option}: {theirs:?}"
                );
            }
            assert!(
                names.iter().all(|name| options::named(name).is_none()),
                "{option}"
            );
        }
    }
}
