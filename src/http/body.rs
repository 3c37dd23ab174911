//! Reads request bodies within their bounds.

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::time::timeout;

use super::response::Problem;
use super::service::RequestLimits;

/// Reads a whole body.
///
/// # Errors
/// [`Problem::BodyTooLarge`], [`Problem::BodyTooSlow`], [`Problem::BodyBroken`].
pub async fn read(request: Request<Incoming>, limits: RequestLimits) -> Result<Bytes, Problem> {
    let too_large = Problem::BodyTooLarge {
        limit: limits.body_bytes,
    };
    let body = request.into_body();
    if usize::try_from(body.size_hint().lower()).map_or(true, |length| length > limits.body_bytes) {
        return Err(too_large);
    }
    let collecting = Limited::new(body, limits.body_bytes).collect();
    match timeout(limits.body_timeout, collecting).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) => Err(Problem::BodyBroken),
        Err(_) => Err(Problem::BodyTooSlow {
            limit: limits.body_timeout,
        }),
    }
}
