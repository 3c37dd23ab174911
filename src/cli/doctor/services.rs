//! What runs on this machine: Prosody's process, what systemd says of the two units, and who listens where.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at processes and at when files changed"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use procfs::process::{self, FDTarget, Process};

use crate::clock;
use crate::doctor::facts::services::{
    Change, ChangeKind, Holder, Listener, Process as Running, Services, Unit,
};
use crate::doctor::facts::{Installation, ShimFile};
use crate::doctor::services;
use crate::prosody::model::ProsodyConfig;
use crate::token::shown;

/// Finds the running daemon and Prosody, their units, and who listens where.
pub fn look(
    path: &Path,
    config: Option<&ProsodyConfig>,
    installation: Option<&Installation>,
    shim: &[ShimFile],
) -> Services {
    let units = units();
    let mut processes = processes();
    let main = units.get(services::PROSODY).map(|unit| unit.main_process);
    // Anybody can give a process of theirs Prosody's name: the one that systemd started goes before others.
    processes.sort_by_key(|process| Some(process.pid()) != main);
    let listeners = listeners(&processes);
    Services {
        prosody: prosody(&processes, path, installation),
        changes: changes(config, shim),
        units,
        free_port: free_port(&listeners),
        listeners,
    }
}

/// Those of this machine or container alone: what runs in a container within it has numbers of its own.
fn processes() -> Vec<Process> {
    let depth = |process: &Process| Some(process.status().ok()?.nspid?.len());
    let own = Process::myself().ok().as_ref().and_then(depth);
    let all = process::all_processes().into_iter().flatten().flatten();
    all.filter(|process| depth(process) == own).collect()
}

/// The one that reads this configuration.
fn prosody(
    processes: &[Process],
    path: &Path,
    installation: Option<&Installation>,
) -> Option<Running> {
    let wanted = fs::canonicalize(path).ok()?;
    let is_it = |process: &&Process| {
        let read = configuration_of(process, installation);
        read.is_some_and(|read| fs::canonicalize(read).is_ok_and(|read| read == wanted))
    };
    let process = processes.iter().find(is_it)?;
    let ticks = process.stat().ok()?.starttime;
    let since_boot = ticks.saturating_mul(1_000) / procfs::ticks_per_second().max(1);
    let now = i64::try_from(
        clock::wall_clock()
            .duration_since(UNIX_EPOCH)
            .ok()?
            .as_millis(),
    )
    .ok()?;
    let up = u64::try_from(clock::since_boot().as_millis()).ok()?;
    let age = up.saturating_sub(since_boot);
    Some(Running {
        number: process.pid(),
        started: now.saturating_sub_unsigned(age),
        age: age / 1_000,
    })
}

/// The configuration that a process reads, if it is a Prosody: `lua5.4 /usr/bin/prosody -F --config FILE`.
fn configuration_of(process: &Process, installation: Option<&Installation>) -> Option<PathBuf> {
    let words = process.cmdline().ok()?;
    let is_prosody = |word: &&String| {
        Path::new(word)
            .file_name()
            .is_some_and(|name| name == "prosody")
    };
    let program = words.iter().take(2).find(is_prosody)?;
    let after = words.iter().skip_while(|word| *word != "--config").nth(1);
    let attached = words.iter().find_map(|word| word.strip_prefix("--config="));
    if let Some(named) = after.map(String::as_str).or(attached) {
        return Some(process.cwd().unwrap_or_default().join(named));
    }
    let installation = installation?;
    let is_same =
        fs::canonicalize(program).ok()? == fs::canonicalize(&installation.program).ok()?;
    is_same.then(|| installation.config.clone())
}

/// When each file that Prosody reads as it starts came to be what it is.
fn changes(config: Option<&ProsodyConfig>, shim: &[ShimFile]) -> Vec<Change> {
    let read = config.into_iter().flat_map(|config| &config.files);
    let read = read.filter(|path| path.is_file());
    let read = read.map(|path| (path.clone(), ChangeKind::Configuration));
    let winners = shim.iter().filter_map(|file| file.found.first());
    let winners = winners.map(|(path, _)| (path.clone(), ChangeKind::Shim));
    read.chain(winners)
        .filter_map(|(path, kind)| {
            let time = changed(&path)?;
            Some(Change { path, time, kind })
        })
        .collect()
}

/// When a file, or the link that leads to it, was written, made, or moved to its place, also with older times of its own.
/// Whose it is and who may read it may change meanwhile.
fn changed(path: &Path) -> Option<i64> {
    let own = fs::symlink_metadata(path).ok()?;
    let own = placed(path, &own);
    let behind = fs::canonicalize(path).ok();
    let behind = behind.and_then(|path| Some(placed(&path, &fs::metadata(&path).ok()?)));
    Some(behind.map_or(own, |behind| behind.max(own)))
}

