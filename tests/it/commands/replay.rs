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

const REALM: &str = "https://sso.acme.example/realms/acme";
const ROOM: &str = "@conference.meet.example.com/nick";

/// A host that knows one issuer by two names, as it was before there were others.
fn flat() -> String {
    format!(
        "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\n\
         asap_accepted_issuers = [\"my_app\", \"school\"]\nasap_accepted_audiences = [\"my_app\", \"school\"]\n\
         muc_mapper_domain_base = \"meet.example.com\"\n"
    )
}

/// The same with a section for each of two issuers.
fn with_issuers() -> String {
    let flat = flat();
    let own = flat.replace("[\"my_app\", \"school\"]", "[\"my_app\"]");
    format!(
        "{own}
[[hosts.\"meet.example.com\".issuers]]
name = \"school\"
issuer = \"school\"
app_secret = \"{SECRET}\"
audiences = [\"school\"]
rooms = [\"team-*\"]
moderators = false
features = [\"recording\"]

[[hosts.\"meet.example.com\".issuers]]
name = \"keycloak\"
issuer = \"{REALM}\"
discover = true
audiences = [\"account\"]
rooms = [\"team-*\"]
claims = \"keycloak\"
"
    )
}

fn join(name: &str, token: &str, room: &str) -> Value {
    json!({
        "name": name,
        "now": NOW,
        "session": {"auth_token": token},
        "room_jid": format!("{room}{ROOM}"),
        "room": {"exists": true},
    })
}

/// A token of Keycloak's, at a moment at which it is good, and what its server answered.
fn join_of_keycloak(name: &str, room: &str) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/oidc/keycloak-access.json"
    );
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let certificates = format!("{REALM}/protocol/openid-connect/certs");
    let metadata = json!({"issuer": REALM, "jwks_uri": certificates});
    let mut join = join(name, sample["token"].as_str().unwrap(), room);
    join["now"] = json!(1_800_000_010);
    join["key_server"] = json!({
        format!("{REALM}/.well-known/openid-configuration"): metadata.to_string(),
        certificates: sample["keys"].to_string(),
    });
    join
}

fn of(iss: &str, changes: &Value) -> Value {
    let claims =
        json!({"iss": iss, "aud": iss, "sub": "meet.example.com", "room": "*", "exp": NOW + 60});
    support::token::with(claims, changes)
}

/// The joins, each with what is decided on it by this configuration.
fn recorded(workplace: &Workplace, configuration: &str, joins: Vec<Value>) -> String {
    workplace.write("config.toml", configuration);
    let output = workplace.run(&["replay", "-"], &lines(&joins));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let verdicts = text(&output.stdout);
    let verdicts = verdicts.lines().map(|line| {
        let mut verdict: Value = serde_json::from_str(line).unwrap();
        assert!(verdict.get("issuer").is_none(), "{verdict}");
        verdict.as_object_mut().unwrap().remove("name");
        verdict
    });
    let recorded = joins.into_iter().zip(verdicts).map(|(mut join, verdict)| {
        join["expect"] = verdict;
        join
    });
    lines(&recorded.collect::<Vec<_>>())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table is as long as what it lists")]
fn what_a_table_of_issuers_decides_otherwise_is_shown_with_the_issuer_and_nothing_else() {
    let workplace = Workplace::new();
    let moderator = json!({"context": {"user": {"moderator": true}}});
    let features = json!({"context": {"features": {"recording": true, "lobby": true}}});
    let granted = json!({"context": {"features": {"recording": true}}});
    let by_other = mint(
        &of("school", &json!({})),
        "another-secret-0123456789-0123456789",
    );
    let of_own = |changes: &Value| mint(&of("my_app", changes), SECRET);
    let of_school = |changes: &Value| mint(&of("school", changes), SECRET);
    let nothing = json!({});
    let rows = [
        (join("own", &of_own(&nothing), "standup"), None),
        (join("own moderator", &of_own(&moderator), "standup"), None),
        (
            join("own room", &of_own(&json!({"room": "retro"})), "standup"),
            None,
        ),
        (
            join("late", &of_own(&json!({"exp": NOW - 1})), "standup"),
            None,
        ),
        (
            join("nobody's", &mint(&of("third", &nothing), SECRET), "standup"),
            None,
        ),
        (join("forged", &by_other, "team-a"), None),
        (join("team", &of_school(&nothing), "team-a"), None),
        (join("team's feature", &of_school(&granted), "team-a"), None),
        (
            join("beyond", &of_school(&nothing), "standup"),
            Some(
                "room: denied with \"room is not one of the token's issuer\", was allowed, by the issuer school",
            ),
        ),
        (
            join(
                "room beyond",
                &of_school(&json!({"room": "standup"})),
                "standup",
            ),
            Some(
                "auth: denied with \"room is not one of the token's issuer\", was allowed, by the issuer school",
            ),
        ),
        (
            join("moderator", &of_school(&moderator), "team-a"),
            Some(
                "auth: denied with \"the token's issuer may not make moderators\", was allowed, by the issuer school",
            ),
        ),
        (
            join("audience", &of_school(&json!({"aud": "my_app"})), "team-a"),
            Some("auth: denied with \"invalid 'aud' claim\", was allowed, by the issuer school"),
        ),
        (
            join(
                "other's audience",
                &of_own(&json!({"aud": "school"})),
                "standup",
            ),
            Some("auth: denied with \"invalid 'aud' claim\", was allowed, by the issuer default"),
        ),
        (
            join("feature", &of_school(&features), "team-a"),
            Some("session: jitsi_meet_context_features differs, by the issuer school"),
        ),
        (
            join_of_keycloak("ann", "team-a"),
            Some("auth: allowed, was denied, by the issuer keycloak"),
        ),
        (
            join_of_keycloak("ann elsewhere", "standup"),
            Some("auth: allowed, was denied, by the issuer keycloak"),
        ),
    ];
    let (joins, expected): (Vec<Value>, Vec<Option<&str>>) = rows.into_iter().unzip();
    let names: Vec<String> = joins
        .iter()
        .map(|join| join["name"].as_str().unwrap().to_owned())
        .collect();
    let recorded = recorded(&workplace, &flat(), joins);
    let unchanged = workplace.run(&["replay", "--check", "-"], &recorded);
    assert_eq!(
        unchanged.status.code(),
        Some(0),
        "{}",
        text(&unchanged.stderr)
    );
    assert!(!text(&unchanged.stdout).contains("difference"));
    workplace.write("config.toml", &with_issuers());
    let output = workplace.run(&["replay", "--check", "-"], &recorded);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let mut told = said.lines();
    for ((name, expected), line) in names.iter().zip(expected).zip(text(&output.stdout).lines()) {
        let verdict: Value = serde_json::from_str(line).unwrap();
        let difference = verdict["difference"].as_str();
        assert_eq!(difference.is_some(), expected.is_some(), "{verdict}");
        if let (Some(expected), Some(difference)) = (expected, difference) {
            assert_eq!(told.next(), Some(&*format!("{name}: {expected}")));
            assert!(expected.starts_with(difference), "{verdict}");
        }
    }
    let sum = "16 cases, 16 with a recorded verdict: 8 the same, 0 stricter as the standards ask, 8 different";
    assert_eq!(told.next(), Some(sum), "{said}");
}

#[test]
fn a_discovered_issuer_is_decided_on_by_what_its_server_answered_and_nothing_is_fetched() {
    let workplace = Workplace::new();
    workplace.write("config.toml", &with_issuers());
    let of_keycloak = join_of_keycloak("ann", "team-a");
    let beyond = join_of_keycloak("beyond", "standup");
    let mut unanswered = of_keycloak.clone();
    unanswered["key_server"] = json!({});
    let mut mistaken = of_keycloak.clone();
    let metadata = format!("{REALM}/.well-known/openid-configuration");
    mistaken["key_server"][&metadata] = json!("{\"issuer\": \"https://other.example\"}");
    let cases = lines(&[of_keycloak, beyond, unanswered, mistaken]);
    let output = workplace.run(&["replay", "-"], &cases);
    let verdicts: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts[0]["room"]["ok"], true, "{}", verdicts[0]);
    let session = &verdicts[0]["session"];
    assert_eq!(session["jitsi_meet_room"], "*");
    let user = &session["jitsi_meet_context_user"];
    assert_eq!(
        (&user["name"], &user["moderator"]),
        (&json!("Ann Example"), &json!(true))
    );
    assert_eq!(verdicts[1]["auth"]["ok"], true);
    assert_eq!(verdicts[1]["room"]["ok"], false);
    for verdict in &verdicts[2..] {
        assert_eq!(verdict["auth"]["ok"], false, "{verdict}");
        assert_eq!(verdict["auth"]["reason"], "could not obtain public key");
    }
    for verdict in &verdicts {
        assert_eq!(verdict["issuer"], "keycloak", "{verdict}");
    }
}
