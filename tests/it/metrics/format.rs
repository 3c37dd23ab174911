//! The two formats that metrics are written in.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use super::scrape::{HOST, body, token};
use crate::daemon::fixture::{Running, start};
use prosody_tokend::metrics::families;

const OPEN_METRICS: &str = "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
    text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

fn asked() -> Running {
    let running = start("");
    for claims in [json!({}), json!({"aud": "x"})] {
        running.post(
            "/v1/verify",
            &json!({"host": HOST, "token": token(&claims), "room": "a"}),
        );
    }
    running
}

#[test]
fn openmetrics_ends_where_it_says_so_and_has_its_media_type() {
    let running = asked();
    let answer = running.ask("GET", "/metrics", &[OPEN_METRICS], "");
    let media_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(answer.has_header(media_type), "{}", answer.0);
    let text = body(&answer);
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(
        text.contains("# TYPE prosody_tokend_decisions counter\n"),
        "{text}"
    );
    assert!(
        text.contains("# UNIT prosody_tokend_decision_duration_seconds seconds\n"),
        "{text}"
    );
}

#[test]
fn who_does_not_name_openmetrics_gets_the_format_that_every_program_reads() {
    let running = asked();
    for accept in ["Accept: */*", "Accept: text/plain", "X-Nothing: x"] {
        let answer = running.ask("GET", "/metrics", &[accept], "");
        let media_type = "content-type: text/plain; version=0.0.4; charset=utf-8";
        assert!(answer.has_header(media_type), "{accept}: {}", answer.0);
        let counter = "# TYPE prosody_tokend_decisions_total counter\n";
        assert!(body(&answer).contains(counter), "{accept}: {}", answer.0);
    }
}

#[test]
fn every_metric_of_the_table_is_told_with_its_help_and_no_other() {
    let running = asked();
    let answer = running.ask("GET", "/metrics", &[], "");
    let lines = body(&answer).lines();
    let told: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("# HELP "))
        .collect();
    let table = families::ALL.iter();
    let table: Vec<String> = table
        .map(|family| format!("{} {}", family.exposed_name(), family.help))
        .collect();
    assert_eq!(told, table);
}

#[test]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    let running = asked();
    let answer = running.ask("GET", "/metrics", &[], "");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is not installed: run `make setup`");
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(body(&answer).as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
