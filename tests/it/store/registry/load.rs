//! A hundred thousand credentials, and more where `MANY` says so: how long it takes, and how much memory each has.
#![expect(clippy::disallowed_methods, reason = "measures time and memory")]

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::super::daemon::Daemon;
use super::super::file::place;
use super::super::fleet::Fleet;
use super::daemon::{consumer, credential, id, key};
use super::fleet::fill as fill_database;
use prosody_tokend::gateway::credentials::Credentials;
use support::until;

fn many() -> u32 {
    env::var("MANY").map_or(100_000, |many| many.parse().unwrap())
}

/// What this process has in RAM, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

#[test]
fn a_credential_in_force_takes_no_more_than_a_kibibyte() {
    let many = many();
    let before = resident();
    let mut credentials = Credentials::default();
    let began = Instant::now();
    for number in 0..many {
        if number % 10 == 0 {
            credentials.put_consumer(&consumer(number / 10));
        }
        let mut credential = credential(number, number / 10);
        // As long as Kong makes them.
        credential.key = format!("{number:032}");
        credential.secret = Some(format!("{number:032}").into());
        credentials.put(&credential);
    }
    let took = began.elapsed();
    let each = (resident() - before) / many as usize;
    println!(
        "{each} bytes for each of {many} credentials with a tenth as many consumers, made in {took:.2?}"
    );
    assert!(each <= 1024, "{each}");
    let began = Instant::now();
    let next = credentials.clone();
    println!("a copy to hand on in {:?}", began.elapsed());
    for number in 0..many {
        credentials.remove(&id(number));
    }
    assert_eq!((credentials.len(), next.len()), (0, many as usize));
}

/// Puts so many credentials of the first consumer into a file that a daemon has made, as it would.
fn fill(path: &Path, many: u32) {
    let mut file = Connection::open(path).unwrap();
    let transaction = file.transaction().unwrap();
    let version = "SELECT value FROM meta WHERE key = 'version'";
    let version: u32 = transaction
        .query_row(version, [], |row| row.get(0))
        .unwrap();
    let mut insert = transaction
        .prepare(
            "INSERT INTO credentials (id, version, consumer, key, secret, algorithm, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 'HS256', 1)",
        )
        .unwrap();
    let owner = consumer(1).id;
    for number in 1..=many {
        let values = (
            id(number).into_bytes(),
            version + number,
            owner.as_bytes(),
            key(number),
            format!("secret-{number}"),
        );
        insert.execute(values).unwrap();
    }
    drop(insert);
    let raise = "UPDATE meta SET value = ?1 WHERE key = 'version'";
    transaction.execute(raise, [version + many]).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_big_file_of_credentials_is_in_force_at_the_start_and_deleted_in_one_go() {
    let (_folder, path) = place();
    Daemon::alone(&path).add_consumer(1);
    let many = many();
    fill(&path, many);
    let began = Instant::now();
    let daemon = Daemon::alone(&path);
    println!("{many} in force {:.2?} after the start", began.elapsed());
    assert_eq!(daemon.credentials().len(), many as usize);
    let began = Instant::now();
    for number in 1..=100 {
        daemon.add(many + number, 1);
    }
    println!("100 more, one after the other, in {:.2?}", began.elapsed());
    let began = Instant::now();
    for number in 1..=100 {
        daemon.delete(number).unwrap();
    }
    println!("100 deleted in {:.2?}", began.elapsed());
    let began = Instant::now();
    assert!(daemon.delete_consumer(1).unwrap());
    println!(
        "{many} deleted with their consumer in {:.2?}",
        began.elapsed()
    );
    assert!(daemon.credentials().is_empty());
    assert!(daemon.keys().is_empty());
}

#[test]
fn many_credentials_at_once_reach_all_daemons_and_hold_up_nobody() {
    let fleet = Fleet::start();
    let many = many();
    fleet.daemons[0].add_consumer(1);
    let watch = fleet.daemons[1].watch();
    fill_database(&fleet, 1, many);
    let began = Instant::now();
    for daemon in &fleet.daemons {
        until("all to be in force", || {
            (daemon.credentials().len() == many as usize).then_some(())
        });
    }
    println!(
        "{many} in force on three daemons {:.2?} after they were written",
        began.elapsed()
    );
    let longest = watch();
    println!("the application waited for {longest:.1?} at most");
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    for (number, daemon) in fleet.daemons.iter().enumerate() {
        daemon.until_copied(&fleet.folder.path().join(format!("{number}.db")));
    }
    println!("and in their copies {:.2?} after that", began.elapsed());
    let began = Instant::now();
    fleet.daemons[0].add(many + 1, 1);
    for daemon in &fleet.daemons {
        daemon.until_admits(&key(many + 1), true);
    }
    println!("one more everywhere in {:.2?}", began.elapsed());
    let began = Instant::now();
    assert!(fleet.daemons[0].delete_consumer(1).unwrap());
    println!(
        "{many} deleted with their consumer in {:.2?}",
        began.elapsed()
    );
    assert!(fleet.daemons[0].credentials().is_empty());
    for daemon in &fleet.daemons {
        until("all to be gone", || {
            daemon.credentials().is_empty().then_some(())
        });
    }
    println!("and everywhere {:.2?} after that began", began.elapsed());
}
