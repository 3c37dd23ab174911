//! Where a host's public keys are, as data, and the address that each has there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use aws_lc_rs::digest;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use thiserror::Error;

use crate::peer;
use crate::token::algorithm::Algorithm;
use crate::token::key::Key;
use crate::token::shown;

/// The places where the key of a `kid` is looked for, in this order.
#[derive(Debug, Clone, Default)]
pub struct KeySources {
    /// The address of a JWK Set or of a map of certificates (`cache_keys_url`).
    pub keys_url: Option<String>,
    /// The address below which each key has a file of its own (`asap_key_server`).
    pub key_server: Option<String>,
    /// A folder whose files are keys (`key_folder`).
    pub folder: Option<KeyFolder>,
    /// The issuer whose metadata says where its JWK Set is (`discover`). Not asked where there is a keys URL.
    pub discovery: Option<Discovery>,
    /// The algorithms that tokens may have; any, where there is none. Keys of a set that are for none of them are skipped.
    pub algorithms: Vec<Algorithm>,
    /// How many keys of a key server are kept (`jwt_pubkey_cache_size`).
    pub capacity: usize,
}

/// An issuer whose metadata says where its keys are (OIDC Discovery 1.0, RFC 8414).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Discovery {
    /// The issuer identifier, exactly as it is configured and as the metadata must repeat it.
    pub issuer: String,
    /// Origins beside the issuer's own on which its `jwks_uri` may be (`jwks_origins`).
    pub jwks_origins: Vec<String>,
}

/// Where a set of keys is published.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// At this address.
    Address(String),
    /// Where this issuer's metadata says.
    Discovered(Discovery),
}

/// The keys of a folder, as they were when it was read.
#[derive(Debug, Clone, Default)]
pub struct KeyFolder {
    /// The folder itself.
    pub path: PathBuf,
    /// Its keys by `kid`.
    pub keys: BTreeMap<String, Key>,
}

impl KeyFolder {
    /// Why it does not have the key of a `kid`, for an explanation.
    #[must_use]
    pub fn why_absent(&self, kid: &str) -> String {
        let name = utf8_percent_encode(kid, FILE_NAME);
        let name = shown::bounded(&format!("{name}.pem"), shown::MAX_REPEATED);
        format!("{} has no file {name}", self.path.display())
    }
}

/// What is escaped where a `kid` is the name of a file.
const FILE_NAME: &AsciiSet = &CONTROLS.add(b' ').add(b'/').add(b'%').add(b'\\');

/// Why an address cannot be asked for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// It cannot be read as a URL.
    #[error("not a URL")]
    NotUrl,
    /// It is of a kind that is not fetched.
    #[error("neither http:// nor https:// and a host")]
    NotHttp,
    /// It has a user or a password, which would stand in logs.
    #[error("a URL with a user or password")]
    Credentials,
}

impl KeySources {
    /// Whether keys are found by `kid` at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys_url.is_none()
            && self.key_server.is_none()
            && self.folder.is_none()
            && self.discovery.is_none()
    }

    /// Where its set of keys is, if it has one.
    #[must_use]
    pub fn set(&self) -> Option<Location> {
        let address = self.keys_url.clone().map(Location::Address);
        address.or_else(|| self.discovery.clone().map(Location::Discovered))
    }

    /// What is asked over HTTP, by the options that name it: addresses, and the issuer whose metadata has one.
    pub fn asked(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let issuer = self.discovery.as_ref();
        let named = [
            ("cache_keys_url", self.keys_url.as_deref()),
            (
                "discover",
                issuer.map(|discovery| discovery.issuer.as_str()),
            ),
            ("asap_key_server", self.key_server.as_deref()),
        ];
        let set = named.into_iter();
        set.filter_map(|(option, named)| Some((option, named?)))
    }

    /// Each place with the option that names it.
    #[must_use]
    pub fn described(&self) -> Vec<String> {
        let folder = self.folder.as_ref();
        let discovery = self.discovery.as_ref().filter(|_| self.keys_url.is_none());
        let places = [
            ("cache_keys_url", self.keys_url.clone()),
            (
                "discover",
                discovery.map(|discovery| discovery.issuer.clone()),
            ),
            ("asap_key_server", self.key_server.clone()),
            (
                "key_folder",
                folder.map(|folder| folder.path.display().to_string()),
            ),
        ];
        let there = places
            .into_iter()
            .filter_map(|(option, place)| Some((option, place?)));
        there
            .map(|(option, place)| format!("{option} {place}"))
            .collect()
    }

    /// The key that a file of the folder has for a `kid`.
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
    let text = url;
    let url = reqwest::Url::parse(text).map_err(|_| UrlError::NotUrl)?;
    let host = url.host_str().filter(|_| names_host(text));
    let host = host.ok_or(UrlError::NotHttp)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    match url.scheme() {
        "https" => Ok(false),
        "http" => Ok(!peer::is_loopback(host)),
        _ => Err(UrlError::NotHttp),
    }
}

