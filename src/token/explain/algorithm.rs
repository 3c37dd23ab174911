//! Denials that the header's `alg` or `typ` explains.

use serde_json::Value;

use super::super::algorithm::{Algorithm, Family};
use super::super::issuer::{AcceptedTypes, DEFAULT, Issuer, Keys};
use super::super::key::Key;
use super::examined::Examined;
use super::explanation::Explanation;
use super::format;
use super::reading;
use super::reading::member;

/// What stands in the header where the algorithm should.
pub enum Named {
    Nothing,
    /// The token is not signed.
    Unsigned,
    /// One that can be verified here.
    Known(Algorithm),
    /// One of those, written in another way.
    Misspelt(Algorithm),
    Unknown,
}

impl Named {
    pub fn of(value: Option<&Value>) -> Self {
        let Some(value) = value else {
            return Self::Nothing;
        };
        let name = value.as_str().unwrap_or_default();
        if name.eq_ignore_ascii_case("none") {
            return Self::Unsigned;
        }
        let plain = |name: &str| name.to_ascii_uppercase().replace(['-', '_', ' '], "");
        let meant = |algorithm: &Algorithm| {
            let name = plain(name);
            let digits = name.get(name.len().saturating_sub(3)..).unwrap_or_default();
            name == plain(algorithm.name())
                || FAMILIES.iter().any(|(prefix, family)| {
                    name.starts_with(prefix)
                        && *family == algorithm.prefix()
                        && algorithm.name().ends_with(digits)
                })
        };
        match Algorithm::from_name(name) {
            Some(algorithm) => Self::Known(algorithm),
            None => {
                (Algorithm::ALL.iter().copied().find(meant)).map_or(Self::Unknown, Self::Misspelt)
            }
        }
    }
}

/// How libraries call what JWTs call otherwise.
const FAMILIES: [(&str, &str); 7] = [
    ("HMACSHA", "HS"),
    ("SHA", "HS"),
    ("RSASHA", "RS"),
    ("ECDSASHA", "ES"),
    ("HMAC", "HS"),
    ("RSA", "RS"),
    ("ECDSA", "ES"),
];

/// The token is signed in another way.
pub fn not_accepted(examined: &Examined<'_>) -> Explanation {
    foreign(examined).unwrap_or_else(|| {
        explanation(examined)
            .because(Some("the header has no alg".to_owned()))
            .mend("let the issuer make its tokens with a JWT library")
    })
}

fn explanation(examined: &Examined<'_>) -> Explanation {
    let accepted = examined.issuer.algorithms.iter();
    let accepted = format::alternatives(accepted.map(|algorithm| format!("\"{algorithm}\"")));
    let expected = if accepted.is_empty() {
        "a supported algorithm".to_owned()
    } else {
        accepted
    };
    let found = format::value(member(examined, "alg").as_ref());
    Explanation::new("alg", found, expected).by(&["signature_algorithm"])
}

/// Explains a token that no key of the host can be for, by its algorithm. None if that is the host's, or not there.
pub fn foreign(examined: &Examined<'_>) -> Option<Explanation> {
    let Some(expected) = reading::algorithm(examined) else {
        return Some(not_supported(examined));
    };
    let value = member(examined, "alg");
    // Whether there is a readable header at all is another question.
    reading::header(examined.token?)?;
    let (cause, remedy) = match Named::of(value.as_ref()) {
        Named::Known(algorithm) if algorithm == expected => return None,
        Named::Nothing => return None,
        Named::Unsigned => (
            "the token is not signed at all".to_owned(),
            format!("let the issuer sign its tokens with {expected}"),
        ),
        Named::Misspelt(meant) if meant == expected => (
            "the name of the algorithm is spelt otherwise in JWTs".to_owned(),
            format!("let the issuer write alg as \"{expected}\""),
        ),
        Named::Misspelt(_) | Named::Unknown => (
            if value.is_some_and(|value| value.is_string()) {
                "nobody verifies that here".to_owned()
            } else {
                "alg is no text".to_owned()
            },
            format!("let the issuer sign with {expected}"),
        ),
        Named::Known(algorithm) => of_known(algorithm, expected, examined),
    };
    Some(explanation(examined).because(Some(cause)).mend(remedy))
}

