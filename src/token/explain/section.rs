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
