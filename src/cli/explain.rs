//! `prosody-tokend explain`.

mod gateway;
mod revoked;

use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use thiserror::Error;

use crate::clock;
use crate::config::Config;
use crate::daemon::parts;
use crate::http::routes::explain::body;
use crate::keys::cache::KeyCache;
use crate::laid_out::{of_host, terminal};
use crate::peer::Peer;
use crate::token::decision::Presented;
use crate::token::room::RoomState;
use crate::verifier::InForce;
use crate::verifier::overrides::Overrides;
use crate::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use crate::verifier::verdict::Examination;

use super::failure::{Failure, StartError, Status};
use super::layout::json;
use super::output::{print, print_coloured};
use super::remark::remark;
use super::runtime::block_on;
use super::sources::{self, SourceArguments};
use super::statuses::{ExitStatus, NO, NO_INPUT, USAGE};
use super::when;

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
    /// The gateway, `[gateways.NAME]`, to which the token comes, in place of a host
    #[arg(long, value_name = "NAME", conflicts_with_all = ["host", "room", "tenant"])]
    gateway: Option<String>,
    /// The time to decide at: 2026-01-31T12:00:00Z, or Unix seconds [default: now]
    #[arg(long, value_name = "TIME", value_parser = when::parse_time)]
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
    if let Some(name) = &arguments.gateway {
        return gateway::run(config, name, &token, arguments.at, arguments.json);
    }
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
        print_coloured(&terminal::lay_out(&of_host(&examination)))?;
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
    let (revoked, unseen) = revoked::known(&config);
    let in_force = Arc::new(InForce::default());
    in_force.replace(revoked);
    let verifier = parts::verifier(config, &keys).map_err(StartError::from)?;
    let verifier = verifier.going_by(in_force);
    keys.prefetch().await;
    let question = TokenQuestion {
        opens_session: false,
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
    let mut examination = explaining.await?;
    examination.notes.extend(unseen);
    Ok(examination)
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
