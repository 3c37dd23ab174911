//! What stays in memory after many decisions on many tokens.

use std::fmt::Write as _;
use std::fs;

use serde_json::json;

use super::dimension::grouped;
use super::instance::Instance;
use super::load::Load;
use super::scenarios::{Files, hs256};
use measure::policies::{HOST, SECRET, host, with_secret};

/// Sizes in kB after so many decisions.
pub struct Sample {
    pub decisions: usize,
    /// `VmRSS`: resident now.
    pub resident: u64,
    /// `VmHWM`: resident at most, so far.
    pub highest: u64,
}

/// Has the daemon decide so often.
pub fn measure(files: &Files, decisions: usize) -> Vec<Sample> {
    let folder = files.folder("memory");
    let instance = Instance::start(&folder, &host(HOST, &with_secret("HS256")), None);
    let mut samples = vec![sample(&instance, 0)];
    let bodies = folder.join("bodies.jsonl");
    fs::write(&bodies, distinct(&instance)).unwrap();
    let load = Load {
        bodies,
        connections: CONNECTIONS,
    };
    let mut decided = 0;
    while decided < decisions {
        decided += usize::try_from(load.run(&instance, SECONDS)).unwrap();
        eprintln!(
            "growth: memory after {} of {} decisions",
            grouped(decided),
            grouped(decisions)
        );
        samples.push(sample(&instance, decided));
    }
    samples
}

/// A request for each of many tokens.
fn distinct(instance: &Instance) -> String {
    let mut bodies = String::new();
    for number in 0..TOKENS {
        let token = hs256(SECRET, &json!({ "jti": format!("token-{number}") }));
        let body = json!({ "host": HOST, "token": token, "room": "standup" });
        writeln!(bodies, "{body}").unwrap();
    }
    instance.verify(bodies.lines().last().unwrap(), true);
    bodies
}

fn sample(instance: &Instance, decisions: usize) -> Sample {
    Sample {
        decisions,
        resident: instance.size("VmRSS"),
        highest: instance.size("VmHWM"),
    }
}

pub const TOKENS: usize = 100_000;
const CONNECTIONS: usize = 64;
/// Long enough for each run to come through all tokens.
const SECONDS: u64 = 15;
