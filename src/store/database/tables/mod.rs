//! What is read from the database's tables, and written to them.
//!
//! Each is one statement, so that no connection that breaks leaves a transaction open. Who writes counts the version up first, which
//! holds up others until that is done: versions become visible in their order, and whoever reads behind one misses none.

mod registry;
mod revocations;
mod rows;

use tokio_postgres::types::Type;

use super::super::record::{ConsumerRecord, CredentialRecord, Record, RevocationRecord};
use super::connection::Connection;
use super::schema::WITH_REGISTRY;
use super::trouble::Trouble;

pub use self::registry::{
    Put, consumer_by_username, credential_by_key, delete_consumer, delete_credential,
    find_registered, list_consumers, list_credentials, put_consumer, put_credential,
};
pub use self::revocations::{list, put};
use self::rows::Kind;
pub use self::rows::find;

/// What has changed behind a version, as of one moment.
pub struct Changes {
    /// Which database it is.
    pub store_id: String,
    /// The newest version.
    pub head: i64,
    /// What stands beside it.
    pub head_mark: i64,
    /// What stands beside the version that was known before.
    pub seen_mark: Option<i64>,
    /// Up to this version rows may be missing of which somebody who is behind would have to know.
    pub purged_up_to: i64,
    /// The first ones of the rows, in the order of their versions.
    pub records: Vec<Record>,
}

/// Reads what has changed behind a version.
pub async fn changes(
    connection: &Connection,
    after: i64,
    seen: i64,
    size: usize,
) -> Result<Changes, Trouble> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let has_registry = connection.has_registry();
    let statement = format!(
        "WITH known AS MATERIALIZED (SELECT store_id, version AS head, purged_up_to, schema_minor, \
            (SELECT mark FROM tokend_marks h WHERE h.version = m.version) AS head_mark, \
            (SELECT mark FROM tokend_marks s WHERE s.version = $2) AS seen_mark FROM tokend_meta m) \
        SELECT k.*, r.* FROM known k LEFT JOIN LATERAL (SELECT u.* FROM ({}) u ORDER BY version LIMIT $3) r ON true ORDER BY r.version",
        rows::changed(has_registry),
    );
    let parameters = [
        (&after as _, Type::INT8),
        (&seen as _, Type::INT8),
        (&size as _, Type::INT8),
    ];
    let rows = connection.rows(&statement, &parameters).await?;
    let first = rows.first();
    let first = first.ok_or(Trouble::Broken("tokend_meta is empty"))?;
    let minor: i32 = first.try_get("schema_minor")?;
    if !has_registry && usize::try_from(minor).is_ok_and(|minor| minor >= WITH_REGISTRY) {
        return Err(Trouble::Migrated);
    }
    let head_mark: Option<i64> = first.try_get("head_mark")?;
    let records = rows.iter().filter_map(|row| rows::any(row).transpose());
    Ok(Changes {
        store_id: first.try_get("store_id")?,
        head: first.try_get("head")?,
        head_mark: head_mark.ok_or(Trouble::Broken("tokend_marks lacks the newest version"))?,
        seen_mark: first.try_get("seen_mark")?,
        purged_up_to: first.try_get("purged_up_to")?,
        records: records.collect::<Result<_, _>>()?,
    })
}

/// Notes that a token was used, and says whether that was the first time.
pub async fn use_once(
    connection: &Connection,
    digest: &[u8; 32],
    until: i64,
) -> Result<bool, Trouble> {
    let note = "INSERT INTO tokend_used (digest, until) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let parameters = [
        (&digest.as_slice() as _, Type::BYTEA),
        (&until as _, Type::INT8),
    ];
    Ok(connection.change(note, &parameters).await? > 0)
}

/// Writes something that changes nothing.
pub async fn probe(connection: &Connection) -> Result<(), Trouble> {
    connection
        .execute("UPDATE tokend_meta SET probed_at = now()")
        .await
}

/// Deletes a portion of what nobody asks for any more, by the database's time, and says whether there may be more of it.
pub async fn purge(connection: &Connection) -> Result<bool, Trouble> {
    let mut most = 0;
    for (table, is_due) in [
        (RevocationRecord::TABLE, "until < $$ OR withdrawn_at < $$"),
        (CredentialRecord::TABLE, "deleted_at < $$"),
        (ConsumerRecord::TABLE, "deleted_at < $$"),
    ] {
        let is_due = is_due.replace("$$", A_WEEK_AGO);
        let deleted = purge_table(connection, table, &is_due).await?;
        most = deleted.max(most);
    }
    connection.execute(PURGE_MARKS).await?;
    let size = (&PORTION as _, Type::INT8);
    let used = connection.change(PURGE_USED, &[size]).await?;
    let used = i64::try_from(used).unwrap_or_default();
    Ok(most.max(used) >= PORTION)
}

