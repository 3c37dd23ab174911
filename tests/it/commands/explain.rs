//! `prosody-tokend explain`.

use serde_json::{Value, json};

use super::{SECRET, Workplace, text};
use support::time::in_seconds;
use support::token::{mint, with};

fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app",
        "aud": "my_app",
        "sub": "meet.example.com",
        "room": "standup",
        "exp": in_seconds(600),
    });
    mint(&with(claims, changes), SECRET)
}

#[test]
fn the_first_line_names_the_cause_and_the_status_is_1() {
    let token = token(&json!({"sub": "meet.jit.si"}));
    let output = Workplace::new().run(&["explain", "--room", "standup"], &token);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.starts_with(
            "denied  sub: found \"meet.jit.si\", needed \"meet.example.com\" or \"*\""
        ),
        "{said}"
    );
    for expected in [
        "host meet.example.com",
        "room standup@conference.meet.example.com",
        "set by  enable_domain_verification, default",
        "let the issuer set sub to \"meet.example.com\"",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert!(text(&output.stderr).is_empty());
}

#[test]
fn an_explanation_fits_on_one_screen_and_has_no_colour_in_a_file() {
    let token = token(&json!({"sub": "meet.jit.si"}));
    let output = Workplace::new().run(&["explain", "--room", "standup"], &token);
    let said = text(&output.stdout);
    assert!(said.lines().count() <= 28, "{said}");
    assert!(
        said.lines().all(|line| line.chars().count() <= 100),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn an_accepted_token_ends_with_status_0() {
    let output = Workplace::new().run(&["explain", "--room", "standup"], &token(&json!({})));
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("allowed\n"), "{said}");
}

#[test]
fn the_token_may_be_an_argument_or_a_dash_and_a_line_break_after_it_is_no_mistake() {
    let token = token(&json!({}));
    for (argument, input) in [
        (token.as_str(), ""),
        ("-", token.as_str()),
        ("-", &format!("{token}\n")),
    ] {
        let output = Workplace::new().run(&["explain", argument], input);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    }
}

#[test]
fn another_time_can_be_asked_for_in_both_forms() {
    let token = token(&json!({"exp": 1_795_000_000}));
    for (at, status) in [
        ("1794999999", 0),
        ("1795000000", 1),
        ("2026-11-18T11:06:39Z", 0),
        ("2026-11-18T11:06:41Z", 1),
        ("1794999999000", 0),
        ("1795000000000", 1),
    ] {
        let output = Workplace::new().run(&["explain", "--at", at], &token);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{at}: {}",
            text(&output.stdout)
        );
    }
    for at in ["yesterday", "1795000000000000", "159084646376"] {
        let output = Workplace::new().run(&["explain", "--at", at], &token);
        assert_eq!(output.status.code(), Some(2), "{at}");
        assert!(text(&output.stderr).contains("expected 2026-01-31T12:00:00Z, or Unix seconds"));
    }
}

#[test]
fn the_first_line_of_a_token_that_is_let_in_says_what_is_odd_about_it() {
    for (exp, says) in [
        (
            in_seconds(600) * 1_000,
            "allowed, but exp is in milliseconds: this token expires in the year 58",
        ),
        (
            in_seconds(600) * 1_000_000,
            "allowed, but exp is in microseconds: this token expires in the year",
        ),
        (159_084_646_376, "allowed, but exp is a number of 12 digits"),
    ] {
        let output = Workplace::new().run(
            &["explain", "--room", "standup"],
            &token(&json!({"exp": exp})),
        );
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stdout);
        assert!(said.starts_with(says), "{said}");
    }
}

#[test]
fn what_the_web_client_will_say_is_noted() {
    let features = json!({"context": {"features": {"local-recording": true}}});
    for (changes, says) in [
        (
            json!({"exp": null}),
            "without exp the token is good for ever",
        ),
        (features, "knows no feature \"local-recording\""),
    ] {
        let output = Workplace::new().run(&["explain"], &token(&changes));
        let said = text(&output.stdout);
        let on_one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.starts_with("allowed\n") && on_one_line.contains(says),
            "{said}"
        );
        assert!(
            said.lines().all(|line| line.chars().count() <= 100),
            "{said}"
        );
    }
}

#[test]
fn what_the_token_makes_of_its_user_comes_last() {
    for (user, moderator) in [
        (
            json!({"name": "Ann", "affiliation": "teacher"}),
            "moderator  yes  context.user.affiliation is \"teacher\" (read by mod_token_affiliation)\n",
        ),
        (
            json!({"name": "Ann", "moderator": 1}),
            "moderator  no   context.user.moderator is 1 (read by mod_token_affiliation)\n",
        ),
        (
            json!({"name": "Ann"}),
            "moderator  no   context.user.moderator is not there (read by mod_token_affiliation)\n",
        ),
    ] {
        let allowed = json!({"context": {"user": user}});
        for (changes, heading) in [
            (allowed.clone(), "\n\nmakes of the user: "),
            (
                with(allowed, &json!({"aud": "other"})),
                "\n\nsays of the user: ",
            ),
        ] {
            let output = Workplace::new().run(&["explain"], &token(&changes));
            let said = text(&output.stdout);
            let (checks, end) = said.split_once(heading).unwrap();
            assert!(checks.contains("exp"), "{said}");
            assert!(
                end.starts_with("name \"Ann\", no id, no group, the server's features\n"),
                "{said}"
            );
            assert!(end.contains(moderator), "{said}");
            assert!(end.contains("\n  note       without nbf"), "{said}");
        }
    }
    let output = Workplace::new().run(&["explain"], "no token");
    assert!(!text(&output.stdout).contains("the user"));
}

