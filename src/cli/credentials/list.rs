//! `prosody-tokend credentials list`: what there is, without what is secret.

use std::collections::BTreeMap;

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::registry::{Consumer, Credential, Listed};
use crate::cli::administrator::{Administrator, DaemonArguments, part};
use crate::cli::failure::Failure;
use crate::cli::output::print;
use crate::cli::runtime::block_on;
use crate::cli::{layout, when};
use crate::clock;
use crate::token::shown;

/// Options of `credentials list`.
#[derive(Args)]
pub struct ListArguments {
    /// Those alone that have this word; of several, separated by commas, all
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Print JSON, one credential a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// Prints all of them.
pub fn run(arguments: &ListArguments) -> Result<(), Failure> {
    let (administrator, _) = Administrator::find_of_registry(&arguments.daemon)?;
    block_on(print_all(&administrator, arguments))?
}

async fn print_all(
    administrator: &Administrator,
    arguments: &ListArguments,
) -> Result<(), Failure> {
    let tag = arguments.tag.as_deref();
    let tag = tag.map_or_else(String::new, |tag| format!("&tags={}", part(tag)));
    if arguments.json {
        let all: Vec<Value> = all(administrator, "/jwts", &tag).await?;
        return print(&all.into_iter().map(line).collect::<String>());
    }
    let credentials: Vec<Credential> = all(administrator, "/jwts", &tag).await?;
    let consumers: Vec<Consumer> = all(administrator, "/consumers", "").await?;
    let names = consumers.into_iter().map(|consumer| {
        let name = consumer.username.or(consumer.custom_id);
        (consumer.id, name.unwrap_or_default())
    });
    print(&table(&credentials, &names.collect()))
}

/// Page after page. Each has to be another one: a daemon that repeats itself would never end.
async fn all<T: DeserializeOwned>(
    administrator: &Administrator,
    path: &str,
    more: &str,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let mut offset: Option<String> = None;
    loop {
        let behind = offset.as_deref();
        let behind = behind.map_or_else(String::new, |offset| format!("&offset={}", part(offset)));
        let asked = format!("{path}?size=1000{more}{behind}");
        let page: Listed<T> = administrator.read(administrator.daemon.get(&asked).await)?;
        all.extend(page.data);
        let is_another = page.offset != offset;
        match page.offset.filter(|_| is_another) {
            Some(next) => offset = Some(next),
            None => return Ok(all),
        }
    }
}

/// Whole, as the daemon may be of another version, but for the secret.
fn line(mut credential: Value) -> String {
    if let Some(members) = credential.as_object_mut() {
        members.remove("secret");
    }
    shown::escaped_json(&format!("{credential}\n")).into_owned()
}

fn table(credentials: &[Credential], names: &BTreeMap<String, String>) -> String {
    if credentials.is_empty() {
        return "there are no credentials\n".to_owned();
    }
    let now = clock::unix_time();
    let rows = credentials.iter().map(|one| row(one, names, now));
    let rows: Vec<Row> = [TITLES.map(str::to_owned)]
        .into_iter()
        .chain(rows)
        .collect();
    layout::columns(&rows)
}

type Row = [String; 6];

const TITLES: [&str; 6] = ["USER", "KEY", "ALGORITHM", "TAGS", "SINCE", "ID"];

fn row(credential: &Credential, names: &BTreeMap<String, String>, now: i64) -> Row {
    let owner = &credential.consumer.id;
    let tags = credential.tags.as_deref().unwrap_or_default();
    let tags = if tags.is_empty() {
        "-".to_owned()
    } else {
        tags.join(",")
    };
    [
        names.get(owner).unwrap_or(owner).clone(),
        credential.key.clone(),
        credential.algorithm.clone(),
        tags,
        when::words(credential.created_at, now),
        credential.id.clone(),
    ]
}
