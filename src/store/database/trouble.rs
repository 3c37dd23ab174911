//! What can be wrong with the database, and what to do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_rustls::rustls::CertificateError;

use crate::causes::described;

/// Why the database does not do what it is for. Its address stands before it.
#[derive(Debug, Error)]
pub enum Trouble {
    /// It refuses, or is not there.
    #[error("{}{}", told(.0), advice(.0))]
    Database(#[from] tokio_postgres::Error),
    /// It does not answer.
    #[error(
        "no answer within {0} s; is the server up, and does a firewall let its port through? What was asked may still be done"
    )]
    Slow(u64),
    /// A later version of the daemon made its tables, in a way that this one cannot understand.
    #[error(
        "its tables are of version {0}.{1}, which this version of the daemon does not know; install the one that made them, or a later one"
    )]
    Newer(i32, i32),
    /// Its tables are not as the daemon made them.
    #[error("its tables are not as the daemon made them: {0}; restore them from a backup")]
    Broken(&'static str),
    /// Other daemons change the same thing again and again.
    #[error("other daemons change the same thing again and again; ask again")]
    Contended,
    /// Another daemon has made the tables what this version needs.
    #[error("its tables are those of this version now")]
    Migrated,
    /// The copy is closed: the daemon ends.
    #[error("the store is closed")]
    Closed,
}

/// Why there is no TLS with the database.
#[derive(Debug, Error)]
pub enum TlsTrouble {
    /// The file with its certificates cannot be read.
    #[error("{}, which store.ca_file names, cannot be read", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// There are none in it.
    #[error("{}, which store.ca_file names, has no certificate that can be used", .0.display())]
    NoCertificate(PathBuf),
    /// There is no way to verify certificates.
    #[error("cannot set up TLS")]
    Setup(#[source] tokio_rustls::rustls::Error),
    /// Its name cannot be in a certificate.
    #[error("{0:?} is no name that a certificate can have")]
    Name(String),
    /// The handshake failed.
    #[error(transparent)]
    Handshake(#[from] io::Error),
}

impl Trouble {
    /// Whether whoever asks may not do that there.
    pub fn is_refusal(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        let refusals = [
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::INSUFFICIENT_PRIVILEGE,
        ];
        error.code().is_some_and(|code| refusals.contains(code))
    }
}

/// The error with its causes; its own text says no more than which kind it is.
fn told(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), described)
}

/// What to do.
fn advice(error: &tokio_postgres::Error) -> &'static str {
    let Some(state) = error.code() else {
        return advice_on_connection(error);
    };
    match *state {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "; see to the user in store.url, to the password in store.password_file and to the server's pg_hba.conf"
        }
        SqlState::INVALID_CATALOG_NAME => "; `sudo -u postgres createdb -O USER DATABASE` makes it",
        SqlState::INSUFFICIENT_PRIVILEGE | SqlState::INVALID_SCHEMA_NAME => {
            "; the user must be able to make tables there and to change them: \
            `ALTER DATABASE ... OWNER TO ...`, or GRANT CREATE ON SCHEMA public"
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "; this is a standby, or one that lets nobody write: store.url must lead to the primary \
            (several hosts and target_session_attrs=read-write do)"
        }
        SqlState::DISK_FULL => "; make room on the server's disk",
        _ => "",
    }
}

fn advice_on_connection(error: &tokio_postgres::Error) -> &'static str {
    if let Some(found) = causes(error).find_map(of_certificate) {
        return match found {
            // The second one is of an authority that has the name of another one.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "; name the certificate of the server's own authority in store.ca_file"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "; store.url must call the server by the name that its certificate is for"
            }
            _ => "",
        };
    }
    let refused = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    match refused.map(io::Error::kind).next() {
        Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => {
            "; is the server running there? `pg_isready -d URL` tells"
        }
        _ => "",
    }
}

/// An error of a stream does not count what it wraps among its sources.
fn of_certificate<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a CertificateError> {
    let TlsTrouble::Handshake(stream) = cause.downcast_ref()? else {
        return None;
    };
    match stream.get_ref()?.downcast_ref()? {
        tokio_rustls::rustls::Error::InvalidCertificate(found) => Some(found),
        _ => None,
    }
}

fn causes(error: &tokio_postgres::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
