//! The request that a token is explained in: it comes alone, in the first place where the gateway looks.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::described::{Described, Field};
use super::super::settings::Settings;

/// A request that has nothing but a token.
pub struct Alone {
    query: String,
    header: Option<(String, String)>,
}

impl Alone {
    /// A request with this token, or without any.
    #[must_use]
    pub fn new(settings: &Settings, token: Option<&str>) -> Self {
        let Some(token) = token else {
            return Self::with(String::new(), None);
        };
        if let Some(name) = settings.header_names.first() {
            let header = (name.to_ascii_lowercase(), format!("Bearer {token}"));
            return Self::with(String::new(), Some(header));
        }
        if let Some(name) = settings.uri_param_names.first() {
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            return Self::with(format!("{}={}", encoded(name), encoded(token)), None);
        }
        let cookie = settings.cookie_names.first();
        let cookie = cookie.map(|name| ("cookie".to_owned(), format!("{name}={token}")));
        Self::with(String::new(), cookie)
    }

    const fn with(query: String, header: Option<(String, String)>) -> Self {
        Self { query, header }
    }

    /// Its headers.
    #[must_use]
    pub fn fields(&self) -> Vec<Field<'_>> {
        let header = self.header.iter();
        header
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect()
    }

    /// The request, with its headers.
    #[must_use]
    pub fn described<'a>(&'a self, fields: &'a [Field<'a>]) -> Described<'a> {
        Described {
            method: "GET",
            query: &self.query,
            fields,
        }
    }
}
