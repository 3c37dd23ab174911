//! Something in the daemon's place that answers what was not asked, or in a way that no daemon does.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::fixture::{Checked, MEET, claims, denial, start};
use support::client::Denial;
use support::deployment::Setup;
use support::login::{Login, Transport};
use support::token::mint;
use support::until;

/// Makes the bytes of an answer from the names of the questions on a connection, the present one last, and the verdict
/// that lets in.
type Lie = fn(asked: &[String], verdict: &Value) -> Vec<u8>;

struct Liar {
    port: u16,
    lie: Arc<Mutex<Lie>>,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
}

impl Liar {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let liar = Self {
            port: listener.local_addr().unwrap().port(),
            lie: Arc::new(Mutex::new(honest)),
            connections: Arc::default(),
            closed: Arc::default(),
        };
        let (lie, connections, closed) = (
            Arc::clone(&liar.lie),
            Arc::clone(&liar.connections),
            Arc::clone(&liar.closed),
        );
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, SeqCst);
                let (lie, closed) = (Arc::clone(&lie), Arc::clone(&closed));
                thread::spawn(move || {
                    serve(&stream, &lie);
                    closed.fetch_add(1, SeqCst);
                });
            }
        });
        liar
    }

    fn tell(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }

    /// Waits until all connections that there have been are closed by Prosody.
    fn wait_until_all_are_closed(&self) {
        until("all connections to be closed", || {
            (self.closed.load(SeqCst) == self.connections.load(SeqCst)).then_some(())
        });
    }
}

/// Answers until the other end closes the connection.
fn serve(stream: &TcpStream, lie: &Mutex<Lie>) {
    let mut input = BufReader::new(stream);
    let mut asked = Vec::new();
    while let Some((line, id)) = read_question(&mut input) {
        asked.push(id);
        let answer = if line.starts_with("GET ") {
            honest(&asked, &json!({"host": MEET.name}))
        } else {
            let lie = *lie.lock().unwrap();
            lie(&asked, &allowed())
        };
        // Whoever is lied to may be gone.
        let mut output = stream;
        if output.write_all(&answer).is_err() {
            return;
        }
    }
}

fn read_question(input: &mut impl BufRead) -> Option<(String, String)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let field = |name: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    let length = field("Content-Length: ").parse().unwrap_or(0);
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some((lines.first()?.clone(), field("X-Request-Id: ")))
}

fn allowed() -> Value {
    json!({
        "allowed": true, "host": MEET.name, "token_id": "1a2b3c4d", "auth": {"ok": true}, "claims": {},
        "session": {"jitsi_meet_room": "*", "jitsi_meet_domain": MEET.name},
    })
}

fn answer(fields: &str, content: &str) -> Vec<u8> {
    let length = content.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{fields}\r\n{content}").into_bytes()
}

fn named(id: &str, verdict: &Value) -> Vec<u8> {
    answer(&format!("X-Request-Id: {id}\r\n"), &verdict.to_string())
}

fn honest(asked: &[String], verdict: &Value) -> Vec<u8> {
    named(asked.last().unwrap(), verdict)
}

fn with(asked: &[String], verdict: &Value, member: &str, value: Value) -> Vec<u8> {
    let mut verdict = verdict.clone();
    verdict[member] = value;
    honest(asked, &verdict)
}

const LIES: [(&str, Lie); 10] = [
    ("no name", |_, verdict| answer("", &verdict.to_string())),
    ("another name", |_, verdict| {
        named("0123456789abcdef-1", verdict)
    }),
    ("the name of the question before", |asked, verdict| {
        named(&asked[asked.len() - 2], verdict)
    }),
    ("null as session", |asked, verdict| {
        with(asked, verdict, "session", Value::Null)
    }),
    ("a list as session", |asked, verdict| {
        with(asked, verdict, "session", json!([]))
    }),
    ("null as auth", |asked, verdict| {
        with(asked, verdict, "auth", Value::Null)
    }),
    ("null as allowed", |asked, verdict| {
        with(asked, verdict, "allowed", Value::Null)
    }),
    ("a session with a verdict on a room", |asked, verdict| {
        with(
            asked,
            verdict,
            "session",
            json!({"tokend_room_verdict": {"decision": {"ok": true}}}),
        )
    }),
    ("much more than is taken", |asked, verdict| {
        with(asked, verdict, "claims", json!({"a": "x".repeat(900_000)}))
    }),
    ("a little more than is taken", |asked, verdict| {
        with(asked, verdict, "claims", json!({"a": "x".repeat(65_536)}))
    }),
];

fn deploy(liar: &Liar) -> Checked {
    let url = format!("tokend_url = \"http://127.0.0.1:{}\"", liar.port);
    start(&Setup {
        host_options: &url,
        expected_errors: &["gives no verdicts"],
        ..Setup::of(&[MEET])
    })
}

fn log_in(deployment: &Checked) -> Result<(), Denial> {
    let forged = mint(
        &claims(&MEET, "standup"),
        "not-the-secret-of-this-host-at-all",
    );
    let login = Login::to(MEET.name)
        .over(Transport::WebSocket)
        .token(forged);
    deployment.login(&login).map(|client| client.disconnect())
}

#[test]
fn an_answer_that_no_daemon_gives_lets_nobody_in_and_ends_its_connection() {
    let liar = Liar::start();
    let deployment = deploy(&liar);
    let unavailable = Err(denial(
        "temporary-auth-failure",
        "Token verification is not available, try again",
    ));
    for (name, lie) in LIES {
        liar.tell(honest);
        assert_eq!(log_in(&deployment), Ok(()), "before {name}");
        liar.tell(lie);
        assert_eq!(log_in(&deployment), unavailable, "{name}");
    }
    liar.tell(honest);
    assert_eq!(log_in(&deployment), Ok(()));
}

#[test]
fn a_connection_that_says_more_than_it_was_asked_is_not_used_again() {
    let liar = Liar::start();
    let deployment = deploy(&liar);
    let more: [Lie; 3] = [
        |asked, verdict| [honest(asked, verdict), honest(asked, verdict)].concat(),
        |asked, verdict| [honest(asked, verdict), b"\n".to_vec()].concat(),
        |asked, verdict| [honest(asked, verdict), vec![b'x'; 900_000]].concat(),
    ];
    for lie in more {
        liar.tell(lie);
        for _ in 0..2 {
            let before = liar.connections.load(SeqCst);
            assert_eq!(log_in(&deployment), Ok(()));
            liar.wait_until_all_are_closed();
            assert!(liar.connections.load(SeqCst) <= before + 1);
        }
    }
}
