//! What is asked to be taken back, and the revocation that it means.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::token::explain::unit;
use crate::token::revocation::submitted::SubmittedToken;
use crate::token::revocation::{Kind, Name, Revocation, Target};
use crate::token::shown;
use crate::verifier::Verifier;

use crate::http::response::Problem;

/// The body of a request for a revocation: one of the first seven members, and what there is to say besides.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// This token, of which its digest alone is kept.
    token: Option<String>,
    /// All tokens with this `jti`.
    jti: Option<String>,
    /// All tokens of this user.
    user: Option<String>,
    /// All tokens whose header has this `kid`.
    kid: Option<String>,
    /// All tokens with this `iss`.
    issuer: Option<String>,
    /// This room, whoever joins: its JID, or its name at the host.
    room: Option<String>,
    /// All tokens with this `sid`.
    sid: Option<String>,
    /// The host at which it counts; every host where it is left out.
    host: Option<String>,
    /// Until when it counts; for ever where it is left out, and of a token as long as it could be good.
    until: Option<When>,
    /// Of a user, those tokens alone that were issued before this time: later ones are good.
    issued_before: Option<When>,
    /// Why. Those who are denied see it.
    reason: Option<String>,
    /// Who makes it.
    by: Option<String>,
}

/// A time: Unix seconds, a text of RFC 3339, or `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    At(i64),
    Now,
}

/// A revocation that was asked for.
#[derive(Debug)]
pub struct Asked {
    pub revocation: Revocation,
    /// What is worth knowing of it.
    pub notes: Vec<String>,
}

/// What a form says of a revocation beside what it is about.
#[derive(Default)]
pub struct Besides {
    /// The host at which it counts.
    pub host: Option<String>,
    /// Until when, in Unix seconds.
    pub until: Option<i64>,
    /// Whether a user's tokens are meant that were issued before now.
    pub issued_before_now: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who makes it.
    pub by: &'static str,
}

impl RevocationRequest {
    /// What a form asks for.
    pub fn of_form(kind: Kind, text: String, besides: Besides) -> Self {
        let mut request = Self {
            host: besides.host,
            until: besides.until.map(When::At),
            issued_before: besides.issued_before_now.then_some(When::Now),
            reason: besides.reason,
            by: Some(besides.by.to_owned()),
            ..Self::default()
        };
        *request.member(kind) = Some(text);
        request
    }

    /// The revocation that is meant.
    ///
    /// # Errors
    /// [`Problem::Malformed`], where something of it cannot be taken.
    pub fn meant(self, verifier: &Verifier, now: i64) -> Result<Asked, Problem> {
        let (kind, text) = self.one()?;
        let host = self.host.as_deref().map(|host| verifier.host_name(host));
        let host = host
            .transpose()
            .map_err(|unknown| malformed("host", unknown))?;
        let issued_before = self.issued_before(kind, now)?;
        let mut notes = Vec::new();
        let (target, usual_until) = match kind {
            Kind::Token => token(text, now, &mut notes)?,
            Kind::Room => (room(verifier, host.as_deref(), text, &mut notes)?, None),
            Kind::Issuer => (issuer(verifier, text, &mut notes)?, None),
            Kind::User => {
                let id = named("user", text)?;
                (Target::User { id, issued_before }, None)
            }
            Kind::TokenId => (Target::TokenId(named("jti", text)?), None),
            Kind::Key => (Target::Key(named("kid", text)?), None),
            Kind::Session => (Target::Session(named("sid", text)?), None),
        };
        let until = self.until(now)?.or(usual_until);
        if kind == Kind::Token && until.is_none() {
            notes.push(
                "the token has no exp, so that this counts for ever; until bounds it".to_owned(),
            );
        }
        let optional = |member, text: &Option<String>| {
            text.as_deref().map(|text| named(member, text)).transpose()
        };
        let by = self.by.as_deref().unwrap_or("an administrator");
        let revocation = Revocation {
            target,
            host: host.map(|host| named("host", &host)).transpose()?,
            until,
            reason: optional("reason", &self.reason)?,
            made_by: named("by", by)?,
            made_at: now,
        };
        Ok(Asked { revocation, notes })
    }

    /// What is named, which is one thing.
    fn one(&self) -> Result<(Kind, &str), Problem> {
        let named = |kind: &Kind| Some((*kind, self.text(*kind)?));
        let found: Vec<_> = Kind::ALL.iter().filter_map(named).collect();
        if let [one] = found.as_slice() {
            return Ok(*one);
        }
        let listed = |kinds: &[Kind]| {
            let texts: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            texts.join(", ")
        };
        let found: Vec<Kind> = found.into_iter().map(|(kind, _)| kind).collect();
        let found = if found.is_empty() {
            "none".to_owned()
        } else {
            listed(&found)
        };
        Err(Problem::Malformed {
            detail: format!(
                "say what to revoke by one of {}: found {found}",
                listed(&Kind::ALL)
            ),
        })
    }

