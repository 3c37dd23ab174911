//! Every check of the room's decision, also those after the first that fails.

use super::super::policy::Policy;
use super::super::reason::Reason;
use super::super::room::{Entry, Join, Participant, RoomCheck};
use super::super::session::Session;
use super::checks::{Check, Failed};
use super::examined::{Surroundings, known_issuer_of};
use super::explanation::Explanation;
use super::room_claim::room_name;
use super::{format, reading, subject};

/// What a session with this token would carry, whether what the token says is true or not. None if it cannot be read.
///
/// Nothing that lets in may use this: it is for explanations alone.
#[must_use]
pub fn claimed(policy: &Policy, token: &str) -> Option<Session> {
    let claims = reading::claims(token)?;
    let claims = match known_issuer_of(policy, token) {
        Some(issuer) => claims.issued_by(issuer),
        None => claims,
    };
    Session::claimed(&claims).ok()
}

/// Goes through all checks of the room's decision. Takes long for patterns, as matching them does.
#[must_use]
pub fn all(policy: &Policy, join: &Join<'_>) -> Vec<Check> {
    all_among(policy, join, &Surroundings::default())
}

/// The same, with what is known beside the policy.
#[must_use]
pub fn all_among(policy: &Policy, join: &Join<'_>, around: &Surroundings) -> Vec<Check> {
    let mut lines = Lines {
        policy,
        join,
        around,
        done: Vec::new(),
    };
    match Entry::new(policy, join) {
        Ok(entry) => lines.of_entry(entry),
        Err(reason) => lines.add("address", Err(reason), String::new()),
    }
    lines.done
}

struct Lines<'a> {
    policy: &'a Policy,
    join: &'a Join<'a>,
    around: &'a Surroundings,
    done: Vec<Check>,
}

impl Lines<'_> {
    /// Makes all checks first: whether the name fits is known only once the whole address was compared.
    fn of_entry(&mut self, mut entry: Entry<'_>) {
        let checks = entry.checks().iter();
        let decided = checks.map(|check| (*check, entry.check(*check)));
        let decided: Vec<(RoomCheck, Result<(), Reason>)> = decided.collect();
        for (check, outcome) in &decided {
            self.of_check(*check, outcome.clone(), &entry, &decided);
        }
    }

    fn of_check(
        &mut self,
        check: RoomCheck,
        outcome: Result<(), Reason>,
        entry: &Entry<'_>,
        decided: &[(RoomCheck, Result<(), Reason>)],
    ) {
        let session = entry.session();
        let of_claim = |claim: Option<&str>| format::quote_or_nothing(claim);
        match check {
            RoomCheck::Exists => {
                self.add("room exists", outcome, format::quote(self.join.room_jid));
            }
            RoomCheck::GuestAccess => self.add("guests", outcome, "admitted".to_owned()),
            RoomCheck::NameAlone => {
                self.add("room name", outcome, of_claim(session.room.as_deref()));
            }
            RoomCheck::Name if outcome.is_err() => self.add("room name", outcome, String::new()),
            // Where nothing is compared there is nothing to tell.
            RoomCheck::Name | RoomCheck::Tenant | RoomCheck::Address if entry.name().is_none() => {}
            RoomCheck::Name => self.name(entry, decided),
            RoomCheck::Tenant => self.add("tenant", outcome, of_claim(self.join.query_prefix)),
            RoomCheck::Address => self.domain(entry, outcome),
            RoomCheck::Issuer => self.add("issuer", outcome, of_claim(session.issuer.as_deref())),
            // Where there is no bound there is nothing to tell.
            RoomCheck::Bounds if outcome.is_ok() && !self.is_bound(entry) => {}
            RoomCheck::Bounds => {
                self.add(
                    "issuer's bounds",
                    outcome,
                    format::quote(entry.room().node()),
                );
            }
        }
    }

    fn is_bound(&self, entry: &Entry<'_>) -> bool {
        let member = matches!(self.join.participant, Participant::Member(_));
        let issuer = entry.issuer().filter(|_| member);
        issuer.is_some_and(|issuer| issuer.bounds.are_of_rooms())
    }

    /// Of an address that differs, whether the name does.
    fn name(&mut self, entry: &Entry<'_>, decided: &[(RoomCheck, Result<(), Reason>)]) {
        let mut decided = decided.iter();
        let address_fits =
            decided.any(|(check, outcome)| *check == RoomCheck::Address && outcome.is_ok());
        let (session, name) = (entry.session(), entry.room().name());
        if address_fits || entry.name() == Some(name) {
            let claim = format::quote_or_nothing(session.room.as_deref());
            self.add("room name", Ok(()), claim);
        } else {
            let explanation = room_name(self.policy, session, name);
            self.done.push(mismatch("room name", explanation));
        }
    }

    /// Of an address that differs, whether the domain or the tenant does.
    fn domain(&mut self, entry: &Entry<'_>, address: Result<(), Reason>) {
        let (session, room) = (entry.session(), entry.room());
        if address == Err(Reason::MucDomainMissing) {
            self.add("domain", address, String::new());
        } else if address.is_ok() || subject::fits(self.policy, session, room) {
            let subject = format::quote_or_nothing(session.subject.as_deref());
            self.add("domain", Ok(()), subject);
        } else {
            let explanation = subject::explain(self.policy, session, room, self.around);
            self.done.push(mismatch("domain", explanation));
        }
        // The decision compares the whole address last, after the tenant.
        self.done.sort_by_key(Check::is_mismatch);
    }

    fn add(&mut self, check: &'static str, outcome: Result<(), Reason>, found: String) {
        let explain =
            |reason: &Reason| super::room_among(reason, self.policy, self.join, self.around);
        let check = Check::new(check, outcome, || found, explain);
        self.done.push(check);
    }
}

fn mismatch(check: &'static str, explanation: Explanation) -> Check {
    Check {
        check,
        outcome: Err(Box::new(Failed {
            code: Reason::RoomMismatch.code(),
            explanation,
        })),
    }
}
