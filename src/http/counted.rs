//! Which counts go up with a verdict.

use std::time::Instant;

use crate::clock;
use crate::counters::decisions::{Decisions, Kind};
use crate::verifier::undecided::Undecided;
use crate::verifier::verdict::{Denial, Examination, RoomAnswer, TokenVerdict};

/// A login, and the room that was asked for with it. One that `doctor` tries is none of the users'.
pub fn login(decisions: &Decisions, started: Instant, decided: &Result<TokenVerdict, Undecided>) {
    match decided {
        Ok(verdict) if verdict.is_doctors => decisions.doctors(Kind::Token),
        Ok(verdict) => {
            decisions.took(Kind::Token, clock::elapsed(started));
            let token = verdict.admission.as_ref().err();
            decisions.decided(&verdict.host, Kind::Token, token.map(Denial::code));
            if let Some(issuer) = &verdict.issuer {
                decisions.login_of(&verdict.host, issuer, token.is_none());
            }
            if let Some(room) = &verdict.room {
                decisions.decided(
                    &verdict.host,
                    Kind::Room,
                    room.why_denied().map(Denial::code),
                );
            }
        }
        Err(undecided) => decisions.undecided(Kind::Token, undecided.code()),
    }
}

/// A room for a session that is logged in.
pub fn room(decisions: &Decisions, started: Instant, decided: &Result<RoomAnswer, Undecided>) {
    match decided {
        Ok(answer) => {
            decisions.took(Kind::Room, clock::elapsed(started));
            decisions.decided(
                &answer.host,
                Kind::Room,
                answer.why_denied().map(Denial::code),
            );
        }
        Err(undecided) => decisions.undecided(Kind::Room, undecided.code()),
    }
}

/// An explanation, which may be `doctor`'s.
pub fn explanation(
    decisions: &Decisions,
    started: Instant,
    examined: &Result<Examination, Undecided>,
    is_doctors: bool,
) {
    if is_doctors {
        return decisions.doctors(Kind::Explanation);
    }
    match examined {
        Ok(Examination { verdict, .. }) => {
            decisions.took(Kind::Explanation, clock::elapsed(started));
            decisions.decided(&verdict.host, Kind::Explanation, verdict.denial());
        }
        Err(undecided) => decisions.undecided(Kind::Explanation, undecided.code()),
    }
}
