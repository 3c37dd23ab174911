//! `POST /v1/asap-token`.

use serde::{Deserialize, Serialize};

/// A token that this server shows to others. It is a secret, so that nothing prints it.
#[derive(Serialize, Deserialize)]
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
