//! `prosody-tokend revocations`: what is taken back, at the daemon that runs.

use clap::Args;
use serde_json::Value;

use crate::api::revocations::{Revocation, RevocationList};
use crate::api::words::revocations as words;
use crate::clock;
use crate::token::shown;

use super::administrator::{Administrator, DaemonArguments};
use super::failure::Failure;
use super::layout;
use super::output::print;
use super::runtime::block_on;

/// Options of `revocations`.
#[derive(Args)]
pub struct RevocationsArguments {
    /// Print JSON, one revocation a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// Prints page after page, so that any number of them takes but little memory.
pub fn run(arguments: &RevocationsArguments) -> Result<(), Failure> {
    let administrator = Administrator::find(&arguments.daemon)?;
    block_on(print_all(&administrator, arguments.json))?
}

async fn print_all(administrator: &Administrator, is_json: bool) -> Result<(), Failure> {
    let mut after = None;
    let mut is_first = true;
    loop {
        let answer = administrator.daemon.revocations(after.as_deref()).await;
        let answer = administrator.answered(answer)?;
        let whole: Value = administrator.read(Ok(answer.clone()))?;
        let page: RevocationList = administrator.read(Ok(answer))?;
        print(&if is_json {
            lines(&whole)
        } else {
            table(&page.revocations, is_first)
        })?;
        is_first = false;
        match following(after, page.next) {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// The next page, which has to be another one: a daemon that repeats itself would never end.
fn following(after: Option<String>, next: Option<String>) -> Option<String> {
    next.filter(|next| after.is_none_or(|after| after < *next))
}

/// Whole, as the daemon may be of another version.
fn lines(page: &Value) -> String {
    let all = page.get("revocations").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    all.map(|one| shown::escaped_json(&format!("{one}\n")).into_owned())
        .collect()
}

fn table(revocations: &[Revocation], is_first: bool) -> String {
    if revocations.is_empty() && is_first {
        return format!("{}\n", words::NONE);
    }
    let now = clock::unix_time();
    let titles = is_first.then(|| words::TITLES.map(str::to_owned));
    let rows = revocations.iter().map(|one| words::cells(one, now));
    let rows: Vec<[String; 7]> = titles.into_iter().chain(rows).collect();
    layout::columns(&rows)
}
