//! What an issuer's metadata says of its keys (OIDC Discovery 1.0 sections 3 and 4, RFC 8414), and what it may not say.

use reqwest::Url;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::token::shown;

use super::super::source::{self, Discovery, UrlError};
use super::answer::{self, MAX_ADDRESS, Unfit};

/// Why an issuer's metadata does not lead to its keys.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DiscoveryError {
    /// No metadata can be below an issuer that is no address.
    #[error("issuer {}, and metadata is below {EXPECTED_ISSUER} alone", described(.issuer, *.error))]
    NoAddress { issuer: String, error: UrlError },
    /// What stands after these signs is no path, and the metadata belongs to the path.
    #[error("issuer is {}, and metadata is below {EXPECTED_ISSUER} alone, without ? and #", quoted(.0))]
    NoPath(String),
    /// Whoever is on the way there could name keys of his own.
    #[error("issuer is {}, whose metadata can be changed on its way over plain HTTP", quoted(.0))]
    ExposedIssuer(String),
    /// No place has any.
    #[error("there is nothing, and at {0} neither")]
    Nowhere(String),
    /// The first place that may have it does not say whether it does.
    #[error("{0}")]
    NoAnswer(String),
    /// It is something else.
    #[error("the answer is no metadata with issuer and jwks_uri: it is {}", .0.said)]
    NotMetadata(Unfit),
    /// It does not say whose it is.
    #[error("the metadata has no issuer, and must repeat {}", quoted(.configured))]
    NoIssuer {
        configured: String,
        /// Where it says that keys are.
        jwks_uri: Option<String>,
    },
    /// It is another issuer's, or this one goes by another name.
    #[error("the metadata says that its issuer is {}, and issuer is {}{}", quoted(.found), quoted(.configured), difference(.found, .configured))]
    OtherIssuer { found: String, configured: String },
    /// It does not say where keys are.
    #[error("the metadata has no jwks_uri, which is the address of the keys")]
    NoJwksUri,
    /// The address of the keys is none.
    #[error("the metadata's jwks_uri {}, where an address with https is needed", described(.found, *.error))]
    NoKeyAddress { found: String, error: UrlError },
    /// Its keys could be changed on their way.
    #[error("the metadata's jwks_uri is {}, where an address with https is needed", quoted(.0))]
    ExposedKeys(String),
    /// Its keys are where others may have the say.
    #[error("the metadata's jwks_uri is {}, which is neither on the issuer's own {own} nor on one of jwks_origins", quoted(.found))]
    OtherOrigin {
        found: String,
        /// The issuer's origin.
        own: String,
        /// What `jwks_origins` would be with this one.
        allowed: Vec<String>,
    },
}

/// Where an issuer's metadata may be, in the order in which it is looked for.
///
/// # Errors
/// An issuer that nothing can be asked of: [`DiscoveryError`].
pub fn places(discovery: &Discovery) -> Result<[String; 2], DiscoveryError> {
    let issuer = &discovery.issuer;
    check(issuer)?;
    let below = issuer.strip_suffix('/').unwrap_or(issuer);
    let (host, path) = at_path(below);
    Ok([
        format!("{below}/.well-known/openid-configuration"),
        format!("{host}/.well-known/oauth-authorization-server{path}"),
    ])
}

/// The address of an issuer's keys, out of its metadata.
///
/// # Errors
/// Metadata of another issuer, or with an address that nobody may be sent to: [`DiscoveryError`].
pub fn jwks_uri(body: &[u8], discovery: &Discovery) -> Result<String, DiscoveryError> {
    let metadata = serde_json::from_slice(body).unwrap_or_default();
    let Value::Object(metadata) = metadata else {
        return Err(DiscoveryError::NotMetadata(answer::describe(body)));
    };
    if is_other(&metadata) {
        return Err(DiscoveryError::NotMetadata(answer::describe(body)));
    }
    check_repeated(&metadata, &discovery.issuer)?;
    let found = text(&metadata, JWKS_URI).ok_or(DiscoveryError::NoJwksUri)?;
    key_address(found, discovery)
}

/// Whether there is nothing in it that metadata must have.
fn is_other(members: &Map<String, Value>) -> bool {
    !members.contains_key(ISSUER) && !members.contains_key(JWKS_URI)
}

