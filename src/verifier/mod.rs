//! Decides with the current policies, keys and the clock; knows no HTTP.

mod known_keys;
pub mod loaded;
pub mod overrides;
pub mod policies;
pub mod question;
mod token_id;
pub mod verdict;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::host::Host;
use crate::keys::store::KeyStore;
use crate::token::decision::{self, Found};
use crate::token::explain;
use crate::token::reason::Reason;
use crate::token::room::{self, Join, Participant, RoomAddress, RoomVerdict};
use crate::worker::Worker;

use self::policies::Policies;
use self::question::{TokenQuestion, Undecided};
use self::verdict::{Admitted, Denial, RoomAnswer, TokenVerdict};

/// The policies in force, by host, and what they are applied with.
pub struct Verifier {
    policies: ArcSwap<Policies>,
    keys: KeyStore,
    patterns: Worker,
    now: fn() -> i64,
}

impl Verifier {
    /// Takes the policies, where their keys are found, the worker that matches patterns, and the clock.
    #[must_use]
    pub fn new(
        policies: impl Into<Policies>,
        keys: impl Into<KeyStore>,
        patterns: Worker,
        now: fn() -> i64,
    ) -> Self {
        Self {
            policies: ArcSwap::from_pointee(policies.into()),
            keys: keys.into(),
            patterns,
            now,
        }
    }

    /// Puts other policies in force. Questions that are being decided on stay with those they began with.
    pub fn replace(&self, policies: Policies) {
        self.policies.store(Arc::new(policies));
    }

    /// Decides on a token and, if it is let in, on a room. Where one host is configured, it need not be named.
    ///
    /// # Errors
    /// [`Undecided`].
    pub async fn verify(
        &self,
        host: Option<&str>,
        question: &TokenQuestion<'_>,
    ) -> Result<TokenVerdict, Undecided> {
        let policies = self.policies.load_full();
        let (name, host) = policies.host(host)?;
        let host = &question.overrides.apply(host, &policies)?;
        let now = (self.now)();
        let token = question.presented.token;
        let found = self.find_key(host, token).await;
        let admission = decision::decide(&host.policy, question.presented, &found, now);
        let token_id = token.map(|token| token_id::of(token, admission.as_ref().ok()));
        let admission = admission.map(Admitted::from).map_err(|reason| {
            denial(reason, |reason| {
                let key = self.explain_key(reason, host, token);
                key.unwrap_or_else(|| explain::token(reason, &host.policy, token, now))
            })
        });
        let room = match (&admission, question.room) {
            (Ok(admitted), Some(room)) => {
                let session = admitted.session.as_ref();
                let join = Join {
                    room_jid: &room.room_jid(name, &host.policy),
                    state: room.state,
                    query_prefix: room.query_prefix,
                    participant: session.map_or(Participant::Guest, Participant::Member),
                };
                Some(self.decide_room(name, host, &join).await?)
            }
            (Ok(_) | Err(_), _) => None,
        };
        Ok(TokenVerdict {
            host: name.to_owned(),
            token_id,
            admission,
            room,
        })
    }

    /// Decides on a room for a session whose token was decided before.
    ///
    /// # Errors
    /// [`Undecided`].
    pub async fn verify_room(
        &self,
        host: Option<&str>,
        join: &Join<'_>,
    ) -> Result<RoomAnswer, Undecided> {
        let policies = self.policies.load_full();
        let (name, host) = policies.host(host)?;
        self.decide_room(name, host, join).await
    }

    async fn find_key(&self, host: &Host, token: Option<&str>) -> Found {
        let kid = decision::wanted_key(&host.policy, token?)?;
        self.keys.find(&host.sources, &kid).await
    }

    async fn decide_room(
        &self,
        name: &str,
        host: &Arc<Host>,
        join: &Join<'_>,
    ) -> Result<RoomAnswer, Undecided> {
        let verdict = self.room_verdict(host, join).await?;
        let jid = RoomAddress::parse(join.room_jid)
            .map_or_else(|_| join.room_jid.to_owned(), |room| room.bare().to_owned());
        Ok(RoomAnswer {
            host: name.to_owned(),
            jid,
            decision: verdict.decision.map_err(|reason| {
                denial(reason, |reason| explain::room(reason, &host.policy, join))
            }),
            tenant_mismatch: verdict.tenant_mismatch,
        })
    }

    /// A pattern may take a while, and must not keep other requests waiting.
    async fn room_verdict(
        &self,
        host: &Arc<Host>,
        join: &Join<'_>,
    ) -> Result<RoomVerdict, Undecided> {
        let session = match join.participant {
            Participant::Member(session) if session.has_pattern() => session.clone(),
            Participant::Member(_) | Participant::Guest => {
                return Ok(room::decide(&host.policy, join));
            }
        };
        let (host, state) = (Arc::clone(host), join.state);
        let room_jid = join.room_jid.to_owned();
        let query_prefix = join.query_prefix.map(str::to_owned);
        let decide = move || {
            let join = Join {
                room_jid: &room_jid,
                state,
                query_prefix: query_prefix.as_deref(),
                participant: Participant::Member(&session),
            };
            room::decide(&host.policy, &join)
        };
        let decided = self.patterns.run(decide).await;
        decided.map_err(|_| Undecided::Overloaded)
    }
}

fn denial(reason: Reason, explain: impl FnOnce(&Reason) -> explain::Explanation) -> Denial {
    let explanation = explain(&reason).to_string();
    Denial {
        reason,
        explanation,
    }
}
