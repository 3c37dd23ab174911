//! What an administrator writes to have a provider's tokens taken as they are: a section of the host's, with a preset.

use std::iter;

use serde_json::Value;

use super::super::algorithm::{Algorithm, Family};
use super::super::claims::Claims;
use super::super::issuer::{Accepted, DEFAULT, Issuer};
use super::super::reason::Reason;
use super::algorithm::accepting;
use super::examined::{Examined, Relation};
use super::explanation::OWN_FILE;
use super::provider::Provider;
use super::{format, issuers, reading, spelling};

/// The section that takes a provider's tokens as they are; where the token's issuer has one already, what is missing in it.
/// None where the tokens say themselves what Jitsi needs, or could not be verified by published keys.
pub fn of(reason: &Reason, examined: &Examined<'_>) -> Option<String> {
    let claims = reading::claims(examined.token?)?;
    if claims.claim("room").is_some() || claims.claim("context").is_some() {
        return None;
    }
    let issuer = claims.claim("iss")?.as_str()?;
    let provider = Provider::of(&claims);
    let mapping = mapping(provider, issuer, examined)?;
    if is_its_issuers(issuer, examined) {
        let lines = missing(reason, mapping, &claims, examined)?;
        return Some(format!("set {lines}"));
    }
    // A preset is for all rooms, and such a host has no token for more than one.
    if !examined.policy.issuers.first().bounds.wildcards || !is_published(examined) {
        return None;
    }
    let names = names(provider, issuer)?;
    let mut lines = named(&name(provider), &names, examined);
    lines.push(keys(provider, issuer));
    lines.extend(audience(&claims, None)?);
    lines.extend(header(examined));
    lines.push(mapping);
    Some(placed(&names, &lines, examined))
}

/// The section of an issuer that makes tokens for Jitsi.
pub fn plain(examined: &Examined<'_>) -> Option<String> {
    let claims = reading::claims(examined.token?)?;
    let issuer = claims.claim("iss")?.as_str()?;
    let is_typed = format::can_be_typed(issuer) && issuer != "*" && !spelling::is_unfilled(issuer);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_short = issuer.len() <= 32 && issuer.chars().all(is_name) && issuer != DEFAULT;
    let name = free(if is_short { issuer } else { "other" }, examined);
    let mut lines = named(&name, &[issuer], examined);
    let (key, what) = plain_keys(&name, issuer, examined)?;
    lines.push(key);
    lines.extend(audience(&claims, None).unwrap_or_default());
    lines.extend(header(examined));
    let section = placed(&[issuer], &lines, examined);
    is_typed.then(|| format!("{section}{what}"))
}

/// Where the keys of an issuer are that makes tokens for Jitsi, and what belongs there.
fn plain_keys(name: &str, issuer: &str, examined: &Examined<'_>) -> Option<(String, &'static str)> {
    let file = |option: &str, ending: &str| {
        let path = format!("/etc/prosody-tokend/{name}.{ending}");
        format!("{option} = {}", format::quote(&path))
    };
    Some(match (algorithm(examined)?.family(), issuer) {
        (Family::Hmac, _) => (
            file("app_secret_file", "secret"),
            ", with the issuer's secret in that file",
        ),
        (_, issuer) if issuer.starts_with("https://") => (DISCOVER.to_owned(), ""),
        _ => (
            file("public_key_file", "pem"),
            ", with the issuer's public key in that file",
        ),
    })
}

/// Whether the token is a further issuer's, or nearly, so that there is a section for it.
pub fn is_its_issuers(issuer: &str, examined: &Examined<'_>) -> bool {
    let judging = examined.issuer;
    let is_nearly = || {
        let meant = issuers::meant(examined.policy, issuer);
        meant.is_some_and(|meant| meant.name == judging.name)
    };
    let is_its = || match examined.relation {
        // The only one there is need not be the token's.
        Relation::Own => judging.accepted.contains_text(issuer) || is_nearly(),
        Relation::Meant => true,
        Relation::None => false,
    };
    judging.name != DEFAULT && is_its()
}

