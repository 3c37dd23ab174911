//! What both configurations say of a host.

use crate::config::effective::Effective;

/// A host as the daemon's configuration has it, and as Prosody's alone does.
#[derive(Debug, Clone)]
pub struct Policies {
    pub host: String,
    /// What the daemon goes by.
    pub daemons: Vec<Effective>,
    /// What it would go by if it read Prosody's configuration and nothing else.
    pub prosodys: Vec<Effective>,
    /// Whether both have the same secret, where both have one.
    pub is_one_secret: Option<bool>,
}
