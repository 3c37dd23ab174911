//! Who may ask: the keys of callers, the names of this server, and what signs its own tokens.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::signer::Signer;
use crate::token::shown;

use super::offered::Offered;
use super::response::problem::{Needed, Problem};
use super::seats::Seat;

/// A digest of a key that callers must send; the key itself is not kept.
pub struct CallerKey(digest::Digest);

impl CallerKey {
    /// Takes the key's bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, key))
    }

    fn accepts(&self, key: &[u8]) -> bool {
        let key = digest::digest(&digest::SHA256, key);
        constant_time::verify_slices_are_equal(self.0.as_ref(), key.as_ref()).is_ok()
    }
}

/// Who may ask.
pub struct Access {
    /// The key that Prosody must send, if one is set.
    pub api_key: Option<CallerKey>,
    /// The key that administrators must send. Nobody has it who has the other one alone.
    pub admin_key: Option<CallerKey>,
    /// Names that are accepted as `Host` beside those of loopback.
    pub server_names: Vec<String>,
    /// Signs this server's own tokens for callers, if a host has a key for that.
    pub signer: Option<Signer>,
    /// Whether there is something that proxies may ask for.
    pub has_gateways: bool,
    /// What the console shows, where there is one.
    pub console: Option<Offered>,
}

impl Access {
    /// Lets Prosody in. Whoever shows its key is known from then on, and keeps the connection.
    pub(super) fn authorize(&self, headers: &HeaderMap, seat: &Seat) -> Result<(), Problem> {
        let Some(expected) = &self.api_key else {
            return Ok(());
        };
        if is_shown(expected, headers) {
            seat.key_was_shown();
            return Ok(());
        }
        let is_other = self.shows_admin_key(headers);
        Err(refusal(Needed::ApiKey, is_other, headers))
    }

    /// Lets whoever looks after this server in, who has one of the keys. An administrator takes no place of Prosody's.
    pub(super) fn authorize_operator(
        &self,
        headers: &HeaderMap,
        seat: &Seat,
    ) -> Result<(), Problem> {
        if self.shows_admin_key(headers) {
            return Ok(());
        }
        self.authorize(headers, seat)
    }

    /// Lets an administrator in. Without a key for administrators there is none.
    pub(super) fn authorize_administrator(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let is_prosody = || {
            let key = self.api_key.as_ref();
            key.is_some_and(|key| is_shown(key, headers))
        };
        match &self.admin_key {
            Some(expected) if is_shown(expected, headers) => Ok(()),
            Some(_) => Err(refusal(Needed::AdminKey, is_prosody(), headers)),
            None => Err(Problem::NoAdministrators),
        }
    }

    /// Lets a client of Kong's Admin API in. Such clients show keys in the header that Kong has for that, or as they know them from other
    /// servers: as a password, where an address is all that they are told.
    pub(super) fn authorize_kong_administrator(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let shows = |key: &Option<CallerKey>| {
            let key = key.as_ref();
            key.is_some_and(|key| {
                shown_to_kong(headers)
                    .iter()
                    .any(|shown| key.accepts(shown))
            })
        };
        if shows(&self.admin_key) {
            return Ok(());
        }
        Err(refusal(
            Needed::KongAdministrators,
            shows(&self.api_key),
            headers,
        ))
    }

    /// Whether this is the key of administrators.
    pub(super) fn is_admin_key(&self, key: &[u8]) -> bool {
        let expected = self.admin_key.as_ref();
        expected.is_some_and(|expected| expected.accepts(key))
    }

    /// Whether both have the same key of administrators, or none.
    pub(super) fn has_same_administrators(&self, other: &Self) -> bool {
        let digest = |access: &Self| access.admin_key.as_ref().map(|key| key.0);
        digest(self).as_ref().map(AsRef::as_ref) == digest(other).as_ref().map(AsRef::as_ref)
    }

    /// Whether no key is set for administrators.
    pub(super) const fn knows_no_administrators(&self) -> bool {
        self.admin_key.is_none()
    }

    fn shows_admin_key(&self, headers: &HeaderMap) -> bool {
        let key = self.admin_key.as_ref();
        key.is_some_and(|key| is_shown(key, headers))
    }

    /// Whether a user's token stands in the header that is for the API key, where nobody looks at it.
    pub(super) fn overlooks_token(&self, headers: &HeaderMap) -> bool {
        self.api_key.is_none() && has_token(headers)
    }

    pub(super) fn is_server_name(&self, name: &str) -> bool {
        let names = &self.server_names;
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The signer of tokens; none where callers need no key.
    pub(super) fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref().filter(|_| self.api_key.is_some())
    }
}

