//! Why a request could not be answered, and what it is answered with then.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::http::HeaderValue;

use crate::store::StoreError;
use crate::token::shown;
use crate::verifier::gateways::NoAnswer;
use crate::verifier::undecided::Undecided;

/// Why a request could not be decided.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not what the endpoint takes.
    Malformed { detail: String },
    /// The key is missing or wrong.
    Unauthorized(Needed),
    /// A user's token stands where the key should.
    TokenAsKey(Needed),
    /// It is the key of others.
    OtherKey(Needed),
    /// Nobody is an administrator at this address.
    NoAdministrators,
    /// A web page sent the request.
    CrossOrigin,
    /// A page that is none of this server's sent the request, or may have.
    OtherPage,
    /// No tokens are made at the console.
    NoMint,
    /// The login at the console has ended, or there was none.
    LoggedOut,
    /// So many watch at the console already.
    TooManyWatch { most: usize },
    /// The request says in two ways where it is for.
    Ambiguous(&'static str),
    /// The body is encoded in a way that nobody undoes here.
    TransferCoding,
    /// The `Host` is not one of this server's names.
    UnknownServerName { name: String },
    /// There is no such endpoint.
    NotFound { known: String },
    /// The question has no answer here.
    Undecided(Undecided),
    /// The host has no key to sign with.
    NoSigningKey { detail: String },
    /// The key did not sign.
    SigningFailed,
    /// The system has no random numbers to name a session by.
    NoRandomNumbers,
    /// The endpoint takes another method.
    MethodNotAllowed { allowed: String },
    /// The body took too long.
    BodyTooSlow { limit: Duration },
    /// The body is too long.
    BodyTooLarge { limit: usize },
    /// The body ended early.
    BodyBroken,
    /// The body is of a type that the endpoint does not take.
    MediaType { accepted: &'static str },
    /// Too many requests are being answered.
    Busy,
    /// The decision is not in the audit log, where it must be.
    NotRecorded,
    /// Nothing can be taken back, for it is kept nowhere.
    NoStore,
    /// The store did not do it.
    Store(NotStored),
    /// There is no revocation of this name.
    NoRevocation { id: String },
    /// There is no such gateway.
    NoGateway { detail: String },
}

/// The key that somebody needs who asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// The one that Prosody has.
    ApiKey,
    /// The one that administrators have.
    AdminKey,
    /// The same, shown to Kong's Admin API.
    KongAdministrators,
}

/// Why the store did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum NotStored {
    /// It cannot now.
    Unavailable(String),
    /// What there is is not what whoever asks has seen.
    Changed,
    /// There is no room.
    Full(String),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        Self::Store(match error {
            StoreError::Unavailable(_) => NotStored::Unavailable(text),
            StoreError::Changed => NotStored::Changed,
            StoreError::Full(_) => NotStored::Full(text),
        })
    }
}

impl From<NoAnswer> for Problem {
    fn from(none: NoAnswer) -> Self {
        let detail = none.to_string();
        match none {
            NoAnswer::NotConfigured { .. } => Self::NoGateway { detail },
            NoAnswer::Undecided(undecided) => Self::Undecided(undecided),
        }
    }
}

impl Needed {
    const fn described(self) -> &'static str {
        match self {
            Self::ApiKey => "the daemon's API key",
            Self::AdminKey | Self::KongAdministrators => {
                "the key of administrators (admin_key or admin_key_file in the daemon's configuration)"
            }
        }
    }
}

