//! A daemon that is killed while it writes credentials: none that was acknowledged is lost, and none that was deleted is back.
//!
//! The daemon is this program itself, started again. `KILLS` says how often (150).
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
use prosody_tokend::store::registry::Expected;

use super::super::daemon::Daemon;
use super::super::file::place;
use super::daemon::{consumer, credential, key};
use support::process::Process;

const FOLDER: &str = "TEST_REGISTRY_KILLS";
const OPENED: &str = "opened";
const CREDENTIALS: u32 = 60;
const CONSUMERS: u32 = 3;

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Step {
    Add(u32),
    Delete(u32),
    /// With all of its credentials.
    DeleteConsumer(u32),
    AddConsumer(u32),
}

/// Which consumers there are, with their credentials.
type State = BTreeMap<u32, Vec<u32>>;

#[test]
fn what_was_acknowledged_of_credentials_survives_a_kill_at_any_write() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_killed(&PathBuf::from(folder).join("state.db"));
    }
    let kills = env::var("KILLS").map_or(150, |kills| kills.parse().unwrap());
    let (folder, path) = place();
    let (mut state, mut random, mut acknowledged) = (State::new(), Rng::new(), 0);
    for kill in 0..kills {
        let mut asked = None;
        for line in run_and_kill(folder.path(), random.u64(1..=60_000)) {
            if let Some(step) = Step::parse(&line) {
                asked = Some(step);
            } else {
                acknowledged += 1;
                asked.take().unwrap().apply(&mut state);
            }
        }
        state = check(&path, state, asked, kill);
    }
    println!("{kills} kills, {acknowledged} changes acknowledged, {state:?}");
    assert!(acknowledged > kills, "nothing was written between kills");
}

/// What was asked and not acknowledged is done, or not at all.
fn check(path: &Path, state: State, asked: Option<Step>, kill: usize) -> State {
    let daemon = Daemon::alone(path);
    let told = daemon.state();
    assert_eq!((told.damage, told.failing_since), (None, None), "{kill}");
    let mut either = state.clone();
    if let Some(step) = asked {
        step.apply(&mut either);
    }
    let keys = |state: &State| {
        let mut keys: Vec<String> = state.values().flatten().copied().map(key).collect();
        keys.sort();
        keys
    };
    let (found, consumers) = (daemon.keys(), told.consumers);
    let is = |state: &State| keys(state) == found && state.len() == consumers;
    assert!(
        is(&state) || is(&either),
        "kill {kill}: {found:?}, {asked:?}"
    );
    assert_eq!(daemon.credentials().len(), found.len());
    assert!(found.iter().all(|key| daemon.admits(key)), "kill {kill}");
    if is(&either) { either } else { state }
}

fn run_and_kill(folder: &Path, after: u64) -> Vec<String> {
    let mut command = Command::new(env::current_exe().unwrap());
    let test =
        "store::registry::kills::what_was_acknowledged_of_credentials_survives_a_kill_at_any_write";
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
        .filter(|line| line == "=" || Step::parse(line).is_some())
        .collect()
}

fn write_until_killed(path: &Path) {
    let daemon = Daemon::alone(path);
    let mut output = std::io::stdout();
    writeln!(output, "\n{OPENED}").unwrap();
    let mut random = Rng::new();
    loop {
        let step = Step::any(&mut random);
        // Only what changes something is asked for.
        if !step.is_possible(&daemon) {
            continue;
        }
        writeln!(output, "{step}").unwrap();
        step.take(&daemon);
        writeln!(output, "=").unwrap();
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, number) = match self {
            Self::Add(number) => ('+', number),
            Self::Delete(number) => ('-', number),
            Self::DeleteConsumer(number) => ('<', number),
            Self::AddConsumer(number) => ('>', number),
        };
        write!(formatter, "{sign} {number}")
    }
}

const fn owner(number: u32) -> u32 {
    number % CONSUMERS
}

impl Step {
    fn any(random: &mut Rng) -> Self {
        match random.u8(..20) {
            0 => Self::DeleteConsumer(random.u32(..CONSUMERS)),
            1..4 => Self::AddConsumer(random.u32(..CONSUMERS)),
            4..14 => Self::Add(random.u32(..CREDENTIALS)),
            _ => Self::Delete(random.u32(..CREDENTIALS)),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let (sign, number) = line.split_once(' ')?;
        let number = number.parse().ok()?;
        Some(match sign {
            "+" => Self::Add(number),
            "-" => Self::Delete(number),
            "<" => Self::DeleteConsumer(number),
            ">" => Self::AddConsumer(number),
            _ => return None,
        })
    }

    fn is_possible(self, daemon: &Daemon) -> bool {
        let credentials = daemon.credentials();
        let has = |number| credentials.consumer(&consumer(number).id).is_some();
        match self {
            Self::Add(number) => has(owner(number)) && credentials.find(&key(number)).is_none(),
            Self::Delete(number) => credentials.find(&key(number)).is_some(),
            Self::DeleteConsumer(number) => has(number),
            Self::AddConsumer(number) => !has(number),
        }
    }

    fn take(self, daemon: &Daemon) {
        match self {
            Self::Add(number) => {
                let credential = credential(number, owner(number));
                daemon
                    .put_credential(credential, Expected::Nothing)
                    .unwrap();
            }
            Self::Delete(number) => assert!(daemon.delete(number).unwrap()),
            Self::DeleteConsumer(number) => assert!(daemon.delete_consumer(number).unwrap()),
            Self::AddConsumer(number) => drop(daemon.add_consumer(number)),
        }
    }

    fn apply(self, state: &mut State) {
        match self {
            Self::Add(number) => state.get_mut(&owner(number)).unwrap().push(number),
            Self::Delete(number) => {
                let of_owner = state.get_mut(&owner(number)).unwrap();
                of_owner.retain(|other| *other != number);
            }
            Self::DeleteConsumer(number) => drop(state.remove(&number)),
            Self::AddConsumer(number) => drop(state.insert(number, Vec::new())),
        }
    }
}
