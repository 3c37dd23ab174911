//! Explains what a token comes to that comes alone to a gateway.

use super::gateways::{NoAnswer, rules, sets};
use super::{Verifier, token_id};
use crate::config::gateways::Gateway;
use crate::gateway::decision::{Moment, Opened, Rules};
use crate::gateway::explain::{self, Alone, Examined};
use crate::gateway::identity::{self, Identity};
use crate::gateway::refusal::Refusal;
use crate::peer::Peer;
use crate::token::decision::Found;
use crate::token::explain::checks::{Check, Failed};
use crate::token::explain::{MOST_KIDS, pasted};
use crate::token::shown;

/// Everything that can be said of a token at a gateway.
pub struct GatewayExamination {
    /// The gateway's name.
    pub gateway: String,
    /// The time that counted, in Unix seconds.
    pub now: i64,
    /// The first 8 hex digits of the token's SHA-256, where there is a token.
    pub token_digest: Option<String>,
    /// Who asks, or why the request is refused.
    pub decision: Result<Identity, Refusal>,
    /// Why the token of somebody who goes through as anonymous does not count.
    pub overlooked: Option<Refusal>,
    /// Every check, in the order of the decision.
    pub checks: Vec<Check>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// What `WWW-Authenticate` says that the token is for.
    pub realm: Option<String>,
    /// The headers that those behind the proxy get where the request goes through, each set or empty.
    pub headers: Vec<(String, String)>,
}

impl GatewayExamination {
    /// The status that the request is answered with.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.decision.as_ref().err().map_or(200, Refusal::status)
    }

    /// What a refused request is answered with.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        self.decision.as_ref().err().map(Refusal::body)
    }

    /// What `WWW-Authenticate` says then.
    #[must_use]
    pub fn challenge(&self) -> Option<String> {
        let refusal = self.decision.as_ref().err()?;
        refusal.challenge(self.realm.as_deref())
    }

    /// Why the request is refused, or else why its token does not count.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.decision.as_ref().err().or(self.overlooked.as_ref())
    }

    /// The check that the refusal is about: the first that failed, but for a consumer that is not there.
    #[must_use]
    pub fn first_failed(&self) -> Option<&Failed> {
        let failed = || {
            let checks = self.checks.iter();
            checks.filter_map(|check| check.outcome.as_ref().err().map(Box::as_ref))
        };
        let code = Refusal::NoAnonymous(String::new()).code();
        let is_anonymous = self.refusal().is_some_and(|refusal| refusal.code() == code);
        let of_anonymous = || failed().find(|failed| failed.code == code);
        let found = is_anonymous.then(of_anonymous).flatten();
        found.or_else(|| failed().next())
    }
}

/// A gateway, with what is in force for it.
struct At<'a> {
    name: &'a str,
    gateway: &'a Gateway,
    rules: Rules<'a>,
    moment: Moment<'a>,
}

/// What was decided on a token that comes alone: who asks or why not, and why the token of somebody anonymous does not count.
type Decided = (Result<Identity, Refusal>, Option<Refusal>);