fn is_shown(expected: &CallerKey, headers: &HeaderMap) -> bool {
    let shown = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let shown = shown.and_then(bearer_credentials);
    shown.is_some_and(|key| expected.accepts(key))
}

fn refusal(needed: Needed, is_other: bool, headers: &HeaderMap) -> Problem {
    if is_other {
        Problem::OtherKey(needed)
    } else if has_token(headers) {
        Problem::TokenAsKey(needed)
    } else {
        Problem::Unauthorized(needed)
    }
}

/// What may be a key, wherever Kong's clients have theirs.
fn shown_to_kong(headers: &HeaderMap) -> Vec<Vec<u8>> {
    let authorization = || headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let bearer = authorization().and_then(bearer_credentials);
    let token = headers.get(KONG_ADMIN_TOKEN);
    let token = token.map(|token| token.as_bytes().trim_ascii());
    let plain = bearer.into_iter().chain(token).map(<[u8]>::to_vec);
    plain.chain(authorization().and_then(password)).collect()
}

/// The password of the scheme `Basic` (RFC 7617), whoever it is said to be of.
fn password(authorization: &[u8]) -> Option<Vec<u8>> {
    let encoded = credentials(BASIC, authorization)?;
    let decoded = STANDARD.decode(encoded).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    decoded.get(colon.saturating_add(1)..).map(<[u8]>::to_vec)
}

/// What follows the scheme `Bearer`, in any spelling and with any blanks behind it (RFC 9110 section 11.4).
fn bearer_credentials(authorization: &[u8]) -> Option<&[u8]> {
    credentials(BEARER, authorization)
}

fn credentials<'a>(scheme: &[u8], authorization: &'a [u8]) -> Option<&'a [u8]> {
    let (found, credentials) = authorization.split_at_checked(scheme.len())?;
    let is_meant = found.eq_ignore_ascii_case(scheme) && credentials.starts_with(b" ");
    is_meant.then(|| credentials.trim_ascii())
}

const BEARER: &[u8] = b"Bearer";
const BASIC: &[u8] = b"Basic";
const KONG_ADMIN_TOKEN: &str = "kong-admin-token";

fn has_token(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(shown::looks_like_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_kongs_show_the_administrators_key_in_three_ways_and_no_other_key() {
        let access = Access {
            api_key: Some(CallerKey::new(b"prosodys")),
            admin_key: Some(CallerKey::new(b"k:ey")),
            server_names: Vec::new(),
            signer: None,
            has_gateways: false,
            console: None,
        };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let ask = |name: &'static str, value: &str| {
            let value = value.parse().unwrap();
            access.authorize_kong_administrator(&HeaderMap::from_iter([(
                hyper::header::HeaderName::from_static(name),
                value,
            )]))
        };
        for (name, value) in [
            ("authorization", "Bearer k:ey".to_owned()),
            ("authorization", "bearer  k:ey ".to_owned()),
            ("authorization", basic("admin:k:ey")),
            ("authorization", basic(":k:ey")),
            ("kong-admin-token", "k:ey".to_owned()),
        ] {
            assert_eq!(ask(name, &value), Ok(()), "{name}: {value}");
        }
        for (name, value) in [
            ("authorization", "k:ey".to_owned()),
            ("authorization", "Bearer k:ey2".to_owned()),
            ("authorization", "Bearer".to_owned()),
            ("authorization", basic("k:ey")),
            ("authorization", basic("k:ey:")),
            ("authorization", basic("admin:ey")),
            ("authorization", basic("ey")),
            ("authorization", "Basic k:ey".to_owned()),
            ("authorization", "Basic".to_owned()),
            ("kong-admin-token", "Bearer k:ey".to_owned()),
            ("kong-admin-token", String::new()),
            ("x-api-key", "k:ey".to_owned()),
        ] {
            let refused = Err(Problem::Unauthorized(Needed::KongAdministrators));
            assert_eq!(ask(name, &value), refused, "{name}: {value}");
        }
        for (name, value) in [
            ("authorization", "Bearer prosodys".to_owned()),
            ("authorization", basic("admin:prosodys")),
            ("kong-admin-token", "prosodys".to_owned()),
        ] {
            let refused = Err(Problem::OtherKey(Needed::KongAdministrators));
            assert_eq!(ask(name, &value), refused, "{name}: {value}");
        }
    }

    #[test]
    fn a_key_is_accepted_whole_only() {
        let key = CallerKey::new(b"correct horse");
        assert!(key.accepts(b"correct horse"));
        for wrong in [
            "",
            "correct",
            "correct horse ",
            "Correct horse",
            "correct horsf",
        ] {
            assert!(!key.accepts(wrong.as_bytes()), "{wrong}");
        }
    }
}
