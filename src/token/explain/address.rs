//! Addresses of issuers, and what keeps two of them apart.

use super::super::shown;

/// An address as issuers are named by, taken apart.
pub struct Address<'a> {
    scheme: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    segments: Vec<&'a str>,
    ends_with_slash: bool,
}

impl<'a> Address<'a> {
    /// Takes a text apart. None where it is no address, or has something in it that none has.
    pub fn of(text: &'a str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_short = |part: Option<&str>| part.is_none_or(|part| part.len() <= MAX_PART);
        let is_named = !host.is_empty() && (scheme.is_some() || host.contains('.'));
        let is_address = is_clean(text) && is_named && is_short(scheme) && is_short(port);
        is_address.then(|| Self {
            scheme,
            host,
            port,
            segments: path.split('/').filter(|part| !part.is_empty()).collect(),
            ends_with_slash: rest.ends_with('/'),
        })
    }

    /// What comes before the path, as it may be shown.
    fn server(&self) -> String {
        let scheme = self.scheme.map(|scheme| format!("{scheme}://"));
        let port = self.port.map(|port| format!(":{port}"));
        let (scheme, port) = (scheme.unwrap_or_default(), port.unwrap_or_default());
        show(&format!("{scheme}{}{port}", self.host))
    }

    fn path(&self) -> String {
        path(&self.segments)
    }

    fn has(&self, segment: &str) -> bool {
        self.segments.contains(&segment)
    }
}

fn is_clean(text: &str) -> bool {
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || b"\"'`,;@?#".contains(&byte);
    text.len() <= LONGEST && !text.bytes().any(is_odd) && !shown::looks_like_token(text)
}

/// How far apart two addresses are, and in what. None where they have nothing in common, or nothing differs.
pub fn difference(found: &Address<'_>, needed: &Address<'_>) -> Option<(u8, String)> {
    if let Some(version) = version(found, needed) {
        return Some((3, version));
    }
    if !found.host.eq_ignore_ascii_case(needed.host) {
        return elsewhere(found, needed).map(|difference| (ELSEWHERE, difference));
    }
    let (weight, path) = path_difference(found, needed);
    let small = [
        scheme(found, needed),
        host(found, needed),
        port(found, needed),
    ];
    // Where a part of the path is missing, so is the slash at its end.
    let slash = path.is_none().then(|| slash(found, needed)).flatten();
    let all: Vec<String> = small.into_iter().chain([path, slash]).flatten().collect();
    let count = u8::try_from(all.len()).ok()?;
    (count > 0).then(|| (count.saturating_add(weight), all.join("; ")))
}

fn scheme(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    match (found.scheme, needed.scheme) {
        (Some(found), Some(needed)) if found != needed => {
            Some(format!("{found} in the token, {needed} here"))
        }
        (Some(scheme), None) => Some(format!(
            "the token has {scheme}:// at its beginning, which is missing here"
        )),
        (None, Some(scheme)) => Some(format!(
            "{scheme}:// at its beginning here, and not in the token"
        )),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

fn host(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    (found.host != needed.host).then(|| capitals(found.host, needed.host))
}

fn capitals(found: &str, needed: &str) -> String {
    let (found, needed) = (show(found), show(needed));
    format!("capitals: {found} in the token, {needed} here")
}

fn port(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    match (found.port, needed.port) {
        (Some(found), Some(needed)) if found != needed => {
            Some(format!("port {found} in the token, {needed} here"))
        }
        (Some(port), None) => Some(format!("port {port} in the token, and none here")),
        (None, Some(port)) => Some(format!("port {port} here, and none in the token")),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

fn slash(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    let text = match (found.ends_with_slash, needed.ends_with_slash) {
        (true, false) => "a slash at the end in the token, and none here",
        (false, true) => "a slash at the end here, and none in the token",
        (true, true) | (false, false) => return None,
    };
    Some(text.to_owned())
}

/// What differs between two paths, and by how much more than anything else would.
fn path_difference(found: &Address<'_>, needed: &Address<'_>) -> (u8, Option<String>) {
    let (theirs, ours) = (&found.segments, &needed.segments);
    if theirs == ours {
        return (0, None);
    }
    if found.path().eq_ignore_ascii_case(&needed.path()) {
        return (0, Some(capitals(&found.path(), &needed.path())));
    }
    let start = theirs
        .iter()
        .zip(ours)
        .take_while(|(one, other)| one == other);
    let start = start.count();
    let (theirs, ours) = (rest(theirs, start), rest(ours, start));
    let ends = theirs.iter().rev().zip(ours.iter().rev());
    let end = ends.take_while(|(one, other)| one == other).count();
    match (without(theirs, end), without(ours, end)) {
        (more, []) => (1, Some(longer(more, end, Side::Token))),
        ([], more) => (1, Some(longer(more, end, Side::Here))),
        ([theirs], [ours]) if stands_for_any(ours) => (1, Some(any(theirs, ours))),
        ([theirs], [ours]) => (ANOTHER, Some(another(found, start, theirs, ours))),
        _ => (ANOTHER, Some(other_path(found, needed))),
    }
}

fn rest<'a, 'b>(segments: &'b [&'a str], start: usize) -> &'b [&'a str] {
    segments.get(start..).unwrap_or_default()
}

fn without<'a, 'b>(segments: &'b [&'a str], end: usize) -> &'b [&'a str] {
    segments
        .get(..segments.len().saturating_sub(end))
        .unwrap_or_default()
}

fn path(segments: &[&str]) -> String {
    let slash = if segments.is_empty() { "" } else { "/" };
    format!("{slash}{}", segments.join("/"))
}

