//! The stack of sources: Prosody, a TOML file, environment variables, the command line. Later ones win; lists are
//! replaced.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::{Dict, Tag, Value};
use figment::{Figment, Profile, Provider};

use super::document::TomlDocument;
use super::prosody_part::{ImageVariables, ProsodyPart};
use super::prosody_settings::{self, ProsodySettings};
use super::providers::{COMMAND_LINE, Inherited, PROSODY, Single, VARIABLE};
use crate::config::refused::Refused;
use crate::options::{self, Kind};
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::docker;
use crate::prosody::model::ProsodyConfig;
use crate::prosody::sandbox::apart::Evaluator;

/// Where settings are read from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The TOML file's path and text, where there is one.
    pub file: Option<(PathBuf, String)>,
    /// Environment variables; those named `PROSODY_TOKEND_*` are settings, `__` stands between levels.
    pub environment: Vec<(String, String)>,
    /// Settings from the command line: path and value.
    pub flags: Vec<(Vec<String>, Value)>,
    /// Where configurations of Prosody are evaluated.
    pub evaluator: Evaluator,
}

impl Inputs {
    /// `$CREDENTIALS_DIRECTORY`.
    pub fn credentials(&self) -> Option<PathBuf> {
        let mut variables = self.environment.iter();
        let value = variables.find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
        value.map(|(_, value)| PathBuf::from(value))
    }
}

/// Whose rules a value is checked by. Names of options are the same for both; what is wrong with a value is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// This daemon's own: mistakes are refused.
    Own,
    /// Prosody's: taken as Jitsi's modules take it.
    Prosody,
}

/// The merged sources.
pub struct Layers {
    figment: Figment,
    root: Dict,
    document: Option<TomlDocument>,
    prosody: ProsodySettings,
    /// docker-jitsi-meet's variables, where Prosody's part comes from them.
    variables: Option<ImageVariables>,
    /// By whose rules values are checked that have no origin.
    dialect: Dialect,
}

impl Layers {
    /// The daemon's own settings but those of hosts from the environment: enough to say where Prosody's part is.
    ///
    /// Figment keeps for each value where it came from, and merges. Its own providers and its extraction are not used: they
    /// know no line of a value, stop at the first mistake, and read no host's name in a variable.
    ///
    /// # Errors
    /// A file that is no TOML, or a variable that names no setting.
    pub fn own(sources: &Inputs) -> Result<Self, Refused> {
        let mut figment = Figment::new();
        let mut document = None;
        if let Some((path, text)) = &sources.file {
            let document = document.insert(TomlDocument::parse(path, text)?);
            figment = figment.merge(&*document);
        }
        let variables = setting_variables(sources).filter(|(parts, ..)| !is_of_host(parts));
        for (parts, name, value) in variables {
            figment = figment.merge(Single::of_variable(parts, name, value));
        }
        // Merged last, since the command line wins over the environment, and that over the file.
        for (path, value) in &sources.flags {
            figment = figment.merge(Single::of_flag(path, value));
        }
        Ok(Self {
            root: root(&figment)?,
            figment,
            document,
            prosody: ProsodySettings::default(),
            variables: None,
            dialect: Dialect::Own,
        })
    }

    /// All settings: those of [`Self::own`], of hosts from the environment, and below these what Prosody says.
    ///
    /// Names of hosts are written otherwise in variables, so that these can be told only once all hosts are known.
    ///
    /// # Errors
    /// Values that do not fit together.
    pub fn complete(
        self,
        sources: &Inputs,
        prosody: Option<&ProsodyPart>,
    ) -> Result<Self, Refused> {
        let config = prosody.and_then(|source| source.outcome.as_ref().ok());
        let hosts: Vec<&String> = config
            .iter()
            .flat_map(|config| config.hosts.keys())
            .collect();
        let of_file = own_hosts(&self.root);
        let hosts: Vec<&str> = of_file.keys().chain(hosts).map(String::as_str).collect();
        let mut figment = self.figment;
        let variables = setting_variables(sources).filter(|(parts, ..)| is_of_host(parts));
        for (parts, name, value) in variables {
            figment = figment.merge(Single::of_variable(
                with_known_host(parts, &hosts),
                name,
                value,
            ));
        }
        let own = own_hosts(&root(&figment)?);
        let variables = prosody.and_then(|source| source.variables.clone());
        let prosody = said_by_prosody(config, &own, variables.is_some());
        // What is there already wins.
        let figment = figment.join(Inherited(&prosody));
        Ok(Self {
            root: root(&figment)?,
            figment,
            prosody,
            variables,
            ..self
        })
    }

