//! `/v1/revocations`: what was taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A revocation. Which of the names of what it takes back is there, `kind` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Revocation {
    /// Its name.
    pub id: String,
    /// `token`, `jti`, `user`, `kid`, `issuer`, `room` or `sid`.
    pub kind: String,
    /// What identifies the token: SHA-256 over what is signed of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_digest: Option<String>,
    /// How the token is named in logs, where it was denied as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// Tokens with this `jti`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Tokens of this user: `context.user.id`, unless the configuration points elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Tokens whose header has this `kid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Tokens with this `iss`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The room with this bare JID, whoever joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Tokens with this `sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The host at which it counts; every host where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Until when it counts, in Unix seconds; for ever where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Of a user, those tokens alone whose `iat` is before this time, in Unix seconds, and those without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_before: Option<i64>,
    /// Why, in the words of whoever made it. Those who are denied see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who made it.
    pub by: String,
    /// Since when it counts, in Unix seconds.
    pub since: i64,
    /// Another number after each change: the entity tag, without its quotes.
    pub version: i64,
}

/// A revocation that was just made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Revoked {
    #[serde(flatten)]
    pub revocation: Revocation,
    /// What is worth knowing of it; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A page of revocations, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RevocationList {
    pub revocations: Vec<Revocation>,
    /// What `after` is for the next page; left out with the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What came of a logout token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedOut {
    /// The names of the revocations by which those who signed out are denied.
    pub revocations: Vec<String>,
}

/// Why a logout did not happen (`OpenID` Connect Back-Channel Logout 1.0 section 2.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogoutError {
    /// `invalid_request`.
    pub error: String,
    /// What is wrong with the logout token.
    pub error_description: String,
}
