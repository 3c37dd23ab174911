//! What a path of the Admin API names.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The server itself.
    Root,
    /// How it is.
    Status,
    /// All consumers.
    Consumers,
    /// One of them.
    Consumer(EntityName),
    /// All credentials of a consumer.
    OfConsumer(EntityName),
    /// One of those.
    OneOfConsumer(EntityName, EntityName),
    /// All credentials.
    Credentials,
    /// One of them.
    Credential(EntityName),
    /// The consumer whose that is.
    Owner(EntityName),
}

/// How something is named in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityName {
    /// By its ID.
    Id(Uuid),
    /// By its username, or by its key.
    Text(String),
}

impl Place {
    /// What a path names; none where there is nothing. A slash may stand at its end.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let path = path
            .strip_suffix('/')
            .filter(|path| !path.is_empty())
            .unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        Some(match parts.as_slice() {
            [""] => Self::Root,
            ["status"] => Self::Status,
            ["consumers"] => Self::Consumers,
            ["consumers", consumer] => Self::Consumer(EntityName::of(consumer)?),
            ["consumers", consumer, "jwt"] => Self::OfConsumer(EntityName::of(consumer)?),
            ["consumers", consumer, "jwt", one] => {
                Self::OneOfConsumer(EntityName::of(consumer)?, EntityName::of(one)?)
            }
            ["jwts"] => Self::Credentials,
            ["jwts", one] => Self::Credential(EntityName::of(one)?),
            ["jwts", one, "consumer"] => Self::Owner(EntityName::of(one)?),
            _ => return None,
        })
    }

    /// The methods that something is done by there.
    #[must_use]
    pub const fn methods(&self) -> &'static str {
        match self {
            Self::Root | Self::Status => "GET, HEAD",
            Self::Consumers | Self::OfConsumer(_) | Self::Credentials => "GET, HEAD, POST",
            Self::Consumer(_) | Self::OneOfConsumer(..) | Self::Credential(_) => {
                "GET, HEAD, PUT, PATCH, DELETE"
            }
            Self::Owner(_) => "GET, HEAD, PUT, PATCH",
        }
    }
}

impl EntityName {
    /// What stands in one part of a path, which may be encoded there. Nothing is named by nothing, and by what is no text.
    fn of(part: &str) -> Option<Self> {
        let text = percent_decode_str(part).decode_utf8().ok()?;
        (!text.is_empty()).then(|| uuid(&text).map_or_else(|| Self::Text(text.into()), Self::Id))
    }
}

/// A UUID in the one form that Kong knows.
pub(super) fn uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (text.len() == UUID_LENGTH).then_some(id)
}

const UUID_LENGTH: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> EntityName {
        EntityName::Text(text.into())
    }

    #[test]
    fn a_path_names_one_thing_with_and_without_a_slash_at_its_end() {
        let id = "0d5e2a9e-3f1c-4a3e-9a57-3b7a5d1c2e4f";
        for (path, place) in [
            ("/status", Place::Status),
            ("/consumers", Place::Consumers),
            ("/consumers/bob", Place::Consumer(text("bob"))),
            ("/consumers/bob/jwt", Place::OfConsumer(text("bob"))),
            (
                "/consumers/b%20b/jwt/https%3A%2F%2Fidp%2Fx",
                Place::OneOfConsumer(text("b b"), text("https://idp/x")),
            ),
            ("/jwts", Place::Credentials),
            ("/jwts/a+b", Place::Credential(text("a+b"))),
            (
                "/jwts/0D5E2A9E-3F1C-4A3E-9A57-3B7A5D1C2E4F/consumer",
                Place::Owner(EntityName::Id(Uuid::parse_str(id).unwrap())),
            ),
            (
                "/jwts/0d5e2a9e3f1c4a3e9a573b7a5d1c2e4f",
                Place::Credential(text("0d5e2a9e3f1c4a3e9a573b7a5d1c2e4f")),
            ),
            (
                "/jwts/{0d5e2a9e-3f1c-4a3e-9a57-3b7a5d1c2e}",
                Place::Credential(text("{0d5e2a9e-3f1c-4a3e-9a57-3b7a5d1c2e}")),
            ),
        ] {
            assert_eq!(Place::of(path), Some(place.clone()), "{path}");
            assert_eq!(Place::of(&format!("{path}/")), Some(place), "{path}/");
        }
        assert_eq!(Place::of("/"), Some(Place::Root));
    }

    #[test]
    fn what_names_nothing_is_nothing() {
        for path in [
            "",
            "//",
            "consumers",
            "/Consumers",
            "/consumers//",
            "/consumers//jwt",
            "/consumers/bob/key-auth",
            "/consumers/bob/jwt/a/b",
            "/consumers/bob/jwt//",
            "/consumers/%ff",
            "/jwts/a/consumer/b",
            "/jwts/a/consumers",
            "/jwt",
            "/services",
            "/routes/1",
            "/status/1",
            "/../consumers",
        ] {
            assert_eq!(Place::of(path), None, "{path}");
        }
    }
}
