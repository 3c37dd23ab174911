//! The revocations that are in force: an immutable value, asked for each token that is let in otherwise.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::super::claims::Claims;
use super::super::header::Header;
use super::super::pointer::Pointer;
use super::super::reason::Reason;
use super::fingerprint::fingerprint;
use super::id::{Digest, RevocationId};
use super::kind::Kind;
use super::name::Name;
use super::revoked::Revoked;

/// The revocations in force.
#[derive(Default, Clone)]
pub struct Revocations {
    /// Sorted by fingerprint, in parts by its highest bits, so that a change makes one part anew; none where there is nothing.
    pub(super) parts: Box<[Arc<Vec<Entry>>]>,
    /// How many there are of each kind.
    pub(super) counts: [usize; Kind::ALL.len()],
}

/// One revocation, in 64 bytes.
#[derive(Clone)]
pub(super) struct Entry {
    pub fingerprint: u64,
    pub digest: Digest,
    /// The last second is for ever.
    pub until: i64,
    pub made_at: i64,
    pub grounds: Arc<Grounds>,
}

/// What many revocations have in common.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Grounds {
    pub kind: Kind,
    pub host: Option<Name>,
    pub issued_before: Option<i64>,
    pub reason: Option<Name>,
    pub made_by: Name,
}

/// The revocations that count for one host.
#[derive(Clone, Copy)]
pub struct OfHost<'a> {
    all: &'a Revocations,
    host: &'a str,
    user: &'a Pointer,
}

/// How many parts there are: as many as the highest twelve bits of a fingerprint tell apart.
pub(super) const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 12;

impl Revocations {
    /// How many there are, those included whose time is over.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() || self.len() == 0
    }

    /// How many there are of one kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    /// Those that count for one host. `user` is where tokens say whose they are.
    #[must_use]
    pub const fn of_host<'a>(&'a self, host: &'a str, user: &'a Pointer) -> OfHost<'a> {
        OfHost {
            all: self,
            host,
            user,
        }
    }

    /// The entries with this fingerprint.
    fn with(&self, fingerprint: u64) -> &[Entry] {
        let Some(part) = self.parts.get(part_of(fingerprint)) else {
            return &[];
        };
        let first = part.partition_point(|entry| entry.fingerprint < fingerprint);
        let found = part.get(first..).unwrap_or_default();
        let is_other = |entry: &Entry| entry.fingerprint != fingerprint;
        let end = found.iter().position(is_other).unwrap_or(found.len());
        found.get(..end).unwrap_or_default()
    }
}

/// The place of the part for this fingerprint.
pub(super) fn part_of(fingerprint: u64) -> usize {
    usize::try_from(fingerprint >> (u64::BITS - PART_BITS)).unwrap_or_default()
}

impl OfHost<'_> {
    /// Denies a token that was taken back, at `now` in Unix seconds.
    ///
    /// # Errors
    /// [`Reason::TokenRevoked`].
    pub fn check_token(
        &self,
        signing_input: &str,
        header: &Header,
        claims: &Claims,
        now: i64,
    ) -> Result<(), Reason> {
        if self.all.is_empty() {
            return Ok(());
        }
        let claim = |name| identity(claims.claim(name));
        let found = self
            .token(signing_input, now)
            .or_else(|| self.named(Kind::TokenId, || claim("jti"), now))
            .or_else(|| self.user(claims, now))
            .or_else(|| self.named(Kind::Session, || claim("sid"), now))
            .or_else(|| self.named(Kind::Key, || identity(header.member("kid")), now))
            .or_else(|| self.named(Kind::Issuer, || claim("iss"), now));
        found.map_or(Ok(()), |revoked| Err(revoked.into()))
    }

    /// Denies a room, by its bare JID, that was taken back.
    ///
    /// # Errors
    /// [`Reason::TokenRevoked`].
    pub fn check_room(&self, room_jid: &str, now: i64) -> Result<(), Reason> {
        match self.named(Kind::Room, || Some(Cow::Borrowed(room_jid)), now) {
            Some(revoked) => Err(revoked.into()),
            None => Ok(()),
        }
    }

    fn token(&self, signing_input: &str, now: i64) -> Option<Revoked> {
        let whole = || Some(Cow::Borrowed(signing_input));
        self.named(Kind::Token, whole, now)
    }

    /// The name is asked for only where something of this kind was taken back.
    fn named<'n>(
        &self,
        kind: Kind,
        name: impl FnOnce() -> Option<Cow<'n, str>>,
        now: i64,
    ) -> Option<Revoked> {
        if self.all.count(kind) == 0 {
            return None;
        }
        self.those_identified(kind, &name()?, now, |_| true)
    }

    /// A token that does not say when it was issued is as old as any.
    fn user(&self, claims: &Claims, now: i64) -> Option<Revoked> {
        if self.all.count(Kind::User) == 0 {
            return None;
        }
        let user = identity(self.user.find(claims.members()))?;
        let issued_at = || claims.claim("iat").and_then(Value::as_f64);
        self.those_identified(Kind::User, &user, now, |grounds| {
            let before = grounds.issued_before;
            before.is_none_or(|before| issued_at().is_none_or(|at| at < seconds(before)))
        })
    }

    fn those_identified(
        &self,
        kind: Kind,
        identity: &str,
        now: i64,
        counts: impl Fn(&Grounds) -> bool,
    ) -> Option<Revoked> {
        let candidates = self.all.with(fingerprint(kind, identity.as_bytes()));
        if candidates.is_empty() {
            return None;
        }
        self.first(
            candidates,
            &Digest::of(kind, identity.as_bytes()),
            now,
            counts,
        )
    }

    fn first(
        &self,
        candidates: &[Entry],
        digest: &Digest,
        now: i64,
        counts: impl Fn(&Grounds) -> bool,
    ) -> Option<Revoked> {
        let is_here = |entry: &&Entry| {
            let host = entry.grounds.host.as_ref();
            host.is_none_or(|host| host.as_str() == self.host)
        };
        let mut found = candidates
            .iter()
            .filter(|entry| entry.digest == *digest && now < entry.until)
            .filter(is_here)
            .filter(|entry| counts(&entry.grounds));
        found.next().map(Entry::revoked)
    }
}

impl From<Revoked> for Reason {
    fn from(by: Revoked) -> Self {
        Self::TokenRevoked(Some(Box::new(by)))
    }
}

impl Entry {
    fn revoked(&self) -> Revoked {
        let Grounds {
            kind,
            host,
            issued_before,
            reason,
            made_by,
        } = &*self.grounds;
        let host = host.as_ref().map(Name::as_str);
        Revoked {
            id: RevocationId::of(&self.digest, host, issued_before.is_some()),
            kind: *kind,
            reason: reason.clone(),
            made_by: made_by.clone(),
            made_at: self.made_at,
            until: (self.until != i64::MAX).then_some(self.until),
            is_of_earlier: issued_before.is_some(),
        }
    }
}

/// What identifies somebody or something in a claim: a text, or a number as it is written.
#[must_use]
pub fn identity(value: Option<&Value>) -> Option<Cow<'_, str>> {
    match value? {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Seconds as the claims have them, which may have fractions.
#[expect(
    clippy::cast_precision_loss,
    reason = "times are far below what a float has whole"
)]
const fn seconds(time: i64) -> f64 {
    time as f64
}
