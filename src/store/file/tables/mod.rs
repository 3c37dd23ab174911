//! What is read from the file's tables, and written to them.

mod registry;
mod rows;

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension as _, params};

use self::rows::{Kind, PORTION, Result, limit, tables};
use super::super::record::{ConsumerRecord, CredentialRecord, Record, RevocationRecord, Table};

pub use self::registry::{
    consumer_by_username, credential_by_key, credentials_of, find_registered, list_consumers,
    list_credentials, other_with,
};
pub use self::rows::{ALL, Writing, find};

/// A value of the table `meta`.
pub fn meta<T: FromSql>(connection: &Connection, key: &str) -> Result<Option<T>> {
    let found = connection.query_one("SELECT value FROM meta WHERE key = ?1", [key], |row| {
        row.get::<_, Option<T>>(0)
    });
    Ok(found.optional()?.flatten())
}

/// Sets a value of the table `meta`.
pub fn set_meta(connection: &Connection, key: &str, value: impl ToSql) -> Result<()> {
    let set =
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.execute(set, params![key, value]).map(drop)
}

/// The newest version.
pub fn version(connection: &Connection) -> Result<i64> {
    meta(connection, VERSION).map(Option::unwrap_or_default)
}

/// Counts the version up, and says what it is then.
pub fn next_version(connection: &Connection) -> Result<i64> {
    next_versions(connection, 1)
}

/// Counts it up by so many, and says what it is then.
pub fn next_versions(connection: &Connection, many: usize) -> Result<i64> {
    let next = "UPDATE meta SET value = value + ?2 WHERE key = ?1 RETURNING value";
    connection.query_one(next, params![VERSION, limit(many)], |row| row.get(0))
}

/// The revocations behind this name that were not taken back, in the order of their names.
pub fn list(connection: &Connection, after: &[u8], size: usize) -> Result<Vec<RevocationRecord>> {
    let rest = "id > ?1 AND withdrawn_at IS NULL ORDER BY id LIMIT ?2";
    rows::select(connection, rest, params![after, limit(size)])
}

/// Those behind this version, in the order of their versions, as of one moment.
pub fn changes(connection: &Connection, after: i64, size: usize) -> Result<Vec<Record>> {
    let rest = "version > ?1 ORDER BY version LIMIT ?2";
    let moment = connection.unchecked_transaction()?;
    let mut found = select_all(connection, after, size, [rest; 3])?;
    drop(moment);
    found.truncate(size);
    Ok(found)
}

/// What was written behind this version, in the order of the versions: revocations that were not taken back, and all of the rest.
pub fn made_since(connection: &Connection, after: i64, size: usize) -> Result<Vec<Record>> {
    let rest = "version > ?1 ORDER BY version LIMIT ?2";
    let made = "version > ?1 AND withdrawn_at IS NULL ORDER BY version LIMIT ?2";
    let mut found = select_all(connection, after, size, [made, rest, rest])?;
    found.truncate(size);
    Ok(found)
}

/// Those of each table, in the order of their versions.
fn select_all(
    connection: &Connection,
    after: i64,
    size: usize,
    [revocations, consumers, credentials]: [&str; 3],
) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for table in tables(connection)? {
        let with = params![after, limit(size)];
        match table {
            Table::Revocations => found.extend(rows::records::<RevocationRecord>(
                connection,
                revocations,
                with,
            )?),
            Table::Consumers => found.extend(rows::records::<ConsumerRecord>(
                connection, consumers, with,
            )?),
            Table::Credentials => found.extend(rows::records::<CredentialRecord>(
                connection,
                credentials,
                with,
            )?),
        }
    }
    found.sort_by_key(Record::version);
    Ok(found)
}

/// The newest version that a row has.
pub fn newest(connection: &Connection) -> Result<i64> {
    let mut newest = 0;
    for table in tables(connection)? {
        let of_table = format!("SELECT max(version) FROM {}", name(*table));
        let of_table = connection.query_one(&of_table, [], |row| row.get::<_, Option<i64>>(0))?;
        newest = newest.max(of_table.unwrap_or_default());
    }
    Ok(newest)
}

/// Hands on all that were not over at this time and not taken back, in portions.
pub fn all(connection: &Connection, now: i64, mut take: impl FnMut(&[Record])) -> Result<()> {
    for table in tables(connection)? {
        match table {
            Table::Revocations => rows::each::<RevocationRecord>(connection, now, &mut take)?,
            Table::Consumers => rows::each::<ConsumerRecord>(connection, now, &mut take)?,
            Table::Credentials => rows::each::<CredentialRecord>(connection, now, &mut take)?,
        }
    }
    Ok(())
}

