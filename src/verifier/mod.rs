//! Decides with the current policies, keys and the clock; knows no HTTP.

mod explanation;
pub mod question;
mod token_id;
pub mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::host::Host;
use crate::keys::recorded::{self, Answers};
use crate::token::decision::{self, Found};
use crate::token::explain::{self, Examined};
use crate::token::policy::Policy;
use crate::token::room::{self, Join, Matching, Participant, RoomAddress, RoomVerdict};
use crate::worker::Worker;

use self::question::{TokenQuestion, Undecided};
use self::verdict::{Admitted, Denial, RoomAnswer, TokenVerdict};

/// The policies in force, by host, and what they are applied with.
pub struct Verifier {
    hosts: BTreeMap<String, Arc<Host>>,
    answers: Answers,
    patterns: Arc<Worker>,
    now: Clock,
}

/// Tells the time in Unix seconds.
pub type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

impl Verifier {
    /// Takes the hosts by name, what their key servers answer, the worker that matches patterns, and the clock.
    #[must_use]
    pub fn new(
        hosts: BTreeMap<String, Arc<Host>>,
        answers: Answers,
        patterns: Arc<Worker>,
        now: Clock,
    ) -> Self {
        Self {
            hosts,
            answers,
            patterns,
            now,
        }
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
        let host = self.host(host)?;
        self.decide(host, question, (self.now)()).await
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
        let host = self.host(host)?;
        self.decide_room(host, join).await
    }

    async fn decide(
        &self,
        host: Named<'_>,
        question: &TokenQuestion<'_>,
        now: i64,
    ) -> Result<TokenVerdict, Undecided> {
        let presented = question.presented;
        let found = self.find_key(host.host, presented.token);
        let admission = decision::decide(&host.host.policy, presented, &found, now);
        let token_id = presented
            .token
            .map(|token| token_id::of(token, admission.as_ref().ok()));
        let admission = admission.map(Admitted::from).map_err(|reason| {
            let explanation = self.examining(host, question, &found, now, |examined| {
                explain::token(&reason, examined)
            });
            Denial {
                reason,
                explanation: explanation::with_origin(explanation, host.host).to_string(),
            }
        });
        let room = match (&admission, question.room) {
            (Ok(admitted), Some(room)) => {
                let session = admitted.session.as_ref();
                let join = Join {
                    room_jid: &room.room_jid(host.name, &host.host.policy),
                    state: room.state,
                    query_prefix: room.query_prefix,
                    participant: session.map_or(Participant::Guest, Participant::Member),
                };
                Some(self.decide_room(host, &join).await?)
            }
            (Ok(_) | Err(_), _) => None,
        };
        Ok(TokenVerdict {
            host: host.name.to_owned(),
            token_id,
            admission,
            room,
        })
    }

    async fn decide_room(&self, host: Named<'_>, join: &Join<'_>) -> Result<RoomAnswer, Undecided> {
        let verdict = self.room_verdict(host.host, join).await?;
        let jid = RoomAddress::parse(join.room_jid)
            .map_or_else(|_| join.room_jid.to_owned(), |room| room.bare().to_owned());
        Ok(RoomAnswer {
            host: host.name.to_owned(),
            jid,
            decision: verdict.decision.map_err(|reason| {
                let explanation = explain::room(&reason, &host.host.policy, join);
                Denial {
                    reason,
                    explanation: explanation::with_origin(explanation, host.host).to_string(),
                }
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
        let matching = room::matching(join);
        let session = match (matching, join.participant) {
            (Matching::Short | Matching::Long, Participant::Member(session)) => session.clone(),
            _ => return Ok(room::decide(&host.policy, join)),
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
        let decided = if matching == Matching::Short {
            self.patterns.run_short(decide).await
        } else {
            self.patterns.run(decide).await
        };
        decided.map_err(|_| Undecided::Overloaded)
    }

    fn host(&self, host: Option<&str>) -> Result<Named<'_>, Undecided> {
        let known = || self.hosts.keys().cloned().collect::<Vec<_>>().join(", ");
        let found = match host {
            Some(host) => self.hosts.get_key_value(&host.to_ascii_lowercase()),
            None if self.hosts.len() > 1 => {
                return Err(Undecided::HostAmbiguous { known: known() });
            }
            None => self.hosts.first_key_value(),
        };
        found
            .map(|(name, host)| Named { name, host })
            .ok_or_else(|| Undecided::HostNotConfigured {
                asked: host.unwrap_or_default().to_owned(),
                known: known(),
            })
    }

    fn find_key(&self, host: &Host, token: Option<&str>) -> Found {
        let kid = decision::wanted_key(&host.policy, token?)?;
        recorded::find(&self.answers, &host.sources, &kid)
    }

    /// Puts together what an explanation needs to know.
    fn examining<T>(
        &self,
        host: Named<'_>,
        question: &TokenQuestion<'_>,
        found: &Found,
        now: i64,
        explain: impl FnOnce(&Examined<'_>) -> T,
    ) -> T {
        let others = self.hosts.iter().filter(|(name, _)| *name != host.name);
        let neighbours: Vec<(&str, &Policy)> = others
            .map(|(name, host)| (name.as_str(), &host.policy))
            .collect();
        explain(&Examined {
            policy: &host.host.policy,
            token: question.presented.token,
            found,
            known_kids: &recorded::known_kids(&self.answers, &host.host.sources),
            neighbours: &neighbours,
            context_required: question.presented.context_required,
            now,
        })
    }
}

/// A host with its name.
#[derive(Clone, Copy)]
struct Named<'a> {
    name: &'a str,
    host: &'a Arc<Host>,
}
