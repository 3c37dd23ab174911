//! `prosody-tokend keys`: what the running daemon has loaded.

use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use reqwest::Client;
use serde_json::Value;
use thiserror::Error;

use crate::config::{self, Config};
use crate::keys::source;
use crate::token::shown;

use super::sources::SourceArguments;
use super::{Failure, layout, sources};

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
    NoAnswer { url: String, source: reqwest::Error },
    /// Something else answered, or the daemon refused.
    #[error("{url} answered with status {status}: {detail}")]
    Refused {
        url: String,
        status: u16,
        detail: String,
    },
}

/// Prints the table, or a file name.
pub fn run(arguments: KeysArguments) -> Result<(), Failure> {
    if let Some(KeysCommand::Name { kid }) = arguments.command {
        return super::print(&format!("{}\n", source::key_file_name(&kid)));
    }
    let config = config::load(&sources::read(&arguments.sources)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Start)?;
    let answer = runtime.block_on(ask(&config, arguments.url))?;
    super::print(&if arguments.json {
        layout::json(&answer)
    } else {
        table(&answer)
    })
}

async fn ask(config: &Config, url: Option<String>) -> Result<Value, KeysError> {
    let (base, socket) = match (url, config.listen.first()) {
        (Some(url), _) => (url, None),
        (None, Some(address)) => address.client_base(),
        (None, None) => (String::new(), None),
    };
    let url = format!("{}/v1/keys", base.trim_end_matches('/'));
    let failed = |source| KeysError::NoAnswer {
        url: url.clone(),
        source,
    };
    let mut client = Client::builder().timeout(PATIENCE).no_proxy();
    if let Some(path) = socket {
        client = client.unix_socket(path);
    }
    let mut request = client.build().map_err(failed)?.get(&url);
    if let Some(key) = &config.api_key {
        request = request.bearer_auth(String::from_utf8_lossy(key.bytes()));
    }
    let response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(failed)?;
    let answer: Value = serde_json::from_str(&body).unwrap_or_default();
    if status == 200 && member(&answer, "hosts").is_array() {
        return Ok(answer);
    }
    let detail = member(&answer, "detail")
        .as_str()
        .unwrap_or("no keys")
        .to_owned();
    Err(KeysError::Refused {
        url,
        status,
        detail,
    })
}

/// One block a host, one line a key.
fn table(answer: &Value) -> String {
    let mut text = String::new();
    for host in member(answer, "hosts").as_array().into_iter().flatten() {
        let algorithm = member(host, "algorithm").as_str().unwrap_or("no algorithm");
        line(
            &mut text,
            0,
            &format!("{} ({algorithm})", text_of(member(host, "host"))),
        );
        for source in member(host, "sources").as_array().into_iter().flatten() {
            source_lines(&mut text, source);
        }
    }
    text
}

fn source_lines(text: &mut String, source: &Value) {
    let title = format!(
        "{} {}",
        text_of(member(source, "kind")),
        text_of(member(source, "source"))
    );
    line(text, 2, title.trim_end());
    if let Some(stale) = member(source, "stale_seconds").as_u64() {
        line(
            text,
            4,
            &format!("! keys are {} past their lifetime", span(stale)),
        );
    }
    if let Some(error) = member(source, "error").as_str() {
        line(text, 4, &format!("! {error}"));
    }
    let keys: Vec<&Value> = member(source, "keys")
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    if keys.is_empty() {
        line(text, 4, "no keys loaded");
        return;
    }
    let mut rows =
        vec![["KID", "TYPE", "BITS", "AGE", "REFRESH", "FINGERPRINT"].map(str::to_owned)];
    rows.extend(keys.iter().map(|key| {
        [
            text_of(member(key, "kid")),
            text_of(member(key, "type")),
            text_of(member(key, "bits")),
            member(key, "age_seconds").as_u64().map_or_else(dash, span),
            member(key, "next_refresh_seconds")
                .as_u64()
                .map_or_else(dash, |next| format!("in {}", span(next))),
            text_of(member(key, "fingerprint")),
        ]
    }));
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let weaknesses =
        std::iter::once(None).chain(keys.iter().map(|key| member(key, "weakness").as_str()));
    for (row, weakness) in rows.iter().zip(weaknesses) {
        let mut cells = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string cannot fail.
            write!(cells, "{cell:width$}  ").unwrap_or_default();
        }
        line(text, 4, cells.trim_end());
        if let Some(weakness) = weakness {
            line(text, 6, &format!("! {weakness}"));
        }
    }
}

fn line(text: &mut String, indent: usize, content: &str) {
    let content = shown::escaped(content);
    writeln!(text, "{:indent$}{content}", "").unwrap_or_default();
}

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => shown::escaped(text).into_owned(),
        Value::Null => dash(),
        other => other.to_string(),
    }
}

fn dash() -> String {
    "-".to_owned()
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
