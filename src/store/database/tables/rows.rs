//! What the rows of all tables have in common.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::super::super::record::{ConsumerRecord, CredentialRecord, Record, RevocationRecord};
use super::super::connection::{Connection, Parameter};
use super::super::trouble::Trouble;

/// A row of one table.
pub trait Kind: Sized {
    /// Its table.
    const TABLE: &'static str;
    /// What rows of this table are marked with, where there are those of others.
    const MARK: i32;
    /// Its columns.
    const COLUMNS: &'static [&'static str];

    /// Reads one, by the names of its columns.
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error>;
}

/// The row with this name.
pub async fn find<T: Kind>(connection: &Connection, id: &[u8]) -> Result<Option<T>, Trouble> {
    let found = select(connection, "id = $1", &[(&id, Type::BYTEA)]).await?;
    Ok(found.into_iter().next())
}

/// Those that a condition says, in the order that it says.
pub async fn select<T: Kind>(
    connection: &Connection,
    rest: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<T>, Trouble> {
    let columns = T::COLUMNS.join(", ");
    let statement = format!("SELECT {columns} FROM {} WHERE {rest}", T::TABLE);
    let rows = connection.rows(&statement, parameters).await?;
    read(&rows)
}

/// Reads rows of one table.
pub fn read<T: Kind>(rows: &[Row]) -> Result<Vec<T>, Trouble> {
    let read = rows.iter().map(T::read);
    Ok(read.collect::<Result<_, _>>()?)
}

/// The first ones of the rows behind the version $1, of each table that there is, with the columns that any row has.
pub fn changed(has_registry: bool) -> String {
    let revocations = changed_in::<RevocationRecord>();
    if !has_registry {
        return revocations;
    }
    let consumers = changed_in::<ConsumerRecord>();
    let credentials = changed_in::<CredentialRecord>();
    format!("{revocations} UNION ALL {consumers} UNION ALL {credentials}")
}

fn changed_in<T: Kind>() -> String {
    let from = changed_by::<T>(T::TABLE);
    format!("({from} WHERE version > $1 ORDER BY version LIMIT $3)")
}

/// Rows of a table, as these stand somewhere, with the columns that any row has.
pub fn changed_by<T: Kind>(source: &str) -> String {
    let columns = SHAPE.iter().map(|(name, kind)| {
        if T::COLUMNS.contains(name) {
            (*name).to_owned()
        } else {
            format!("NULL::{kind} AS {name}")
        }
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "SELECT {} AS of_table, {} FROM {source}",
        T::MARK,
        columns.join(", ")
    )
}

/// Reads a row of whichever table. None where there is none.
pub fn any(row: &Row) -> Result<Option<Record>, Trouble> {
    let mark: Option<i32> = row.try_get("of_table")?;
    Ok(match mark {
        None => None,
        Some(RevocationRecord::MARK) => Some(Record::Revocation(Kind::read(row)?)),
        Some(ConsumerRecord::MARK) => Some(Record::Consumer(Kind::read(row)?)),
        Some(_) => Some(Record::Credential(Kind::read(row)?)),
    })
}

/// The columns of all tables.
const SHAPE: &[(&str, &str)] = &[
    ("id", "bytea"),
    ("version", "bigint"),
    ("kind", "text"),
    ("name", "text"),
    ("digest", "bytea"),
    ("fingerprint", "bigint"),
    ("issued_before", "bigint"),
    ("host", "text"),
    ("until", "bigint"),
    ("reason", "text"),
    ("made_by", "text"),
    ("made_at", "bigint"),
    ("withdrawn_at", "bigint"),
    ("username", "text"),
    ("custom_id", "text"),
    ("consumer", "bytea"),
    ("key", "text"),
    ("secret", "text"),
    ("rsa_public_key", "text"),
    ("algorithm", "text"),
    ("tags", "text"),
    ("created_at", "bigint"),
    ("updated_at", "bigint"),
    ("deleted_at", "bigint"),
];

impl Kind for RevocationRecord {
    const TABLE: &'static str = "tokend_revocations";
    const MARK: i32 = 1;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "version",
        "kind",
        "name",
        "digest",
        "fingerprint",
        "issued_before",
        "host",
        "until",
        "reason",
        "made_by",
        "made_at",
        "withdrawn_at",
    ];

    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            kind: row.try_get("kind")?,
            name: row.try_get("name")?,
            digest: row.try_get("digest")?,
            fingerprint: row.try_get("fingerprint")?,
            issued_before: row.try_get("issued_before")?,
            host: row.try_get("host")?,
            until: row.try_get("until")?,
            reason: row.try_get("reason")?,
            made_by: row.try_get("made_by")?,
            made_at: row.try_get("made_at")?,
            withdrawn_at: row.try_get("withdrawn_at")?,
        })
    }
}

impl Kind for ConsumerRecord {
    const TABLE: &'static str = "tokend_consumers";
    const MARK: i32 = 2;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "version",
        "username",
        "custom_id",
        "tags",
        "created_at",
        "updated_at",
        "deleted_at",
    ];

    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            username: row.try_get("username")?,
            custom_id: row.try_get("custom_id")?,
            tags: row.try_get("tags")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            deleted_at: row.try_get("deleted_at")?,
        })
    }
}

impl Kind for CredentialRecord {
    const TABLE: &'static str = "tokend_credentials";
    const MARK: i32 = 3;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "version",
        "consumer",
        "key",
        "secret",
        "rsa_public_key",
        "algorithm",
        "tags",
        "created_at",
        "deleted_at",
    ];

    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let secret: Option<String> = row.try_get("secret")?;
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            consumer: row.try_get("consumer")?,
            key: row.try_get("key")?,
            secret: secret.map(Into::into),
            rsa_public_key: row.try_get("rsa_public_key")?,
            algorithm: row.try_get("algorithm")?,
            tags: row.try_get("tags")?,
            created_at: row.try_get("created_at")?,
            deleted_at: row.try_get("deleted_at")?,
        })
    }
}