/// Writes rows in place of those with the same name.
pub fn put(connection: &Connection, records: &[Record], writing: Writing) -> Result<()> {
    let revocations = records.iter().filter_map(Record::revocation);
    rows::put(connection, revocations, writing)?;
    let consumers = records.iter().filter_map(Record::consumer);
    rows::put(connection, consumers, writing)?;
    let credentials = records.iter().filter_map(Record::credential);
    rows::put(connection, credentials, writing)
}

/// Deletes a portion of the rows of a table behind this name that have another pass. Says behind which one there may be more.
pub fn delete_others(
    connection: &Connection,
    table: Table,
    pass: i64,
    after: &[u8],
) -> Result<Option<Vec<u8>>> {
    let table = name(table);
    let find = format!("SELECT id FROM {table} WHERE id > ?1 AND pass <> ?2 ORDER BY id LIMIT ?3");
    let mut statement = connection.prepare(&find)?;
    let found = statement.query_map(params![after, pass, limit(PORTION)], |row| row.get(0))?;
    let mut found = found.collect::<Result<Vec<Vec<u8>>>>()?;
    delete(connection, table, &found)?;
    Ok(found
        .pop()
        .filter(|_| found.len().saturating_add(1) >= PORTION))
}

fn delete(connection: &Connection, table: &str, ids: &[Vec<u8>]) -> Result<()> {
    let mut delete = connection.prepare(&format!("DELETE FROM {table} WHERE id = ?1"))?;
    for id in ids {
        delete.execute([id])?;
    }
    Ok(())
}

/// Notes that a token was used, and says whether that was the first time.
pub fn use_once(connection: &Connection, digest: &[u8; 32], until: i64) -> Result<bool> {
    let note = "INSERT INTO used VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(connection.execute(note, params![digest, until])? > 0)
}

