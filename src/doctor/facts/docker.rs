//! A docker-jitsi-meet, as far as its files and variables tell.

use std::path::PathBuf;

use super::plugins::ShimFile;

/// An installation in containers.
#[derive(Debug, Clone, Default)]
pub struct Docker {
    /// The file of variables; none where they are in the environment.
    pub file: Option<PathBuf>,
    /// The compose files beside it.
    pub compose: Vec<PathBuf>,
    /// Where these mount something over a folder of modules: the folder or file of this machine, and what it is there.
    pub mounts: Vec<Mount>,
    /// Whether one of those folders could not be told, such as one that a variable names.
    pub has_unseen_mount: bool,
    /// Whether they have a service that runs the daemon.
    pub has_daemon: bool,
    /// Whether that has certificates of authorities, as far as can be told.
    pub has_authorities: bool,
    /// What lies in the folder that is mounted for modules, where there is one.
    pub shim: Vec<ShimFile>,
}

/// Something of this machine in Prosody's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The path on this machine.
    pub source: PathBuf,
    /// The path in the container.
    pub target: String,
    /// Whether it is there, and every user can read it, as the container's does.
    pub is_readable: bool,
}
