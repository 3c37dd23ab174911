//! Tokens that are made at the console.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::visitor::{ADMIN_KEY, Visitor, body};
use crate::daemon::fixture::{Answer, BINARY, HOST, Running, SECRET, start};
use support::daemon::Daemon;
use support::time::now;

const PAGE: &str = "/console/mint";
const ROOM: &str = "standup@conference.meet.example.com";

fn making() -> Running {
    start(&format!(
        "admin_key = \"{ADMIN_KEY}\"\n[console]\nenabled = true\nmint = true\n"
    ))
}

/// The token on the page.
fn minted(answer: &Answer) -> String {
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let (_, rest) = answer.0.split_once("id=\"minted\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (token, _) = rest.split_once("</textarea>").unwrap();
    token.trim().to_owned()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn is_let_in(daemon: &Running, token: &str, room: &str) -> bool {
    let asked = json!({"host": "meet.example.com", "token": token, "room": room});
    daemon.post("/v1/verify", &asked).json()["allowed"] == true
}

#[test]
fn a_token_that_is_made_has_what_was_asked_for_and_is_let_in() {
    let daemon = making();
    let visitor = Visitor::administrator(&daemon);
    let answer = visitor.send(
        PAGE,
        &[
            ("host", "meet.example.com"),
            ("room", "StandUp"),
            ("user", "Ann"),
            ("email", "ann@example.com"),
            ("moderator", "yes"),
            ("features", "recording, livestreaming,"),
            ("minutes", "5"),
        ],
    );
    let token = minted(&answer);
    let claims = claims(&token);
    for (pointer, value) in [
        ("/room", json!("standup")),
        ("/iss", json!("my_app")),
        ("/sub", json!("meet.example.com")),
        ("/context/user/name", json!("Ann")),
        ("/context/user/email", json!("ann@example.com")),
        ("/context/user/moderator", json!(true)),
        ("/context/features/recording", json!(true)),
        ("/context/features/livestreaming", json!(true)),
    ] {
        assert_eq!(claims.pointer(pointer), Some(&value), "{claims}");
    }
    let lasts = claims["exp"].as_i64().unwrap() - now();
    assert!((200..=300).contains(&lasts), "{claims}");
    assert!(is_let_in(&daemon, &token, ROOM));
    assert!(!is_let_in(
        &daemon,
        &token,
        "other@conference.meet.example.com"
    ));
    // What the command says of it beside the token.
    assert!(
        answer.0.contains("the room claim is standup"),
        "{}",
        answer.0
    );

    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("made a token"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains("meet.example.com") && line.contains("StandUp"),
        "{line}"
    );
    assert!(!log.contains(&token), "{log}");
}

#[test]
fn a_token_leads_to_its_explanation_in_the_body_of_a_request() {
    let daemon = making();
    let visitor = Visitor::administrator(&daemon);
    let answer = visitor.send(PAGE, &[("minutes", "60")]);
    let token = minted(&answer);
    let fields = super::visitor::hidden_fields(body(&answer), "/console/token");
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert!(fields.contains(&("token", &token)), "{fields:?}");
    assert!(!answer.0.contains(&format!("?token={token}")));
    let explained = visitor.post("/console/token", &fields);
    assert_eq!(explained.status(), 200, "{}", explained.0);
    assert!(explained.0.contains("allowed"), "{}", explained.0);
    // Nothing is kept: the form is empty when somebody comes back.
    assert!(!visitor.page(PAGE).contains(&token));
}

#[test]
fn what_cannot_be_made_is_said_and_what_was_filled_in_stays() {
    let daemon = making();
    let visitor = Visitor::administrator(&daemon);
    for (changed, says) in [
        (("minutes", "0"), "expected 1 to 1440"),
        (("minutes", "1441"), "expected 1 to 1440"),
        (("minutes", ""), "expected 1 to 1440"),
        (("minutes", "-1"), "expected 1 to 1440"),
        (("minutes", "1.5"), "expected 1 to 1440"),
        (("minutes", "99999999999999999999"), "expected 1 to 1440"),
        (("host", "x.example"), "meet.example.com"),
        (("issuer", "lms"), "has no issuer"),
        (("tenant", "other"), "leave one of them out"),
    ] {
        let usual = [
            ("minutes", "60"),
            ("room", "acme/standup"),
            ("user", "<b>\"Ann\"</b>"),
        ];
        let usual = usual.into_iter().filter(|(name, _)| *name != changed.0);
        let fields: Vec<(&str, &str)> = usual.chain([changed]).collect();
        let refused = visitor.send(PAGE, &fields);
        assert_eq!(refused.status(), 400, "{changed:?}: {}", refused.0);
        assert!(refused.0.contains(says), "{says}: {}", refused.0);
        assert!(!refused.0.contains("id=\"minted\""), "{}", refused.0);
        assert!(!refused.0.contains("<b>\"Ann"), "{}", refused.0);
        assert!(
            refused.0.contains("&lt;b&gt;&quot;Ann&quot;"),
            "{}",
            refused.0
        );
    }
    assert!(!daemon.log().contains("made a token"));
}

#[test]
fn a_host_without_a_secret_says_what_the_command_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let daemon = start(&format!(
        "admin_key = \"{ADMIN_KEY}\"\n[console]\nenabled = true\nmint = true\n\
         [hosts.\"public.example.com\"]\napp_id = \"a\"\nsignature_algorithm = \"ES256\"\npublic_key_file = \"{folder}/p256-public.pem\"\n"
    ));
    let visitor = Visitor::administrator(&daemon);
    let fields = [("host", "public.example.com"), ("minutes", "60")];
    let refused = visitor.send(PAGE, &fields);
    assert_eq!(refused.status(), 400, "{}", refused.0);
    let says = "the host verifies with public keys: name the private key with --key-file";
    assert!(refused.0.contains(says), "{}", refused.0);
}

#[test]
fn a_token_that_its_host_denies_is_made_and_the_page_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = "[[hosts.\"meet.example.com\".issuers]]\nname = \"school\"\nissuer = \"school\"\naudiences = [\"school\"]\n\
        app_secret = \"the-secret-of-the-school-0123456789abcdef\"\nrooms = [\"team-*\"]\nfeatures = [\"recording\"]\n";
    let settings = format!(
        "admin_key = \"{ADMIN_KEY}\"\n[console]\nenabled = true\nmint = true\n{HOST}{issuer}"
    );
    let daemon = Daemon::start(Path::new(BINARY), folder.path(), &settings);
    let daemon = Running { daemon, folder };
    let visitor = Visitor::administrator(&daemon);
    assert!(
        visitor
            .page(PAGE)
            .contains("<optgroup label=\"meet.example.com\">")
    );
    let ask = |room: &str| {
        let fields = [
            ("host", "meet.example.com"),
            ("issuer", "school"),
            ("room", room),
            ("features", "recording,flip"),
            ("minutes", "60"),
        ];
        visitor.send(PAGE, &fields)
    };
    let (denied, good) = (ask("standup"), ask("team-red"));
    assert!(!is_let_in(&daemon, &minted(&denied), ROOM));
    assert!(
        denied.0.contains("meet.example.com denies this token: "),
        "{}",
        denied.0
    );
    let room = "team-red@conference.meet.example.com";
    assert!(is_let_in(&daemon, &minted(&good), room));
    assert!(!good.0.contains("denies this token"), "{}", good.0);
    assert!(good.0.contains("may not grant: flip"), "{}", good.0);
}