/// How many tokens are noted as used.
pub fn used(connection: &Connection) -> Result<usize> {
    let count: i64 = connection.query_one("SELECT count(*) FROM used", [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Deletes a portion of what nobody asks for any more, and says whether there may be more of it.
pub fn purge(connection: &Connection, now: i64) -> Result<bool> {
    let mut is_more = false;
    for table in tables(connection)? {
        is_more |= purge_table(connection, *table, now)?;
    }
    let used =
        "DELETE FROM used WHERE digest IN (SELECT digest FROM used WHERE until < ?1 LIMIT ?2)";
    let used = connection.execute(used, params![now.saturating_sub(DAY), limit(PORTION)])?;
    Ok(is_more || used >= PORTION)
}

fn purge_table(connection: &Connection, table: Table, now: i64) -> Result<bool> {
    let (table, is_due) = match table {
        Table::Revocations => (name(table), "until < ?1 OR withdrawn_at < ?1"),
        Table::Consumers | Table::Credentials => (name(table), "deleted_at < ?1"),
    };
    let due = format!("SELECT id, version FROM {table} WHERE {is_due} LIMIT ?2");
    let mut statement = connection.prepare(&due)?;
    let due = params![now.saturating_sub(WEEK), limit(PORTION)];
    let due = statement.query_map(due, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let due = due.collect::<Result<Vec<(Vec<u8>, i64)>>>()?;
    let (ids, versions): (Vec<_>, Vec<_>) = due.into_iter().unzip();
    delete(connection, table, &ids)?;
    if let Some(newest) = versions.iter().max() {
        let raise = "UPDATE meta SET value = max(value, ?2) WHERE key = ?1";
        connection.execute(raise, params![PURGED_UP_TO, newest])?;
    }
    Ok(ids.len() >= PORTION)
}

const fn name(table: Table) -> &'static str {
    match table {
        Table::Revocations => RevocationRecord::TABLE,
        Table::Consumers => ConsumerRecord::TABLE,
        Table::Credentials => CredentialRecord::TABLE,
    }
}

/// Where the newest version stands.
pub const VERSION: &str = "version";
/// Up to which version rows may be missing of which somebody who is behind would have to know.
pub const PURGED_UP_TO: &str = "purged_up_to";

/// A token that was used is known for a day after its time, for clocks that are wrong.
const DAY: i64 = 24 * 60 * 60;
/// What is over stays for a week, for those who ask why, and what was taken back for those who have not seen that.
const WEEK: i64 = 7 * DAY;

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    const NOW: i64 = 100 * DAY;

    fn tables() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        connection
    }

    fn record(id: u8, version: i64) -> RevocationRecord {
        RevocationRecord {
            id: vec![id; 16],
            version,
            kind: "room".to_owned(),
            name: Some(format!("{id}@rooms")),
            digest: None,
            fingerprint: None,
            issued_before: None,
            host: None,
            until: None,
            reason: None,
            made_by: "ops".to_owned(),
            made_at: 1,
            withdrawn_at: None,
        }
    }

    fn writing(pass: i64, is_anew: bool) -> Writing {
        Writing { pass, is_anew }
    }

    fn put_all(connection: &Connection, rows: &[RevocationRecord], writing: Writing) {
        let rows: Vec<Record> = rows.iter().cloned().map(Record::Revocation).collect();
        put(connection, &rows, writing).unwrap();
    }

    fn versions(connection: &Connection) -> Vec<i64> {
        let all = changes(connection, i64::MIN, 100).unwrap();
        all.iter().map(Record::version).collect()
    }

    #[test]
    fn what_was_over_or_withdrawn_for_a_week_is_purged_and_nothing_else() {
        let connection = tables();
        let until = |id, until| RevocationRecord {
            until: Some(until),
            ..record(id, i64::from(id))
        };
        let withdrawn = |id, at| RevocationRecord {
            withdrawn_at: Some(at),
            ..record(id, i64::from(id))
        };
        let rows = [
            record(1, 1),
            until(2, NOW - WEEK),
            until(3, NOW - WEEK - 1),
            withdrawn(4, NOW - WEEK),
            withdrawn(5, NOW - WEEK - 1),
            until(6, NOW + DAY),
        ];
        put_all(&connection, &rows, writing(0, false));
        for (digest, until) in [(1, NOW - DAY - 1), (2, NOW - DAY), (3, NOW + 1)] {
            assert!(use_once(&connection, &[digest; 32], until).unwrap());
        }
        assert!(!purge(&connection, NOW).unwrap());
        assert_eq!(versions(&connection), [1, 2, 4, 6]);
        assert_eq!(meta(&connection, PURGED_UP_TO).unwrap(), Some(5));
        assert_eq!(used(&connection).unwrap(), 2);
        assert!(use_once(&connection, &[1; 32], NOW).unwrap());
        assert!(!use_once(&connection, &[2; 32], NOW).unwrap());
        // What is purged later has no lower version by that.
        put_all(&connection, &[withdrawn(3, 1)], writing(0, false));
        purge(&connection, NOW).unwrap();
        assert_eq!(meta(&connection, PURGED_UP_TO).unwrap(), Some(5));
    }

    #[test]
    fn an_earlier_version_takes_no_later_ones_place_unless_everything_is_read_anew() {
        let connection = tables();
        for (written, is_anew, expected) in
            [(5, false, 5), (4, false, 5), (6, false, 6), (2, true, 2)]
        {
            put_all(&connection, &[record(1, written)], writing(0, is_anew));
            assert_eq!(versions(&connection), [expected]);
        }
    }

    #[test]
    fn what_did_not_come_when_everything_was_read_is_deleted() {
        let connection = tables();
        put_all(
            &connection,
            &[record(1, 1), record(2, 2), record(3, 3)],
            writing(0, false),
        );
        put_all(&connection, &[record(1, 1), record(4, 4)], writing(1, true));
        let left = delete_others(&connection, Table::Revocations, 1, &[]);
        assert_eq!(left.unwrap(), None);
        assert_eq!(versions(&connection), [1, 4]);
    }

    #[test]
    fn what_was_deleted_for_a_week_is_purged_and_nothing_else() {
        let connection = tables();
        let consumer = |id: u8, deleted_at| {
            Record::Consumer(ConsumerRecord {
                id: vec![id; 16],
                version: i64::from(id),
                username: None,
                custom_id: None,
                tags: None,
                created_at: 1,
                updated_at: 1,
                deleted_at,
            })
        };
        let credential = |id: u8, deleted_at| {
            Record::Credential(CredentialRecord {
                id: vec![id; 16],
                version: i64::from(id),
                consumer: vec![1; 16],
                key: "the same".to_owned(),
                secret: None,
                rsa_public_key: None,
                algorithm: "HS256".to_owned(),
                tags: None,
                created_at: 1,
                deleted_at,
            })
        };
        let rows = [
            consumer(1, None),
            consumer(2, Some(NOW - WEEK)),
            consumer(3, Some(NOW - WEEK - 1)),
            credential(4, None),
            credential(5, Some(NOW - WEEK)),
            credential(6, Some(NOW - WEEK - 1)),
            Record::Revocation(record(7, 7)),
        ];
        put(&connection, &rows, writing(0, false)).unwrap();
        assert_eq!(versions(&connection), [1, 2, 3, 4, 5, 6, 7]);
        assert!(!purge(&connection, NOW).unwrap());
        assert_eq!(versions(&connection), [1, 2, 4, 5, 7]);
        assert_eq!(meta(&connection, PURGED_UP_TO).unwrap(), Some(6));
        assert_eq!(newest(&connection).unwrap(), 7);
        let first = changes(&connection, 1, 2).unwrap();
        assert_eq!(
            first.iter().map(Record::version).collect::<Vec<_>>(),
            [2, 4]
        );
    }
}
