//! How the daemon starts, is told to stop, and ends.

use std::fs;
use std::io::{Read, Write};
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::fixture::{BINARY, HOST, start};
use support::process::Process;
use support::{PATIENCE, until};

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_wrong_configuration_is_refused_with_status_78() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    fs::write(&file, "listen = [\"x\"]\n[hosts.a]\napp_id = \"a\"\n").unwrap();
    let output = run(&["serve", "--config", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    let said = said(&output);
    for expected in [
        "2 mistakes",
        "listen: found \"x\"",
        "hosts.a.app_secret: found nothing",
        "wrong.toml:1",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let output = run(&["serve", "--config", "/nowhere/config.toml"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(
        said(&output).contains("/nowhere/config.toml: No such file"),
        "{}",
        said(&output)
    );
}

#[test]
fn an_address_in_use_ends_the_start_with_status_71() {
    let running = start("");
    let address = format!("127.0.0.1:{}", running.daemon.port());
    let config = running.folder.path().join("prosody-tokend.toml");
    let output = run(&[
        "serve",
        "--config",
        config.to_str().unwrap(),
        "--listen",
        &address,
    ]);
    assert_eq!(output.status.code(), Some(71));
    let said = said(&output);
    assert!(
        said.contains(&format!(
            "cannot listen on {address}: Address already in use"
        )),
        "{said}"
    );
}

#[test]
fn requests_are_answered_after_the_signal_those_in_flight_and_those_that_come_meanwhile() {
    let running = start("");
    let mut peer = running.connect();
    peer.send("POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    peer.send("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    peer.await_continue();
    running.daemon.terminate();
    until("the daemon to be stopping", || {
        running.log().contains("\"stopping\"").then_some(())
    });
    let mut kept = running.connect();
    kept.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = kept.answer();
    assert_eq!(answer.status(), 200);
    assert!(answer.has_header("connection: close"), "{}", answer.0);
    peer.send("{}");
    assert_eq!(peer.answer().status(), 200);
    assert_eq!(running.daemon.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_daemon_at_once_with_status_1() {
    let running = start("");
    let mut peer = running.connect();
    peer.send("POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    peer.send("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    peer.await_continue();
    running.daemon.terminate();
    until("the daemon to be stopping", || {
        running.log().contains("\"stopping\"").then_some(())
    });
    running.daemon.terminate();
    assert_eq!(running.daemon.wait().code(), Some(1));
}

#[test]
fn one_who_does_not_read_or_write_does_not_keep_the_daemon_from_ending() {
    let running = start("limits = { answer_timeout = 600, header_timeout = 600 }");
    let mut unread = running.connect();
    unread.fill("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut begun = running.connect();
    begun.send("GET /healthz HT");
    let told = Instant::now();
    running.daemon.terminate();
    assert_eq!(running.daemon.wait().code(), Some(0));
    let took = told.elapsed();
    assert!(took < Duration::from_secs(5), "the end took {took:?}");
    assert!(running.log().contains("connections were cut"));
}

#[test]
fn a_signal_is_heard_before_the_daemon_serves() {
    // The key server takes the connection and says nothing, so that the start waits for its keys.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!(
        "[hosts.slow]\napp_id = \"a\"\ncache_keys_url = \"http://{}/\"",
        silent.local_addr().unwrap()
    );
    let running = start(&host);
    let _asking = silent.accept().unwrap();
    let told = Instant::now();
    running.daemon.hang_up();
    running.daemon.terminate();
    assert_eq!(running.daemon.wait().code(), Some(0));
    let took = told.elapsed();
    assert!(took < Duration::from_secs(4), "the end took {took:?}");
}

#[test]
fn the_service_manager_is_told_ready_status_reloading_and_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut process = serve(folder.path(), "", |command| {
        command.env("NOTIFY_SOCKET", &socket);
    });
    let message = || {
        let mut bytes = [0; 1024];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let ready = "READY=1\nSTATUS=deciding for meet.example.com\n";
    assert_eq!(message(), "FDSTOREREMOVE=1\nFDNAME=listen\n");
    assert_eq!(message(), "FDSTORE=1\nFDNAME=listen\n");
    assert_eq!(message(), ready);
    process.signal(Signal::HUP);
    let reloading = message();
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
    let time = time.map(|time| time.trim_end().parse::<u64>());
    assert!(matches!(time, Some(Ok(1..))), "{reloading}");
    assert_eq!(message(), ready);
    fs::write(folder.path().join("config.toml"), "broken").unwrap();
    assert!(message().starts_with("RELOADING=1\n"));
    assert!(message().starts_with("READY=1\nSTATUS=the configuration is wrong"));
    assert!(process.terminate().success());
    // The file is read twice if the daemon looked between its being emptied and its being written.
    let last = iter::repeat_with(message)
        .find(|told| !told.starts_with("RELOADING=1\n") && !told.starts_with("READY=1\n"));
    assert!(last.unwrap().starts_with("STOPPING=1\nSTATUS="));
}

#[test]
fn the_first_line_of_the_log_has_version_hosts_key_sources_and_addresses() {
    let hosts = (1..=9).fold(String::new(), |hosts, number| {
        let keys = "cache_keys_url = \"http://127.0.0.1:9/\"";
        format!("{hosts}[hosts.h{number}]\napp_id = \"a\"\n{keys}\n")
    });
    let running = start(&hosts);
    let log = running.log();
    let first = log.lines().next().unwrap();
    let wanted = format!(
        "prosody-tokend {} decides for h1 (cache_keys_url http://127.0.0.1:9/), h2 ",
        env!("CARGO_PKG_VERSION")
    );
    assert!(first.contains(&wanted), "{log}");
    assert!(
        first.contains(", 2 more, and listens on 127.0.0.1:0\""),
        "{log}"
    );
    let own = start("");
    assert!(
        own.log().contains("meet.example.com (app_secret)"),
        "{}",
        own.log()
    );
}

#[test]
fn a_socket_that_was_kept_serves_at_its_address_and_at_no_other_one() {
    for is_wanted in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let kept = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = kept.local_addr().unwrap();
        let config = folder.path().join("config.toml");
        let wanted = if is_wanted {
            address.to_string()
        } else {
            "127.0.0.1:0".to_owned()
        };
        fs::write(&config, format!("listen = [\"{wanted}\"]\n{HOST}")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", PASS, BINARY]).arg(&config);
        command.stdin(OwnedFd::from(kept));
        let log = folder.path().join("log");
        let _process = Process::start("prosody-tokend", &mut command, &log);
        // It has the socket as well.
        drop(command);
        until("the daemon to listen", || {
            fs::read_to_string(&log)
                .ok()?
                .contains("listening")
                .then_some(())
        });
        let connected = TcpStream::connect(address);
        assert_eq!(connected.is_ok(), is_wanted);
        let Ok(mut stream) = connected else { continue };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

/// Passes what is its standard input, as systemd passes sockets.
const PASS: &str =
    "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" serve --config \"$1\"";

#[test]
fn a_unix_socket_serves_owner_and_group_and_goes_with_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("http.sock");
    let mut process = serve(
        folder.path(),
        &format!("listen = [\"unix:{}\"]", socket.display()),
        |_| {},
    );
    let mut stream = until("the socket", || UnixStream::connect(&socket).ok());
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(
        fs::metadata(&socket).unwrap().permissions().mode() & 0o777,
        0o660
    );
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(process.terminate().success());
    assert!(!socket.exists());
}

#[test]
fn no_file_and_no_socket_in_use_is_replaced_by_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let listen = format!("listen = [\"unix:{}\"]", path.display());
    let start = || {
        let config = folder.path().join("second.toml");
        fs::write(&config, format!("{listen}\n{HOST}")).unwrap();
        run(&["serve", "--config", config.to_str().unwrap()])
    };
    fs::write(&path, "precious").unwrap();
    let refused = start();
    assert_eq!(refused.status.code(), Some(71));
    assert!(
        said(&refused).contains("another file is there"),
        "{}",
        said(&refused)
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

    fs::remove_file(&path).unwrap();
    let mut first = serve(folder.path(), &listen, |_| {});
    until("the socket", || UnixStream::connect(&path).ok());
    let refused = start();
    assert_eq!(refused.status.code(), Some(71));
    assert!(
        said(&refused).contains("Address already in use"),
        "{}",
        said(&refused)
    );
    UnixStream::connect(&path).unwrap();
    assert!(first.terminate().success());
}

#[test]
fn a_daemon_that_ends_leaves_the_socket_of_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let listen = format!("listen = [\"unix:{}\"]", path.display());
    let mut first = serve(folder.path(), &listen, |_| {});
    until("the socket", || UnixStream::connect(&path).ok());
    fs::remove_file(&path).unwrap();
    let next = folder.path().join("next");
    fs::create_dir(&next).unwrap();
    let mut second = serve(&next, &listen, |_| {});
    until("the next socket", || UnixStream::connect(&path).ok());
    assert!(first.terminate().success());
    UnixStream::connect(&path).unwrap();
    assert!(second.terminate().success());
}

#[test]
fn the_journal_gets_priorities_and_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = serve(folder.path(), "listen = [\"127.0.0.1:0\"]", |command| {
        command.env("JOURNAL_STREAM", "8:1234");
    });
    let log = folder.path().join("log");
    let line = until("the line with the address", || {
        let text = fs::read_to_string(&log).ok()?;
        let mut lines = text.lines();
        lines
            .find(|line| line.contains("listening"))
            .map(str::to_owned)
    });
    assert!(
        line.starts_with("<6>listening address=127.0.0.1:"),
        "{line}"
    );
    assert!(process.terminate().success());
}

#[test]
fn a_secret_file_that_everybody_may_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "the-secret-of-another-host-of-the-tests\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let host = format!(
        "[hosts.b]\napp_id = \"b\"\napp_secret_file = \"{}\"",
        secret.display()
    );
    let running = start(&host);
    let warning = format!(
        "{} holds a secret, and can be read by every user",
        secret.display()
    );
    assert!(running.log().contains(&warning), "{}", running.log());
    let asked = json!({"host": "b", "token": "x"});
    assert_eq!(running.post("/v1/verify", &asked).json()["allowed"], false);
}

/// Starts a daemon with one host on its own, with changes to the command.
fn serve(folder: &Path, settings: &str, change: impl FnOnce(&mut Command)) -> Process {
    let config = folder.join("config.toml");
    let listen = if settings.contains("listen") {
        ""
    } else {
        "listen = [\"127.0.0.1:0\"]"
    };
    fs::write(&config, format!("{listen}\n{settings}\n{HOST}")).unwrap();
    let mut command = Command::new(BINARY);
    command
        .arg("serve")
        .arg("--config")
        .arg(&config)
        .stdin(Stdio::null());
    change(&mut command);
    Process::start("prosody-tokend", &mut command, &folder.join("log"))
}
