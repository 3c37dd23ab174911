//! Why a request is refused, and what it is answered with: Kong's statuses, bodies and challenges, and those of what Kong does not ask for.

use serde_json::json;

/// Why a request does not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token.
    Unauthorized,
    /// There are two that differ.
    SeveralTokens,
    /// There is a parameter of the name, and it has no text.
    Unrecognizable,
    /// It cannot be read.
    BadToken(BadToken),
    /// Neither the claims nor the header have the member that names the credential.
    KeyMissing {
        /// The member's name.
        claim: String,
    },
    /// That member is empty.
    KeyEmpty {
        /// The member's name.
        claim: String,
    },
    /// Nobody has a credential with what it says.
    NoCredential {
        /// The member's name.
        claim: String,
    },
    /// The header names another algorithm than the credential.
    Algorithm,
    /// The credential has nothing that verifies.
    KeyUnusable,
    /// The signature is of another key or another text.
    Signature,
    /// The times that are verified are not right.
    Times {
        /// What is wrong with `exp`.
        expiration: Option<ExpirationFault>,
        /// What is wrong with `nbf`.
        not_before: Option<NotBeforeFault>,
    },
    /// `exp` is too far ahead.
    MaximumExpiration,
    /// The credential is of a consumer who is not there.
    NoConsumer {
        /// The member that names the credential.
        claim: String,
        /// What it says.
        key: String,
    },
    /// The token was taken back.
    Revoked,
    /// Another issuer's.
    Issuer,
    /// Not for this audience.
    Audience,
    /// A claim that is required is missing, or has another value.
    RequiredClaim {
        /// Where it has to stand.
        place: String,
    },
    /// Two headers say different things of the same request.
    Contradiction,
    /// A header is spelt so that an application takes it for one that is this server's to give.
    FoldedHeader(String),
    /// The keys are published, and could not be fetched.
    KeysUnavailable,
    /// The consumer as whom everybody goes through is not there.
    NoAnonymous(String),
}

/// What cannot be read of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadToken {
    /// Header or claims are no base64url of JSON.
    Json,
    /// `alg` is none that there is.
    Algorithm,
    /// The claims are JSON, and no object.
    Claims,
    /// The signature is no base64url.
    Signature,
    /// The header demands something that nobody here does, and that Kong ignores.
    Header,
}

/// What is wrong with `exp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpirationFault {
    /// It is missing, or no number.
    NotNumber,
    /// It is past.
    Expired,
}

/// What is wrong with `nbf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBeforeFault {
    /// It is missing, or no number.
    NotNumber,
    /// It is to come.
    ToCome,
}

impl Refusal {
    /// The codes of all of them.
    pub const CODES: [&'static str; 25] = [
        "token-missing",
        "several-tokens",
        "token-without-text",
        "token-not-json",
        "alg-unknown",
        "claims-no-object",
        "signature-not-base64url",
        "header-not-supported",
        "key-missing",
        "key-empty",
        "credential-unknown",
        "alg-not-the-credentials",
        "key-unusable",
        "signature-invalid",
        "times-wrong",
        "exp-too-far",
        "consumer-unknown",
        "token-revoked",
        "iss-not-accepted",
        "aud-not-accepted",
        "claim-not-accepted",
        "request-contradictory",
        "header-disguised",
        "keys-unavailable",
        "anonymous-unknown",
    ];

