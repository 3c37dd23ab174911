//! What figment merges: the file, single settings of the environment and the command line, and what Prosody says.

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::document::TomlDocument;
use super::prosody_settings::ProsodySettings;

/// Names of origins in figment's metadata.
pub const PROSODY: &str = "Prosody";
pub const VARIABLE: &str = "environment variable";
pub const COMMAND_LINE: &str = "command line";

impl Provider for &TomlDocument {
    fn metadata(&self) -> Metadata {
        Metadata::from("TOML file", self.path())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let root = self
            .root()
            .map_err(|error| Error::from(error.to_string()))?;
        Ok(Map::from([(Profile::Default, root)]))
    }
}

/// One setting with an origin of its own.
pub struct Single {
    path: Vec<String>,
    value: Value,
    metadata: Metadata,
}

impl Single {
    pub fn of_variable(path: Vec<String>, name: &str, value: &str) -> Self {
        Self {
            path,
            value: Value::from(value),
            metadata: Metadata::from(VARIABLE, name),
        }
    }

    pub fn of_flag(path: &[String], value: &Value) -> Self {
        Self {
            path: path.to_vec(),
            value: value.clone(),
            metadata: Metadata::from(COMMAND_LINE, COMMAND_LINE),
        }
    }
}

impl Provider for Single {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let nested = self
            .path
            .iter()
            .rev()
            .fold(self.value.clone(), |value, name| {
                Value::from(Dict::from([(name.clone(), value)]))
            });
        Ok(Map::from([(
            Profile::Default,
            nested.into_dict().unwrap_or_default(),
        )]))
    }
}

/// What Prosody says of each host.
pub struct Inherited<'a>(pub &'a ProsodySettings);

impl Provider for Inherited<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(PROSODY)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        if self.0.hosts.is_empty() {
            return Ok(Map::new());
        }
        let hosts = self.0.hosts.iter();
        let hosts: Dict = hosts
            .map(|(name, options)| (name.clone(), Value::from(options.clone())))
            .collect();
        let root = Dict::from([("hosts".to_owned(), Value::from(hosts))]);
        Ok(Map::from([(Profile::Default, root)]))
    }
}
