//! One daemon, and its file.
#![expect(clippy::disallowed_methods, reason = "looks at the store's files")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use prosody_tokend::store::StoreError;
use prosody_tokend::token::revocation::{Name, Revocation, Target, TokenDigest};
use rusqlite::Connection;
use tempfile::TempDir;

use super::daemon::{Daemon, Extent, room, settings, user};
use support::time::in_seconds;
use support::until;

pub fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    (folder, path)
}

#[test]
fn what_is_revoked_is_in_force_at_once_and_after_a_restart() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 0));
    let row = daemon.revoke_room("a@conference.example.com");
    assert!(daemon.denies("a@conference.example.com"));
    assert!(!daemon.denies("b@conference.example.com"));
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert!(daemon.denies("a@conference.example.com"));
    assert_eq!(daemon.find(row.id).unwrap(), Some(row));
    let state = daemon.state();
    assert_eq!((state.revocations, state.version), (1, 1));
    assert_eq!(state.failing_since, None, "{state:?}");
}

#[test]
fn every_kind_comes_back_as_it_was() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    let name = |text: &str| Name::new(text).unwrap();
    let targets = [
        Target::Token(TokenDigest::of("aaaa.bbbb.cccc").unwrap()),
        Target::TokenId(name("a-b-c")),
        Target::User {
            id: name("anna@example.com"),
            issued_before: Some(1_000),
        },
        Target::User {
            id: name("anna@example.com"),
            issued_before: None,
        },
        Target::Key(name("k1")),
        Target::Issuer(name("https://login.example.com/")),
        Target::Room(name("räum@conference.example.com")),
    ];
    let mut rows = Vec::new();
    for (target, host, until) in targets.iter().flat_map(|target| {
        [
            (target, None, None),
            (target, Some("meet.example.com"), Some(in_seconds(600))),
        ]
    }) {
        let revocation = Revocation {
            target: target.clone(),
            host: host.map(name),
            until,
            ..room("-")
        };
        rows.push(daemon.revoke(revocation).unwrap().row);
    }
    rows.sort_by_key(|row| row.id);
    assert_eq!(daemon.len(), 2 * targets.len());
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert_eq!(daemon.list(None, 100).unwrap(), rows);
    assert_eq!(daemon.len(), rows.len());
}

#[test]
fn pages_follow_each_other_in_the_order_of_ids() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    let names: Vec<String> = (0..25).map(|number| format!("{number:02}@rooms")).collect();
    for name in &names {
        drop(daemon.revoke_room(name));
    }
    let mut seen = Vec::new();
    loop {
        let page = daemon.list(seen.last().copied(), 10).unwrap();
        assert!(page.len() <= 10);
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|row| row.id));
    }
    assert!(seen.is_sorted() && seen.len() == 25);
    assert_eq!(daemon.rooms(), names);
}

#[test]
fn the_same_again_changes_nothing() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    let first = daemon.revoke(room("a@rooms")).unwrap();
    assert!(first.is_new);
    let again = Revocation {
        made_by: Name::new("somebody else").unwrap(),
        made_at: 1,
        ..room("a@rooms")
    };
    let again = daemon.revoke(again).unwrap();
    assert_eq!((again.row, again.is_new), (first.row.clone(), false));
    let other = Revocation {
        reason: None,
        ..room("a@rooms")
    };
    let other = daemon.revoke(other).unwrap();
    assert!(!other.is_new && other.row.version > first.row.version);
    assert_eq!(daemon.len(), 1);
}

#[test]
fn a_later_logout_everywhere_takes_nothing_of_an_earlier_one_back() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    daemon.revoke(user("anna", Some(2_000))).unwrap();
    let earlier = daemon.revoke(user("anna", Some(1_000))).unwrap();
    assert_eq!(earlier.row.revocation.target.issued_before(), Some(2_000));
    assert!(!earlier.is_new);
}

#[test]
fn what_is_withdrawn_counts_no_longer_and_does_not_come_back() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    let row = daemon.revoke_room("a@rooms");
    daemon.revoke_room("b@rooms");
    let stale = daemon.withdraw(row.id, Some(row.version + 7));
    assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
    let withdrawn = daemon.withdraw(row.id, Some(row.version)).unwrap().unwrap();
    assert_eq!(withdrawn.revocation, row.revocation);
    assert!(withdrawn.version > row.version);
    for _ in 0..2 {
        assert_eq!(daemon.withdraw(row.id, None).unwrap(), None);
        assert_eq!(daemon.find(row.id).unwrap(), None);
    }
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert!(!daemon.denies("a@rooms") && daemon.denies("b@rooms"));
    assert_eq!(daemon.rooms(), ["b@rooms"]);
    let again = daemon.revoke(room("a@rooms")).unwrap();
    assert!(again.is_new && daemon.denies("a@rooms"));
}

