//! What a participant costs Prosody: `cargo bench -p prosody-tokend-measure --bench prosody`.
//!
//! Participants connect over a WebSocket with `?room=`, join and leave, at the same Prosody with and without tokens.
//! Cost is Prosody's processor time. What is compared runs in turns.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads variables and /proc, and writes the document"
)]

mod participant;
use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use measure::report::replace_section;
use measure::root;
use measure::system::released_daemon;
use participant::Participant;
use support::daemon::Daemon;
use support::deployment::{Host, Setup};
use support::prosody::{INSTALLED_PROSODY, PROSODY_13, Prosody};
use support::time::in_seconds;
use support::token::mint;

const MEET: Host = Host {
    name: "meet.example.com",
    app_id: "meet_app",
    app_secret: "a-secret-that-the-issuer-and-the-bench-share",
    policy: "",
};

/// How often it is the turn of each of what is compared. Short turns right after each other meet the same machine, whatever
/// else that does, so the difference of each two of them counts.
const TURNS: usize = 240;
/// Turns before those, which do not count.
const WARM_UP: usize = 10;
/// How many participants there are in a turn.
const PARTICIPANTS: u32 = 40;
/// How many of them are there at the same time, each in a room of its own, where somebody is already.
const ROOMS: u32 = 4;

const MODULES: &str =
    r#"modules_enabled = { "roster", "saslauth", "disco", "bosh", "websocket", "ping", "posix" }"#;
const ANONYMOUS: &str = r#"authentication = "anonymous""#;

/// A Prosody whose participants are counted.
struct Subject {
    name: String,
    prosody: Prosody,
    queries: Vec<String>,
    _holders: Vec<Participant>,
    /// Milliseconds of processor time for one participant, in each turn.
    costs: Vec<f64>,
    _folder: TempDir,
}

impl Subject {
    fn start(name: &str, setup: &Setup, daemon: &Daemon) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prosody = Prosody::start(folder.path(), setup, daemon.port());
        let queries: Vec<String> = (0..ROOMS).map(query).collect();
        let holders = (0..ROOMS).zip(&queries).map(|(room, query)| {
            let mut holder = Participant::connect(prosody.port(), MEET.name, query);
            holder.join(&room_jid(room), "holder");
            holder
        });
        Self {
            name: name.to_owned(),
            _holders: holders.collect(),
            prosody,
            queries,
            costs: Vec::new(),
            _folder: folder,
        }
    }

    fn run_turn(&mut self) {
        let before = self.prosody.processor_time();
        thread::scope(|scope| {
            for (room, query) in (0..ROOMS).zip(&self.queries) {
                let port = self.prosody.port();
                scope.spawn(move || {
                    for _ in 0..PARTICIPANTS / ROOMS {
                        let mut participant = Participant::connect(port, MEET.name, query);
                        participant.join(&room_jid(room), "guest");
                        participant.leave();
                    }
                });
            }
        });
        let spent = self.prosody.processor_time().saturating_sub(before);
        self.costs
            .push((spent / PARTICIPANTS).as_secs_f64() * 1000.0);
    }
}

fn room_name(room: u32) -> String {
    format!("standup-{room}")
}

fn room_jid(room: u32) -> String {
    format!("{}@conference.{}", room_name(room), MEET.name)
}

/// A token with what Jitsi Meet's tokens have in them.
fn query(room: u32) -> String {
    let user = json!({"id": "0f5cbd83-4a9e-4f0e-a5d1-6e1c2f3d4b5a", "name": "Alice Liddell", "email": "alice@example.com",
        "avatar": "https://example.com/avatars/alice.png", "moderator": "true"});
    let features = json!({"recording": "true", "livestreaming": "false", "transcription": "true"});
    let token = mint(
        &json!({"iss": MEET.app_id, "aud": MEET.app_id, "sub": MEET.name, "room": room_name(room),
            "context": {"user": user, "features": features}, "nbf": in_seconds(-10), "exp": in_seconds(7200)}),
        MEET.app_secret,
    );
    format!("room={}&token={token}", room_name(room))
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = start_daemon(folder.path());
    let mut table = String::from(
        "| Prosody | with | ms for a participant | above anonymous | 95 % interval |\n\
         | --- | --- | ---: | ---: | ---: |\n",
    );
    for (version, program) in [("0.12", INSTALLED_PROSODY), ("13", PROSODY_13)] {
        table += &compare(version, program, &daemon);
    }
    println!("\n{table}");
    if env::var_os("BENCH_SHIM").is_none() {
        let document = root().join("docs/performance.md");
        replace_section(&document, "prosody", &section(&table)).unwrap();
    }
}