fn placed(path: &Path, metadata: &fs::Metadata) -> i64 {
    let written = milliseconds(metadata.mtime(), metadata.mtime_nsec());
    let touched = milliseconds(metadata.ctime(), metadata.ctime_nsec());
    let made = metadata.created().ok();
    let made = made.and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    let made = made.and_then(|made| i64::try_from(made.as_millis()).ok());
    let folder = path.parent().and_then(|folder| fs::metadata(folder).ok());
    let entered = folder.map(|folder| milliseconds(folder.mtime(), folder.mtime_nsec()));
    let moved = entered.unwrap_or(touched).min(touched);
    written.max(moved).max(made.unwrap_or(written))
}

const fn milliseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds
        .saturating_mul(1_000)
        .saturating_add(nanoseconds / 1_000_000)
}

/// Nothing where there is no systemd.
fn units() -> BTreeMap<String, Unit> {
    let names = [services::DAEMON, services::PROSODY];
    let mut units = BTreeMap::new();
    for name in names {
        let mut command = Command::new("systemctl");
        command.args(["show", "--no-pager", "--property", PROPERTIES, name]);
        let Ok(output) = command.output() else {
            return BTreeMap::new();
        };
        if output.status.success() {
            let said = String::from_utf8_lossy(&output.stdout);
            units.insert(name.to_owned(), unit(&said));
        }
    }
    units
}

fn unit(said: &str) -> Unit {
    let pairs: BTreeMap<&str, &str> = said
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let text = |name| pairs.get(name).copied().unwrap_or_default().to_owned();
    let environment = text("Environment");
    let environment = environment.split_whitespace();
    Unit {
        load: text("LoadState"),
        active: text("ActiveState"),
        sub: text("SubState"),
        result: text("Result"),
        is_outdated: text("NeedDaemonReload") == "yes",
        main_process: text("MainPID").parse().unwrap_or_default(),
        environment: environment
            .filter_map(|pair| pair.trim_matches('"').split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

fn listeners(processes: &[Process]) -> Vec<Listener> {
    let four = procfs::net::tcp().unwrap_or_default();
    let six = procfs::net::tcp6().unwrap_or_default();
    let entries = four.into_iter().chain(six);
    let listening: Vec<(u64, u16)> = entries
        .filter(|entry| entry.state == procfs::net::TcpState::Listen)
        .map(|entry| (entry.inode, entry.local_address.port()))
        .collect();
    let mut holders = holders(processes, &listening);
    listening
        .iter()
        .map(|(socket, port)| Listener {
            port: *port,
            holder: holders.remove(socket),
        })
        .collect()
}

/// Which process holds each of these sockets, as far as this user may see that. The service manager keeps sockets for services,
/// so it counts only where nobody else has one.
fn holders(processes: &[Process], sockets: &[(u64, u16)]) -> BTreeMap<u64, Holder> {
    let mut holders: BTreeMap<u64, Holder> = BTreeMap::new();
    for process in processes {
        let files = process.fd().into_iter().flatten().flatten();
        for file in files {
            let FDTarget::Socket(socket) = file.target else {
                continue;
            };
            if sockets.iter().any(|(wanted, _)| *wanted == socket) {
                let entry = holders.entry(socket);
                entry
                    .and_modify(|other| {
                        if other.number == SERVICE_MANAGER {
                            *other = holder(process);
                        }
                    })
                    .or_insert_with(|| holder(process));
            }
        }
    }
    holders
}

fn holder(process: &Process) -> Holder {
    let name = process.stat().map(|stat| stat.comm).unwrap_or_default();
    let groups = process.cgroups().map(|groups| groups.0).unwrap_or_default();
    let mut units = groups.iter().filter_map(|group| {
        let unit = group.pathname.rsplit('/').next()?;
        let is_service = unit.ends_with(".service");
        is_service.then(|| shown::escaped(unit).into_owned())
    });
    Holder {
        number: process.pid(),
        program: shown::escaped(&name).into_owned(),
        unit: units.next(),
    }
}

fn free_port(listeners: &[Listener]) -> Option<u16> {
    let mut ports = FREE_PORTS;
    ports.find(|port| listeners.iter().all(|listener| listener.port != *port))
}

const SERVICE_MANAGER: i32 = 1;
const PROPERTIES: &str =
    "LoadState,ActiveState,SubState,Result,MainPID,NeedDaemonReload,Environment";
/// Beside the usual one.
const FREE_PORTS: std::ops::RangeInclusive<u16> = 5_291..=5_299;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_what_systemctl_prints() {
        let said = "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nResult=exit-code\nMainPID=0\nEnvironment=A=1 \"SSL_CERT_FILE=/etc/ca.pem\"\n";
        let unit = unit(said);
        assert_eq!(unit.shown(), "activating (auto-restart, exit-code)");
        assert_eq!(unit.environment["SSL_CERT_FILE"], "/etc/ca.pem");
        assert_eq!(unit.main_process, 0);
    }
}
