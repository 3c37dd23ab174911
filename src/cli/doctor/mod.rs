//! `prosody-tokend doctor`: gathers the facts of this machine, and prints what follows from them.

mod accounts;
mod bosh;
mod clock;
mod daemon;
mod http;
mod key_servers;
mod local;
mod login;
mod output;
mod prosody;
mod sasl;
mod websocket;

use std::path::PathBuf;

use clap::Args;

use crate::doctor;
use crate::doctor::facts::Facts;
use crate::doctor::finding::exit_status;

use super::{Failure, sources};

use self::accounts::Users;
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Start)?;
    let facts = runtime.block_on(gather(arguments));
    let findings = doctor::examine(&facts);
    output::print(&facts, &findings, arguments.json)?;
    match exit_status(&findings) {
        0 => Ok(()),
        status => Err(Failure::Unwell(status)),
    }
}

async fn gather(arguments: &DoctorArguments) -> Facts {
    let local = Local::read(arguments.config.as_deref());
    let installation = prosody::installation();
    let named = arguments
        .prosody_config
        .clone()
        .or_else(|| local.prosody_config());
    let prosody_path = named.unwrap_or_else(prosody::usual_config);
    let prosody_config = prosody::read(&prosody_path, installation.as_ref());
    let config = prosody_config.as_ref().ok();
    let folders = prosody::folders(config, installation.as_ref());
    let shim = prosody::shim(&folders);
    let users = Users::read();
    let mut files = local.files();
    files.extend(prosody::files(config, &shim, local.reads_prosody()));
    let (endpoints, listening) = daemon::answers(config, &local).await;
    let logins = login::log_in(config, &local, &endpoints, !arguments.no_login).await;
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        is_root: rustix::process::geteuid().is_root(),
        prosody: installation,
        endpoints,
        listening,
        key_servers: key_servers::ask(&local).await,
        clock: clock::ask(),
        logins,
        files,
        daemon_account: users.daemon(arguments.user.as_deref()),
        prosody_account: users.prosody(config),
        daemon_path: sources::path(arguments.config.as_deref()),
        daemon_config: local.facts(),
        daemon_warnings: local.warnings(),
        daemon_reads_prosody: local.reads_prosody(),
        missing_user: users.missing(arguments.user.as_deref()),
        prosody_path,
        prosody_config,
        folders,
        shim,
    }
}
