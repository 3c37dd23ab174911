//! What a request of the Admin API is acted on with, and what all of them are answered by.

use std::borrow::Cow;

use aws_lc_rs::rand;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, StatusCode};
use uuid::Uuid;

use crate::audit::{Registered, RegisteredChange, RegisteredKind};
use crate::gateway::admin::body::{self as fields, Fields};
use crate::gateway::admin::fresh::Fresh;
use crate::gateway::admin::listing::{self, Asked, Filter};
use crate::gateway::admin::refusal::Refusal;
use crate::gateway::admin::shown::Next;
use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;
use crate::http::body;
use crate::http::exchange::Exchange;
use crate::http::response::{Problem, Reply};
use crate::peer::Peer;
use crate::store::Store;
use crate::store::registry::{Expected, Kept, Listed, Tags};

use super::failure::Failure;

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Show,
    Make,
    Put,
    Change,
    Delete,
}

/// A request, read whole.
pub struct Question {
    pub path: String,
    pub query: String,
    content_type: Option<String>,
    body: Bytes,
}

/// What there is to act with.
pub struct Edge<'a> {
    pub store: &'a Store,
    pub exchange: &'a Exchange<'a>,
    pub question: &'a Question,
}

impl Action {
    pub fn of(method: &Method) -> Option<Self> {
        let actions = [
            (&Method::GET, Self::Show),
            (&Method::HEAD, Self::Show),
            (&Method::POST, Self::Make),
            (&Method::PUT, Self::Put),
            (&Method::PATCH, Self::Change),
            (&Method::DELETE, Self::Delete),
        ];
        let mut found = actions.into_iter().filter(|(known, _)| *known == method);
        found.next().map(|(_, action)| action)
    }
}

impl Question {
    pub async fn read(
        exchange: &Exchange<'_>,
        request: Request<Incoming>,
    ) -> Result<Self, Problem> {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self {
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            content_type: content_type.map(Cow::into_owned),
            body: body::read(request, exchange.service.limits).await?,
        })
    }

    /// What was set.
    pub fn fields(&self) -> Result<Fields, Refusal> {
        fields::read(self.content_type.as_deref(), &self.body)
    }

    /// The path as it was asked for, without a slash at its end.
    pub fn path(&self) -> &str {
        self.path.strip_suffix('/').unwrap_or(&self.path)
    }
}

impl Edge<'_> {
    /// Now, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.exchange.service.verifier.time()
    }

    /// Notes what was done to a consumer.
    pub fn note_consumer(&self, consumer: &Consumer, change: RegisteredChange) {
        let name = consumer.called();
        self.note(Registered {
            kind: RegisteredKind::Consumer,
            change,
            id: consumer.id.to_string(),
            name: Some(&name),
            consumer: None,
            by: self.by(),
            request_id: None,
        });
    }

    /// Notes what was done to a credential.
    pub fn note_credential(&self, credential: &Credential, change: RegisteredChange) {
        self.note(Registered {
            kind: RegisteredKind::Credential,
            change,
            id: credential.id.to_string(),
            name: Some(&credential.key),
            consumer: Some(credential.consumer.to_string()),
            by: self.by(),
            request_id: None,
        });
    }

    fn note(&self, registered: Registered<'_>) {
        let (kind, change, id) = (registered.kind, registered.change, &registered.id);
        tracing::info!(%id, by = %registered.by, "{} {}", kind.name(), change.name());
        let request_id = self.exchange.request_id.and_then(|id| id.to_str().ok());
        if let Some(audit) = &self.exchange.service.audit {
            audit.note_registered(&Registered {
                request_id,
                ..registered
            });
        }
    }

    /// Whoever has the other end of the connection: the key tells nobody from others who have it.
    fn by(&self) -> String {
        match self.exchange.seat.peer() {
            Peer::Own => "the daemon".to_owned(),
            Peer::KeyHolder => "who has the API key".to_owned(),
            Peer::User(user) => format!("user {user}"),
            Peer::Address(address) => address.to_string(),
        }
    }

    /// An ID, a key and a secret that nobody can guess.
    pub fn fresh(&self) -> Result<Fresh, Failure> {
        let (mut id, mut key, mut secret) = ([0; 16], [0; 96], [0; 96]);
        let filled = rand::fill(&mut id)
            .and_then(|()| rand::fill(&mut key))
            .and_then(|()| rand::fill(&mut secret));
        filled.map_err(|_| Failure::Unexpected)?;
        Fresh::of(id, &key, &secret, self.now()).ok_or(Failure::Unexpected)
    }
}

/// What is asked of the store for a page: one more than is told shows whether there is another page.
pub fn listed(asked: &Asked) -> Listed {
    Listed {
        after: asked.after,
        size: asked.size.saturating_add(1),
        tags: match &asked.tags {
            Filter::Any => Tags::Any,
            Filter::All(tags) => Tags::All(tags.clone()),
            Filter::Some(tags) => Tags::Some(tags.clone()),
        },
    }
}

/// Cuts a page to its size, and says where the list goes on.
pub fn page<T>(
    found: &mut Vec<T>,
    asked: &Asked,
    id: impl Fn(&T) -> Uuid,
    next: impl Fn(&Uuid) -> String,
) -> Next {
    let has_more = found.len() > asked.size;
    found.truncate(asked.size);
    let Some(last) = found.last().filter(|_| has_more).map(id) else {
        return Next::default();
    };
    Next {
        path: Some(next(&last)),
        offset: Some(listing::offset(&last)),
    }
}

pub const fn ok(body: String) -> Reply {
    Reply::of_kong(StatusCode::OK, body)
}

pub const fn created(body: String) -> Reply {
    Reply::of_kong(StatusCode::CREATED, body)
}

/// What has to be there still for something to be written over it.
pub const fn expected<T>(before: &Kept<T>) -> Expected {
    Expected::Version(before.version)
}

/// How often something is tried again that somebody else has changed meanwhile.
pub const TRIES: usize = 20;
