//! `prosody-tokend replay`.

use serde_json::{Value, json};

use super::{SECRET, Workplace, run, text};
use support::token::mint;

const NOW: i64 = 1_795_000_000;

pub fn case(name: &str, sub: &str, allowed: bool) -> Value {
    let claims =
        json!({"iss": "my_app", "aud": "my_app", "sub": sub, "room": "*", "exp": NOW + 60});
    let room = if allowed {
        json!({"ok": true})
    } else {
        json!({"ok": false})
    };
    json!({
        "name": name,
        "options": {"app_id": "my_app", "app_secret": SECRET, "muc_mapper_domain_base": "meet.example.com"},
        "now": NOW,
        "session": {"auth_token": mint(&claims, SECRET)},
        "room_jid": "standup@conference.meet.example.com/nick",
        "room": {"exists": true},
        "expect": {"auth": {"ok": true}, "room": room, "session": {
            "jitsi_meet_auth_issuer": "my_app", "jitsi_meet_domain": sub, "jitsi_meet_room": "*",
        }},
    })
}

fn lines(cases: &[Value]) -> String {
    let lines: Vec<String> = cases.iter().map(ToString::to_string).collect();
    lines.join("\n") + "\n"
}

#[test]
fn each_case_gives_one_verdict_a_line_in_order() {
    let mut incomplete = case("incomplete", "*", true);
    incomplete["options"] = json!({"app_id": "my_app"});
    let cases = lines(&[
        case("in", "meet.example.com", true),
        case("out", "other", false),
        incomplete,
    ]);
    let workplace = Workplace::new();
    workplace.write("cases.jsonl", &cases);
    for (file, input) in [("cases.jsonl", ""), ("-", cases.as_str())] {
        let output = run(workplace.folder.path(), &["replay", file], input);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let verdicts: Vec<Value> = text(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(verdicts.len(), 3);
        assert_eq!(verdicts[0]["name"], "in");
        assert_eq!(verdicts[0]["room"], json!({"ok": true}));
        assert_eq!(
            verdicts[0]["session"]["jitsi_meet_domain"],
            "meet.example.com"
        );
        assert_eq!(verdicts[1]["room"], json!({"ok": false}));
        assert_eq!(
            verdicts[2],
            json!({"name": "incomplete", "config": "refused"})
        );
    }
}

#[test]
fn a_difference_is_named_and_ends_with_status_1() {
    let workplace = Workplace::new();
    let cases = lines(&[
        case("as before", "*", true),
        case("now denied", "other", true),
    ]);
    let output = run(workplace.folder.path(), &["replay", "--check", "-"], &cases);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("now denied: room: denied with"), "{said}");
    assert!(
        said.contains("2 cases, 2 with a recorded verdict: 1 the same, 0 stricter"),
        "{said}"
    );
    let unchecked = run(workplace.folder.path(), &["replay", "-"], &cases);
    assert_eq!(unchecked.status.code(), Some(0));
}

#[test]
fn a_configuration_to_try_takes_the_place_of_the_recorded_options() {
    let workplace = Workplace::new();
    let cases = lines(&[case("by name", "other", true)]);
    assert_eq!(
        workplace
            .run(&["replay", "--check", "-"], &cases)
            .status
            .code(),
        Some(1)
    );
    let config = std::fs::read_to_string(workplace.path("config.toml")).unwrap();
    workplace.write(
        "config.toml",
        &format!("{config}enable_domain_verification = false\n"),
    );
    let output = workplace.run(&["replay", "--check", "-"], &cases);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn what_is_no_case_is_named_with_its_line_and_file() {
    let workplace = Workplace::new();
    let good = case("good", "*", true);
    workplace.write("cases.jsonl", &format!("{good}\n\n{{\"name\": 5}}\n"));
    let output = run(workplace.folder.path(), &["replay", "cases.jsonl"], "");
    assert_eq!(output.status.code(), Some(65));
    assert!(
        text(&output.stderr).contains("cases.jsonl:3: not a recorded case"),
        "{}",
        text(&output.stderr)
    );
    let output = run(workplace.folder.path(), &["replay", "nowhere.jsonl"], "");
    assert_eq!(output.status.code(), Some(66));
    assert!(text(&output.stderr).contains("cannot read nowhere.jsonl: No such file"));
}
