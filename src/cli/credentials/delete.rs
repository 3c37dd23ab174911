//! `prosody-tokend credentials delete`: takes a credential away.

use clap::Args;

use crate::api::registry::Credential;
use crate::cli::administrator::{Administrator, DaemonArguments, part};
use crate::cli::failure::Failure;
use crate::cli::layout;
use crate::cli::output::print;
use crate::cli::runtime::block_on;

use super::failure::CredentialsError;

/// Options of `credentials delete`.
#[derive(Args)]
pub struct DeleteArguments {
    /// What its tokens name it by, or its ID
    #[arg(value_name = "KEY|ID")]
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// Has the daemon delete it, and says what that means.
pub fn run(arguments: &DeleteArguments) -> Result<(), Failure> {
    let (administrator, _) = Administrator::find_of_registry(&arguments.daemon)?;
    let deleted = block_on(delete(&administrator, &arguments.name))??;
    print(&if arguments.json {
        layout::json(&serde_json::json!({ "id": deleted.id, "key": deleted.key, "deleted": true }))
    } else {
        let key = layout::plain(&deleted.key);
        format!("deleted {key:?}: its tokens let nobody in from the next request on\n")
    })
}

async fn delete(administrator: &Administrator, name: &str) -> Result<Credential, Failure> {
    let found = administrator
        .found(&format!("/jwts/{}", part(name)))
        .await?;
    let found: Credential = found.ok_or_else(|| CredentialsError::NotThere(name.to_owned()))?;
    // By its ID: another one may have the key by now.
    let answer = administrator
        .daemon
        .delete(&format!("/jwts/{}", part(&found.id)))
        .await;
    administrator.answered(answer)?;
    Ok(found)
}
