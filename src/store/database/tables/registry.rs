//! How consumers and credentials are written and found.
//!
//! What is written has to be right beside what others have written before: the row of versions is held first, in a transaction whose
//! parts are all sent at once, and nothing that is read after that is out of date.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::gateway::credential::SecretText;

use super::super::super::kept::DELETING;
use super::super::super::listing::Asked;
use super::super::super::record::{ConsumerRecord, CredentialRecord, Record};
use super::super::connection::{Connection, PATIENCE, Parameter};
use super::super::trouble::Trouble;
use super::rows::{Kind, any, changed_by, select};

/// What became of a row that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It has this version now.
    Written(i64),
    /// Another row has this already.
    Taken(&'static str),
    /// The row is not as it was seen, or the consumer is not there.
    NotAsSeen,
}

/// Writes a consumer, if the row still has the version that was seen (0: there was none).
pub async fn put_consumer(
    connection: &Connection,
    record: &ConsumerRecord,
    seen: i64,
) -> Result<Put, Trouble> {
    let mark = fastrand::i64(..);
    let parameters = [
        (&record.id as _, Type::BYTEA),
        (&mark as _, Type::INT8),
        (&seen as _, Type::INT8),
        (&record.username as _, Type::TEXT),
        (&record.custom_id as _, Type::TEXT),
        (&record.tags as _, Type::TEXT),
        (&record.created_at as _, Type::INT8),
        (&record.updated_at as _, Type::INT8),
    ];
    put(connection, PUT_CONSUMER, &parameters).await
}

/// Writes a credential, if its consumer is there, and the row still has the version that was seen (0: there was none).
pub async fn put_credential(
    connection: &Connection,
    record: &CredentialRecord,
    seen: i64,
) -> Result<Put, Trouble> {
    let mark = fastrand::i64(..);
    let secret = record.secret.as_ref().map(SecretText::text);
    let parameters = [
        (&record.id as _, Type::BYTEA),
        (&mark as _, Type::INT8),
        (&seen as _, Type::INT8),
        (&record.consumer as _, Type::BYTEA),
        (&record.key as _, Type::TEXT),
        (&secret as _, Type::TEXT),
        (&record.rsa_public_key as _, Type::TEXT),
        (&record.algorithm as _, Type::TEXT),
        (&record.tags as _, Type::TEXT),
        (&record.created_at as _, Type::INT8),
    ];
    put(connection, PUT_CREDENTIAL, &parameters).await
}

async fn put(
    connection: &Connection,
    statement: &str,
    parameters: &[Parameter<'_>],
) -> Result<Put, Trouble> {
    let rows = match connection
        .transact(HOLD, statement, parameters, PATIENCE)
        .await
    {
        Ok(rows) => rows,
        Err(trouble) => return taken(&trouble).map(Put::Taken).ok_or(trouble),
    };
    let version = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(version.map_or(Put::NotAsSeen, Put::Written))
}

/// What another row has, where that is why nothing was written.
fn taken(trouble: &Trouble) -> Option<&'static str> {
    let Trouble::Database(error) = trouble else {
        return None;
    };
    let error = error.as_db_error()?;
    if *error.code() != SqlState::UNIQUE_VIOLATION {
        return None;
    }
    match error.constraint()? {
        "tokend_consumers_by_username" => Some("username"),
        "tokend_consumers_by_custom_id" => Some("custom_id"),
        "tokend_credentials_by_key" => Some("key"),
        _ => None,
    }
}

/// Deletes a consumer with its credentials, if it still has the version that was seen, and says which rows stay for those who have not seen
/// that yet: none where it has not.
pub async fn delete_consumer(
    connection: &Connection,
    id: &[u8],
    seen: i64,
) -> Result<Vec<Record>, Trouble> {
    delete(
        connection,
        &delete_statement(DOOMED_WITH_CONSUMER),
        id,
        seen,
    )
    .await
}

