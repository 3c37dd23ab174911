//! Tokens that were made for something else than a meeting: what they are, and which one to send.

mod texts;

use std::borrow::Cow;

use serde_json::Value;

use super::super::claims::Claims;
use super::super::reason::Reason;
use super::examined::Examined;
use super::explanation::Explanation;
use super::provider::{self, Provider};
use super::{format, reading, section};
use texts::{
    BACK, FOR_API, FOR_CLIENT, LOGOUT, MAKE_OWN, MAPPERS, OWN_SCOPE, OWN_SERVER, SEND_ACCESS,
};

/// A kind of token that was not made for Jitsi.
struct Kind {
    what: Cow<'static, str>,
    /// What is to be known of it.
    that: &'static str,
    use_: Use,
}

/// What such a token is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It goes back to its provider, which alone can verify it.
    Back,
    /// It is for one of the provider's own services, which alone can verify it; this is what to ask for instead.
    Foreign(&'static str),
    /// It tells a client who logged in.
    Identity,
    /// It lets into an API.
    Access,
}

/// Names the kind of a token, where it is one that was not made for a meeting, and says what to do about it.
pub fn name(reason: &Reason, explanation: Explanation, examined: &Examined<'_>) -> Explanation {
    let Some(stage) = Stage::of(reason) else {
        return explanation;
    };
    let Some(claims) = examined.token.and_then(reading::claims) else {
        return explanation;
    };
    let Some(kind) = Kind::of(&claims, examined) else {
        return explanation;
    };
    if let Use::Back | Use::Foreign(_) = kind.use_ {
        let remedy = kind.instead(&claims).to_owned();
        return explanation.because(Some(kind.said())).mend(remedy);
    }
    match stage {
        Stage::Key => of_key(reason, explanation, &kind, &claims, examined),
        Stage::Signature => explanation,
        Stage::Content => of_claims(reason, explanation, &kind, &claims, examined),
    }
}

/// What a denial is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Which key the token is signed with, and how.
    Key,
    Signature,
    /// What it says: who made it, for whom, for which room.
    Content,
}

impl Stage {
    /// None where the kind of a token does not explain it.
    const fn of(reason: &Reason) -> Option<Self> {
        if matches!(
            reason,
            Reason::AlgorithmNotAccepted | Reason::AlgorithmNotRsa | Reason::KeyNotFound
        ) {
            Some(Self::Key)
        } else if matches!(reason, Reason::SignatureInvalid) {
            Some(Self::Signature)
        } else if matches!(
            reason,
            Reason::TypeNotAccepted
                | Reason::IssuerNotAccepted
                | Reason::AudienceMissing
                | Reason::AudienceNotAccepted
                | Reason::RoomClaimMissing
                | Reason::SubjectMissing
                | Reason::ContextMissing
        ) {
            Some(Self::Content)
        } else {
            None
        }
    }
}

/// A provider signs with its own keys: what is wrong is whom the host takes keys from.
fn of_key(
    reason: &Reason,
    explanation: Explanation,
    kind: &Kind,
    claims: &Claims,
    examined: &Examined<'_>,
) -> Explanation {
    let Some((provider, issuer)) = Provider::of(claims).zip(claims.claim("iss")) else {
        return explanation;
    };
    let mut issuers = examined.policy.issuers.iter();
    let is_accepted = issuers.any(|accepting| accepting.accepted.contains(issuer));
    let named = issuer.as_str().unwrap_or_default();
    if !is_accepted && !section::is_its_issuers(named, examined) {
        let cause = format!(
            "this is {}, whose issuer this host does not accept",
            kind.what
        );
        let remedy = section::of(reason, examined).unwrap_or_else(|| explanation.remedy.clone());
        return explanation.because(Some(cause)).mend(remedy);
    }
    let address = issuer.as_str().map(|issuer| provider.keys_url(issuer));
    match (reason, address) {
        (Reason::KeyNotFound, Some(address)) if (examined.is_set)("cache_keys_url") => {
            let (name, address) = (provider.name, format::quote_whole(&address));
            let cause = format!("{name} has its keys elsewhere, or has replaced them since");
            let cause = explanation.cause.clone().unwrap_or(cause);
            let remedy = format!("set cache_keys_url = {address}, or get a new token");
            let explanation = explanation.because(Some(cause));
            explanation.mend(remedy)
        }
        (Reason::AlgorithmNotAccepted, _) => signed_by_secret(explanation, provider, examined),
        _ => explanation,
    }
}