#[test]
fn no_token_is_made_where_that_is_not_turned_on() {
    let daemon = start(&format!(
        "admin_key = \"{ADMIN_KEY}\"\n[console]\nenabled = true\n"
    ));
    let visitor = Visitor::administrator(&daemon);
    for answer in [visitor.get(PAGE), visitor.send(PAGE, &[("minutes", "60")])] {
        assert_eq!(answer.status(), 404, "{}", answer.0);
        assert!(answer.0.contains("console.mint = true"), "{}", answer.0);
    }
    assert!(!visitor.page("/console/server").contains(PAGE));
}

#[test]
fn nobody_makes_a_token_who_has_not_logged_in_or_from_another_page() {
    let daemon = making();
    let stranger = Visitor::stranger(&daemon);
    assert_eq!(stranger.get(PAGE).status(), 303);
    assert!(matches!(
        stranger.post(PAGE, &[("minutes", "60")]).status(),
        303 | 403
    ));
    let visitor = Visitor::administrator(&daemon);
    for token in ["", "x"] {
        let answer = visitor.post(PAGE, &[("form_token", token), ("minutes", "60")]);
        assert_eq!(answer.status(), 403, "{}", answer.0);
    }
    assert_eq!(visitor.post(PAGE, &[("minutes", "60")]).status(), 403);
    let page = visitor.page(PAGE);
    for secret in [SECRET, ADMIN_KEY] {
        assert!(!page.contains(secret), "{page}");
    }
    assert!(!daemon.log().contains("made a token"));
}
