//! Why nothing came of a request, and what is answered then.

use hyper::StatusCode;
use serde_json::json;

use crate::gateway::admin::path::EntityName;
use crate::gateway::admin::refusal::Refusal;
use crate::http::response::{Problem, Reply};
use crate::store::StoreError;
use crate::store::registry::RegistryError;

/// Why nothing came of a request.
pub enum Failure {
    /// It asks for what is not done.
    Refused(Refusal),
    /// It could not be answered.
    Problem(Problem),
    /// Somebody else was there first.
    Changed,
    /// The system has no numbers by chance.
    Unexpected,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Changed => Self::Changed,
            StoreError::Unavailable(_) | StoreError::Full(_) => Self::Problem(error.into()),
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Taken { field, value } => taken(field, value).into(),
            RegistryError::NoConsumer(id) => Refusal::NoConsumer(id).into(),
            RegistryError::Store(error) => error.into(),
        }
    }
}

fn taken(field: &'static str, value: String) -> Refusal {
    match value.parse() {
        Ok(id) if field == "id" => Refusal::TakenId(id),
        Ok(_) | Err(_) => Refusal::Taken { field, value },
    }
}

impl Failure {
    /// Whether somebody else has changed what was to be put there, or has made something of this name: then there is something else to put
    /// it over.
    pub fn is_of_others(&self, name: &EntityName) -> bool {
        match (self, name) {
            (Self::Changed, _) => true,
            (Self::Refused(Refusal::TakenId(id)), EntityName::Id(named)) => id == named,
            (Self::Refused(Refusal::Taken { field, value }), EntityName::Text(named)) => {
                matches!(*field, "username" | "key") && value == named
            }
            (Self::Refused(_) | Self::Problem(_) | Self::Unexpected, _) => false,
        }
    }

    /// What is answered; a problem is told by whoever tells of all of them.
    pub fn told(self) -> Result<Reply, Problem> {
        match self {
            Self::Refused(refusal) => Ok(refused(&refusal)),
            Self::Problem(problem) => Err(problem),
            Self::Changed => Ok(busy()),
            Self::Unexpected => {
                tracing::error!("the system gave no random bytes");
                let body = json!({ "message": "An unexpected error occurred" }).to_string();
                Ok(Reply::of_kong(StatusCode::INTERNAL_SERVER_ERROR, body))
            }
        }
    }
}

fn refused(refusal: &Refusal) -> Reply {
    let reply = Reply::of_kong(status(refusal), refusal.body());
    match refusal {
        Refusal::Method { allowed } => reply.allowing(allowed),
        Refusal::Violations(_)
        | Refusal::Taken { .. }
        | Refusal::TakenId(_)
        | Refusal::NoConsumer(_)
        | Refusal::Unresolved(_)
        | Refusal::Size(_)
        | Refusal::Offset { .. }
        | Refusal::Tags
        | Refusal::NotJson
        | Refusal::MediaType
        | Refusal::NotFound => reply,
    }
}

const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Violations(_)
        | Refusal::TakenId(_)
        | Refusal::NoConsumer(_)
        | Refusal::Unresolved(_)
        | Refusal::Size(_)
        | Refusal::Offset { .. }
        | Refusal::Tags
        | Refusal::NotJson => StatusCode::BAD_REQUEST,
        Refusal::Taken { .. } => StatusCode::CONFLICT,
        Refusal::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
    }
}

/// Others change the same thing without a pause.
fn busy() -> Reply {
    let body =
        json!({ "message": "it was changed by others meanwhile, again and again: try again" });
    Reply::of_kong(StatusCode::SERVICE_UNAVAILABLE, body.to_string())
}
