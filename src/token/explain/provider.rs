//! What the tokens of known issuers are, and which of them are of the wrong kind.

use serde_json::Value;

use super::super::claims::Claims;
use super::super::reason::Reason;
use super::examined::Examined;
use super::explanation::Explanation;
use super::reading;

/// Which provider makes tokens with such an issuer, which nobody can set otherwise there.
pub fn issuer(issuer: &str) -> Option<String> {
    let lower = issuer.to_lowercase();
    let (_, name) = PROVIDERS.iter().find(|(part, _)| lower.contains(part))?;
    Some(format!(
        "this is the address of {name}, which sets iss itself"
    ))
}

/// For which service a provider made the token.
pub fn audience(audience: &Value, claims: &Claims) -> Option<String> {
    let is = |text: &str| {
        audience == text
            || audience
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == text))
    };
    let of_graph = is("00000003-0000-0000-c000-000000000000")
        || is("https://graph.microsoft.com")
        || is("00000002-0000-0000-c000-000000000000");
    let cause = if of_graph {
        "this is Microsoft's access token for Graph, which nobody else can verify: ask for one with a scope of your own application (api://…/.default)"
    } else if is("account") {
        "this is Keycloak's usual access token: add an audience mapper to the client"
    } else if audience
        .as_str()
        .is_some_and(|text| text.starts_with("api://"))
    {
        "this is the name of an API at the provider"
    } else if claims.claim("gty").is_some()
        || audience
            .as_str()
            .is_some_and(|text| text.ends_with("/userinfo"))
    {
        "this is an access token for the provider's own API"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// Names the kind of a token, where it is one that is never sent to a meeting, and which one to send.
pub fn kind(reason: &Reason, explanation: Explanation, examined: &Examined<'_>) -> Explanation {
    if !tells(reason) {
        return explanation;
    }
    let Some(found) = examined.token.and_then(wrong_kind) else {
        return explanation;
    };
    if is_of_the_signature(reason) && !found.is_signed_otherwise {
        return explanation;
    }
    let (kind, remedy) = (format!("this is {}", found.what), found.remedy);
    let cause = explanation.cause.clone();
    let is_known = matches!(
        reason,
        Reason::IssuerNotAccepted | Reason::AudienceNotAccepted
    ) && cause.as_ref().is_some_and(|cause| {
        !cause.starts_with("this is") && !cause.contains("none of its members")
    });
    if is_known {
        return explanation;
    }
    let remedy = format!("{remedy}; or {}", explanation.remedy);
    explanation.because(Some(kind)).mend(remedy)
}

/// Whether a token of the wrong kind is denied for this.
const fn tells(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::AlgorithmNotAccepted
            | Reason::AlgorithmNotRsa
            | Reason::SignatureInvalid
            | Reason::KeyNotFound
            | Reason::TypeNotAccepted
            | Reason::IssuerNotAccepted
            | Reason::AudienceMissing
            | Reason::AudienceNotAccepted
            | Reason::RoomClaimMissing
            | Reason::SubjectMissing
            | Reason::ContextMissing
    )
}

const fn is_of_the_signature(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::AlgorithmNotAccepted
            | Reason::AlgorithmNotRsa
            | Reason::SignatureInvalid
            | Reason::KeyNotFound
    )
}

/// A kind of token that is not the one for Jitsi.
struct Kind {
    what: &'static str,
    remedy: &'static str,
    /// Whether its provider signs it with something that it shows to nobody.
    is_signed_otherwise: bool,
}

const fn signed_as_usual(what: &'static str, remedy: &'static str) -> Kind {
    Kind {
        what,
        remedy,
        is_signed_otherwise: false,
    }
}

const fn signed_otherwise(what: &'static str, remedy: &'static str) -> Kind {
    Kind {
        what,
        remedy,
        is_signed_otherwise: true,
    }
}

fn wrong_kind(token: &str) -> Option<Kind> {
    let claims = reading::claims(token)?;
    by_name(&claims)
        .or_else(|| by_header(token))
        .or_else(|| by_claims(&claims))
}

