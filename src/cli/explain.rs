//! `prosody-tokend explain`.

mod user;

use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use jiff::Timestamp;

use clap::Args;
use thiserror::Error;

use crate::clock;
use crate::config::Config;
use crate::daemon::parts;
use crate::http::routes::explain::body;
use crate::keys::cache::KeyCache;
use crate::peer::Peer;
use crate::token::decision::Presented;
use crate::token::explain::checks::{Check, Failed};
use crate::token::explain::mapped::MappedClaim;
use crate::token::explain::unit;
use crate::token::room::RoomState;
use crate::verifier::overrides::Overrides;
use crate::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use crate::verifier::verdict::Examination;

use super::failure::{Failure, StartError, Status};
use super::layout::{BAD, BOLD, FAINT, GOOD, json, wrapped};
use super::output::{print, print_coloured};
use super::remark::remark;
use super::runtime::block_on;
use super::sources::{self, SourceArguments};
use super::statuses::{ExitStatus, NO, NO_INPUT, USAGE};

/// Options of `explain`.
#[derive(Args)]
pub struct ExplainArguments {
    /// The token; - or nothing for standard input, where other users of this machine cannot see it
    token: Option<String>,
    /// The `VirtualHost`; may be left out where one is configured, or where the issuer tells
    #[arg(long, value_name = "DOMAIN")]
    host: Option<String>,
    /// The room to join: its name, or its JID
    #[arg(long)]
    room: Option<String>,
    /// The tenant in the meeting's web address
    #[arg(long)]
    tenant: Option<String>,
    /// The time to decide at: 2026-01-31T12:00:00Z, or Unix seconds [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sources: SourceArguments,
}

/// Why nothing can be explained, or nobody gets in with the token.
#[derive(Debug, Error)]
pub enum ExplainError {
    #[error("cannot read the token")]
    Token(#[source] io::Error),
    #[error("there is no token; pass it on standard input: prosody-tokend explain < FILE")]
    NoToken,
}

impl Status for ExplainError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Token(_) => NO_INPUT,
            Self::NoToken => USAGE,
        }
    }
}

/// Explains one token.
pub fn run(mut arguments: ExplainArguments) -> Result<(), Failure> {
    let config = sources::load(&arguments.sources)?.config?;
    let token = match arguments.token.take() {
        Some(token) if token != "-" => named(token),
        _ => read_token()?,
    };
    let asked = Asked {
        host: arguments.host.as_deref(),
        room: arguments.room.as_deref(),
        tenant: arguments.tenant.as_deref(),
        at: arguments.at,
    };
    let examination = block_on(examine(config, &asked, &token))??;
    let allowed = examination.verdict.allowed();
    if arguments.json {
        print(&json(&body(&examination)))?;
    } else {
        print_coloured(&lay_out(&examination))?;
    }
    if allowed {
        Ok(())
    } else {
        Err(Failure::said(NO))
    }
}

/// What a token is explained for.
pub struct Asked<'a> {
    /// The host, where it is named.
    pub host: Option<&'a str>,
    /// The room, where there is one.
    pub room: Option<&'a str>,
    /// The tenant in the meeting's web address.
    pub tenant: Option<&'a str>,
    /// The time that counts, or now.
    pub at: Option<i64>,
}

/// Makes every check of a token, with the keys that the configuration names.
pub async fn examine(
    config: Config,
    arguments: &Asked<'_>,
    token: &str,
) -> Result<Examination, Failure> {
    let keys = KeyCache::start(clock::wall_clock);
    let verifier = parts::verifier(config, &keys).map_err(StartError::from)?;
    keys.prefetch().await;
    let question = TokenQuestion {
        asker: Peer::Own,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: arguments.room.map(|room| RoomQuestion {
            room: RoomName::JidOrName(room),
            state: RoomState::default(),
            query_prefix: arguments.tenant,
        }),
        overrides: Overrides::default(),
    };
    let explaining = verifier.explain(arguments.host, &question, arguments.at);
    Ok(explaining.await?)
}