impl Problem {
    pub(in crate::http) const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. } | Self::Ambiguous(_) | Self::BodyBroken => {
                StatusCode::BAD_REQUEST
            }
            Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
            Self::Unauthorized(_) | Self::TokenAsKey(_) => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin
            | Self::OtherPage
            | Self::LoggedOut
            | Self::UnknownServerName { .. }
            | Self::OtherKey(_)
            | Self::NoAdministrators => StatusCode::FORBIDDEN,
            Self::NotFound { .. }
            | Self::NoSigningKey { .. }
            | Self::NoStore
            | Self::NoMint
            | Self::NoGateway { .. }
            | Self::NoRevocation { .. } => StatusCode::NOT_FOUND,
            Self::SigningFailed | Self::NoRandomNumbers => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Undecided(undecided) => match undecided {
                Undecided::HostNotConfigured { .. } | Undecided::HostAmbiguous { .. } => {
                    StatusCode::NOT_FOUND
                }
                Undecided::KeyUrlNotAllowed { .. } | Undecided::IssuerNotConfigured { .. } => {
                    StatusCode::BAD_REQUEST
                }
                Undecided::RevocationsUnknown
                | Undecided::UseNotNoted(_)
                | Undecided::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            },
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy
            | Self::TooManyWatch { .. }
            | Self::NotRecorded
            | Self::Store(NotStored::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(NotStored::Changed) => StatusCode::PRECONDITION_FAILED,
            Self::Store(NotStored::Full(_)) => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    pub(in crate::http) fn detail(&self) -> String {
        match self {
            Self::Malformed { detail }
            | Self::NoSigningKey { detail }
            | Self::NoGateway { detail }
            | Self::Store(NotStored::Unavailable(detail) | NotStored::Full(detail)) => detail.clone(),
            Self::SigningFailed => "the key of asap_key_path did not sign".to_owned(),
            Self::NoRandomNumbers => "the system has no random numbers: try again".to_owned(),
            Self::Unauthorized(Needed::KongAdministrators) | Self::TokenAsKey(Needed::KongAdministrators) => {
                KONG_KEY.to_owned()
            }
            Self::OtherKey(Needed::KongAdministrators) => {
                format!("this is Prosody's key (api_key), and opens nothing here: {KONG_KEY}")
            }
            Self::Unauthorized(needed) => {
                format!("send {}: Authorization: Bearer KEY", needed.described())
            }
            Self::TokenAsKey(needed) => format!(
                "Authorization has a token, and is for {}: send that there, and the token in the body, as token",
                needed.described()
            ),
            Self::OtherKey(Needed::ApiKey) => {
                "this is the key of administrators (admin_key), and opens nothing of Prosody's: send the daemon's API key \
                 (api_key or api_key_file in its configuration)"
                    .to_owned()
            }
            Self::OtherKey(Needed::AdminKey) => format!(
                "this is Prosody's key (api_key), and revokes nothing: send {}",
                Needed::AdminKey.described()
            ),
            Self::NoAdministrators => NO_ADMINISTRATORS.to_owned(),
            Self::NoStore => NO_STORE.to_owned(),
            Self::NoMint => NO_MINT.to_owned(),
            Self::Store(NotStored::Changed) => {
                "the revocation was changed since you saw it, and stays: look at it again, or leave out If-Match".to_owned()
            }
            Self::NoRevocation { id } => format!(
                "there is no revocation {}; GET /v1/revocations lists those that there are",
                shown::quoted(id)
            ),
            Self::CrossOrigin => {
                "requests with an Origin come from web pages; none is answered".to_owned()
            }
            Self::OtherPage => OTHER_PAGE.to_owned(),
            Self::LoggedOut => "your login has ended: log in again, and try it once more".to_owned(),
            Self::TooManyWatch { most } => format!(
                "{most} pages show joins as they happen, and there may be no more: close one, or look at joins without that"
            ),
            Self::Ambiguous(found) => {
                format!("the request has {found}; send one Host, a name and a port")
            }
            Self::TransferCoding => {
                "the only Transfer-Encoding that is understood is chunked".to_owned()
            }
            Self::UnknownServerName { name } => format!(
                "the Host header names {}; use a loopback name, or add this one to server_names",
                shown::quoted(name)
            ),
            Self::NotFound { known } => format!("there are {known}"),
            Self::Undecided(undecided) => undecided.to_string(),
            Self::MethodNotAllowed { allowed } => format!("use {allowed}"),
            Self::BodyTooSlow { limit } => {
                format!("the body did not arrive within {} s", limit.as_secs_f64())
            }
            Self::BodyTooLarge { limit } => {
                format!("the body is longer than {limit} bytes (limits.body_bytes)")
            }
            Self::BodyBroken => "the body ended early".to_owned(),
            Self::MediaType { accepted } => format!("set Content-Type to {accepted}"),
            Self::Busy => {
                "too many requests of yours at once (limits.requests_in_flight); try again"
                    .to_owned()
            }
            Self::NotRecorded => {
                "the decision could not be recorded in the audit log (audit.required); /readyz says why"
                    .to_owned()
            }
        }
    }

    pub(in crate::http) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_static;
        match self {
            Self::Unauthorized(_) | Self::TokenAsKey(_) => {
                vec![(WWW_AUTHENTICATE, value("Bearer"))]
            }
            Self::MethodNotAllowed { allowed } => HeaderValue::from_str(allowed)
                .map(|allowed| (ALLOW, allowed))
                .into_iter()
                .collect(),
            Self::Busy
            | Self::TooManyWatch { .. }
            | Self::NotRecorded
            | Self::Undecided(Undecided::Overloaded)
            | Self::Store(NotStored::Unavailable(_)) => {
                vec![(RETRY_AFTER, value("1"))]
            }
            Self::Ambiguous(_)
            | Self::TransferCoding
            | Self::BodyTooSlow { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyBroken => {
                vec![(CONNECTION, value("close"))]
            }
            Self::Malformed { .. }
            | Self::CrossOrigin
            | Self::OtherPage
            | Self::LoggedOut
            | Self::UnknownServerName { .. }
            | Self::NotFound { .. }
            | Self::Undecided(_)
            | Self::NoSigningKey { .. }
            | Self::SigningFailed
            | Self::NoRandomNumbers
            | Self::OtherKey(_)
            | Self::NoAdministrators
            | Self::NoStore
            | Self::NoMint
            | Self::NoRevocation { .. }
            | Self::NoGateway { .. }
            | Self::Store(NotStored::Changed | NotStored::Full(_))
            | Self::MediaType { .. } => Vec::new(),
        }
    }
}

const OTHER_PAGE: &str = "the browser does not say that a page of this server sent this: open the console over https, or on this machine as \
    http://localhost, and try it from there";
const KONG_KEY: &str = "send the key of administrators (admin_key or admin_key_file in the daemon's configuration) as Authorization: Bearer \
    KEY, as password in the address (http://admin:KEY@127.0.0.1:8001), or as Kong-Admin-Token: KEY";
const NO_ADMINISTRATORS: &str = "nobody can revoke here, for no key of administrators is set: write admin_key_file = \
    \"/etc/prosody-tokend/admin_key\" above all sections of the daemon's configuration, put there what `openssl rand -hex 32` prints, and \
    send it as Authorization: Bearer KEY. Root and the daemon's own user need none at a Unix socket of listen";
const NO_STORE: &str = "nothing can be revoked, for there is nowhere to keep it: write path = \"/var/lib/prosody-tokend/state.db\" in \
    [store] of the daemon's configuration, and restart the daemon";
const NO_MINT: &str = "no tokens are made here: write mint = true in [console] of the daemon's configuration (console.mint = true), and reload \
    the daemon";