/// Which of the two has more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Token,
    Here,
}

/// One path has more, before its last `end` segments.
fn longer(more: &[&str], end: usize, side: Side) -> String {
    let text = show(&path(more));
    let place = if end == 0 { " at the end" } else { "" };
    let is_ending = |endings: &[&str]| end == 0 && endings.contains(&text.as_str());
    match side {
        Side::Here if is_ending(&DISCOVERY) => {
            format!(
                "the address of its discovery document is set here: without {text} it is the issuer"
            )
        }
        Side::Here if is_ending(&KEYS) => {
            format!("the address of its keys is set here: without {text} it is the issuer")
        }
        Side::Here => format!("{text}{place} here, and not in the token{}", since(more)),
        Side::Token => format!("{text}{place} in the token, and not here{}", since(more)),
    }
}

fn since(more: &[&str]) -> &'static str {
    if more == ["auth"] {
        ": Keycloak has had no /auth since version 17, unless it is set"
    } else {
        ""
    }
}

/// Whether no token has this segment in its `iss`.
fn stands_for_any(segment: &str) -> bool {
    ANY_TENANT.contains(&segment) || segment.starts_with(['{', '<'])
}

fn any(theirs: &str, ours: &str) -> String {
    let (theirs, ours) = (show(theirs), show(ours));
    format!("{ours} stands for any tenant, and a token names its own: {theirs}")
}

/// One segment is another.
fn another(found: &Address<'_>, at: usize, theirs: &str, ours: &str) -> String {
    let (theirs, ours) = (show(theirs), show(ours));
    let what = what(found, at);
    format!("another {what} of the same server: {theirs} in the token, {ours} here")
}

/// What a provider names by a segment of its path.
fn what(address: &Address<'_>, at: usize) -> &'static str {
    let before = at.checked_sub(1).and_then(|at| address.segments.get(at));
    match before.copied() {
        Some("realms") => return "realm",
        Some("o") if address.has("application") => return "application",
        Some("oauth2") => return "authorization server",
        Some(_) | None => {}
    }
    let known = SEGMENTS
        .iter()
        .find(|(host, _)| address.host.starts_with(host));
    known.map_or("path", |(_, what)| what)
}

fn other_path(found: &Address<'_>, needed: &Address<'_>) -> String {
    let (theirs, ours) = (show(&found.path()), show(&needed.path()));
    format!("another path of the same server: {theirs} in the token, {ours} here")
}

/// The same tenant of Entra, in its two versions.
fn version(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    let (theirs, ours) = (tenant(found)?, tenant(needed)?);
    let is_other = theirs.0 == ours.0 && theirs.1 != ours.1;
    is_other.then(|| {
        format!(
            "the tenant's {} in the token, its {} here: the application's manifest says which (requestedAccessTokenVersion)",
            theirs.1, ours.1
        )
    })
}

fn tenant<'a>(address: &Address<'a>) -> Option<(&'a str, &'static str)> {
    match (address.host, address.segments.as_slice()) {
        ("sts.windows.net", [tenant]) => Some((tenant, "v1.0")),
        ("login.microsoftonline.com", [tenant, "v2.0"]) => Some((tenant, "v2.0")),
        _ => None,
    }
}

/// What two issuers on two servers have in common.
fn elsewhere(found: &Address<'_>, needed: &Address<'_>) -> Option<String> {
    let tenants = TENANTS.iter().find(|(end, _)| {
        let is_its = |address: &Address<'_>| address.host.to_ascii_lowercase().ends_with(end);
        is_its(found) && is_its(needed)
    });
    if let Some((_, provider)) = tenants {
        let (theirs, ours) = (show(found.host), show(needed.host));
        return Some(format!(
            "another tenant of {provider}: {theirs} in the token, {ours} here"
        ));
    }
    let is_same = !found.segments.is_empty() && found.segments == needed.segments;
    let (theirs, ours) = (found.server(), needed.server());
    let why = if found.has("realms") {
        ": Keycloak names the address that it was asked at, unless its option hostname is set"
    } else {
        ""
    };
    is_same.then(|| format!("the same on another server: {theirs} in the token, {ours} here{why}"))
}

fn show(text: &str) -> String {
    shown::bounded(text, MAX_SHOWN)
}

/// So far apart are two issuers on two servers.
pub const ELSEWHERE: u8 = 20;

/// The same of two issuers on one server. What is nearer is one issuer in two spellings.
pub const ANOTHER: u8 = 10;

/// Longer texts name no issuer.
const LONGEST: usize = 256;

/// Longer schemes and ports are none.
const MAX_PART: usize = 8;

/// A part of an address is shown up to this many characters.
const MAX_SHOWN: usize = 80;

const DISCOVERY: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// Where providers publish their keys, below their issuer.
const KEYS: [&str; 5] = [
    "/protocol/openid-connect/certs",
    "/.well-known/jwks.json",
    "/v1/keys",
    "/oauth/v2/keys",
    "/jwks",
];

/// What stands for a tenant of Entra, where there is none.
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// What the first segment names, by the beginning of the host.
const SEGMENTS: [(&str, &str); 4] = [
    ("login.microsoftonline.com", "tenant"),
    ("sts.windows.net", "tenant"),
    ("cognito-idp.", "user pool"),
    ("securetoken.google.com", "project"),
];

/// Providers whose tenants have hosts of their own.
const TENANTS: [(&str, &str); 4] = [
    (".auth0.com", "Auth0"),
    (".okta.com", "Okta"),
    (".zitadel.cloud", "Zitadel"),
    (".b2clogin.com", "Entra"),
];
