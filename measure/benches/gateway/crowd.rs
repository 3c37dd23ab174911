//! How long Prosody waits while a crowd asks at the gateway, and how long it would if that crowd asked at Prosody's own address.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use measure::policies::{HOST, SECRET, host, with_secret};
use measure::spread::Spread;
use measure::system::{free_port, released_daemon};
use measure::wrk::{Asked, flat_out, rested, send};
use serde_json::{Value, json};
use support::process::Process;
use support::time::in_seconds;
use support::token::mint;
use support::{http, until};

use super::issuers::Issuers;

/// Where the crowd is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crowd {
    Nowhere,
    AtTheGateway,
    AtProsodys,
}

/// A daemon with an address for Prosody and one for proxies, each with one worker.
struct Both {
    process: Process,
    prosody: u16,
    proxies: u16,
}

/// One of its addresses, as it is asked.
struct Address<'a> {
    process: &'a Process,
    port: u16,
    requests: &'static str,
}

impl Asked for Address<'_> {
    fn process(&self) -> &Process {
        self.process
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn name(&self) -> &'static str {
        "prosody-tokend"
    }

    fn requests(&self) -> &'static str {
        self.requests
    }
}

/// The table, and what is wrong with it.
pub fn compare(folder: &Path, issuers: &Issuers) -> (String, Option<String>) {
    let logins = logins(folder);
    let rounds: Vec<[f64; 3]> = (1..=ROUNDS)
        .map(|round| {
            eprintln!("gateway: a crowd beside Prosody, round {round} of {ROUNDS}");
            let both = Both::start(folder, issuers);
            CROWDS.map(|crowd| both.delay(crowd, &logins, issuers).as_secs_f64())
        })
        .collect();
    let mut table = HEAD.to_owned();
    let [_, gateway, own] = [0, 1, 2].map(|index| {
        let ratios = rounds.iter().map(|round| round[index] / round[0]);
        let delay = Spread::of(ratios.collect());
        writeln!(table, "| {} | {delay} |", CROWDS[index].name()).unwrap();
        delay
    });
    let failure = (gateway.median > own.median * MOST)
        .then(|| format!("a crowd at the gateway delays Prosody {gateway} times, and {own} times at its own address"));
    (table, failure)
}

impl Crowd {
    const fn name(self) -> &'static str {
        match self {
            Self::Nowhere => "nowhere",
            Self::AtTheGateway => "at the gateway's address",
            Self::AtProsodys => "at Prosody's address",
        }
    }
}

impl Both {
    fn start(folder: &Path, issuers: &Issuers) -> Self {
        let [prosody, proxies] = [free_port(), free_port()];
        let folder = folder.join(format!("both-{prosody}"));
        fs::create_dir(&folder).unwrap();
        let declared = folder.join("kong.yml");
        fs::write(&declared, issuers.declared()).unwrap();
        let text = format!(
            "listen = [\"127.0.0.1:{prosody}\"]\nworkers.threads = 1\n\
             [forward_auth]\nlisten = [\"127.0.0.1:{proxies}\"]\nthreads = 1\n\
             [gateways.api]\nkong_config = {declared:?}\n{}",
            host(HOST, &with_secret("HS256"))
        );
        let file = folder.join("config.toml");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(released_daemon());
        command.args(["serve", "--config"]).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process::start("prosody-tokend", &mut command, &folder.join("log"));
        until("the daemon to answer", || {
            let answer = http::request(prosody, "GET", "/healthz", "");
            answer.is_ok().then_some(())
        });
        Self {
            process,
            prosody,
            proxies,
        }
    }

    const fn at(&self, port: u16, requests: &'static str) -> Address<'_> {
        Address {
            process: &self.process,
            port,
            requests,
        }
    }

    /// How long 99 of 100 questions of Prosody's take at most, asked one after the other.
    fn delay(&self, crowd: Crowd, logins: &Path, issuers: &Issuers) -> Duration {
        let prosody = self.at(self.prosody, "verify");
        let ask = || send(&prosody, logins, rested(1, SECONDS)).percentile_99;
        let (address, tokens) = match crowd {
            Crowd::Nowhere => return ask(),
            Crowd::AtTheGateway => (self.at(self.proxies, "gateway"), issuers.tokens.as_path()),
            Crowd::AtProsodys => (self.at(self.prosody, "verify"), logins),
        };
        thread::scope(|scope| {
            let before = self.process.processor_time();
            let crowd = scope.spawn(|| send(&address, tokens, flat_out(SECONDS + 2)));
            until("the crowd to be there", || {
                let spent = self.process.processor_time().saturating_sub(before);
                (spent > BUSY).then_some(())
            });
            let delay = ask();
            assert!(
                !crowd.is_finished(),
                "the crowd left before Prosody was done"
            );
            crowd.join().unwrap();
            delay
        })
    }
}

/// A file of tokens for a meeting.
fn logins(folder: &Path) -> PathBuf {
    let lines = (0..TOKENS).fold(String::new(), |mut lines, number| {
        let claims: Value = json!({
            "iss": "my_app", "aud": "my_app", "sub": HOST, "room": "orders", "exp": in_seconds(86_400),
            "jti": format!("token-{number}"),
        });
        writeln!(lines, "orders {}", mint(&claims, SECRET)).unwrap();
        lines
    });
    let path = folder.join("logins");
    fs::write(&path, lines).unwrap();
    path
}

const HEAD: &str = "\n| 32 connections that ask without a pause | 99 of 100 answers to Prosody take, with `nowhere` = 1 |\n\
                    | --- | ---: |\n";
const CROWDS: [Crowd; 3] = [Crowd::Nowhere, Crowd::AtTheGateway, Crowd::AtProsodys];
const TOKENS: usize = 500;
const ROUNDS: usize = 5;
const SECONDS: u64 = 2;
/// Nothing but the crowd costs a daemon so much.
const BUSY: Duration = Duration::from_millis(100);
/// Of what it would be without addresses and workers of the gateway's own.
const MOST: f64 = 0.75;
