//! What is asked of an evaluation.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::origin::wire;

use super::release::Release;

/// Which configuration to read, and what it may see.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The main file; absolute, as Prosody's own path of it is.
    #[serde(with = "wire::path")]
    pub path: PathBuf,
    /// The release of Prosody whose rules apply.
    pub release: Release,
    /// The variables that `ENV_NAME` and `os.getenv` read.
    pub environment: Vec<(String, String)>,
    /// Where `Credential` reads from: `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
}
