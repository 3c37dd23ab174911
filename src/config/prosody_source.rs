//! Reads Prosody's part: its configuration, or the variables of docker-jitsi-meet.

use std::path::{Path, PathBuf};

use crate::files;

use super::formats::{self, Format};
use super::layers::{Inputs, Layers};
use super::prosody_part::{DOCKER, DOCKER_ENV_FILE, ImageVariables, PROSODY_CONFIG, ProsodyPart};
use super::raw::{Problems, Section};
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::docker;
use crate::prosody::docker::env_file::{self, File, Variable};
use crate::prosody::fault::{Fault, Refusal};
use crate::prosody::model::Warning;
use crate::prosody::release;
use crate::prosody::request::Request;

/// Evaluates the source that the daemon's own settings name, if they name one.
pub fn read(own: &Layers, sources: &Inputs) -> Option<ProsodyPart> {
    // Settings of the wrong type are told of when the whole configuration is read.
    let problems = Problems::default();
    // Only the daemon's own settings say where Prosody's part is, so they are read first, and it is put below them
    // later.
    let root = Section::root(own, &problems);
    if let Some(path) = root.string(PROSODY_CONFIG) {
        return Some(evaluated(&root.resolve(PROSODY_CONFIG, &path), sources));
    }
    let file = root.string(DOCKER_ENV_FILE);
    let file = file.map(|file| root.resolve(DOCKER_ENV_FILE, &file));
    let has_variables = root.boolean(DOCKER).unwrap_or(false);
    (file.is_some() || has_variables).then(|| rendered(file.as_deref(), has_variables, sources))
}

/// Evaluates a configuration of Prosody with what this process sees.
#[must_use]
pub fn evaluated(path: &Path, sources: &Inputs) -> ProsodyPart {
    let request = Request {
        path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        release: release::installed(),
        environment: sources.environment.clone(),
        credentials: sources.credentials(),
    };
    let main = request.path.clone();
    let outcome = sources.evaluator.evaluate(&request, None);
    let files = match &outcome {
        Ok(config) => config.files.clone(),
        Err(refusal) => blamed(request.path, refusal),
    };
    // Variables of a shell are assignments in Lua, too.
    let is_empty = outcome.as_ref().is_ok_and(|config| config.hosts.is_empty());
    let other = is_empty.then(|| of_another_kind(&main)).flatten();
    let outcome = outcome.map_err(|refusal| problem(&refusal));
    ProsodyPart {
        files,
        variables: None,
        outcome: other.map_or(outcome, Err).map_err(|problem| vec![problem]),
    }
}

/// A file that is no Lua because it is something else.
fn of_another_kind(path: &Path) -> Option<ConfigProblem> {
    let text = files::read_text(path, MAX_ENV_FILE_BYTES).ok()?;
    let format = formats::recognize(&text).filter(|format| *format != Format::Lua)?;
    Some(ConfigProblem {
        kind: ProblemKind::WrongFormat,
        key: PROSODY_CONFIG.to_owned(),
        host: None,
        found: format.named().to_owned(),
        expected: "a configuration of Prosody, in Lua".to_owned(),
        origin: Origin::File(path.to_owned(), None),
    })
}

/// Why a configuration of Prosody is none, or cannot be evaluated.
fn problem(refusal: &Refusal) -> ConfigProblem {
    let other = match (&refusal.fault, &refusal.origin) {
        (Fault::Syntax(_), Origin::File(path, _)) => of_another_kind(path),
        _ => None,
    };
    let problem = other.unwrap_or_else(|| refusal.problem(PROSODY_CONFIG));
    match &refusal.origin {
        Origin::File(path, Some(line))
            if formats::has_typographic_quotes(&line_of(path, *line)) =>
        {
            ConfigProblem {
                expected: "straight quotes (\") in place of typographic ones".to_owned(),
                ..problem
            }
        }
        _ => problem,
    }
}

/// A line of a file; none where it cannot be read.
fn line_of(path: &Path, line: usize) -> String {
    let text = files::read_text(path, MAX_ENV_FILE_BYTES).unwrap_or_default();
    text.lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default()
        .to_owned()
}

