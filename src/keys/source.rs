//! Where a host's public keys are, as data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

use crate::token::algorithm::Algorithm;
use crate::token::key::Key;

/// The places where the key of a `kid` is looked for, in this order.
#[derive(Debug, Clone, Default)]
pub struct KeySources {
    /// The address of a JWK Set or of a map of certificates (`cache_keys_url`).
    pub keys_url: Option<String>,
    /// The address below which each key has a file of its own (`asap_key_server`).
    pub key_server: Option<String>,
    /// A folder whose files are keys (`key_folder`).
    pub folder: Option<KeyFolder>,
    /// What the keys are for; those of a keys URL that are for something else are skipped.
    pub algorithm: Option<Algorithm>,
    /// How many keys of a key server are kept (`jwt_pubkey_cache_size`).
    pub capacity: usize,
}

/// The keys of a folder, as they were when it was read.
#[derive(Debug, Clone, Default)]
pub struct KeyFolder {
    /// Where it is.
    pub path: PathBuf,
    /// Its keys by `kid`.
    pub keys: BTreeMap<String, Key>,
}

/// Why an address cannot be asked for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// It is none.
    #[error("not a URL")]
    NotUrl,
    /// It is of a kind that is not fetched.
    #[error("neither http:// nor https:// and a host")]
    NotHttp,
    /// It says who asks, which would stand in logs.
    #[error("a URL with a user or password")]
    Credentials,
}

impl KeySources {
    /// Whether keys are found by `kid` at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys_url.is_none() && self.key_server.is_none() && self.folder.is_none()
    }

    /// The key of the folder.
    #[must_use]
    pub fn in_folder(&self, kid: &str) -> Option<&Key> {
        self.folder.as_ref()?.keys.get(kid)
    }
}

/// Checks an address, and says whether what comes from it can be changed on its way: plain HTTP that leaves this machine.
///
/// # Errors
/// [`UrlError`].
pub fn is_exposed(url: &str) -> Result<bool, UrlError> {
    let url = reqwest::Url::parse(url).map_err(|_| UrlError::NotUrl)?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or(UrlError::NotHttp)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    let local = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    match url.scheme() {
        "https" => Ok(false),
        "http" => Ok(!local),
        _ => Err(UrlError::NotHttp),
    }
}

/// How many keys of a key server are kept unless the host says otherwise, as in Jitsi's modules.
pub const DEFAULT_CAPACITY: usize = 128;
