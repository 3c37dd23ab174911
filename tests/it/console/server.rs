//! How the server is, and what is taken back there.
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations, and runs commands beside the daemon"
)]

use std::fs;
use std::process::{Command, Stdio};

use serde_json::json;

use super::visitor::{ADMIN_KEY, Visitor, body, hidden_fields, plain, rows};
use crate::daemon::fixture::{BINARY, Running, SECRET, start};
use crate::daemon::revocations::{Keeping, keeping_with, token};
use support::until;

const PAGE: &str = "/console/server";
const REVOKE: &str = "/console/server/revoke";
const TAKE_BACK: &str = "/console/server/take-back";
const CONSOLE: &str = "[console]\nenabled = true\n";

fn keeping() -> Keeping {
    keeping_with("", CONSOLE)
}

/// What a command prints of the same configuration.
fn printed(running: &Running, arguments: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    command.args(arguments).arg("--config");
    command.arg(running.daemon.configuration());
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_has_each_line_of_check() {
    let sections = format!(
        "{CONSOLE}[hosts.\"other.example.com\"]\napp_id = \"<b>a</b>\"\napp_secret = \"{SECRET}\"\nallow_empty_token = true\n\
            [[hosts.\"other.example.com\".issuers]]\nname = \"lms\"\nissuer = \"https://lms.example\"\naudiences = [\"x\"]\n\
            app_secret = \"the-other-secret-of-the-daemon-tests-0123\"\n"
    );
    let daemon = keeping_with("", &sections);
    let page = Visitor::administrator(&daemon.running).page(PAGE);
    let shown: Vec<String> = rows(&page).iter().map(|row| row.join(" ")).collect();
    let shown: Vec<String> = shown.iter().map(|row| plain(row)).collect();
    let checked = printed(&daemon.running, &["check"]);
    let options = checked.lines().filter(|line| line.starts_with("  "));
    let mut options = options.filter(|line| !line.starts_with("   "));
    let options: Vec<&str> = options
        .by_ref()
        .take_while(|line| !line.starts_with("  default:"))
        .collect();
    assert!(options.len() > 40, "{checked}");
    for line in options {
        assert!(
            shown.contains(&plain(line)),
            "{line:?} is not among {shown:#?}"
        );
    }
    for title in [
        "Options of meet.example.com",
        "Options of other.example.com, issuer lms",
        "other.example.com: clients without a token are let in as guests",
        "nobody gets in",
    ] {
        let is_there = page.contains(title);
        assert_eq!(is_there, title != "nobody gets in", "{title}: {page}");
    }
}

#[test]
fn the_page_has_each_line_of_keys() {
    let daemon = keeping();
    let page = Visitor::administrator(&daemon.running).page(PAGE);
    let shown: Vec<String> = rows(&page)
        .iter()
        .map(|row| plain(&row.join(" ")))
        .collect();
    let url = format!("http://127.0.0.1:{}", daemon.running.daemon.port());
    let told = printed(&daemon.running, &["keys", "--url", &url]);
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("    "))
        .collect();
    assert_eq!(lines.len(), 2, "{told}");
    for line in lines {
        assert!(
            shown.contains(&plain(line)),
            "{line:?} is not among {shown:#?}"
        );
    }
    assert!(page.contains("meet.example.com (HS256)"), "{page}");
}

#[test]
fn what_is_wrong_with_a_reload_is_told_until_it_is_mended() {
    let daemon = keeping();
    let visitor = Visitor::administrator(&daemon.running);
    let before = visitor.page(PAGE);
    assert!(before.contains("nothing to mend"), "{before}");
    assert!(before.contains("prosody-tokend doctor"), "{before}");
    let path = daemon.running.daemon.configuration();
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("app_id", "ap<i>id")).unwrap();
    let broken = until("the mistake to be shown", || {
        let page = visitor.page(PAGE);
        page.contains("is not in force").then_some(page)
    });
    assert!(!broken.contains("nothing to mend"), "{broken}");
    assert!(!broken.contains("<i>"), "{broken}");
    assert!(broken.contains("the last one"), "{broken}");
    let other = good.replace(
        "muc_mapper_domain_base",
        "allow_empty_token = true\nmuc_mapper_domain_base",
    );
    fs::write(&path, other).unwrap();
    let mended = until("the other configuration to be shown", || {
        let page = visitor.page(PAGE);
        page.contains("clients without a token are let in as guests")
            .then_some(page)
    });
    assert!(!mended.contains("is not in force"), "{mended}");
}

