//! Explains a token with all checks, also those after the first that fails.

use std::sync::Arc;

use crate::peer::Peer;
use crate::token::decision::{Found, Opened, Presented};
use crate::token::explain::checks::{self, Check, Failed};
use crate::token::explain::{self, Examined, Explanation};
use crate::token::explain::{mapped, notes, room_checks};
use crate::token::issuer::Keys;
use crate::token::policy::Policy;
use crate::token::reason::Reason;
use crate::token::role::User;
use crate::token::room::{Join, Participant, RoomAddress};
use crate::token::session::Session;

use super::policies::Policies;
use super::question::{RoomQuestion, TokenQuestion};
use super::undecided::Undecided;
use super::verdict::{Examination, with_origin};
use super::{Case, Verifier, meant, surroundings, token_id};

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
        let (alone, copied_along) = token.and_then(explain::pasted).unzip();
        let mut notes = Vec::new();
        let room = question.room.map(|room| meant::room(room, &mut notes));
        if let Some(room) = &room {
            meant::note_spelling(room, &mut notes);
        }
        let readable = TokenQuestion {
            room,
            ..with_token(question, alone.as_deref())
        };
        let presented = TokenQuestion {
            room,
            ..with_token(question, token)
        };
        let now = at.unwrap_or_else(|| (self.now)());
        let policies = self.policies.load_full();
        let host = host_of(&policies, host, &readable, question.room.as_ref());
        let revoked = self.in_force.known();
        let case = Case::new(&policies, host, &readable, now)?.given(&revoked)?;
        let checks = self.every_check(&case, copied_along).await?;
        let readable_token = readable.presented.token;
        let policy = &case.host.policy;
        let session = readable_token.and_then(|token| room_checks::claimed(policy, token));
        let issued = readable_token
            .and_then(|token| Some((explain::known_issuer_of(policy, token)?, token)));
        let taken_out = issued.and_then(|(issuer, token)| mapped::taken_out(issuer, token));
        let mapped = issued.map_or_else(Vec::new, |(issuer, token)| mapped::claims(issuer, token));
        let oddities = oddities(&readable, session.as_ref(), &checks);
        let room_jid = room.map(|room| room.room_jid(case.name, &case.host.policy));
        let case = Case {
            question: &presented,
            ..case
        };
        Ok(Examination {
            room_jid,
            notes,
            token_digest: token.map(token_id::digest_id),
            verdict: self.decide(&case).await?,
            now,
            user: session.as_ref().map(User::of),
            oddities: taken_out.into_iter().chain(oddities).collect(),
            mapped,
            checks,
        })
    }

    /// The checks of the token, then those of the room, each with the origin of the option that it goes by. What was copied
    /// along with the token is the first mistake.
    async fn every_check(
        &self,
        case: &Case<'_>,
        copied_along: Option<Explanation>,
    ) -> Result<Vec<Check>, Undecided> {
        let presented = case.question.presented;
        let (issuer, _) = explain::judged(&case.host.policy, presented.token);
        let issuer = issuer.name.clone();
        let opened = Opened::new(&case.host.policy, presented);
        let found = self.find_key(&case.host, opened.wanted_key()).await;
        let mut checks = match (presented.token, presented.other_scheme) {
            (None, Some(scheme)) => vec![Check::other_scheme(scheme)],
            (Some(_), _) | (None, None) => self.examining(case, &found, usize::MAX, checks::token),
        };
        if let Some(mistake) = copied_along {
            checks.insert(0, Check::pasted(mistake));
        }
        let of_room = self.room_checks(case).await?;
        // Only where another host verified the token is its issuer another question than `iss`.
        let has_issuer = checks.iter().any(|check| check.check == "iss");
        let is_issuers = |check: &Check| {
            let failed = check.outcome.as_ref().err();
            let is_issuers = |failed: &Failed| failed.code == Reason::IssuerNotAccepted.code();
            check.check == "issuer" || failed.is_some_and(|failed| is_issuers(failed))
        };
        let of_room = of_room.into_iter();
        checks.extend(of_room.filter(|check| !has_issuer || !is_issuers(check)));
        checks.extend(room_revocation(case));
        for check in &mut checks {
            if let Err(failed) = &mut check.outcome {
                failed.explanation = with_origin(failed.explanation.clone(), &case.host, &issuer);
            }
        }
        Ok(checks)
    }

    /// Puts together what an explanation needs to know, with at most this number of other hosts.
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
        let token = case.question.presented.token;
        let (issuer, relation) = explain::judged(&case.host.policy, token);
        let sources = match issuer.keys {
            Keys::Fixed(_) => None,
            Keys::ById(source) => case.host.source(source),
        };
        explain(&Examined {
            host: case.name,
            policy: &case.host.policy,
            issuer,
            relation,
            is_set: &|option| case.host.origin_at(&issuer.name, option).is_some(),
            token,
            found,
            known_kids: &|| {
                sources.map_or_else(Vec::new, |all| self.keys.kids(all, explain::MOST_KIDS))
            },
            source_words: &|kid| {
                sources.map_or_else(Vec::new, |all| self.keys.why_absent(all, kid))
            },
            neighbours: &neighbours,
            literal: case.host.written.literal(),
            is_trusted: case.question.asker == Peer::Own,
            most_forms: most_neighbours.saturating_mul(FORMS_EACH),
            lists_issuers: case.host.written.lists_issuers(),
            context_required: case.question.presented.context_required,
            revocations: case.revocations(),
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
        let around = surroundings::of(case.policies, case.name, &host, usize::MAX);
        let check = move || {
            let claimed = |token| room_checks::claimed(&host.policy, token);
            let session = token.as_deref().map(claimed);
            let is_nobodys = |token| explain::known_issuer_of(&host.policy, token).is_none();
            let is_nobodys = token.as_deref().is_some_and(is_nobodys);
            let participant = match &session {
                None => Participant::Guest,
                // Its issuer would say which rooms it opens.
                Some(Some(session)) if is_nobodys && session.room.is_none() => return Vec::new(),
                Some(Some(session)) => Participant::Member(session),
                Some(None) => return Vec::new(),
            };
            let join = Join {
                room_jid: &room_jid,
                state: room.state,
                query_prefix: query_prefix.as_deref(),
                participant,
            };
            room_checks::all_among(&host.policy, &join, &around)
        };
        let checked = self.patterns.run(case.question.asker, check).await;
        checked.map_err(|_| Undecided::Overloaded)
    }
}