fn check(issuer: &str) -> Result<(), DiscoveryError> {
    let exposed = source::is_exposed(issuer).map_err(|error| DiscoveryError::NoAddress {
        issuer: issuer.to_owned(),
        error,
    })?;
    if exposed {
        return Err(DiscoveryError::ExposedIssuer(issuer.to_owned()));
    }
    if issuer.contains(['?', '#']) {
        return Err(DiscoveryError::NoPath(issuer.to_owned()));
    }
    Ok(())
}

/// An address in two: up to its host, and its path.
fn at_path(address: &str) -> (&str, &str) {
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let path = address.get(host..).and_then(|rest| rest.find('/'));
    let path = path.map_or(address.len(), |path| host + path);
    address.split_at_checked(path).unwrap_or((address, ""))
}

/// Compared as text, as OIDC Discovery 1.0 section 4.3 wants it: whoever answers for another issuer may be nobody's friend.
fn check_repeated(metadata: &Map<String, Value>, issuer: &str) -> Result<(), DiscoveryError> {
    let configured = issuer.to_owned();
    match text(metadata, ISSUER) {
        Some(found) if found == issuer => Ok(()),
        Some(found) => Err(DiscoveryError::OtherIssuer {
            found: found.to_owned(),
            configured,
        }),
        None => Err(DiscoveryError::NoIssuer {
            configured,
            jwks_uri: text(metadata, JWKS_URI).map(str::to_owned),
        }),
    }
}

/// The address of keys as it is asked, if it may be.
fn key_address(found: &str, discovery: &Discovery) -> Result<String, DiscoveryError> {
    let refused = |error| DiscoveryError::NoKeyAddress {
        found: found.to_owned(),
        error,
    };
    let is_exposed = source::is_exposed(found).map_err(refused)?;
    let address = parsed(found).map_err(refused)?;
    let issuer = parsed(&discovery.issuer).map_err(|error| DiscoveryError::NoAddress {
        issuer: discovery.issuer.clone(),
        error,
    })?;
    // Plain HTTP on this machine is for issuers that are on it.
    if is_exposed || (address.scheme() != "https" && issuer.scheme() == "https") {
        return Err(DiscoveryError::ExposedKeys(found.to_owned()));
    }
    if !is_allowed(&address, &issuer, &discovery.jwks_origins) {
        return Err(other_origin(&address, &issuer, &discovery.jwks_origins));
    }
    // As it was read here: another reader of addresses might see another host in it.
    Ok(address.into())
}

fn parsed(address: &str) -> Result<Url, UrlError> {
    let parsed = Url::parse(address).ok();
    let short = parsed.filter(|address| address.as_str().len() <= MAX_JWKS_URI);
    short.ok_or(UrlError::NotUrl)
}

fn is_allowed(address: &Url, issuer: &Url, others: &[String]) -> bool {
    let others = others.iter().filter_map(|origin| Url::parse(origin).ok());
    let mut allowed = others.map(|other| other.origin());
    address.origin() == issuer.origin() || allowed.any(|origin| origin == address.origin())
}

fn other_origin(address: &Url, issuer: &Url, others: &[String]) -> DiscoveryError {
    let added = address.origin().ascii_serialization();
    DiscoveryError::OtherOrigin {
        found: address.to_string(),
        own: issuer.origin().ascii_serialization(),
        allowed: others.iter().cloned().chain([added]).collect(),
    }
}

fn text<'a>(metadata: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    metadata.get(name)?.as_str()
}

impl DiscoveryError {
    /// The same for an explanation, with what to do.
    #[must_use]
    pub fn into_unfit(self) -> Unfit {
        Unfit {
            remedy: Some(self.remedy()),
            ..Unfit::from(self.to_string())
        }
    }

    /// What to change, as it is written.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NoAddress { .. } | Self::NoPath(_) | Self::ExposedIssuer(_) => {
                format!("set issuer to {EXPECTED_ISSUER}, {OR_BY_ADDRESS}")
            }
            Self::Nowhere(_) | Self::NoAnswer(_) | Self::NotMetadata(_) => {
                format!("let that address answer with the issuer's metadata, {OR_BY_ADDRESS}")
            }
            Self::NoIssuer { jwks_uri, .. } => by_address(jwks_uri.as_deref()),
            Self::NoJwksUri => by_address(None),
            Self::OtherIssuer { found, configured } => renamed(found, configured),
            Self::NoKeyAddress { .. } | Self::ExposedKeys(_) => {
                format!("let the server say https there ({BEHIND_PROXY}), {OR_BY_ADDRESS}")
            }
            Self::OtherOrigin { allowed, .. } => {
                format!("if that is where the issuer has its keys, set jwks_origins = {allowed:?}")
            }
        }
    }
}

