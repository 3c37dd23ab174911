//! The alert rules that are shipped: they are right, each fires when it should, and each has a command to type.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use prosody_tokend::metrics::families;
use prosody_tokend::metrics::family::Kind;
use prosody_tokend::token::reason::Reason;
use support::root;

const ALERTS: &str = "contrib/prometheus/alerts.yml";
const TESTS: &str = "contrib/prometheus/alerts.test.yml";

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn promtool(arguments: [&str; 2], path: &str) {
    let mut promtool = Command::new("promtool");
    let output = promtool.args(arguments).arg(root().join(path)).output();
    let output = output.expect("promtool is not installed: run `make setup`");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The alerts by name, each with its text.
fn alerts() -> Vec<(String, String)> {
    let text = text(ALERTS);
    let alerts = text.split("      - alert: ").skip(1);
    let alerts = alerts.map(|alert| alert.split_once('\n').unwrap());
    alerts
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

#[test]
fn promtool_finds_nothing_wrong_with_the_rules() {
    promtool(["check", "rules"], ALERTS);
}

#[test]
fn each_alert_fires_when_it_should_and_not_otherwise() {
    promtool(["test", "rules"], TESTS);
    let tests = text(TESTS);
    for (name, _) in alerts() {
        let beginning = format!("alertname: {name}\n");
        let cases = tests.split(&beginning).skip(1);
        let cases: Vec<bool> = cases
            .map(|case| case.lines().nth(1).unwrap().ends_with("exp_alerts: []"))
            .collect();
        assert!(cases.contains(&true), "{name} is not tested to be silent");
        assert!(cases.contains(&false), "{name} is not tested to fire");
    }
}

#[test]
fn each_alert_says_what_is_wrong_and_what_to_type() {
    let alerts = alerts();
    assert!(alerts.len() > 6);
    for (name, alert) in alerts {
        for part in ["expr:", "severity:", "summary:", "description:"] {
            assert!(alert.contains(part), "{name} has no {part}");
        }
        let words: Vec<&str> = alert.split_whitespace().collect();
        let words = words.join(" ");
        let (_, command) = words.split_once("Type: ").expect(&name);
        assert!(!command.is_empty(), "{name} has no command");
    }
}

#[test]
fn each_metric_that_a_rule_a_panel_or_the_document_names_is_one_of_the_daemon() {
    let names = families::ALL.iter().flat_map(|family| {
        let name = family.exposed_name();
        let suffixes: &[&str] = match family.kind {
            Kind::Counter | Kind::Gauge => &[""],
            Kind::Histogram => &["", "_bucket", "_sum", "_count"],
        };
        suffixes.iter().map(move |suffix| format!("{name}{suffix}"))
    });
    let names: BTreeSet<String> = names.collect();
    for path in [
        ALERTS,
        TESTS,
        "contrib/grafana/prosody-tokend.json",
        "docs/monitoring.md",
    ] {
        let mut mentioned = 0;
        let text = text(path);
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in text.split(|c| !is_of_name(c)) {
            if word.starts_with("prosody_tokend_") || word.starts_with("process_") {
                assert!(
                    names.contains(word),
                    "{path} names {word}, which is no metric"
                );
                mentioned += 1;
            }
        }
        assert!(mentioned > 10, "{path} names only {mentioned} metrics");
    }
}

#[test]
fn each_reason_that_a_rule_names_is_one() {
    let alerts = text(ALERTS);
    let codes: BTreeSet<&str> = Reason::codes().collect();
    let matchers = alerts.split("code=~\"").skip(1);
    let named = matchers.flat_map(|rest| rest.split('"').next().unwrap().split('|'));
    let named: BTreeSet<&str> = named.collect();
    assert!(!named.is_empty());
    assert!(named.is_subset(&codes), "{named:?}");
}
