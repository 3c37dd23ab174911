//! What does not show, or changes what a terminal shows: it reaches nobody's terminal.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Output;
use std::thread;

use serde_json::{Value, json};

use super::{SECRET, Workplace, text};
use support::time::in_seconds;
use support::token::mint;

/// Of each kind one or more: C1 controls, marks and overrides of direction, isolates, spaces of no width, tags.
const HIDDEN: &str = "a\u{80}\u{9b}31m\u{9f}\u{61c}\u{200e}\u{202a}\u{202e}\u{2066}\u{2069}\u{200b}\u{feff}\u{2028}\u{ad}\u{e0041}z";

fn assert_all_shows(command: &str, output: &Output) {
    for said in [text(&output.stdout), text(&output.stderr)] {
        let hidden = said
            .chars()
            .find(|c| HIDDEN.contains(*c) && !c.is_ascii() || *c == '\u{7f}' || *c == '\u{1b}');
        assert_eq!(hidden, None, "{command}: {said:?}");
    }
}

fn is_there(output: &Output) -> bool {
    let said = text(&output.stdout) + &text(&output.stderr);
    said.contains("u{9b}") || said.contains("\\u009b")
}

fn workplace(options: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.write(
        "config.toml",
        &format!(
            "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\n\
             muc_mapper_domain_base = \"meet.example.com\"\n{options}"
        ),
    );
    workplace
}

fn tokens() -> Vec<String> {
    let good = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "standup", "exp": in_seconds(600),
    });
    let changed = ["iss", "aud", "sub", "room", "exp", "jti"].map(|claim| {
        let mut claims = good.clone();
        claims[claim] = Value::from(HIDDEN);
        mint(&claims, SECRET)
    });
    let nested =
        json!({"context": {"tenant": HIDDEN, "user": {HIDDEN: HIDDEN}, "room": {"regex": HIDDEN}}});
    let mut claims = good;
    claims["context"] = nested["context"].clone();
    let mut tokens = vec![HIDDEN.to_owned(), mint(&claims, SECRET)];
    tokens.extend(changed);
    tokens
}

#[test]
fn explain_shows_what_is_hidden_in_tokens_and_rooms() {
    let workplace = workplace("");
    let room = format!("{HIDDEN}@conference.meet.example.com");
    for token in tokens() {
        for arguments in [
            vec!["explain"],
            vec!["explain", "--json"],
            vec!["explain", "--room", HIDDEN],
            vec!["explain", "--room", &room, "--tenant", HIDDEN],
            vec!["explain", "--room", &room, "--json"],
            vec!["explain", "--host", HIDDEN],
        ] {
            let output = workplace.run(&arguments, &token);
            assert_all_shows(&arguments.join(" "), &output);
        }
    }
    let output = workplace.run(&["explain", "--room", &room], &tokens()[1]);
    assert!(is_there(&output), "{}", text(&output.stdout));
}

#[test]
fn check_shows_what_is_hidden_in_options_names_and_mistakes() {
    let options = [
        format!("asap_accepted_issuers = [\"{HIDDEN}\"]\n"),
        format!("asap_accepted_audiences = [\"x\", \"{HIDDEN}\"]\nleeway = 1\n"),
        format!("[hosts.\"{HIDDEN}\"]\napp_id = \"x\"\napp_secret = \"{SECRET}\"\n"),
        format!("cache_keys_url = \"{HIDDEN}\"\n"),
        format!("\"{HIDDEN}\" = 1\n"),
        format!("leeway = \"{HIDDEN}\"\n"),
        format!("leeway = {HIDDEN}\n"),
        format!("public_key_file = \"/{HIDDEN}\"\n"),
    ];
    for own in options {
        let workplace = workplace(&own);
        for arguments in [
            vec!["check"],
            vec!["check", "--json"],
            vec!["explain", "a.b.c"],
        ] {
            let output = workplace.run(&arguments, "");
            assert_all_shows(&format!("{} {own:?}", arguments.join(" ")), &output);
        }
    }
    let issuers = format!("asap_accepted_issuers = [\"{HIDDEN}\"]\n");
    let output = workplace(&issuers).run(&["check"], "");
    assert!(is_there(&output), "{}", text(&output.stdout));
}

/// Answers one question, as a daemon whose key servers are not to be trusted.
fn stand_in(status: &'static str, body: &Value) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4_096];
        assert!(stream.read(&mut head).unwrap() > 0);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[test]
fn keys_shows_what_is_hidden_in_what_servers_publish() {
    let key = json!({
        "kid": HIDDEN, "type": HIDDEN, "bits": 2_048, "fingerprint": HIDDEN, "weakness": HIDDEN, "age_seconds": 5,
    });
    let source = json!({"kind": HIDDEN, "source": HIDDEN, "error": HIDDEN, "keys": [key]});
    let hosts = json!({"hosts": [{"host": HIDDEN, "algorithm": HIDDEN, "sources": [source]}]});
    let problem = json!({"detail": HIDDEN});
    for (status, body) in [("200 OK", hosts), ("404 Not Found", problem)] {
        for more in [None, Some("--json")] {
            let url = stand_in(status, &body);
            let mut arguments = vec!["keys", "--url", &url];
            arguments.extend(more);
            let output = workplace("").run(&arguments, "");
            assert_all_shows(&arguments.join(" "), &output);
            assert!(is_there(&output), "{}", text(&output.stdout));
        }
    }
}
