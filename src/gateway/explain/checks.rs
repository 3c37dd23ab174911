//! All checks, one after the other.

use super::super::decision::{check_maximum, check_times, key_of};
use super::super::refusal::Refusal;
use super::judged::{Named, Outcome, failed};
use super::read::Read;
use super::{
    Examined, algorithm, beyond, credential, form, key, material, published, signature, times,
};
use crate::token::algorithm::Algorithm;
use crate::token::claims::Claims;
use crate::token::explain::checks::{Check, Failed, Passed};
use crate::token::explain::{Explanation, format, revoked, unit};
use crate::token::header::Header;
use crate::token::key::Key;
use crate::token::reason::Reason;
use crate::token::signature::matches;

/// Goes through all checks of a gateway's decision on a token.
#[must_use]
pub fn checks(examined: &Examined<'_>) -> Vec<Check> {
    let mut checks = Checks {
        examined,
        done: Vec::new(),
    };
    match examined.token {
        Some(token) => checks.token(&Read::of(token)),
        None => checks.fail("token", &Refusal::Unauthorized, form::missing(examined)),
    }
    checks.done
}

/// There was something around the token.
#[must_use]
pub fn copied_along(examined: &Examined<'_>, mistake: Explanation) -> Check {
    Check::pasted(examined.told(mistake))
}

/// The consumer as whom everybody goes through is not there.
#[must_use]
pub fn anonymous(examined: &Examined<'_>, name: &str) -> Check {
    let remedy = format!(
        "add a consumer of that ID or username, or correct anonymous in [gateways.{}]",
        examined.gateway
    );
    let found = format!("no consumer {}", format::quote(name));
    let explanation = Explanation::new("anonymous", found, "a consumer that there is")
        .by(&["anonymous"])
        .mend(remedy);
    let refusal = Refusal::NoAnonymous(name.to_owned());
    let explanation = examined.told(explanation);
    let code = refusal.code();
    Check {
        check: "anonymous",
        outcome: Err(Box::new(Failed { code, explanation })),
    }
}

struct Checks<'e, 'a> {
    examined: &'e Examined<'a>,
    done: Vec<Check>,
}