/// What has to change before a configuration that was refused can be taken.
fn blamed(main: PathBuf, refusal: &Refusal) -> Vec<PathBuf> {
    let mut files = vec![main];
    if let Origin::File(path, _) = &refusal.origin {
        files.push(path.clone());
    }
    if let Fault::Unreadable { path, .. } = &refusal.fault {
        files.push(path.clone());
    }
    files
}

/// The variables of the file, and then those of the environment, which win as they do in docker compose.
fn rendered(file: Option<&Path>, environment: bool, sources: &Inputs) -> ProsodyPart {
    let of_file = file.map_or_else(|| Ok(Default::default()), variables);
    let mut known = ImageVariables::of(file, &[]);
    let config = of_file.and_then(|(mut variables, warnings)| {
        known = ImageVariables::of(file, &variables);
        if environment {
            let own = sources.environment.iter();
            variables.extend(own.map(|(name, value)| Variable::of_environment(name, value)));
        }
        let config = docker::config(&variables, &sources.evaluator);
        let mut config = config.map_err(|problem| vec![*problem])?;
        config.warnings.extend(warnings);
        Ok(config)
    });
    let mut files: Vec<PathBuf> = file.into_iter().map(Path::to_owned).collect();
    files.extend(config.iter().flat_map(|config| config.files.clone()));
    ProsodyPart {
        files,
        variables: Some(known),
        outcome: config,
    }
}

fn variables(path: &Path) -> Result<(Vec<Variable>, Vec<Warning>), Vec<ConfigProblem>> {
    let text = files::read_text(path, MAX_ENV_FILE_BYTES).map_err(|error| {
        vec![ConfigProblem {
            kind: ProblemKind::Unreadable((&error).into()),
            key: DOCKER_ENV_FILE.to_owned(),
            host: None,
            found: format!("{}: {error}", path.display()),
            expected: "a file that the daemon can read".to_owned(),
            origin: Origin::File(path.to_owned(), None),
        }]
    })?;
    let file = env_file::parse(path, &text);
    let is_of_image = file
        .variables
        .iter()
        .any(|variable| docker::reads(&variable.name));
    match formats::recognize(&text) {
        Some(format) if !is_of_image && format != Format::Variables => Err(vec![ConfigProblem {
            kind: ProblemKind::WrongFormat,
            key: DOCKER_ENV_FILE.to_owned(),
            host: None,
            found: format.named().to_owned(),
            expected: "a file of docker-jitsi-meet's variables: NAME=value".to_owned(),
            origin: Origin::File(path.to_owned(), None),
        }]),
        Some(_) | None => of_the_image(file),
    }
}

/// Mistakes in variables that have nothing to do with tokens keep nobody out. In a file that sets nothing else they show
/// that it is no file of variables.
fn of_the_image(file: File) -> Result<(Vec<Variable>, Vec<Warning>), Vec<ConfigProblem>> {
    let is_read = |name: &str| docker::reads(name);
    let has_some = file
        .variables
        .iter()
        .any(|variable| is_read(&variable.name));
    let mistakes = file.mistakes.into_iter();
    let (grave, slight): (Vec<_>, Vec<_>) =
        mistakes.partition(|(name, _)| !has_some || is_read(name));
    if !grave.is_empty() {
        return Err(grave.into_iter().map(|(_, problem)| problem).collect());
    }
    let warnings = file.warnings.into_iter();
    let warnings = warnings
        .filter(|(name, _)| is_read(name))
        .map(|(_, warning)| warning);
    let refused = slight
        .into_iter()
        .map(|(_, problem)| refused_by_compose(problem));
    Ok((file.variables, warnings.chain(refused).collect()))
}

fn refused_by_compose(problem: ConfigProblem) -> Warning {
    let ConfigProblem {
        kind: _,
        host: _,
        key,
        found,
        expected,
        origin,
    } = problem;
    Warning {
        text: format!(
            "{key}: found {found}, expected {expected}: compose refuses this line, and the daemon does without it"
        ),
        origin,
    }
}

/// More than any real file of variables has.
const MAX_ENV_FILE_BYTES: u64 = 1_048_576;