/// What the issuer has and what the host has, and how either can come to the other's.
fn of_known(
    algorithm: Algorithm,
    expected: Algorithm,
    examined: &Examined<'_>,
) -> (String, String) {
    let issuers = key_kind(algorithm.family());
    let ours = own_kind(examined.issuer, expected);
    let back = format!(
        "or let the issuer sign with {} ({expected})",
        key_kind(expected.family())
    );
    let public = public_option(examined);
    match (is_secret(algorithm), is_secret(expected)) {
        _ if can_be_listed(examined.issuer, algorithm, expected) => (
            format!("the issuer signs with {algorithm}, which is not among its algorithms"),
            format!(
                "set algorithms = {}, or let the issuer sign with {expected}",
                listing(examined.issuer, algorithm)
            ),
        ),
        _ if is_for(examined.issuer, algorithm, expected) => (
            format!("the issuer signs with {algorithm}, and the host takes {expected} alone"),
            format!(
                "set signature_algorithm = \"{algorithm}\", or let the issuer sign with {expected}"
            ),
        ),
        (true, false) => (
            format!(
                "the issuer signs with a secret, and this host verifies with public keys: {ours} ({public})"
            ),
            format!(
                "let the issuer sign with its private key ({expected}), or take {public} away{} and set app_secret to \
                 the issuer's secret",
                if (examined.is_set)("signature_algorithm") || algorithm != Algorithm::Hs256 {
                    format!(", set signature_algorithm = \"{algorithm}\"")
                } else {
                    String::new()
                }
            ),
        ),
        (false, true) => (
            format!(
                "the issuer signs with the private key of a key pair ({issuers}), and the host has a secret"
            ),
            format!(
                "give the host the issuer's public key, by cache_keys_url, asap_key_server or public_key_file in \
                 place of app_secret{}, {back}",
                and_algorithm(algorithm)
            ),
        ),
        (true, true) | (false, false) => (
            format!("the issuer signs with {issuers}, and the host has {ours}"),
            format!(
                "give the host the issuer's public key in {public}{}, {back}",
                and_algorithm(algorithm)
            ),
        ),
    }
}

/// Whether the algorithm can be one of several: a further issuer has a list, and a source of keys has any.
fn can_be_listed(issuer: &Issuer, algorithm: Algorithm, expected: Algorithm) -> bool {
    let of_sources = matches!(issuer.keys, Keys::ById(_)) && !is_secret(algorithm);
    issuer.name != DEFAULT && (of_sources || is_for(issuer, algorithm, expected))
}

fn listing(issuer: &Issuer, algorithm: Algorithm) -> String {
    let accepted = issuer.algorithms.iter().chain([&algorithm]);
    let names: Vec<&str> = accepted.map(|algorithm| algorithm.name()).collect();
    format::list(&names)
}

fn and_algorithm(algorithm: Algorithm) -> String {
    if algorithm == Algorithm::Rs256 {
        return String::new();
    }
    format!(" and set signature_algorithm = \"{algorithm}\"")
}

fn is_secret(algorithm: Algorithm) -> bool {
    algorithm.family() == Family::Hmac
}

/// Whether the host's keys could verify the other algorithm, too.
fn is_for(issuer: &Issuer, algorithm: Algorithm, expected: Algorithm) -> bool {
    match &issuer.keys {
        Keys::Fixed(keys) => keys.iter().any(|key| key.is_for(algorithm)),
        Keys::ById(_) => key_kind(algorithm.family()) == key_kind(expected.family()),
    }
}

const fn key_kind(family: Family) -> &'static str {
    match family {
        Family::Hmac => "a secret",
        Family::Rsa | Family::RsaPss => "an RSA key",
        Family::P256 => "an EC key on P-256",
        Family::P384 => "an EC key on P-384",
        Family::P521 => "an EC key on P-521",
        Family::Ed25519 => "an Ed25519 key",
    }
}

/// What the host has: the key itself where there is one, else what its algorithm asks for.
fn own_kind(issuer: &Issuer, expected: Algorithm) -> &'static str {
    let first = match &issuer.keys {
        Keys::Fixed(keys) => keys.first().map(|key: &Key| key.facts().key_type),
        Keys::ById(_) => None,
    };
    match first {
        Some("RSA") => key_kind(Family::Rsa),
        Some("P-256") => key_kind(Family::P256),
        Some("P-384") => key_kind(Family::P384),
        Some("P-521") => key_kind(Family::P521),
        Some("Ed25519") => key_kind(Family::Ed25519),
        Some(_) | None => key_kind(expected.family()),
    }
}