fn section(table: &str) -> String {
    format!(
        "Prosody's processor time for one participant that connects over a WebSocket with `?room=`, joins a room with \
         one occupant and leaves:\nmedian of {TURNS} turns of {PARTICIPANTS} participants, {ROOMS} at a time. Above anonymous: \
         median difference from the turn of the same Prosody without tokens\nright before or after it, and the 95 % interval of \
         that median.\n\n{table}"
    )
}

/// The released daemon: it shares the machine with Prosody, whose time is measured.
fn start_daemon(folder: &Path) -> Daemon {
    Daemon::start(
        &released_daemon(),
        folder,
        &Setup::of(&[MEET]).policy(folder),
    )
}

/// Rows of the table: what tokens cost this Prosody above what it costs without.
fn compare(version: &str, program: &str, daemon: &Daemon) -> String {
    let hosts = [MEET];
    let token = Setup {
        prosody: program,
        log_level: "info",
        prosody_options: MODULES,
        muc_options: r#"modules_enabled = { "token_verification" }"#,
        ..Setup::of(&hosts)
    };
    let anonymous = Setup {
        host_options: ANONYMOUS,
        muc_options: "modules_enabled = {}",
        ..token
    };
    let mut subjects = vec![
        Subject::start("anonymous", &anonymous, daemon),
        Subject::start("tokens", &token, daemon),
    ];
    // To compare with another version of the shim.
    let other =
        env::var("BENCH_SHIM").map(|shim| format!("{MODULES}\nplugin_paths = {{ \"{shim}\" }}"));
    if let Ok(options) = &other {
        let setup = Setup {
            prosody_options: options,
            ..token
        };
        subjects.push(Subject::start("the shim of BENCH_SHIM", &setup, daemon));
    }
    for turn in 0..WARM_UP + TURNS {
        run_turns(&mut subjects, turn % 2 == 1);
    }
    for subject in &mut subjects {
        drop(subject.costs.drain(..WARM_UP));
    }
    let rows = rows(version, &subjects);
    for subject in &mut subjects {
        subject.prosody.stop();
    }
    rows
}

/// One turn of each; in reverse every other time, so that nobody is always first.
fn run_turns(subjects: &mut [Subject], reversed: bool) {
    if reversed {
        subjects.iter_mut().rev().for_each(Subject::run_turn);
    } else {
        subjects.iter_mut().for_each(Subject::run_turn);
    }
}

fn rows(version: &str, subjects: &[Subject]) -> String {
    let mut rows = String::new();
    let (base, others) = subjects.split_first().unwrap();
    let base_cost = Spread::of(base.costs.clone()).median;
    writeln!(rows, "| {version} | {} | {base_cost:.3} | | |", base.name).unwrap();
    for subject in others {
        let turns = subject.costs.iter().zip(&base.costs);
        let difference = Spread::of(turns.map(|(with, without)| with - without).collect());
        writeln!(
            rows,
            "| {version} | {} | {:.3} | **{:.3}** | {:.3} to {:.3} |",
            subject.name,
            Spread::of(subject.costs.clone()).median,
            difference.median,
            difference.low,
            difference.high,
        )
        .unwrap();
    }
    rows
}

/// A median, and between which values that of all turns there could be lies in 95 of 100 cases.
struct Spread {
    median: f64,
    low: f64,
    high: f64,
}

impl Spread {
    /// The interval is that of the sign test, by the normal approximation of how many values are below the median.
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let reach = values.len().isqrt();
        Self {
            median: values[middle],
            low: values[middle - reach],
            high: values[middle + reach],
        }
    }
}
