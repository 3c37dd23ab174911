//! Two versions of the daemon: tables of the one that knew of revocations alone, and its statements beside this one.

use std::path::Path;

use prosody_tokend::store::registry::ConsumerName;
use rusqlite::{Connection, params};

use super::super::daemon::{Daemon, Extent, room};
use super::super::file::place;
use super::daemon::consumer;
use support::postgres::Postgres;
use support::until;

/// Makes a file what the earlier version left.
fn set_back(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "DROP TABLE consumers; DROP TABLE credentials; DELETE FROM meta WHERE key = 'copied_registry'; \
         PRAGMA user_version = 1001",
    )
    .unwrap();
}

const SET_BACK: &str = "DROP TABLE tokend_consumers; DROP TABLE tokend_credentials; \
    UPDATE tokend_meta SET schema_minor = 1";

#[test]
fn a_file_of_the_earlier_version_is_taken_on_with_all_that_it_has() {
    let (_folder, path) = place();
    Daemon::alone(&path).revoke_room("a@rooms");
    set_back(&path);
    let daemon = Daemon::alone(&path);
    assert_eq!(
        (daemon.extent(), daemon.rooms()),
        (Extent::All, vec!["a@rooms".to_owned()])
    );
    assert_eq!(daemon.state().schema.as_deref(), Some("1.2"));
    daemon.add_consumer(1);
    let kept = daemon.add(1, 1);
    assert!(kept.version > 1 && daemon.admits("key-1") && daemon.denies("a@rooms"));
}

#[test]
fn the_earlier_version_follows_a_file_and_is_followed() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    daemon.add_consumer(1);
    daemon.add(1, 1);
    let file = Connection::open(&path).unwrap();
    // As the earlier version writes and reads.
    let revocation = room("theirs@rooms");
    let next = "UPDATE meta SET value = value + 1 WHERE key = 'version' RETURNING value";
    let version: i64 = file.query_row(next, [], |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
    file.execute(
        "INSERT INTO revocations (id, version, kind, name, made_by, made_at, pass) VALUES (?1, ?2, 'room', 'theirs@rooms', 'ops', 1, 0) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE excluded.version > version",
        params![revocation.id().as_bytes(), version],
    )
    .unwrap();
    daemon.until_denies("theirs@rooms", true);
    daemon.add(2, 1);
    let ours = daemon.revoke_room("ours@rooms");
    assert_eq!(ours.version, 5);
    let changes = "SELECT version FROM revocations WHERE version > 0 ORDER BY version LIMIT 5000";
    let mut statement = file.prepare(changes).unwrap();
    let versions = statement.query_map([], |row| row.get(0)).unwrap();
    let versions: Vec<i64> = versions.map(Result::unwrap).collect();
    assert_eq!(versions, [3, 5]);
}

#[test]
fn a_copy_of_the_earlier_version_is_read_anew_and_lacks_no_credential_that_others_made_before() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let later = Daemon::sharing(&folder.path().join("later.db"), &url);
    later.add_consumer(1);
    later.add(1, 1);
    later.revoke_room("a@rooms");
    let daemon = Daemon::sharing(&path, &url);
    daemon.until_copied(&path);
    drop(daemon);
    set_back(&path);
    let daemon = Daemon::sharing(&path, &url);
    assert_eq!(daemon.extent(), Extent::All);
    daemon.until_admits("key-1", true);
    assert!(daemon.denies("a@rooms"));
    daemon.until_copied(&path);
    drop(daemon);

    // The earlier version goes on with the copy for a while, and what it does not know of is not in it.
    later.add(2, 1);
    later.delete(1).unwrap();
    later.revoke_room("b@rooms");
    let mark =
        "SELECT m.version || ' ' || mark FROM tokend_meta m JOIN tokend_marks USING (version)";
    let known = server.sql(mark);
    let (version, mark) = known.trim().split_once(' ').unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(&format!(
        "UPDATE meta SET value = {version} WHERE key IN ('version', 'copied_version'); \
         UPDATE meta SET value = {mark} WHERE key = 'copied_mark'"
    ))
    .unwrap();
    drop(file);
    let daemon = Daemon::sharing(&path, &url);
    daemon.until_admits("key-2", true);
    daemon.until_admits("key-1", false);
    assert_eq!(daemon.keys(), ["key-2"]);
}

#[test]
fn a_copy_of_the_earlier_version_counts_where_the_database_is_away() {
    let mut server = Postgres::start();
    let (_folder, path) = place();
    let url = server.url(server.port());
    let daemon = Daemon::sharing(&path, &url);
    daemon.revoke_room("a@rooms");
    daemon.until_copied(&path);
    drop(daemon);
    set_back(&path);
    server.kill();
    let daemon = Daemon::sharing(&path, &url);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 1));
    assert!(daemon.denies("a@rooms"));
    let name = ConsumerName::Id(consumer(1).id);
    assert_eq!(daemon.find_consumer(name).unwrap(), None);
}

