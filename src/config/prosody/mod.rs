//! Prosody's configuration, evaluated as Prosody evaluates it, in a sandbox.
//!
//! A configuration of Prosody is a program in Lua. It is run with the functions that Prosody gives it, and with those
//! of Lua's own that reach nothing outside, within bounds of instructions and memory. What it sets becomes plain data with the
//! file and line of each value. What no count of instructions ends, the system does: [`apart`].

mod convert;
mod evaluation;
mod explain;
mod files;
mod hosts;
mod include;
mod library;
mod lines;
mod path;
mod reading;
mod references;
mod sandbox;
mod scope;
mod text_file;

pub mod apart;
pub mod coercion;
pub mod fault;
pub mod model;
pub mod muc;
pub mod release;
pub mod token_options;
pub mod value;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::config::problem::Origin;
use crate::config::wire;

use self::evaluation::Evaluation;
use self::fault::{Fault, Refusal};
use self::model::ProsodyConfig;
use self::release::Release;

/// Which configuration to read, and what it may see.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The main file; absolute, as Prosody's own path of it is.
    #[serde(with = "wire::path")]
    pub path: PathBuf,
    /// Whose rules hold.
    pub release: Release,
    /// The variables that `ENV_NAME` and `os.getenv` read.
    pub environment: Vec<(String, String)>,
    /// Where `Credential` reads from: `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
}

/// The release of the Prosody that is installed on this machine; the newest where there is none, as in a container of
/// its own.
#[must_use]
pub fn installed_release() -> Release {
    let version = files::installed_version();
    version.map_or(Release::V13, |version| Release::from_version(&version))
}

/// Evaluates a configuration.
///
/// # Errors
/// The first thing that keeps it from being evaluated, with its file and line.
pub fn read(request: &Request) -> Result<ProsodyConfig, Refusal> {
    evaluate(request, |evaluation| {
        let text = evaluation.read(&request.path);
        text.map_err(|error| unreadable(&request.path, &error))
    })
}

/// Evaluates `text` as if it stood in the file that the request names.
///
/// # Errors
/// As [`read`].
pub fn read_text(request: &Request, text: &str) -> Result<ProsodyConfig, Refusal> {
    evaluate(request, |_| Ok(text.as_bytes().to_vec()))
}

fn evaluate(
    request: &Request,
    text: impl FnOnce(&Evaluation) -> Result<Vec<u8>, Refusal>,
) -> Result<ProsodyConfig, Refusal> {
    let evaluation = Rc::new(Evaluation::new(
        request.release,
        request.environment.clone(),
        request.credentials.clone(),
    ));
    let text = text(&evaluation)?;
    let folder = request.path.parent().unwrap_or(Path::new("/"));
    let lua =
        sandbox::new(&evaluation, folder).map_err(|error| explain::refusal(&evaluation, &error))?;
    let outcome = include::evaluate(&lua, &evaluation, &request.path, &text);
    if let Some(refusal) = evaluation.halted() {
        return Err(refusal);
    }
    outcome
        .map_err(|error| with_unset(explain::refusal(&evaluation, &error), &evaluation.unset()))?;
    convert::config(&evaluation)
}

/// An error is often what a variable makes that is not there.
fn with_unset(refusal: Refusal, unset: &[(String, Origin)]) -> Refusal {
    let fault = match refusal.fault {
        Fault::Raised(text) if !unset.is_empty() => {
            Fault::Raised(format!("{text}; {}", unset_variables(unset)))
        }
        fault => fault,
    };
    Refusal { fault, ..refusal }
}

/// One line about variables that are not there.
#[must_use]
pub fn unset_variables(unset: &[(String, Origin)]) -> String {
    let names: Vec<&str> = unset.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(", ");
    format!(
        "it asks for variables that the environment of this process has not, and that of Prosody may have: {names}"
    )
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal {
        fault: Fault::unreadable(path, error),
        origin: Origin::File(path.to_owned(), None),
    }
}
