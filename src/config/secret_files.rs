//! The files that hold secrets, and whose they are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use figment::value::Value;

use super::layers::{Dialect, Layers};
use super::prosody_part::{DOCKER_ENV_FILE, ProsodyOutcome};
use crate::options::{self, Kind};
use crate::origin::Origin;
use crate::prosody::model::ProsodyConfig;
use crate::prosody::value::Value as LuaValue;

/// The files that hold secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFiles {
    pub files: BTreeSet<(PathBuf, Holder)>,
    /// The user that Prosody becomes where it is started as root, if its configuration names one.
    pub prosody_user: Option<String>,
}

/// Who reads a file that holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The daemon alone.
    Daemon,
    /// Prosody, and the daemon with it.
    Prosody,
    /// docker compose, and the daemon.
    Compose,
}

/// The files with secrets that a configuration names. Credentials from systemd are left out, since systemd reads their
/// files.
#[must_use]
pub fn collect(layers: &Layers, prosody: Option<&ProsodyOutcome>) -> SecretFiles {
    let prosody = prosody.and_then(|outcome| outcome.as_ref().ok());
    let values = layers.values().into_iter();
    let files = values.flat_map(|(path, value)| holding(layers, &path, value));
    SecretFiles {
        files: files.collect(),
        prosody_user: prosody.and_then(user),
    }
}

/// The user that Prosody becomes where it is started as root, if its configuration says so.
#[must_use]
pub fn user(config: &ProsodyConfig) -> Option<String> {
    let stays_root = config
        .get("*", "run_as_root")
        .is_some_and(|setting| setting.value == LuaValue::Boolean(true));
    if stays_root {
        return Some("root".to_owned());
    }
    config.string("*", "prosody_user")
}

fn holding(layers: &Layers, path: &[String], value: &Value) -> Vec<(PathBuf, Holder)> {
    let option = options::at(path);
    let origin = layers.origin(value.tag(), path);
    match (option.map(|option| option.kind), origin) {
        (Some(Kind::SecretFile), origin) => {
            let values = value.as_array().unwrap_or(std::slice::from_ref(value));
            let names = values.iter().filter_map(Value::as_str);
            names
                .map(|name| (origin.resolve(name), Holder::Daemon))
                .collect()
        }
        (Some(Kind::Secret), Origin::File(file, _)) => {
            let holder = holder(layers, layers.dialect(value.tag()));
            vec![(file, holder)]
        }
        _ => Vec::new(),
    }
}

fn holder(layers: &Layers, dialect: Dialect) -> Holder {
    match dialect {
        Dialect::Own => Holder::Daemon,
        Dialect::Prosody if layers.root().contains_key(DOCKER_ENV_FILE) => Holder::Compose,
        Dialect::Prosody => Holder::Prosody,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Loaded;
    use super::super::layers::Inputs;
    use super::super::prosody_part::ProsodyPart;
    use super::*;
    use crate::prosody::release::Release;
    use crate::prosody::request::Request;
    use crate::prosody::sandbox::apart::Evaluator;

    /// Those of a file `/d/c.toml` beside a Prosody with this configuration.
    fn found(own: &str, prosody: &str) -> Vec<(String, Holder)> {
        let request = Request {
            path: "/p/p.cfg.lua".into(),
            release: Release::from_version("0.12.3"),
            environment: Vec::new(),
            credentials: None,
        };
        let config = Evaluator::default().evaluate(&request, Some(prosody));
        let sources = Inputs {
            file: Some(("/d/c.toml".into(), own.to_owned())),
            ..Inputs::default()
        };
        let prosody = ProsodyPart {
            variables: None,
            files: Vec::new(),
            outcome: Ok(config.unwrap()),
        };
        let loaded = Loaded::with_prosody(&sources, prosody);
        let outcome = loaded.prosody.map(|prosody| prosody.outcome);
        let layers = loaded.layers.unwrap();
        let found = collect(&layers, outcome.as_ref()).files.into_iter();
        found
            .map(|(path, holder)| (path.display().to_string(), holder))
            .collect()
    }

    #[test]
    fn a_secret_is_where_it_was_set_and_whoever_reads_that_is_told() {
        let host = "VirtualHost \"a\"\nauthentication = \"token\"\napp_id = \"i\"\n";
        let with_secret = format!("{host}app_secret = \"s\"\n");
        for (own, prosody, expected) in [
            ("", host, &[][..]),
            ("", &with_secret, &[("/p/p.cfg.lua", Holder::Prosody)]),
            (
                "docker_env_file = \"/e/.env\"",
                &with_secret,
                &[("/p/p.cfg.lua", Holder::Compose)],
            ),
            (
                "api_key_file = \"key\"\n[hosts.b]\napp_secret = \"s\"",
                host,
                &[("/d/c.toml", Holder::Daemon), ("/d/key", Holder::Daemon)],
            ),
            (
                "[hosts.a]\napp_secret_credential = \"s\"\npublic_key_file = \"/k\"",
                host,
                &[],
            ),
        ] {
            let expected: Vec<(String, Holder)> = expected
                .iter()
                .map(|(path, holder)| ((*path).to_owned(), *holder))
                .collect();
            assert_eq!(found(own, prosody), expected, "{own}");
        }
    }
}
