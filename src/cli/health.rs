//! `prosody-tokend health`: whether the running daemon answers, for what supervises it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use thiserror::Error;

use crate::api::health::{Health, OK, Ready};
use crate::config;

use super::client::{Answer, DaemonClient, Manner, Unanswered};
use super::failure::{Failure, Status};
use super::layout::plain;
use super::output::print;
use super::runtime::block_on;
use super::sources::{self, SourceArguments};
use super::statuses::{ExitStatus, NO, UNAVAILABLE};

/// Options of `health`.
#[derive(Args)]
pub struct HealthArguments {
    /// The configuration, for where the daemon listens [default: /etc/prosody-tokend/config.toml, where that is]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the daemon listens, if not where the configuration says
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Fail with 1 if it answers and is not ready
    #[arg(long)]
    ready: bool,
}

/// Why the daemon is not well.
#[derive(Debug, Error)]
pub enum HealthError {
    /// Nobody answered.
    #[error("no answer from the daemon at {url}; is it running?")]
    NoAnswer { url: String, source: Unanswered },
    /// Something else answered, or the daemon refused.
    #[error("{url} answers with status {status}, and not as the daemon does: {detail}")]
    NotTheDaemon {
        url: String,
        status: u16,
        detail: String,
    },
    /// It runs, and cannot decide on all hosts.
    #[error("not ready: {0}")]
    NotReady(String),
}

impl Status for HealthError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NoAnswer { .. } | Self::NotTheDaemon { .. } => UNAVAILABLE,
            Self::NotReady(_) => NO,
        }
    }
}

/// Asks once, and says in one line what came of it.
pub fn run(arguments: &HealthArguments) -> Result<(), Failure> {
    let addresses = match &arguments.url {
        Some(_) => Vec::new(),
        None => addresses(arguments)?,
    };
    let (base, socket) = match (&arguments.url, addresses.first()) {
        (Some(url), _) => (url.clone(), None),
        (None, Some(address)) => address.client_base(),
        (None, None) => (String::new(), None),
    };
    let daemon = DaemonClient::new(&manner(), &base, socket, None);
    let daemon = daemon.map_err(|error| HealthError::no_answer(&base, error.into()))?;
    let lacking = block_on(lacking(&daemon, &base))??;
    match lacking {
        None => print("ready\n"),
        Some(lacking) if arguments.ready => Err(HealthError::NotReady(lacking).into()),
        Some(lacking) => print(&plain(&format!("alive, and not ready: {lacking}\n"))),
    }
}

/// Where the daemon listens. Nothing else of the configuration is looked at: a mistake in it does not stop a daemon that runs.
fn addresses(arguments: &HealthArguments) -> Result<Vec<config::listen::ListenAddress>, Failure> {
    let sources = SourceArguments::of_file(arguments.config.as_deref());
    Ok(config::addresses(&sources::read(&sources)?)?)
}

fn manner() -> Manner {
    Manner {
        agent: concat!("prosody-tokend-health/", env!("CARGO_PKG_VERSION")).to_owned(),
        patience: PATIENCE,
        most_bytes: MAX_BODY,
    }
}

/// What keeps it from deciding on all hosts, if anything does.
async fn lacking(daemon: &DaemonClient, base: &str) -> Result<Option<String>, HealthError> {
    let alive = daemon.health().await;
    let alive = alive.map_err(|error| HealthError::no_answer(base, error))?;
    let is_daemon = |health: &Health| alive.status == 200 && health.status == OK;
    if !alive
        .read::<Health>()
        .is_some_and(|health| is_daemon(&health))
    {
        return Err(HealthError::not_the_daemon(base, &alive));
    }
    let ready = daemon.ready().await;
    let ready = ready.map_err(|error| HealthError::no_answer(base, error))?;
    if ready.status == 200 {
        return Ok(None);
    }
    let reasons = ready.read::<Ready>().map(|ready| reasons(&ready));
    let reasons = reasons.filter(|reasons| !reasons.is_empty());
    let detail = || {
        ready
            .detail()
            .unwrap_or_else(|| "no reason given".to_owned())
    };
    Ok(Some(reasons.unwrap_or_else(detail)))
}

/// The first few, in one line.
fn reasons(ready: &Ready) -> String {
    let hosts = ready.cannot_admit.iter();
    let hosts = hosts.map(|host| format!("{host} can admit nobody"));
    let unknown = ready.revocations_unknown.then(|| UNKNOWN.to_owned());
    let keys = ready.missing_keys.iter().cloned();
    let all: Vec<String> = unknown.into_iter().chain(hosts).chain(keys).collect();
    let mut shown: Vec<String> = all.iter().take(MOST_REASONS).cloned().collect();
    let more = all.len().saturating_sub(shown.len());
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join("; ").replace('\n', " ")
}

impl HealthError {
    fn no_answer(url: &str, source: Unanswered) -> Self {
        let url = url.to_owned();
        Self::NoAnswer { url, source }
    }

    fn not_the_daemon(url: &str, answer: &Answer) -> Self {
        Self::NotTheDaemon {
            url: url.to_owned(),
            status: answer.status,
            detail: answer.detail().unwrap_or_else(|| "no health".to_owned()),
        }
    }
}

/// For each of two questions: less together than supervisors wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than the hosts of any one machine that lack keys.
const MAX_BODY: usize = 16_777_216;
const UNKNOWN: &str = "it is not known what was revoked (revocations.required)";
const MOST_REASONS: usize = 4;
