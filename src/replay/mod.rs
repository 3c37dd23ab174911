//! Decides recorded cases again, without any network.

pub mod case;
pub mod difference;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock;
use crate::config::{self, host::Host};
use crate::peer::Peer;
use crate::token::decision::Presented;
use crate::token::reason::Reason;
use crate::verifier::Verifier;
use crate::verifier::overrides::Overrides;
use crate::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use crate::verifier::undecided::Undecided;
use crate::verifier::verdict::{Denial, TokenVerdict};
use crate::worker::Worker;

use self::case::Case;

/// What a case is decided by.
pub struct Replay {
    hosts: Option<BTreeMap<String, Arc<Host>>>,
    max_token_bytes: usize,
    patterns: Arc<Worker>,
}

/// One case decided again.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The case's name.
    pub name: String,
    /// `refused` where the options are incomplete, so that nothing can be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<&'static str>,
    /// The issuer by which the token was judged, where the host has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The token's decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Outcome>,
    /// The room's, where the token was let in and a room recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<Outcome>,
    /// What the session carries in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Map<String, Value>>,
}

/// Whether something is allowed, and why not.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// Whether it is.
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of the reason, which some have no text beside.
    #[serde(skip)]
    pub code: Option<&'static str>,
}

impl Replay {
    /// Decides by the options that each case recorded.
    #[must_use]
    pub const fn by_recorded_options(max_token_bytes: usize, patterns: Arc<Worker>) -> Self {
        Self {
            hosts: None,
            max_token_bytes,
            patterns,
        }
    }

    /// Decides by these hosts in place of the recorded options.
    #[must_use]
    pub const fn by_hosts(hosts: BTreeMap<String, Arc<Host>>, patterns: Arc<Worker>) -> Self {
        Self {
            hosts: Some(hosts),
            max_token_bytes: 0,
            patterns,
        }
    }

    /// Decides one case.
    ///
    /// # Errors
    /// [`Undecided`]: the case names a host that is not there, or none where there are several.
    pub async fn decide(&self, case: &Case) -> Result<Verdict, Undecided> {
        let Some(hosts) = self.hosts_for(case) else {
            return Ok(Verdict::refused(case));
        };
        let now = case.now;
        let verifier = Verifier::new(
            hosts,
            case.key_server.clone(),
            Arc::clone(&self.patterns),
            Box::new(move || now.unwrap_or_else(clock::unix_time)),
        );
        let query_prefix = case.session.query_prefix.as_deref();
        let question = TokenQuestion {
            opens_session: false,
            asker: Peer::Own,
            presented: Presented {
                token: case.session.auth_token.as_deref(),
                other_scheme: None,
                context_required: case.session.context_required,
            },
            room: case.room_jid.as_deref().map(|room| RoomQuestion {
                room: RoomName::Jid(room),
                state: case.room,
                query_prefix,
            }),
            overrides: Overrides::default(),
        };
        let host = self.hosts.as_ref().and(case.host.as_deref());
        let mut verdict = verifier.verify(host, &question).await?;
        verdict.issuer = verdict
            .issuer
            .filter(|_| self.has_several_issuers(&verdict.host));
        Ok(Verdict::new(case, verdict))
    }

    fn has_several_issuers(&self, host: &str) -> bool {
        let host = self.hosts.as_ref().and_then(|hosts| hosts.get(host));
        host.is_some_and(|host| host.policy.issuers.only().is_none())
    }

    fn hosts_for(&self, case: &Case) -> Option<BTreeMap<String, Arc<Host>>> {
        if let Some(hosts) = &self.hosts {
            return Some(hosts.clone());
        }
        let host = config::recorded::host(case.options.as_ref()?, self.max_token_bytes)?;
        Some(BTreeMap::from([(RECORDED.to_owned(), Arc::new(host))]))
    }
}

impl Verdict {
    fn refused(case: &Case) -> Self {
        Self {
            name: case.name.clone(),
            config: Some("refused"),
            issuer: None,
            auth: None,
            room: None,
            session: None,
        }
    }

    fn new(case: &Case, verdict: TokenVerdict) -> Self {
        let session = verdict.session();
        Self {
            name: case.name.clone(),
            config: None,
            issuer: verdict.issuer.map(Cow::into_owned),
            auth: Some(Outcome::new(verdict.admission.err())),
            room: verdict.room.map(|room| Outcome::new(room.decision.err())),
            session,
        }
    }
}

impl Outcome {
    /// The reason in words, or else its code.
    fn told(&self) -> Option<&str> {
        self.reason.as_deref().or(self.code)
    }

    fn new(denial: Option<Denial>) -> Self {
        let reason = denial.map(|denial| denial.reason);
        Self {
            ok: reason.is_none(),
            code: reason.as_ref().map(Reason::code),
            error: reason.as_ref().and_then(Reason::condition),
            reason: reason
                .as_ref()
                .and_then(|reason| reason.text().map(String::from)),
        }
    }
}

/// The one host of a recorded policy.
const RECORDED: &str = "recorded";