/// Whether a host stands where one belongs. Readers of URLs are made for browsers, which take the first part of a path for
/// it where there is none, and drop blanks and line breaks.
fn names_host(url: &str) -> bool {
    let is_graphic = |c: char| !c.is_whitespace() && !c.is_control();
    let is_name = |scheme: &str| scheme.chars().all(|c| c.is_ascii_alphanumeric());
    url.chars().all(is_graphic)
        && url
            .split_once("://")
            .is_some_and(|(scheme, rest)| is_name(scheme) && !rest.starts_with(['/', '\\']))
}

/// The name of a key's file on a key server: the `kid`'s SHA-256 in lower-case hex digits, and `.pem`, as in the Atlassian
/// Service Authentication Protocol ("ASAP").
#[must_use]
pub fn key_file_name(kid: &str) -> String {
    let digest = digest::digest(&digest::SHA256, kid.as_bytes());
    let mut name = String::new();
    for byte in digest.as_ref() {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").unwrap_or_default();
    }
    name + ".pem"
}

/// The address of a key on a key server. Whatever a `kid` contains, it stays below the server's own.
#[must_use]
pub fn key_url(key_server: &str, kid: &str) -> String {
    format!(
        "{}/{}",
        key_server.trim_end_matches('/'),
        key_file_name(kid)
    )
}

/// How many keys of a key server are kept unless the host says otherwise, as in Jitsi's modules.
pub const DEFAULT_CAPACITY: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_exposed_where_plain_http_leaves_this_machine() {
        for (url, exposed) in [
            ("https://keys.example.com/", false),
            ("HTTPS://[2001:db8::1]:8443/jwks.json?a=b", false),
            ("http://127.0.0.1/", false),
            ("http://127.1/", false),
            ("http://localhost:8080/", false),
            ("http://[::1]/", false),
            ("http://keys.example.com/", true),
            ("http://127.evil.example/", true),
            ("http://localhost.evil.example/", true),
            ("http://10.0.0.1/", true),
            ("http://[::2]/", true),
        ] {
            assert_eq!(is_exposed(url), Ok(exposed), "{url}");
        }
    }

    #[test]
    fn an_address_without_a_host_or_of_another_kind_is_refused() {
        for (url, error) in [
            ("", UrlError::NotUrl),
            ("keys.example.com", UrlError::NotUrl),
            ("https://", UrlError::NotUrl),
            ("https:///x", UrlError::NotHttp),
            ("https:////x", UrlError::NotHttp),
            ("https://\\x", UrlError::NotHttp),
            ("https:x", UrlError::NotHttp),
            ("https:/x", UrlError::NotHttp),
            ("https:/x/?a=://b", UrlError::NotHttp),
            ("https:\\\\x\\y", UrlError::NotHttp),
            (" https://x/", UrlError::NotHttp),
            ("https://x/\ny", UrlError::NotHttp),
            ("ht\ttps://x/", UrlError::NotHttp),
            ("file:///x", UrlError::NotHttp),
            ("ftp://x/", UrlError::NotHttp),
            ("https://a:b@x/", UrlError::Credentials),
            ("https://a@x/", UrlError::Credentials),
        ] {
            assert_eq!(is_exposed(url), Err(error), "{url:?}");
        }
    }

    #[test]
    fn a_kid_names_a_file_by_its_digest() {
        assert_eq!(
            key_url("https://keys.example.com/asap", "k1"),
            "https://keys.example.com/asap/6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0.pem"
        );
    }
}
