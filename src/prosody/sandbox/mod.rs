//! Runs a configuration of Prosody: bounded in this process ([`state`]), or in one that the system bounds as well ([`apart`]).

pub mod apart;
mod state;

use std::path::Path;
use std::rc::Rc;

use crate::origin::Origin;

use super::fault::{Fault, Refusal, unset_variables};
use super::language::evaluation::Evaluation;
use super::language::{convert, errors, include};
use super::model::ProsodyConfig;
use super::request::Request;

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
        state::new(&evaluation, folder).map_err(|error| errors::refusal(&evaluation, &error))?;
    let outcome = include::evaluate(&lua, &evaluation, &request.path, &text);
    if let Some(refusal) = evaluation.halted() {
        return Err(refusal);
    }
    outcome
        .map_err(|error| with_unset(errors::refusal(&evaluation, &error), &evaluation.unset()))?;
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

fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal {
        fault: Fault::unreadable(path, error),
        origin: Origin::File(path.to_owned(), None),
    }
}
