//! What a line says of a consumer or a credential that was made, changed or deleted. `docs/audit.md` describes it.

use std::time::SystemTime;

use serde::Serialize;

use super::line::{bounded, ended, time};

/// A change of what gateways go by.
pub struct Registered<'a> {
    /// What it is about.
    pub kind: RegisteredKind,
    /// What was done.
    pub change: RegisteredChange,
    /// Its ID.
    pub id: String,
    /// What a consumer is called, or what tokens name a credential by; where it is known.
    pub name: Option<&'a str>,
    /// The ID of the consumer whose credential it is.
    pub consumer: Option<String>,
    /// Who did it.
    pub by: String,
    /// What the caller calls the request.
    pub request_id: Option<&'a str>,
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegisteredKind {
    /// Somebody whom credentials are for.
    Consumer,
    /// What tokens are verified with.
    Credential,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegisteredChange {
    /// It is there from now on.
    Made,
    /// It is another one from now on.
    Changed,
    /// It is gone; with a consumer its credentials are.
    Deleted,
}

impl RegisteredKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Credential => "credential",
        }
    }
}

impl RegisteredChange {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// A line, member by member. All of them are always there.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    kind: RegisteredKind,
    change: RegisteredChange,
    id: &'a str,
    name: Option<String>,
    consumer: Option<&'a str>,
    by: &'a str,
    request_id: Option<&'a str>,
}

/// The line of a change, with its end.
pub fn write(registered: &Registered<'_>, now: SystemTime) -> Vec<u8> {
    ended(&Line {
        time: time(now),
        kind: registered.kind,
        change: registered.change,
        id: &registered.id,
        name: registered.name.map(|name| bounded(name, MOST)),
        consumer: registered.consumer.as_deref(),
        by: &registered.by,
        request_id: registered.request_id,
    })
}

/// In characters, as of a revocation.
const MOST: usize = 256;
