//! Configurations and tokens that are measured.

use std::path::PathBuf;

use prosody_tokend::config::layers::Inputs;
use prosody_tokend::config::refused::Refused;
use prosody_tokend::config::{self, Config};
use serde_json::{Map, Value, json};

/// The host that is asked.
pub const HOST: &str = "meet.example.com";

/// The secret of all hosts. It protects nothing.
pub const SECRET: &str = "the-secret-that-the-issuer-and-the-daemon-share";

/// The time of all measurements that have a clock of their own, in Unix seconds.
pub const NOW: i64 = 1_800_000_000;

/// A file among the keys of the tests.
pub fn key_file(name: &str) -> PathBuf {
    super::root().join("tests/data").join(name)
}

/// The section of one host with these options.
pub fn host(name: &str, options: &str) -> String {
    format!(
        "[hosts.\"{name}\"]\napp_id = \"my_app\"\nmuc_mapper_domain_base = \"{name}\"\n{options}\n"
    )
}

/// The option that gives a host the secret.
pub fn with_secret(algorithm: &str) -> String {
    format!("app_secret = \"{SECRET}\"\nsignature_algorithm = \"{algorithm}\"")
}

/// The option that gives a host a public key of the tests.
pub fn with_public_key(algorithm: &str, file: &str) -> String {
    let path = key_file(file);
    format!(
        "public_key_file = \"{}\"\nsignature_algorithm = \"{algorithm}\"",
        path.display()
    )
}

/// The section of a further issuer with these keys.
pub fn further(name: &str, iss: &str, keys: &str) -> String {
    format!("[[hosts.\"{HOST}\".issuers]]\nname = \"{name}\"\nissuer = \"{iss}\"\n{keys}\n")
}

/// A configuration with so many further issuers, whose keys depend on their `iss`.
pub fn with_further(count: usize, own: String, keys: &dyn Fn(&str) -> String) -> String {
    let sections = (1..=count).map(|number| {
        let iss = further_iss(number);
        further(&iss, &iss, &keys(&iss))
    });
    sections.fold(own, |text, section| text + &section)
}

/// The `iss` of the further issuer of this number.
pub fn further_iss(number: usize) -> String {
    format!("issuer-{number:04}")
}

/// The option that gives a further issuer a secret of its own.
pub fn further_secret(iss: &str) -> String {
    format!("app_secret = \"{}\"", secret_of(iss))
}

/// The secret of the further issuer with this `iss`.
pub fn secret_of(iss: &str) -> String {
    format!("{SECRET}-{iss}")
}

/// The `iss` of an issuer like Keycloak.
pub const KEYCLOAK: &str = "https://sso.example.com/realms/meet";

/// The claims of an access token of Keycloak that is for this host.
pub fn keycloaks_claims(expiration: i64) -> Map<String, Value> {
    let claims = json!({
        "exp": expiration, "iat": expiration - 300, "jti": "onrtac:932778fa-1dd9-415d-ac1f-6d7690b29b70",
        "iss": KEYCLOAK, "aud": "my_app", "sub": "b1436140-4c07-4ffd-a49c-03db443c3fed", "typ": "Bearer",
        "azp": "jitsi", "sid": "fc71df16-f592-4f5c-a28b-dfad56c2d922", "acr": "1",
        "realm_access": { "roles": ["offline_access", "default-roles-meet", "jitsi-moderator"] },
        "scope": "openid email profile", "email_verified": true, "name": "Alice Example",
        "preferred_username": "alice", "email": "alice@example.com",
    });
    match claims {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Reads a configuration as the daemon does.
pub fn load(text: &str) -> Result<Config, Refused> {
    config::load(&Inputs {
        file: Some((PathBuf::from("config.toml"), text.to_owned())),
        ..Inputs::default()
    })
}

/// The claims of a usual token that expires at `expiration`, with others beside them.
pub fn claims(expiration: i64, others: &Value) -> Map<String, Value> {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": HOST, "room": "standup",
        "iat": expiration - 172_800, "nbf": expiration - 172_800, "exp": expiration,
        "context": { "user": { "id": "7f1d0a52", "name": "Alice", "email": "alice@example.com",
            "avatar": "https://example.com/avatars/alice.png", "moderator": true } },
    });
    let members = [claims, others.clone()];
    let members = members.into_iter().filter_map(|members| match members {
        Value::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().collect()
}
