//! What the daemon answers over HTTP, as types: `http` writes them, the commands read them.
//!
//! A command may ask a daemon of another version. So whatever is read may lack members, and has others that nobody knows
//! here; `null` stands where a value is not known. A member that has nothing to say is left out.

pub mod examination;
pub mod gateway_examination;
pub mod health;
pub mod keys;
pub mod live;
pub mod problem;
pub mod recent;
pub mod refused;
pub mod registry;
pub mod revocations;
pub mod verdict;
pub mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /v1/asap-token`: a token that this server shows to others. It is a secret, so that nothing prints it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct AsapToken {
    /// The host that it is signed for.
    pub host: String,
    /// Whom it is for.
    pub audience: String,
    /// The token itself.
    pub token: String,
    /// When it expires, in Unix seconds.
    pub expires_at: i64,
    /// When to ask for another one.
    pub renew_at: i64,
}
