//! Where a store is, and how to get there.

use std::path::PathBuf;

use super::address::DatabaseAddress;
pub use super::seal::{SealKey, SealKeyError};
use crate::secret::Secret;

/// Where revocations, consumers and credentials are kept.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The file: all there is of them, or a copy of what the database has.
    pub path: PathBuf,
    /// The database that several daemons share, where there is one.
    pub database: Option<Database>,
    /// What secrets of credentials are sealed with, where they are.
    pub seal: Option<SealKey>,
}

/// A database, and what it lets the daemon in by.
#[derive(Debug, Clone)]
pub struct Database {
    /// Where it is.
    pub address: DatabaseAddress,
    /// The password of its user.
    pub password: Option<Secret>,
    /// A file with certificates by which it is known, beside those of the system.
    pub ca_file: Option<PathBuf>,
}