    const fn member(&mut self, kind: Kind) -> &mut Option<String> {
        match kind {
            Kind::Token => &mut self.token,
            Kind::TokenId => &mut self.jti,
            Kind::User => &mut self.user,
            Kind::Key => &mut self.kid,
            Kind::Issuer => &mut self.issuer,
            Kind::Room => &mut self.room,
            Kind::Session => &mut self.sid,
        }
    }

    fn text(&self, kind: Kind) -> Option<&str> {
        let member = match kind {
            Kind::Token => &self.token,
            Kind::TokenId => &self.jti,
            Kind::User => &self.user,
            Kind::Key => &self.kid,
            Kind::Issuer => &self.issuer,
            Kind::Room => &self.room,
            Kind::Session => &self.sid,
        };
        member.as_deref()
    }

    fn until(&self, now: i64) -> Result<Option<i64>, Problem> {
        match self.until {
            None => Ok(None),
            Some(When::At(time)) if time > now => Ok(Some(time)),
            Some(When::At(_) | When::Now) => Err(malformed("until", "the time is over")),
        }
    }

    /// Tokens of this very second are earlier ones: some of them are, and nobody can tell which.
    fn issued_before(&self, kind: Kind, now: i64) -> Result<Option<i64>, Problem> {
        match self.issued_before {
            None => Ok(None),
            Some(_) if kind != Kind::User => {
                Err(malformed("issued_before", "it is for user alone"))
            }
            Some(When::Now) => Ok(Some(now.saturating_add(1))),
            Some(When::At(time)) => Ok(Some(time)),
        }
    }
}

fn token(text: &str, now: i64, notes: &mut Vec<String>) -> Result<(Target, Option<i64>), Problem> {
    let read = SubmittedToken::read(text);
    let token = read.map_err(|error| malformed("token", format!("this is no token: {error}")))?;
    if token.is_over(now) {
        notes.push(
            "the token has expired: nobody is let in with it anyway, and who is in with it is ended"
                .to_owned(),
        );
    }
    Ok((Target::Token(token.digest), token.until(now)))
}

fn room(
    verifier: &Verifier,
    host: Option<&str>,
    text: &str,
    notes: &mut Vec<String>,
) -> Result<Target, Problem> {
    let room = verifier.named_room(host, text);
    let room = room.map_err(|error| malformed("room", error))?;
    notes.extend(room.notes);
    Ok(Target::Room(named("room", &room.jid)?))
}

fn issuer(verifier: &Verifier, text: &str, notes: &mut Vec<String>) -> Result<Target, Problem> {
    if !verifier.accepts_issuer(text) {
        notes.push("no host accepts tokens of this issuer".to_owned());
    }
    Ok(Target::Issuer(named("issuer", text)?))
}

/// A token among these would be kept as it is, and shown.
fn named(member: &str, text: &str) -> Result<Name, Problem> {
    if shown::looks_like_token(text) {
        let found = "it looks like a token, which is kept nowhere: send that as token";
        return Err(malformed(member, found));
    }
    Name::new(text).map_err(|error| malformed(member, error))
}

fn malformed(member: &str, why: impl fmt::Display) -> Problem {
    Problem::Malformed {
        detail: format!("{member}: {why}"),
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WhenVisitor)
    }
}

struct WhenVisitor;

impl Visitor<'_> for WhenVisitor {
    type Value = When;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time: Unix seconds, or a text such as 2026-01-31T12:00:00Z")
    }

    fn visit_i64<E: Error>(self, time: i64) -> Result<When, E> {
        let seconds = unit::seconds_of(time).map(When::At);
        seconds.ok_or_else(|| E::invalid_value(Unexpected::Signed(time), &self))
    }

    fn visit_u64<E: Error>(self, time: u64) -> Result<When, E> {
        let out_of_range = E::invalid_value(Unexpected::Unsigned(time), &self);
        i64::try_from(time).map_or(Err(out_of_range), |time| self.visit_i64(time))
    }

    fn visit_f64<E: Error>(self, time: f64) -> Result<When, E> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and is held against the bounds of times then"
        )]
        self.visit_i64(time as i64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<When, E> {
        if text == "now" {
            return Ok(When::Now);
        }
        let time: Result<Timestamp, _> = text.parse();
        let time = time.map(|time| When::At(time.as_second()));
        time.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("When")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A time, in Unix seconds or as RFC 3339 has it.",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 99_999_999_999_i64 },
                { "type": "string", "format": "date-time" },
                { "const": "now" },
            ],
        })
    }
}
