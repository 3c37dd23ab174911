//! What Prosody says about tokens, and which of the daemon's settings lead there.

use std::path::{Path, PathBuf};

use crate::origin::Origin;
use crate::origin::problem::ConfigProblem;
use crate::prosody::docker::env_file::Variable;
use crate::prosody::model::ProsodyConfig;

/// Prosody's configuration, or why it cannot be evaluated.
#[derive(Debug, Clone)]
pub struct ProsodyPart {
    /// Every file and folder that it depends on, to be watched for changes.
    pub files: Vec<PathBuf>,
    /// The image's variables, where they are the source.
    pub variables: Option<ImageVariables>,
    /// The evaluated configuration, or the mistakes that keep it from being evaluated.
    pub outcome: ProsodyOutcome,
}

/// A configuration of Prosody, or the mistakes that keep it from being evaluated.
pub type ProsodyOutcome = Result<ProsodyConfig, Vec<ConfigProblem>>;

/// Where docker-jitsi-meet's variables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageVariables {
    /// The file, where there is one.
    pub source: Origin,
    /// Each variable's name by the place that sets it.
    pub names: Vec<(Origin, String)>,
}

impl ImageVariables {
    pub fn of(source: Option<&Path>, variables: &[Variable]) -> Self {
        let names = variables
            .iter()
            .map(|variable| (variable.origin.clone(), variable.name.clone()));
        Self {
            source: source.map_or(Origin::Default, |path| Origin::File(path.to_owned(), None)),
            names: names.collect(),
        }
    }

    /// The variable that stands at this place.
    #[must_use]
    pub fn at(&self, place: &Origin) -> Option<&str> {
        let mut names = self.names.iter();
        names.find_map(|(origin, name)| (origin == place).then_some(name.as_str()))
    }
}

/// Names of the settings that choose a source.
pub const PROSODY_CONFIG: &str = "prosody_config";
/// Whether the environment has docker-jitsi-meet's variables.
pub const DOCKER: &str = "docker";
/// A file that has them.
pub const DOCKER_ENV_FILE: &str = "docker_env_file";
