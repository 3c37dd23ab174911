//! Where the configurations are, and how they are read.

use std::path::{Path, PathBuf};
use std::thread;

use prosody_tokend::prosody::fault::Refusal;
use prosody_tokend::prosody::model::ProsodyConfig;
use prosody_tokend::prosody::release::Release;
use prosody_tokend::prosody::request::Request;
use prosody_tokend::prosody::sandbox::apart::Evaluator;
use prosody_tokend::prosody::sandbox::read;

/// A configuration of the corpus.
pub fn corpus(name: &str) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/prosody_config/corpus");
    corpus.join(name).join("prosody.cfg.lua")
}

/// The variables that configurations of the corpus read.
pub fn environment(path: &Path) -> Vec<(String, String)> {
    let folder = path.parent().unwrap().to_str().unwrap();
    [
        ("CONFIG_FOLDER", folder),
        ("APP_ID", "from a variable"),
        ("ALLOW_EMPTY", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

pub fn request(path: &Path, release: Release) -> Request {
    Request {
        path: path.to_owned(),
        release,
        environment: environment(path),
        credentials: Some(path.parent().unwrap().join("secrets")),
    }
}

pub fn load(name: &str, release: Release) -> ProsodyConfig {
    read(&request(&corpus(name), release)).unwrap()
}

/// Reads one file that is written for the occasion, as 13.0 does.
pub fn evaluate(text: &str) -> Result<ProsodyConfig, Refusal> {
    evaluate_as(text, Release::V13)
}

pub fn evaluate_as(text: &str, release: Release) -> Result<ProsodyConfig, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.cfg.lua");
    std::fs::write(&path, text).unwrap();
    read(&request(&path, release))
}

/// What is wrong with a text, its file named without its folder.
pub fn refusal(text: &str) -> String {
    let refusal = evaluate(text).expect_err(text);
    let shown = refusal.to_string();
    match shown.split_once(" [/") {
        Some((what, place)) => {
            let name = place.rsplit('/').next().unwrap();
            format!("{what} [{name}")
        }
        None => shown,
    }
}

/// What is wrong with texts, each in a process of its own, all at once.
pub fn refusals_apart<T: AsRef<str> + Sync>(texts: &[T]) -> Vec<(&str, String)> {
    thread::scope(|scope| {
        let asked = texts.iter().map(|text| {
            let text = text.as_ref();
            (text, scope.spawn(move || refusal_apart(text)))
        });
        let asked: Vec<_> = asked.collect();
        let told = asked.into_iter();
        told.map(|(text, said)| (text, said.join().unwrap()))
            .collect()
    })
}

fn refusal_apart(text: &str) -> String {
    let evaluator = Evaluator::Apart(env!("CARGO_BIN_EXE_prosody-tokend").into());
    let request = request(Path::new("/nowhere/t.cfg.lua"), Release::V13);
    let outcome = evaluator.evaluate(&request, Some(text));
    outcome.expect_err(text).to_string()
}
