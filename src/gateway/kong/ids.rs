//! IDs of what the file gives none: from its name, so that they are the same each time it is read.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Builder;
use uuid::Uuid;

use super::table::Table;

/// What an ID is made for.
#[derive(Clone, Copy)]
pub enum Of {
    Consumer,
    Credential,
}

/// The ID that the table has, or one that is made of a name. None where it has one that is none.
pub fn id(table: &Table<'_>, of: Of, name: &str) -> Option<Uuid> {
    if !table.has("id") {
        return Some(made(of, name));
    }
    let text = table.text("id")?;
    let id = Uuid::parse_str(text).ok();
    if id.is_none() {
        table.note("id", &format!("{text:?}"), "a UUID, or none");
    }
    id
}

/// As RFC 9562 section 5.8 has it: what is known makes up the ID, in a way of one's own.
fn made(of: Of, name: &str) -> Uuid {
    let kind = match of {
        Of::Consumer => "consumer",
        Of::Credential => "jwt_secret",
    };
    let digest = digest(&SHA256, format!("{kind}\0{name}").as_bytes());
    let bytes = digest.as_ref().first_chunk().copied().unwrap_or_default();
    Builder::from_custom_bytes(bytes).into_uuid()
}
