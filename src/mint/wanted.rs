//! What somebody wants of a token.

/// What somebody wants of a token. What is not said is as it is usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The issuer of the host, by its name; the first one where none is named.
    pub issuer: Option<String>,
    /// The `kid` that names the public key.
    pub kid: Option<String>,
    /// The room, or `*` for all.
    pub room: Option<String>,
    /// Whether the room is a Lua pattern.
    pub regex: bool,
    /// The tenant whose rooms the token opens.
    pub tenant: Option<String>,
    /// The user's name.
    pub user: Option<String>,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// Whether the user is to be a moderator.
    pub moderator: bool,
    /// The features that the token grants.
    pub features: Vec<String>,
    /// For how many seconds the token is valid.
    pub ttl: u32,
    /// Another `sub` than the host's domain.
    pub sub: Option<String>,
    /// Another `iss` than the first that is accepted.
    pub iss: Option<String>,
    /// Another `aud` than the first that is accepted.
    pub aud: Option<String>,
}