/// Whether the room was closed, where any can be.
fn room_revocation(case: &Case<'_>) -> Option<Check> {
    let (room, revocations) = (case.question.room?, case.revocations()?);
    let jid = room.room_jid(case.name, &case.host.policy);
    let room = RoomAddress::parse(&jid).ok()?;
    Some(Check::room_revocation(
        revocations.check_room(room.bare(), case.now),
    ))
}

/// What is odd about the token and its session, beside what the checks say.
fn oddities(
    question: &TokenQuestion<'_>,
    session: Option<&Session>,
    checks: &[Check],
) -> Vec<String> {
    let told = question.presented.token.zip(session);
    told.map_or_else(Vec::new, |(token, session)| {
        notes::of(token, session, checks)
    })
}

/// The question with another token, if there is one.
fn with_token<'a>(question: &TokenQuestion<'a>, token: Option<&'a str>) -> TokenQuestion<'a> {
    TokenQuestion {
        presented: Presented {
            token: token.or(question.presented.token),
            ..question.presented
        },
        overrides: question.overrides.clone(),
        ..*question
    }
}

/// The host that is named, as it is meant, or else the one that the token or the room's address leads to.
fn host_of<'a>(
    policies: &'a Policies,
    named: Option<&'a str>,
    question: &TokenQuestion<'_>,
    room: Option<&RoomQuestion<'_>>,
) -> Option<&'a str> {
    let named = named.map(|host| meant::host(policies, host).unwrap_or(host));
    named.or_else(|| meant::host_of(policies, question.presented.token, room))
}