fn name(provider: Option<&Provider>) -> String {
    let name = provider.and_then(|provider| provider.name.rsplit(' ').next());
    name.unwrap_or("oidc").to_lowercase()
}

fn named(name: &str, names: &[&str], examined: &Examined<'_>) -> Vec<String> {
    vec![
        format!("name = {}", format::quote(&free(name, examined))),
        format!("issuer = {}", one_or_list(names)),
    ]
}

/// Where a provider's tokens have what Jitsi needs: its preset, or what all of OIDC have.
fn mapping(provider: Option<&Provider>, issuer: &str, examined: &Examined<'_>) -> Option<String> {
    if let Some(provider) = provider {
        return Some(format!("claims = {}", format::quote(provider.preset?)));
    }
    let subject = match examined.policy.rooms.muc_domain {
        Some(_) => "\"*\"".to_owned(),
        None => format!("{{ constant = {} }}", format::quote(examined.host)),
    };
    issuer.starts_with("https://").then(|| {
        format!(
            "claims = {{ room = \"*\", sub = {subject}, context = {{ user = {{ id = \"/sub\", name = \"/name\", \
             email = \"/email\" }} }} }}"
        )
    })
}

/// A section, with the place where it belongs.
fn placed(names: &[&str], lines: &[String], examined: &Examined<'_>) -> String {
    let host = format::quote(examined.host);
    let mut others = examined.policy.issuers.iter();
    let has_others = others.any(|issuer| issuer.name != DEFAULT);
    let section = match (has_others, examined.lists_issuers) {
        (false, _) => format!(
            "add below [hosts.{host}]: issuers = [{{ {} }}]",
            lines.join(", ")
        ),
        (true, true) => format!(
            "add to issuers below [hosts.{host}]: {{ {} }}",
            lines.join(", ")
        ),
        (true, false) => format!(
            "add at the end: [[hosts.{host}.issuers]] and below it, one a line: {}",
            lines.join("; ")
        ),
    };
    let freed = freed(names, examined).map(|freed| format!("{freed}; "));
    format!("{}{OWN_FILE}{section}", freed.unwrap_or_default())
}

/// What leaves these names to another issuer, where the host's own options have them: no two issuers have the same.
fn freed(names: &[&str], examined: &Examined<'_>) -> Option<String> {
    let own = examined.policy.issuers.named(DEFAULT)?;
    let Accepted::Only(values) = &own.accepted else {
        return None;
    };
    let is_kept = |value: &&str| !names.contains(value);
    let kept: Vec<&str> = values.iter().map(String::as_str).filter(is_kept).collect();
    if kept.len() == values.len() {
        return None;
    }
    let is_set = |option: &&&str| (examined.is_set)(option);
    Some(if kept.iter().any(|value| !format::can_be_typed(value)) {
        format!(
            "take {} out of asap_accepted_issuers",
            format::alternatives(names.iter().map(|name| format::quote(name)))
        )
    } else if !kept.is_empty() {
        format!("set asap_accepted_issuers = {}", format::list(&kept))
    } else if OWN_NAMES.iter().all(|option| is_set(&option)) {
        "take asap_accepted_issuers away".to_owned()
    } else {
        let options = OWN_NAMES.iter().chain(OWN_KEYS).filter(is_set);
        let options: Vec<&str> = options.copied().collect();
        format!("take {} away", options.join(", "))
    })
}

/// A name that no other issuer of the host has.
fn free(name: &str, examined: &Examined<'_>) -> String {
    let issuers = &examined.policy.issuers;
    let numbered = (2_u8..).map(|number| format!("{name}-{number}"));
    let mut names = iter::once(name.to_owned()).chain(numbered);
    let free = names.find(|name| issuers.named(name).is_none());
    free.unwrap_or_else(|| name.to_owned())
}

