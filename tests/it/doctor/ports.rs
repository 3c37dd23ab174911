//! Somebody else where the daemon is to listen.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::installation::Installation;

/// Answers everybody with an empty object, until the test is over.
fn squat(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1_024];
            if stream.read(&mut request).is_ok() {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
                stream.write_all(answer).unwrap_or_default();
            }
        }
    });
}

#[test]
fn whoever_holds_the_daemons_port_is_named_with_lines_that_let_it_go_elsewhere() {
    let installation = Installation::sound();
    let port = installation.daemon.port();
    installation.daemon.stop();
    squat(port);
    let own = std::process::id();
    let report = installation.expect_first(
        "port-taken",
        &[
            &format!("port {port} is held by"),
            &format!("(process {own}"),
            "config.toml:1 write: listen = [\\\"127.0.0.1:529",
            "prosody.cfg.lua:2 write: tokend_url = \\\"http://127.0.0.1:529",
            "systemctl restart prosody-tokend prosody",
        ],
    );
    assert_eq!(report.codes(), ["port-taken"], "{}", report.text);
}

#[test]
fn what_another_holds_where_only_prosody_asks_is_a_wrong_address() {
    let installation = Installation::sound();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = other.local_addr().unwrap().port();
    drop(other);
    squat(free);
    let url = format!("127.0.0.1:{}", installation.daemon.port());
    installation.replace("prosody.cfg.lua", &url, &format!("127.0.0.1:{free}"));
    installation.expect_first(
        "tokend-url-wrong",
        &["prosody.cfg.lua:2 write: tokend_url", &url],
    );
}
