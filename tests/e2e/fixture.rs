//! What most tests start from.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::client::{Denial, StanzaError};
use crate::support::deployment::{Deployment, Host, Setup};
use crate::support::token::in_seconds;

pub const MEET: Host = Host {
    name: "meet.example.com",
    app_id: "meet_app",
    app_secret: "the-first-secret-of-the-end-to-end-tests",
    policy: "",
};

pub fn start(setup: &Setup) -> Deployment {
    Deployment::start(Path::new(env!("CARGO_BIN_EXE_prosody-tokend")), setup)
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
