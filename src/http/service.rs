//! What all requests share: the verifier, who may ask, bounds, and what was decided lately.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use crate::audit::Audit;
use crate::counters::Counters;
use crate::counters::decisions::Decisions;
use crate::reload_status::Status;
use crate::token::reason::Reason;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;
use crate::verifier::undecided::Undecided;

use super::access::Access;
use super::recent::RecentLogins;
use super::seats::Shares;

/// Bounds on requests.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// How long a header may take.
    pub header_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How long the other end may take to read an answer.
    pub answer_timeout: Duration,
    /// Requests in work at the same time, in each pool.
    pub requests_in_flight: usize,
}

/// What requests are answered with.
pub struct Service {
    pub(super) verifier: Verifier,
    pub(super) limits: RequestLimits,
    pub(super) reload: Arc<Status>,
    access: ArcSwap<Access>,
    pub(super) in_flight: Arc<Shares>,
    pub(super) recent: RecentLogins,
    pub(super) counters: Arc<Counters>,
    /// Where decisions are recorded, if they are.
    pub(super) audit: Option<Audit>,
    /// One explanation at a time.
    pub(super) explaining: Semaphore,
}

impl Service {
    /// Puts together what requests need.
    #[must_use]
    pub fn new(
        verifier: Verifier,
        limits: RequestLimits,
        access: Access,
        reload: Arc<Status>,
    ) -> Self {
        let counters = counters();
        count_for(&counters, &verifier);
        let in_flight = Shares::new(limits.requests_in_flight);
        Self {
            verifier,
            limits,
            reload,
            access: ArcSwap::from_pointee(access),
            in_flight,
            recent: RecentLogins::default(),
            counters: Arc::new(counters),
            audit: None,
            explaining: Semaphore::new(1),
        }
    }

    /// The same, with every decision recorded there.
    #[must_use]
    pub fn recording(self, audit: Option<Audit>) -> Self {
        Self { audit, ..self }
    }

    /// Puts other policies and rules of access in force.
    pub fn replace(&self, policies: Policies, access: Access) {
        self.verifier.replace(policies);
        count_for(&self.counters, &self.verifier);
        self.access.store(Arc::new(access));
    }

    /// Who may ask, as it stands now. A request keeps to the rules that it began with.
    pub(super) fn access(&self) -> Arc<Access> {
        self.access.load_full()
    }
}

/// Counts of everything that can be asked and answered, none of which is there so far.
fn counters() -> Counters {
    let undecided = Undecided::CODES.into_iter();
    Counters {
        decisions: Decisions::new(Reason::codes(), undecided),
        requests: OnceLock::new(),
    }
}

/// Counts for the hosts and issuers that there are now.
fn count_for(counters: &Counters, verifier: &Verifier) {
    let decisions = &counters.decisions;
    decisions.keep(verifier.host_names().into_iter());
    decisions.keep_issuers(verifier.issuer_names().into_iter());
}