#[test]
fn a_room_is_taken_as_people_name_it_and_a_host_is_found() {
    let of_tenant = token(&json!({"sub": "acme"}));
    let cyrillic = token(&json!({"room": "%d1%82%d0%b5%d1%81%d1%82"}));
    let usual = token(&json!({}));
    for (token, arguments, room) in [
        (
            &usual,
            &["--room", "https://meet.example.com/standup?lang=de#x=1"][..],
            "standup",
        ),
        (&usual, &["--room", "/standup"], "standup"),
        (&usual, &["--room", "StandUp"], "standup"),
        (
            &usual,
            &["--room", "standup", "--host", "https://Meet.Example.com/"],
            "standup",
        ),
        (
            &usual,
            &["--room", "standup", "--host", "MEET.example.com."],
            "standup",
        ),
        (&of_tenant, &["--room", "acme/standup"], "[acme]standup"),
        (
            &of_tenant,
            &["--room", "https://meet.example.com/Acme/standup"],
            "[acme]standup",
        ),
        (&cyrillic, &["--room", "Тест"], "%d1%82%d0%b5%d1%81%d1%82"),
    ] {
        let output = Workplace::new().run(&[&["explain"], arguments].concat(), token);
        let said = text(&output.stdout).replace('\n', " ");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        let room = format!("room {room}@conference.meet.example.com");
        assert!(said.contains(&room), "{arguments:?}: {said}");
    }
    let output = Workplace::new().run(&["explain", "--room", "acme/standup"], &of_tenant);
    let said = text(&output.stdout).replace('\n', " ");
    assert!(
        said.contains("\"acme/standup\" is the room \"standup\" of the tenant \"acme\""),
        "{said}"
    );
}

#[test]
fn programs_get_json_with_every_check() {
    let token = token(&json!({"iss": "other", "aud": ["my_app"]}));
    let output = Workplace::new().run(&["explain", "--json"], &token);
    assert_eq!(output.status.code(), Some(1));
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["allowed"], false);
    assert_eq!(body["auth"]["reason"], "invalid 'iss' claim");
    let checks = body["checks"].as_array().unwrap();
    let codes: Vec<&Value> = checks
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| &check["code"])
        .collect();
    assert_eq!(
        codes,
        [&json!("iss-not-accepted"), &json!("aud-not-accepted")]
    );
}

#[test]
fn the_id_in_a_log_is_printed_although_the_token_has_expired_since() {
    let token = token(&json!({"jti": "id-1", "exp": 1_795_000_000}));
    let before = Workplace::new().run(&["explain", "--at", "1794999999"], &token);
    assert!(
        text(&before.stdout).contains("token id-1 ("),
        "{}",
        text(&before.stdout)
    );
    let digest = text(&before.stdout);
    let digest = digest
        .split("token id-1 (")
        .nth(1)
        .unwrap()
        .split(')')
        .next()
        .unwrap();
    let after = Workplace::new().run(&["explain", "--at", "1795000001"], &token);
    assert!(
        text(&after.stdout).contains(digest),
        "{}",
        text(&after.stdout)
    );
}

#[test]
fn no_token_and_an_unknown_host_are_mistakes_of_the_caller() {
    let workplace = Workplace::new();
    let output = workplace.run(&["explain"], "\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no token"));
    let output = workplace.run(&["explain", "--host", "other.example"], &token(&json!({})));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is one for meet.example.com"));
}

#[test]
fn a_files_name_is_told_from_a_token_and_one_in_json_is_explained() {
    let workplace = Workplace::new();
    for name in ["token.txt", "./token.txt", "/etc/hostname"] {
        let output = workplace.run(&["explain", name], "");
        let said = text(&output.stdout);
        assert!(
            said.starts_with("denied  token: found the name of a file"),
            "{said}"
        );
    }
    let token = token(&json!({"sub": "meet.jit.si"}));
    let json = json!({ "token": token }).to_string();
    let output = workplace.run(&["explain"], &json);
    let said = text(&output.stdout);
    assert!(
        said.starts_with("denied  token: found JSON around the token"),
        "{said}"
    );
    assert!(said.contains("ok  sub        \"meet.jit.si\""), "{said}");
}

#[test]
fn a_token_that_anybody_could_have_made_is_let_in_with_a_word_on_that() {
    let workplace = Workplace::new();
    let policy = "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"changeme\"\n";
    workplace.write("config.toml", policy);
    let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": in_seconds(600)});
    let token = mint(&claims, "changeme");
    let output = workplace.run(&["explain"], &token);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words.join(" ").contains("anybody can guess it"), "{said}");
    assert!(!said.contains("changeme"), "{said}");
}
