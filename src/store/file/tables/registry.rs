//! How consumers and credentials are found.

use rusqlite::{Connection, params};

use super::super::super::listing::Asked;
use super::super::super::record::{ConsumerRecord, CredentialRecord, Table};
use super::rows::{Kind, Result, limit, select, select_one, tables};

/// The row with this ID, where it is not deleted.
pub fn find_registered<T: Kind>(connection: &Connection, id: &[u8]) -> Result<Option<T>> {
    if !is_there(connection)? {
        return Ok(None);
    }
    select_one(connection, "id = ?1 AND deleted_at IS NULL", [id])
}

/// The consumer with this username.
pub fn consumer_by_username(
    connection: &Connection,
    username: &str,
) -> Result<Option<ConsumerRecord>> {
    if !is_there(connection)? {
        return Ok(None);
    }
    // In a copy that is not whole yet another one may still have it.
    let rest = "username = ?1 AND deleted_at IS NULL ORDER BY version DESC LIMIT 1";
    select_one(connection, rest, [username])
}

/// The credential with this key.
pub fn credential_by_key(connection: &Connection, key: &str) -> Result<Option<CredentialRecord>> {
    if !is_there(connection)? {
        return Ok(None);
    }
    let rest = "key = ?1 AND deleted_at IS NULL ORDER BY version DESC LIMIT 1";
    select_one(connection, rest, [key])
}

/// All credentials of a consumer.
pub fn credentials_of(connection: &Connection, consumer: &[u8]) -> Result<Vec<CredentialRecord>> {
    let rest = "consumer = ?1 AND deleted_at IS NULL";
    select(connection, rest, [consumer])
}

/// Whether another row of this kind has this in one of its columns.
pub fn other_with<T: Kind>(
    connection: &Connection,
    column: &str,
    value: &str,
    id: &[u8],
) -> Result<bool> {
    let rest = format!("{column} = ?1 AND deleted_at IS NULL AND id <> ?2 LIMIT 1");
    let other: Option<T> = select_one(connection, &rest, params![value, id])?;
    Ok(other.is_some())
}

/// A portion of those consumers that may be the ones that are asked for, in the order of their IDs.
pub fn list_consumers(connection: &Connection, asked: &Asked) -> Result<Vec<ConsumerRecord>> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    let rest = format!("id > ?1 AND deleted_at IS NULL AND {TAGGED} ORDER BY id LIMIT ?4");
    select(
        connection,
        &rest,
        params![
            asked.after,
            asked.mode,
            asked.words_text(),
            limit(asked.size)
        ],
    )
}

/// The same of credentials, of one consumer or of all.
pub fn list_credentials(
    connection: &Connection,
    of: Option<&[u8]>,
    asked: &Asked,
) -> Result<Vec<CredentialRecord>> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    let whose = of.map_or("?5 IS NULL", |_| "consumer = ?5");
    let rest =
        format!("{whose} AND id > ?1 AND deleted_at IS NULL AND {TAGGED} ORDER BY id LIMIT ?4");
    select(
        connection,
        &rest,
        params![
            asked.after,
            asked.mode,
            asked.words_text(),
            limit(asked.size),
            of
        ],
    )
}

fn is_there(connection: &Connection) -> Result<bool> {
    Ok(tables(connection)?.contains(&Table::Credentials))
}

/// Whether each of the words, or one of them, stands somewhere in the tags as they are written.
const TAGGED: &str = "CASE ?2 \
    WHEN 1 THEN NOT EXISTS (SELECT 1 FROM json_each(?3) w WHERE instr(coalesce(tags, ''), w.value) = 0) \
    WHEN 2 THEN EXISTS (SELECT 1 FROM json_each(?3) w WHERE instr(coalesce(tags, ''), w.value) > 0) \
    ELSE 1 END";
