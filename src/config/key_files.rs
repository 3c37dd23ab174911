//! Public keys in files: one alone, or a folder with one for each `kid`.
#![expect(clippy::disallowed_methods, reason = "keys are read from files here")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::files;
use crate::keys::source::KeyFolder;
use crate::origin::problem::ProblemKind;
use crate::token::algorithm::Algorithm;
use crate::token::key::{Key, KeyError};

use super::raw::Section;
use super::values::shown_path;

/// Reads the key in the file that an option names.
pub fn file(
    section: &Section<'_>,
    name: &'static str,
    algorithm: Option<Algorithm>,
    warnings: &mut Vec<String>,
) -> Option<Key> {
    let path = section.resolve(name, &section.string(name)?);
    let key = read_key(&path, algorithm);
    accept(section, name, &path, key, warnings)
}

/// Reads the folder that an option names: the file `<kid>.pem` is the key of that `kid`, which is percent-encoded.
pub fn folder(
    section: &Section<'_>,
    name: &'static str,
    algorithm: Option<Algorithm>,
    warnings: &mut Vec<String>,
) -> Option<KeyFolder> {
    let path = section.resolve(name, &section.string(name)?);
    let files = match key_files(&path) {
        Ok(files) => files,
        Err(error) => {
            let found = format!("{}: {error}", shown_path(&path));
            let kind = ProblemKind::Unreadable((&error).into());
            section.problem(name, kind, &found, "a folder that the daemon can read");
            return None;
        }
    };
    if files.is_empty() {
        // No mistake: where the last key is withdrawn, the ones before must not stay in force.
        warnings.push(format!(
            "{} ({name}) has no file named KID.pem: put a public key or certificate there for each kid, or nobody gets in by it",
            path.display()
        ));
    }
    let mut keys = BTreeMap::new();
    for (kid, file) in files {
        let key = read_key(&file, algorithm);
        if let Some(key) = accept(section, name, &file, key, warnings) {
            keys.insert(kid, key);
        }
    }
    Some(KeyFolder { path, keys })
}

fn accept(
    section: &Section<'_>,
    name: &'static str,
    path: &Path,
    key: Result<Key, KeyFileError>,
    warnings: &mut Vec<String>,
) -> Option<Key> {
    match key {
        Ok(key) => {
            if let Some(weakness) = key.facts().weakness() {
                warnings.push(format!("{}: {weakness}", path.display()));
            }
            Some(key)
        }
        Err(error) => {
            let found = format!("{}: {error}", shown_path(path));
            section.problem(
                name,
                error.kind(),
                &found,
                "a public key or certificate in PEM",
            );
            None
        }
    }
}

fn read_key(path: &Path, algorithm: Option<Algorithm>) -> Result<Key, KeyFileError> {
    let pem = files::read(path, MAX_KEY_BYTES)?;
    Ok(Key::from_pem(&pem)?.for_algorithms(algorithm.as_slice())?)
}

/// Why a file gives no key.
#[derive(Debug, Error)]
enum KeyFileError {
    /// The configuration cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It holds no key that can be used.
    #[error(transparent)]
    NoKey(#[from] KeyError),
}

impl KeyFileError {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::Unreadable(error) => ProblemKind::Unreadable(error.into()),
            Self::NoKey(_) => ProblemKind::WrongValue,
        }
    }
}

/// The files that are keys, by `kid`. Names that begin with a dot are not: Kubernetes keeps its own things there.
fn key_files(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(stem) = name.and_then(|name| name.strip_suffix(".pem")) else {
            continue;
        };
        if let Ok(kid) = percent_decode_str(stem).decode_utf8()
            && !stem.starts_with('.')
            && path.is_file()
        {
            files.insert(kid.into_owned(), path);
        }
    }
    Ok(files)
}

const MAX_KEY_BYTES: u64 = 65_536;
