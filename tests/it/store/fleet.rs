//! Three daemons and their database, each over a wire of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "measures time, and starts threads"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use prosody_tokend::clock;
use prosody_tokend::token::revocation::Revocation;
use tempfile::TempDir;

use super::daemon::{Daemon, Extent, room, shared, user};
use support::postgres::Postgres;
use support::time::in_seconds;
use support::until;
use support::wire::Wire;

pub struct Fleet {
    pub daemons: Vec<Daemon>,
    pub wires: Vec<Wire>,
    pub server: Postgres,
    pub folder: TempDir,
    /// How far each one's clock is ahead.
    clocks: Vec<Arc<AtomicI64>>,
}

pub const SIZE: usize = 3;

impl Fleet {
    pub fn start() -> Self {
        let server = Postgres::start();
        let wires = (0..SIZE).map(|_| Wire::to(server.port())).collect();
        let clocks = (0..SIZE).map(|_| Arc::default()).collect();
        let mut fleet = Self {
            daemons: Vec::new(),
            wires,
            server,
            folder: tempfile::tempdir().unwrap(),
            clocks,
        };
        for number in 0..SIZE {
            fleet.daemons.push(fleet.open(number));
        }
        fleet
    }

    /// Opens the store of one daemon, whose file stays.
    pub fn open(&self, number: usize) -> Daemon {
        let path = self.folder.path().join(format!("{number}.db"));
        let url = self.server.url(self.wires[number].port());
        let ahead = Arc::clone(&self.clocks[number]);
        let now = move || clock::unix_time() + ahead.load(Ordering::SeqCst);
        Daemon::open(shared(&path, &url), Arc::new(now))
    }

    pub fn set_clock(&self, number: usize, ahead: i64) {
        self.clocks[number].store(ahead, Ordering::SeqCst);
    }

    /// Starts the server again, perhaps at another port.
    pub fn go_on(&mut self) {
        self.server.go_on();
        for wire in &self.wires {
            wire.lead_to(self.server.port());
        }
    }

    pub fn until_all_deny(&self, name: &str, denies: bool) {
        for daemon in &self.daemons {
            daemon.until_denies(name, denies);
        }
    }

    pub fn until_all_work(&self) {
        for daemon in &self.daemons {
            until("the daemon to work", || {
                let state = daemon.state();
                (state.failing_since.is_none() && state.behind_since.is_none()).then_some(())
            });
        }
    }
}

