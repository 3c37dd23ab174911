//! Explains a token with all checks, also those after the first that fails.

use std::sync::Arc;

use serde_json::Value;

use crate::config::host::Host;
use crate::token::decision::{Found, Presented};
use crate::token::explain::checks::{self, Check};
use crate::token::explain::room_checks::{self, Entrance};
use crate::token::explain::{self, Examined, Explanation};
use crate::token::policy::{Accepted, Policy};

use super::policies::Policies;
use super::question::{TokenQuestion, Undecided};
use super::verdict::Examination;
use super::{Case, Verifier, token_id};

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
            overrides: question.overrides.clone(),
        };
        let now = at.unwrap_or_else(|| (self.now)());
        let policies = self.policies.load_full();
        let by_issuer = by_issuer(&policies, readable.presented.token);
        let case = Case::new(&policies, host.or(by_issuer), &readable, now)?;
        let found = self.find_key(&case.host, readable.presented.token).await;
        let mut checks = self.examining(&case, &found, usize::MAX, checks::token);
        if let Some((_, explanation)) = &pasted {
            checks.insert(0, Check::pasted(explanation.clone()));
        }
        checks.extend(self.room_checks(&case).await?);
        for check in &mut checks {
            if let Err(failed) = &mut check.outcome {
                failed.explanation = with_origin(failed.explanation.clone(), &case.host);
            }
        }
        let room_jid = question
            .room
            .map(|room| room.room_jid(case.name, &case.host.policy));
        let case = Case { question, ..case };
        Ok(Examination {
            room_jid,
            token_digest: token.map(token_id::digest_id),
            verdict: self.decide(&case).await?,
            now,
            checks,
        })
    }

    /// Puts together what an explanation needs to know, with so many of the other hosts at most.
    pub(super) fn examining<T>(
        &self,
        case: &Case<'_>,
        found: &Found,
        most_neighbours: usize,
        explain: impl FnOnce(&Examined<'_>) -> T,
    ) -> T {
        let others = case.policies.hosts().filter(|(name, _)| *name != case.name);
        let neighbours: Vec<(&str, &Policy)> = others
            .map(|(name, host)| (name, &host.policy))
            .take(most_neighbours)
            .collect();
        explain(&Examined {
            policy: &case.host.policy,
            token: case.question.presented.token,
            found,
            known_kids: &|| self.keys.kids(&case.host.sources, explain::MOST_KIDS),
            neighbours: &neighbours,
            context_required: case.question.presented.context_required,
            now: case.now,
        })
    }

    async fn room_checks(&self, case: &Case<'_>) -> Result<Vec<Check>, Undecided> {
        let Some(room) = case.question.room else {
            return Ok(Vec::new());
        };
        let host = Arc::clone(&case.host);
        let token = case.question.presented.token.map(str::to_owned);
        let room_jid = room.room_jid(case.name, &host.policy);
        let query_prefix = room.query_prefix.map(str::to_owned);
        let check = move || {
            let entrance = Entrance {
                room_jid: &room_jid,
                state: room.state,
                query_prefix: query_prefix.as_deref(),
            };
            room_checks::all(&host.policy, token.as_deref(), entrance).unwrap_or_default()
        };
        let checked = self.patterns.run(check).await;
        checked.map_err(|_| Undecided::Overloaded)
    }
}

/// The one host that accepts a token's issuer by name, where there are several hosts.
fn by_issuer<'a>(policies: &'a Policies, token: Option<&str>) -> Option<&'a str> {
    let issuer = Value::from(explain::issuer(token?)?);
    let accepts = |host: &Host| {
        matches!(host.policy.issuers, Accepted::Only(_)) && host.policy.issuers.contains(&issuer)
    };
    let mut accepting = policies.hosts().filter(|(_, host)| accepts(host));
    let (name, _) = accepting.next()?;
    let is_only_one = accepting.next().is_none() && policies.hosts().count() > 1;
    is_only_one.then_some(name)
}

/// Fills in where the option that explains a denial came from.
pub fn with_origin(explanation: Explanation, host: &Host) -> Explanation {
    let options = explanation.options.iter();
    let option = options
        .clone()
        .find(|option| host.origin_of(option).is_some())
        .or_else(|| {
            options
                .clone()
                .find(|option| host.origins.contains_key(**option))
        });
    let origin = option.and_then(|option| host.origins.get_key_value(option));
    Explanation {
        origin: origin.map(|(option, origin)| format!("{option}, {origin}")),
        ..explanation
    }
}
