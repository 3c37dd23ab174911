//! What was decided lately, for `/readyz` and for `doctor`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::recent as api;
use crate::recent::{Denials, Logins, MINUTES, Outcome, Recent};
use crate::verifier::verdict::{Denial, TokenVerdict};

/// The logins that the daemon decided on lately.
#[derive(Default)]
pub struct RecentLogins(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    recent: Recent,
    /// Logins that `doctor` tried since the start. They are in no sum.
    doctors: u64,
}

impl RecentLogins {
    /// Counts a login that was decided on, at `now` in Unix seconds.
    pub fn decided(&self, now: i64, verdict: &TokenVerdict) {
        let mut counted = self.lock();
        if verdict.is_doctors {
            counted.doctors = counted.doctors.saturating_add(1);
        } else {
            let outcome = verdict.why_denied().map_or(Outcome::Allowed, denied);
            counted.recent.count(now, Some(&verdict.host), outcome);
        }
    }

    /// Counts a login at a host that has no policy.
    pub fn at_unknown_host(&self, now: i64) {
        let outcome = Outcome::Denied {
            code: "host-not-configured",
            seconds: None,
        };
        self.lock().recent.count(now, None, outcome);
    }

    /// The sums, as `/readyz` shows them.
    pub fn to_api(&self, now: i64) -> api::RecentLogins {
        let (sums, doctors) = {
            let counted = self.lock();
            (counted.recent.sums(now), counted.doctors)
        };
        let hosts = sums.hosts.into_iter();
        api::RecentLogins {
            minutes: MINUTES.unsigned_abs(),
            hosts: hosts
                .map(|(name, logins)| (name, of_host(&logins)))
                .collect(),
            unknown_hosts: sums.unknown,
            doctor_logins: doctors,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn denied(denial: &Denial) -> Outcome {
    Outcome::Denied {
        code: denial.code(),
        seconds: denial.seconds().map(whole),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a time out of all bounds stays at their end"
)]
fn whole(seconds: f64) -> i64 {
    seconds.round() as i64
}

fn of_host(logins: &Logins) -> api::HostLogins {
    let denied = logins.denied.iter();
    api::HostLogins {
        logins: logins.all,
        denied: denied
            .map(|(code, denials)| ((*code).to_owned(), of_reason(*denials)))
            .collect(),
    }
}

fn of_reason(denials: Denials) -> api::Denials {
    let (least_seconds, most_seconds) = denials.seconds.unzip();
    api::Denials {
        count: denials.count,
        least_seconds,
        most_seconds,
    }
}
