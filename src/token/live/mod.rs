//! What becomes of those who are in: whose token was taken back, and whose has expired since.

use super::claims::Claims;
use super::compact::Compact;
use super::decision;
use super::expiry::{AtExpiry, SessionExpiry, check_again_at};
use super::header::Header;
use super::issuer::Issuer;
use super::policy::Policy;
use super::reason::Reason;
use super::revocation::in_force::OfHost;

/// A session that was let in.
#[derive(Debug, Clone, Copy)]
pub struct LiveSession<'a> {
    /// Its token, which was verified as it was let in; none of a guest.
    pub token: Option<&'a str>,
    /// The bare JIDs of the rooms that it is in.
    pub rooms: &'a [String],
}

/// What is to be done with a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Nothing; where its token has an end that matters, it is to be asked about again at that time, in Unix seconds.
    Stays(Option<i64>),
    /// Its user is told that the token has expired.
    IsWarned(Reason),
    /// It is ended.
    Ends(Reason),
}

/// Says what becomes of a session, at `now` in Unix seconds. What cannot be read of a token ends nobody: it was read as the session was let in.
#[must_use]
pub fn fate(
    policy: &Policy,
    revocations: Option<OfHost<'_>>,
    session: LiveSession<'_>,
    now: i64,
) -> Fate {
    let token = session.token.and_then(|token| Held::read(policy, token));
    if let Err(reason) = check(revocations, token.as_ref(), session.rooms, now) {
        return Fate::Ends(reason);
    }
    token.map_or(Fate::Stays(None), |token| {
        token.at_expiry(policy.expiry, now)
    })
}

fn check(
    revocations: Option<OfHost<'_>>,
    token: Option<&Held<'_>>,
    rooms: &[String],
    now: i64,
) -> Result<(), Reason> {
    let Some(revocations) = revocations else {
        return Ok(());
    };
    if let Some(Held {
        signing_input,
        header,
        claims,
        ..
    }) = token
    {
        revocations.check_token(signing_input, header, claims, now)?;
    }
    let mut rooms = rooms.iter();
    rooms.try_for_each(|room| revocations.check_room(room, now))
}

/// A token that somebody came in with.
struct Held<'a> {
    signing_input: &'a str,
    issuer: &'a Issuer,
    header: Header,
    claims: Claims,
}

impl<'a> Held<'a> {
    /// An issuer that has been taken out of the configuration since ends nobody either: the first one's rules count.
    fn read(policy: &'a Policy, text: &'a str) -> Option<Self> {
        let parts = Compact::split(text).ok()?;
        let issuer = decision::issuer(policy, text);
        let issuer = issuer.unwrap_or_else(|_| policy.issuers.first());
        Some(Self {
            signing_input: parts.signing_input,
            issuer,
            header: Header::decode(parts.header).ok()?,
            claims: Claims::decode(parts.payload).ok()?.issued_by(issuer),
        })
    }

    fn at_expiry(&self, expiry: SessionExpiry, now: i64) -> Fate {
        let due = check_again_at(expiry, self.issuer, &self.claims);
        let is_due = due.is_some_and(|due| due <= now);
        let checked = self.claims.check_expiration(now, self.issuer.lifetime);
        match (checked, expiry.action) {
            (Err(reason), AtExpiry::Warn) if is_due => Fate::IsWarned(reason),
            (Err(reason), AtExpiry::End) if is_due => Fate::Ends(reason),
            (_, AtExpiry::Nothing | AtExpiry::Warn | AtExpiry::End) => Fate::Stays(due),
        }
    }
}

#[cfg(test)]
mod tests;
