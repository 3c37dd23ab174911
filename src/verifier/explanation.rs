//! Explains a token with all checks, also those after the first that fails.

use std::sync::Arc;

use serde_json::Value;

use crate::config::host::Host;
use crate::config::problem::Origin;
use crate::token::decision::Presented;
use crate::token::explain::checks::{self, Check, Entrance};
use crate::token::explain::{self, Explanation};
use crate::token::policy::Accepted;

use super::question::{TokenQuestion, Undecided};
use super::verdict::Examination;
use super::{Named, Verifier, token_id};

impl Verifier {
    /// Goes through all checks, at `at` in Unix seconds or now. What was copied along with the token is one mistake,
    /// and the other checks are made without it.
    ///
    /// Where several hosts are configured and none is named, the token's issuer tells which is meant.
    ///
    /// # Errors
    /// [`Undecided`].
    pub async fn explain(
        &self,
        host: Option<&str>,
        question: &TokenQuestion<'_>,
        at: Option<i64>,
    ) -> Result<Examination, Undecided> {
        let token = question.presented.token;
        let pasted = token.and_then(explain::pasted);
        let alone = pasted.as_ref().map(|(token, _)| token.as_str());
        let readable = TokenQuestion {
            presented: Presented {
                token: alone.or(token),
                ..question.presented
            },
            room: question.room,
        };
        let named = match (host, self.by_issuer(readable.presented.token)) {
            (None, Some(host)) if self.hosts.len() > 1 => host,
            _ => self.host(host)?,
        };
        let now = at.unwrap_or_else(|| (self.now)());
        let found = self.find_key(named.host, readable.presented.token);
        let mut checks = self.examining(named, &readable, &found, now, checks::token);
        if let Some((_, explanation)) = &pasted {
            checks.insert(0, Check::pasted(explanation.clone()));
        }
        checks.extend(self.room_checks(named, &readable).await?);
        for check in &mut checks {
            if let Err(failed) = &mut check.outcome {
                failed.explanation = with_origin(failed.explanation.clone(), named.host);
            }
        }
        Ok(Examination {
            room_jid: question
                .room
                .map(|room| room.room_jid(named.name, &named.host.policy)),
            token_digest: token.map(token_id::digest_id),
            verdict: self.decide(named, question, now).await?,
            now,
            checks,
        })
    }

    async fn room_checks(
        &self,
        named: Named<'_>,
        question: &TokenQuestion<'_>,
    ) -> Result<Vec<Check>, Undecided> {
        let Some(room) = question.room else {
            return Ok(Vec::new());
        };
        let host = Arc::clone(named.host);
        let token = question.presented.token.map(str::to_owned);
        let room_jid = room.room_jid(named.name, &host.policy);
        let query_prefix = room.query_prefix.map(str::to_owned);
        let check = move || {
            let entrance = Entrance {
                room_jid: &room_jid,
                state: room.state,
                query_prefix: query_prefix.as_deref(),
            };
            checks::room(&host.policy, token.as_deref(), entrance).unwrap_or_default()
        };
        let checked = self.patterns.run(check).await;
        checked.map_err(|_| Undecided::Overloaded)
    }

    /// The one host that accepts a token's issuer by name.
    fn by_issuer(&self, token: Option<&str>) -> Option<Named<'_>> {
        let issuer = explain::issuer(token?)?;
        let accepts = |host: &Host| {
            matches!(host.policy.issuers, Accepted::Only(_))
                && host.policy.issuers.contains(&Value::from(issuer.as_str()))
        };
        let mut accepting = self.hosts.iter().filter(|(_, host)| accepts(host));
        let (name, host) = accepting.next()?;
        accepting.next().is_none().then_some(Named { name, host })
    }
}

/// Fills in where the option that explains a denial came from.
pub fn with_origin(explanation: Explanation, host: &Host) -> Explanation {
    let known = explanation
        .options
        .iter()
        .filter_map(|option| host.origins.get_key_value(option));
    let set = known
        .clone()
        .find(|(_, origin)| **origin != Origin::Default);
    let origin = set.or_else(|| known.clone().next());
    Explanation {
        origin: origin.map(|(option, origin)| format!("{option}, {origin}")),
        ..explanation
    }
}
