//! `prosody-tokend keys`: what the running daemon has loaded.

use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;
use thiserror::Error;

use crate::api::keys::{Key, LoadedKeys, Source};
use crate::api::words::keys as words;
use crate::config::Config;
use crate::keys::source;
use crate::token::shown;

use super::client::{Answer, DaemonClient, Manner, Unanswered};
use super::failure::{Failure, Status};
use super::output::print;
use super::runtime::block_on;
use super::sources::SourceArguments;
use super::statuses::{ExitStatus, UNAVAILABLE};
use super::{layout, sources};

/// Options of `keys`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct KeysArguments {
    #[command(flatten)]
    sources: SourceArguments,
    /// Where the daemon listens, if not where the configuration says
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<KeysCommand>,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Print the name of the file under which a key server has the key of a kid
    Name {
        /// The kid
        kid: String,
    },
}

/// Why the keys cannot be told.
#[derive(Debug, Error)]
pub enum KeysError {
    /// Nobody answered.
    #[error("no answer from the daemon at {url}; is it running?")]
    NoAnswer { url: String, source: Unanswered },
    /// Something else answered, or the daemon refused.
    #[error("{url} answered with status {status}: {detail}")]
    Refused {
        url: String,
        status: u16,
        detail: String,
    },
}

impl Status for KeysError {
    fn status(&self) -> ExitStatus {
        UNAVAILABLE
    }
}

/// Prints the table, or a file name.
pub fn run(arguments: KeysArguments) -> Result<(), Failure> {
    if let Some(KeysCommand::Name { kid }) = arguments.command {
        return print(&format!("{}\n", source::key_file_name(&kid)));
    }
    let config = sources::load(&arguments.sources)?.config?;
    let (answer, keys) = block_on(ask(&config, arguments.url))??;
    print(&if arguments.json {
        layout::json(&answer)
    } else {
        table(&keys)
    })
}

/// What the daemon says: whole, as it may be of another version, and as far as it is known here.
async fn ask(config: &Config, url: Option<String>) -> Result<(Value, LoadedKeys), KeysError> {
    let (base, socket) = match (url, config.listen.first()) {
        (Some(url), _) => (url, None),
        (None, Some(address)) => address.client_base(),
        (None, None) => (String::new(), None),
    };
    let manner = Manner {
        agent: concat!("prosody-tokend-keys/", env!("CARGO_PKG_VERSION")).to_owned(),
        patience: PATIENCE,
        most_bytes: MAX_BODY,
    };
    let key = config.api_key.as_ref();
    let key = key.map(|key| String::from_utf8_lossy(key.bytes()));
    let daemon = DaemonClient::new(&manner, &base, socket, key.as_deref());
    let daemon = daemon.map_err(|error| KeysError::no_answer(base, error.into()))?;
    let url = daemon.keys_url();
    let answer = daemon.keys().await;
    let answer = answer.map_err(|error| KeysError::no_answer(url.clone(), error))?;
    let keys = answer.read().zip(answer.read());
    let keys = keys.filter(|_| answer.status == 200);
    keys.ok_or_else(|| KeysError::refused(url, &answer))
}

impl KeysError {
    const fn no_answer(url: String, source: Unanswered) -> Self {
        Self::NoAnswer { url, source }
    }

    fn refused(url: String, answer: &Answer) -> Self {
        let detail = answer.detail();
        Self::Refused {
            url,
            status: answer.status,
            detail: detail.unwrap_or_else(|| "no keys".to_owned()),
        }
    }
}

/// One block a host, one line a key.
fn table(keys: &LoadedKeys) -> String {
    let mut text = String::new();
    for host in &keys.hosts {
        line(&mut text, 0, &words::host(host));
        for source in &host.sources {
            source_lines(&mut text, source);
        }
    }
    text
}

fn source_lines(text: &mut String, source: &Source) {
    line(text, 2, &words::source(source));
    for trouble in words::troubles(source) {
        line(text, 4, &format!("! {trouble}"));
    }
    if source.keys.is_empty() {
        line(text, 4, words::NO_KEYS);
    } else {
        key_lines(text, &source.keys);
    }
}

fn key_lines(text: &mut String, keys: &[Key]) {
    let rows: Vec<Row> = keys.iter().map(words::cells).collect();
    let mut widths = words::TITLES.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    line(text, 4, &aligned(&words::TITLES.map(str::to_owned), widths));
    for (row, key) in rows.iter().zip(keys) {
        line(text, 4, &aligned(row, widths));
        if let Some(weakness) = &key.weakness {
            line(text, 6, &format!("! {weakness}"));
        }
    }
}

type Row = [String; 6];

fn aligned(row: &Row, widths: [usize; 6]) -> String {
    let cells = row.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

fn line(text: &mut String, indent: usize, content: &str) {
    let content = shown::escaped(content);
    // Writing to a string cannot fail.
    writeln!(text, "{:indent$}{content}", "").unwrap_or_default();
}

const PATIENCE: Duration = Duration::from_secs(10);
/// More than the keys of any number of hosts that one machine serves.
const MAX_BODY: usize = 268_435_456;
