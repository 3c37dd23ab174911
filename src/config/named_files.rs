//! The files and folders that options name.

use std::path::{Path, PathBuf};

use figment::value::Value;

use crate::options::{self, Kind, KnownOption};

use super::layers::Layers;

/// The files and folders that options name, each with its option.
#[must_use]
pub fn named_files(
    layers: &Layers,
    credentials: Option<&Path>,
) -> Vec<(&'static KnownOption, PathBuf)> {
    let mut files = Vec::new();
    for (path, value) in layers.values() {
        let Some(option) = options::at(&path) else {
            continue;
        };
        let origin = layers.origin(value.tag(), &path);
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        for text in values.iter().filter_map(Value::as_str) {
            let file = match (option.kind, credentials) {
                (Kind::Credential, Some(folder)) => folder.join(text),
                (kind, _) if kind.is_path() => origin.resolve(text),
                _ => continue,
            };
            files.push((option, file));
        }
    }
    files
}
