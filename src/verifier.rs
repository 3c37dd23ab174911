//! Decides with the current policies and the clock; knows no HTTP.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::token::decision::{self, Admission, Presented};
use crate::token::explain;
use crate::token::policy::Policy;
use crate::token::reason::Reason;
use crate::token::room::{self, Join, Participant, RoomAddress, RoomState, RoomVerdict};
use crate::token::session::Session;

/// The policies in force, by host.
pub struct Verifier {
    hosts: BTreeMap<String, Policy>,
    now: fn() -> i64,
}

/// A question that has no answer here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnknownHost {
    /// The host has no policy.
    #[error("no policy for host {asked:?}; there is one for {known}")]
    NotConfigured {
        /// The host that was asked for.
        asked: String,
        /// The hosts that have one.
        known: String,
    },
    /// No host was named, and there are several.
    #[error("no host was named, and there is more than one: {known}")]
    Ambiguous {
        /// The hosts that have a policy.
        known: String,
    },
}

/// A token to decide on, with everything that it is presented with.
pub struct TokenQuestion<'a> {
    /// What the client presents.
    pub presented: Presented<'a>,
    /// The room to decide on at the same time, where there is one.
    pub room: Option<RoomQuestion<'a>>,
}

/// A room to decide on.
#[derive(Clone, Copy)]
pub struct RoomQuestion<'a> {
    /// A JID, or a bare name to be completed.
    pub room: &'a str,
    /// What the MUC component knows of it.
    pub state: RoomState,
    /// The tenant in the meeting's web address.
    pub query_prefix: Option<&'a str>,
}

/// Why something was denied: for machines, and for people.
pub struct Denial {
    /// The reason.
    pub reason: Reason,
    /// What it means, in one line.
    pub explanation: String,
}

/// A token's verdict, and the room's where one was asked.
#[must_use]
pub struct TokenVerdict {
    /// The host whose policy decided.
    pub host: String,
    /// How the token is named in logs.
    pub token_id: Option<String>,
    /// Who was let in, or why not.
    pub admission: Result<Admitted, Denial>,
    /// The room's verdict, where a room was asked and the token let in.
    pub room: Option<RoomAnswer>,
}

/// A session that was let in.
#[derive(Default)]
pub struct Admitted {
    /// What the session is to carry; nothing for a guest.
    pub session: Option<Session>,
    /// The verified claims; none for a guest.
    pub claims: Option<Map<String, Value>>,
}

/// A room's verdict.
#[must_use]
pub struct RoomAnswer {
    /// The host whose policy decided.
    pub host: String,
    /// The room's bare JID, as it was decided on; the JID that was asked where it is none.
    pub jid: String,
    /// Whether the join is allowed.
    pub decision: Result<(), Denial>,
    /// The token's tenant is not that of the web address.
    pub tenant_mismatch: bool,
}

impl TokenVerdict {
    /// `allowed`, or the code of the reason why not.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let room = self
            .room
            .as_ref()
            .and_then(|room| room.decision.as_ref().err());
        code(self.admission.as_ref().err().or(room))
    }
}

impl RoomAnswer {
    /// `allowed`, or the code of the reason why not.
    #[must_use]
    pub fn code(&self) -> &'static str {
        code(self.decision.as_ref().err())
    }
}

fn code(denial: Option<&Denial>) -> &'static str {
    denial.map_or("allowed", |denial| denial.reason.code())
}

impl Verifier {
    /// Takes the policies, by host, and the clock to decide by.
    #[must_use]
    pub const fn new(hosts: BTreeMap<String, Policy>, now: fn() -> i64) -> Self {
        Self { hosts, now }
    }

