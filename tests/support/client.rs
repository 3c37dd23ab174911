//! XMPP clients, any number of them in one node process that runs strophe.js, the library of Jitsi Meet itself.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::login::Login;
use super::process::Process;
use super::{PATIENCE, root, until};

/// The status code of the presence that tells an occupant of itself.
const SELF_PRESENCE: u16 = 110;
/// The status code of the presence of somebody who is thrown out.
const KICKED: u16 = 307;

/// A refused login: the SASL failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub condition: String,
    pub text: String,
}

/// A refused stanza: its error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StanzaError {
    #[serde(rename = "type")]
    pub kind: String,
    pub condition: String,
    pub text: Option<String>,
    pub application: Option<ApplicationError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ApplicationError {
    pub name: String,
    pub namespace: String,
}

/// What a client saw.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Connected {
        jid: String,
        resumed: bool,
    },
    AuthenticationFailed {
        condition: Option<String>,
        text: Option<String>,
    },
    ConnectionFailed {
        reason: Option<String>,
    },
    Disconnected {},
    Holding {},
    Dialled {
        room: String,
        error: Option<StanzaError>,
    },
    Presence {
        from: String,
        available: bool,
        statuses: Vec<u16>,
        reason: Option<String>,
        error: Option<StanzaError>,
    },
    Message {
        from: String,
        body: Option<String>,
        json: Option<Value>,
        error: Option<StanzaError>,
    },
}

#[derive(Deserialize)]
struct Line {
    client: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Default)]
struct Inbox {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    lines: Vec<Line>,
    /// The node process has ended: there will be no more.
    ended: bool,
}

impl Inbox {
    fn fill(&self, output: ChildStdout) {
        for line in BufReader::new(output).lines() {
            let line = serde_json::from_str(&line.unwrap()).unwrap();
            self.seen.lock().unwrap().lines.push(line);
            self.changed.notify_all();
        }
        self.seen.lock().unwrap().ended = true;
        self.changed.notify_all();
    }

    fn len(&self) -> usize {
        self.seen.lock().unwrap().lines.len()
    }

    /// The first result that `find` has of an event of this client, `since` that many events of all clients.
    fn wait<T>(
        &self,
        client: &str,
        since: usize,
        awaited: &str,
        find: impl Fn(&Event) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.lock().unwrap();
        loop {
            let mut own = seen
                .lines
                .iter()
                .skip(since)
                .filter(|line| line.client == client);
            if let Some(result) = own.find_map(|line| find(&line.event)) {
                return result;
            }
            assert!(!seen.ended, "node ended before {client} had {awaited}");
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "client {client} waited {PATIENCE:?} in vain for {awaited}"
            );
            seen = self.changed.wait_timeout(seen, left).unwrap().0;
        }
    }
}

/// The node process and all its clients.
pub struct Clients {
    process: Process,
    input: Mutex<ChildStdin>,
    inbox: Arc<Inbox>,
    started: AtomicUsize,
}

impl Clients {
    pub fn start(log: &Path) -> Self {
        let folder = root().join("tests/client");
        assert!(
            folder.join("node_modules").is_dir(),
            "the XMPP client is not installed in {}: run `make setup`",
            folder.display()
        );
        let mut command = Command::new("node");
        command.arg("client.js").current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start("node", &mut command, log);
        let input = Mutex::new(process.child().stdin.take().unwrap());
        let output = process.child().stdout.take().unwrap();
        let inbox = Arc::new(Inbox::default());
        let filled = Arc::clone(&inbox);
        thread::spawn(move || filled.fill(output));
        Self {
            process,
            input,
            inbox,
            started: AtomicUsize::new(0),
        }
    }

    /// Sets a client on its way to Prosody.
    pub fn connect(&self, login: &Login, port: u16) -> Client<'_> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let client = Client {
            clients: self,
            name: format!("client-{number}"),
        };
        let (user, password) = login.credentials.clone().unzip();
        client.command(
            "connect",
            json!({"url": login.url(port), "host": login.host, "user": user, "password": password,
                "authorization": login.authorization, "resumable": login.resumable}),
        );
        client
    }

    /// Ends the node process with all its clients.
    pub fn stop(&mut self) {
        self.process.kill();
    }
}

pub struct Client<'a> {
    clients: &'a Clients,
    name: String,
}