/// Whoever writes meanwhile waits, and what was changed before that is looked at again.
async fn purge_table(connection: &Connection, table: &str, is_due: &str) -> Result<i64, Trouble> {
    let purge = format!(
        "WITH held AS (SELECT FROM tokend_meta FOR UPDATE), \
        due AS (SELECT id FROM {table} WHERE {is_due} LIMIT $1), \
        gone AS (DELETE FROM {table} WHERE EXISTS (SELECT FROM held) AND id IN (SELECT id FROM due) AND ({is_due}) \
            RETURNING version), \
        raised AS (UPDATE tokend_meta SET purged_up_to = greatest(purged_up_to, (SELECT max(version) FROM gone)) \
            WHERE EXISTS (SELECT FROM gone)) \
        SELECT count(*) FROM gone"
    );
    let size = (&PORTION as _, Type::INT8);
    let rows = connection.rows(&purge, &[size]).await?;
    let deleted = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(deleted.unwrap_or_default())
}

const A_WEEK_AGO: &str = "extract(epoch FROM now())::bigint - 604800";

/// Who is behind for longer than that reads everything.
const PURGE_MARKS: &str = "DELETE FROM tokend_marks WHERE made_at < now() - interval '8 days' \
    AND version < (SELECT version FROM tokend_meta)";

const PURGE_USED: &str = "DELETE FROM tokend_used WHERE digest IN (SELECT digest FROM tokend_used \
    WHERE until < extract(epoch FROM now())::bigint - 86400 LIMIT $1)";

const PORTION: i64 = 5_000;

#[cfg(test)]
mod tests {
    use support::postgres::{PASSWORD, Postgres};

    use super::super::super::address::DatabaseAddress;
    use super::super::super::settings::Database;
    use super::*;
    use crate::secret::Secret;

    fn record(id: u8) -> RevocationRecord {
        RevocationRecord {
            id: vec![id; 16],
            version: 0,
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

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_are_written_as_they_were_seen_and_purged_after_a_week() {
        let server = Postgres::start();
        let database = Database {
            address: DatabaseAddress::parse(&server.url(server.port())).unwrap(),
            password: Some(Secret::from(PASSWORD.to_owned())),
            ca_file: None,
        };
        let connection = Connection::open(&database).await.unwrap();
        let now: i64 = server
            .sql("SELECT extract(epoch FROM now())::bigint")
            .trim()
            .parse()
            .unwrap();
        let until = |id, until| RevocationRecord {
            until: Some(now + until),
            ..record(id)
        };
        for (version, row) in
            (1..).zip([record(1), until(2, -604_900), until(3, -604_700), record(4)])
        {
            assert_eq!(put(&connection, &row, 0).await.unwrap(), Some(version));
        }
        // Only who has seen the row as it is changes it.
        let withdrawn = RevocationRecord {
            withdrawn_at: Some(1),
            ..record(4)
        };
        for seen in [0, 3, 5] {
            assert_eq!(put(&connection, &withdrawn, seen).await.unwrap(), None);
        }
        let version = put(&connection, &withdrawn, 4).await.unwrap().unwrap();
        let found = find::<RevocationRecord>(&connection, &withdrawn.id);
        let found = found.await.unwrap().unwrap();
        assert!(
            found.version == version
                && found
                    .withdrawn_at
                    .is_some_and(|at| (now..now + 60).contains(&at))
        );

        let ids = async || -> Vec<u8> {
            let all = changes(&connection, 0, 0, 100).await.unwrap();
            all.records
                .iter()
                .map(|record| record.name().1[0])
                .collect()
        };
        assert!(!purge(&connection).await.unwrap());
        assert_eq!(ids().await, [1, 3, 4]);
        server.sql("UPDATE tokend_revocations SET withdrawn_at = withdrawn_at - 604900 WHERE withdrawn_at IS NOT NULL; \
            UPDATE tokend_marks SET made_at = made_at - interval '9 days'; \
            INSERT INTO tokend_used VALUES ('a', 1)");
        assert!(!purge(&connection).await.unwrap());
        assert_eq!(ids().await, [1, 3]);
        let left = changes(&connection, 0, 0, 100).await.unwrap();
        assert_eq!(
            (left.purged_up_to, left.head, left.seen_mark),
            (version, version, None)
        );
        assert_eq!(server.sql("SELECT count(*) FROM tokend_used").trim(), "0");
        assert_eq!(server.sql("SELECT count(*) FROM tokend_marks").trim(), "1");
        server.sql(
            "INSERT INTO tokend_consumers (id, version, created_at, updated_at, deleted_at) VALUES ('a', 20, 1, 1, 1), ('b', 21, 1, 1, NULL); \
            INSERT INTO tokend_credentials (id, version, consumer, key, algorithm, created_at, deleted_at) VALUES \
            ('c', 22, 'b', 'k', 'HS256', 1, 1), ('d', 23, 'b', 'k', 'HS256', 1, NULL)",
        );
        assert!(!purge(&connection).await.unwrap());
        let left = changes(&connection, 19, 0, 100).await.unwrap();
        let versions: Vec<i64> = left.records.iter().map(Record::version).collect();
        assert_eq!((versions, left.purged_up_to), (vec![21, 23], 22));
    }
}
