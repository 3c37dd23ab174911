//! `prosody-tokend revoke`: takes a token, a user, a key, an issuer or a room back, at the daemon that runs.

use std::io::{self, IsTerminal as _, Read as _};

use clap::Args;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::api::revocations::Revoked;
use crate::api::words::revocations as words;
use crate::token::shown;

use super::administrator::{self, Administrator, DaemonArguments};
use super::failure::{Failure, Status};
use super::layout::{self, wrapped};
use super::output::print;
use super::remark::remark;
use super::runtime::block_on;
use super::statuses::{ExitStatus, NO_INPUT, USAGE};
use super::when;

/// Options of `revoke`.
#[derive(Args)]
pub struct RevokeArguments {
    #[command(flatten)]
    what: What,
    /// The `VirtualHost` at which it counts [default: every one]
    #[arg(long, value_name = "DOMAIN")]
    host: Option<String>,
    /// Until when it counts, or for how long: 2026-01-31T12:00:00Z, or 12h [default: for ever; of a token as long as that can be good]
    #[arg(long, value_name = "TIME", value_parser = when::parse_later)]
    until: Option<i64>,
    /// Of a user, those tokens alone that were issued before: now, or 2026-01-31T12:00:00Z; later ones are good
    #[arg(long, value_name = "TIME", value_parser = when::parse_moment, requires = "user",
        conflicts_with_all = ["token", "jti", "kid", "issuer", "room", "sid"])]
    issued_before: Option<i64>,
    /// Why. Those who are denied see it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// What is taken back.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct What {
    /// This token: - for standard input, where other users of this machine cannot see it
    #[arg(long, value_name = "-", value_parser = from_input)]
    token: Option<String>,
    /// All tokens with this jti
    #[arg(long, value_parser = no_token)]
    jti: Option<String>,
    /// All tokens of this user: their context.user.id, unless the configuration says otherwise
    #[arg(long, value_name = "ID", value_parser = no_token)]
    user: Option<String>,
    /// All tokens whose header has this kid
    #[arg(long, value_parser = no_token)]
    kid: Option<String>,
    /// All tokens with this iss
    #[arg(long, value_name = "ISS", value_parser = no_token)]
    issuer: Option<String>,
    /// This room, whoever joins: its name, or its JID
    #[arg(long, value_parser = no_token)]
    room: Option<String>,
    /// All tokens with this sid, which is the user's session at an `OpenID` provider
    #[arg(long, value_parser = no_token)]
    sid: Option<String>,
}

/// Why there is nothing to take back.
#[derive(Debug, Error)]
pub enum RevokeError {
    #[error("cannot read the token")]
    Token(#[source] io::Error),
    #[error("there is no token; pass it on standard input: prosody-tokend revoke --token - < FILE")]
    NoToken,
}

impl Status for RevokeError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Token(_) => NO_INPUT,
            Self::NoToken => USAGE,
        }
    }
}

/// Has the daemon take it back, and says what that means.
pub fn run(mut arguments: RevokeArguments) -> Result<(), Failure> {
    let administrator = Administrator::find(&arguments.daemon)?;
    if arguments.what.token.is_some() {
        arguments.what.token = Some(read_token()?);
    }
    let asked = asked(
        arguments.what,
        [
            ("host", arguments.host.map(Value::from)),
            ("until", arguments.until.map(Value::from)),
            ("issued_before", arguments.issued_before.map(Value::from)),
            ("reason", arguments.reason.map(Value::from)),
            ("by", Some(administrator::name().into())),
        ],
    );
    let answer = block_on(administrator.daemon.revoke(&asked))?;
    let answer = administrator.answered(answer)?;
    let is_new = answer.status == 201;
    if arguments.json {
        let told: Value = administrator.read(Ok(answer))?;
        return print(&layout::json(&told));
    }
    let told: Revoked = administrator.read(Ok(answer))?;
    print(&lay_out(&told, is_new))
}

/// What is asked of the daemon. What is not said is left out.
fn asked(what: What, others: [(&str, Option<Value>); 5]) -> Value {
    let What {
        token,
        jti,
        user,
        kid,
        issuer,
        room,
        sid,
    } = what;
    let named = [
        ("token", token),
        ("jti", jti),
        ("user", user),
        ("kid", kid),
        ("issuer", issuer),
        ("room", room),
        ("sid", sid),
    ];
    let named = named.map(|(name, text)| (name, text.map(Value::from)));
    let members = named.into_iter().chain(others);
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    json!(members.collect::<Map<_, _>>())
}

/// Who sees a token on a command line has it.
fn from_input(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err("a token on the command line can be seen by every user of this machine: pass it on standard input, as --token - < FILE".to_owned())
}

fn no_token(text: &str) -> Result<String, String> {
    if shown::looks_like_token(text) {
        return Err(
            "this looks like a token: pass that on standard input, as --token - < FILE".to_owned(),
        );
    }
    Ok(text.to_owned())
}

fn read_token() -> Result<String, RevokeError> {
    let mut input = io::stdin().lock();
    if input.is_terminal() {
        remark("Paste the token, press Enter, then Ctrl-D:\n");
    }
    let mut bytes = Vec::new();
    let read = input.by_ref().take(MAX_INPUT).read_to_end(&mut bytes);
    read.map_err(RevokeError::Token)?;
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    if token.is_empty() {
        return Err(RevokeError::NoToken);
    }
    Ok(token)
}

/// What was done, what comes of it, and how it is undone.
fn lay_out(told: &Revoked, is_new: bool) -> String {
    let revocation = &told.revocation;
    let beginning = if is_new {
        "revoked"
    } else {
        "revoked already, and as you say now"
    };
    let text = format!(
        "{beginning} ({}): {}",
        revocation.id,
        words::meaning(revocation)
    );
    let undone = format!("To take it back: prosody-tokend unrevoke {}", revocation.id);
    let notes = told.notes.iter().map(|note| format!("note: {note}"));
    let lines: Vec<String> = [text].into_iter().chain(notes).chain([undone]).collect();
    let lines = lines.iter().map(|line| wrapped(line, 0) + "\n");
    lines.collect()
}

/// Longer than any token that is taken.
const MAX_INPUT: u64 = 1_048_576;
