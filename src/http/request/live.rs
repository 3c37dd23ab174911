//! What is asked about those who are in.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::response::Problem;

/// The body of a request for sessions to be checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionsRequest {
    pub host: Option<String>,
    #[schemars(length(max = 100))]
    pub sessions: Vec<AskedSession>,
}

/// A session that was let in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedSession {
    /// What the asker calls it.
    #[schemars(length(max = 64))]
    pub id: String,
    /// The token with which it was let in; none of a guest.
    pub token: Option<String>,
    /// The bare JIDs of the rooms that it is in.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub rooms: Vec<String>,
}

impl SessionsRequest {
    /// Holds the lists against their bounds.
    ///
    /// # Errors
    /// [`Problem::Malformed`].
    pub fn check(&self) -> Result<(), Problem> {
        at_most("sessions", self.sessions.len(), MOST_SESSIONS)?;
        for session in &self.sessions {
            at_most("rooms", session.rooms.len(), MOST_ROOMS)?;
            at_most("bytes of an id", session.id.len(), LONGEST_ID)?;
        }
        Ok(())
    }
}

fn at_most(what: &str, found: usize, most: usize) -> Result<(), Problem> {
    if found <= most {
        return Ok(());
    }
    let detail = format!("found {found} {what}, and there may be {most}");
    Err(Problem::Malformed { detail })
}

const MOST_SESSIONS: usize = 100;
const MOST_ROOMS: usize = 16;
const LONGEST_ID: usize = 64;
