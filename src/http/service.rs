//! What all requests share: the verifier, who may ask, bounds, and what was decided lately.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::counters::Counters;
use crate::counters::decisions::Decisions;
use crate::counters::gateways::OfGateways;
use crate::gateway::refusal::Refusal;
use crate::overview::Overview;
use crate::reload_status::Status;
use crate::store::Store;
use crate::token::reason::Reason;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;
use crate::verifier::undecided::Undecided;

use super::access::Access;
use super::attempts::Attempts;
use super::joins::RecentJoins;
use super::recent::RecentLogins;
use super::seats::Shares;
use super::sessions::Sessions;

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
    /// Where what is taken back is kept, where anything can be.
    pub(super) store: Option<Store>,
    /// One explanation at a time.
    pub(super) explaining: Semaphore,
    /// What the console remembers.
    pub(super) joins: Arc<RecentJoins>,
    /// What the configuration in force comes to, where there is a console that shows it.
    overview: ArcSwapOption<Overview>,
    /// Who has logged in at the console.
    pub(super) sessions: Sessions,
    /// Who has tried to.
    pub(super) attempts: Attempts,
    /// Says that the daemon is about to end.
    pub(super) draining: CancellationToken,
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
        let joins = RecentJoins::new(verifier.time());
        joins.keep(access.console, true);
        Self {
            verifier,
            limits,
            reload,
            access: ArcSwap::from_pointee(access),
            in_flight,
            recent: RecentLogins::default(),
            counters: Arc::new(counters),
            audit: None,
            store: None,
            explaining: Semaphore::new(1),
            joins: Arc::new(joins),
            overview: ArcSwapOption::empty(),
            sessions: Sessions::default(),
            attempts: Attempts::default(),
            draining: CancellationToken::new(),
        }
    }

    /// The same, with every decision recorded there.
    #[must_use]
    pub fn recording(self, audit: Option<Audit>) -> Self {
        Self { audit, ..self }
    }

    /// The same, with revocations kept there.
    #[must_use]
    pub fn keeping(self, store: Option<Store>) -> Self {
        Self { store, ..self }
    }

    /// The same, with what its configuration comes to.
    #[must_use]
    pub fn showing(self, overview: Option<Arc<Overview>>) -> Self {
        self.overview.store(overview);
        self
    }

    /// Puts other policies and rules of access in force, with what these come to.
    pub fn replace(&self, policies: Policies, access: Access, overview: Option<Arc<Overview>>) {
        self.verifier.replace(policies);
        count_for(&self.counters, &self.verifier);
        let has_same_readers = self.access().has_same_administrators(&access);
        let offered = access.console;
        // Before there is a console that shows it.
        self.overview.store(overview);
        self.access.store(Arc::new(access));
        // Whoever logs in meanwhile looks at the key once more after that.
        if !has_same_readers {
            self.sessions.end_all();
        }
        self.joins.keep(offered, has_same_readers);
    }

    /// What the configuration in force comes to, where there is a console that shows it.
    pub(super) fn overview(&self) -> Option<Arc<Overview>> {
        self.overview.load_full()
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
        gateways: OfGateways::new(Refusal::CODES.into_iter()),
        requests: OnceLock::new(),
    }
}

/// Counts for the hosts, issuers and gateways that there are now.
fn count_for(counters: &Counters, verifier: &Verifier) {
    let decisions = &counters.decisions;
    decisions.keep(verifier.host_names().into_iter());
    decisions.keep_issuers(verifier.issuer_names().into_iter());
    counters.gateways.keep(verifier.gateway_names().into_iter());
}