    /// Options as Prosody's modules get them, from nowhere in particular.
    #[must_use]
    pub fn of_prosody(root: Dict) -> Self {
        Self {
            figment: Figment::new(),
            root,
            document: None,
            prosody: ProsodySettings::default(),
            variables: None,
            dialect: Dialect::Prosody,
        }
    }

    /// The settings that come from Prosody's configuration.
    #[must_use]
    pub const fn prosody(&self) -> &ProsodySettings {
        &self.prosody
    }

    /// docker-jitsi-meet's variables, where Prosody's part comes from them.
    #[must_use]
    pub const fn variables(&self) -> Option<&ImageVariables> {
        self.variables.as_ref()
    }

    /// By whose rules the value with this tag is checked.
    #[must_use]
    pub fn dialect(&self, tag: Tag) -> Dialect {
        match self.figment.get_metadata(tag) {
            Some(metadata) if metadata.name == PROSODY => Dialect::Prosody,
            Some(_) => Dialect::Own,
            None => self.dialect,
        }
    }

    #[must_use]
    pub const fn root(&self) -> &Dict {
        &self.root
    }

    /// Every value that is no table, with its path.
    #[must_use]
    pub fn values(&self) -> Vec<(Vec<String>, &Value)> {
        let mut values = Vec::new();
        collect(&self.root, &[], &mut values);
        values
    }

    /// Where the value with this tag, at this path, came from.
    #[must_use]
    pub fn origin(&self, tag: Tag, path: &[String]) -> Origin {
        let Some(metadata) = self.figment.get_metadata(tag) else {
            return Origin::Default;
        };
        let source = metadata.source.as_ref().and_then(figment::Source::custom);
        match (&*metadata.name, source) {
            (PROSODY, _) => self.prosody_origin(path),
            (COMMAND_LINE, _) => Origin::CommandLine,
            (_, Some(variable)) => Origin::Variable(variable.to_owned()),
            (_, None) => self.file_origin(path),
        }
    }

    /// Where the setting with this name, such as `limits.body_bytes`, came from.
    #[must_use]
    pub fn origin_of(&self, name: &str) -> Origin {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let mut value = None;
        let mut table = Some(&self.root);
        for name in &path {
            value = table.and_then(|table| table.get(name));
            table = value.and_then(Value::as_dict);
        }
        value.map_or(Origin::Default, |value| self.origin(value.tag(), &path))
    }

    fn prosody_origin(&self, path: &[String]) -> Origin {
        let [_, host, option] = path else {
            return Origin::Default;
        };
        let origin = self.prosody.origins.get(&(host.clone(), option.clone()));
        origin.cloned().unwrap_or(Origin::Default)
    }

    /// Whether the value with this tag is text that stands for any type, as an environment variable does.
    #[must_use]
    pub fn is_text(&self, tag: Tag) -> bool {
        let metadata = self.figment.get_metadata(tag);
        metadata.is_some_and(|metadata| metadata.name == VARIABLE)
    }

    /// The hosts that the file itself has a section for.
    pub fn hosts_of_file(&self) -> Vec<String> {
        own_hosts(&self.of_file()).into_keys().collect()
    }

    /// Whether a secret itself stands in the file.
    pub fn file_has_secret(&self) -> bool {
        let root = self.of_file();
        let mut values = Vec::new();
        collect(&root, &[], &mut values);
        let mut options = values.iter().filter_map(|(path, _)| options::at(path));
        options.any(|option| option.kind == Kind::Secret)
    }