    /// The status of HTTP that it is answered with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthorized
            | Self::SeveralTokens
            | Self::Unrecognizable
            | Self::BadToken(_)
            | Self::KeyMissing { .. }
            | Self::KeyEmpty { .. }
            | Self::NoCredential { .. }
            | Self::Algorithm
            | Self::KeyUnusable
            | Self::Signature
            | Self::Times { .. }
            | Self::MaximumExpiration
            | Self::NoConsumer { .. }
            | Self::Revoked
            | Self::Issuer
            | Self::Audience => 401,
            Self::RequiredClaim { .. } | Self::Contradiction | Self::FoldedHeader(_) => 403,
            Self::KeysUnavailable => 503,
            Self::NoAnonymous(_) => 500,
        }
    }

    /// The stable name of it, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "token-missing",
            Self::SeveralTokens => "several-tokens",
            Self::Unrecognizable => "token-without-text",
            Self::BadToken(BadToken::Json) => "token-not-json",
            Self::BadToken(BadToken::Algorithm) => "alg-unknown",
            Self::BadToken(BadToken::Claims) => "claims-no-object",
            Self::BadToken(BadToken::Signature) => "signature-not-base64url",
            Self::BadToken(BadToken::Header) => "header-not-supported",
            Self::KeyMissing { .. } => "key-missing",
            Self::KeyEmpty { .. } => "key-empty",
            Self::NoCredential { .. } => "credential-unknown",
            Self::Algorithm => "alg-not-the-credentials",
            Self::KeyUnusable => "key-unusable",
            Self::Signature => "signature-invalid",
            Self::Times { .. } => "times-wrong",
            Self::MaximumExpiration => "exp-too-far",
            Self::NoConsumer { .. } => "consumer-unknown",
            Self::Revoked => "token-revoked",
            Self::Issuer => "iss-not-accepted",
            Self::Audience => "aud-not-accepted",
            Self::RequiredClaim { .. } => "claim-not-accepted",
            Self::Contradiction => "request-contradictory",
            Self::FoldedHeader(_) => "header-disguised",
            Self::KeysUnavailable => "keys-unavailable",
            Self::NoAnonymous(_) => "anonymous-unknown",
        }
    }

    /// The body that it is answered with, in JSON.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Times {
                expiration,
                not_before,
            } => times(*expiration, *not_before),
            Self::MaximumExpiration => r#"{"exp":"exceeds maximum allowed expiration"}"#.to_owned(),
            other => json!({ "message": other.message() }).to_string(),
        }
    }

    /// What `WWW-Authenticate` says with it, where it does.
    #[must_use]
    pub fn challenge(&self, realm: Option<&str>) -> Option<String> {
        let error = match self {
            Self::Unauthorized => None,
            Self::RequiredClaim { .. } => Some("insufficient_scope"),
            Self::NoConsumer { .. }
            | Self::Contradiction
            | Self::FoldedHeader(_)
            | Self::KeysUnavailable
            | Self::NoAnonymous(_) => return None,
            Self::SeveralTokens
            | Self::Unrecognizable
            | Self::BadToken(_)
            | Self::KeyMissing { .. }
            | Self::KeyEmpty { .. }
            | Self::NoCredential { .. }
            | Self::Algorithm
            | Self::KeyUnusable
            | Self::Signature
            | Self::Times { .. }
            | Self::MaximumExpiration
            | Self::Revoked
            | Self::Issuer
            | Self::Audience => Some("invalid_token"),
        };
        let realm = realm.map(|realm| format!("realm=\"{realm}\""));
        let error = error.map(|error| format!("error=\"{error}\""));
        let parameters: Vec<String> = realm.into_iter().chain(error).collect();
        let parameters = parameters.join(", ");
        Some(format!("Bearer {parameters}").trim_end().to_owned())
    }

    /// The sentence of its body.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Unauthorized => "Unauthorized".to_owned(),
            Self::SeveralTokens => "Multiple tokens provided".to_owned(),
            Self::Unrecognizable => "Unrecognizable token".to_owned(),
            Self::BadToken(bad) => format!("Bad token; {}", bad.text()),
            Self::KeyMissing { claim } => format!("No mandatory '{claim}' in claims"),
            Self::KeyEmpty { claim } => format!("Invalid '{claim}' in claims"),
            Self::NoCredential { claim } => format!("No credentials found for given '{claim}'"),
            Self::Algorithm => "Invalid algorithm".to_owned(),
            Self::KeyUnusable => "Invalid key/secret".to_owned(),
            Self::Signature => "Invalid signature".to_owned(),
            Self::Times { .. } | Self::MaximumExpiration => "Invalid claims".to_owned(),
            Self::NoConsumer { claim, key } => {
                format!("Could not find consumer for '{claim}={key}'")
            }
            Self::Revoked => "Token revoked".to_owned(),
            Self::Issuer => "Invalid 'iss' in claims".to_owned(),
            Self::Audience => "Invalid 'aud' in claims".to_owned(),
            Self::RequiredClaim { place } => format!("Claim '{place}' does not allow this"),
            Self::Contradiction => "Headers contradict each other about the request".to_owned(),
            Self::FoldedHeader(name) => format!("Header '{name}' is not allowed"),
            Self::KeysUnavailable => "Keys are not available".to_owned(),
            Self::NoAnonymous(name) => {
                format!("anonymous consumer {name} is configured but doesn't exist")
            }
        }
    }
}

impl BadToken {
    const fn text(self) -> &'static str {
        match self {
            Self::Json => "invalid JSON",
            Self::Algorithm => "invalid alg",
            Self::Claims => "invalid claims",
            Self::Signature => "invalid signature",
            Self::Header => "invalid header",
        }
    }
}

/// Members in the order of their names.
fn times(expiration: Option<ExpirationFault>, not_before: Option<NotBeforeFault>) -> String {
    let expiration = expiration.map(|fault| match fault {
        ExpirationFault::NotNumber => r#""exp":"must be a number""#,
        ExpirationFault::Expired => r#""exp":"token expired""#,
    });
    let not_before = not_before.map(|fault| match fault {
        NotBeforeFault::NotNumber => r#""nbf":"must be a number""#,
        NotBeforeFault::ToCome => r#""nbf":"token not valid yet""#,
    });
    let members: Vec<&str> = expiration.into_iter().chain(not_before).collect();
    format!("{{{}}}", members.join(","))
}
