//! The row of a revocation.

use crate::token::revocation::{Kind, Name, Revocation, Target, TokenDigest};

use super::super::kept::Row;
use super::NotUnderstood;

/// The columns of a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationRecord {
    /// The revocation's name, as bytes.
    pub id: Vec<u8>,
    /// Its version.
    pub version: i64,
    /// What is revoked.
    pub kind: String,
    /// What that is called; of a token its name in logs.
    pub name: Option<String>,
    /// A token's digest.
    pub digest: Option<Vec<u8>>,
    /// The number that a token is looked up by, as the databases have numbers: with a sign.
    pub fingerprint: Option<i64>,
    /// Of users, before which time their tokens were issued.
    pub issued_before: Option<i64>,
    /// Where it counts.
    pub host: Option<String>,
    /// Until when it counts.
    pub until: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: i64,
    /// When it was taken back, if it was. The row stays for those who have not seen that yet.
    pub withdrawn_at: Option<i64>,
}

/// What is revoked, as people name it.
fn name_of(target: &Target) -> Option<String> {
    let of_token = target.token().map(|token| token.log_name().to_string());
    of_token.or_else(|| target.name().map(Name::to_string))
}

impl RevocationRecord {
    /// The columns of a revocation that is in force from this version on.
    #[must_use]
    pub fn of(revocation: &Revocation, version: i64) -> Self {
        let token = revocation.target.token();
        let text = |name: &Name| name.as_str().to_owned();
        Self {
            id: revocation.id().as_bytes().to_vec(),
            version,
            kind: revocation.target.kind().name().to_owned(),
            name: name_of(&revocation.target),
            digest: token.map(|token| token.as_bytes().to_vec()),
            fingerprint: token.map(|token| token.fingerprint().cast_signed()),
            issued_before: revocation.target.issued_before(),
            host: revocation.host.as_ref().map(text),
            until: revocation.until,
            reason: revocation.reason.as_ref().map(text),
            made_by: text(&revocation.made_by),
            made_at: revocation.made_at,
            withdrawn_at: None,
        }
    }

    /// What it says.
    ///
    /// # Errors
    /// [`NotUnderstood`].
    pub fn row(&self) -> Result<Row, NotUnderstood> {
        let optional = |text: &Option<String>| text.as_deref().map(Name::new).transpose();
        let revocation = Revocation {
            target: self.target()?,
            host: optional(&self.host)?,
            until: self.until,
            reason: optional(&self.reason)?,
            made_by: Name::new(&self.made_by)?,
            made_at: self.made_at,
        };
        let id = revocation.id();
        if id.as_bytes().as_slice() != self.id {
            return Err(NotUnderstood::Id);
        }
        Ok(Row {
            id,
            version: self.version,
            revocation,
        })
    }

    fn target(&self) -> Result<Target, NotUnderstood> {
        let kind = Kind::named(&self.kind);
        let kind = kind.ok_or_else(|| NotUnderstood::Kind(self.kind.clone()))?;
        if kind == Kind::Token {
            return self.token().map(Target::Token);
        }
        let name = self.name.as_deref().ok_or(NotUnderstood::Target)?;
        let name = Name::new(name)?;
        Ok(match kind {
            Kind::Token => return Err(NotUnderstood::Target),
            Kind::TokenId => Target::TokenId(name),
            Kind::User => Target::User {
                id: name,
                issued_before: self.issued_before,
            },
            Kind::Key => Target::Key(name),
            Kind::Issuer => Target::Issuer(name),
            Kind::Room => Target::Room(name),
            Kind::Session => Target::Session(name),
        })
    }

    fn token(&self) -> Result<TokenDigest, NotUnderstood> {
        let digest = self.digest.as_deref().ok_or(NotUnderstood::Target)?;
        let fingerprint = self.fingerprint.ok_or(NotUnderstood::Target)?;
        let log_name = self.name.as_deref().and_then(|name| name.parse().ok());
        let log_name = log_name.ok_or(NotUnderstood::Target)?;
        let digest = <[u8; 32]>::try_from(digest).map_err(|_| NotUnderstood::Target)?;
        Ok(TokenDigest::from_bytes(
            digest,
            fingerprint.cast_unsigned(),
            log_name,
        ))
    }
}
