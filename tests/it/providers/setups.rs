//! What operators write for their providers, and where those providers say that their keys are.

use std::fmt::Write as _;

/// An issuer of the host for tokens of one provider.
pub struct Setup {
    pub name: &'static str,
    pub issuer: &'static [&'static str],
    pub keys: Keys,
    /// Whose tokens are accepted, and what is taken from them.
    pub options: &'static str,
    /// The sample that has the provider's keys.
    pub sample: &'static str,
}

/// Where a provider's keys are.
pub enum Keys {
    /// The metadata of its issuer, which stay on its origin or go to this one, say that they are there.
    Discovered {
        jwks_uri: &'static str,
        origin: Option<&'static str>,
    },
    /// They are at this address, which is configured.
    At(&'static str),
}

impl Setup {
    /// Its section, with these lines about keys.
    pub fn section(&self, keys: &str) -> String {
        format!(
            "[[hosts.\"meet.example.com\".issuers]]\nname = \"{}\"\nissuer = {:?}\n{keys}\n{}\n",
            self.name, self.issuer, self.options
        )
    }

    /// Its section as an operator writes it.
    pub fn written(&self) -> String {
        self.section(&match &self.keys {
            Keys::At(address) => format!("cache_keys_url = \"{address}\""),
            Keys::Discovered { origin: None, .. } => "discover = true".to_owned(),
            Keys::Discovered {
                origin: Some(origin),
                ..
            } => format!("discover = true\njwks_origins = [\"{origin}\"]"),
        })
    }

