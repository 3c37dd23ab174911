//! The folders in which Prosody looks for modules.

use std::path::PathBuf;

use crate::origin::Origin;

/// A folder of the search path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// What put it there.
    pub origin: Origin,
    /// Whether `plugin_paths` names it.
    pub is_chosen: bool,
}

/// One file of the shim.
#[derive(Debug, Clone)]
pub struct ShimFile {
    /// Its name below the plugin path.
    pub name: &'static str,
    /// Every file that Prosody would take for it, in its order: the first one wins.
    pub found: Vec<(PathBuf, Content)>,
}

/// What a file holds that Prosody takes for one of the shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The file that belongs to this version.
    Same,
    /// One of another version of the shim.
    OtherVersion,
    /// Something else, such as Jitsi's module of the same name.
    Foreign,
}