/// What a section lacks that is there.
fn missing(
    reason: &Reason,
    mapping: String,
    claims: &Claims,
    examined: &Examined<'_>,
) -> Option<String> {
    let issuer = examined.issuer;
    let lines = if matches!(
        reason,
        Reason::AudienceMissing | Reason::AudienceNotAccepted
    ) {
        audience(claims, Some(issuer))?
    } else if matches!(reason, Reason::TypeNotAccepted) {
        let kind = kind(examined).unwrap_or_else(|| "JWT".to_owned());
        vec![accepting(&issuer.types, &kind)]
    } else if issuer.mapping.is_none() {
        vec![mapping]
    } else {
        Vec::new()
    };
    (!lines.is_empty()).then(|| lines.join(" and "))
}

/// The names that go by one `iss`: Google has two, and one of them is no address.
fn names<'a>(provider: Option<&Provider>, issuer: &'a str) -> Option<Vec<&'a str>> {
    if provider.is_some_and(|provider| provider.name == "Google") {
        return Some(vec!["https://accounts.google.com", "accounts.google.com"]);
    }
    let is_typed = issuer.starts_with("https://") && format::can_be_copied(issuer);
    is_typed.then(|| vec![issuer])
}

fn one_or_list(names: &[&str]) -> String {
    match names {
        [one] => format::quote_whole(one),
        several => format::list(several),
    }
}

/// Where the issuer's keys are.
fn keys(provider: Option<&Provider>, issuer: &str) -> String {
    match provider.filter(|provider| !provider.is_discovered()) {
        None => DISCOVER.to_owned(),
        Some(provider) => {
            let address = provider.keys_url(issuer);
            format!("cache_keys_url = {}", format::quote_whole(&address))
        }
    }
}

/// For whom the tokens are. `account` is in the tokens of every client of Keycloak, and a list has others in it. Of an issuer
/// that is there already only what it lacks, beside what it has.
fn audience(claims: &Claims, issuer: Option<&Issuer>) -> Option<Vec<String>> {
    let text = |name: &str| claims.claim(name).and_then(Value::as_str);
    let clients = CLIENTS.iter().map(|name| (*name, text(name)));
    let aud = text("aud").filter(|audience| *audience != "account");
    let named = iter::once(("aud", aud)).chain(clients);
    let named: Vec<(&str, &str)> = named
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let (now, accepted) = issuer.map_or(("aud", None), |issuer| {
        (&*issuer.audience_claim, Some(&issuer.audiences))
    });
    let is_accepted = |value| accepted.is_some_and(|accepted| accepted.contains_text(value));
    let fitting = named.iter().find(|(_, value)| is_accepted(value));
    let (name, value) = *fitting.or_else(|| named.first())?;
    let before = match accepted {
        Some(Accepted::Only(values)) if name == now => values.as_slice(),
        Some(Accepted::Only(_) | Accepted::Any) | None => &[],
    };
    let all: Vec<&str> = before.iter().map(String::as_str).chain([value]).collect();
    let claim = (name != now).then(|| format!("audience_claim = {}", format::quote(name)));
    let values = (!is_accepted(value)).then(|| format!("audiences = {}", format::list(&all)));
    let can_be_typed = all.iter().all(|value| format::can_be_typed(value));
    can_be_typed.then(|| claim.into_iter().chain(values).collect())
}

/// What is unusual about the header, beside what counts for the host.
fn header(examined: &Examined<'_>) -> Vec<String> {
    let is_set = (examined.is_set)("signature_algorithm");
    let algorithm = algorithm(examined).filter(|name| is_set || *name != Algorithm::Rs256);
    let own = examined.policy.issuers.named(DEFAULT);
    let is_jwt = own.is_none_or(|own| own.types.contains(Some(&Value::from("JWT"))));
    let kind = kind(examined).or_else(|| (!is_jwt).then(|| "JWT".to_owned()));
    let kind = kind.map(|kind| format!("accepted_types = {}", format::list(&[&kind])));
    let algorithm = algorithm.map(|one| format!("algorithms = {}", format::list(&[one.name()])));
    kind.into_iter().chain(algorithm).collect()
}

