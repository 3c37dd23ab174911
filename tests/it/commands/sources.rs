//! Every command takes its policy from the same places as `serve`.

use serde_json::Value;

use super::{SECRET, Workplace, run, text};

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    let prosody = format!(
        "VirtualHost \"meet.example.com\"\n authentication = \"token\"\n app_id = \"of_prosody\"\n app_secret = \"{SECRET}\"\n"
    );
    workplace.write("prosody.cfg.lua", &prosody);
    workplace.write(
        "variables",
        &format!("ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=of_docker\nJWT_APP_SECRET={SECRET}\n"),
    );
    workplace.write("named.toml", "prosody_config = \"prosody.cfg.lua\"\n");
    workplace
}

const SOURCES: [(&[&str], &str); 3] = [
    (&["--prosody-config", "prosody.cfg.lua"], "of_prosody"),
    (&["--config", "named.toml"], "of_prosody"),
    (&["--env-file", "variables"], "of_docker"),
];

#[test]
fn a_token_is_minted_and_explained_by_the_policy_that_is_named() {
    let workplace = workplace();
    for (source, issuer) in SOURCES {
        let command = |name: &str, more: &[&str], input: &str| {
            run(
                workplace.path("").as_path(),
                &[&[name], source, more].concat(),
                input,
            )
        };
        let minted = command("mint", &["--aud", "any", "--room", "standup"], "");
        let token = text(&minted.stdout);
        assert!(
            minted.status.success(),
            "{source:?}: {}",
            text(&minted.stderr)
        );
        let explained = command("explain", &["--json"], &token);
        let answer: Value = serde_json::from_slice(&explained.stdout).unwrap();
        assert_eq!(answer["allowed"], true, "{source:?}: {answer}");
        assert_eq!(answer["claims"]["iss"], issuer, "{source:?}");

        let case = format!("{{\"token\": \"{}\", \"now\": 0}}", token.trim());
        workplace.write("cases.jsonl", &case);
        let replayed = command("replay", &["cases.jsonl"], "");
        let said = text(&replayed.stdout) + &text(&replayed.stderr);
        assert!(!said.contains("options"), "{source:?}: {said}");

        let keys = command("keys", &["--url", "http://127.0.0.1:1"], "");
        let said = text(&keys.stderr);
        assert!(said.contains("is it running?"), "{source:?}: {said}");
    }
}

#[test]
fn a_token_of_another_policy_is_denied_by_the_one_that_is_named() {
    let workplace = workplace();
    let folder = workplace.path("");
    let minted = run(&folder, &["mint", "--config", "config.toml"], "");
    for (source, _) in SOURCES {
        let arguments = [&["explain"], source].concat();
        let explained = run(&folder, &arguments, &text(&minted.stdout));
        assert_eq!(explained.status.code(), Some(1), "{source:?}");
        assert!(text(&explained.stdout).contains("iss"), "{source:?}");
    }
}

#[test]
fn jaas_goes_by_variables_alone() {
    let workplace = workplace();
    for (source, _) in SOURCES {
        let arguments = [&["mint", "--jaas"], source].concat();
        let minted = run(&workplace.path(""), &arguments, "");
        let said = text(&minted.stderr);
        assert!(said.contains("cannot be used with"), "{source:?}: {said}");
    }
}