/// Some providers sign with the client's secret, unless they are told otherwise.
fn signed_by_secret(
    explanation: Explanation,
    provider: &Provider,
    examined: &Examined<'_>,
) -> Explanation {
    let algorithm = reading::member(examined, "alg");
    let is_secret = algorithm.and_then(|name| Some(name.as_str()?.starts_with("HS"))) == Some(true);
    let place = match provider.name {
        "authentik" => "choose a signing key in the settings of the provider in authentik",
        "Auth0" => "set the signing algorithm of the API in Auth0 to RS256",
        "Keycloak" => "set the signature algorithm of the client in Keycloak to RS256",
        _ => return explanation,
    };
    if is_secret {
        explanation.mend(place)
    } else {
        explanation
    }
}

fn of_claims(
    reason: &Reason,
    explanation: Explanation,
    kind: &Kind,
    claims: &Claims,
    examined: &Examined<'_>,
) -> Explanation {
    if is_of_mapping(reason, examined) {
        return explanation;
    }
    let section = section::of(reason, examined);
    let cause = explanation.cause.clone().unwrap_or_default();
    if tells_more(reason, &cause) {
        if !AUDIENCES.iter().any(|said| cause.contains(said)) {
            return explanation;
        }
        let remedy = section.unwrap_or_else(|| explanation.remedy.clone());
        let cause = format!("this is {}, and {cause}", kind.what);
        return explanation.because(Some(cause)).mend(remedy);
    }
    let instead = kind.instead(claims);
    let remedy = match (section, kind.use_) {
        (Some(section), Use::Identity) if !kind.is_the_only_one(claims) => {
            format!("{instead}; or {section}")
        }
        (Some(section), _) => section,
        (None, _) => format!("{instead}; or {}", explanation.remedy),
    };
    explanation.because(Some(kind.said())).mend(remedy)
}

/// Whether the issuer's mapping was to find what the token has nowhere.
fn is_of_mapping(reason: &Reason, examined: &Examined<'_>) -> bool {
    let is_missing = matches!(
        reason,
        Reason::RoomClaimMissing | Reason::SubjectMissing | Reason::ContextMissing
    );
    is_missing && examined.issuer.mapping.is_some()
}

/// Whether a cause is known already that explains more than the kind of the token.
fn tells_more(reason: &Reason, cause: &str) -> bool {
    let is_general = |start: &&str| cause.starts_with(start);
    matches!(
        reason,
        Reason::IssuerNotAccepted | Reason::AudienceMissing | Reason::AudienceNotAccepted
    ) && !cause.is_empty()
        && !GENERAL.iter().any(is_general)
        && (!cause.contains("none of its members") || cause.contains("it must be said"))
}

/// What causes say of a claim that is compared in place of another one.
const AUDIENCES: [&str; 2] = ["needs stands in", "which audience_claim names"];

/// How causes begin that say little of the token.
const GENERAL: [&str; 5] = [
    "this is",
    "what iss needs",
    "any aud is accepted",
    "the token is from another issuer",
    "the token is made for another audience",
];

impl Kind {
    const fn new(what: &'static str, that: &'static str, use_: Use) -> Self {
        let what = Cow::Borrowed(what);
        Self { what, that, use_ }
    }

    fn said(&self) -> String {
        format!("this is {}, {}", self.what, self.that)
    }

    /// Whether the provider has no other token that would do.
    fn is_the_only_one(&self, claims: &Claims) -> bool {
        let provider = Provider::of(claims);
        self.use_ == Use::Identity
            && provider.is_some_and(|provider| provider.identifies_by_id_token)
    }

