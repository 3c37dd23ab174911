//! The tables of the file.
//!
//! A version has two numbers. A new second one adds tables, or columns that may be empty: a daemon that does not know them goes on with
//! those that it knows, so that two versions of it can have the same file. What an added column says of a revocation may only narrow
//! it: who does not know of it denies more, and not less. Names are unique among what is not deleted; whoever writes sees to that, and not an
//! index: a copy gets changes of a database in an order in which two may have a name for a moment. Anything else takes a new first number, which an older daemon refuses.

use rusqlite::{Connection, TransactionBehavior};

use super::trouble::Trouble;

/// The versions' first number.
const MAJOR: i64 = 1;

/// What leads from each second number to the next one.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES ('version', 0), ('purged_up_to', 0);
    CREATE TABLE revocations (
        id BLOB NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT,
        digest BLOB,
        fingerprint INTEGER,
        issued_before INTEGER,
        host TEXT,
        until INTEGER,
        reason TEXT,
        made_by TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        withdrawn_at INTEGER,
        pass INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX revocations_by_version ON revocations (version);
    CREATE INDEX revocations_by_until ON revocations (until) WHERE until IS NOT NULL;
    CREATE INDEX revocations_by_withdrawn_at ON revocations (withdrawn_at) WHERE withdrawn_at IS NOT NULL;
    CREATE TABLE used (digest BLOB NOT NULL PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX used_by_until ON used (until);
", "
    CREATE TABLE consumers (
        id BLOB NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        username TEXT,
        custom_id TEXT,
        tags TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        pass INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX consumers_by_version ON consumers (version);
    CREATE INDEX consumers_by_username ON consumers (username) WHERE deleted_at IS NULL;
    CREATE INDEX consumers_by_custom_id ON consumers (custom_id) WHERE deleted_at IS NULL;
    CREATE INDEX consumers_by_deleted_at ON consumers (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE TABLE credentials (
        id BLOB NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        consumer BLOB NOT NULL,
        key TEXT NOT NULL,
        secret TEXT,
        rsa_public_key TEXT,
        algorithm TEXT NOT NULL,
        tags TEXT,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER,
        pass INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX credentials_by_version ON credentials (version);
    CREATE INDEX credentials_by_key ON credentials (key) WHERE deleted_at IS NULL;
    CREATE INDEX credentials_by_consumer ON credentials (consumer, id) WHERE deleted_at IS NULL;
    CREATE INDEX credentials_by_deleted_at ON credentials (deleted_at) WHERE deleted_at IS NOT NULL;
"];

/// The text `tokd` as a number: whose file it is.
const APPLICATION: i64 = 0x746f_6b64;

/// Between the first number and the second one in `user_version`.
const MAJOR_UNIT: i64 = 1_000;

/// Refuses a file that is not this version's to be written, before anything of it is.
pub fn check(connection: &Connection) -> Result<(), Trouble> {
    version(connection).map(drop)
}

/// Makes the tables what this version needs, and says which version they have then.
pub fn migrate(connection: &mut Connection) -> Result<(i64, i64), Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let missing = usize::try_from(found.1).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(missing) {
        transaction.execute_batch(migration)?;
    }
    if found.1 < newest {
        let version = MAJOR.saturating_mul(MAJOR_UNIT).saturating_add(newest);
        transaction.pragma_update(None, "user_version", version)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    transaction.commit()?;
    Ok((MAJOR, found.1.max(newest)))
}

/// The version of tables that are only to be read.
pub fn readable(connection: &Connection) -> Result<(i64, i64), Trouble> {
    match version_of(connection)? {
        (_, 0) => Err(Trouble::Empty),
        version => Ok(version),
    }
}

fn version(connection: &Connection) -> Result<(i64, i64), Trouble> {
    let version = version_of(connection)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    if version.1 == 0 && connection.query_one(tables, [], |row| row.get::<_, i64>(0))? > 0 {
        return Err(Trouble::NotOurs);
    }
    Ok(version)
}

fn version_of(connection: &Connection) -> Result<(i64, i64), Trouble> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application != APPLICATION {
        return match (application, version) {
            (0, 0) => Ok((MAJOR, 0)),
            _ => Err(Trouble::NotOurs),
        };
    }
    let (major, minor) = (
        version.div_euclid(MAJOR_UNIT),
        version.rem_euclid(MAJOR_UNIT),
    );
    if major == MAJOR {
        return Ok((major, minor));
    }
    Err(Trouble::Newer(major, minor))
}