impl Verifier {
    /// Goes through all checks of a token for a gateway, at `at` in Unix seconds or now. What was copied along with the token is one
    /// mistake, and the other checks are made without it.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn explain_request(
        &self,
        name: &str,
        token: Option<&str>,
        asker: Peer,
        at: Option<i64>,
    ) -> Result<GatewayExamination, NoAnswer> {
        let policies = self.policies.load_full();
        let unknown = || NoAnswer::NotConfigured {
            asked: name.to_owned(),
            known: shown::listed(policies.gateway_names()),
        };
        let (gateway, seen) = policies.gateway(name).ok_or_else(unknown)?;
        let revoked = self.in_force.known();
        revoked.check()?;
        let stored = self.stored.load();
        let sets = sets(gateway, &stored);
        let at = At {
            name,
            gateway,
            rules: rules(gateway, &sets),
            moment: Moment {
                now: at.unwrap_or_else(|| (self.now)()),
                recall: policies.recall(name),
                seen,
                revocations: revoked.set().map(|set| set.of_host(name, policies.user())),
            },
        };
        Ok(self.examine_request(&at, token, asker).await)
    }

    async fn examine_request(
        &self,
        at: &At<'_>,
        token: Option<&str>,
        asker: Peer,
    ) -> GatewayExamination {
        let (presented, found) = self.decide_alone(at, token).await;
        let (alone, mistake) = token.and_then(pasted).unzip();
        let found = match &alone {
            Some(alone) => self.decide_alone(at, Some(alone)).await.1,
            None => found,
        };
        let token_alone = alone.as_deref().or(token);
        let checks = self.examining_request(at, token_alone, &found, asker, |examined| {
            let goes_through = |identity: &Identity| !identity.is_anonymous;
            let mistake = mistake.filter(|_| !presented.0.as_ref().is_ok_and(goes_through));
            let pasted = mistake.map(|mistake| explain::copied_along(examined, mistake));
            let anonymous = match &presented.0 {
                Err(Refusal::NoAnonymous(name)) => Some(explain::anonymous(examined, name)),
                Ok(_) | Err(_) => None,
            };
            let checks = pasted.into_iter().chain(explain::checks(examined));
            checks.chain(anonymous).collect::<Vec<Check>>()
        });
        GatewayExamination {
            gateway: at.name.to_owned(),
            now: at.moment.now,
            token_digest: token.map(token_id::digest_id),
            notes: note(at.gateway, &presented, &checks).into_iter().collect(),
            headers: headers(at.gateway, &presented.0),
            realm: at.gateway.settings.realm.clone(),
            decision: presented.0,
            overlooked: presented.1,
            checks,
        }
    }

    async fn decide_alone(&self, at: &At<'_>, token: Option<&str>) -> (Decided, Found) {
        let request = Alone::new(&at.gateway.settings, token);
        let fields = request.fields();
        let opened = Opened::new(at.rules, &request.described(&fields));
        let found = self.find_published(at.gateway, &opened).await;
        (opened.decide(&found, &at.moment), found)
    }

    /// Puts together what an explanation needs to know.
    fn examining_request<T>(
        &self,
        at: &At<'_>,
        token: Option<&str>,
        found: &Found,
        asker: Peer,
        explain: impl FnOnce(&Examined<'_>) -> T,
    ) -> T {
        let is_trusted = asker == Peer::Own;
        let sources = at.gateway.sources.as_ref();
        explain(&Examined {
            gateway: at.name,
            rules: at.rules,
            token,
            found,
            known_kids: &|| sources.map_or_else(Vec::new, |all| self.keys.kids(all, MOST_KIDS)),
            source_words: &|kid| {
                sources.map_or_else(Vec::new, |all| self.keys.why_absent(all, kid))
            },
            option: &|option| option_of(at.gateway, option),
            revocations: at.moment.revocations,
            is_trusted,
            most_tried: if is_trusted { MOST_TRIED } else { FEW_TRIED },
            now: at.moment.now,
        })
    }
}

/// An option as it counts, and where it was set.
fn option_of(gateway: &Gateway, option: &str) -> Option<String> {
    let found = gateway.shown.iter().find(|shown| shown.option == option)?;
    let value = found.value.to_string();
    if value.len() > MOST_SHOWN {
        return Some(format!("{option}, {}", found.origin));
    }
    Some(format!("{option} = {value}, {}", found.origin))
}

/// What there is to say of somebody who goes through as anonymous.
fn note(gateway: &Gateway, decided: &Decided, checks: &[Check]) -> Option<String> {
    let (decision, overlooked) = decided;
    decision
        .as_ref()
        .ok()
        .filter(|identity| identity.is_anonymous)?;
    let name = gateway.settings.anonymous.as_deref().unwrap_or_default();
    let option = option_of(gateway, "anonymous");
    let option = option.map_or_else(String::new, |option| format!(" ({option})"));
    let through = format!(
        "the request goes through as the anonymous consumer {}{option}",
        shown::quoted(name)
    );
    let Some(refusal) = overlooked else {
        return Some(format!("{through}, for there is no token"));
    };
    let mut failed = checks
        .iter()
        .filter_map(|check| check.outcome.as_ref().err());
    let why = failed.next().map(|failed| failed.explanation.to_string());
    Some(format!(
        "{through}: the token does not count, and would be answered with {} {} else; {}",
        refusal.status(),
        refusal.body(),
        why.unwrap_or_default()
    ))
}

fn headers(gateway: &Gateway, decision: &Result<Identity, Refusal>) -> Vec<(String, String)> {
    let Ok(identity) = decision else {
        return Vec::new();
    };
    let values = identity.values();
    let own = identity::NAMES.iter().zip(values.iter());
    let own = own.map(|(name, value)| ((*name).to_owned(), value.to_string()));
    let further = gateway.settings.beyond.headers.iter().enumerate();
    let further = further.map(|(place, header)| {
        let value = identity.claims.get(place).cloned().flatten();
        (header.name.clone(), value.unwrap_or_default())
    });
    own.chain(further).collect()
}

/// How many secrets or keys are tried for whoever may know them all, and for others.
const MOST_TRIED: usize = 2_000;
const FEW_TRIED: usize = 64;
/// Longer values are not repeated.
const MOST_SHOWN: usize = 60;