/// By what the token calls itself.
fn by_name(claims: &Claims) -> Option<Kind> {
    let text = |name: &str| {
        claims
            .claim(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Some(
        match (text("typ").to_lowercase().as_str(), text("token_use")) {
            ("offline", _) => signed_otherwise(
                "an offline token of Keycloak (typ \"Offline\"), for its token endpoint alone",
                SEND_ACCESS,
            ),
            ("refresh", _) => signed_otherwise(
                "a refresh token of Keycloak (typ \"Refresh\"), for its token endpoint alone",
                SEND_ACCESS,
            ),
            ("id", _) => signed_as_usual(
                "an ID token of Keycloak (typ \"ID\"), for the client that the user logged in at",
                SEND_ACCESS,
            ),
            ("logout", _) => signed_as_usual(
                "a logout token (typ \"Logout\"), which logs nobody in",
                SEND_ACCESS,
            ),
            ("bearer", _) => signed_as_usual(
                "an access token of Keycloak (typ \"Bearer\"), which has what the client's mappers put in",
                MAPPERS,
            ),
            (_, "id") => signed_as_usual(
                "an ID token of Amazon Cognito (token_use \"id\"), for the client that the user logged in at",
                SEND_ACCESS,
            ),
            (_, "access") => signed_as_usual(
                "an access token of Amazon Cognito (token_use \"access\"), which has neither aud nor room",
                MAKE_OWN,
            ),
            _ => return None,
        },
    )
}

fn by_header(token: &str) -> Option<Kind> {
    reading::header(token)?.member("nonce")?;
    Some(signed_otherwise(
        "an access token of Microsoft for one of its own services (nonce in the header), whose signature nobody else can verify",
        OWN_SCOPE,
    ))
}

/// By claims that only such tokens have.
fn by_claims(claims: &Claims) -> Option<Kind> {
    let has = |name: &str| claims.claim(name).is_some();
    if has("at_hash") || has("c_hash") || (has("nonce") && !has("scp") && !has("scope")) {
        return Some(signed_as_usual(
            "an ID token of OpenID Connect (it has at_hash, c_hash or nonce), for the client that the user logged in at",
            SEND_ACCESS,
        ));
    }
    if has("events") && has("sid") {
        return Some(signed_as_usual(
            "a logout token, which logs nobody in",
            SEND_ACCESS,
        ));
    }
    if has("appid") && (has("scp") || has("roles")) {
        return Some(signed_as_usual(
            "an access token of Microsoft (appid and scp in it), for the API that aud names",
            OWN_SCOPE,
        ));
    }
    has("firebase").then(|| {
        signed_as_usual(
            "an ID token of Firebase, for the project that aud names",
            MAKE_OWN,
        )
    })
}

const OWN_SCOPE: &str =
    "ask for a token with a scope of your own application (api://…/.default) and send that";
const SEND_ACCESS: &str =
    "send the access token that came beside it, made for this server (aud, room), and not this one";
const MAPPERS: &str = "add mappers to the client in Keycloak that put in the audience, sub and room that are needed here, or send a token that is made for Jitsi";
const MAKE_OWN: &str =
    "send a token that is made for Jitsi, with iss, aud, sub and room as they are needed here";

const PROVIDERS: [(&str, &str); 12] = [
    (".okta.com", "Okta"),
    (".oktapreview.com", "Okta"),
    (".auth0.com", "Auth0"),
    ("login.microsoftonline.com", "Microsoft Entra (v2.0 tokens)"),
    ("sts.windows.net", "Microsoft Entra (v1.0 tokens)"),
    ("accounts.google.com", "Google"),
    ("securetoken.google.com", "Firebase"),
    ("cognito-idp.", "Amazon Cognito"),
    ("/realms/", "a Keycloak realm"),
    ("appleid.apple.com", "Apple"),
    ("/application/o/", "an authentik application"),
    ("https://", "an OpenID provider, as it seems"),
];
