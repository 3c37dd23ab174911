//! `prosody-tokend credentials show`: one credential, without what is secret.

use clap::Args;
use serde_json::Value;

use crate::api::registry::{Consumer, Credential};
use crate::cli::administrator::{Administrator, DaemonArguments, part};
use crate::cli::failure::Failure;
use crate::cli::output::print;
use crate::cli::runtime::block_on;
use crate::cli::{layout, when};
use crate::token::key::Key;

use super::failure::CredentialsError;

/// Options of `credentials show`.
#[derive(Args)]
pub struct ShowArguments {
    /// What its tokens name it by, or its ID
    #[arg(value_name = "KEY|ID")]
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// Prints what there is to say of it.
pub fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let (administrator, _) = Administrator::find_of_registry(&arguments.daemon)?;
    block_on(show(&administrator, arguments))?
}

async fn show(administrator: &Administrator, arguments: &ShowArguments) -> Result<(), Failure> {
    let path = format!("/jwts/{}", part(&arguments.name));
    let not_there = || CredentialsError::NotThere(arguments.name.clone());
    if arguments.json {
        let whole: Option<Value> = administrator.found(&path).await?;
        let mut whole = whole.ok_or_else(not_there)?;
        if let Some(members) = whole.as_object_mut() {
            members.remove("secret");
        }
        return print(&layout::json(&whole));
    }
    let credential: Option<Credential> = administrator.found(&path).await?;
    let credential = credential.ok_or_else(not_there)?;
    let consumer: Option<Consumer> = administrator.found(&format!("{path}/consumer")).await?;
    print(&lay_out(&credential, consumer.as_ref()))
}

fn lay_out(credential: &Credential, consumer: Option<&Consumer>) -> String {
    let or_dash = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), String::clone);
    let tags = credential.tags.as_ref().map(|tags| tags.join(","));
    let rows = [
        ("key", credential.key.clone()),
        (
            "user",
            or_dash(consumer.and_then(|consumer| consumer.username.as_ref())),
        ),
        (
            "custom ID",
            or_dash(consumer.and_then(|consumer| consumer.custom_id.as_ref())),
        ),
        ("algorithm", credential.algorithm.clone()),
        ("public key", public_key(credential)),
        (
            "tags",
            or_dash(tags.as_ref().filter(|tags| !tags.is_empty())),
        ),
        ("made", when::shown(credential.created_at)),
        ("ID", credential.id.clone()),
    ];
    layout::columns(&rows.map(|(name, value)| [name.to_owned(), value]))
}

/// What tells one public key from another.
fn public_key(credential: &Credential) -> String {
    let Some(pem) = &credential.rsa_public_key else {
        return "-".to_owned();
    };
    let Ok(key) = Key::from_pem(pem.as_bytes()) else {
        return "one that cannot be read".to_owned();
    };
    let facts = key.facts();
    let fingerprint = facts.fingerprint.as_deref().unwrap_or_default();
    format!("{}, {} bits, {fingerprint}", facts.key_type, facts.bits)
}
