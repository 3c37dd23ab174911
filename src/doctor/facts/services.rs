//! The services of this machine: their units, processes and sockets.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What runs on this machine.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// The Prosody that goes by the configuration that was looked at.
    pub prosody: Option<Process>,
    /// When each file that Prosody reads as it starts was changed last, in Unix milliseconds.
    pub changes: Vec<Change>,
    /// What systemd says of a unit.
    pub units: BTreeMap<String, Unit>,
    /// Who listens on TCP.
    pub listeners: Vec<Listener>,
    /// A port on which nobody listens.
    pub free_port: Option<u16>,
}

#[derive(Debug, Clone)]
pub struct Process {
    /// Its process ID.
    pub number: i32,
    /// When it was started, in Unix milliseconds.
    pub started: i64,
    /// How long it has been running, in seconds.
    pub age: u64,
}

/// A change of a file.
#[derive(Debug, Clone)]
pub struct Change {
    pub path: PathBuf,
    /// When, in Unix milliseconds.
    pub time: i64,
    /// What Prosody has the file for.
    pub kind: ChangeKind,
}

/// What Prosody has a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Configuration,
    Shim,
}

/// A unit as systemd has it.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// `loaded`, `not-found`, `masked` and others.
    pub load: String,
    /// `active`, `inactive`, `failed` and others.
    pub active: String,
    /// The state in more detail: `running`, `dead`, `auto-restart` and others.
    pub sub: String,
    /// Why it ended: `success`, `exit-code` and others.
    pub result: String,
    /// The number of its main process; 0 where there is none.
    pub main_process: i32,
    /// Whether its files changed since systemd read them.
    pub is_outdated: bool,
    /// Its environment, as far as it is written in the unit.
    pub environment: BTreeMap<String, String>,
}

/// Who listens on a port.
#[derive(Debug, Clone)]
pub struct Listener {
    pub port: u16,
    /// Who; none where this user may not see that.
    pub holder: Option<Holder>,
}

/// A process that holds a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process ID.
    pub number: i32,
    pub program: String,
    /// The unit that it belongs to.
    pub unit: Option<String>,
}
