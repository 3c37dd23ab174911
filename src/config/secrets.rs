//! Secrets: in the configuration, in a file of their own, or handed over by systemd.

use std::path::{Path, PathBuf};

use crate::files;
use crate::secret::Secret;

use super::raw::Section;
use super::values::shown_path;
use crate::options::SecretKeys;
use crate::origin::problem::ProblemKind;

/// Reads a secret from the one of its keys that is there.
///
/// What is wrong is noted in the section.
pub fn read(
    section: &Section<'_>,
    keys: &SecretKeys,
    credentials: Option<&Path>,
) -> Option<Secret> {
    let mut secrets = read_all(section, keys, credentials)?;
    if secrets.len() > 1 {
        section.problem(
            keys.value,
            ProblemKind::WrongValue,
            "a list of several",
            "one of them",
        );
    }
    secrets.pop()
}

/// Reads one or several secrets from the one of its keys that is there.
///
/// What is wrong is noted in the section.
pub fn read_all(
    section: &Section<'_>,
    keys: &SecretKeys,
    credentials: Option<&Path>,
) -> Option<Vec<Secret>> {
    let values = section.secrets(keys.value);
    let files = section.names(keys.file);
    let names = section.names(keys.credential);
    let given: Vec<&str> = [keys.value, keys.file, keys.credential]
        .into_iter()
        .filter(|name| section.has(name))
        .collect();
    if let [first, .., last] = given.as_slice() {
        section.problem(
            last,
            ProblemKind::Conflict,
            &format!("{last} beside {first} ({})", section.origin(first)),
            "one of them",
        );
        return None;
    }
    if let Some(values) = values {
        let secrets = values.into_iter().map(Secret::from);
        return Some(secrets.collect());
    }
    let (key, paths) = match files {
        Some(files) => {
            let paths = files.iter().map(|file| section.resolve(keys.file, file));
            (keys.file, paths.collect())
        }
        None => (
            keys.credential,
            credential_paths(section, keys.credential, names?, credentials)?,
        ),
    };
    let secrets: Vec<Option<Secret>> = paths
        .iter()
        .map(|path| read_file(section, key, path))
        .collect();
    secrets.into_iter().collect()
}

fn credential_paths(
    section: &Section<'_>,
    key: &'static str,
    names: Vec<String>,
    credentials: Option<&Path>,
) -> Option<Vec<PathBuf>> {
    let path = |name: String| {
        let (kind, expected) = if credentials.is_none() {
            let expected = "$CREDENTIALS_DIRECTORY to be set (systemd does it)";
            (ProblemKind::CredentialUnseen, expected)
        } else if name.contains('/') || name == ".." {
            (ProblemKind::WrongValue, "a credential's name, not a path")
        } else {
            return credentials.map(|folder| folder.join(name));
        };
        section.problem(key, kind, &format!("{name:?}"), expected);
        None
    };
    names.into_iter().map(path).collect()
}

/// Reads a secret file; one line break at its end does not belong to the secret.
fn read_file(section: &Section<'_>, key: &str, path: &Path) -> Option<Secret> {
    match files::read(path, MAX_SECRET_BYTES) {
        Ok(bytes) => {
            let secret = bytes
                .strip_suffix(b"\n")
                .map_or(&*bytes, |line| line.strip_suffix(b"\r").unwrap_or(line));
            if secret.is_empty() {
                section.problem(
                    key,
                    ProblemKind::WrongValue,
                    &format!("an empty file {}", path.display()),
                    "a file that holds the secret",
                );
                return None;
            }
            Some(Secret::from(secret.to_vec()))
        }
        Err(error) => {
            section.problem(
                key,
                ProblemKind::Unreadable((&error).into()),
                &format!("{}: {error}", shown_path(path)),
                "a file that the daemon can read",
            );
            None
        }
    }
}

const MAX_SECRET_BYTES: u64 = 65_536;
