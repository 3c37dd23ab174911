//! Another user of the machine does its worst, and people get into their rooms meanwhile.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::{Checked, MEET, claims, room_jid, start};
use crate::support::deployment::Setup;
use crate::support::login::{Login, Transport};
use crate::support::process::Process;
use crate::support::token::mint;
use crate::support::until;

/// More than the daemon has places for.
const CONNECTIONS: usize = 1_500;
/// A user who owns nothing.
const NOBODY: u32 = 65_534;
const JOINS: usize = 5;

fn crowd(deployment: &Checked, kind: &str) -> Process {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/crowd.py");
    // Whoever is nobody may not be able to read where the tests are.
    let script = fs::read_to_string(script).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    let mut command = Command::new("python3");
    command
        .args(["-c", &script])
        .arg(deployment.daemon.port().to_string())
        .arg(kind)
        .arg(CONNECTIONS.to_string())
        .current_dir("/")
        .uid(NOBODY)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&said).unwrap());
    let crowd = Process::start("the crowd", &mut command, &said);
    until("the crowd to be there", || {
        fs::read_to_string(&said)
            .unwrap()
            .contains("there")
            .then_some(())
    });
    crowd
}

/// The longest that a login with a join took. One for which the daemon needs longer than the shim waits fails.
fn slowest_join(deployment: &Checked) -> Duration {
    let slowest = (0..JOINS).map(|number| {
        let token = mint(&claims(&MEET, "standup"), MEET.app_secret);
        let login = Login::to(MEET.name).over(Transport::WebSocket).token(token);
        let started = Instant::now();
        let member = deployment.login(&login).unwrap();
        let nick = format!("member-{number}");
        member.join(&room_jid(&MEET, "standup"), &nick).unwrap();
        started.elapsed()
    });
    slowest.max().unwrap()
}

fn joins_go_on_beside(kind: &str) {
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can start a crowd that is another user's");
        return;
    }
    let deployment = start(&Setup::of(&[MEET]));
    let _crowd = crowd(&deployment, kind);
    let slowest = slowest_join(&deployment);
    eprintln!("beside a crowd that is {kind}, a join took {slowest:?} at most");
}

macro_rules! crowds {
    ($($name:ident: $kind:literal,)*) => {$(
        #[test]
        fn $name() {
            joins_go_on_beside($kind);
        }
    )*};
}

crowds! {
    people_get_in_beside_a_crowd_that_asks_all_the_time: "busy",
    people_get_in_beside_a_crowd_that_has_tokens_explained: "explaining",
    people_get_in_beside_a_crowd_that_has_costly_patterns_matched: "patterns",
    people_get_in_beside_a_crowd_that_never_ends_its_requests: "slow",
    people_get_in_beside_a_crowd_that_says_nothing: "idle",
    people_get_in_beside_a_crowd_that_reads_no_answer: "unreading",
    people_get_in_beside_a_crowd_that_comes_and_goes: "coming and going",
}
