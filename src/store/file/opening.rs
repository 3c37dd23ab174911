//! How the file is opened, and whether it still is the one that was.
#![expect(
    clippy::disallowed_methods,
    reason = "looks which file is at the store's path, and moves one aside that is damaged"
)]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::files;

use super::schema;
use super::trouble::{BUSY_SECONDS, Trouble, user};

/// The file, open.
pub struct OpenFile {
    /// The connection to it.
    pub connection: Connection,
    /// The version of its tables.
    pub schema: (i64, i64),
    /// Whether it can be written as well.
    pub is_writable: bool,
    path: PathBuf,
    identity: Identity,
}

/// Which file it is, whatever its name: device and inode.
type Identity = (u64, u64);

/// What became of the file at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// It is the one that is open.
    Same,
    /// There is none.
    Gone,
    /// There is another one.
    Replaced,
}

/// Opens the file, and makes it where there is none. Of one that is not known it is looked whether it is damaged.
pub fn open(path: &Path, is_known: bool) -> Result<OpenFile, Trouble> {
    make(path)?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Before anything is written: what is damaged must not be made worse.
    if !is_known {
        check(&connection)?;
    }
    schema::check(&connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    let schema = schema::migrate(&mut connection)?;
    opened(path, connection, schema, true)
}

/// Opens the file for reading alone.
pub fn open_to_read(path: &Path) -> Result<OpenFile, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let usual = connect(path, flags).and_then(|connection| {
        let schema = schema::readable(&connection)?;
        Ok((connection, schema))
    });
    let (connection, schema) = match usual {
        Err(Trouble::ReadOnly { .. }) if !has_log(path) => {
            // Where not even the files beside it can be made. Nobody writes it then.
            let uri = format!("file:{}?immutable=1", percent_encoded(path));
            let connection = connect(Path::new(&uri), flags | OpenFlags::SQLITE_OPEN_URI)?;
            let schema = schema::readable(&connection)?;
            (connection, schema)
        }
        other => other?,
    };
    check(&connection)?;
    opened(path, connection, schema, false)
}

fn opened(
    path: &Path,
    connection: Connection,
    schema: (i64, i64),
    is_writable: bool,
) -> Result<OpenFile, Trouble> {
    Ok(OpenFile {
        connection,
        schema,
        is_writable,
        path: path.to_owned(),
        identity: identity(path)
            .map_err(Trouble::System)?
            .ok_or(Trouble::Gone)?,
    })
}

/// Makes an empty file that only the daemon may read, and not through `SQLite`, which goes by the umask.
fn make(path: &Path) -> Result<(), Trouble> {
    // One that is there is not opened here: closing it would take away the locks that others have of it in this process.
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(Trouble::NotAFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(path);
            if is_missing(folder) {
                return Err(Trouble::NoFolder {
                    folder: folder.display().to_string(),
                    user: user(),
                });
            }
            files::append(path, MODE).map(drop).map_err(Trouble::System)
        }
        Err(error) => Err(Trouble::System(error)),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Trouble> {
    // Nothing but the keeper's thread uses it.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
    // What is acknowledged is on the disk, whatever happens to the machine.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(connection)
}

fn check(connection: &Connection) -> Result<(), Trouble> {
    let found: String = connection.query_one("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(Trouble::Damaged(found))
}

impl OpenFile {
    /// Whether this is still the file at the path.
    pub fn whereabouts(&self) -> Whereabouts {
        match identity(&self.path) {
            Ok(None) => Whereabouts::Gone,
            Ok(Some(found)) if found != self.identity => Whereabouts::Replaced,
            // What cannot be seen is no reason to doubt it.
            Ok(Some(_)) | Err(_) => Whereabouts::Same,
        }
    }
}

fn identity(path: &Path) -> io::Result<Option<Identity>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some((found.dev(), found.ino()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(folder: &Path) -> bool {
    fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Whether there are changes beside the file that are not in it yet.
fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// The path with this at its end.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn percent_encoded(path: &Path) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
    const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
    percent_encode(path.as_os_str().as_encoded_bytes(), SPECIAL).to_string()
}

const MODE: u32 = 0o600;

/// As long may the log be that stays beside the file.
const LOG_BYTES: i64 = 16 * 1024 * 1024;
