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
