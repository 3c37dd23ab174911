//! What a package describes the daemon with: manual pages, completions and schemas.
#![expect(
    clippy::disallowed_methods,
    reason = "writes what is described into a folder"
)]

mod examples;
mod openapi;
mod pages;
mod schema;

use std::fs;
use std::path::Path;
use std::process::Command;

use packaging::Described;
use tempfile::TempDir;

fn described() -> Vec<Described> {
    packaging::files("2026-01-31").unwrap()
}

/// One of the files, as text.
fn text(path: &str) -> String {
    let files = described();
    let mut files = files.into_iter();
    let file = files.find(|file| file.path == Path::new(path));
    String::from_utf8(file.expect(path).content).unwrap()
}

/// A folder with all files.
fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in described() {
        let path = folder.path().join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.content).unwrap();
    }
    folder
}

/// All that a program says, which must end well.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}
