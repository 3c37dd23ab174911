//! Three daemons that share credentials, and what happens to their connections.
#![expect(
    clippy::disallowed_methods,
    reason = "measures time, and starts threads"
)]

use std::thread;
use std::time::{Duration, Instant};

use prosody_tokend::gateway::consumer::Consumer;
use prosody_tokend::gateway::credential::Credential;
use prosody_tokend::store::registry::{Expected, RegistryError};

use super::super::daemon::Daemon;
use super::super::fleet::{Fleet, SIZE};
use super::daemon::{consumer, credential, id, key};
use support::until;

/// Puts so many credentials of the first consumer into the database, as a daemon would.
pub fn fill(fleet: &Fleet, first: u32, last: u32) {
    fleet.server.sql(&format!(
        "BEGIN; SELECT version FROM tokend_meta FOR UPDATE; \
         INSERT INTO tokend_credentials (id, version, consumer, key, secret, algorithm, created_at) \
         SELECT decode(lpad(to_hex(number), 8, '0') || repeat('00', 11) || '01', 'hex'), \
             number - {first} + 1 + (SELECT version FROM tokend_meta), '\\x{}', 'key-' || number, 'secret-' || number, 'HS256', 1 \
             FROM generate_series({first}, {last}) number; \
         UPDATE tokend_meta SET version = version + {last} - {first} + 1; \
         INSERT INTO tokend_marks SELECT version, 1 FROM tokend_meta; \
         SELECT pg_notify('tokend_changes', 'many'); COMMIT",
        hex::encode(consumer(1).id.as_bytes())
    ));
}

/// All have the same in force and in their lists, which is what the database has.
pub fn agree(fleet: &Fleet) {
    let live =
        "SELECT key FROM tokend_credentials WHERE deleted_at IS NULL ORDER BY key COLLATE \"C\"";
    let expected = fleet.server.sql(live);
    let expected: Vec<&str> = expected.lines().collect();
    for daemon in &fleet.daemons {
        until("the daemons to agree", || {
            let known = daemon.credentials();
            let is_same = known.len() == expected.len();
            (is_same && expected.iter().all(|key| known.find(key).is_some())).then_some(())
        });
        assert_eq!(daemon.keys(), expected);
    }
    let orphans = "SELECT count(*) FROM tokend_credentials c WHERE deleted_at IS NULL AND NOT EXISTS \
        (SELECT FROM tokend_consumers o WHERE o.id = c.consumer AND o.deleted_at IS NULL)";
    assert_eq!(fleet.server.sql(orphans).trim(), "0");
    let versions = "SELECT count(*) - count(DISTINCT version) FROM (SELECT version FROM tokend_credentials \
        UNION ALL SELECT version FROM tokend_consumers UNION ALL SELECT version FROM tokend_revocations) v";
    assert_eq!(fleet.server.sql(versions).trim(), "0");
}

fn until_all_admit(fleet: &Fleet, key: &str, admits: bool) {
    for daemon in &fleet.daemons {
        daemon.until_admits(key, admits);
    }
}

#[test]
fn a_credential_is_everywhere_within_a_second_and_gone_as_fast() {
    let fleet = Fleet::start();
    fleet.daemons[0].add_consumer(1);
    let mut latencies = Vec::new();
    for number in 0..100 {
        let writer = &fleet.daemons[number as usize % SIZE];
        writer.add(number, 1);
        assert!(writer.admits(&key(number)));
        for admits in [true, false] {
            if !admits {
                assert!(writer.delete(number).unwrap() && !writer.admits(&key(number)));
            }
            let began = Instant::now();
            while fleet
                .daemons
                .iter()
                .any(|daemon| daemon.admits(&key(number)) != admits)
            {
                assert!(began.elapsed() < Duration::from_secs(1), "{number}");
                thread::yield_now();
            }
            latencies.push(began.elapsed());
        }
    }
    latencies.sort();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    println!(
        "after the answer, everywhere: median {:?}, 99 % {:?}, all {:?}",
        at(50),
        at(99),
        at(100)
    );
}