#[test]
fn a_change_is_everywhere_within_a_second() {
    let fleet = Fleet::start();
    let mut latencies = Vec::new();
    for number in 0..100 {
        let name = format!("{number}@rooms");
        let writer = &fleet.daemons[number % SIZE];
        let row = writer.revoke_room(&name);
        let began = Instant::now();
        while !fleet.daemons.iter().all(|daemon| daemon.denies(&name)) {
            assert!(began.elapsed() < Duration::from_secs(1), "{name}");
            thread::yield_now();
        }
        latencies.push(began.elapsed());
        if number % 3 == 0 {
            writer.withdraw(row.id, None).unwrap();
            let began = Instant::now();
            while fleet.daemons.iter().any(|daemon| daemon.denies(&name)) {
                assert!(began.elapsed() < Duration::from_secs(1), "{name}");
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
fn a_connection_that_is_cut_is_made_anew_and_nothing_is_missed() {
    let fleet = Fleet::start();
    let [first, second, _] = &fleet.daemons[..] else {
        panic!()
    };
    let kept = first.revoke_room("kept@rooms");
    let gone = first.revoke_room("gone@rooms");
    fleet.until_all_deny("gone@rooms", true);
    fleet.wires[1].cut();
    second.until_fails(true);
    first.revoke_room("meanwhile@rooms");
    first.withdraw(gone.id, None).unwrap();
    assert!(second.denies("gone@rooms") && second.denies("kept@rooms"));
    let error = second.revoke(room("mine@rooms")).unwrap_err().to_string();
    assert!(error.contains("sslmode=disable: "), "{error}");
    assert!(second.withdraw(kept.id, None).is_err() && second.denies("kept@rooms"));
    // What it knew last is there for those who ask.
    assert_eq!(second.rooms(), ["gone@rooms", "kept@rooms"]);
    assert!(second.state().behind_since.is_some());
    fleet.wires[1].heal();
    let healed = Instant::now();
    second.until_denies("meanwhile@rooms", true);
    second.until_denies("gone@rooms", false);
    let back = healed.elapsed();
    assert!(back < Duration::from_secs(4), "{back:?}");
    println!("back {back:.1?} after a cut was mended");
    second.until_fails(false);
    second.revoke_room("mine@rooms");
    fleet.until_all_deny("mine@rooms", true);
}

#[test]
fn a_partition_is_noticed_held_against_nobody_else_and_heals() {
    let fleet = Fleet::start();
    let [first, second, third] = &fleet.daemons[..] else {
        panic!()
    };
    first.revoke_room("before@rooms");
    fleet.until_all_deny("before@rooms", true);
    fleet.wires[1].stall();
    let stalled = Instant::now();
    // It is written there, perhaps, as far as the one knows who asked.
    let error = second.revoke(room("lost@rooms")).unwrap_err().to_string();
    assert!(error.contains("no answer within 3 s"), "{error}");
    let took = Instant::now();
    first.revoke_room("meanwhile@rooms");
    assert!(
        took.elapsed() < Duration::from_secs(1),
        "{:?}",
        took.elapsed()
    );
    third.until_denies("meanwhile@rooms", true);
    second.until_fails(true);
    println!("noticed {:.1?} after it began", stalled.elapsed());
    until("it to be known that it is behind", || {
        second.state().behind_since
    });
    assert!(second.denies("before@rooms") && !second.denies("meanwhile@rooms"));
    let noticed = stalled.elapsed();
    assert!(noticed < Duration::from_secs(12), "{noticed:?}");
    fleet.wires[1].heal();
    let healed = Instant::now();
    second.until_denies("meanwhile@rooms", true);
    assert!(
        healed.elapsed() < Duration::from_secs(5),
        "{:?}",
        healed.elapsed()
    );
    fleet.until_all_work();
    agree(&fleet);
}

#[test]
fn a_server_that_is_killed_and_comes_back_has_everything_that_was_acknowledged() {
    let mut fleet = Fleet::start();
    let mut names = Vec::new();
    for round in 0..3 {
        for number in 0..20 {
            let name = format!("{round}-{number}@rooms");
            fleet.daemons[number % SIZE].revoke_room(&name);
            names.push(name);
        }
        fleet.server.kill();
        for daemon in &fleet.daemons {
            daemon.until_fails(true);
            assert!(daemon.denies(&names[0]));
            assert!(daemon.revoke(room("nowhere@rooms")).is_err());
            assert!(!daemon.denies("nowhere@rooms"));
        }
        fleet.go_on();
        fleet.until_all_work();
        for name in &names {
            fleet.until_all_deny(name, true);
        }
    }
    fleet.daemons[0].revoke_room("after@rooms");
    fleet.until_all_deny("after@rooms", true);
    agree(&fleet);
}

#[test]
fn two_that_write_the_same_at_once_end_with_the_same() {
    let fleet = Fleet::start();
    thread::scope(|scope| {
        for (number, daemon) in fleet.daemons.iter().enumerate() {
            scope.spawn(move || {
                for turn in 0..60_i64 {
                    // The same thing, in different words, and a logout everywhere that is later each time.
                    let reason = Revocation {
                        made_at: turn,
                        until: Some(in_seconds(1_000 + turn + i64::try_from(number).unwrap())),
                        ..room("same@rooms")
                    };
                    daemon.revoke(reason).unwrap();
                    let before = turn * 3 + i64::try_from(number).unwrap();
                    daemon.revoke(user("anna", Some(before))).unwrap();
                    let id = room("toggled@rooms").id();
                    if turn % 2 == 0 {
                        daemon.revoke(room("toggled@rooms")).unwrap();
                    } else {
                        daemon.withdraw(id, None).unwrap();
                    }
                }
            });
        }
    });
    agree(&fleet);
    let anna = fleet.daemons[0]
        .find(user("anna", Some(0)).id())
        .unwrap()
        .unwrap();
    // Of all of them the latest time counts, in whichever order they came.
    assert_eq!(anna.revocation.target.issued_before(), Some(59 * 3 + 2));
    let versions = "SELECT count(*) - count(DISTINCT version) FROM tokend_revocations";
    assert_eq!(fleet.server.sql(versions).trim(), "0");
}

#[test]
fn clocks_that_differ_make_no_difference_to_what_the_others_have() {
    let fleet = Fleet::start();
    let [first, second, third] = &fleet.daemons[..] else {
        panic!()
    };
    fleet.set_clock(1, 2 * 24 * 60 * 60);
    fleet.set_clock(2, -2 * 24 * 60 * 60);
    let timed = |name: &str, made_at: i64| Revocation {
        until: Some(in_seconds(600)),
        made_at: in_seconds(made_at),
        ..room(name)
    };
    for (writer, name, made_at) in [
        (first, "a@rooms", 0),
        (second, "b@rooms", 172_800),
        (third, "c@rooms", -172_800),
    ] {
        writer.revoke(timed(name, made_at)).unwrap();
        for daemon in [first, third] {
            daemon.until_denies(name, true);
        }
    }
    // Whoever comes last counts, whatever his clock says.
    let id = room("b@rooms").id();
    third.withdraw(id, None).unwrap();
    fleet.until_all_deny("b@rooms", false);
    second.revoke_room("for-ever@rooms");
    first.withdraw(room("for-ever@rooms").id(), None).unwrap();
    fleet.until_all_deny("for-ever@rooms", false);
    fleet.set_clock(1, 0);
    second.until_denies("a@rooms", true);
    second.until_denies("c@rooms", true);
    agree(&fleet);
}

#[test]
fn a_database_that_is_put_back_from_a_dump_is_what_counts_then() {
    let fleet = Fleet::start();
    let [first, second, third] = &fleet.daemons[..] else {
        panic!()
    };
    let old = first.revoke_room("old@rooms");
    let dump = fleet.server.dump();
    first.withdraw(old.id, None).unwrap();
    first.revoke_room("new@rooms");
    fleet.until_all_deny("new@rooms", true);
    fleet.until_all_deny("old@rooms", false);
    // One does not see it go back, and finds it with more versions than it knew.
    fleet.wires[2].cut();
    third.until_fails(true);
    fleet.server.restore(&dump);
    for daemon in [first, second] {
        daemon.until_denies("new@rooms", false);
        daemon.until_denies("old@rooms", true);
    }
    for number in 0..10 {
        let name = format!("{number}@rooms");
        second.revoke_room(&name);
        assert!(second.denies(&name));
    }
    assert!(third.denies("new@rooms"));
    fleet.wires[2].heal();
    third.until_denies("new@rooms", false);
    fleet.until_all_deny("old@rooms", true);
    fleet.until_all_deny("9@rooms", true);
    agree(&fleet);
    // So it is in the copies.
    let rooms = first.rooms();
    for (number, daemon) in fleet.daemons.iter().enumerate() {
        daemon.until_copied(&fleet.folder.path().join(format!("{number}.db")));
    }
    let Fleet {
        mut daemons,
        wires,
        server,
        folder,
        clocks,
    } = fleet;
    daemons.clear();
    drop(server);
    for (number, wire) in wires.iter().enumerate() {
        let path = folder.path().join(format!("{number}.db"));
        let url = format!("postgres://tokend@localhost:{}/tokend", wire.port());
        let daemon = Daemon::sharing(&path, &url);
        assert_eq!(
            (daemon.extent(), daemon.rooms()),
            (Extent::All, rooms.clone())
        );
    }
    drop(clocks);
}

#[test]
fn a_write_right_after_the_database_was_put_back_is_in_force_when_it_is_acknowledged() {
    let fleet = Fleet::start();
    let dump = fleet.server.dump();
    for number in 0..20 {
        fleet.daemons[0].revoke_room(&format!("{number}@rooms"));
    }
    for round in 0..5 {
        fleet.server.restore(&dump);
        let name = format!("after-{round}@rooms");
        fleet.daemons[0].revoke_room(&name);
        assert!(fleet.daemons[0].denies(&name), "{name}");
    }
    fleet.until_all_deny("after-4@rooms", true);
    fleet.until_all_deny("19@rooms", false);
    agree(&fleet);
}

#[test]
fn whoever_was_away_for_so_long_that_rows_are_gone_reads_everything() {
    let mut fleet = Fleet::start();
    let gone = fleet.daemons[0].revoke_room("gone@rooms");
    fleet.daemons[0].revoke_room("kept@rooms");
    fleet.until_all_deny("kept@rooms", true);
    drop(fleet.daemons.pop());
    fleet.daemons[0].withdraw(gone.id, None).unwrap();
    fleet.server.sql(
        "WITH gone AS (DELETE FROM tokend_revocations WHERE withdrawn_at IS NOT NULL RETURNING version) \
         UPDATE tokend_meta SET purged_up_to = (SELECT max(version) FROM gone)",
    );
    let third = fleet.open(2);
    assert!(third.denies("kept@rooms") && !third.denies("gone@rooms"));
    fleet.daemons.push(third);
    agree(&fleet);
}

/// All have the same, which is what the database has.
pub fn agree(fleet: &Fleet) {
    let live = "SELECT name FROM tokend_revocations WHERE withdrawn_at IS NULL ORDER BY name COLLATE \"C\"";
    let expected = fleet.server.sql(live);
    let expected: Vec<&str> = expected.lines().collect();
    for daemon in &fleet.daemons {
        until("the daemons to agree", || {
            (daemon.len() == expected.len()).then_some(())
        });
        assert_eq!(daemon.rooms(), expected);
        let rooms = expected.iter().filter(|name| name.contains('@'));
        let some = rooms.step_by(expected.len() / 500 + 1);
        some.for_each(|name| daemon.until_denies(name, true));
    }
}
