//! Providers whose tokens are known: by what, and where their keys are.

use serde_json::Value;

use super::super::claims::Claims;

/// Who issues tokens of OIDC.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// What people call it.
    pub name: &'static str,
    /// The preset that maps its claims to those of Jitsi.
    pub preset: Option<&'static str>,
    /// Whether an access token of it is no JWT, or says nothing of the user.
    pub identifies_by_id_token: bool,
    keys: Keys,
}

/// Where a provider publishes its keys.
#[derive(Debug, PartialEq, Eq)]
enum Keys {
    /// Below the issuer, behind this.
    Below(&'static str),
    /// Where the issuer ends with the first, it has the second there.
    Instead(&'static str, &'static str),
    /// At one address for all issuers.
    At(&'static str),
}

impl Provider {
    /// The provider whose token has such claims.
    pub fn of(claims: &Claims) -> Option<&'static Self> {
        let issuer = claims.claim("iss").and_then(Value::as_str);
        issuer
            .and_then(Self::of_issuer)
            .or_else(|| Self::of_claims(claims))
    }

    /// The provider that has such an address.
    pub fn of_issuer(issuer: &str) -> Option<&'static Self> {
        let lower = issuer.to_lowercase();
        let known = BY_ISSUER.iter().find(|(part, _)| lower.contains(part));
        known.map(|(_, provider)| *provider)
    }

    fn of_claims(claims: &Claims) -> Option<&'static Self> {
        let has = |name: &&str| claims.claim(name).is_some();
        let known = BY_CLAIMS.iter().find(|(names, _)| names.iter().all(has));
        known.map(|(_, provider)| *provider)
    }

    /// Where the keys of such an issuer are.
    pub fn keys_url(&self, issuer: &str) -> String {
        match self.keys {
            Keys::Below(end) => format!("{issuer}{end}"),
            Keys::Instead(from, to) => format!("{}{to}", issuer.trim_end_matches(from)),
            Keys::At(address) => address.to_owned(),
        }
    }

    /// Whether its discovery document leads to keys on its own origin.
    pub const fn is_discovered(&self) -> bool {
        !matches!(self.keys, Keys::At(_))
    }

    /// The origin of its keys, where that is another one than its own.
    pub fn other_origin(&self) -> Option<&'static str> {
        let Keys::At(address) = self.keys else {
            return None;
        };
        let path = address.match_indices('/').nth(2);
        address.get(..path.map_or(address.len(), |(path, _)| path))
    }
}

/// Which provider makes tokens with such an issuer, which nobody can set otherwise there.
pub fn issuer(issuer: &str) -> Option<String> {
    let is_address = issuer.starts_with("https://") || issuer.starts_with("http://");
    let name = match Provider::of_issuer(issuer) {
        Some(provider) => provider.name,
        None if is_address => "an OpenID provider, as it seems",
        None => return None,
    };
    Some(format!(
        "this is the address of {name}, which sets iss itself"
    ))
}

