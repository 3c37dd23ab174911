//! A host of Prosody's, or of docker-jitsi-meet, that has further issuers in the daemon's own configuration.

use serde_json::Value;

use super::{SECRET, Workplace, text};

const SCHOOL: &str = "\n[[hosts.\"meet.example.com\".issuers]]\nname = \"school\"\nissuer = \"school\"\n\
    app_secret = \"the-secret-of-the-school-0123456789abcdef\"\n";
const AUDIENCES: &str = "audiences = [\"school\"]\n";

/// Prosody's configuration with these options for tokens, and the daemon's with one issuer.
fn of_prosody(options: &str, issuer: &str) -> Workplace {
    let workplace = Workplace::new();
    let prosody = format!(
        "VirtualHost \"meet.example.com\"\n authentication = \"token\"\n {options}\n\
         Component \"conference.meet.example.com\" \"muc\"\n modules_enabled = {{ \"token_verification\" }}\n"
    );
    workplace.write("prosody.cfg.lua", &prosody);
    let path = workplace.path("prosody.cfg.lua");
    let own = format!("prosody_config = \"{}\"\n{issuer}", path.display());
    workplace.write("config.toml", &own);
    workplace
}

/// The image's variables, and the daemon's configuration with one issuer.
fn of_image(variables: &str) -> Workplace {
    let workplace = Workplace::new();
    let usual = "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nXMPP_DOMAIN=meet.example.com\nXMPP_MUC_DOMAIN=muc.meet.example.com\n";
    workplace.write("variables", &format!("{usual}{variables}"));
    let path = workplace.path("variables");
    let own = format!(
        "docker_env_file = \"{}\"\n{SCHOOL}{AUDIENCES}",
        path.display()
    );
    workplace.write("config.toml", &own);
    workplace
}

/// What `check` finds: the host's own options and those of its issuers, or the mistakes.
fn check(workplace: &Workplace) -> Value {
    let output = workplace.run(&["check", "--json"], "");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn row<'a>(options: &'a Value, name: &str) -> Option<&'a Value> {
    let mut rows = options.as_array().unwrap().iter();
    rows.find(|row| row["option"] == name)
}

#[test]
fn prosody_or_the_image_describes_the_default_issuer_and_the_daemons_file_the_others() {
    let own = format!("app_id = \"my_app\"; app_secret = \"{SECRET}\"");
    let variables = format!("JWT_APP_ID=my_app\nJWT_APP_SECRET={SECRET}\n");
    for (workplace, place) in [
        (
            of_prosody(&own, &format!("{SCHOOL}{AUDIENCES}")),
            "prosody.cfg.lua:3",
        ),
        (of_image(&variables), "variables:"),
    ] {
        let report = check(&workplace);
        assert_eq!(report["ok"], true, "{report}");
        let host = &report["hosts"][0];
        let accepted = row(&host["options"], "asap_accepted_issuers").unwrap();
        assert_eq!(accepted["value"], serde_json::json!(["my_app"]));
        assert_eq!(accepted["by"], "app_id");
        for option in ["asap_accepted_issuers", "app_secret"] {
            let origin = row(&host["options"], option).unwrap()["origin"].as_str();
            assert!(origin.unwrap().contains(place), "{option}: {origin:?}");
        }
        let issuers = host["issuers"].as_array().unwrap();
        assert_eq!(issuers.len(), 1);
        assert_eq!(issuers[0]["name"], "school");
        for (option, line) in [("issuer", 5), ("app_secret", 6), ("audiences", 7)] {
            let origin = row(&issuers[0]["options"], option).unwrap()["origin"].as_str();
            let place = format!("config.toml:{line}");
            assert!(origin.unwrap().ends_with(&place), "{option}: {origin:?}");
        }
        for (issuer, named) in [("default", None), ("school", Some("school"))] {
            let minted = workplace.run(&["mint", "--issuer", issuer], "");
            assert_eq!(text(&minted.stderr), "", "{issuer}");
            let token = text(&minted.stdout);
            let explained = workplace.run(&["explain", "--json"], &token);
            let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
            assert_eq!(explained["allowed"], true, "{explained}");
            assert_eq!(explained["issuer"].as_str(), named);
        }
    }
}

#[test]
fn a_host_that_prosody_gives_no_application_id_has_the_further_issuers_alone() {
    let workplaces = [
        of_prosody("", &format!("{SCHOOL}{AUDIENCES}")),
        // Audiences alone describe nobody, and count for issuers that have none.
        of_prosody("asap_accepted_audiences = { \"school\" }", SCHOOL),
        of_image(""),
    ];
    for workplace in workplaces {
        let report = check(&workplace);
        assert_eq!(report["ok"], true, "{report}");
        let host = &report["hosts"][0];
        for option in ["app_secret", "asap_accepted_issuers", "signature_algorithm"] {
            assert_eq!(row(&host["options"], option), None, "{option}");
        }
        assert_eq!(host["issuers"].as_array().unwrap().len(), 1);
        let minted = workplace.run(&["mint"], "");
        assert_eq!(text(&minted.stderr), "");
        for (arguments, says) in [
            (
                &["mint", "--iss", "my_app"][..],
                "denies this token: iss: found \"my_app\"",
            ),
            (
                &["mint", "--aud", "my_app"],
                "denies this token: aud: found \"my_app\"",
            ),
            (
                &["mint", "--issuer", "default"],
                "has no issuer \"default\"; name one that it has: --issuer school",
            ),
        ] {
            let said = text(&workplace.run(arguments, "").stderr);
            assert!(said.contains(says), "{said}");
        }
    }
}

#[test]
fn a_host_whose_own_issuer_is_half_described_is_refused_with_both_ways_out() {
    let school = format!("{SCHOOL}{AUDIENCES}");
    for (workplace, key, expected, take_out) in [
        (
            of_prosody("app_id = \"my_app\"", &school),
            "app_secret",
            "app_secret, app_secret_file or app_secret_credential",
            "or take out app_id (",
        ),
        (
            of_prosody(&format!("app_secret = \"{SECRET}\""), &school),
            "app_id",
            "the application ID that tokens carry as iss",
            "or take out app_secret (",
        ),
        (
            of_prosody("asap_accepted_issuers = { \"*\" }", &school),
            "app_id",
            "the application ID",
            "or take out asap_accepted_issuers (",
        ),
        (
            of_image("JWT_APP_ID=my_app\n"),
            "app_secret",
            "app_secret",
            "or take out app_id (",
        ),
        (
            of_prosody(
                &format!("app_id = \"school\"; app_secret = \"{SECRET}\""),
                &school,
            ),
            "issuers[0].issuer",
            "one issuer for each iss",
            "",
        ),
        (
            of_prosody("", SCHOOL),
            "issuers[0].audiences",
            "the aud of its tokens",
            "",
        ),
    ] {
        let report = check(&workplace);
        assert_eq!(report["ok"], false, "{report}");
        let errors = report["errors"].as_array().unwrap();
        let error = errors
            .iter()
            .find(|error| error["key"].as_str().unwrap().ends_with(key));
        let error = error.unwrap_or_else(|| panic!("{key}: {report}"));
        let said = error["expected"].as_str().unwrap();
        assert!(said.contains(expected) && said.contains(take_out), "{said}");
        assert!(!report.to_string().contains(SECRET));
    }
    let alone = of_prosody("app_id = \"my_app\"", "");
    assert!(!check(&alone).to_string().contains("take out"));
}