impl Client<'_> {
    /// Waits for Prosody's word on the login: the client's JID, or the SASL failure.
    pub fn login(&self) -> Result<String, Denial> {
        self.login_since(0).map(|(jid, _)| jid)
    }

    /// Loses its connection and comes back for its stream: whether it got that back, or the SASL failure.
    pub fn resume(&self, login: &Login, port: u16) -> Result<bool, Denial> {
        let back = self.start_resumption(login, port, false);
        self.login_since(back).map(|(_, resumed)| resumed)
    }

    /// Loses its connection, comes back, and stops short of asking for its stream.
    pub fn resume_later(&self, login: &Login, port: u16) {
        let back = self.start_resumption(login, port, true);
        self.wait(back, "the time to ask for its stream", |event| {
            matches!(event, Event::Holding {}).then_some(())
        });
    }

    /// Asks for the stream at last.
    pub fn proceed(&self) {
        self.command("proceed", json!({}));
    }

    /// Loses its connection and comes back for its stream. Returns how much had been seen before.
    pub fn start_resumption(&self, login: &Login, port: u16, held: bool) -> usize {
        let lost = self.seen();
        self.drop_connection();
        self.wait_for_end(lost);
        let back = self.seen();
        self.command(
            "resume",
            json!({"url": login.url(port), "host": login.host, "held": held}),
        );
        back
    }

    /// Waits for Prosody's word on the stream: whether the client got it back.
    pub fn wait_for_stream(&self, since: usize) -> bool {
        self.login_since(since).unwrap().1
    }

    /// How much has been seen so far, for waiting for what comes after it.
    pub fn seen(&self) -> usize {
        self.clients.inbox.len()
    }

    /// Waits until the connection is over.
    pub fn wait_for_end(&self, since: usize) {
        self.wait(since, "the end of its connection", |event| {
            matches!(event, Event::Disconnected {}).then_some(())
        });
    }

    fn login_since(&self, since: usize) -> Result<(String, bool), Denial> {
        self.wait(since, "the outcome of its login", |event| match event {
            Event::Connected { jid, resumed } => Some(Ok((jid.clone(), *resumed))),
            Event::AuthenticationFailed { condition, text } => Some(Err(Denial {
                condition: condition.clone().unwrap_or_default(),
                text: text.clone().unwrap_or_default(),
            })),
            Event::ConnectionFailed { reason } => panic!("the connection failed: {reason:?}"),
            _ => None,
        })
    }

    /// Enters a room and waits for Prosody's word: the status codes of the own presence, or the error.
    pub fn join(&self, room: &str, nick: &str) -> Result<Vec<u16>, StanzaError> {
        self.start_join(room, nick).outcome()
    }

    /// Sends the presence that asks to enter a room.
    pub fn start_join(&self, room: &str, nick: &str) -> Join<'_> {
        let join = Join {
            client: self,
            since: self.clients.inbox.len(),
            occupant: format!("{room}/{nick}"),
        };
        self.command("join", json!({"room": room, "nick": nick}));
        join
    }

    /// Leaves the room and waits until the room says so.
    pub fn leave(&self, room: &str, nick: &str) {
        let since = self.seen();
        self.command("leave", json!({"room": room, "nick": nick}));
        let occupant = format!("{room}/{nick}");
        self.wait(since, "the end of its stay", |event| match event {
            Event::Presence {
                from, available, ..
            } => (*from == occupant && !available).then_some(()),
            _ => None,
        });
    }

    /// Waits until it is thrown out of the room, and returns the reason that it is shown.
    pub fn wait_for_kick(&self, room: &str, nick: &str) -> Option<String> {
        let occupant = format!("{room}/{nick}");
        self.wait(0, "the end of its stay", |event| match event {
            Event::Presence {
                from,
                statuses,
                reason,
                ..
            } => (*from == occupant && statuses.contains(&KICKED)).then(|| reason.clone()),
            _ => None,
        })
    }

    /// Waits for a message of the system in the chat of the room.
    pub fn hear_system(&self, room: &str) -> String {
        self.wait(0, "a message of the system", |event| match event {
            Event::Message {
                from,
                json: Some(json),
                ..
            } if from == room && json["type"] == "system_chat_message" => {
                Some(json["message"].as_str().unwrap_or_default().to_owned())
            }
            _ => None,
        })
    }

    /// How many messages of the system have come.
    pub fn count_system_messages(&self) -> usize {
        let seen = self.clients.inbox.seen.lock().unwrap();
        let own = seen.lines.iter().filter(|line| line.client == self.name);
        own.filter(|line| matches!(&line.event, Event::Message { json: Some(json), .. } if json["type"] == "system_chat_message"))
            .count()
    }

    /// Sees to it that its connection has not ended, once all that has been sent is here.
    pub fn is_undisturbed(&self, room: &str) {
        self.is_undisturbed_since(0, room);
    }

    /// The same, from then on.
    pub fn is_undisturbed_since(&self, since: usize, room: &str) {
        self.say(room, &format!("{} is still here", self.name));
        let seen = self.clients.inbox.seen.lock().unwrap();
        let later = seen.lines.iter().skip(since);
        let mut own = later.filter(|line| line.client == self.name);
        assert!(
            !own.any(|line| matches!(&line.event, Event::Disconnected {})),
            "{} was disconnected",
            self.name
        );
    }

    /// Sends a message to the room and waits until the room has sent it back.
    pub fn say(&self, room: &str, body: &str) {
        let since = self.clients.inbox.len();
        self.command("message", json!({"room": room, "body": body}));
        self.wait_for_message(since, room, body);
    }

    /// Waits for a message of anybody in the room.
    pub fn hear(&self, room: &str, body: &str) {
        self.wait_for_message(0, room, body);
    }

    /// Asks the client at this address to call a telephone into a room.
    pub fn dial(&self, to: &str, room: &str) -> Result<(), StanzaError> {
        let since = self.seen();
        self.command("dial", json!({"to": to, "room": room}));
        self.wait(since, "the outcome of its call", |event| match event {
            Event::Dialled {
                room: dialled,
                error,
            } if dialled == room => Some(error.clone().map_or(Ok(()), Err)),
            _ => None,
        })
    }

    /// Leaves as a well-behaved client does.
    pub fn disconnect(&self) {
        self.command("disconnect", json!({}));
        self.wait_for_end(0);
    }

    /// Is gone as a client that lost its network.
    pub fn drop_connection(&self) {
        self.command("drop", json!({}));
    }

    /// The nicknames of all that this client sees in the room.
    pub fn occupants(&self, room: &str) -> BTreeSet<String> {
        let mut occupants = BTreeSet::new();
        let seen = self.clients.inbox.seen.lock().unwrap();
        for line in seen.lines.iter().filter(|line| line.client == self.name) {
            let Event::Presence {
                from,
                available,
                error: None,
                ..
            } = &line.event
            else {
                continue;
            };
            match from
                .strip_prefix(room)
                .and_then(|rest| rest.strip_prefix('/'))
            {
                Some(nick) if *available => occupants.insert(nick.to_owned()),
                Some(nick) => occupants.remove(nick),
                None => continue,
            };
        }
        occupants
    }

    /// Waits until this client sees these occupants, no more and no fewer.
    pub fn see_occupants(&self, room: &str, expected: &[&str]) {
        let expected = expected.iter().map(|&nick| nick.to_owned()).collect();
        until(
            &format!("{} to see {expected:?} in {room}", self.name),
            || (self.occupants(room) == expected).then_some(()),
        );
    }

    /// Sees to it that nobody of this name has been in the room, once all that has been sent is here.
    pub fn hear_nothing_of(&self, room: &str, nick: &str) {
        self.say(room, &format!("has {nick} been here?"));
        let occupant = format!("{room}/{nick}");
        let seen = self.clients.inbox.seen.lock().unwrap();
        let own = seen.lines.iter().filter(|line| line.client == self.name);
        for line in own {
            let been = matches!(&line.event, Event::Presence { from, .. } if *from == occupant);
            assert!(!been, "{occupant} has been there: {:?}", line.event);
        }
    }

    fn wait_for_message(&self, since: usize, room: &str, text: &str) {
        self.wait(
            since,
            &format!("the message {text:?}"),
            |event| match event {
                Event::Message {
                    error: Some(error), ..
                } => panic!("a message came back: {error:?}"),
                Event::Message { from, body, .. } => {
                    (from.starts_with(room) && body.as_deref() == Some(text)).then_some(())
                }
                _ => None,
            },
        );
    }

    fn wait<T>(&self, since: usize, awaited: &str, find: impl Fn(&Event) -> Option<T>) -> T {
        self.clients.inbox.wait(&self.name, since, awaited, find)
    }

    fn command(&self, command: &str, mut arguments: Value) {
        let members = arguments.as_object_mut().unwrap();
        members.insert("command".to_owned(), command.into());
        members.insert("client".to_owned(), self.name.clone().into());
        let mut input = self
            .clients
            .input
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        writeln!(input, "{arguments}").expect("node has ended");
    }
}

/// A join on its way.
pub struct Join<'a> {
    client: &'a Client<'a>,
    since: usize,
    occupant: String,
}

impl Join<'_> {
    pub fn nick(&self) -> &str {
        self.occupant.rsplit('/').next().unwrap_or_default()
    }

    pub fn outcome(&self) -> Result<Vec<u16>, StanzaError> {
        let awaited = format!("the outcome of joining as {}", self.occupant);
        self.client.wait(self.since, &awaited, |event| match event {
            Event::Presence {
                from,
                error: Some(error),
                ..
            } if *from == self.occupant => Some(Err(error.clone())),
            Event::Presence { from, statuses, .. }
                if *from == self.occupant && statuses.contains(&SELF_PRESENCE) =>
            {
                Some(Ok(statuses.clone()))
            }
            _ => None,
        })
    }
}
