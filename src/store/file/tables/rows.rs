//! What the rows of all tables have in common.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use super::super::super::record::{
    ConsumerRecord, CredentialRecord, Record, RevocationRecord, Table,
};
use crate::gateway::credential::SecretText;

pub type Result<T> = rusqlite::Result<T>;

/// How rows are written.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// How often everything was read from a database before: rows that have another number were not there the last time.
    pub pass: i64,
    /// Whether rows take the place of those with a later version, too.
    pub is_anew: bool,
}

/// A row of one table.
pub trait Kind: Sized {
    /// Its table.
    const TABLE: &'static str;
    /// Its columns, of which the ID is the first one.
    const COLUMNS: &'static str;
    /// Whether it counts, at the time ?1.
    const COUNTS: &'static str;

    /// Reads one.
    fn read(row: &Row<'_>) -> Result<Self>;
    /// What stands in the columns.
    fn values(&self) -> Vec<&dyn ToSql>;
    /// As any row.
    fn into_record(self) -> Record;
}

/// The row with this name.
pub fn find<T: Kind>(connection: &Connection, id: &[u8]) -> Result<Option<T>> {
    select_one(connection, "id = ?1", [id])
}

/// Those that a condition says, in the order that it says.
pub fn select<T: Kind>(connection: &Connection, rest: &str, with: impl Params) -> Result<Vec<T>> {
    let mut statement = connection.prepare(&selecting::<T>(rest))?;
    statement.query_map(with, T::read)?.collect()
}

/// The first one of them.
pub fn select_one<T: Kind>(
    connection: &Connection,
    rest: &str,
    with: impl Params,
) -> Result<Option<T>> {
    let mut statement = connection.prepare(&selecting::<T>(rest))?;
    statement.query_row(with, T::read).optional()
}

/// The same as any rows.
pub fn records<T: Kind>(
    connection: &Connection,
    rest: &str,
    with: impl Params,
) -> Result<impl Iterator<Item = Record>> {
    let found = select::<T>(connection, rest, with)?;
    Ok(found.into_iter().map(T::into_record))
}

/// Hands on all that count at this time, in portions.
pub fn each<T: Kind>(
    connection: &Connection,
    now: i64,
    take: &mut impl FnMut(&[Record]),
) -> Result<()> {
    // Each statement has the time, whether it asks for it or not.
    let mut statement = connection.prepare(&selecting::<T>(T::COUNTS))?;
    let mut found = statement.query_map([now], T::read)?;
    loop {
        let portion = found.by_ref().take(PORTION);
        let portion = portion.map(|row| row.map(T::into_record));
        let portion = portion.collect::<Result<Vec<_>>>()?;
        if portion.is_empty() {
            return Ok(());
        }
        take(&portion);
    }
}

/// Writes rows in place of those with the same name.
pub fn put<'a, T: Kind + 'a>(
    connection: &Connection,
    rows: impl Iterator<Item = &'a T>,
    writing: Writing,
) -> Result<()> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare(&putting::<T>())?;
    for row in rows {
        let mut values = row.values();
        values.extend([&writing.pass as &dyn ToSql, &writing.is_anew]);
        statement.execute(&*values)?;
    }
    Ok(())
}

/// The tables that there are: a file that an earlier version wrote may be one that can only be read.
pub fn tables(connection: &Connection) -> Result<&'static [Table]> {
    let version =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    let has_registry = version >= WITH_REGISTRY;
    Ok(if has_registry { &ALL } else { &ALL[..1] })
}

/// A size as the database has it.
pub fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn selecting<T: Kind>(rest: &str) -> String {
    format!("SELECT {} FROM {} WHERE {rest}", T::COLUMNS, T::TABLE)
}

