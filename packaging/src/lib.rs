//! What a package describes the daemon with: manual pages, completions and schemas, made from the same tables as the
//! program itself. The same source makes the same files.

pub mod commands;
pub mod completions;
pub mod configuration;
pub mod page;
pub mod schema;

use std::io;
use std::path::PathBuf;

use prosody_tokend::http::openapi;
use prosody_tokend::http::routes::{self, Route};

/// One file, with its path below `/usr/share`.
#[derive(Debug)]
pub struct Described {
    pub path: PathBuf,
    pub content: Vec<u8>,
}

/// Why the files cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// A command came in, and nobody has said what its page is to have.
    #[error("the command `{0}` is not described: add it to packaging/src/commands/notes.rs")]
    NoNotes(String),
    /// A row of the table of options has an example that TOML does not read.
    #[error("the option {name} has an example that is no TOML: {example}")]
    Example {
        name: &'static str,
        example: &'static str,
    },
    /// The table of options has an option and a section of the same name.
    #[error("{0} is both an option and a section")]
    SectionAndOption(String),
    #[error("cannot lay out a page")]
    Layout(#[from] io::Error),
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

/// All files. Pages carry this date.
pub fn files(date: &str) -> Result<Vec<Described>, DescribeError> {
    let mut files = commands::pages(date)?;
    files.push(configuration::page(date)?);
    files.extend(completions::all());
    files.push(json("config.schema.json", &schema::configuration()?)?);
    // That of a daemon whose callers need its key: what is set up otherwise says so of itself.
    files.push(json(
        "openapi.json",
        &openapi::document(true, routes::ours().map(Route::described)),
    )?);
    Ok(files)
}

fn json(name: &str, value: &serde_json::Value) -> Result<Described, DescribeError> {
    let mut content = serde_json::to_vec_pretty(value)?;
    content.push(b'\n');
    Ok(Described {
        path: PathBuf::from("prosody-tokend").join(name),
        content,
    })
}