    fn of_file(&self) -> Dict {
        let document = self.document.as_ref();
        let root = document.and_then(|document| document.root().ok());
        root.unwrap_or_default()
    }

    /// Whether the file has a list at this path, in brackets.
    #[must_use]
    pub fn is_list(&self, path: &[String]) -> bool {
        let mut document = self.document.iter();
        document.any(|document| document.is_list(path))
    }

    /// The file, and the line of the deepest key of `path` that stands in it.
    #[must_use]
    pub fn file_origin(&self, path: &[String]) -> Origin {
        let document = self.document.as_ref();
        document.map_or(Origin::Default, |document| document.origin(path))
    }
}

fn collect<'a>(table: &'a Dict, path: &[String], values: &mut Vec<(Vec<String>, &'a Value)>) {
    for (name, value) in table {
        let path = [path, std::slice::from_ref(name)].concat();
        match value {
            Value::Dict(_, table) => collect(table, &path, values),
            Value::Array(_, items) if items.iter().any(|item| item.as_dict().is_some()) => {
                for (place, table) in items.iter().enumerate() {
                    let path = [path.as_slice(), &[place.to_string()]].concat();
                    collect_item(table, path, values);
                }
            }
            value => values.push((path, value)),
        }
    }
}

fn collect_item<'a>(
    value: &'a Value,
    path: Vec<String>,
    values: &mut Vec<(Vec<String>, &'a Value)>,
) {
    match value.as_dict() {
        Some(table) => collect(table, &path, values),
        None => values.push((path, value)),
    }
}

fn root(figment: &Figment) -> Result<Dict, Refused> {
    let mut profiles = figment.data().map_err(|error| {
        Refused::from(ConfigProblem {
            kind: ProblemKind::Conflict,
            key: "the configuration".to_owned(),
            host: None,
            found: error.kind.to_string(),
            expected: "values that fit together".to_owned(),
            origin: Origin::Default,
        })
    })?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

/// The options that the daemon's own sources set, host by host.
fn own_hosts(root: &Dict) -> BTreeMap<String, Dict> {
    let hosts = root.get("hosts").and_then(Value::as_dict);
    let options = |(name, value): (&String, &Value)| Some((name.clone(), value.as_dict()?.clone()));
    hosts.into_iter().flatten().filter_map(options).collect()
}

/// The settings from Prosody's configuration, named as they are written there.
fn said_by_prosody(
    config: Option<&ProsodyConfig>,
    own: &BTreeMap<String, Dict>,
    is_image: bool,
) -> ProsodySettings {
    let mut settings = config
        .map(|config| prosody_settings::settings_of_hosts(config, own))
        .unwrap_or_default();
    if is_image {
        for mismatch in &mut settings.mismatches {
            *mismatch = docker::in_variables(mismatch);
        }
    }
    settings
}

/// The variables that are settings, each with its path: `PROSODY_TOKEND_LIMITS__BODY_BYTES` is `limits.body_bytes`.
fn setting_variables(sources: &Inputs) -> impl Iterator<Item = (Vec<String>, &str, &str)> {
    sources.environment.iter().filter_map(|(name, value)| {
        let parts = name.strip_prefix(PREFIX)?.split("__");
        let parts = parts.map(str::to_ascii_lowercase).collect();
        Some((parts, name.as_str(), value.as_str()))
    })
}

fn is_of_host(path: &[String]) -> bool {
    path.first().is_some_and(|section| section == "hosts")
}

/// The path of a host's setting with the name of a known host. It stands as it is or, since shells allow no dots there, in
/// capitals with `_` for all but letters and digits: `PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_ID`.
fn with_known_host(mut path: Vec<String>, hosts: &[&str]) -> Vec<String> {
    if let [_, host, ..] = path.as_mut_slice()
        && let Some(known) = hosts
            .iter()
            .find(|known| in_capitals(known) == in_capitals(host))
    {
        (*known).clone_into(host);
    }
    path
}

fn in_capitals(host: &str) -> String {
    host.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

const PREFIX: &str = "PROSODY_TOKEND_";
