//! The decisions of Jitsi's own modules on recorded cases, held against the ones made here.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the recorded cases from disk"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prosody_tokend::replay::Replay;
use prosody_tokend::replay::case::Case;
use prosody_tokend::replay::difference::{Comparison, Difference, compare};
use prosody_tokend::worker::Worker;
use serde_json::{Value, json};

fn vectors() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance/vectors.jsonl");
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn compared(cases: &[Case]) -> Vec<Comparison> {
    let patterns = Arc::new(Worker::for_patterns().unwrap());
    let replay = Replay::by_recorded_options(16_384, patterns);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let decide = |case| runtime.block_on(replay.decide(case)).unwrap();
    cases
        .iter()
        .map(|case| compare(case, &decide(case)))
        .collect()
}

fn parsed(lines: &[String]) -> Vec<Case> {
    let parse = |line: &String| serde_json::from_str(line).unwrap();
    lines.iter().map(parse).collect()
}

#[test]
fn every_recorded_case_is_decided_as_jitsis_modules_did_or_stricter_by_the_standards() {
    let cases = parsed(&vectors());
    assert!(cases.len() >= 1_500, "{} cases", cases.len());
    let mut different: Vec<(Difference, &str)> = Vec::new();
    for (case, comparison) in cases.iter().zip(compared(&cases)) {
        match comparison {
            Comparison::Different(difference) => different.push((difference, &case.name)),
            Comparison::NotRecorded => panic!("{} has no recorded verdict", case.name),
            Comparison::Same => {}
            Comparison::Stricter => assert!(case.strict, "{}", case.name),
        }
    }
    different.sort();
    let first = different
        .first()
        .map(|(difference, name)| format!("{name}: {difference}"));
    assert_eq!(first, None, "and {} in all", different.len());
}

#[test]
fn a_verdict_that_was_recorded_otherwise_is_noticed() {
    let lines = vectors();
    let first = |wanted: &dyn Fn(&Value) -> bool| {
        let values = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        values
            .into_iter()
            .find(|case: &Value| wanted(case))
            .unwrap()
    };
    let allowed = first(&|case| case["expect"]["room"]["ok"] == true && case["strict"].is_null());
    let denied = first(&|case| case["expect"]["auth"]["reason"] == "token required");
    let room_denied = first(&|case| case["expect"]["room"]["error"] == "room-does-not-exist");
    let refused = first(&|case| case["expect"]["auth"]["ok"] == true);
    for (case, path, value, expected) in [
        (&denied, "/expect/auth/ok", json!(true), "Denied(\"auth\""),
        (
            &denied,
            "/expect/auth/error",
            json!("other"),
            "Error(\"auth\"",
        ),
        (
            &denied,
            "/expect/auth/reason",
            json!("other"),
            "Reason(\"auth\"",
        ),
        (
            &room_denied,
            "/expect/room/ok",
            json!(true),
            "Denied(\"room\"",
        ),
        (
            &room_denied,
            "/expect/room/reason",
            json!(null),
            "Reason(\"room\"",
        ),
        (
            &allowed,
            "/expect/auth/ok",
            json!(false),
            "Allowed(\"auth\"",
        ),
        (
            &allowed,
            "/expect/room/ok",
            json!(false),
            "Allowed(\"room\"",
        ),
        (
            &allowed,
            "/expect/session/jitsi_meet_room",
            json!("x"),
            "Session",
        ),
        (&allowed, "/expect/session", json!({}), "Session"),
        (&refused, "/options/app_id", json!(null), "Undecided"),
    ] {
        let mut changed = case.clone();
        *changed.pointer_mut(path).unwrap() = value;
        let found = &compared(&parsed(&[changed.to_string()]))[0];
        let shown = format!("{found:?}");
        assert!(
            shown.starts_with(&format!("Different({expected}")),
            "{path}: {shown}"
        );
    }
}