/// The option that names the host's public keys.
fn public_option(examined: &Examined<'_>) -> &'static str {
    let set = PUBLIC.iter().find(|option| (examined.is_set)(option));
    set.copied().unwrap_or("public_key_file")
}

const PUBLIC: [&str; 5] = [
    "cache_keys_url",
    "asap_key_server",
    "key_folder",
    "public_key_file",
    "app_secret",
];

/// The server is to verify with an algorithm that is none.
pub fn not_supported(examined: &Examined<'_>) -> Explanation {
    let own = Named::of(member(examined, "alg").as_ref());
    let remedy = match own {
        Named::Known(algorithm) if !algorithm.is_jitsis() => format!(
            "write signature_algorithm = \"{algorithm}\" into the daemon's own config.toml, below [hosts.\"{}\"]: from there \
             it takes what Jitsi's modules do not have",
            examined.host
        ),
        Named::Known(algorithm) => {
            format!("set signature_algorithm = \"{algorithm}\", which the token is signed with")
        }
        Named::Nothing | Named::Unsigned | Named::Misspelt(_) | Named::Unknown => {
            "set signature_algorithm to one of these".to_owned()
        }
    };
    let jitsis = Algorithm::ALL
        .iter()
        .filter(|algorithm| algorithm.is_jitsis());
    let jitsis: Vec<&str> = jitsis.map(|algorithm| algorithm.name()).collect();
    Explanation::new(
        "alg",
        "a signature_algorithm that nobody supports in Prosody's configuration",
        jitsis.join(" or "),
    )
    .by(&["signature_algorithm"])
    .because(Some(
        "Jitsi's modules know these six and deny every token otherwise".to_owned(),
    ))
    .mend(remedy)
}

/// The token is of another type.
pub fn type_not_accepted(examined: &Examined<'_>) -> Explanation {
    let found = member(examined, "typ");
    let found = found.as_ref();
    let expected = match &examined.issuer.types {
        AcceptedTypes::Jwt => "\"JWT\"".to_owned(),
        AcceptedTypes::Listed { names, none } => {
            let names = names.iter().map(|name| format::quote(name));
            format::alternatives(names.chain(none.then(|| "none".to_owned())))
        }
    };
    let accept = |name: &str| accepting(&examined.issuer.types, name);
    let text = found.and_then(Value::as_str).unwrap_or_default();
    let (cause, remedy) = match text.to_ascii_lowercase().as_str() {
        _ if found.is_none() => (
            "the header has no typ",
            format!(
                "let the issuer set typ to JWT, or accept it with {}",
                accept("none")
            ),
        ),
        "at+jwt" | "application/at+jwt" => (
            "this is an OIDC access token (RFC 9068)",
            format!("accept it with {}", accept("at+jwt")),
        ),
        "jwt" => (
            "typ must be written in capitals",
            format!(
                "let the issuer set typ to JWT, or accept any spelling with {}",
                accept("JWT")
            ),
        ),
        name if is_plain(name) => (
            "the token says that it is of another kind",
            format!(
                "let the issuer set typ to JWT, or accept it with {}",
                accept(text)
            ),
        ),
        _ => ("", "let the issuer set typ to JWT".to_owned()),
    };
    Explanation::new("typ", format::value(found), expected)
        .by(&["accepted_types"])
        .because((!cause.is_empty()).then(|| cause.to_owned()))
        .mend(remedy)
}

/// The option with one type more.
pub fn accepting(types: &AcceptedTypes, name: &str) -> String {
    let mut names = match types {
        AcceptedTypes::Jwt => vec!["JWT".to_owned()],
        AcceptedTypes::Listed { names, none } => {
            let none = none.then(|| "none".to_owned());
            names.iter().cloned().chain(none).collect()
        }
    };
    if !names.iter().any(|listed| listed == name) {
        names.push(name.to_owned());
    }
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("accepted_types = [{}]", names.join(", "))
}

/// Whether a type can be written into a list as it is.
fn is_plain(name: &str) -> bool {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "+-./_".contains(c);
    (1..=40).contains(&name.len()) && name.chars().all(belongs) && !name.starts_with("ey")
}
