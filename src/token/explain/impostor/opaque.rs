//! Tokens that only their provider can read, known by their shape.

/// What an opaque token is, why it is of no use here, and what to send or set.
pub struct Opaque {
    pub found: &'static str,
    pub cause: &'static str,
    pub remedy: &'static str,
}

/// Names an opaque token by what its provider begins it with, or puts it together of.
pub fn of(text: &str) -> Option<Opaque> {
    let is_odd = |c: char| !c.is_ascii_graphic() || c == '"';
    if text.contains(is_odd) {
        return None;
    }
    begun(text).or_else(|| code(text)).or_else(|| hash(text))
}

fn begun(text: &str) -> Option<Opaque> {
    let (_, (found, cause), remedy) = BEGINNINGS.iter().find(|(start, _, _)| {
        text.starts_with(start) && text.len() >= start.len().saturating_add(SHORTEST)
    })?;
    Some(Opaque {
        found,
        cause,
        remedy,
    })
}

/// Keycloak puts its codes together of three UUIDs.
fn code(text: &str) -> Option<Opaque> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_code = parts.len() == 3 && parts.iter().all(|part| is_uuid(part));
    is_code.then_some(Opaque {
        found: "an authorization code of Keycloak",
        cause: "this is what a login ends with, and what a client exchanges for tokens",
        remedy: "let the client exchange it at the token endpoint, and send the access token that comes back",
    })
}

/// Forges take hex digits for their tokens.
fn hash(text: &str) -> Option<Opaque> {
    let found = match text.len() {
        40 if is_hex(text) => {
            "40 hex digits: an access token of Gitea or an old one of GitHub, or a SHA-1 hash"
        }
        64 if is_hex(text) => "64 hex digits: an access token of GitLab, or a SHA-256 hash",
        _ => return None,
    };
    Some(Opaque {
        found,
        cause: "only who made it knows what it stands for: it says nothing that could be verified",
        remedy: ASK_ID,
    })
}

/// Whether a text is made of hex digits.
pub fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is a UUID.
pub fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    text.split('-').all(is_hex) && groups.eq([8, 4, 4, 4, 12])
}

type Meaning = (&'static str, &'static str);

const GOOGLE: Meaning = (
    "an access token of Google (ya29.)",
    "this is opaque, as all access tokens of Google are: Google alone can read it",
);
const GITHUB: Meaning = (
    "an access token of GitHub",
    "this is opaque, and GitHub has no JWT for those who log in",
);
const AUTHELIA: Meaning = (
    "a token of Authelia",
    "this is opaque, as access tokens of Authelia are unless it is told otherwise",
);
const HYDRA: Meaning = (
    "a token of Ory Hydra",
    "this is opaque, as access tokens of Hydra are unless it is told otherwise",
);
const MICROSOFT: Meaning = (
    "an access token of a personal Microsoft account",
    "this is opaque: it is for Microsoft's own services, which alone can read it",
);

const BRIDGE: &str = "log in at an OIDC provider that takes GitHub's logins, such as Keycloak or authentik, and send its token";
const OF_AUTHELIA: &str =
    "set access_token_signed_response_alg: RS256 for the client in Authelia's configuration";
const OF_HYDRA: &str = "set strategies.access_token: jwt in Hydra's configuration, or access_token_strategy for the client";
const OWN_SCOPE: &str =
    "ask for a token with a scope of your own application (api://…/.default) and send that";
const ASK_ID: &str =
    "ask the provider for a JWT: its ID token (scope openid), or an access token that it signs";