impl<'a> Checks<'_, 'a> {
    fn token(&mut self, read: &Read<'_>) {
        if let Some(explanation) = form::explain(read) {
            let (refusal, explanation) = explanation;
            self.fail("form", &refusal, explanation);
        } else {
            self.pass(
                "form",
                format!("three parts, {} characters", read.token.len()),
            );
        }
        let (Some(header), Some(claims)) = (&read.header, &read.claims) else {
            return;
        };
        let named_algorithm = algorithm::named(header);
        if named_algorithm.is_none() {
            let explanation = algorithm::unknown(header);
            self.fail("alg", &algorithm::UNKNOWN, explanation);
        }
        let named = if self.examined.rules.has_published_keys {
            self.published(read, header, named_algorithm);
            None
        } else {
            self.credential(read, header, claims, named_algorithm)
        };
        self.times(read, claims);
        self.revocation(read, header, claims);
        self.consumer(named.as_ref());
        for (check, outcome) in beyond::checks(self.examined, claims) {
            self.add(check, outcome);
        }
    }

    fn published(&mut self, read: &Read<'_>, header: &Header, named: Option<Algorithm>) {
        if let Some(algorithm) = named {
            let accepted = &self.examined.rules.settings.beyond.algorithms;
            if accepted.contains(&algorithm) {
                self.pass("alg", algorithm.to_string());
            } else {
                let explanation = published::algorithm(self.examined, algorithm);
                self.fail("alg", &Refusal::Algorithm, explanation);
            }
        }
        // Of a token that cannot be read no key was looked for.
        if read.decided.is_err() {
            return;
        }
        match published::key(self.examined, header) {
            Err(failure) => {
                let (refusal, explanation) = *failure;
                self.fail("kid", &refusal, explanation);
            }
            Ok(key) => {
                self.pass("kid", format::value(header.member("kid")));
                self.signature(read, named, &key, |checks, algorithm| {
                    signature::published(checks.examined, read, &key, algorithm)
                });
            }
        }
    }

    fn credential(
        &mut self,
        read: &Read<'_>,
        header: &Header,
        claims: &Claims,
        named: Option<Algorithm>,
    ) -> Option<Named<'a>> {
        let found = self.key(read, header, claims)?;
        let verifying = found.verifying;
        match named {
            None => {}
            Some(algorithm) if algorithm == verifying.algorithm => {
                self.pass("alg", algorithm.to_string());
            }
            Some(alien) => {
                let explanation = algorithm::explain(self.examined, read, &found, alien);
                self.fail("alg", &Refusal::Algorithm, explanation);
            }
        }
        match self.examined.rules.verifier(verifying) {
            Err(refusal) => {
                let explanation = material::explain(self.examined, read, &found);
                self.fail(material::CHECK, &refusal, explanation);
            }
            Ok(key) => self.signature(read, named, &key, |checks, algorithm| {
                signature::explain(checks.examined, read, &found, algorithm)
            }),
        }
        Some(found)
    }

    /// The credential that the token names. Where it names none the one that it seems to mean, so that the other checks tell
    /// whether that is all.
    fn key(&mut self, read: &Read<'_>, header: &Header, claims: &Claims) -> Option<Named<'a>> {
        let claim = &self.examined.rules.settings.key_claim_name;
        let key = match key_of(claim, header, claims) {
            Ok(key) => key,
            Err(refusal) => {
                let (explanation, meant) = key::explain(self.examined, read, &refusal);
                self.fail("key", &refusal, explanation);
                return self.named(&meant?);
            }
        };
        if let Some(named) = self.named(&key) {
            let place = key::place(read, claim);
            self.pass(
                "key",
                format!("{} in {claim} of the {place}", format::quote(&key)),
            );
            let found = credential::found(self.examined, &named);
            self.pass("credential", found);
            return Some(named);
        }
        let refusal = Refusal::NoCredential {
            claim: claim.clone(),
        };
        let (explanation, meant) = credential::unknown(self.examined, read, &key);
        self.fail("credential", &refusal, explanation);
        self.named(&meant?)
    }

    fn named(&self, key: &str) -> Option<Named<'a>> {
        let rules = self.examined.rules;
        let mut sets = rules.credentials.iter();
        sets.find_map(|set| {
            let verifying = set.find(key)?;
            Some(Named {
                owner: set.consumer(&verifying.consumer),
                key: key.to_owned(),
                verifying,
            })
        })
    }

    fn signature(
        &mut self,
        read: &Read<'_>,
        named: Option<Algorithm>,
        key: &Key,
        explain: impl FnOnce(&Self, Algorithm) -> Explanation,
    ) {
        let (Some(signature), Some(algorithm)) = (&read.signature, named) else {
            return;
        };
        // That it is of another kind is said already.
        if !key.is_for(algorithm) {
            return;
        }
        if matches(read.signing_input, signature, key, algorithm) {
            self.pass("signature", "one that matches".to_owned());
        } else {
            let explanation = explain(self, algorithm);
            self.fail("signature", &Refusal::Signature, explanation);
        }
    }

    fn times(&mut self, read: &Read<'_>, claims: &Claims) {
        let examined = self.examined;
        let settings = examined.rules.settings;
        let checked = check_times(settings.claims_to_verify, claims, examined.now);
        let (expiration, not_before) = match &checked {
            Err(Refusal::Times {
                expiration,
                not_before,
            }) => (*expiration, *not_before),
            Ok(()) | Err(_) => (None, None),
        };
        let refusal = Refusal::Times {
            expiration,
            not_before,
        };
        match expiration {
            Some(fault) => self.fail("exp", &refusal, times::expiration(examined, read, fault)),
            None => self.time("exp", claims, settings.claims_to_verify.expiration),
        }
        match not_before {
            Some(fault) => self.fail("nbf", &refusal, times::not_before(examined, read, fault)),
            None => self.time("nbf", claims, settings.claims_to_verify.not_before),
        }
        let maximum = check_maximum(settings.maximum_expiration, claims, examined.now);
        if let (Err(refusal), Some(maximum)) = (maximum, settings.maximum_expiration)
            && expiration.is_none()
        {
            let explanation = times::too_far(examined, read, maximum);
            self.fail("exp", &refusal, explanation);
        }
    }

    /// A time that passed, or is not checked: what is odd about it is said all the same.
    fn time(&mut self, name: &'static str, claims: &Claims, is_verified: bool) {
        let Some(value) = claims.claim(name) else {
            return;
        };
        let now = times::seconds(self.examined.now);
        let mistake = value.as_f64().and_then(|time| unit::mistaken(time, now));
        let mistake =
            mistake.map(|mistake| format!("{name} is {mistake}; Unix seconds are needed"));
        let unchecked = (!is_verified).then(|| "claims_to_verify leaves it out".to_owned());
        self.add(
            name,
            Ok(Passed {
                found: times::shown(value),
                hint: unchecked.or(mistake),
            }),
        );
    }

    fn revocation(&mut self, read: &Read<'_>, header: &Header, claims: &Claims) {
        let Some(revocations) = self.examined.revocations else {
            return;
        };
        let checked =
            revocations.check_token(read.signing_input, header, claims, self.examined.now);
        match checked {
            Ok(()) => self.pass(revoked::CHECK, "none".to_owned()),
            Err(Reason::TokenRevoked(by)) => {
                let explanation = revoked::explain(by.as_deref());
                self.fail(revoked::CHECK, &Refusal::Revoked, explanation);
            }
            Err(_) => self.fail(revoked::CHECK, &Refusal::Revoked, revoked::explain(None)),
        }
    }

    fn consumer(&mut self, named: Option<&Named<'_>>) {
        let Some(named) = named else { return };
        let examined = self.examined;
        let Some(known) = named.owner else {
            let refusal = Refusal::NoConsumer {
                claim: examined.rules.settings.key_claim_name.clone(),
                key: named.key.clone(),
            };
            let explanation = credential::orphan(examined, named);
            return self.fail("consumer", &refusal, explanation);
        };
        // Whoever does not have the key is not told whose it is.
        let may_know = examined.is_trusted || self.has_passed("signature");
        let name = may_know.then(|| format::quote(&examined.called(&known.id)));
        let unnamed = || "one that there is".to_owned();
        self.pass("consumer", name.unwrap_or_else(unnamed));
    }

    fn has_passed(&self, name: &str) -> bool {
        let mut done = self.done.iter();
        done.any(|check| check.check == name && check.outcome.is_ok())
    }

    fn pass(&mut self, check: &'static str, found: String) {
        self.add(check, Ok(Passed { found, hint: None }));
    }

    fn fail(&mut self, check: &'static str, refusal: &Refusal, explanation: Explanation) {
        self.add(check, failed(refusal, explanation));
    }

    fn add(&mut self, check: &'static str, outcome: Outcome) {
        let outcome = outcome.map_err(|failed| {
            let explanation = self.examined.told(failed.explanation);
            Box::new(Failed {
                explanation,
                ..*failed
            })
        });
        self.done.push(Check { check, outcome });
    }
}
