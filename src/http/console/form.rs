//! What forms of the console send.

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::http::body;
use crate::http::response::Problem;
use crate::http::service::RequestLimits;
use crate::token::shown;

use super::visit::{Visit, Visitor};

/// What of every form is there.
#[derive(serde::Deserialize)]
struct Sent {
    form_token: Option<String>,
}

/// Reads a form, which a page of this session has sent.
///
/// # Errors
/// [`Problem`].
pub async fn read<T: DeserializeOwned>(
    visit: &Visit<'_>,
    request: Request<Incoming>,
    limits: RequestLimits,
) -> Result<T, Problem> {
    let media_type = request.headers().get(CONTENT_TYPE);
    let is_form = media_type.is_some_and(|found| found.as_bytes().starts_with(FORM.as_bytes()));
    if !is_form {
        return Err(Problem::MediaType { accepted: FORM });
    }
    let body = body::read(request, limits).await?;
    if let Visitor::Administrator(session) = &visit.visitor {
        let sent: Sent = decoded(&body)?;
        if !session.has_form_token(sent.form_token.as_deref()) {
            return Err(Problem::OtherPage);
        }
    }
    decoded(&body)
}

fn decoded<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_urlencoded::from_bytes(body).map_err(|error| Problem::Malformed {
        // It may repeat what was sent.
        detail: format!(
            "the form cannot be read: {}",
            shown::bounded(&error.to_string(), MOST_SHOWN)
        ),
    })
}

/// A field that somebody has left empty is not there.
pub fn filled(field: Option<String>) -> Option<String> {
    let field = field?;
    let text = field.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

const FORM: &str = "application/x-www-form-urlencoded";
const MOST_SHOWN: usize = 128;