    /// Decides on a token and, if it is let in, on a room. Where one host is configured, it need not be named.
    ///
    /// # Errors
    /// [`UnknownHost`].
    pub fn verify(
        &self,
        host: Option<&str>,
        question: &TokenQuestion<'_>,
    ) -> Result<TokenVerdict, UnknownHost> {
        let (host, policy) = self.policy(host)?;
        let now = (self.now)();
        let token = question.presented.token;
        let admission = decision::decide(policy, question.presented, now);
        let token_id = token.map(|token| token_id(token, admission.as_ref().ok()));
        let admission = admission.map(Admitted::from).map_err(|reason| {
            let explanation = explain::token(&reason, policy, token, now).to_string();
            Denial {
                reason,
                explanation,
            }
        });
        let room = admission
            .as_ref()
            .ok()
            .zip(question.room)
            .map(|(admitted, room)| {
                let participant = admitted
                    .session
                    .as_ref()
                    .map_or(Participant::Guest, Participant::Member);
                let room_jid = complete(host, policy, &room);
                let join = Join {
                    room_jid: &room_jid,
                    state: room.state,
                    query_prefix: room.query_prefix,
                    participant,
                };
                decide_room(host, policy, &join)
            });
        Ok(TokenVerdict {
            host: host.to_owned(),
            token_id,
            admission,
            room,
        })
    }

    /// Decides on a room for a session whose token was decided before.
    ///
    /// # Errors
    /// [`UnknownHost`].
    pub fn verify_room(
        &self,
        host: Option<&str>,
        join: &Join<'_>,
    ) -> Result<RoomAnswer, UnknownHost> {
        let (host, policy) = self.policy(host)?;
        Ok(decide_room(host, policy, join))
    }

    fn policy(&self, host: Option<&str>) -> Result<(&str, &Policy), UnknownHost> {
        let known = || self.hosts.keys().cloned().collect::<Vec<_>>().join(", ");
        let found = match host {
            Some(host) => self.hosts.get_key_value(&host.to_ascii_lowercase()),
            None if self.hosts.len() > 1 => return Err(UnknownHost::Ambiguous { known: known() }),
            None => self.hosts.first_key_value(),
        };
        found
            .map(|(name, policy)| (name.as_str(), policy))
            .ok_or_else(|| UnknownHost::NotConfigured {
                asked: host.unwrap_or_default().to_owned(),
                known: known(),
            })
    }
}

impl From<Admission> for Admitted {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Guest => Self::default(),
            Admission::Member(member) => Self {
                session: Some(member.session),
                claims: Some(member.claims.into_members()),
            },
        }
    }
}

fn decide_room(host: &str, policy: &Policy, join: &Join<'_>) -> RoomAnswer {
    let RoomVerdict {
        decision,
        tenant_mismatch,
    } = match join.participant {
        // A pattern may take a while, and must not keep other requests waiting.
        Participant::Member(session) if session.has_pattern() => {
            tokio::task::block_in_place(|| room::decide(policy, join))
        }
        Participant::Member(_) | Participant::Guest => room::decide(policy, join),
    };
    let decision = decision.map_err(|reason| {
        let explanation = explain::room(&reason, policy, join).to_string();
        Denial {
            reason,
            explanation,
        }
    });
    let jid = RoomAddress::parse(join.room_jid)
        .map_or_else(|_| join.room_jid.to_owned(), |room| room.bare().to_owned());
    RoomAnswer {
        host: host.to_owned(),
        jid,
        decision,
        tenant_mismatch,
    }
}

/// Completes a bare room name, as the web client does, with the tenant and the host's MUC domain.
fn complete(host: &str, policy: &Policy, question: &RoomQuestion<'_>) -> String {
    let muc_domain = policy
        .rooms
        .muc_domain
        .clone()
        .unwrap_or_else(|| format!("{}.{host}", policy.rooms.domain_prefix));
    if question.room.contains(['@', '/']) || question.room == muc_domain {
        return question.room.to_owned();
    }
    let name = question.room.to_lowercase();
    match question.query_prefix.filter(|tenant| !tenant.is_empty()) {
        Some(tenant) => format!("[{}]{name}@{muc_domain}", tenant.to_lowercase()),
        None => format!("{name}@{muc_domain}"),
    }
}

/// A verified token is named by its `jti` if that is short and plain, any other by a digest.
fn token_id(token: &str, admission: Option<&Admission>) -> String {
    let plain =
        |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let jti = match admission {
        Some(Admission::Member(member)) => member
            .claims
            .claim("jti")
            .and_then(Value::as_str)
            .filter(plain),
        Some(Admission::Guest) | None => None,
    };
    jti.map_or_else(|| digest_id(token), str::to_owned)
}

/// The first 8 hex digits of the token's SHA-256.
fn digest_id(token: &str) -> String {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let first = digest.as_ref().first_chunk().copied().unwrap_or_default();
    format!("{:08x}", u32::from_be_bytes(first))
}
