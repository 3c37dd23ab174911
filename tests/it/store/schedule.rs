//! Three daemons and their database, and what happens to them at random, beside a model: nothing that was acknowledged is lost, and nothing
//! that was taken back returns.
//!
//! `ROUNDS` says how often (12), `ROUNDS_SEED` repeats a run.
#![expect(clippy::disallowed_methods, reason = "reads its settings")]

use std::collections::BTreeMap;
use std::env;
use std::str::FromStr;

use fastrand::Rng;
use prosody_tokend::store::registry::{Expected, RegistryError};

use super::daemon::{Extent, room};
use super::fleet::{Fleet, SIZE};
use super::registry::daemon::{credential, key};
use support::until;

/// What is known of a revocation, or of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    There,
    Gone,
    /// Somebody was not told what became of it.
    Either,
}

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Event {
    Revoke(usize, usize),
    Withdraw(usize, usize),
    Add(usize, usize),
    Delete(usize, usize),
    Cut(usize),
    Stall(usize),
    Heal(usize),
    Restart(usize),
    KillServer,
    SetClock(usize, i64),
}

const ROOMS: usize = 12;
const EVENTS: usize = 12;

#[test]
fn whatever_happens_all_have_what_was_acknowledged_once_it_is_over() {
    let seed = setting("ROUNDS_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("ROUNDS_SEED={seed} repeats this");
    let mut random = Rng::with_seed(seed);
    let mut world = World {
        fleet: Fleet::start(),
        rooms: (0..ROOMS).map(|number| (number, Known::Gone)).collect(),
        keys: (0..ROOMS).map(|number| (number, Known::Gone)).collect(),
        is_served: true,
        stalled: None,
        acknowledged: 0,
    };
    world.fleet.daemons[0].add_consumer(1);
    for round in 0..setting("ROUNDS").unwrap_or(12) {
        let events: Vec<Event> = (0..EVENTS).map(|_| Event::any(&mut random)).collect();
        for event in &events {
            world.suffer(*event);
        }
        println!("{round}: {events:?}");
        world.recover();
    }
    println!("{} writes were acknowledged", world.acknowledged);
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

impl Event {
    fn any(random: &mut Rng) -> Self {
        let daemon = random.usize(..SIZE);
        let place = random.usize(..ROOMS);
        match random.u8(..24) {
            0..5 => Self::Revoke(daemon, place),
            5..9 => Self::Withdraw(daemon, place),
            9..13 => Self::Add(daemon, place),
            13..17 => Self::Delete(daemon, place),
            17 => Self::Cut(daemon),
            18 => Self::Stall(daemon),
            19 | 20 => Self::Heal(daemon),
            21 => Self::Restart(daemon),
            22 => Self::KillServer,
            _ => Self::SetClock(daemon, random.i64(-100_000..100_000)),
        }
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap()
}

struct World {
    fleet: Fleet,
    rooms: BTreeMap<usize, Known>,
    /// Which credentials there are.
    keys: BTreeMap<usize, Known>,
    is_served: bool,
    /// One at a time: each question over it takes its whole time.
    stalled: Option<usize>,
    acknowledged: usize,
}

fn name(place: usize) -> String {
    format!("{place}@rooms")
}

impl World {
    fn suffer(&mut self, event: Event) {
        match event {
            Event::Revoke(daemon, place) => {
                let answer = self.fleet.daemons[daemon].revoke(room(&name(place)));
                self.note(daemon, place, answer.is_ok(), Known::There);
            }
            Event::Withdraw(daemon, place) => {
                let id = room(&name(place)).id();
                let answer = self.fleet.daemons[daemon].withdraw(id, None);
                self.note(daemon, place, answer.is_ok(), Known::Gone);
            }
            Event::Add(daemon, place) => self.add(daemon, place),
            Event::Delete(daemon, place) => self.delete(daemon, place),
            Event::Cut(daemon) => self.fleet.wires[daemon].cut(),
            Event::Stall(daemon) if self.stalled.is_none() => {
                self.fleet.wires[daemon].stall();
                self.stalled = Some(daemon);
            }
            Event::Stall(_) => {}
            Event::Heal(daemon) => self.heal(daemon),
            Event::Restart(daemon) => {
                let stopped = self.fleet.daemons.remove(daemon);
                drop(stopped);
                let started = self.fleet.open(daemon);
                assert_eq!(started.extent(), Extent::All);
                self.fleet.daemons.insert(daemon, started);
            }
            Event::KillServer if self.is_served => {
                self.fleet.server.kill();
                self.is_served = false;
            }
            Event::KillServer => self.serve(),
            Event::SetClock(daemon, ahead) => self.fleet.set_clock(daemon, ahead),
        }
    }

    /// What is acknowledged is in force at once where it was asked for.
    fn note(&mut self, daemon: usize, place: usize, is_done: bool, becomes: Known) {
        if is_done {
            self.acknowledged += 1;
            let denies = self.fleet.daemons[daemon].denies(&name(place));
            assert_eq!(denies, becomes == Known::There, "{place} on {daemon}");
            self.rooms.insert(place, becomes);
        } else if self.rooms[&place] != becomes {
            self.rooms.insert(place, Known::Either);
        }
    }

    fn add(&mut self, daemon: usize, place: usize) {
        let added = credential(number(place), 1);
        match self.fleet.daemons[daemon].put_credential(added, Expected::Nothing) {
            Ok(_) => self.note_key(daemon, place, Known::There),
            Err(RegistryError::Taken { .. }) => assert_ne!(self.keys[&place], Known::Gone),
            Err(_) => self.doubt_key(place, Known::There),
        }
    }

    fn delete(&mut self, daemon: usize, place: usize) {
        match self.fleet.daemons[daemon].delete(number(place)) {
            Ok(true) => self.note_key(daemon, place, Known::Gone),
            Ok(false) => assert_ne!(self.keys[&place], Known::There),
            Err(_) => self.doubt_key(place, Known::Gone),
        }
    }

    fn note_key(&mut self, daemon: usize, place: usize, becomes: Known) {
        self.acknowledged += 1;
        let admits = self.fleet.daemons[daemon].admits(&key(number(place)));
        assert_eq!(admits, becomes == Known::There, "{place} on {daemon}");
        self.keys.insert(place, becomes);
    }

    fn doubt_key(&mut self, place: usize, asked: Known) {
        if self.keys[&place] != asked {
            self.keys.insert(place, Known::Either);
        }
    }

    fn heal(&mut self, daemon: usize) {
        self.fleet.wires[daemon].heal();
        self.stalled = self.stalled.filter(|stalled| *stalled != daemon);
    }

    fn serve(&mut self) {
        self.fleet.go_on();
        self.is_served = true;
    }

    /// Everything is as it should be again, and is compared.
    fn recover(&mut self) {
        if !self.is_served {
            self.serve();
        }
        (0..SIZE).for_each(|daemon| self.heal(daemon));
        self.fleet.until_all_work();
        // What nobody was told of may still be on its way.
        let settled =
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tokend' AND state = 'active'";
        until("all writes to be over", || {
            (self.fleet.server.sql(settled).trim() == "0").then_some(())
        });
        self.compare_rooms();
        self.compare_keys();
    }

    fn compare_rooms(&mut self) {
        let live = "SELECT name FROM tokend_revocations WHERE withdrawn_at IS NULL";
        let live = self.fleet.server.sql(live);
        for place in 0..ROOMS {
            let is_revoked = live.lines().any(|line| line == name(place));
            match self.rooms[&place] {
                Known::There => assert!(is_revoked, "{place} is lost"),
                Known::Gone => assert!(!is_revoked, "{place} is back"),
                Known::Either => {}
            }
            self.rooms.insert(
                place,
                if is_revoked {
                    Known::There
                } else {
                    Known::Gone
                },
            );
            self.fleet.until_all_deny(&name(place), is_revoked);
        }
    }

    fn compare_keys(&mut self) {
        let live = "SELECT key FROM tokend_credentials WHERE deleted_at IS NULL";
        let live = self.fleet.server.sql(live);
        for place in 0..ROOMS {
            let key = key(number(place));
            let is_there = live.lines().any(|line| line == key);
            match self.keys[&place] {
                Known::There => assert!(is_there, "{key} is lost"),
                Known::Gone => assert!(!is_there, "{key} is back"),
                Known::Either => {}
            }
            let known = if is_there { Known::There } else { Known::Gone };
            self.keys.insert(place, known);
            for daemon in &self.fleet.daemons {
                daemon.until_admits(&key, is_there);
            }
        }
    }
}
