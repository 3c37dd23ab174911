//! Watch a good and a bad token at a real Prosody: `make demo`.
#![expect(
    clippy::disallowed_methods,
    reason = "finds the daemon beside itself, and stays until it is told to leave"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};

use support::bosh::Client;
use support::deployment::{Deployment, Host, Setup};
use support::http;
use support::login::Login;
use support::time::in_seconds;
use support::token::{mint, with};

const MEET: Host = Host {
    name: "meet.example.com",
    app_id: "demo",
    app_secret: "the-secret-that-the-issuer-and-the-demo-share",
    policy: "",
};
const ROOM: &str = "standup";
const ROOM_JID: &str = "standup@conference.meet.example.com";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // From here on Ctrl-C lets the demo tidy up.
    let (Ok(interrupt), Ok(terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return ExitCode::FAILURE;
    };
    println!("prosody-tokend: who gets into a meeting, and why\n");
    let daemon = daemon();
    if !daemon.is_file() {
        println!(
            "The daemon is not built: {} is missing. `make demo` builds it.",
            daemon.display()
        );
        return ExitCode::FAILURE;
    }
    let deployment = start(&daemon);
    let as_it_should = show_good_token(&deployment) & show_bad_token(&deployment);
    show_curl(&deployment);
    if env::var("DEMO_EXIT").is_err() {
        println!("Daemon and Prosody run on. Ctrl-C ends them.");
        either(interrupt, terminate).await;
    }
    if as_it_should {
        ExitCode::SUCCESS
    } else {
        println!("This is not what should have happened.");
        ExitCode::FAILURE
    }
}

fn start(daemon: &Path) -> Deployment {
    let deployment = Deployment::start(daemon, &Setup::of(&[MEET]));
    println!(
        "The daemon listens on 127.0.0.1:{}. Its policy:\n",
        deployment.daemon.port()
    );
    println!("    [hosts.\"{}\"]", MEET.name);
    println!("    app_id = \"{}\"", MEET.app_id);
    println!("    app_secret = \"…\"");
    println!("    muc_mapper_domain_base = \"{}\"\n", MEET.name);
    println!(
        "Prosody listens on 127.0.0.1:{}, with the module of prosody-tokend for authentication.\n",
        deployment.prosody.port()
    );
    deployment
}

/// The daemon that cargo has built with this example: `target/debug/examples/demo` and `target/debug/prosody-tokend`.
fn daemon() -> PathBuf {
    let demo = env::current_exe().unwrap_or_default();
    let folder = demo
        .ancestors()
        .nth(2)
        .map(PathBuf::from)
        .unwrap_or_default();
    folder.join("prosody-tokend")
}

fn good_claims() -> Value {
    json!({"iss": MEET.app_id, "aud": MEET.app_id, "sub": MEET.name, "room": ROOM,
        "exp": in_seconds(3600), "context": {"user": {"name": "Alice"}}})
}

/// The wrong domain that most often ends up in a token: the default of Jitsi's own examples.
fn bad_claims() -> Value {
    with(good_claims(), &json!({"sub": "meet.jit.si"}))
}

fn show_good_token(deployment: &Deployment) -> bool {
    println!("A good token\n");
    show_join(deployment, &good_claims(), "alice")
}

fn show_bad_token(deployment: &Deployment) -> bool {
    println!("A bad token: the issuer has left sub at a default\n");
    !show_join(deployment, &bad_claims(), "mallory")
}

/// Whether a client with these claims got into the room.
fn show_join(deployment: &Deployment, claims: &Value, nick: &str) -> bool {
    let token = mint(claims, MEET.app_secret);
    println!("    claims   {claims}");
    let login = Login::to(MEET.name).room(ROOM).token(&token);
    let mut client = match Client::login(deployment.prosody.port(), &login) {
        Ok(client) => client,
        Err(error) => {
            println!("    login    refused: {error}");
            return false;
        }
    };
    println!("    login    accepted");
    let outcome = client.join(ROOM_JID, nick);
    match &outcome {
        Ok(()) => println!("    join     {nick} is in {ROOM_JID}\n"),
        Err(error) => {
            println!("    join     refused: {error}");
            println!("    why      {}\n", explain(deployment, &token));
        }
    }
    outcome.is_ok()
}

fn explain(deployment: &Deployment, token: &str) -> String {
    let question = json!({"token": token, "room": ROOM}).to_string();
    let answer = http::request(deployment.daemon.port(), "POST", "/v1/verify", &question);
    let verdict: Value = answer
        .ok()
        .and_then(|(_, body)| serde_json::from_str(&body).ok())
        .unwrap_or_default();
    let explanation = verdict.pointer("/room/explanation").and_then(Value::as_str);
    explanation.unwrap_or("the daemon does not say").to_owned()
}

fn show_curl(deployment: &Deployment) {
    println!("Ask the daemon yourself, with the bad token:\n");
    println!(
        "    curl -d token={} -d room={ROOM} http://127.0.0.1:{}/v1/verify\n",
        mint(&bad_claims(), MEET.app_secret),
        deployment.daemon.port()
    );
}

async fn either(mut one: Signal, mut other: Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prosody_lets_in_and_refuses_as_the_demo_says() {
        let deployment = start(&daemon());
        let port = deployment.prosody.port();
        let login = |claims| {
            Login::to(MEET.name)
                .room(ROOM)
                .token(mint(&claims, MEET.app_secret))
        };
        let mut alice = Client::login(port, &login(good_claims())).unwrap();
        alice.join(ROOM_JID, "alice").unwrap();
        let mut mallory = Client::login(port, &login(bad_claims())).unwrap();
        let denial = mallory.join(ROOM_JID, "mallory").unwrap_err();
        assert_eq!(
            denial.to_string(),
            "Room and token mismatched (not-allowed)"
        );
        let expired = with(good_claims(), &json!({"exp": 1}));
        let denial = Client::login(port, &login(expired)).err().unwrap();
        assert!(
            denial.to_string().starts_with("Not acceptable by exp"),
            "{denial}"
        );
        assert!(denial.to_string().ends_with("(not-allowed)"), "{denial}");
    }
}