#[test]
fn where_nothing_can_be_revoked_the_page_says_why() {
    let without_store = start(&format!("admin_key = \"{ADMIN_KEY}\"\n{CONSOLE}"));
    let page = Visitor::administrator(&without_store).page(PAGE);
    assert!(page.contains("there is nowhere to keep it"), "{page}");
    assert!(!page.contains(&format!("action=\"{REVOKE}\"")), "{page}");
    let visitor = Visitor::administrator(&without_store);
    let refused = visitor.send(REVOKE, &[("kind", "user"), ("value", "u1")]);
    assert_eq!(refused.status(), 404, "{}", refused.0);

    let open = start(CONSOLE);
    let visitor = Visitor::stranger(&open);
    let page = visitor.page(PAGE);
    assert!(page.contains("no key of administrators is set"), "{page}");
    assert!(!page.contains("name=\"form_token\""), "{page}");
    for path in [REVOKE, TAKE_BACK] {
        assert_eq!(visitor.post(path, &[]).status(), 403);
    }
}

#[test]
fn who_is_revoked_is_shown_to_administrators_alone() {
    let daemon = keeping();
    daemon.revoked(&json!({"user": "the-user-who-left", "reason": "as the-reason-says"}));
    let page = Visitor::administrator(&daemon.running).page(PAGE);
    assert!(page.contains("the-user-who-left"), "{page}");
    let path = daemon.running.daemon.configuration();
    let text = fs::read_to_string(&path).unwrap();
    let is_key = |line: &&str| line.starts_with("admin_key");
    let open: Vec<&str> = text.lines().filter(|line| !is_key(line)).collect();
    fs::write(&path, open.join("\n")).unwrap();
    let stranger = Visitor::stranger(&daemon.running);
    let page = until("the console to be open", || {
        let answer = stranger.get(PAGE);
        (answer.status() == 200).then(|| body(&answer).to_owned())
    });
    for hidden in ["the-user-who-left", "the-reason-says"] {
        assert!(!page.contains(hidden), "{page}");
    }
    assert!(page.contains("no key of administrators is set"), "{page}");
}

#[test]
fn each_kind_is_revoked_in_two_steps_and_taken_back_in_two() {
    let mine = token(&json!({}));
    for (kind, value) in [
        ("token", ""),
        ("jti", "t1"),
        ("user", "u1"),
        ("issuer", "my_app"),
        ("room", "standup"),
        ("sid", "s1"),
    ] {
        let daemon = keeping();
        let visitor = Visitor::administrator(&daemon.running);
        let pasted = format!("  {mine}\n");
        let token = if kind == "token" { &pasted } else { "" };
        let fields = [
            ("kind", kind),
            ("value", value),
            ("token", token),
            ("host", "meet.example.com"),
            ("reason", "the laptop was stolen"),
            ("until", "12h"),
        ];
        let asked = visitor.send(REVOKE, &fields);
        assert_eq!(asked.status(), 200, "{kind}: {}", asked.0);
        assert!(
            asked
                .0
                .contains("denied from now on at meet.example.com, until "),
            "{}",
            asked.0
        );
        assert!(asked.0.contains("the laptop was stolen"), "{}", asked.0);
        assert_eq!(daemon.verdict(&mine, "standup"), "allowed", "{kind}");
        assert!(daemon.list().is_empty(), "{kind}");

        confirm(&visitor, REVOKE, body(&asked));
        let [revocation] = daemon.list().try_into().unwrap();
        assert_eq!(revocation["kind"], kind);
        assert_eq!(revocation["by"], "the console");
        assert_eq!(revocation["reason"], "the laptop was stolen");
        assert_eq!(daemon.verdict(&mine, "standup"), "token-revoked", "{kind}");

        let page = visitor.page(PAGE);
        let row = rows(&page)
            .into_iter()
            .find(|row| row.contains(&"the console".to_owned()));
        let row = row.unwrap_or_else(|| panic!("{page}"));
        assert_eq!(row[1], "meet.example.com");
        assert_eq!(row[6], revocation["id"].as_str().unwrap());
        let button: Vec<(String, String)> = hidden_fields(&page, TAKE_BACK);
        let asked = visitor.post(TAKE_BACK, &borrowed(&button));
        assert_eq!(asked.status(), 200, "{}", asked.0);
        assert_eq!(daemon.list().len(), 1, "{kind}");
        confirm(&visitor, TAKE_BACK, body(&asked));
        assert!(daemon.list().is_empty(), "{kind}");
        assert_eq!(daemon.verdict(&mine, "standup"), "allowed", "{kind}");
        let log = daemon.running.log();
        assert!(!log.contains(&mine), "{log}");
        assert!(
            log.contains("revoked") && log.contains("the console"),
            "{log}"
        );
    }
}