#[test]
fn a_token_is_used_once_whoever_tries_again_and_when() {
    let (_folder, path) = place();
    let daemon = Daemon::alone(&path);
    assert!(daemon.use_once([7; 32], in_seconds(60)).unwrap());
    assert!(!daemon.use_once([7; 32], in_seconds(60)).unwrap());
    assert!(daemon.use_once([8; 32], in_seconds(60)).unwrap());
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert!(!daemon.use_once([7; 32], in_seconds(600)).unwrap());
}

#[test]
fn what_is_over_leaves_memory_and_comes_back_where_the_clock_is_set_back() {
    let (_folder, path) = place();
    let start = in_seconds(0);
    let time = Arc::new(AtomicI64::new(start));
    let now = Arc::clone(&time);
    let now = Arc::new(move || now.load(Ordering::SeqCst));
    let daemon = Daemon::open(settings(&path), now);
    let brief = Revocation {
        until: Some(start + 100),
        ..room("a@rooms")
    };
    daemon.revoke_room("b@rooms");
    time.store(start + 1_000, Ordering::SeqCst);
    // What is over as it comes is taken out as all is that is over.
    let row = daemon.revoke(brief).unwrap().row;
    until("what is over to leave", || {
        (daemon.len() == 1).then_some(())
    });
    // It is there for those who ask.
    assert_eq!(daemon.find(row.id).unwrap(), Some(row));
    time.store(start, Ordering::SeqCst);
    until("what is not over to be back", || {
        (daemon.len() == 2).then_some(())
    });
    assert!(daemon.denies("a@rooms") && daemon.denies("b@rooms"));
}

#[test]
fn the_file_is_the_daemons_alone() {
    let (folder, path) = place();
    let _daemon = Daemon::alone(&path);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[test]
fn another_process_that_writes_while_it_hands_over_is_followed() {
    let (_folder, path) = place();
    let [old, new] = [Daemon::alone(&path), Daemon::alone(&path)];
    let row = old.revoke_room("a@rooms");
    new.until_denies("a@rooms", true);
    let next = new.revoke_room("b@rooms");
    assert!(next.version > row.version);
    old.until_denies("b@rooms", true);
    new.withdraw(row.id, None).unwrap();
    old.until_denies("a@rooms", false);
    assert_eq!(old.rooms(), new.rooms());
}

#[test]
fn what_a_later_version_wrote_is_kept_counted_and_not_in_the_way() {
    let (_folder, path) = place();
    drop(Daemon::alone(&path));
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "ALTER TABLE revocations ADD COLUMN of_device TEXT;
         CREATE TABLE devices (name TEXT);
         INSERT INTO revocations (id, version, kind, name, made_by, made_at, of_device)
         VALUES (x'00112233445566778899aabbccddeeff', 1, 'device', 'x', 'ops', 1, 'phone');
         UPDATE meta SET value = 1 WHERE key = 'version';
         PRAGMA user_version = 1003",
    )
    .unwrap();
    drop(file);
    let daemon = Daemon::alone(&path);
    daemon.revoke_room("a@rooms");
    let state = daemon.state();
    assert_eq!(
        (state.not_understood, state.schema.as_deref()),
        (1, Some("1.3"))
    );
    assert_eq!(daemon.rooms(), ["a@rooms"]);
    drop(daemon);
    let file = Connection::open(&path).unwrap();
    let kept = "SELECT of_device FROM revocations WHERE kind = 'device'";
    let kept: String = file.query_row(kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "phone");
}

#[test]
fn a_file_that_this_version_must_not_touch_is_refused_and_left_alone() {
    for (statements, expected) in [
        (
            "PRAGMA application_id = 1953459044; PRAGMA user_version = 2000",
            "tables of version 2.0",
        ),
        (
            "CREATE TABLE accounts (name TEXT)",
            "database of something else",
        ),
        (
            "PRAGMA application_id = 7; CREATE TABLE accounts (name TEXT)",
            "database of something else",
        ),
    ] {
        let (folder, path) = place();
        Connection::open(&path)
            .unwrap()
            .execute_batch(statements)
            .unwrap();
        let before = fs::read(&path).unwrap();
        let daemon = Daemon::alone(&path);
        assert_eq!(daemon.extent(), Extent::Nothing);
        let error = daemon.revoke(room("a@rooms")).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(daemon.state().error.as_deref(), Some(error.as_str()));
        drop(daemon);
        assert!(fs::read(&path).unwrap() == before, "{statements}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
