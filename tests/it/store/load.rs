//! A hundred thousand revocations, and a million where `MANY` says so: how long it takes, and that nobody is held up meanwhile.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use prosody_tokend::token::revocation::Target;
use rusqlite::Connection;

use super::daemon::{Daemon, Extent, room};
use super::file::place;
use super::fleet::{Fleet, agree};
use support::time::in_seconds;
use support::until;

fn many() -> usize {
    env::var("MANY").map_or(100_000, |many| many.parse().unwrap())
}

/// Puts so many rooms into a file that a daemon has made, as it would.
fn fill(path: &Path, many: usize) {
    let mut file = Connection::open(path).unwrap();
    let transaction = file.transaction().unwrap();
    let mut insert = transaction
        .prepare(
            "INSERT INTO revocations (id, version, kind, name, until, reason, made_by, made_at) \
             VALUES (?1, ?2, 'room', ?3, ?4, 'the booking was taken back', 'load', 1)",
        )
        .unwrap();
    let many = i64::try_from(many).unwrap();
    for number in 1..=many {
        let revocation = room(&format!("room-{number}@conference.meet.example.com"));
        let id = revocation.id();
        let Target::Room(name) = &revocation.target else {
            panic!()
        };
        let values = (id.as_bytes(), number, name.as_str(), in_seconds(86_400));
        insert.execute(values).unwrap();
    }
    drop(insert);
    let version = "UPDATE meta SET value = ?1 WHERE key = 'version'";
    transaction.execute(version, [many]).unwrap();
    transaction.commit().unwrap();
}

/// The same into the database, from the first to the last number.
fn fill_database(fleet: &Fleet, first: usize, last: usize) {
    fleet.server.sql(&format!(
        "BEGIN; SELECT version FROM tokend_meta FOR UPDATE; \
         WITH names AS (SELECT number, convert_to('room-' || number || '@conference.meet.example.com', 'UTF8') AS name \
             FROM generate_series({first}, {last}) number) \
         INSERT INTO tokend_revocations (id, version, kind, name, until, reason, made_by, made_at) \
         SELECT substring(sha256(sha256('room'::bytea || '\\x00'::bytea || name) || '\\x0000'::bytea) FOR 16), \
             number - {first} + 1 + (SELECT version FROM tokend_meta), 'room', convert_from(name, 'UTF8'), {}, \
             'the booking was taken back', 'load', 1 FROM names; \
         UPDATE tokend_meta SET version = version + {last} - {first} + 1; \
         INSERT INTO tokend_marks SELECT version, 1 FROM tokend_meta; \
         SELECT pg_notify('tokend_changes', 'many'); COMMIT",
        in_seconds(86_400)
    ));
}

#[test]
fn a_big_file_is_in_force_before_anybody_is_let_in() {
    let (_folder, path) = place();
    drop(Daemon::alone(&path));
    let many = many();
    fill(&path, many);
    let began = Instant::now();
    let daemon = Daemon::alone(&path);
    let took = began.elapsed();
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, many));
    println!("{many} in force {took:.2?} after the start");
    let began = Instant::now();
    daemon.revoke_room("one more@rooms");
    println!("one more in {:.2?}", began.elapsed());
    assert!(daemon.denies(&format!("room-{many}@conference.meet.example.com")));
    assert!(daemon.denies("one more@rooms"));
}

#[test]
fn many_changes_at_once_reach_all_daemons_and_hold_up_nobody() {
    let mut fleet = Fleet::start();
    let many = many();
    fleet.daemons[0].revoke_room("first@rooms");
    fleet.until_all_deny("first@rooms", true);
    let watch = fleet.daemons[1].watch();
    fill_database(&fleet, 1, many);
    let began = Instant::now();
    for daemon in &fleet.daemons {
        until("all to be in force", || {
            (daemon.len() == many + 1).then_some(())
        });
    }
    println!(
        "{many} in force on three daemons {:.2?} after they were written",
        began.elapsed()
    );
    let longest = watch();
    println!("the application waited for {longest:.1?} at most");
    // On a machine that is busy with other tests a moment is long. Reading everything in one go would take longer by far.
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    let began = Instant::now();
    fleet.daemons[0].revoke_room("last@rooms");
    for daemon in &fleet.daemons {
        daemon.until_denies("last@rooms", true);
    }
    println!("one more everywhere in {:.2?}", began.elapsed());

    // Who was away for a while reads what it missed; who has no copy reads everything.
    fleet.daemons[2].until_copied(&fleet.folder.path().join("2.db"));
    println!("its copy whole {:.2?} later", began.elapsed());
    drop(fleet.daemons.pop());
    fill_database(&fleet, many + 1, many + 1_000);
    let began = Instant::now();
    let back = fleet.open(2);
    println!(
        "the copy of {many} with 1000 that were missed in {:.2?}",
        began.elapsed()
    );
    assert_eq!(back.len(), many + 1_002);
    drop(back);
    std::fs::remove_file(fleet.folder.path().join("2.db")).unwrap();
    let began = Instant::now();
    let fresh = fleet.open(2);
    until("all to be in force", || {
        (fresh.len() == many + 1_002).then_some(())
    });
    println!("all of {many} without a copy in {:.2?}", began.elapsed());
    fleet.daemons.push(fresh);
    if many <= 100_000 {
        agree(&fleet);
    }
}