/// A time as the command line has it.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let expected = || "expected 2026-01-31T12:00:00Z, or Unix seconds".to_owned();
    match text.parse() {
        Ok(time) => unit::seconds_of(time).ok_or_else(expected),
        Err(_) => text
            .parse()
            .map(|time: Timestamp| time.as_second())
            .map_err(|_| expected()),
    }
}

/// The name of a file that is there is shown as a path, so that it is told from a token.
#[expect(
    clippy::disallowed_methods,
    reason = "looks whether there is a file that somebody may have meant"
)]
fn named(token: String) -> String {
    if Path::new(&token).is_file() && !token.contains('/') {
        return format!("./{token}");
    }
    token
}

fn read_token() -> Result<String, ExplainError> {
    let mut input = io::stdin().lock();
    if input.is_terminal() {
        remark("Paste the token, press Enter, then Ctrl-D:\n");
    }
    let mut bytes = Vec::new();
    let read = input.by_ref().take(MAX_INPUT).read_to_end(&mut bytes);
    read.map_err(ExplainError::Token)?;
    let token = text(&bytes);
    let token = token.trim_end_matches(['\r', '\n']);
    if token.trim().is_empty() {
        return Err(ExplainError::NoToken);
    }
    Ok(token.to_owned())
}

/// What was read, as text: a shell of Windows writes UTF-16 into files.
fn text(bytes: &[u8]) -> String {
    let units = |pair: fn([u8; 2]) -> u16, bytes: &[u8]| -> Vec<u16> {
        let pairs = bytes.chunks_exact(2);
        pairs
            .filter_map(|bytes| bytes.try_into().ok())
            .map(pair)
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => String::from_utf16_lossy(&units(u16::from_le_bytes, rest)),
        [0xfe, 0xff, rest @ ..] => String::from_utf16_lossy(&units(u16::from_be_bytes, rest)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// An examination for people: the cause first, then what it was decided on, then every check, and in the end what the token
/// makes of its user.
fn lay_out(examination: &Examination) -> String {
    let verdict = &examination.verdict;
    let time = Timestamp::from_second(examination.now);
    let facts = [
        Some(format!("host {}", verdict.host)),
        verdict
            .further_issuer()
            .map(|issuer| format!("issuer {issuer}")),
        token_names(examination).map(|names| format!("token {names}")),
        examination
            .room_jid
            .as_ref()
            .map(|room| format!("room {room}")),
        time.ok().map(|time| time.strftime("%F %T UTC").to_string()),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    let first = first_failed(examination).map(|failed| failed.code);
    let notes = examination.notes.iter().map(|note| wrapped(note, 0) + "\n");
    let notes: String = notes.collect();
    let width = examination
        .checks
        .iter()
        .map(|check| check.check.len())
        .max();
    let checks = examination.checks.iter().filter(|check| is_telling(check));
    let checks: String = checks
        .map(|check| check_lines(check, width.unwrap_or_default(), first))
        .collect();
    format!(
        "{}\n{notes}{FAINT}{}{FAINT:#}\n\n{checks}{}{}{}",
        headline(examination),
        wrapped(&facts.join(", "), 0),
        mapped_lines(&examination.mapped),
        user_lines(examination),
        odd_lines(&examination.oddities)
    )
}

/// Where claims come from that the token has under other names.
fn mapped_lines(mapped: &[MappedClaim]) -> String {
    let width = mapped.iter().map(|one| one.claim.len()).max();
    let Some(width) = width else {
        return String::new();
    };
    let lines = mapped.iter().map(|one| {
        let nothing = || one.why_not.as_deref().unwrap_or_default();
        let (found, from) = match &one.value {
            Some(value) => (value.as_str(), format!("from {}", one.source)),
            None => ("not set", format!("{}: {}", one.source, nothing())),
        };
        let text = wrapped(&format!("{found}  ({from})"), width.saturating_add(4));
        format!("  {FAINT}{:<width$}{FAINT:#}  {text}\n", one.claim)
    });
    format!(
        "\n{BOLD}taken for Jitsi:{BOLD:#}\n{}",
        lines.collect::<String>()
    )
}

fn user_lines(examination: &Examination) -> String {
    let is_let_in = examination.verdict.admission.is_ok();
    let user = examination.user.as_ref();
    user.map_or_else(String::new, |user| {
        format!("\n{}", user::lay_out(user, is_let_in))
    })
}

/// What is odd about the token, and denies nobody.
fn odd_lines(oddities: &[String]) -> String {
    let oddities = oddities.iter();
    oddities.map(|oddity| user::line("note", oddity)).collect()
}

/// Optional claims that are not there tell nothing.
fn is_telling(check: &Check) -> bool {
    check.outcome.as_ref().map_or(true, |passed| {
        passed.found != "nothing" || passed.hint.is_some()
    })
}

/// The first check that fails.
pub fn first_failed(examination: &Examination) -> Option<&Failed> {
    let mut failed = examination
        .checks
        .iter()
        .filter_map(|check| check.outcome.as_ref().err());
    failed.next().map(Box::as_ref)
}

fn headline(examination: &Examination) -> String {
    if examination.verdict.allowed() {
        let warnings = examination.verdict.warnings.join("; ");
        let but = if warnings.is_empty() {
            warnings
        } else {
            format!(", but {warnings}")
        };
        return format!("{GOOD}allowed{GOOD:#}{}\n", wrapped(&but, 7));
    }
    let Some(failed) = first_failed(examination) else {
        return format!("{BAD}denied{BAD:#}\n");
    };
    let line = failed.explanation.to_string();
    format!("{BAD}denied{BAD:#}  {}\n", wrapped(&line, 8))
}

/// The digest that names the token in logs, and its `jti` where it is named by that.
fn token_names(examination: &Examination) -> Option<String> {
    let digest = examination.token_digest.clone()?;
    Some(match &examination.verdict.token_id {
        Some(id) if *id != digest => format!("{id} ({digest})"),
        _ => digest,
    })
}

fn check_lines(check: &Check, width: usize, first: Option<&str>) -> String {
    let name = check.check;
    match &check.outcome {
        Ok(passed) => {
            let hint = passed
                .hint
                .as_ref()
                .map_or_else(String::new, |hint| format!("  ({hint})"));
            let text = wrapped(&format!("{}{hint}", passed.found), width.saturating_add(8));
            format!("{GOOD}  ok  {GOOD:#}{name:<width$}  {text}\n")
        }
        Err(failed) => format!(
            "{BAD}  no  {BAD:#}{BOLD}{name:<width$}{BOLD:#}  {}",
            failed_lines(failed, width.saturating_add(8), first == Some(failed.code))
        ),
    }
}

/// What was found and needed, and what to change; the headline has all of the first failure already.
fn failed_lines(failed: &Failed, indent: usize, is_first: bool) -> String {
    let explanation = &failed.explanation;
    let hint = if is_first {
        explanation.remedy.clone()
    } else {
        explanation.hint()
    };
    let source = explanation.source().map(|source| ("set by", source));
    let hint = Some(("hint", hint)).filter(|(_, hint)| !hint.is_empty());
    let there = |name, text: &String| (!is_first).then(|| (name, text.clone()));
    let lines = [
        there("found", &explanation.found),
        there("needed", &explanation.expected),
        source,
        hint,
    ];
    let lines: Vec<String> = lines
        .into_iter()
        .flatten()
        .map(|(name, text)| {
            let text = wrapped(&text, indent.saturating_add(8));
            format!("{FAINT}{name:<8}{FAINT:#}{text}\n")
        })
        .collect();
    lines.join(&" ".repeat(indent))
}

/// More is no token.
const MAX_INPUT: u64 = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_in_the_encodings_that_files_have() {
        for bytes in [
            &b"a.b"[..],
            b"\xff\xfea\0.\0b\0",
            b"\xfe\xff\0a\0.\0b",
            b"\xff\xfea\0.\0b\0\0",
        ] {
            assert_eq!(text(bytes), "a.b");
        }
        assert_eq!(text(b"a\xff"), "a\u{fffd}");
    }
}
