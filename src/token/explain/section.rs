//! What an administrator writes to have a provider's tokens taken as they are: a section of the host's, with a preset.

use std::iter;

use serde_json::Value;

use super::super::claims::Claims;
use super::super::issuer::DEFAULT;
use super::super::reason::Reason;
use super::examined::Examined;
use super::format;
use super::provider::Provider;
use super::reading;

/// The section that takes a provider's tokens as they are; where the token's issuer has one already, what is missing in it.
/// None where no preset is for them, or where they say themselves what Jitsi needs.
pub fn of(reason: &Reason, examined: &Examined<'_>) -> Option<String> {
    let claims = reading::claims(examined.token?)?;
    if claims.claim("room").is_some() || claims.claim("context").is_some() {
        return None;
    }
    let provider = Provider::of(&claims)?;
    let preset = format!("claims = {}", format::quote(provider.preset?));
    if examined.issuer.name != DEFAULT {
        let lines = missing(reason, preset, &claims, examined)?;
        return Some(format!(
            "set {lines} in the section of the issuer {}",
            examined.issuer.name
        ));
    }
    let name = provider.name.rsplit(' ').next()?.to_lowercase();
    let mut lines = vec![format!("name = {}", format::quote(&name))];
    lines.extend(keys(provider, claims.claim("iss")?.as_str()?)?);
    lines.extend(audience(&claims)?);
    lines.extend(header(examined));
    let host = format::quote(examined.host);
    Some(format!(
        "add [[hosts.{host}.issuers]] with {} and {preset}",
        lines.join(", ")
    ))
}

/// What a section lacks that is there.
fn missing(
    reason: &Reason,
    preset: String,
    claims: &Claims,
    examined: &Examined<'_>,
) -> Option<String> {
    let is_of_audience = matches!(
        reason,
        Reason::AudienceMissing | Reason::AudienceNotAccepted
    );
    let is_of_header = matches!(
        reason,
        Reason::TypeNotAccepted | Reason::AlgorithmNotAccepted
    );
    let lines = match (is_of_audience, is_of_header) {
        (true, _) => audience(claims)?,
        (false, true) => header(examined),
        (false, false) => vec![preset],
    };
    (!lines.is_empty()).then(|| lines.join(" and "))
}

/// The issuer, and where its keys are.
fn keys(provider: &Provider, issuer: &str) -> Option<[String; 2]> {
    if provider.name == "Google" {
        let issuer = format::list(&["https://accounts.google.com", "accounts.google.com"]);
        return Some([format!("issuer = {issuer}"), keys_url(provider, "")]);
    }
    let is_typed = issuer.starts_with("https://") && format::can_be_typed(issuer);
    let keys = if provider.is_discovered() {
        "discover = true".to_owned()
    } else {
        keys_url(provider, issuer)
    };
    is_typed.then(|| [format!("issuer = {}", format::quote(issuer)), keys])
}

fn keys_url(provider: &Provider, issuer: &str) -> String {
    let address = provider.keys_url(issuer);
    format!("cache_keys_url = {}", format::quote_whole(&address))
}

/// For whom the tokens are. `account` is in the tokens of every client of Keycloak, and a list has others in it.
fn audience(claims: &Claims) -> Option<Vec<String>> {
    let text = |name: &str| claims.claim(name).and_then(Value::as_str);
    let clients = CLIENTS.iter().map(|name| (*name, text(name)));
    let aud = text("aud").filter(|audience| *audience != "account");
    let mut named = iter::once(("aud", aud)).chain(clients);
    let (name, value) = named.find_map(|(name, value)| Some((name, value?)))?;
    let claim = (name != "aud").then(|| format!("audience_claim = {}", format::quote(name)));
    let values = format!("audiences = {}", format::list(&[value]));
    format::can_be_typed(value).then(|| claim.into_iter().chain([values]).collect())
}

/// What is unusual about the header.
fn header(examined: &Examined<'_>) -> Vec<String> {
    let text = |name: &str| {
        let value = reading::member(examined, name);
        value.and_then(|value| value.as_str().map(str::to_owned))
    };
    let kind = match text("typ") {
        None => Some("none".to_owned()),
        Some(kind) if kind != "JWT" && format::can_be_typed(&kind) => Some(kind),
        Some(_) => None,
    };
    let is_set = (examined.is_set)("signature_algorithm");
    let algorithm =
        text("alg").filter(|name| (is_set || name != "RS256") && format::can_be_typed(name));
    let kind = kind.map(|kind| format!("accepted_types = {}", format::list(&[&kind])));
    let algorithm = algorithm.map(|name| format!("algorithms = {}", format::list(&[&name])));
    kind.into_iter().chain(algorithm).collect()
}

/// The claims that name the client which a token was made for.
pub const CLIENTS: [&str; 4] = ["azp", "client_id", "cid", "appid"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::algorithm::Algorithm;
    use crate::token::issuer::{Issuer, Keys};
    use crate::token::policy::Policy;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    /// What is said of a token with such claims, judged by the issuer of that name.
    fn said(issuer: &str, header: &Value, claims: &Value, reason: &Reason) -> Option<String> {
        let judging = Issuer {
            name: issuer.to_owned(),
            ..Issuer::strict("jitsi", Algorithm::Rs256, Keys::Fixed(Vec::new()))
        };
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.AAAA", part(header), part(claims));
        let policy = Policy::strict(judging);
        of(
            reason,
            &Examined::alone("a.example", &policy, &token, &None, 0),
        )
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
                 audiences = [\"web\"] and claims = \"keycloak\"",
            ),
            (
                json!({"alg": "ES256", "typ": "at+jwt"}),
                json!({"iss": realm, "aud": "meet"}),
                "name = \"keycloak\", issuer = \"https://sso.example/realms/a\", discover = true, audiences = [\"meet\"], \
                 accepted_types = [\"at+jwt\"], algorithms = [\"ES256\"] and claims = \"keycloak\"",
            ),
            (
                jwt,
                json!({"iss": "accounts.google.com", "aud": "web"}),
                "name = \"google\", issuer = [\"https://accounts.google.com\", \"accounts.google.com\"], cache_keys_url = \
                 \"https://www.googleapis.com/oauth2/v3/certs\", audiences = [\"web\"] and claims = \"google\"",
            ),
        ] {
            let expected = format!("add [[hosts.\"a.example\".issuers]] with {lines}");
            let said = said(DEFAULT, &header, &claims, &Reason::IssuerNotAccepted);
            assert_eq!(said, Some(expected));
        }
    }

    #[test]
    fn of_a_section_that_is_there_only_what_is_missing_is_named() {
        let header = json!({"alg": "RS256"});
        let claims = json!({"iss": "https://sso.example/realms/a", "azp": "web"});
        for (reason, line) in [
            (Reason::RoomClaimMissing, "claims = \"keycloak\""),
            (
                Reason::AudienceMissing,
                "audience_claim = \"azp\" and audiences = [\"web\"]",
            ),
            (Reason::TypeNotAccepted, "accepted_types = [\"none\"]"),
        ] {
            let expected = format!("set {line} in the section of the issuer acme");
            assert_eq!(said("acme", &header, &claims, &reason), Some(expected));
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
            json!({"iss": format!("{realm}/{}", "a".repeat(100)), "aud": "web"}),
            json!({"iss": realm, "aud": "web", "room": "standup"}),
            json!({"iss": realm, "aud": "web", "context": {}}),
        ] {
            let said = said(DEFAULT, &header, &claims, &Reason::IssuerNotAccepted);
            assert_eq!(said, None, "{claims}");
        }
    }
}