fn putting<T: Kind>() -> String {
    let parameters = T::COLUMNS.split(", ").count().saturating_add(2);
    let set = T::COLUMNS.split(", ").skip(1).chain(["pass"]);
    let set: Vec<String> = set
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let places: Vec<String> = (1..parameters).map(|place| format!("?{place}")).collect();
    format!(
        "INSERT INTO {} ({}, pass) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {} \
        WHERE ?{parameters} OR excluded.version > version",
        T::TABLE,
        T::COLUMNS,
        places.join(", "),
        set.join(", ")
    )
}

/// The tables of rows.
pub const ALL: [Table; 3] = [Table::Revocations, Table::Consumers, Table::Credentials];

/// From this `user_version` on there are those of consumers and credentials.
const WITH_REGISTRY: i64 = 1_002;

/// So many rows are handled at a time.
pub const PORTION: usize = 5_000;

impl Kind for RevocationRecord {
    const TABLE: &'static str = "revocations";
    const COLUMNS: &'static str = "id, version, kind, name, digest, fingerprint, issued_before, host, until, reason, made_by, made_at, withdrawn_at";
    const COUNTS: &'static str = "withdrawn_at IS NULL AND (until IS NULL OR until > ?1)";

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            kind: row.get(2)?,
            name: row.get(3)?,
            digest: row.get(4)?,
            fingerprint: row.get(5)?,
            issued_before: row.get(6)?,
            host: row.get(7)?,
            until: row.get(8)?,
            reason: row.get(9)?,
            made_by: row.get(10)?,
            made_at: row.get(11)?,
            withdrawn_at: row.get(12)?,
        })
    }

    fn values(&self) -> Vec<&dyn ToSql> {
        vec![
            &self.id,
            &self.version,
            &self.kind,
            &self.name,
            &self.digest,
            &self.fingerprint,
            &self.issued_before,
            &self.host,
            &self.until,
            &self.reason,
            &self.made_by,
            &self.made_at,
            &self.withdrawn_at,
        ]
    }

    fn into_record(self) -> Record {
        Record::Revocation(self)
    }
}

impl Kind for ConsumerRecord {
    const TABLE: &'static str = "consumers";
    const COLUMNS: &'static str =
        "id, version, username, custom_id, tags, created_at, updated_at, deleted_at";
    const COUNTS: &'static str = "deleted_at IS NULL AND ?1 = ?1";

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            username: row.get(2)?,
            custom_id: row.get(3)?,
            tags: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
            deleted_at: row.get(7)?,
        })
    }

    fn values(&self) -> Vec<&dyn ToSql> {
        vec![
            &self.id,
            &self.version,
            &self.username,
            &self.custom_id,
            &self.tags,
            &self.created_at,
            &self.updated_at,
            &self.deleted_at,
        ]
    }

    fn into_record(self) -> Record {
        Record::Consumer(self)
    }
}

impl Kind for CredentialRecord {
    const TABLE: &'static str = "credentials";
    const COLUMNS: &'static str = "id, version, consumer, key, secret, rsa_public_key, algorithm, tags, created_at, deleted_at";
    const COUNTS: &'static str = "deleted_at IS NULL AND ?1 = ?1";

    fn read(row: &Row<'_>) -> Result<Self> {
        let secret: Option<String> = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            consumer: row.get(2)?,
            key: row.get(3)?,
            secret: secret.map(Into::into),
            rsa_public_key: row.get(5)?,
            algorithm: row.get(6)?,
            tags: row.get(7)?,
            created_at: row.get(8)?,
            deleted_at: row.get(9)?,
        })
    }

    fn values(&self) -> Vec<&dyn ToSql> {
        vec![
            &self.id,
            &self.version,
            &self.consumer,
            &self.key,
            &self.secret,
            &self.rsa_public_key,
            &self.algorithm,
            &self.tags,
            &self.created_at,
            &self.deleted_at,
        ]
    }

    fn into_record(self) -> Record {
        Record::Credential(self)
    }
}

impl ToSql for SecretText {
    fn to_sql(&self) -> Result<rusqlite::types::ToSqlOutput<'_>> {
        self.text().to_sql()
    }
}
