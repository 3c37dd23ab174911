//! What most tests start from.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use support::client::{Denial, StanzaError};
use support::deployment::{Deployment, Host, Setup};
use support::time::in_seconds;

pub const MEET: Host = Host {
    name: "meet.example.com",
    app_id: "meet_app",
    app_secret: "the-first-secret-of-the-end-to-end-tests",
    policy: "",
};

/// The shim's debug line about a question to the daemon.
pub const REQUEST: &str = "Asking prosody-tokend: POST";

/// A deployment of whose logs nothing is wrong when the test is over, and whose logs are shown where something is.
pub struct Checked(Deployment);

pub fn start(setup: &Setup) -> Checked {
    let daemon = Path::new(env!("CARGO_BIN_EXE_prosody-tokend"));
    Checked(Deployment::start(daemon, setup))
}

impl Deref for Checked {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        &self.0
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.show_logs();
        } else if let Err(failure) = catch_unwind(AssertUnwindSafe(|| self.0.check())) {
            self.0.show_logs();
            resume_unwind(failure);
        }
    }
}

/// Claims that let the bearer into one room of this host.
pub fn claims(host: &Host, room: &str) -> Value {
    json!({"iss": host.app_id, "aud": host.app_id, "sub": host.name, "room": room,
        "nbf": in_seconds(-10), "exp": in_seconds(7200)})
}

pub fn room_jid(host: &Host, room: &str) -> String {
    format!("{room}@conference.{}", host.name)
}

pub fn denial(condition: &str, text: &str) -> Denial {
    Denial {
        condition: condition.to_owned(),
        text: text.to_owned(),
    }
}

/// The error of a join that the policy forbids.
pub fn refusal(text: &str) -> StanzaError {
    StanzaError {
        kind: "cancel".to_owned(),
        condition: "not-allowed".to_owned(),
        text: Some(text.to_owned()),
        application: None,
    }
}