/// The option that takes the place of discovery.
fn by_address(found: Option<&str>) -> String {
    let found = found.filter(|address| answer::is_fit(address));
    found.map_or_else(
        || "set cache_keys_url to the address of its keys, in place of discover".to_owned(),
        |address| format!("set cache_keys_url = \"{address}\" in place of discover"),
    )
}

/// In what two names of an issuer differ, if that is little.
fn difference(found: &str, configured: &str) -> &'static str {
    if found.contains(['{', '}']) {
        ": a template, since that address is every tenant's"
    } else if found.trim_end_matches('/') == configured.trim_end_matches('/') {
        ": they differ in the slash at the end"
    } else if after_scheme(found) == after_scheme(configured) {
        ": they differ in http and https"
    } else if found.eq_ignore_ascii_case(configured) {
        ": they differ in upper and lower case"
    } else {
        ""
    }
}

fn after_scheme(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

/// What to do about an issuer that goes by another name than it is configured with.
fn renamed(found: &str, configured: &str) -> String {
    let is_safe = source::is_exposed(found) == Ok(false);
    if found.contains(['{', '}']) {
        let own = own_tenant(found);
        return format!("set issuer = \"{own}\", with the ID of your tenant for TENANT");
    }
    if !answer::is_fit(found) || !is_safe {
        return format!(
            "let the server call itself {} ({BEHIND_PROXY})",
            quoted(configured)
        );
    }
    if difference(found, configured).is_empty() {
        return format!(
            "if its tokens have that as iss, set issuer = \"{found}\", else let the server call itself {} ({BEHIND_PROXY})",
            quoted(configured)
        );
    }
    format!("set issuer = \"{found}\"")
}

/// The address of one tenant, out of a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`.
fn own_tenant(template: &str) -> String {
    let filled = template
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)))
        .map(|(before, after)| format!("{before}TENANT{after}"));
    let filled = filled.filter(|filled| answer::is_fit(filled));
    filled.unwrap_or_else(|| "https://login.microsoftonline.com/TENANT/v2.0".to_owned())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown::bounded(text, MAX_ADDRESS))
}

/// What an address is. A password in it is not repeated.
fn described(address: &str, error: UrlError) -> String {
    match error {
        UrlError::Credentials => format!("is {error}"),
        UrlError::NotUrl | UrlError::NotHttp => format!("is {}: {error}", quoted(address)),
    }
}

const ISSUER: &str = "issuer";
const JWKS_URI: &str = "jwks_uri";
const EXPECTED_ISSUER: &str = "an address such as https://sso.example.com/realms/meet";
const OR_BY_ADDRESS: &str = "or set cache_keys_url in place of discover";
const BEHIND_PROXY: &str =
    "Keycloak takes KC_HOSTNAME, and KC_PROXY_HEADERS=xforwarded behind a proxy";
