//! `prosody-tokend unrevoke`: takes a revocation back, at the daemon that runs.

use clap::Args;

use crate::api::words::revocations::GOOD_AGAIN;
use crate::token::revocation::RevocationId;

use super::administrator::{Administrator, DaemonArguments};
use super::failure::Failure;
use super::layout;
use super::output::print;
use super::runtime::block_on;

/// Options of `unrevoke`.
#[derive(Args)]
pub struct UnrevokeArguments {
    /// The ID of the revocation, as "prosody-tokend revocations" shows it
    id: RevocationId,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// Has the daemon take it back, and says what that means.
pub fn run(arguments: &UnrevokeArguments) -> Result<(), Failure> {
    let administrator = Administrator::find(&arguments.daemon)?;
    let id = arguments.id.to_string();
    let answer = block_on(administrator.daemon.unrevoke(&id))?;
    administrator.answered(answer)?;
    print(&if arguments.json {
        layout::json(&serde_json::json!({ "id": id, "revoked": false }))
    } else {
        format!("not revoked any longer ({id}): {GOOD_AGAIN}\n")
    })
}