/// The type that the token has in place of `JWT`.
fn kind(examined: &Examined<'_>) -> Option<String> {
    match text(examined, "typ") {
        None => Some("none".to_owned()),
        Some(kind) if kind != "JWT" && format::can_be_typed(&kind) => Some(kind),
        Some(_) => None,
    }
}

fn algorithm(examined: &Examined<'_>) -> Option<Algorithm> {
    Algorithm::from_name(&text(examined, "alg")?)
}

/// Whether a key that verifies the token may be published.
fn is_published(examined: &Examined<'_>) -> bool {
    algorithm(examined).is_some_and(|algorithm| algorithm.family() != Family::Hmac)
}

fn text(examined: &Examined<'_>, name: &str) -> Option<String> {
    let value = reading::member(examined, name)?;
    value.as_str().map(str::to_owned)
}

const DISCOVER: &str = "discover = true";

/// The claims that name the client which a token was made for.
pub const CLIENTS: [&str; 4] = ["azp", "client_id", "cid", "appid"];

/// The options that say whose tokens a host's own issuer makes.
const OWN_NAMES: &[&str] = &["asap_accepted_issuers", "app_id"];

/// The options that name its keys.
const OWN_KEYS: &[&str] = &[
    "cache_keys_url",
    "asap_key_server",
    "key_folder",
    "public_key_file",
    "app_secret",
    "app_secret_file",
    "app_secret_credential",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::bounds::Bounds;
    use crate::token::issuer::{Issuers, Keys};
    use crate::token::policy::Policy;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    /// The issuer that a host's own options describe, with this `iss`.
    fn own(iss: &str) -> Issuer {
        Issuer::strict(iss, Algorithm::Rs256, Keys::Fixed(Vec::new()))
    }

    fn further(name: &str, iss: &str) -> Issuer {
        Issuer {
            name: name.to_owned(),
            audiences: Accepted::only(["jitsi"]),
            ..own(iss)
        }
    }

    /// What a function makes of a token with such claims, judged by the issuer at this place.
    fn examined<T>(
        issuers: &[Issuer],
        judging: usize,
        header: &Value,
        claims: &Value,
        ask: impl FnOnce(&Examined<'_>) -> T,
    ) -> T {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.AAAA", part(header), part(claims));
        let policy = Policy {
            issuers: Issuers::new(issuers[0].clone(), issuers[1..].to_vec()),
            ..Policy::strict(issuers[0].clone())
        };
        let examined = Examined::alone("a.example", &policy, &token, &None, 0);
        ask(&Examined {
            issuer: &issuers[judging],
            is_set: &|option| option == "app_id",
            ..examined
        })
    }

    fn said(
        issuers: &[Issuer],
        judging: usize,
        header: &Value,
        claims: &Value,
        reason: &Reason,
    ) -> Option<String> {
        examined(issuers, judging, header, claims, |examined| {
            of(reason, examined)
        })
    }

    #[test]
    fn a_section_is_written_out_whole() {
        let jwt = json!({"alg": "RS256", "typ": "JWT"});
        let realm = "https://sso.example/realms/a";
        for (header, claims, lines) in [
            (
                jwt.clone(),
                json!({"iss": realm, "aud": "account", "azp": "web"}),
                "name = \"keycloak\", issuer = \"https://sso.example/realms/a\", discover = true, audience_claim = \"azp\", \
                 audiences = [\"web\"], claims = \"keycloak\"",
            ),
            (
                json!({"alg": "ES256", "typ": "at+jwt"}),
                json!({"iss": realm, "aud": "meet"}),
                "name = \"keycloak\", issuer = \"https://sso.example/realms/a\", discover = true, audiences = [\"meet\"], \
                 accepted_types = [\"at+jwt\"], algorithms = [\"ES256\"], claims = \"keycloak\"",
            ),
            (
                jwt.clone(),
                json!({"iss": "accounts.google.com", "aud": "web"}),
                "name = \"google\", issuer = [\"https://accounts.google.com\", \"accounts.google.com\"], cache_keys_url = \
                 \"https://www.googleapis.com/oauth2/v3/certs\", audiences = [\"web\"], claims = \"google\"",
            ),
            (
                jwt,
                json!({"iss": "https://login.example/", "aud": "web"}),
                "name = \"oidc\", issuer = \"https://login.example/\", discover = true, audiences = [\"web\"], claims = \
                 { room = \"*\", sub = { constant = \"a.example\" }, context = { user = { id = \"/sub\", name = \"/name\", \
                 email = \"/email\" } } }",
            ),
        ] {
            let expected =
                format!("{OWN_FILE}add below [hosts.\"a.example\"]: issuers = [{{ {lines} }}]");
            let said = said(
                &[own("jitsi")],
                0,
                &header,
                &claims,
                &Reason::IssuerNotAccepted,
            );
            assert_eq!(said, Some(expected));
        }
    }

    #[test]
    fn a_section_stands_where_the_others_do() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let claims = json!({"iss": "https://sso.example/realms/a", "aud": "web"});
        let issuers = [
            own("jitsi"),
            further("keycloak", "https://sso.example/realms/b"),
        ];
        let said = said(&issuers, 0, &header, &claims, &Reason::IssuerNotAccepted).unwrap();
        assert_eq!(
            said,
            "in the daemon's own config.toml, add at the end: [[hosts.\"a.example\".issuers]] and below it, one a line: \
             name = \"keycloak-2\"; issuer = \"https://sso.example/realms/a\"; discover = true; audiences = [\"web\"]; \
             claims = \"keycloak\""
        );
    }

    #[test]
    fn what_the_host_itself_accepts_is_left_to_the_section() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let realm = "https://sso.example/realms/a";
        let claims = json!({"iss": realm, "aud": "web"});
        for (accepted, before) in [
            (vec!["jitsi"], ""),
            (
                vec![realm, "jitsi"],
                "set asap_accepted_issuers = [\"jitsi\"]; ",
            ),
            (vec![realm], "take app_id away; "),
            (vec![realm, "*"], ""),
            (
                vec![realm, "a\"b"],
                "take \"https://sso.example/realms/a\" out of asap_accepted_issuers; ",
            ),
        ] {
            let own = Issuer {
                accepted: Accepted::only(accepted),
                ..own("")
            };
            let said = said(&[own], 0, &header, &claims, &Reason::RoomClaimMissing).unwrap();
            let start = format!("{before}{OWN_FILE}add below");
            assert!(said.starts_with(&start), "{said}");
        }
    }

    #[test]
    fn of_a_section_that_is_there_only_what_is_missing_is_named() {
        let header = json!({"alg": "RS256"});
        let claims = json!({"iss": "https://sso.example/realms/a", "azp": "web"});
        let issuers = [further("acme", "https://sso.example/realms/a")];
        for (reason, line) in [
            (Reason::RoomClaimMissing, "claims = \"keycloak\""),
            (
                Reason::AudienceMissing,
                "audience_claim = \"azp\" and audiences = [\"web\"]",
            ),
            (
                Reason::TypeNotAccepted,
                "accepted_types = [\"JWT\", \"none\"]",
            ),
        ] {
            let expected = format!("set {line}");
            let said = said(&issuers, 0, &header, &claims, &reason);
            assert_eq!(said, Some(expected));
        }
    }

    #[test]
    fn what_is_accepted_already_stays() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let realm = "https://sso.example/realms/a";
        for (compared, claims, line) in [
            (
                "aud",
                json!({"iss": realm, "aud": "web"}),
                "audiences = [\"jitsi\", \"web\"]",
            ),
            (
                "aud",
                json!({"iss": realm, "aud": "web", "azp": "jitsi"}),
                "audience_claim = \"azp\"",
            ),
            (
                "azp",
                json!({"iss": realm, "aud": "jitsi"}),
                "audience_claim = \"aud\"",
            ),
            (
                "client_id",
                json!({"iss": realm, "aud": "account", "azp": "web"}),
                "audience_claim = \"azp\" and audiences = [\"web\"]",
            ),
        ] {
            let acme = Issuer {
                audience_claim: compared.into(),
                ..further("acme", realm)
            };
            let said = said(&[acme], 0, &header, &claims, &Reason::AudienceNotAccepted);
            assert_eq!(said, Some(format!("set {line}")), "{claims}");
        }
    }

    #[test]
    fn no_section_is_written_that_nobody_could_type_or_that_would_let_in_too_many() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let realm = "https://sso.example/realms/a";
        for claims in [
            json!({}),
            json!({"iss": "jitsi", "aud": "web"}),
            json!({"iss": realm}),
            json!({"iss": realm, "aud": "account"}),
            json!({"iss": realm, "aud": "a\"b"}),
            json!({"iss": "http://sso.example/realms/a", "aud": "web"}),
            json!({"iss": format!("{realm}/{}", "a".repeat(160)), "aud": "web"}),
            json!({"iss": realm, "aud": "web", "room": "standup"}),
            json!({"iss": realm, "aud": "web", "context": {}}),
        ] {
            let said = said(
                &[own("jitsi")],
                0,
                &header,
                &claims,
                &Reason::IssuerNotAccepted,
            );
            assert_eq!(said, None, "{claims}");
        }
        let claims = json!({"iss": realm, "aud": "web"});
        for alg in ["HS256", "none", "RS1"] {
            let header = json!({"alg": alg, "typ": "JWT"});
            let said = said(
                &[own("jitsi")],
                0,
                &header,
                &claims,
                &Reason::IssuerNotAccepted,
            );
            assert_eq!(said, None, "{alg}");
        }
        let one_room = Issuer {
            bounds: Bounds {
                wildcards: false,
                ..Bounds::NONE
            },
            ..own("jitsi")
        };
        let said = said(&[one_room], 0, &header, &claims, &Reason::IssuerNotAccepted);
        assert_eq!(said, None);
    }

    #[test]
    fn an_issuer_that_makes_tokens_for_jitsi_needs_its_keys_alone() {
        for (alg, iss, lines) in [
            (
                "HS256",
                "other",
                "name = \"other\"; issuer = \"other\"; app_secret_file = \"/etc/prosody-tokend/other.secret\"; \
                 audiences = [\"web\"]; algorithms = [\"HS256\"], with the issuer's secret in that file",
            ),
            (
                "RS256",
                "a b",
                "name = \"other\"; issuer = \"a b\"; public_key_file = \"/etc/prosody-tokend/other.pem\"; \
                 audiences = [\"web\"], with the issuer's public key in that file",
            ),
            (
                "RS256",
                "https://sign.example",
                "name = \"other\"; issuer = \"https://sign.example\"; discover = true; audiences = [\"web\"]",
            ),
        ] {
            let issuers = [
                own("jitsi"),
                further("acme", "https://sso.example/realms/a"),
            ];
            let header = json!({"alg": alg, "typ": "JWT"});
            let claims = json!({"iss": iss, "aud": "web", "room": "a", "sub": "b"});
            let said = examined(&issuers, 0, &header, &claims, plain).unwrap();
            assert!(said.ends_with(&format!("one a line: {lines}")), "{said}");
        }
        for iss in ["*", "", "a\"b", "{{issuer}}"] {
            let claims = json!({"iss": iss, "aud": "web", "room": "a"});
            let header = json!({"alg": "HS256", "typ": "JWT"});
            assert_eq!(examined(&[own("jitsi")], 0, &header, &claims, plain), None);
        }
    }
}