/// A longer address is none.
const MAX_JWKS_URI: usize = 1_024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEYCLOAK: &str = "https://sso.example.com/realms/meet";
    const CERTS: &str = "https://sso.example.com/realms/meet/protocol/openid-connect/certs";

    fn of(issuer: &str, jwks_origins: &[&str]) -> Discovery {
        Discovery {
            issuer: issuer.to_owned(),
            jwks_origins: jwks_origins
                .iter()
                .map(|&origin| origin.to_owned())
                .collect(),
        }
    }

    fn read(discovery: &Discovery, issuer: &str, jwks_uri: &str) -> Result<String, DiscoveryError> {
        let metadata = json!({"issuer": issuer, "jwks_uri": jwks_uri, "token_endpoint": CERTS});
        super::jwks_uri(metadata.to_string().as_bytes(), discovery)
    }

    /// What is said, with what to do.
    fn refusal(found: Result<String, DiscoveryError>) -> String {
        found.unwrap_err().into_unfit().whole()
    }

    #[test]
    fn metadata_is_below_the_issuer_or_where_rfc_8414_has_it() {
        for (issuer, first, second) in [
            (
                KEYCLOAK,
                "https://sso.example.com/realms/meet/.well-known/openid-configuration",
                "https://sso.example.com/.well-known/oauth-authorization-server/realms/meet",
            ),
            (
                "https://tenant.eu.auth0.com/",
                "https://tenant.eu.auth0.com/.well-known/openid-configuration",
                "https://tenant.eu.auth0.com/.well-known/oauth-authorization-server",
            ),
            (
                "https://accounts.google.com",
                "https://accounts.google.com/.well-known/openid-configuration",
                "https://accounts.google.com/.well-known/oauth-authorization-server",
            ),
            (
                "https://auth.example.com:8443/application/o/jitsi/",
                "https://auth.example.com:8443/application/o/jitsi/.well-known/openid-configuration",
                "https://auth.example.com:8443/.well-known/oauth-authorization-server/application/o/jitsi",
            ),
            (
                "http://[::1]:8080/a",
                "http://[::1]:8080/a/.well-known/openid-configuration",
                "http://[::1]:8080/.well-known/oauth-authorization-server/a",
            ),
        ] {
            let places = places(&of(issuer, &[])).unwrap();
            assert_eq!(places, [first, second], "{issuer}");
        }
    }

    #[test]
    fn an_issuer_that_nothing_can_be_asked_of_has_no_metadata() {
        for (issuer, said) in [
            ("", "not a URL"),
            ("my_app", "not a URL"),
            ("accounts.google.com", "not a URL"),
            ("urn:example:issuer", "neither http:// nor https://"),
            ("ftp://sso.example.com/", "neither http:// nor https://"),
            ("https:///realms/meet", "neither http:// nor https://"),
            (" https://sso.example.com/", "neither http:// nor https://"),
            ("https://sso.example.com/\n", "neither http:// nor https://"),
            ("https://sso.example.com/?realm=meet", "without ? and #"),
            ("https://sso.example.com/#meet", "without ? and #"),
            ("http://sso.example.com/realms/meet", "plain HTTP"),
            ("http://127.evil.example/", "plain HTTP"),
        ] {
            let error = places(&of(issuer, &[])).unwrap_err();
            let text = error.into_unfit().whole();
            for part in [said, "cache_keys_url"] {
                assert!(text.contains(part), "{issuer:?}: {text}");
            }
        }
        let text = places(&of("https://user:hunter2@sso.example.com/", &[]))
            .unwrap_err()
            .into_unfit()
            .whole();
        assert!(text.contains("a user or password"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn keys_are_on_the_issuers_own_origin_or_on_one_that_is_listed() {
        let google = "https://www.googleapis.com/oauth2/v3/certs";
        for (issuer, origins, found) in [
            (KEYCLOAK, vec![], CERTS),
            ("https://sso.example.com:443/realms/meet", vec![], CERTS),
            (
                "https://SSO.example.com",
                vec![],
                "https://sso.example.com/keys?a=b",
            ),
            (
                "https://accounts.google.com",
                vec!["https://www.googleapis.com"],
                google,
            ),
            (
                "https://accounts.google.com",
                vec![
                    "nonsense",
                    "https://a.example",
                    "HTTPS://WWW.googleapis.com:443/",
                ],
                google,
            ),
            (
                "http://127.0.0.1:8080/a",
                vec![],
                "http://127.0.0.1:8080/keys",
            ),
            (
                "http://localhost:8080",
                vec!["http://[::1]:81"],
                "http://[::1]:81/keys",
            ),
            (
                "http://localhost:8080",
                vec!["https://keys.example"],
                "https://keys.example/",
            ),
        ] {
            let address = read(&of(issuer, &origins), issuer, found);
            assert_eq!(address.as_deref(), Ok(found), "{issuer}");
        }
    }

    #[test]
    fn an_address_of_keys_is_asked_as_it_was_checked() {
        for (found, asked) in [
            (
                "HTTPS://SSO.example.com:443/keys",
                "https://sso.example.com/keys",
            ),
            (
                "https://sso.example.com/a/../keys",
                "https://sso.example.com/keys",
            ),
            (
                "https://sso.example.com\\@evil.example/",
                "https://sso.example.com/@evil.example/",
            ),
            (
                "https://sso.example.com#@evil.example/",
                "https://sso.example.com/#@evil.example/",
            ),
        ] {
            let address = read(&of(KEYCLOAK, &[]), KEYCLOAK, found);
            assert_eq!(address.as_deref(), Ok(asked), "{found}");
        }
    }

    #[test]
    fn keys_of_another_origin_are_refused_with_the_line_that_allows_them() {
        let google = "https://accounts.google.com";
        for (issuer, origins, found, line) in [
            (
                google,
                vec![],
                "https://www.googleapis.com/oauth2/v3/certs",
                r#"jwks_origins = ["https://www.googleapis.com"]"#,
            ),
            (
                google,
                vec!["https://a.example"],
                "https://www.googleapis.com/oauth2/v3/certs",
                r#"jwks_origins = ["https://a.example", "https://www.googleapis.com"]"#,
            ),
            (
                KEYCLOAK,
                vec![],
                "https://sso.example.com:8443/certs",
                "https://sso.example.com:8443",
            ),
            (
                KEYCLOAK,
                vec![],
                "https://evil.example/sso.example.com/",
                "https://evil.example",
            ),
            (
                KEYCLOAK,
                vec![],
                "https://sso.example.com.evil.example/",
                "https://sso.example.com.evil",
            ),
            (
                KEYCLOAK,
                vec![],
                "https://xsso.example.com/",
                "https://xsso.example.com",
            ),
            (
                KEYCLOAK,
                vec!["https://keys.example"],
                "https://keys.example:444/",
                "https://keys.example:444",
            ),
            (
                KEYCLOAK,
                vec!["http://keys.example"],
                "https://keys.example/",
                "https://keys.example",
            ),
            (
                KEYCLOAK,
                vec!["*"],
                "https://keys.example/",
                "https://keys.example",
            ),
            (
                KEYCLOAK,
                vec!["https://*.example"],
                "https://keys.example/",
                "https://keys.example",
            ),
            (
                KEYCLOAK,
                vec!["keys.example"],
                "https://keys.example/",
                "https://keys.example",
            ),
            (
                "http://127.0.0.1:8080",
                vec![],
                "http://127.0.0.1:8081/",
                "http://127.0.0.1:8081",
            ),
            (
                "http://127.0.0.1:8080",
                vec![],
                "http://localhost:8080/",
                "http://localhost:8080",
            ),
        ] {
            let text = refusal(read(&of(issuer, &origins), issuer, found));
            for part in ["jwks_origins", line, "set jwks_origins = ["] {
                assert!(text.contains(part), "{found}: {text}");
            }
        }
    }

    #[test]
    fn keys_that_could_be_changed_on_their_way_are_refused_even_where_they_are_listed() {
        let listed = "http://sso.example.com";
        for (issuer, found) in [
            (KEYCLOAK, "http://sso.example.com/realms/meet/certs"),
            (KEYCLOAK, "http://127.0.0.1:8080/certs"),
            (KEYCLOAK, "http://localhost/certs"),
            ("http://127.0.0.1:8080", "http://sso.example.com/certs"),
            ("http://127.0.0.1:8080", "http://10.0.0.1/certs"),
        ] {
            let origins = [
                listed,
                "http://127.0.0.1:8080",
                "http://localhost",
                "http://10.0.0.1",
            ];
            let text = refusal(read(&of(issuer, &origins), issuer, found));
            for part in [found, "https is needed", "KC_PROXY_HEADERS=xforwarded"] {
                assert!(text.contains(part), "{found}: {text}");
            }
        }
    }

    #[test]
    fn what_is_no_address_of_keys_is_refused() {
        let long = format!("https://sso.example.com/{}", "a".repeat(2_000));
        for (found, said) in [
            ("", "not a URL"),
            ("/realms/meet/certs", "not a URL"),
            ("sso.example.com/certs", "not a URL"),
            ("file:///etc/passwd", "neither http:// nor https://"),
            ("data:application/json,{}", "neither http:// nor https://"),
            ("https:///certs", "neither http:// nor https://"),
            (
                "https://sso.example.com/ certs",
                "neither http:// nor https://",
            ),
            (
                "https://sso.example.com/\r\ncerts",
                "neither http:// nor https://",
            ),
            ("https://user@sso.example.com/", "a user or password"),
            (&long, "not a URL"),
        ] {
            let text = refusal(read(&of(KEYCLOAK, &[]), KEYCLOAK, found));
            assert!(text.contains(said), "{found:?}: {text}");
            assert!(!text.contains(['\r', '\n']) && text.len() < 700, "{text}");
        }
        let secret = "https://admin:hunter2@sso.example.com/";
        let text = refusal(read(&of(KEYCLOAK, &[]), KEYCLOAK, secret));
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn metadata_of_another_issuer_is_refused_with_what_to_set() {
        let entra = "https://login.microsoftonline.com/common/v2.0";
        let long = format!("https://sso.example.com/{}", "a".repeat(2_000));
        for (configured, found, parts) in [
            (
                KEYCLOAK,
                "https://sso.example.com/realms/meet/",
                [
                    "the slash at the end",
                    "set issuer = \"https://sso.example.com/realms/meet/\"",
                ],
            ),
            (
                "https://tenant.auth0.com/",
                "https://tenant.auth0.com",
                [
                    "the slash at the end",
                    "set issuer = \"https://tenant.auth0.com\"",
                ],
            ),
            (
                "http://localhost/a",
                "https://localhost/a",
                ["http and https", "set issuer = \"https://localhost/a\""],
            ),
            (
                KEYCLOAK,
                "http://sso.example.com/realms/meet",
                [
                    "http and https",
                    "let the server call itself \"https://sso.example.com/realms/meet\"",
                ],
            ),
            (
                KEYCLOAK,
                "https://sso.example.com/realms/Meet",
                [
                    "upper and lower case",
                    "set issuer = \"https://sso.example.com/realms/Meet\"",
                ],
            ),
            (
                entra,
                "https://login.microsoftonline.com/{tenantid}/v2.0",
                [
                    "a template",
                    "set issuer = \"https://login.microsoftonline.com/TENANT/v2.0\"",
                ],
            ),
            (
                KEYCLOAK,
                "https://keycloak.internal:8443/realms/meet",
                ["keycloak.internal:8443", "if its tokens have that as iss"],
            ),
            (
                KEYCLOAK,
                "https://sso.example.com/realms/meet#",
                ["realms/meet#", "if its tokens"],
            ),
            (
                KEYCLOAK,
                "https://sso.example.com:443/realms/meet",
                [":443", "if its tokens"],
            ),
            (
                KEYCLOAK,
                "https://evil.example/\" x",
                ["evil.example", "let the server call itself"],
            ),
            (
                KEYCLOAK,
                "a\u{202e}\nb",
                ["\\u{202e}\\nb", "let the server call itself"],
            ),
            (KEYCLOAK, &long, ["…", "let the server call itself"]),
            (KEYCLOAK, "", ["is \"\"", "let the server call itself"]),
            (
                KEYCLOAK,
                "}{",
                ["a template", "set issuer = \"https://login"],
            ),
        ] {
            let text = refusal(read(&of(configured, &[]), found, CERTS));
            for part in parts.into_iter().chain([configured]) {
                assert!(text.contains(part), "{found:?}: {text}");
            }
            assert!(text.len() < 800, "{text}");
        }
    }

    #[test]
    fn what_is_no_metadata_is_named_as_what_it_is() {
        for (body, said) in [
            ("", "an empty body"),
            ("<!DOCTYPE html><title>Log in</title>", "an HTML page"),
            ("Not Found", "no JSON"),
            ("[]", "no object"),
            ("null", "no object"),
            ("{}", "JSON without keys"),
            (r#"{"error": "Realm does not exist"}"#, "an error in JSON"),
            (r#"{"keys": []}"#, "a JWK Set"),
            (
                r#"{"realm": "meet", "public_key": "MII"}"#,
                "a realm's description",
            ),
            (
                r#"{"issuer": "https://sso.example.com/realms/meet", "jwks"#,
                "breaks off",
            ),
            (
                r#"{"issuer": "https://sso.example.com/realms/meet"}"#,
                "no jwks_uri",
            ),
            (
                r#"{"issuer": "https://sso.example.com/realms/meet", "jwks_uri": ["https://a"]}"#,
                "no jwks_uri",
            ),
            (
                r#"{"issuer": "https://sso.example.com/realms/meet", "jwks_uri": null}"#,
                "no jwks_uri",
            ),
            (
                r#"{"issuer": ["https://sso.example.com/realms/meet"], "jwks_uri": "https://sso.example.com/"}"#,
                "no issuer",
            ),
            (
                r#"{"jwks_uri": "https://sso.example.com/certs"}"#,
                "set cache_keys_url = \"https://sso.example.com/certs\" in place of discover",
            ),
        ] {
            let found = super::jwks_uri(body.as_bytes(), &of(KEYCLOAK, &[]));
            let text = refusal(found);
            for part in [said, "cache_keys_url"] {
                assert!(text.contains(part), "{body}: {text}");
            }
        }
    }
}