/// How many forms of a secret are tried for each other host that a token is compared with.
const FORMS_EACH: usize = 4;

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::super::MOST_NEIGHBOURS;
    use super::*;
    use crate::config;
    use crate::config::layers::Inputs;
    use crate::keys::store::RecordedAnswers;
    use crate::peer::Peer;
    use crate::verifier::overrides::Overrides;
    use crate::worker::Worker;

    const KEYS_URL: &str = "https://keys.example.com/jwks.json";
    const BY_ID: &str = "cache_keys_url = \"https://keys.example.com/jwks.json\"";
    const BY_SECRET: &str = "app_secret = \"0123456789abcdef0123456789abcdef\"";

    /// A verifier with so many hosts of one kind, and so many keys.
    fn verifier(hosts: usize, options: &str, kids: usize) -> Verifier {
        let mut text = String::new();
        for number in 0..hosts {
            let host = format!("[hosts.\"h{number}.example\"]\napp_id = \"a\"\n{options}\n");
            text.write_str(&host).unwrap();
        }
        let sources = Inputs {
            file: Some(("/t.toml".into(), text)),
            ..Inputs::default()
        };
        let hosts = config::load(&sources).unwrap().hosts;
        let jwk =
            |kid: usize| json!({"kty": "RSA", "kid": format!("k{kid}"), "n": "AQAB", "e": "AQAB"});
        let keys: Vec<Value> = (0..kids).map(jwk).collect();
        let answers =
            RecordedAnswers::from([(KEYS_URL.to_owned(), json!({"keys": keys}).to_string())]);
        let worker = Arc::new(Worker::start(1, 1).unwrap());
        Verifier::new(hosts, answers, worker, Box::new(|| 1_800_000_000))
    }

    /// What denies the token at the first host, and how many other hosts and kids were looked at for that.
    async fn denial(verifier: &Verifier, token: &str) -> (String, usize, usize) {
        let question = TokenQuestion {
            opens_session: false,
            asker: Peer::Own,
            presented: Presented {
                token: Some(token),
                other_scheme: None,
                context_required: false,
            },
            room: None,
            overrides: Overrides::default(),
        };
        let policies = verifier.policies.load_full();
        let case = Case::new(&policies, Some("h0.example"), &question, 1_800_000_000).unwrap();
        let seen = verifier.examining(&case, &None, MOST_NEIGHBOURS, |examined| {
            (examined.neighbours.len(), (examined.known_kids)().len())
        });
        let verdict = verifier.decide(&case).await.unwrap();
        (verdict.admission.err().unwrap().explanation, seen.0, seen.1)
    }

    fn token(header: &Value) -> String {
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let header = encode(&header.to_string());
        format!(
            "{header}.{}.{}",
            encode(r#"{"iss":"a","aud":"a"}"#),
            encode("a signature of thirty-two bytes.")
        )
    }

    #[tokio::test]
    async fn a_denial_is_explained_alike_and_at_the_same_cost_whatever_number_of_hosts_there_is() {
        let token = token(&json!({"alg": "HS256", "typ": "JWT"}));
        let (of_few, neighbours, _) = denial(&verifier(20, BY_SECRET, 0), &token).await;
        assert_eq!(neighbours, MOST_NEIGHBOURS);
        assert!(of_few.contains("the issuer has another secret"), "{of_few}");
        let (of_many, neighbours, _) = denial(&verifier(1_000, BY_SECRET, 0), &token).await;
        assert_eq!((of_many, neighbours), (of_few, MOST_NEIGHBOURS));
    }

    #[tokio::test]
    async fn a_few_of_many_kids_are_looked_at_and_named() {
        let token = token(&json!({"alg": "RS256", "typ": "JWT", "kid": "unknown"}));
        let (explanation, _, kids) = denial(&verifier(1, BY_ID, 10_000), &token).await;
        assert_eq!(kids, explain::MOST_KIDS);
        assert!(explanation.contains("\"k0\" or "), "{explanation}");
        assert!(explanation.contains(" or another"), "{explanation}");
        assert_eq!(
            explanation.matches("\"k").count(),
            explain::MOST_KIDS - 1,
            "{explanation}"
        );
    }
}
