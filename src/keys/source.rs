//! Where a host's public keys are, as data.

/// The places where the key of a `kid` is looked for, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySources {
    /// The address of a JWK Set or of a map of certificates (`cache_keys_url`).
    pub keys_url: Option<String>,
    /// The address below which each key has a file of its own (`asap_key_server`).
    pub key_server: Option<String>,
}

impl KeySources {
    /// Whether keys are found by `kid` at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys_url.is_none() && self.key_server.is_none()
    }
}