#[test]
fn of_those_that_want_the_same_at_once_one_gets_it_and_the_others_are_told() {
    let fleet = Fleet::start();
    fleet.daemons[0].add_consumer(1_000);
    let kept = fleet.daemons[0].add(1_000, 1_000);
    let mut version = kept.version;
    for round in 0..30_u32 {
        let outcomes = at_once(&fleet, |daemon, number| {
            let consumer = Consumer {
                username: Some(format!("same-{round}")),
                ..consumer(round * 10 + number)
            };
            daemon.put_consumer(consumer, Expected::Nothing).map(drop)
        });
        assert_one(&outcomes, "username");
        let outcomes = at_once(&fleet, |daemon, number| {
            let credential = Credential {
                key: format!("same-{round}"),
                ..credential(round * 10 + number, 1_000)
            };
            daemon
                .put_credential(credential, Expected::Nothing)
                .map(drop)
        });
        assert_one(&outcomes, "key");
        let outcomes = at_once(&fleet, |daemon, number| {
            let credential = Credential {
                key: format!("other-{round}-{number}"),
                ..credential(round * 10 + 9, 1_000)
            };
            daemon
                .put_credential(credential, Expected::Nothing)
                .map(drop)
        });
        assert_one(&outcomes, "id");
        let outcomes = at_once(&fleet, |daemon, number| {
            let credential = Credential {
                key: format!("moved-{round}-{number}"),
                ..credential(1_000, 1_000)
            };
            let kept = daemon.put_credential(credential, Expected::Version(version))?;
            Ok(kept.version)
        });
        let written: Vec<i64> = outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().ok().copied())
            .collect();
        assert_eq!(written.len(), 1, "{outcomes:?}");
        version = written[0];
    }
    agree(&fleet);
}

/// What each daemon says to the same, asked at once.
fn at_once<T: Send>(
    fleet: &Fleet,
    ask: impl Fn(&Daemon, u32) -> Result<T, RegistryError> + Sync,
) -> Vec<Result<T, RegistryError>> {
    let ask = &ask;
    thread::scope(|scope| {
        let asked: Vec<_> = (0_u32..)
            .zip(&fleet.daemons)
            .map(|(number, daemon)| scope.spawn(move || ask(daemon, number)))
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    })
}

fn assert_one(outcomes: &[Result<(), RegistryError>], expected: &str) {
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let told = |outcome: &&Result<(), RegistryError>| matches!(outcome, Err(RegistryError::Taken { field, .. }) if *field == expected);
    let told = outcomes.iter().filter(told).count();
    assert_eq!((done, told), (1, SIZE - 1), "{outcomes:?}");
}

#[test]
fn no_credential_is_left_of_a_consumer_that_is_deleted_while_others_add_some() {
    let fleet = Fleet::start();
    let [first, second, third] = &fleet.daemons[..] else {
        panic!()
    };
    for round in 0..20 {
        first.add_consumer(round);
        thread::scope(|scope| {
            for (daemon, offset) in [(second, 0), (third, 100)] {
                scope.spawn(move || {
                    for number in 0..20 {
                        let credential = credential(round * 1_000 + offset + number, round);
                        match daemon.put_credential(credential, Expected::Nothing) {
                            Ok(_) => {}
                            Err(RegistryError::NoConsumer(_)) => return,
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                });
            }
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(u64::from(round % 5) * 5));
                assert!(first.delete_consumer(round).unwrap());
            });
        });
    }
    agree(&fleet);
    for daemon in &fleet.daemons {
        assert!(daemon.keys().is_empty() && daemon.credentials().is_empty());
    }
}

