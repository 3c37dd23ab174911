//! What is asked of a token.

use serde::Deserialize;

use crate::console::address;
use crate::token::shown;

/// What is asked, as it was typed. What is empty was not said.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The token, with whatever is around it.
    pub token: String,
    /// The host.
    pub host: String,
    /// The room to join.
    pub room: String,
    /// The tenant in the meeting's web address.
    pub tenant: String,
    /// The time to decide at.
    pub at: String,
    /// The gateway, in place of a host.
    pub gateway: String,
    /// What came of the join that this is about, as a code.
    pub code: String,
    /// How the token of that join is named.
    pub id: String,
}

/// What there is to choose from.
pub struct Offers {
    /// The hosts that have a policy.
    pub hosts: Vec<String>,
    /// The gateways.
    pub gateways: Vec<String>,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The token.
    Token,
    /// The host.
    Host,
    /// The room.
    Room,
    /// The tenant.
    Tenant,
    /// The time.
    At,
    /// The gateway.
    Gateway,
}

/// What is wrong with a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The field.
    pub field: Field,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Asked {
    /// The same as an address may have it: an address is no place for a token, whatever it is called there.
    #[must_use]
    pub fn of_address(self) -> Self {
        let harmless = |text: String| {
            if shown::looks_like_token(&text) {
                String::new()
            } else {
                text
            }
        };
        Self {
            token: String::new(),
            host: harmless(self.host),
            room: harmless(self.room),
            tenant: harmless(self.tenant),
            at: harmless(self.at),
            gateway: harmless(self.gateway),
            code: harmless(self.code),
            id: harmless(self.id),
        }
    }

    /// Where the same is asked, without a token. None where nothing else was said.
    pub(super) fn address(&self) -> Option<String> {
        let fields = [
            ("host", &self.host),
            ("room", &self.room),
            ("tenant", &self.tenant),
            ("at", &self.at),
            ("gateway", &self.gateway),
        ];
        let said = fields.iter().filter(|(_, text)| !text.is_empty());
        let harmless = said.filter(|(_, text)| !shown::looks_like_token(text));
        let query = serde_urlencoded::to_string(harmless.collect::<Vec<_>>()).ok()?;
        (!query.is_empty()).then(|| format!("{}?{query}", address::TOKEN))
    }

    /// Whether this is about a join that was decided on.
    pub(super) fn is_of_join(&self) -> bool {
        !self.code.is_empty() || !self.id.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_has_a_token_in_it() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl".to_owned();
        let asked = Asked {
            token: token.clone(),
            host: "meet.example.com".to_owned(),
            room: token.clone(),
            at: "2026-01-31 12:00".to_owned(),
            id: token,
            ..Asked::default()
        };
        let address = "/console/token?host=meet.example.com&at=2026-01-31+12%3A00";
        assert_eq!(asked.address().as_deref(), Some(address));
        let asked = asked.of_address();
        assert!(asked.token.is_empty() && asked.room.is_empty() && asked.id.is_empty());
        assert_eq!(asked.host, "meet.example.com");
        assert_eq!(Asked::default().address(), None);
    }
}
