//! `prosody-tokend doctor`: gathers the facts of this machine, and prints what follows from them.

mod bosh;
mod certificates;
mod clock;
mod daemon;
mod docker;
mod files;
mod http;
mod key_servers;
mod local;
mod login;
mod output;
mod policies;
mod prosody;
mod sasl;
mod secrets;
mod services;
mod websocket;

use std::path::PathBuf;

use clap::Args;

use crate::config::secret_files;
use crate::doctor;
use crate::doctor::facts::{Facts, NeededFile};
use crate::doctor::finding::{Finding, Severity};
use crate::origin::problem::ProblemKind;
use crate::permissions::model::{Readers, Role};
use crate::prosody::model::ProsodyConfig;

use super::failure::Failure;
use super::runtime::block_on;
use super::sources;
use super::statuses::{BROKEN, DONE, ExitStatus, NO, REFUSED};
use crate::accounts::{self, Users};

use self::local::Local;

/// Options of `doctor`.
#[derive(Args)]
pub struct DoctorArguments {
    /// The daemon's configuration [default: /etc/prosody-tokend/config.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prosody's configuration [default: what `prosody_config` names, else where Prosody's program has it]
    #[arg(long, value_name = "FILE")]
    prosody_config: Option<PathBuf>,
    /// Look at a docker-jitsi-meet with the variables in the environment, and not at a Prosody of this machine
    #[arg(long, conflicts_with = "prosody_config")]
    docker: bool,
    /// Look at a docker-jitsi-meet with these variables, and not at a Prosody of this machine
    #[arg(long, value_name = "FILE", conflicts_with = "prosody_config")]
    env_file: Option<PathBuf>,
    /// The user that the daemon runs as [default: its unit's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Do not log in at Prosody
    #[arg(long)]
    no_login: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Examines this machine.
pub fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let facts = block_on(gather(arguments))?;
    let findings = doctor::examine(&facts);
    output::print(&facts, &findings, arguments.json)?;
    match exit_status(&facts, &findings) {
        DONE => Ok(()),
        status => Err(Failure::said(status)),
    }
}

/// The status for the worst finding. A configuration that is refused has the same one in every command.
fn exit_status(facts: &Facts, findings: &[Finding]) -> ExitStatus {
    match findings.iter().map(|finding| finding.severity).min() {
        Some(Severity::Error) if is_refused(facts) => REFUSED,
        Some(Severity::Error) => BROKEN,
        Some(Severity::Warning) => NO,
        Some(Severity::Note) | None => DONE,
    }
}

/// Whether the daemon would not start with its configuration. A credential that it alone is given is no mistake.
fn is_refused(facts: &Facts) -> bool {
    let problems = facts.daemon_config.as_ref().err();
    let mut problems = problems.into_iter().flatten();
    problems.any(|problem| problem.kind != ProblemKind::CredentialUnseen)
}

async fn gather(arguments: &DoctorArguments) -> Facts {
    let local = Local::read(
        arguments.config.as_deref(),
        arguments.env_file.as_deref(),
        arguments.docker,
    );
    let docker = docker::look(&local).filter(|_| arguments.prosody_config.is_none());
    let installation = prosody::installation().filter(|_| docker.is_none());
    let named = arguments
        .prosody_config
        .clone()
        .or_else(|| local.prosody_config());
    let variables = docker.as_ref().and_then(|docker| docker.file.clone());
    let prosody_path = named.or(variables).unwrap_or_else(prosody::usual_config);
    let prosody_config = if docker.is_some() {
        docker::config(&local)
    } else {
        prosody::read(&prosody_path, installation.as_ref())
    };
    let config = prosody_config.as_ref().ok();
    let folders = prosody::folders(config, installation.as_ref());
    let shim = prosody::shim(&folders);
    let left_out = prosody::left_out(&prosody_path, config);
    let policies = policies::compare(&prosody_path, config, &local);
    let services = services::look(&prosody_path, config, installation.as_ref(), &shim);
    let users = Users::read();
    let mut files = local.files();
    files.extend(prosody::files(config, &shim));
    let (endpoints, listening) = daemon::answers(config, &local).await;
    let logins = login::log_in(config, &local, &endpoints, !arguments.no_login).await;
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        is_root: rustix::process::geteuid().is_root(),
        prosody: installation,
        endpoints,
        listening,
        key_servers: key_servers::ask(&local, &services).await,
        clock: clock::ask(),
        logins,
        readers: readers(&users, arguments.user.as_deref(), config, &files),
        files,
        daemon_path: sources::path(arguments.config.as_deref()),
        daemon_config: local.facts(),
        daemon_warnings: local.warnings(),
        daemon_reads_prosody: local.reads_prosody(),
        listen_origin: local.listen_origin.clone(),
        own_hosts: local.own_hosts.clone(),
        missing_user: users.missing(arguments.user.as_deref()),
        prosody_path,
        prosody_config,
        left_out,
        shim_elsewhere: prosody::shim_elsewhere(&folders),
        folders,
        shim,
        services,
        docker,
        policies,
    }
}

/// Who reads these files.
fn readers(
    users: &Users,
    daemon: Option<&str>,
    config: Option<&ProsodyConfig>,
    files: &[NeededFile],
) -> Readers {
    let prosody = config.and_then(secret_files::user);
    let accounts = [
        (Role::Prosody, users.prosody(prosody.as_deref())),
        (Role::Daemon, users.daemon(daemon)),
    ];
    let known = accounts
        .into_iter()
        .filter_map(|(role, account)| Some((role, account?)));
    let entries = files.iter().flat_map(|file| &file.way.entries);
    accounts::readers(known.collect(), entries.map(|entry| entry.group))
}