/// What opaque tokens begin with.
const BEGINNINGS: [(&str, Meaning, &str); 24] = [
    (
        "ya29.",
        GOOGLE,
        "send Google's ID token, which comes beside it where the scope has openid",
    ),
    (
        "1//",
        ("a refresh token of Google (1//)", REFRESH),
        "send the ID token that came beside it, and keep this one secret",
    ),
    (
        "4/0",
        ("an authorization code of Google (4/0)", CODE),
        "exchange it at Google's token endpoint, and send the ID token that comes back",
    ),
    ("gho_", GITHUB, BRIDGE),
    ("ghp_", GITHUB, BRIDGE),
    ("ghu_", GITHUB, BRIDGE),
    ("ghs_", GITHUB, BRIDGE),
    ("ghr_", GITHUB, BRIDGE),
    ("github_pat_", GITHUB, BRIDGE),
    (
        "glpat-",
        ("an access token of GitLab (glpat-)", OPAQUE),
        ASK_ID,
    ),
    ("authelia_at_", AUTHELIA, OF_AUTHELIA),
    ("authelia_rt_", AUTHELIA, OF_AUTHELIA),
    (
        "authelia_ac_",
        ("an authorization code of Authelia", CODE),
        "exchange it at Authelia's token endpoint",
    ),
    ("ory_at_", HYDRA, OF_HYDRA),
    ("ory_rt_", HYDRA, OF_HYDRA),
    (
        "ory_ac_",
        ("an authorization code of Ory Hydra", CODE),
        "exchange it at Hydra's token endpoint",
    ),
    ("EwA", MICROSOFT, OWN_SCOPE),
    ("EwB", MICROSOFT, OWN_SCOPE),
    (
        "M.C",
        (
            "an authorization code or refresh token of a Microsoft account",
            REFRESH,
        ),
        OWN_SCOPE,
    ),
    (
        "0.A",
        ("a refresh token or code of Microsoft Entra", REFRESH),
        OWN_SCOPE,
    ),
    (
        "1.A",
        ("a refresh token or code of Microsoft Entra", REFRESH),
        OWN_SCOPE,
    ),
    (
        "Atza|",
        ("an access token of Amazon (Atza|)", OPAQUE),
        ASK_ID,
    ),
    ("EAA", ("an access token of Facebook (EAA)", OPAQUE), ASK_ID),
    ("xox", ("a token of Slack (xox)", OPAQUE), ASK_ID),
];

const OPAQUE: &str = "this is opaque: its provider alone can read it";
const REFRESH: &str = "this is for the provider's token endpoint alone, and says nothing to others";
const CODE: &str = "this is what a login ends with, and what a client exchanges for tokens";

/// What is shorter is a word that begins like a token.
const SHORTEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_token_is_known_by_its_shape() {
        for (text, found) in [
            (
                "ya29.a0AfB_byC3dEfGhIjKlMnOpQrStUvWxYz",
                "an access token of Google (ya29.)",
            ),
            ("1//0gAbCdEfGhIjKlMnOpQrStUvWx", "a refresh token of Google"),
            (
                "4/0AbCdEfGhIjKlMnOpQrStUvWx",
                "an authorization code of Google",
            ),
            (
                "gho_16C7e42F292c6912E7710c838347Ae178B4a",
                "an access token of GitHub",
            ),
            (
                "github_pat_11ABCDEFG0AbCdEfGhIjKl",
                "an access token of GitHub",
            ),
            (
                "b0b5f1f2c3d4e5f60718293a4b5c6d7e8f901234",
                "40 hex digits: an access token of Gitea",
            ),
            (
                "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
                "64 hex digits: an access token of GitLab",
            ),
            ("glpat-AbCdEfGhIjKlMnOpQrSt", "an access token of GitLab"),
            ("authelia_at_AbCdEfGhIjKlMnOpQrSt", "a token of Authelia"),
            ("ory_at_AbCdEfGhIjKlMnOpQrSt.uVwXyZ", "a token of Ory Hydra"),
            (
                "EwBgA8l6BAAUO9chh8cJscQLmU+LSWpbnr0vmwwAAQ==",
                "an access token of a personal Microsoft account",
            ),
            (
                "0.AXoAgH2bQwErPkabcdefghijklmnop",
                "a refresh token or code of Microsoft Entra",
            ),
            (
                "3ddf2f7c-8eb9-4b6c-9f59-0d2b1572a7c2.5c2e4a1b-8eb9-4b6c-9f59-0d2b1572a7c2.9a0b1c2d-8eb9-4b6c-9f59-0d2b1572a7c2",
                "an authorization code of Keycloak",
            ),
        ] {
            let opaque = of(text).unwrap_or_else(|| panic!("{text}"));
            assert!(opaque.found.contains(found), "{text}: {}", opaque.found);
            assert!(!opaque.cause.is_empty() && !opaque.remedy.is_empty());
        }
    }

    #[test]
    fn what_only_begins_like_an_opaque_token_is_none() {
        for text in [
            "",
            "gho_short",
            "ya29.",
            "EwA",
            "4/0 and some words after it",
            "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
            "b0b5f1f2c3d4e5f60718293a4b5c6d7e8f90123",
            "3ddf2f7c-8eb9-4b6c-9f59-0d2b1572a7c2.e30.AAAA",
        ] {
            assert!(of(text).is_none(), "{text}");
        }
    }
}
