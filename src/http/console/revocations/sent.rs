//! What the forms of revocations send.

use serde::Deserialize;

use crate::console::server::revocations::Fields;
use crate::http::console::form::filled;
use crate::http::response::Problem;
use crate::http::routes::revocations::asked::{Besides, RevocationRequest};
use crate::token::revocation::{Kind, RevocationId};
use crate::token::when;

/// What is to be revoked. There is no `Debug`: one of the fields may be a token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SentRevocation {
    kind: String,
    value: String,
    token: String,
    host: String,
    reason: String,
    until: String,
    issued_before: Option<String>,
    confirm: Option<String>,
}

/// What is to be good again.
#[derive(Deserialize)]
pub struct SentWithdrawal {
    id: String,
    /// The version that the person saw.
    pub version: i64,
    confirm: Option<String>,
}

impl SentRevocation {
    /// Whether the person has seen what it means.
    pub const fn is_confirmed(&self) -> bool {
        self.confirm.is_some()
    }

    /// What is asked for.
    ///
    /// # Errors
    /// [`Problem::Malformed`].
    pub fn request(&self, now: i64) -> Result<RevocationRequest, Problem> {
        let malformed = |detail| Problem::Malformed { detail };
        let kind = Kind::named(&self.kind);
        let kind = kind.ok_or_else(|| malformed("say what to revoke".to_owned()))?;
        let until = filled(Some(self.until.clone())).map(|text| when::parse_later(&text, now));
        let until = until.transpose();
        let besides = Besides {
            host: filled(Some(self.host.clone())),
            until: until.map_err(|expected| malformed(format!("until: {expected}")))?,
            issued_before_now: self.issued_before.is_some(),
            reason: filled(Some(self.reason.clone())),
            by: "the console",
        };
        let text = self.text(kind).trim().to_owned();
        Ok(RevocationRequest::of_form(kind, text, besides))
    }

    /// A token stands in the field for tokens, or where names do.
    fn text(&self, kind: Kind) -> &str {
        if kind == Kind::Token && !self.token.trim().is_empty() {
            &self.token
        } else {
            &self.value
        }
    }

    /// What was filled in.
    pub fn fields(&self) -> Fields<'_> {
        Fields {
            kind: &self.kind,
            value: &self.value,
            token: &self.token,
            host: &self.host,
            reason: &self.reason,
            until: &self.until,
            issued_before: self.issued_before.is_some(),
        }
    }

    /// The same, until the time that the person was shown.
    pub fn fields_until<'a>(&'a self, until: Option<&'a str>) -> Fields<'a> {
        Fields {
            until: until.unwrap_or_default(),
            ..self.fields()
        }
    }
}

impl SentWithdrawal {
    /// Whether the person has seen what it means.
    pub const fn is_confirmed(&self) -> bool {
        self.confirm.is_some()
    }

    /// Which one.
    ///
    /// # Errors
    /// [`Problem::NoRevocation`].
    pub fn id(&self) -> Result<RevocationId, Problem> {
        let id = self.id.parse();
        id.map_err(|_| Problem::NoRevocation {
            id: self.id.clone(),
        })
    }
}
