//! What there is to answer one request with.

use hyper::http::HeaderValue;

use crate::audit::{self, Change, ChangeKind};
use crate::store::Store;
use crate::telemetry::RequestLog;
use crate::token::revocation::Revocation;

use super::access::Access;
use super::response::Problem;
use super::seats::{Pool, Seat, Share};
use super::service::Service;

/// What an endpoint needs to answer a request.
pub struct Exchange<'a> {
    pub service: &'a Service,
    /// Who may ask, as it stood when the request came.
    pub access: &'a Access,
    /// The connection that it came on.
    pub seat: &'a Seat,
    /// The pool of permits that the request takes one from; none where it is answered at once.
    pub pool: Option<Pool>,
    /// What the caller calls the request.
    pub request_id: Option<&'a HeaderValue>,
    pub log: &'a mut RequestLog,
}

impl Exchange<'_> {
    /// Records a decision, where that is asked for. It waits only where the decision does not count otherwise.
    pub async fn record<'d>(
        &self,
        decision: impl FnOnce(Option<&'d str>) -> audit::Decision<'d>,
    ) -> Result<(), Problem>
    where
        Self: 'd,
    {
        let Some(audit) = &self.service.audit else {
            return Ok(());
        };
        let id = self.request_id.and_then(|id| id.to_str().ok());
        // In a box: most servers have no such log, and their requests need not have room for this.
        let recorded = Box::pin(audit.record(&decision(id))).await;
        recorded.map_err(|audit::NotRecorded| Problem::NotRecorded)
    }

    /// Records what was revoked, or is no longer.
    pub fn note(&self, kind: ChangeKind, revocation: &Revocation) {
        if let Some(audit) = &self.service.audit {
            audit.note(&Change {
                kind,
                revocation,
                request_id: self.request_id.and_then(|id| id.to_str().ok()),
            });
        }
    }

    /// Where revocations are kept.
    ///
    /// # Errors
    /// [`Problem::NoStore`].
    pub fn store(&self) -> Result<&Store, Problem> {
        self.service.store.as_ref().ok_or(Problem::NoStore)
    }

    /// What a request needs to be decided on, to be asked for once its body is there: whoever sends one slowly holds
    /// nothing but the connection meanwhile.
    pub fn share(&self) -> Result<Option<Share>, Problem> {
        let Some(pool) = self.pool else {
            return Ok(None);
        };
        let share = self.seat.share(&self.service.in_flight, pool);
        share.map(Some).ok_or(Problem::Busy)
    }
}