/// The same of a credential.
pub async fn delete_credential(
    connection: &Connection,
    id: &[u8],
    seen: i64,
) -> Result<Vec<Record>, Trouble> {
    delete(connection, &delete_statement(DOOMED_ALONE), id, seen).await
}

async fn delete(
    connection: &Connection,
    statement: &str,
    id: &[u8],
    seen: i64,
) -> Result<Vec<Record>, Trouble> {
    let mark = fastrand::i64(..);
    let parameters = [
        (&id as _, Type::BYTEA),
        (&mark as _, Type::INT8),
        (&seen as _, Type::INT8),
    ];
    let rows = connection.transact(HOLD_LONG, statement, &parameters, DELETING);
    let rows = rows.await?;
    let records = rows.iter().filter_map(|row| any(row).transpose());
    records.collect()
}

/// The row with this ID, where it is not deleted.
pub async fn find_registered<T: Kind>(
    connection: &Connection,
    id: &[u8],
) -> Result<Option<T>, Trouble> {
    let rest = "id = $1 AND deleted_at IS NULL";
    let found = select(connection, rest, &[(&id, Type::BYTEA)]).await?;
    Ok(found.into_iter().next())
}

/// The consumer with this username.
pub async fn consumer_by_username(
    connection: &Connection,
    username: &str,
) -> Result<Option<ConsumerRecord>, Trouble> {
    let rest = "username = $1 AND deleted_at IS NULL";
    let found = select(connection, rest, &[(&username, Type::TEXT)]).await?;
    Ok(found.into_iter().next())
}

/// The credential with this key.
pub async fn credential_by_key(
    connection: &Connection,
    key: &str,
) -> Result<Option<CredentialRecord>, Trouble> {
    let rest = "key = $1 AND deleted_at IS NULL";
    let found = select(connection, rest, &[(&key, Type::TEXT)]).await?;
    Ok(found.into_iter().next())
}

/// A portion of those consumers that may be the ones that are asked for, in the order of their IDs.
pub async fn list_consumers(
    connection: &Connection,
    asked: &Asked,
) -> Result<Vec<ConsumerRecord>, Trouble> {
    let size = i64::try_from(asked.size).unwrap_or(i64::MAX);
    let rest = format!("id > $1 AND deleted_at IS NULL AND {TAGGED} ORDER BY id LIMIT $4");
    let parameters = [
        (&asked.after as _, Type::BYTEA),
        (&asked.mode as _, Type::INT4),
        (&asked.words as _, Type::TEXT_ARRAY),
        (&size as _, Type::INT8),
    ];
    select(connection, &rest, &parameters).await
}

/// The same of credentials, of one consumer or of all.
pub async fn list_credentials(
    connection: &Connection,
    of: Option<&[u8]>,
    asked: &Asked,
) -> Result<Vec<CredentialRecord>, Trouble> {
    let size = i64::try_from(asked.size).unwrap_or(i64::MAX);
    let (whose, order) = of.map_or(("$5::bytea IS NULL", "id"), |_| {
        ("consumer = $5", "consumer, id")
    });
    let rest = format!(
        "{whose} AND id > $1 AND deleted_at IS NULL AND {TAGGED} ORDER BY {order} LIMIT $4"
    );
    let parameters = [
        (&asked.after as _, Type::BYTEA),
        (&asked.mode as _, Type::INT4),
        (&asked.words as _, Type::TEXT_ARRAY),
        (&size as _, Type::INT8),
        (&of as _, Type::BYTEA),
    ];
    select(connection, &rest, &parameters).await
}

/// Whether each of the words, or one of them, stands somewhere in the tags as they are written.
const TAGGED: &str = "CASE $2 \
    WHEN 1 THEN NOT EXISTS (SELECT FROM unnest($3) w WHERE strpos(coalesce(tags, ''), w) = 0) \
    WHEN 2 THEN EXISTS (SELECT FROM unnest($3) w WHERE strpos(coalesce(tags, ''), w) > 0) \
    ELSE true END";

/// Whoever writes meanwhile waits, and is seen by nobody in between.
const HOLD: &str = "BEGIN; SELECT FROM tokend_meta FOR UPDATE";

