//! What `health` says of a daemon that runs, that does not, and that has no keys.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use super::{Workplace, run, text};
use support::daemon::Daemon;
use support::key_server::KeyServer;

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

fn start(folder: &Path, settings: &str) -> Daemon {
    Daemon::start(Path::new(BINARY), folder, settings)
}

fn ask(folder: &Path, port: u16, more: &[&str]) -> Output {
    let url = format!("http://127.0.0.1:{port}");
    run(folder, &[&["health", "--url", &url], more].concat(), "")
}

const SECRET: &str =
    "[hosts.a]\napp_id = \"a\"\napp_secret = \"0123456789012345678901234567890123456789\"\n";

#[test]
fn a_daemon_that_can_decide_is_well_and_one_that_has_gone_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = start(
        folder.path(),
        &format!("api_key = \"0123456789abcdef\"\n{SECRET}"),
    );
    for more in [&[][..], &["--ready"]] {
        let output = ask(folder.path(), daemon.port(), more);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "ready\n");
    }
    daemon.stop();
    let output = ask(folder.path(), daemon.port(), &[]);
    assert_eq!(output.status.code(), Some(69));
    let said = text(&output.stderr);
    assert!(
        said.contains("no answer from the daemon at http://127.0.0.1:"),
        "{said}"
    );
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}

#[test]
fn a_daemon_without_keys_is_alive_and_fails_only_who_asks_whether_it_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let server = KeyServer::http();
    let settings = format!(
        "[hosts.a]\napp_id = \"a\"\ncache_keys_url = {:?}\n",
        server.url("/jwks")
    );
    let daemon = start(folder.path(), &settings);
    let alive = ask(folder.path(), daemon.port(), &[]);
    assert_eq!(alive.status.code(), Some(0), "{}", text(&alive.stderr));
    let said = text(&alive.stdout);
    assert!(
        said.starts_with("alive, and not ready: a can admit nobody; "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    let unready = ask(folder.path(), daemon.port(), &["--ready"]);
    assert_eq!(unready.status.code(), Some(1));
    let said = text(&unready.stderr);
    assert!(said.contains("not ready: a can admit nobody; "), "{said}");
    assert!(said.contains("/jwks"), "{said}");
}

#[test]
fn a_daemon_that_stands_still_is_given_up_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = start(folder.path(), SECRET);
    daemon.freeze();
    let output = ask(folder.path(), daemon.port(), &[]);
    daemon.thaw();
    assert_eq!(output.status.code(), Some(69), "{}", text(&output.stdout));
}

#[test]
fn whoever_else_answers_is_not_taken_for_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}",
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            assert!(peer.read(&mut [0; 4_096]).unwrap() > 0);
            peer.write_all(answer.as_bytes()).unwrap();
        });
        let output = ask(folder.path(), port, &[]);
        serving.join().unwrap();
        assert_eq!(output.status.code(), Some(69), "{answer}");
        let said = text(&output.stderr);
        assert!(said.contains("not as the daemon does"), "{said}");
    }
}

#[test]
fn it_is_asked_where_file_or_variables_have_it_listen_whatever_else_they_say() {
    let workplace = Workplace::new();
    let daemon = start(workplace.folder.path(), SECRET);
    let port = daemon.port();
    let socket = workplace.path("none.sock");
    workplace.write(
        "here.toml",
        &format!("listen = [\"127.0.0.1:{port}\"]\n[hosts.a]\nap_id = 5\n"),
    );
    workplace.write(
        "gone.toml",
        &format!("listen = [\"unix:{}\"]\n", socket.display()),
    );
    workplace.write("broken.toml", "listen = [\"x\"]\n");
    let every = format!("0.0.0.0:{port}");
    let here = format!("127.0.0.1:{port}");
    for (config, variable, status) in [
        ("here.toml", None, 0),
        ("gone.toml", None, 69),
        ("gone.toml", Some(&here), 0),
        // Other machines may reach it with a key, which nobody needs to ask how it is.
        ("gone.toml", Some(&every), 0),
        ("broken.toml", None, 78),
        ("nowhere.toml", None, 78),
    ] {
        let mut command = Command::new(BINARY);
        command
            .args(["health", "--config"])
            .arg(workplace.path(config));
        command.envs(variable.map(|variable| ("PROSODY_TOKEND_LISTEN", variable)));
        let output = command.output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{config} {variable:?}: {said}"
        );
    }
}