/// Says yes on the page that asks, which leads on to the server.
fn confirm(visitor: &Visitor<'_>, action: &str, asked: &str) {
    let fields = hidden_fields(asked, action);
    let done = visitor.post(action, &borrowed(&fields));
    assert_eq!(done.status(), 303, "{}", done.0);
    let location = done
        .0
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    let location = location.unwrap();
    assert!(location.starts_with("/console/server?done="), "{location}");
    let page = visitor.page(location);
    assert!(page.contains("role=\"status\""), "{page}");
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn a_kid_is_revoked_and_a_user_is_logged_out_everywhere() {
    let daemon = keeping();
    let visitor = Visitor::administrator(&daemon.running);
    for fields in [
        &[("kind", "kid"), ("value", "k1")][..],
        &[("kind", "user"), ("value", "u1"), ("issued_before", "now")],
    ] {
        let asked = visitor.send(REVOKE, fields);
        confirm(&visitor, REVOKE, body(&asked));
    }
    assert_eq!(daemon.list().len(), 2);
    let early = token(&json!({}));
    assert_eq!(daemon.verdict(&early, "standup"), "token-revoked");
    let later = token(&json!({"iat": support::time::in_seconds(100), "jti": "t2"}));
    assert_ne!(daemon.verdict(&later, "standup"), "token-revoked");
}

#[test]
fn what_cannot_be_revoked_is_said_and_what_was_filled_in_stays() {
    let daemon = keeping();
    let visitor = Visitor::administrator(&daemon.running);
    let pasted = token(&json!({}));
    for (fields, says) in [
        (&[("kind", "user"), ("value", " ")][..], "user: it is empty"),
        (&[("kind", "device"), ("value", "x")], "say what to revoke"),
        (
            &[("kind", "token"), ("token", "a.b")],
            "token: this is no token",
        ),
        (
            &[("kind", "user"), ("value", &pasted)],
            "user: it looks like a token",
        ),
        (
            &[("kind", "jti"), ("value", "t1"), ("until", "soon")],
            "until: expected",
        ),
        (
            &[
                ("kind", "jti"),
                ("value", "t1"),
                ("until", "2001-01-31T12:00:00Z"),
            ],
            "until: the time is over",
        ),
        (
            &[("kind", "jti"), ("value", "t1"), ("host", "x.example")],
            "host: ",
        ),
        (
            &[("kind", "jti"), ("value", "t1"), ("issued_before", "now")],
            "it is for user alone",
        ),
    ] {
        let fields = [fields, &[("reason", "a \"<b>reason</b>\"")]].concat();
        let refused = visitor.send(REVOKE, &fields);
        assert!(matches!(refused.status(), 400 | 404), "{}", refused.0);
        assert!(refused.0.contains(says), "{says}: {}", refused.0);
        assert!(
            refused.0.contains("value=\"a &quot;&lt;b&gt;reason"),
            "{}",
            refused.0
        );
        assert!(daemon.list().is_empty());
    }
}

#[test]
fn nobody_takes_back_what_was_changed_since_it_was_seen() {
    let daemon = keeping();
    let visitor = Visitor::administrator(&daemon.running);
    daemon.revoked(&json!({"user": "u1", "reason": "one"}));
    let seen = hidden_fields(&visitor.page(PAGE), TAKE_BACK);
    let asked = visitor.post(TAKE_BACK, &borrowed(&seen));
    let seen_again = hidden_fields(body(&asked), TAKE_BACK);
    daemon.revoked(&json!({"user": "u1", "reason": "two"}));
    for fields in [seen, seen_again] {
        let refused = visitor.post(TAKE_BACK, &borrowed(&fields));
        assert_eq!(refused.status(), 412, "{}", refused.0);
        assert!(
            refused.0.contains("was changed since you saw it"),
            "{}",
            refused.0
        );
        assert!(refused.0.contains("two"), "{}", refused.0);
        assert_eq!(daemon.list().len(), 1);
        if fields.iter().any(|(name, _)| name == "confirm") {
            confirm(&visitor, TAKE_BACK, body(&refused));
        }
    }
    assert!(daemon.list().is_empty());
    let gone = visitor.send(
        TAKE_BACK,
        &[
            ("id", &"0".repeat(32)),
            ("version", "1"),
            ("confirm", "yes"),
        ],
    );
    assert_eq!(gone.status(), 303, "{}", gone.0);
    assert!(gone.0.contains("done=gone"), "{}", gone.0);
}

#[test]
fn only_a_form_of_the_session_revokes() {
    let daemon = keeping_with("api_key = \"the-key-of-prosody\"", CONSOLE);
    let visitor = Visitor::administrator(&daemon.running);
    let fields = [("kind", "user"), ("value", "u1"), ("confirm", "yes")];
    let other = Visitor::administrator(&daemon.running);
    for token in ["", "x", other.form_token.as_str()] {
        let with_token = [&[("form_token", token)][..], &fields].concat();
        assert_eq!(visitor.post(REVOKE, &with_token).status(), 403);
        assert_eq!(visitor.post(TAKE_BACK, &with_token).status(), 403);
    }
    assert_eq!(visitor.post(REVOKE, &fields).status(), 403);
    let stranger = Visitor::stranger(&daemon.running);
    for path in [REVOKE, TAKE_BACK] {
        let answer = stranger.post(path, &fields);
        assert!(matches!(answer.status(), 303 | 403), "{}", answer.0);
    }
    assert_eq!(stranger.get(PAGE).status(), 303);
    let form = "Content-Type: application/x-www-form-urlencoded";
    let key = "Authorization: Bearer the-key-of-prosody";
    let prosody = daemon.running.ask(
        "POST",
        REVOKE,
        &[form, key],
        "kind=user&value=u1&confirm=yes",
    );
    assert_eq!(prosody.status(), 403, "{}", prosody.0);
    assert!(daemon.list().is_empty());
}

#[test]
fn a_long_list_is_shown_page_by_page() {
    let daemon = keeping();
    for number in 0..101 {
        daemon.revoked(&json!({"user": format!("u{number}")}));
    }
    let visitor = Visitor::administrator(&daemon.running);
    let first = visitor.page(PAGE);
    let (_, rest) = first.split_once("/console/server?after=").unwrap();
    let (after, _) = rest.split_once('#').unwrap();
    let second = visitor.page(&format!("{PAGE}?after={after}"));
    let count = |page: &str| page.matches("tokens of user &quot;").count();
    assert!(count(&first) > count(&second) && count(&second) > 0);
    assert!(second.contains("To the first ones"), "{second}");
    assert!(!second.contains("after="), "{second}");
}

#[test]
fn no_text_of_others_becomes_markup_or_hides_and_no_secret_is_shown() {
    let daemon = keeping();
    let visitor = Visitor::administrator(&daemon.running);
    let evil = "<script>alert(1)</script>\u{202e}\"'&";
    for kind in ["user", "jti", "kid", "issuer", "sid", "room"] {
        let asked = visitor.send(REVOKE, &[("kind", kind), ("value", evil), ("reason", evil)]);
        if asked.status() != 200 {
            assert!(!asked.0.contains("<script>alert"), "{}", asked.0);
            continue;
        }
        assert!(!asked.0.contains("<script>alert"), "{}", asked.0);
        confirm(&visitor, REVOKE, body(&asked));
    }
    assert!(daemon.list().len() > 3);
    let page = visitor.page(PAGE);
    assert!(page.contains("&lt;script&gt;"), "{page}");
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
    for secret in [SECRET, ADMIN_KEY] {
        assert!(!page.contains(secret), "{page}");
    }
}

#[test]
fn a_store_that_was_damaged_is_told_of() {
    let daemon = keeping();
    daemon.revoked(&json!({"user": "u1"}));
    let configuration = fs::read_to_string(daemon.running.daemon.configuration()).unwrap();
    let path = configuration
        .lines()
        .find_map(|line| line.strip_prefix("path = "));
    let path: String = serde_json::from_str(path.unwrap()).unwrap();
    daemon.running.daemon.kill();
    fs::remove_file(format!("{path}-wal")).unwrap();
    fs::write(&path, "no database".repeat(1_000)).unwrap();
    daemon.running.daemon.restart();
    let page = Visitor::administrator(&daemon.running).page(PAGE);
    assert!(page.contains("revocations were lost"), "{page}");
}
