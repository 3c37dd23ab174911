//! What a token, or a room, was taken back by.

use super::id::RevocationId;
use super::kind::Kind;
use super::name::Name;

/// What a token was taken back by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The name of the revocation.
    pub id: RevocationId,
    /// What was taken back.
    pub kind: Kind,
    /// Why, in the operator's words.
    pub reason: Option<Name>,
    /// Who did.
    pub made_by: Name,
    /// Since when, in Unix seconds.
    pub made_at: i64,
    /// Until when, in Unix seconds.
    pub until: Option<i64>,
    /// Whether later tokens of the user are good.
    pub is_of_earlier: bool,
}
