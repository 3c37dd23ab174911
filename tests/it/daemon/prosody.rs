//! Hosts that come from Prosody's configuration, or from the variables of docker-jitsi-meet.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture::{BINARY, Running, SECRET};
use support::daemon::Daemon;
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

const MAIN: &str = "muc_mapper_domain_base = \"meet.example.com\"\nInclude \"conf.d/*.cfg.lua\"\n";

fn virtual_host(options: &str) -> String {
    format!(
        "VirtualHost \"meet.example.com\"\n    authentication = \"token\"\n    app_id = \"my_app\"\n{options}\n\
         Component \"conference.meet.example.com\" \"muc\"\n    modules_enabled = {{ \"token_verification\" }}\n"
    )
}

fn secret(secret: &str) -> String {
    virtual_host(&format!("    app_secret = \"{secret}\""))
}

/// A folder with a configuration of Prosody: the main file, and one that it includes.
fn prosody(included: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    fs::write(main(&folder), MAIN).unwrap();
    include(&folder, included);
    folder
}

fn main(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("prosody.cfg.lua")
}

fn include(folder: &TempDir, text: &str) {
    fs::write(folder.path().join("conf.d/meet.cfg.lua"), text).unwrap();
}

fn start_in(folder: TempDir, more: &str, environment: Vec<(&'static str, String)>) -> Running {
    let daemon = Daemon::start_with(Path::new(BINARY), folder.path(), more, environment);
    Running { daemon, folder }
}

fn start(folder: TempDir, more: &str) -> Running {
    let line = format!("prosody_config = \"{}\"\n", main(&folder).display());
    start_in(folder, &(line + more), Vec::new())
}

fn claims(changes: &Value) -> Value {
    let claims = json!({"iss": "my_app", "aud": "whatever", "sub": "meet.example.com", "room": "standup",
        "exp": in_seconds(600)});
    with(claims, changes)
}

fn verdict(running: &Running, host: &str, token: &str) -> Value {
    let question =
        json!({"host": host, "token": token, "room": "standup", "room_state": {"exists": true}});
    running.post("/v1/verify", &question).json()
}

fn reason(running: &Running, token: &str) -> String {
    let verdict = verdict(running, "meet.example.com", token);
    let codes = [&verdict["auth"]["code"], &verdict["room"]["code"]];
    let code = codes.iter().find_map(|code| code.as_str());
    code.unwrap_or(if verdict["allowed"] == true {
        "allowed"
    } else {
        "undecided"
    })
    .to_owned()
}

fn serve(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    serve_with("/dev/null", folder, arguments)
}

fn serve_with(config: &str, folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.args(["serve", "--listen", "127.0.0.1:0", "--config", config]);
    command.args(arguments).current_dir(folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

#[test]
fn prosodys_configuration_alone_is_the_policy() {
    let running = start(prosody(&secret(SECRET)), "");
    for (changes, secret, expected) in [
        (json!({}), SECRET, "allowed"),
        (json!({"aud": ["several"]}), SECRET, "allowed"),
        (json!({"iss": "other"}), SECRET, "iss-not-accepted"),
        (json!({"sub": "other.example"}), SECRET, "room-mismatch"),
        (json!({"exp": in_seconds(-5)}), SECRET, "expired"),
        (
            json!({}),
            "another secret of thirty-two bytes",
            "signature-invalid",
        ),
    ] {
        let token = mint(&claims(&changes), secret);
        assert_eq!(reason(&running, &token), expected, "{changes}");
    }
}

#[test]
fn the_daemons_own_settings_refine_what_prosody_says() {
    let other = "a secret of the daemon's own, which is long enough";
    let running = start(
        prosody(&secret(SECRET)),
        &format!(
            "[hosts.\"Meet.Example.com\"]\napp_secret = \"{other}\"\nasap_accepted_audiences = [\"mine\"]\n"
        ),
    );
    for (changes, secret, expected) in [
        (json!({"aud": "mine"}), other, "allowed"),
        (json!({"aud": "mine"}), SECRET, "signature-invalid"),
        (json!({}), other, "aud-not-accepted"),
        (
            json!({"aud": "mine", "iss": "other"}),
            other,
            "iss-not-accepted",
        ),
    ] {
        assert_eq!(
            reason(&running, &mint(&claims(&changes), secret)),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn an_option_of_the_daemons_own_decides_and_reloads_where_prosody_sets_it() {
    let other = "another secret, which is long enough for HS256";
    let options =
        "    app_secret_file = \"secret\"\n    require_exp = true\n    max_token_lifetime = 900";
    let folder = prosody(&virtual_host(options));
    let file = folder.path().join("conf.d/secret");
    fs::write(&file, SECRET).unwrap();
    let running = start(folder, "");
    for (claims, expected) in [
        (claims(&json!({})), "allowed"),
        (claims(&json!({"exp": null})), "exp-missing"),
        (
            claims(&json!({"exp": in_seconds(2_000)})),
            "lifetime-too-long",
        ),
    ] {
        assert_eq!(
            reason(&running, &mint(&claims, SECRET)),
            expected,
            "{claims}"
        );
    }
    fs::write(&file, other).unwrap();
    until("the new secret", || {
        let reason = reason(&running, &mint(&claims(&json!({})), other));
        (reason == "allowed").then_some(())
    });
}

#[test]
fn a_variable_refines_a_host_that_only_prosody_names() {
    let folder = prosody(&secret(SECRET));
    let environment = vec![
        (
            "PROSODY_TOKEND_PROSODY_CONFIG",
            main(&folder).display().to_string(),
        ),
        (
            "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ASAP_ACCEPTED_ISSUERS",
            "a,b".to_owned(),
        ),
    ];
    let running = start_in(folder, "", environment);
    let token = |issuer: &str| mint(&claims(&json!({"iss": issuer})), SECRET);
    assert_eq!(reason(&running, &token("b")), "allowed");
    assert_eq!(reason(&running, &token("my_app")), "iss-not-accepted");
}

#[test]
fn a_change_of_an_included_file_or_a_new_one_takes_effect() {
    let running = start(prosody(&secret(SECRET)), "");
    let good = mint(&claims(&json!({})), SECRET);
    assert_eq!(reason(&running, &good), "allowed");
    let other = "the next secret of Prosody, which is long enough";
    include(&running.folder, &secret(other));
    let renewed = mint(&claims(&json!({})), other);
    until("the new secret", || {
        (reason(&running, &renewed) == "allowed").then_some(())
    });
    assert_eq!(reason(&running, &good), "signature-invalid");
    let added = "VirtualHost \"other.example.com\"\n authentication = \"token\"\n app_id = \"my_app\"\n app_secret = \"x\"\n";
    fs::write(running.folder.path().join("conf.d/other.cfg.lua"), added).unwrap();
    until("the new host", || {
        let answer = verdict(&running, "other.example.com", &renewed);
        answer["auth"].is_object().then_some(())
    });
}

#[test]
fn a_mistake_in_prosodys_configuration_keeps_the_policy_until_it_is_mended() {
    let running = start(prosody(&secret(SECRET)), "");
    let good = mint(&claims(&json!({})), SECRET);
    let other = "the next secret of Prosody, which is long enough";
    let renewed = mint(&claims(&json!({})), other);
    for (broken, expected) in [
        ("VirtualHost = = 5", "conf.d/meet.cfg.lua:1"),
        ("while true do end", "it probably loops for ever"),
        ("os.execute('true')", "asks for os.execute"),
        ("Include 'none.cfg.lua'", "none.cfg.lua"),
        (
            "xpcall(error, function() while true do end end)",
            "prosody.cfg.lua",
        ),
        ("x = ('('):rep(2e6):find('%b()')", "prosody.cfg.lua"),
        (
            "x = ('a'):rep(5e6):find('[' .. ('b'):rep(5e6) .. ']')",
            "a call in it probably never ends",
        ),
        (
            "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
            "needs more than",
        ),
    ] {
        include(&running.folder, broken);
        until(broken, || {
            let ready = running.ask("GET", "/readyz", &[], "").json();
            let failure = ready["reload_failed"].as_str()?.to_owned();
            failure.contains(expected).then_some(())
        });
        assert_eq!(reason(&running, &good), "allowed", "{broken}");
    }
    include(&running.folder, &secret(other));
    until("the mended configuration", || {
        (reason(&running, &renewed) == "allowed").then_some(())
    });
    assert!(running.ask("GET", "/readyz", &[], "").json()["reload_failed"].is_null());
}

#[test]
fn a_configuration_of_prosody_that_cannot_be_used_is_refused_at_the_start() {
    for (included, expected) in [
        (
            "VirtualHost = = 5".to_owned(),
            "prosody_config: found this is not Lua",
        ),
        ("while true do end".to_owned(), "still running after"),
        (
            "xpcall(error, function() while true do end end)".to_owned(),
            "a call in it probably never ends",
        ),
        ("x = ('x'):rep(1e9)".to_owned(), "more than 64 MiB"),
        ("io.popen('true')".to_owned(), "asks for io.popen"),
        (String::new(), "hosts: found no host"),
        (
            virtual_host(""),
            "found no app_secret, asap_key_server or cache_keys_url",
        ),
        (
            virtual_host("    app_secret = {}"),
            "expected it below that VirtualHost",
        ),
        (
            virtual_host("    app_secrets = 'x'"),
            "beside that: unknown option app_secrets; the nearest is app_secret",
        ),
        (
            virtual_host("    app_secret = function () end"),
            "app_secret: found not a text",
        ),
        (
            secret("s")
                + "VirtualHost 'b'\n authentication = 'token'\n allow_empty_token = 'perhaps'\n",
            "neither true nor false",
        ),
        (
            virtual_host("    app_secret = \"\\255\""),
            "bytes that are no UTF-8",
        ),
        (
            virtual_host("    app_secret = \"\""),
            "found app_secret = \"\" in Prosody's configuration",
        ),
    ] {
        let folder = prosody(&included);
        let (status, said) = serve(&folder, &["--prosody-config", "prosody.cfg.lua"]);
        assert_eq!(status, Some(78), "{included}: {said}");
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    let folder = prosody("");
    for (arguments, expected) in [
        (&["--prosody-config", "none.cfg.lua"][..], "cannot read"),
        (
            &["--prosody-config", "prosody.cfg.lua", "--docker"],
            "expected one of them",
        ),
        (
            &["--env-file", "none.env"],
            "docker_env_file: found none.env: No such file",
        ),
        (
            &["--env-file", "prosody.cfg.lua"],
            "a configuration of Prosody (Lua), which is read with --prosody-config",
        ),
        (&["--docker"], "hosts: found no host"),
    ] {
        let (status, said) = serve(&folder, arguments);
        assert_eq!(status, Some(78), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}

#[test]
fn a_host_without_complete_options_is_left_out_unless_the_daemons_own_settings_name_it() {
    let incomplete =
        "VirtualHost \"bare.example.com\"\n authentication = \"token\"\n app_id = \"my_app\"\n";
    let running = start(prosody(&(secret(SECRET) + incomplete)), "");
    let token = mint(&claims(&json!({})), SECRET);
    assert_eq!(reason(&running, &token), "allowed");
    assert!(verdict(&running, "bare.example.com", &token)["auth"].is_null());
    let log = running.log();
    assert!(
        log.contains("bare.example.com: Prosody has no app_secret"),
        "{log}"
    );
    let folder = prosody(&(secret(SECRET) + incomplete));
    let own = "prosody_config = \"prosody.cfg.lua\"\n[hosts.\"bare.example.com\"]\nleeway = 5\n";
    fs::write(folder.path().join("own.toml"), own).unwrap();
    let (status, said) = serve_with("own.toml", &folder, &[]);
    assert_eq!(status, Some(78), "{said}");
    assert!(said.contains("app_secret: found nothing"), "{said}");
}

#[test]
fn dockers_variables_alone_are_the_policy_also_from_a_file() {
    let claims = json!({"iss": "my_app", "aud": "x", "sub": "anything", "room": "standup", "exp": in_seconds(600)});
    let good = mint(&claims, SECRET);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    let with_secret = |secret: &str| {
        format!("ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=my_app\nJWT_APP_SECRET='{secret}'\n")
    };
    fs::write(&file, with_secret(SECRET)).unwrap();
    let of_file = start_in(
        folder,
        &format!("docker_env_file = \"{}\"", file.display()),
        Vec::new(),
    );
    let variables = [
        ("JWT_APP_ID", "my_app"),
        ("JWT_APP_SECRET", SECRET),
        ("PROSODY_TOKEND_DOCKER", "true"),
    ];
    let variables = variables.map(|(name, value)| (name, value.to_owned()));
    let of_environment = start_in(tempfile::tempdir().unwrap(), "", variables.into());
    for running in [&of_file, &of_environment] {
        let verdict = verdict(running, "meet.jitsi", &good);
        assert_eq!(verdict["allowed"], true, "{verdict}");
        assert_eq!(verdict["room"]["jid"], "standup@muc.meet.jitsi");
    }
    let other = "the next secret of the variables, long enough";
    fs::write(&file, with_secret(other)).unwrap();
    let renewed = mint(&claims, other);
    until("the changed file", || {
        (verdict(&of_file, "meet.jitsi", &renewed)["allowed"] == true).then_some(())
    });
}

#[test]
fn the_configuration_that_dockers_image_renders_is_the_policy() {
    let corpus = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/prosody_config/corpus/docker"
    );
    let line = format!("prosody_config = \"{corpus}/prosody.cfg.lua\"\n");
    let running = start_in(tempfile::tempdir().unwrap(), &line, Vec::new());
    let claims = json!({"iss": "my_web_client", "aud": "my_server2", "sub": "anything", "room": "standup",
        "exp": in_seconds(600)});
    for (changes, allowed) in [
        (json!({}), true),
        (json!({"iss": "my_app"}), false),
        (json!({"aud": "my_server3"}), false),
        (json!({"room": "planning"}), false),
    ] {
        let token = mint(&with(claims.clone(), &changes), "my_jitsi_app_secret");
        let verdict = verdict(&running, "meet.jitsi", &token);
        assert_eq!(verdict["allowed"], allowed, "{changes}: {verdict}");
    }
}

#[test]
fn variables_of_docker_that_never_end_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let text = "JWT_APP_ID=a\nGLOBAL_CONFIG='xpcall(error, function() while true do end end)'\n";
    fs::write(folder.path().join("docker.env"), text).unwrap();
    let (status, said) = serve(&folder, &["--env-file", "docker.env"]);
    assert_eq!(status, Some(78), "{said}");
    assert!(said.contains("a call in it probably never ends"), "{said}");
}

#[test]
fn a_daemon_whose_program_was_replaced_still_reads_prosodys_configuration() {
    let folder = prosody(&secret(SECRET));
    let program = folder.path().join("prosody-tokend");
    fs::copy(BINARY, &program).unwrap();
    let line = format!("prosody_config = \"{}\"\n", main(&folder).display());
    let daemon = Daemon::start_with(&program, folder.path(), &line, Vec::new());
    let running = Running { daemon, folder };
    fs::remove_file(&program).unwrap();
    fs::write(&program, "another program").unwrap();
    let other = "the next secret of Prosody, which is long enough";
    include(&running.folder, &secret(other));
    let renewed = mint(&claims(&json!({})), other);
    until("the new secret", || {
        (reason(&running, &renewed) == "allowed").then_some(())
    });
}

#[test]
fn what_evaluates_ends_with_the_daemon_and_has_none_of_its_environment() {
    let folder = prosody(&secret(SECRET));
    let line = format!("prosody_config = \"{}\"\n", main(&folder).display());
    let environment = vec![("A_SECRET", "hunter2".to_owned())];
    let running = start_in(folder, &line, environment);
    include(
        &running.folder,
        "xpcall(error, function() while true do end end)",
    );
    let child = until("the evaluation to begin", || {
        child_of(running.daemon.id()).filter(|child| command_of(child).is_some())
    });
    let begun = Instant::now();
    let variables = fs::read(format!("/proc/{child}/environ")).unwrap();
    assert_eq!(String::from_utf8_lossy(&variables), "");
    let limits = fs::read_to_string(format!("/proc/{child}/limits")).unwrap();
    assert!(limits.contains("Max cpu time"), "{limits}");
    running.daemon.kill();
    until("the end of the evaluation", || {
        command_of(&child).is_none().then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(2));
}

fn child_of(parent: u32) -> Option<String> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    let children = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: String = children.collect();
    Some(children.split_whitespace().next()?.to_owned())
}

/// The process's command, once it is the evaluation and has bounded itself.
fn command_of(process: &str) -> Option<String> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let is_bound = limits
        .lines()
        .any(|line| line.starts_with("Max open files") && line.contains(" 64 "));
    let command = fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
    (is_bound && command.contains("evaluate-prosody")).then_some(command)
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_pipe_or_device_in_place_of_a_file_is_refused_at_the_start_with_what_it_is() {
    let keys = "[hosts.\"meet.example.com\"]\napp_id = \"a\"\n";
    for (odd, config) in [
        ("config.toml", String::new()),
        ("x.env", "docker_env_file = \"x.env\"".to_owned()),
        ("x.lua", "prosody_config = \"x.lua\"".to_owned()),
        ("x.secret", format!("{keys}app_secret_file = \"x.secret\"")),
        ("x.pem", format!("{keys}public_key_file = \"x.pem\"")),
    ] {
        for (device, expected) in [
            (None, "not a regular file but a pipe (FIFO)"),
            (Some("/dev/zero"), "not a regular file but a device"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("config.toml"), &config).unwrap();
            let path = folder.path().join(odd);
            fs::remove_file(&path).unwrap_or_default();
            match device {
                Some(device) => std::os::unix::fs::symlink(device, &path).unwrap(),
                None => pipe(&path),
            }
            let (status, said) = serve_with("config.toml", &folder, &[]);
            assert_eq!(status, Some(78), "{odd}: {said}");
            assert!(said.contains(expected), "{odd}: {said}");
            assert!(said.contains(odd), "{odd}: {said}");
        }
    }
}

#[test]
fn a_pipe_in_place_of_a_file_keeps_the_policy_until_there_is_a_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("variables.env");
    let variables = |secret: &str| format!("JWT_APP_ID=my_app\nJWT_APP_SECRET={secret}\n");
    fs::write(&file, variables(SECRET)).unwrap();
    let line = format!("docker_env_file = \"{}\"\n", file.display());
    let running = start_in(folder, &line, Vec::new());
    let configuration = running.daemon.configuration();
    let text = fs::read_to_string(&configuration).unwrap();
    let other = "the next secret of the variables, long enough";
    let claims =
        json!({"iss": "my_app", "aud": "x", "sub": "a", "room": "standup", "exp": in_seconds(600)});
    for (place, text) in [(&file, &variables(other)), (&configuration, &text)] {
        fs::remove_file(place).unwrap();
        pipe(place);
        until("the refusal", || {
            let ready = running.ask("GET", "/readyz", &[], "").json();
            let failure = ready["reload_failed"].as_str()?.to_owned();
            failure.contains("a pipe (FIFO)").then_some(())
        });
        fs::remove_file(place).unwrap();
        fs::write(place, text).unwrap();
        until("the file", || {
            let ready = running.ask("GET", "/readyz", &[], "").json();
            ready["reload_failed"].is_null().then_some(())
        });
    }
    let allowed = &verdict(&running, "meet.jitsi", &mint(&claims, other))["allowed"];
    assert_eq!(allowed, true);
}
