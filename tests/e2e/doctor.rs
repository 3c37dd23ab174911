//! `doctor` logs in at the Prosody that runs, and says what came of it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Checked, MEET, claims, start};
use support::deployment::{Host, Setup};
use support::http;
use support::login::Login;
use support::token::mint;

/// What the shim says where a host's rooms verify tokens, and its logins do not.
const NO_TOKENS: &[&str] = &["No tokens for", "No VirtualHost"];

struct Report {
    json: Value,
    text: String,
}

impl Report {
    fn codes(&self) -> Vec<&str> {
        let findings = self.json["findings"].as_array().unwrap();
        let codes = findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap());
        codes.collect()
    }

    fn login_codes(&self) -> Vec<&str> {
        let mut codes = self.codes();
        codes.retain(|code| code.starts_with("login"));
        codes
    }

    /// The lines of what was looked at, or not, that have this text in them.
    fn lines(&self, list: &str, text: &str) -> Vec<&str> {
        let lines = self.json[list].as_array().unwrap().iter();
        let lines = lines.map(|line| line.as_str().unwrap());
        lines.filter(|line| line.contains(text)).collect()
    }
}

fn doctor(deployment: &Checked, arguments: &[&str]) -> Report {
    let policy = fs::read_to_string(deployment.daemon.configuration()).unwrap();
    let config = deployment.path("doctor.toml");
    let port = deployment.daemon.port();
    fs::write(
        &config,
        format!("listen = [\"127.0.0.1:{port}\"]\n{policy}"),
    )
    .unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prosody-tokend"));
        command.arg("doctor").args(arguments).args(more);
        command.arg("--config").arg(&config);
        command
            .arg("--prosody-config")
            .arg(deployment.path("prosody.cfg.lua"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    Report {
        json: serde_json::from_str(&run(&["--json"])).unwrap(),
        text: run(&[]),
    }
}

fn recent(deployment: &Checked) -> Value {
    let (_, body) = http::request(deployment.daemon.port(), "GET", "/readyz", "").unwrap();
    let ready: Value = serde_json::from_str(&body).unwrap();
    ready["recent"].clone()
}

/// Has doctor see another configuration than the one that Prosody has started with.
fn rewrite(deployment: &Checked, from: &str, to: &str) {
    let path = deployment.path("prosody.cfg.lua");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} is not in\n{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
}

#[test]
fn a_login_that_goes_well_is_among_what_was_looked_at_and_counts_for_nobody() {
    let deployment = start(&Setup::of(&[MEET]));
    let token = mint(&claims(&MEET, "standup"), MEET.app_secret);
    deployment
        .login(&Login::to(MEET.name).token(token))
        .unwrap();
    let before = recent(&deployment);
    let report = doctor(&deployment, &[]);
    assert_eq!(report.login_codes(), [""; 0], "{}", report.text);
    let place = format!(
        "http://127.0.0.1:{}/http-bind: let in",
        deployment.prosody.port()
    );
    let logins = report.lines("examined", "a login at meet.example.com");
    assert!(
        logins.len() == 1 && logins[0].contains(&place),
        "{logins:?}"
    );
    assert_eq!(
        report
            .lines(
                "examined",
                "1 login at meet.example.com in the last 15 min, none denied"
            )
            .len(),
        1,
        "{}",
        report.text
    );
    assert!(report.text.contains("\nlooked at\n") && report.text.contains("\nnot looked at\n"));
    let after = recent(&deployment);
    assert_eq!(after["hosts"], before["hosts"]);
    assert_eq!(after["doctor_logins"], 2);
    let log = fs::read_to_string(deployment.path("daemon.log")).unwrap();
    assert!(!log.contains("\"verdict\""), "{log}");
    assert_eq!(deployment.count_log_lines("Error verifying"), 0);
}

#[test]
fn a_login_is_made_with_a_token_of_any_issuer_that_has_a_secret() {
    let by_key = format!(
        "public_key_file = \"{}/tests/data/rsa-public.pem\"\n",
        env!("CARGO_MANIFEST_DIR")
    );
    let partner = "[[hosts.\"meet.example.com\".issuers]]\nname = \"partner\"\nissuer = \"https://partner.example/\"\n\
        audiences = [\"meet\"]\napp_secret = \"the-secret-of-the-partner-0123456789\"\nalgorithms = [\"HS512\"]\n\
        accepted_types = [\"at+jwt\"]\n";
    for options in [
        "",
        "rooms = [\"standup\", \"team-*\"]\nmoderators = false\nallow_wildcards = false\n",
        "tenants = [\"acme\"]\naudience_claim = \"azp\"\n",
        "claims = \"keycloak\"\n",
    ] {
        let policy = format!("{by_key}{partner}{options}");
        let host = Host {
            policy: policy.leak(),
            ..MEET
        };
        let deployment = start(&Setup::of(&[host]));
        let report = doctor(&deployment, &[]);
        assert_eq!(report.login_codes(), [""; 0], "{}", report.text);
        let with = "a login at meet.example.com with a token of the issuer partner over ";
        let logins = report.lines("examined", with);
        assert!(
            logins.len() == 1 && logins[0].ends_with(": let in"),
            "{}",
            report.text
        );
        assert_eq!(recent(&deployment)["doctor_logins"], 2, "{options}");
    }
}

#[test]
fn a_host_without_bosh_is_tried_over_websocket() {
    let without_bosh = "modules_disabled = { \"bosh\" }";
    let deployment = start(&Setup {
        host_options: without_bosh,
        ..Setup::of(&[MEET])
    });
    let report = doctor(&deployment, &[]);
    assert_eq!(report.login_codes(), [""; 0], "{}", report.text);
    let logins = report.lines("examined", "/xmpp-websocket: let in");
    assert_eq!(logins.len(), 1, "{}", report.text);
    assert_eq!(recent(&deployment)["doctor_logins"], 2);

    let wrong = format!("{without_bosh}\n    tokend_url = \"http://127.0.0.1:1\"");
    let deployment = start(&Setup {
        host_options: &wrong,
        expected_errors: &["127.0.0.1:1"],
        ..Setup::of(&[MEET])
    });
    rewrite(&deployment, &wrong, without_bosh);
    let report = doctor(&deployment, &[]);
    assert_eq!(report.login_codes(), ["login-refused"], "{}", report.text);
}

#[test]
fn a_login_is_left_out_where_that_is_asked_for() {
    let deployment = start(&Setup::of(&[MEET]));
    let report = doctor(&deployment, &["--no-login"]);
    assert_eq!(report.lines("examined", "a login").len(), 0);
    assert_eq!(
        report
            .lines("not_examined", "a login at meet.example.com: --no-login")
            .len(),
        1
    );
    assert_eq!(recent(&deployment)["doctor_logins"], 0);
}

#[test]
fn a_prosody_that_runs_with_another_authentication_is_found_out() {
    let anonymous = "authentication = \"anonymous\"";
    let deployment = start(&Setup {
        host_options: anonymous,
        expected_errors: NO_TOKENS,
        ..Setup::of(&[MEET])
    });
    rewrite(&deployment, anonymous, "");
    let report = doctor(&deployment, &[]);
    assert_eq!(
        report.login_codes(),
        ["login-not-by-daemon"],
        "{}",
        report.text
    );

    let missing = "authentication = \"not_there\"";
    let deployment = start(&Setup {
        host_options: missing,
        expected_errors: &["No tokens for", "No VirtualHost", "not_there"],
        ..Setup::of(&[MEET])
    });
    rewrite(&deployment, missing, "");
    let report = doctor(&deployment, &[]);
    assert_eq!(
        report.login_codes(),
        ["login-not-offered"],
        "{}",
        report.text
    );

    let password = "authentication = \"internal_plain\"";
    let deployment = start(&Setup {
        host_options: password,
        expected_errors: NO_TOKENS,
        ..Setup::of(&[MEET])
    });
    rewrite(&deployment, password, "");
    let report = doctor(&deployment, &[]);
    assert_eq!(report.login_codes(), ["login-otherwise"], "{}", report.text);
}

#[test]
fn a_prosody_that_asks_another_address_is_found_out() {
    let wrong = "tokend_url = \"http://127.0.0.1:1\"";
    let deployment = start(&Setup {
        host_options: wrong,
        expected_errors: &["127.0.0.1:1"],
        ..Setup::of(&[MEET])
    });
    rewrite(&deployment, wrong, "");
    let report = doctor(&deployment, &[]);
    assert_eq!(report.login_codes(), ["login-refused"], "{}", report.text);
    let mut findings = report.json["findings"].as_array().unwrap().iter();
    let refused = findings.find(|finding| finding["code"] == "login-refused");
    let what = refused.unwrap()["what"].as_str().unwrap();
    assert!(
        what.contains("did not ask the daemon") && what.contains("temporary-auth-failure"),
        "{what}"
    );
}