/// For which service a provider made the token.
pub fn audience(audience: &Value, claims: &Claims) -> Option<String> {
    let text = audience.as_str().unwrap_or_default();
    let cause = if names(audience, MICROSOFT_GRAPH) {
        "this is Microsoft's access token for Graph, which nobody else can verify"
    } else if names(audience, &["account"]) {
        "this is Keycloak's usual access token: add an audience mapper to the client"
    } else if text.starts_with("api://") {
        "this is the name of an API at the provider"
    } else if claims.claim("gty").is_some() || text.ends_with("/userinfo") {
        "this is an access token for the provider's own API"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// Whether an audience is one of these, or has one of them.
pub fn names(audience: &Value, wanted: &[&str]) -> bool {
    let is_wanted = |value: &Value| value.as_str().is_some_and(|text| wanted.contains(&text));
    let members = audience.as_array();
    is_wanted(audience) || members.is_some_and(|all| all.iter().any(is_wanted))
}

/// The audiences of Microsoft's own services.
pub const MICROSOFT_GRAPH: &[&str] = &[
    "00000003-0000-0000-c000-000000000000",
    "https://graph.microsoft.com",
    "00000002-0000-0000-c000-000000000000",
];

const fn provider(name: &'static str, preset: &'static str, keys: Keys) -> Provider {
    Provider {
        name,
        preset: Some(preset),
        identifies_by_id_token: false,
        keys,
    }
}

const fn by_id_token(provider: Provider) -> Provider {
    Provider {
        identifies_by_id_token: true,
        ..provider
    }
}

const KEYCLOAK: &Provider = &provider(
    "Keycloak",
    "keycloak",
    Keys::Below("/protocol/openid-connect/certs"),
);
const AUTHENTIK: &Provider = &provider("authentik", "authentik", Keys::Below("jwks/"));
const AUTH0: &Provider = &provider("Auth0", "auth0", Keys::Below(".well-known/jwks.json"));
const OKTA: &Provider = &provider("Okta", "okta", Keys::Below("/v1/keys"));
const ZITADEL: &Provider = &provider("Zitadel", "zitadel", Keys::Below("/oauth/v2/keys"));
const ENTRA: &Provider = &provider(
    "Microsoft Entra",
    "entra",
    Keys::Instead("/v2.0", "/discovery/v2.0/keys"),
);
const ENTRA_V1: &Provider = &provider(
    "Microsoft Entra",
    "entra",
    Keys::At("https://login.microsoftonline.com/common/discovery/keys"),
);
const GOOGLE: &Provider = &by_id_token(provider(
    "Google",
    "google",
    Keys::At("https://www.googleapis.com/oauth2/v3/certs"),
));
const FIREBASE: &Provider = &by_id_token(provider(
    "Firebase",
    "firebase",
    Keys::At(
        "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
    ),
));
const COGNITO: &Provider = &provider(
    "Amazon Cognito",
    "cognito",
    Keys::Below("/.well-known/jwks.json"),
);
const APPLE: &Provider = &Provider {
    preset: None,
    ..by_id_token(provider(
        "Apple",
        "",
        Keys::At("https://appleid.apple.com/auth/keys"),
    ))
};

/// What stands in a provider's `iss`.
const BY_ISSUER: [(&str, &Provider); 14] = [
    ("/realms/", KEYCLOAK),
    ("/application/o/", AUTHENTIK),
    (".auth0.com", AUTH0),
    (".okta.com", OKTA),
    (".oktapreview.com", OKTA),
    (".okta-emea.com", OKTA),
    (".zitadel.cloud", ZITADEL),
    ("sts.windows.net", ENTRA_V1),
    ("login.microsoftonline.com", ENTRA),
    (".ciamlogin.com", ENTRA),
    ("accounts.google.com", GOOGLE),
    ("securetoken.google.com", FIREBASE),
    ("cognito-idp.", COGNITO),
    ("appleid.apple.com", APPLE),
];

/// Claims that only one provider's tokens have, where its address may be any.
const BY_CLAIMS: [(&[&str], &Provider); 5] = [
    (&["urn:zitadel:iam:org:project:roles"], ZITADEL),
    (&["urn:zitadel:iam:user:resourceowner:id"], ZITADEL),
    (&["realm_access"], KEYCLOAK),
    (&["firebase"], FIREBASE),
    (&["cid", "uid", "scp"], OKTA),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(claims: &Value) -> Claims {
        use base64::Engine as _;
        let part = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        Claims::decode(&part).unwrap()
    }

    #[test]
    fn a_provider_is_known_by_its_address_or_by_its_claims() {
        for (token, name) in [
            (
                json!({"iss": "https://sso.acme.example/realms/acme"}),
                "Keycloak",
            ),
            (
                json!({"iss": "https://a.example/application/o/jitsi/"}),
                "authentik",
            ),
            (
                json!({"iss": "https://login.acme.example/", "urn:zitadel:iam:org:project:roles": {}}),
                "Zitadel",
            ),
            (
                json!({"iss": "https://id.acme.example", "cid": "0oa", "uid": "00u", "scp": []}),
                "Okta",
            ),
            (json!({"firebase": {}}), "Firebase"),
        ] {
            assert_eq!(Provider::of(&claims(&token)).unwrap().name, name, "{token}");
        }
        for token in [
            json!({}),
            json!({"iss": 5}),
            json!({"iss": "jitsi", "scp": "a"}),
        ] {
            assert_eq!(Provider::of(&claims(&token)), None, "{token}");
        }
    }

    #[test]
    fn the_keys_of_an_issuer_are_where_its_provider_has_them() {
        for (issuer, keys) in [
            (
                "https://sso.acme.example/realms/acme",
                "https://sso.acme.example/realms/acme/protocol/openid-connect/certs",
            ),
            (
                "https://a.example/application/o/jitsi/",
                "https://a.example/application/o/jitsi/jwks/",
            ),
            (
                "https://acme.eu.auth0.com/",
                "https://acme.eu.auth0.com/.well-known/jwks.json",
            ),
            (
                "https://login.microsoftonline.com/1b/v2.0",
                "https://login.microsoftonline.com/1b/discovery/v2.0/keys",
            ),
            (
                "https://sts.windows.net/1b/",
                "https://login.microsoftonline.com/common/discovery/keys",
            ),
            (
                "accounts.google.com",
                "https://www.googleapis.com/oauth2/v3/certs",
            ),
        ] {
            let provider = Provider::of_issuer(issuer).unwrap();
            assert_eq!(provider.keys_url(issuer), keys);
        }
    }
}