    /// What to send in its place.
    fn instead(&self, claims: &Claims) -> &'static str {
        match self.use_ {
            Use::Foreign(remedy) => remedy,
            Use::Identity if self.is_the_only_one(claims) => MAKE_OWN,
            Use::Back | Use::Identity => SEND_ACCESS,
            Use::Access if claims.claim("typ").is_some() => MAPPERS,
            Use::Access if claims.claim("appid").is_some() => OWN_SCOPE,
            Use::Access => MAKE_OWN,
        }
    }

    fn of(claims: &Claims, examined: &Examined<'_>) -> Option<Self> {
        Self::by_name(claims)
            .or_else(|| Self::of_microsoft(claims, examined))
            .or_else(|| Self::of_provider(claims))
            .or_else(|| Self::by_claims(claims, examined))
    }

    /// By what the token calls itself.
    fn by_name(claims: &Claims) -> Option<Self> {
        let is = |(claim, name): (&str, &str)| {
            let value = claims.claim(claim).and_then(Value::as_str);
            value.is_some_and(|value| value.eq_ignore_ascii_case(name))
        };
        let (_, what, that, use_) = BY_NAME.iter().find(|(named, _, _, _)| is(*named))?;
        Some(Self::new(what, that, *use_))
    }

    fn of_microsoft(claims: &Claims, examined: &Examined<'_>) -> Option<Self> {
        let has = |name: &str| claims.claim(name).is_some();
        let of_graph = |aud| provider::names(aud, provider::MICROSOFT_GRAPH);
        let is_access = has("appid") || (has("azp") && has("ver"));
        if reading::member(examined, "nonce").is_some() {
            Some(OF_MICROSOFT)
        } else if claims.claim("aud").is_some_and(of_graph) {
            Some(OF_GRAPH)
        } else if is_access && (has("scp") || has("roles")) {
            Some(Self::new(
                "an access token of Microsoft Entra",
                FOR_API,
                Use::Access,
            ))
        } else if has("tid") && has("ver") {
            Some(Self::new(
                "an ID token of Microsoft Entra",
                FOR_CLIENT,
                Use::Identity,
            ))
        } else {
            None
        }
    }

    /// By what only the tokens of one provider have.
    fn of_provider(claims: &Claims) -> Option<Self> {
        let has = |name: &str| claims.claim(name).is_some();
        let identity = |what| Some(Self::new(what, FOR_CLIENT, Use::Identity));
        let access = |what, is: bool| is.then(|| Self::new(what, FOR_API, Use::Access));
        match Provider::of(claims)?.name {
            "Google" => identity("an ID token of Google"),
            "Firebase" => identity("an ID token of Firebase"),
            "Apple" => identity("an ID token of Apple"),
            "Okta" if has("cid") && !is_of_authorization_server(claims) => Some(OF_OKTA),
            "Okta" => access("an access token of Okta", has("cid")),
            "authentik" => access("an access token of authentik", has("uid")),
            "Zitadel" => access("an access token of Zitadel", has("client_id")),
            "Auth0" => access("an access token of Auth0", has("azp") || has("gty")),
            _ => None,
        }
    }

    /// By claims that other tokens do not have.
    fn by_claims(claims: &Claims, examined: &Examined<'_>) -> Option<Self> {
        let has = |name: &str| claims.claim(name).is_some();
        let name = Provider::of(claims).map_or("OpenID Connect", |provider| provider.name);
        let named = |what: &str| Cow::Owned(format!("an {what} token of {name}"));
        if has("at_hash") || has("c_hash") || (has("nonce") && !has("scp") && !has("scope")) {
            let what = named("ID") + " (it has at_hash, c_hash or nonce)";
            return Some(Self {
                what,
                ..Self::new("", FOR_CLIENT, Use::Identity)
            });
        }
        if has("events") && has("sid") {
            return Some(Self::new("a logout token", LOGOUT, Use::Back));
        }
        let kind = reading::member(examined, "typ");
        let is_access = kind.is_some_and(|kind| kind == "at+jwt") || has("scope") || has("scp");
        let is_for_client = section::CLIENTS.iter().any(|client| has(client));
        (is_access && is_for_client && !has("room")).then(|| Self {
            what: named("access"),
            ..Self::new("", "which says nothing of rooms", Use::Access)
        })
    }
}

/// Okta's own API is the audience of what comes from the address without a path.
fn is_of_authorization_server(claims: &Claims) -> bool {
    let issuer = claims.claim("iss").and_then(Value::as_str);
    issuer.is_none_or(|issuer| issuer.contains("/oauth2"))
}

const OF_MICROSOFT: Kind = Kind::new(
    "an access token of Microsoft for one of its own services (nonce in the header)",
    "whose signature nobody else can verify",
    Use::Foreign(OWN_SCOPE),
);
const OF_GRAPH: Kind = Kind::new(
    "an access token of Microsoft for Graph",
    "which nobody else can verify",
    Use::Foreign(OWN_SCOPE),
);
const OF_OKTA: Kind = Kind::new(
    "an access token of Okta for its own API",
    "which nobody else can verify",
    Use::Foreign(OWN_SERVER),
);

/// What tokens call themselves, in a claim.
const BY_NAME: [((&str, &str), &str, &str, Use); 7] = [
    (
        ("typ", "Offline"),
        "an offline token of Keycloak (typ \"Offline\")",
        BACK,
        Use::Back,
    ),
    (
        ("typ", "Refresh"),
        "a refresh token of Keycloak (typ \"Refresh\")",
        BACK,
        Use::Back,
    ),
    (
        ("typ", "Logout"),
        "a logout token (typ \"Logout\")",
        LOGOUT,
        Use::Back,
    ),
    (
        ("typ", "ID"),
        "an ID token of Keycloak (typ \"ID\")",
        FOR_CLIENT,
        Use::Identity,
    ),
    (
        ("typ", "Bearer"),
        "an access token of Keycloak (typ \"Bearer\")",
        "which has what the client's mappers put in",
        Use::Access,
    ),
    (
        ("token_use", "id"),
        "an ID token of Amazon Cognito (token_use \"id\")",
        FOR_CLIENT,
        Use::Identity,
    ),
    (
        ("token_use", "access"),
        "an access token of Amazon Cognito (token_use \"access\")",
        "which has neither aud nor room",
        Use::Access,
    ),
];
