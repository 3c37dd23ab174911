//! Another user of the machine does its worst, and people get into their rooms meanwhile.

use std::time::{Duration, Instant};

use crate::fixture::{Checked, MEET, claims, room_jid, start};
use support::crowd;
use support::deployment::Setup;
use support::login::{Login, Transport};
use support::token::mint;

/// More than the daemon has places for.
const CONNECTIONS: usize = 1_500;
const JOINS: usize = 5;

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
    let _crowd = crowd::start(deployment.daemon.port(), kind, CONNECTIONS);
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