/// A consumer may have very many credentials.
const HOLD_LONG: &str =
    "BEGIN; SET LOCAL statement_timeout = '20s'; SELECT FROM tokend_meta FOR UPDATE";

const PUT_CONSUMER: &str = "WITH next AS (UPDATE tokend_meta SET version = version + 1 RETURNING version), \
    marked AS (INSERT INTO tokend_marks (version, mark) SELECT version, $2 FROM next), \
    written AS (INSERT INTO tokend_consumers AS r (id, version, username, custom_id, tags, created_at, updated_at, deleted_at) \
        SELECT $1, version, $4, $5, $6, $7, $8, NULL FROM next \
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, username = excluded.username, custom_id = excluded.custom_id, \
            tags = excluded.tags, created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = NULL \
        WHERE r.version = $3 RETURNING r.version) \
    SELECT version, pg_notify('tokend_changes', version::text) FROM written";

const PUT_CREDENTIAL: &str = "WITH next AS (UPDATE tokend_meta SET version = version + 1 RETURNING version), \
    marked AS (INSERT INTO tokend_marks (version, mark) SELECT version, $2 FROM next), \
    written AS (INSERT INTO tokend_credentials AS r (id, version, consumer, key, secret, rsa_public_key, algorithm, tags, created_at, \
        deleted_at) \
        SELECT $1, version, $4, $5, $6, $7, $8, $9, $10, NULL FROM next \
            WHERE EXISTS (SELECT FROM tokend_consumers c WHERE c.id = $4 AND c.deleted_at IS NULL) \
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, consumer = excluded.consumer, key = excluded.key, \
            secret = excluded.secret, rsa_public_key = excluded.rsa_public_key, algorithm = excluded.algorithm, tags = excluded.tags, \
            created_at = excluded.created_at, deleted_at = NULL \
        WHERE r.version = $3 RETURNING r.version) \
    SELECT version, pg_notify('tokend_changes', version::text) FROM written";

/// Each row that stays gets a version of its own, the consumer the last one.
fn delete_statement((consumer, credentials): (&str, &str)) -> String {
    format!(
        "WITH owner AS MATERIALIZED (SELECT id FROM tokend_consumers WHERE {consumer} AND deleted_at IS NULL), \
        doomed AS MATERIALIZED (SELECT id, row_number() OVER () AS place FROM tokend_credentials \
            WHERE {credentials} AND deleted_at IS NULL), \
        many AS MATERIALIZED (SELECT (SELECT count(*) FROM owner) + (SELECT count(*) FROM doomed) AS rows), \
        next AS (UPDATE tokend_meta SET version = version + many.rows FROM many WHERE many.rows > 0 \
            RETURNING version, version - many.rows AS before), \
        marked AS (INSERT INTO tokend_marks (version, mark) SELECT version, $2 FROM next), \
        gone_credentials AS (UPDATE tokend_credentials c SET version = n.before + d.place, secret = NULL, rsa_public_key = NULL, \
            deleted_at = extract(epoch FROM now())::bigint FROM doomed d, next n WHERE c.id = d.id RETURNING c.*), \
        gone_consumer AS (UPDATE tokend_consumers c SET version = n.version, deleted_at = extract(epoch FROM now())::bigint \
            FROM owner o, next n WHERE c.id = o.id RETURNING c.*), \
        told AS MATERIALIZED (SELECT pg_notify('tokend_changes', version::text) FROM next) \
        SELECT g.* FROM (({}) UNION ALL ({})) g LEFT JOIN told ON true ORDER BY version",
        changed_by::<CredentialRecord>("gone_credentials"),
        changed_by::<ConsumerRecord>("gone_consumer"),
    )
}

const DOOMED_WITH_CONSUMER: (&str, &str) = (
    "id = $1 AND version = $3",
    "consumer = $1 AND EXISTS (SELECT FROM owner)",
);
const DOOMED_ALONE: (&str, &str) = ("false", "id = $1 AND version = $3");
