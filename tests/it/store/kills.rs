//! A daemon that is killed while it writes: what was acknowledged is there, and of the rest at most what was being written.
//!
//! The daemon is this program itself, started again. `KILLS` says how often (300).
#![expect(
    clippy::disallowed_methods,
    reason = "starts itself again, and kills that at random moments"
)]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use prosody_tokend::store::Row;
use prosody_tokend::token::revocation::RevocationId;

use super::daemon::{Daemon, Extent, room};
use super::file::place;
use support::process::Process;

/// What was acknowledged, and what was asked after that.
#[derive(Default)]
struct Model {
    /// Which rooms are revoked.
    rooms: BTreeMap<String, RevocationId>,
    asked: Option<(char, String)>,
    newest: i64,
}

const FOLDER: &str = "TEST_KILLS";
const ROOMS: usize = 200;

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_write() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_killed(&PathBuf::from(folder).join("state.db"));
    }
    let kills = env::var("KILLS").map_or(300, |kills| kills.parse().unwrap());
    let (folder, path) = place();
    let (mut model, mut random, mut acknowledged) = (Model::default(), Rng::new(), 0);
    for kill in 0..kills {
        let lines = run_and_kill(folder.path(), random.u64(1..=60_000));
        acknowledged += lines.iter().filter(|line| line.starts_with('=')).count();
        for line in &lines {
            model.hear(line);
        }
        model.check(&path, kill);
    }
    println!(
        "{kills} kills, {acknowledged} writes acknowledged, {} in force",
        model.rooms.len()
    );
    assert!(acknowledged > kills, "nothing was written between kills");
}

/// What the daemon says until it is killed so many microseconds after it began to write. Its output is whole lines: what it
/// acknowledges it has written before.
fn run_and_kill(folder: &Path, after: u64) -> Vec<String> {
    let mut command = Command::new(env::current_exe().unwrap());
    let test = "store::kills::what_was_acknowledged_survives_a_kill_at_any_write";
    command.args(["--exact", test, "--nocapture"]);
    command.env(FOLDER, folder).stdout(Stdio::piped());
    let mut process = Process::spawn("the writing daemon", &mut command);
    let mut output = BufReader::new(process.child().stdout.take().unwrap()).lines();
    // Some are killed as they open the file.
    if !after.is_multiple_of(10) {
        let opened = output.find(|line| line.as_ref().unwrap() == OPENED);
        assert!(opened.is_some(), "the daemon did not open the file");
    }
    thread::sleep(Duration::from_micros(after));
    process.kill();
    let lines = output.map(Result::unwrap);
    lines
        .filter(|line| line.starts_with(['+', '-', '=']))
        .collect()
}

const OPENED: &str = "opened";

fn write_until_killed(path: &Path) {
    let daemon = Daemon::alone(path);
    let mut output = std::io::stdout();
    writeln!(output, "\n{OPENED}").unwrap();
    let mut random = Rng::new();
    loop {
        let name = format!("{}@rooms", random.usize(..ROOMS));
        let id = room(&name).id();
        if random.bool() {
            writeln!(output, "+ {name}").unwrap();
            let row = daemon.revoke_room(&name);
            writeln!(output, "= {} {id}", row.version).unwrap();
        } else {
            writeln!(output, "- {name}").unwrap();
            let row: Option<Row> = daemon.withdraw(id, None).unwrap();
            writeln!(output, "= {} {id}", row.map_or(0, |row| row.version)).unwrap();
        }
    }
}

impl Model {
    fn hear(&mut self, line: &str) {
        let mut words = line.split(' ');
        let sign = words.next().unwrap().chars().next().unwrap();
        if sign != '=' {
            self.asked = Some((sign, words.next().unwrap().to_owned()));
            return;
        }
        let version: i64 = words.next().unwrap().parse().unwrap();
        self.newest = self.newest.max(version);
        let id = words.next().unwrap().parse().unwrap();
        let (sign, name) = self.asked.take().unwrap();
        self.set(sign, name, id);
    }

    fn set(&mut self, sign: char, name: String, id: RevocationId) {
        if sign == '+' {
            self.rooms.insert(name, id);
        } else {
            self.rooms.remove(&name);
        }
    }

    /// Opens the file, and compares. What was asked and not acknowledged may have been done.
    fn check(&mut self, path: &Path, kill: usize) {
        let daemon = Daemon::alone(path);
        assert_eq!(daemon.extent(), Extent::All, "kill {kill}");
        let state = daemon.state();
        assert_eq!(
            (state.damage, state.failing_since),
            (None, None),
            "kill {kill}"
        );
        assert!(state.version >= self.newest, "kill {kill}");
        let found = daemon.rooms();
        if let Some((sign, name)) = self.asked.take()
            && found.contains(&name) == (sign == '+')
        {
            let id = room(&name).id();
            self.set(sign, name, id);
        }
        let expected: Vec<&String> = self.rooms.keys().collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "kill {kill}");
        assert_eq!(daemon.len(), expected.len());
        assert!(expected.iter().all(|name| daemon.denies(name)));
    }
}