    /// What the provider answers, by address: its metadata, and its keys.
    pub fn answers(&self, keys: &str) -> Vec<(String, String)> {
        match &self.keys {
            Keys::At(address) => vec![((*address).to_owned(), keys.to_owned())],
            Keys::Discovered { jwks_uri, .. } => {
                let issuer = self.issuer[0];
                let metadata = format!(
                    "{}/.well-known/openid-configuration",
                    issuer.trim_end_matches('/')
                );
                let said = serde_json::json!({"issuer": issuer, "jwks_uri": jwks_uri});
                vec![
                    (metadata, said.to_string()),
                    ((*jwks_uri).to_owned(), keys.to_owned()),
                ]
            }
        }
    }
}

/// A host with these issuers and nothing else.
pub fn host(sections: impl IntoIterator<Item = String>) -> String {
    let mut text =
        "[hosts.\"meet.example.com\"]\nmuc_mapper_domain_base = \"meet.example.com\"\n".to_owned();
    for section in sections {
        text.write_str(&section).unwrap();
    }
    text
}

const fn on_its_origin(jwks_uri: &'static str) -> Keys {
    Keys::Discovered {
        jwks_uri,
        origin: None,
    }
}

/// A host that takes access tokens, and of the providers that have none for others ID tokens.
pub const FOR_ACCESS: [Setup; 10] = [
    KEYCLOAK, AUTHENTIK, ENTRA, ENTRA_V1, AUTH0, GOOGLE, FIREBASE, COGNITO, OKTA, ZITADEL,
];

/// A host that takes the ID tokens of the providers that have both.
pub const FOR_IDENTITY: [Setup; 5] = [
    Setup {
        options: "audiences = [\"jitsi\"]\nclaims = \"keycloak\"",
        ..KEYCLOAK
    },
    Setup {
        options: "audiences = [\"e6b0b7be-3f0f-4094-a8f9-2f15cfb591d3\"]\nclaims = \"entra\"",
        ..ENTRA
    },
    Setup {
        options: "audiences = [\"aIF6mXUmj1AxASk5hqVBS7IgDsuwIDJc\"]\nclaims = \"auth0\"",
        ..AUTH0
    },
    Setup {
        options: "audiences = [\"premlycxm4dizhaokfyg3outgf\"]\naccepted_types = [\"none\"]\nclaims = \"cognito\"",
        ..COGNITO
    },
    Setup {
        options: "audiences = [\"0oaBMwLbGJRo2MauiPzY\"]\naccepted_types = [\"none\"]\nclaims = \"okta\"",
        ..OKTA
    },
];

const KEYCLOAK: Setup = Setup {
    name: "keycloak",
    issuer: &["https://sso.acme.example/realms/acme"],
    keys: on_its_origin("https://sso.acme.example/realms/acme/protocol/openid-connect/certs"),
    options: "audiences = [\"account\"]\nclaims = \"keycloak\"",
    sample: "keycloak-access",
};

const AUTHENTIK: Setup = Setup {
    name: "authentik",
    issuer: &["https://auth.acme.example/application/o/jitsi/"],
    keys: on_its_origin("https://auth.acme.example/application/o/jitsi/jwks/"),
    options: "audiences = [\"sJJZahYPIFWrT4bWNmQpaShgTd6Uo9F6TUhencxj\"]\n\
        [hosts.\"meet.example.com\".issuers.claims]\npreset = \"authentik\"\n\
        moderator = { pointer = \"/groups\", contains = \"jitsi-moderators\" }",
    sample: "authentik-access",
};

const ENTRA: Setup = Setup {
    name: "entra",
    issuer: &["https://login.microsoftonline.com/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/v2.0"],
    keys: on_its_origin(
        "https://login.microsoftonline.com/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/discovery/v2.0/keys",
    ),
    options: "audiences = [\"0e06559f-b3b4-481f-aa20-3e4608d975cb\"]\n\
        [hosts.\"meet.example.com\".issuers.claims]\npreset = \"entra\"\n\
        moderator = { pointer = \"/roles\", contains = \"Jitsi.Moderator\" }",
    sample: "entra-access-v2",
};

const ENTRA_V1: Setup = Setup {
    name: "entra-v1",
    issuer: &["https://sts.windows.net/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/"],
    keys: Keys::Discovered {
        jwks_uri: "https://login.windows.net/common/discovery/keys",
        origin: Some("https://login.windows.net"),
    },
    options: "audiences = [\"api://0e06559f-b3b4-481f-aa20-3e4608d975cb\"]\nclaims = \"entra\"",
    sample: "entra-access-v1",
};

const AUTH0: Setup = Setup {
    name: "auth0",
    issuer: &["https://acme.eu.auth0.com/"],
    keys: on_its_origin("https://acme.eu.auth0.com/.well-known/jwks.json"),
    options: "audiences = [\"https://meet.example.com/api\"]\n\
        [hosts.\"meet.example.com\".issuers.claims]\npreset = \"auth0\"\n\
        moderator = { pointer = \"/permissions\", contains = \"moderate:rooms\" }",
    sample: "auth0-access",
};

const GOOGLE: Setup = Setup {
    name: "google",
    issuer: &["https://accounts.google.com", "accounts.google.com"],
    keys: Keys::At("https://www.googleapis.com/oauth2/v3/certs"),
    options: "audiences = [\"849764692839-u976kvd0milylbeoxuap3srfxbrlawfu.apps.googleusercontent.com\"]\n\
        [hosts.\"meet.example.com\".issuers.claims]\npreset = \"google\"\n\
        moderator = { pointer = \"/email\", matches = \"*@acme.example\" }",
    sample: "google-id",
};

const FIREBASE: Setup = Setup {
    name: "firebase",
    issuer: &["https://securetoken.google.com/acme-meet"],
    keys: Keys::At(
        "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
    ),
    options: "audiences = [\"acme-meet\"]\nclaims = \"firebase\"",
    sample: "firebase-id",
};

const COGNITO: Setup = Setup {
    name: "cognito",
    issuer: &["https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4"],
    keys: on_its_origin(
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4/.well-known/jwks.json",
    ),
    options: "audience_claim = \"client_id\"\naudiences = [\"premlycxm4dizhaokfyg3outgf\"]\n\
        accepted_types = [\"none\"]\nclaims = \"cognito\"",
    sample: "cognito-access",
};

const OKTA: Setup = Setup {
    name: "okta",
    issuer: &["https://acme.okta.com/oauth2/default"],
    keys: on_its_origin("https://acme.okta.com/oauth2/default/v1/keys"),
    options: "audiences = [\"api://default\"]\naccepted_types = [\"none\"]\n\
        [hosts.\"meet.example.com\".issuers.claims]\npreset = \"okta\"\n\
        moderator = { pointer = \"/groups\", contains = \"jitsi-moderators\" }",
    sample: "okta-access",
};

const ZITADEL: Setup = Setup {
    name: "zitadel",
    issuer: &["https://acme-a1b2c3.zitadel.cloud"],
    keys: on_its_origin("https://acme-a1b2c3.zitadel.cloud/oauth/v2/keys"),
    options: "audiences = [\"163999910440064932\"]\nclaims = \"zitadel\"",
    sample: "zitadel-access",
};