#[test]
fn thousands_of_credentials_stay_the_same_everywhere_whatever_happens_to_connections_and_server() {
    let mut fleet = Fleet::start();
    fleet.daemons[0].add_consumer(1);
    fleet.daemons[0].add_consumer(2);
    fill(&fleet, 1, 5_000);
    until_all_admit(&fleet, "key-5000", true);
    agree(&fleet);

    // A connection that is cut.
    fleet.wires[1].cut();
    fleet.daemons[1].until_fails(true);
    fleet.daemons[0].add(6_000, 2);
    fleet.daemons[0].delete(1).unwrap();
    assert!(fleet.daemons[1].admits("key-1") && !fleet.daemons[1].admits("key-6000"));
    let refused = fleet.daemons[1].put_credential(credential(6_001, 1), Expected::Nothing);
    assert!(
        matches!(refused, Err(RegistryError::Store(_))),
        "{refused:?}"
    );
    assert!(fleet.daemons[1].delete(2).is_err() && fleet.daemons[1].admits("key-2"));
    // What it knew last is there for those who ask.
    assert_eq!(fleet.daemons[1].keys().len(), 5_000);
    fleet.wires[1].heal();
    fleet.daemons[1].until_admits("key-6000", true);
    fleet.daemons[1].until_admits("key-1", false);

    // One on which nothing passes.
    fleet.wires[2].stall();
    let asked = fleet.daemons[2].put_credential(credential(6_002, 2), Expected::Nothing);
    let error = asked.unwrap_err().to_string();
    assert!(error.contains("no answer within 3 s"), "{error}");
    fleet.daemons[0].delete(3).unwrap();
    fleet.daemons[1].until_admits("key-3", false);
    assert!(fleet.daemons[2].admits("key-3"));
    fleet.wires[2].heal();
    fleet.daemons[2].until_admits("key-3", false);
    fleet.until_all_work();

    // A server that is killed.
    for round in 0..2 {
        let number = 7_000 + round;
        fleet.daemons[0].add(number, 2);
        fleet.daemons[1].delete(10 + round).unwrap();
        fleet.server.kill();
        for daemon in &fleet.daemons {
            daemon.until_fails(true);
            assert!(
                daemon
                    .put_credential(credential(1, 1), Expected::Nothing)
                    .is_err()
            );
            assert!(!daemon.admits("key-1") && daemon.admits("key-100"));
        }
        fleet.go_on();
        fleet.until_all_work();
        until_all_admit(&fleet, &key(number), true);
        until_all_admit(&fleet, &key(10 + round), false);
    }
    agree(&fleet);

    // A consumer with thousands of them.
    let began = Instant::now();
    assert!(fleet.daemons[1].delete_consumer(1).unwrap());
    assert!(!fleet.daemons[1].admits("key-100"));
    println!(
        "4996 credentials deleted with their consumer in {:.2?}",
        began.elapsed()
    );
    until_all_admit(&fleet, "key-5000", false);
    agree(&fleet);
}

#[test]
fn what_is_deleted_while_a_copy_starts_without_the_database_is_gone_once_that_is_back() {
    let mut fleet = Fleet::start();
    fleet.daemons[0].add_consumer(1);
    for number in 0..3 {
        fleet.daemons[0].add(number, 1);
    }
    until_all_admit(&fleet, "key-2", true);
    let copy = fleet.folder.path().join("2.db");
    fleet.daemons[2].until_copied(&copy);
    drop(fleet.daemons.pop());
    fleet.wires[2].cut();
    fleet.daemons[0].delete(1).unwrap();
    let third = fleet.open(2);
    // It cannot know, and says since when.
    assert!(third.admits("key-1") && third.admits("key-2"));
    assert!(third.state().behind_since.is_some());
    fleet.daemons[1].delete(2).unwrap();
    fleet.wires[2].heal();
    third.until_admits("key-1", false);
    third.until_admits("key-2", false);
    assert!(third.admits("key-0"));
    fleet.daemons.push(third);
    agree(&fleet);
}

#[test]
fn a_database_that_is_put_back_from_a_dump_says_which_credentials_there_are() {
    let fleet = Fleet::start();
    let [first, second, _] = &fleet.daemons[..] else {
        panic!()
    };
    first.add_consumer(1);
    first.add(1, 1);
    let dump = fleet.server.dump();
    second.delete(1).unwrap();
    second.add(2, 1);
    until_all_admit(&fleet, "key-2", true);
    fleet.server.restore(&dump);
    until_all_admit(&fleet, "key-1", true);
    until_all_admit(&fleet, "key-2", false);
    second.add(3, 1);
    until_all_admit(&fleet, "key-3", true);
    agree(&fleet);
}

#[test]
fn who_was_away_for_longer_than_deletions_are_kept_reads_everything() {
    let mut fleet = Fleet::start();
    fleet.daemons[0].add_consumer(1);
    for number in 0..2 {
        fleet.daemons[0].add(number, 1);
    }
    until_all_admit(&fleet, "key-1", true);
    let copy = fleet.folder.path().join("2.db");
    fleet.daemons[2].until_copied(&copy);
    drop(fleet.daemons.pop());
    fleet.daemons[0].delete(1).unwrap();
    fleet.server.sql(
        "WITH gone AS (DELETE FROM tokend_credentials WHERE deleted_at IS NOT NULL RETURNING version) \
         UPDATE tokend_meta SET purged_up_to = (SELECT max(version) FROM gone)",
    );
    let third = fleet.open(2);
    assert!(third.admits("key-0") && !third.admits("key-1"));
    let name = prosody_tokend::store::registry::CredentialName::Id(id(1));
    assert_eq!(third.find_credential(name).unwrap(), None);
    fleet.daemons.push(third);
    agree(&fleet);
}