#[test]
fn a_database_of_the_earlier_version_is_taken_on_while_that_one_uses_it() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    Daemon::sharing(&path, &url).revoke_room("a@rooms");
    server.sql(SET_BACK);
    let daemon = Daemon::sharing(&folder.path().join("new.db"), &url);
    assert!(daemon.denies("a@rooms"));
    daemon.add_consumer(1);
    daemon.add(1, 1);
    // As the earlier version writes and reads.
    let id = room("b@rooms").id();
    let id = hex::encode(id.as_bytes());
    server.sql(&format!(
        "WITH next AS (UPDATE tokend_meta SET version = version + 1 RETURNING version), \
         marked AS (INSERT INTO tokend_marks (version, mark) SELECT version, 7 FROM next), \
         written AS (INSERT INTO tokend_revocations AS r (id, version, kind, name, made_by, made_at) \
            SELECT '\\x{id}', version, 'room', 'b@rooms', 'ops', 1 FROM next \
            ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE r.version = 0 RETURNING r.version) \
         SELECT version, pg_notify('tokend_changes', version::text) FROM written"
    ));
    daemon.until_denies("b@rooms", true);
    daemon.delete_consumer(1).unwrap();
    let read = "WITH known AS MATERIALIZED (SELECT store_id, version, purged_up_to, \
            (SELECT mark FROM tokend_marks h WHERE h.version = m.version) AS head_mark, \
            (SELECT mark FROM tokend_marks s WHERE s.version = 4) AS seen_mark FROM tokend_meta m) \
        SELECT k.version, k.head_mark IS NOT NULL, k.seen_mark, r.version FROM known k LEFT JOIN LATERAL \
            (SELECT version FROM tokend_revocations WHERE version > 0 ORDER BY version LIMIT 10) r ON true ORDER BY r.version";
    assert_eq!(server.sql(read).trim(), "6|t|7|1\n6|t|7|4");
}

#[test]
fn who_may_not_make_the_tables_follows_revocations_and_credentials_once_another_one_has() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    Daemon::sharing(&path, &url).revoke_room("a@rooms");
    server.sql(SET_BACK);
    server.sql("ALTER ROLE tokend SET default_transaction_read_only = on");
    let reading = Daemon::sharing(&folder.path().join("reading.db"), &url);
    assert_eq!(reading.extent(), Extent::All);
    assert!(reading.denies("a@rooms"), "{:?}", reading.state());
    server.sql("ALTER ROLE tokend RESET default_transaction_read_only");
    let writing = Daemon::sharing(&path, &url);
    writing.add_consumer(1);
    writing.add(1, 1);
    reading.until_admits("key-1", true);
    writing.revoke_room("b@rooms");
    reading.until_denies("b@rooms", true);
}

#[test]
fn what_was_written_before_there_was_a_database_is_shared_with_what_was_deleted_since() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let alone = Daemon::alone(&path);
    alone.add_consumer(1);
    for number in 0..250 {
        alone.add(number, 1);
    }
    // The consumer has a later version than its credentials.
    let name = ConsumerName::Id(consumer(1).id);
    let kept = alone.find_consumer(name).unwrap().unwrap();
    let expected = prosody_tokend::store::registry::Expected::Version(kept.version);
    alone.put_consumer(kept.value, expected).unwrap();
    alone.delete(7).unwrap();
    drop(alone);
    let other = Daemon::sharing(&folder.path().join("other.db"), &url);
    let daemon = Daemon::sharing(&path, &url);
    until("all to be shared", || {
        (other.credentials().len() == 249 && daemon.credentials().len() == 249).then_some(())
    });
    assert_eq!(daemon.keys(), other.keys());
    assert!(!other.admits("key-7") && other.admits("key-8"));
    daemon.until_copied(&path);
    drop(daemon);

    // The copy goes on by itself for a while: what is deleted there is deleted, and what others delete meanwhile is not brought back.
    let alone = Daemon::alone(&path);
    assert_eq!(alone.credentials().len(), 249);
    alone.delete(8).unwrap();
    alone.add(300, 1);
    drop(alone);
    other.delete(9).unwrap();
    let daemon = Daemon::sharing(&path, &url);
    other.until_admits("key-300", true);
    other.until_admits("key-8", false);
    daemon.until_admits("key-9", false);
    assert_eq!(daemon.keys(), other.keys());
    assert_eq!(daemon.keys().len(), 248);
}
