//! What there is to answer one request with.

use crate::telemetry::RequestLog;

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
    pub log: &'a mut RequestLog,
}

impl Exchange<'_> {
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
