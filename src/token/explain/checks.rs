//! Every check of the token's decision, also those after the first that fails.

use std::slice;

use super::super::checks::{self, Circumstances, ClaimCheck};
use super::super::claims::Claims;
use super::super::compact::Compact;
use super::super::decision::{self, Token};
use super::super::header::Header;
use super::super::issuer::{Accepted, Keys};
use super::super::key::{Key, KeyError};
use super::super::reason::{Flaw, Reason};
use super::super::recall::Recall;
use super::super::signature::{self, Signature};
use super::examined::{Examined, Relation};
use super::explanation::Explanation;
use super::reading;
use super::{format, revoked, structure, unit};

/// One check, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked: a claim, a header member, or a property of token or room.
    pub check: &'static str,
    /// What was found, where it passed; else the reason's code and the explanation.
    pub outcome: Result<Passed, Box<Failed>>,
}

/// A check that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// What was found.
    pub found: String,
    /// What is odd about it all the same.
    pub hint: Option<String>,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The stable code of the reason.
    pub code: &'static str,
    /// Why.
    pub explanation: Explanation,
}

/// Goes through all checks of the token's decision.
#[must_use]
pub fn token(examined: &Examined<'_>) -> Vec<Check> {
    let mut checks = Checks {
        examined,
        done: Vec::new(),
    };
    checks.token();
    checks.done
}

struct Checks<'a> {
    examined: &'a Examined<'a>,
    done: Vec<Check>,
}

impl Checks<'_> {
    fn token(&mut self) {
        let policy = self.examined.policy;
        let Some(token) = self.examined.token else {
            let decided = decision::admit_guest(policy, None).map(drop);
            return self.add("token", decided, || "none, and guests may enter".to_owned());
        };
        if let Err(reason) = decision::check_length(policy, token) {
            self.add("token", Err(reason), String::new);
        }
        let selected = decision::issuer(policy, token).map(drop);
        if selected.is_err() {
            self.add("iss", selected, String::new);
        }
        let issuer = self.examined.issuer;
        if matches!(issuer.keys, Keys::ById(_)) && self.examined.relation == Relation::Own {
            let key = decision::keys(issuer, token, self.examined.found).map(drop);
            self.add("key", key, || "one for this kid".to_owned());
        }
        if issuer.algorithms.is_empty() {
            self.add("alg", Err(Reason::AlgorithmNotSupported), String::new);
        }
        match Compact::split(token) {
            Ok(parts) => self.parts(token, &parts),
            Err(reason) => self.add("token", Err(reason), String::new),
        }
    }

    fn parts(&mut self, token: &str, parts: &Compact<'_>) {
        let header = Header::decode(parts.header).ok();
        let claims = Claims::decode(parts.payload).ok();
        let claims = claims.map(|claims| match self.examined.relation {
            Relation::Own | Relation::Meant => claims.issued_by(self.examined.issuer),
            Relation::None => claims,
        });
        let signature = Signature::decode(parts.signature).ok();
        self.add("form", Token::decode(token, None).map(drop), || {
            let length = parts
                .signing_input
                .len()
                .saturating_add(parts.signature.len());
            format!("three parts, {length} characters")
        });
        if let Some(header) = &header {
            self.header(header);
        }
        // The keys of an issuer verify its own tokens alone.
        if let Some(signature) = &signature
            && self.examined.relation == Relation::Own
        {
            self.signature(parts, signature);
        }
        if let Some(claims) = &claims {
            self.claims(claims);
        }
        let conforms = checks::standards(header.as_ref(), signature.as_ref(), claims.as_ref());
        if !conforms.as_ref().is_err_and(|reason| self.is_known(reason)) {
            self.add("standards", conforms, || "kept".to_owned());
        }
        if let (Some(header), Some(claims)) = (&header, &claims) {
            self.revocation(parts.signing_input, header, claims);
        }
    }

    /// Only where anything can be taken back.
    fn revocation(&mut self, signing_input: &str, header: &Header, claims: &Claims) {
        if let Some(revocations) = self.examined.revocations {
            let checked = revocations.check_token(signing_input, header, claims, self.examined.now);
            self.add(revoked::CHECK, checked, || "none".to_owned());
        }
    }

    fn header(&mut self, header: &Header) {
        let issuer = self.examined.issuer;
        let shown = |name: &'static str| move || format::value(header.member(name));
        self.add("typ", header.check_type(&issuer.types), shown("typ"));
        if !issuer.algorithms.is_empty() {
            let accepted = header.algorithm(&issuer.algorithms).map(drop);
            self.add("alg", accepted, shown("alg"));
        }
    }

    fn signature(&mut self, parts: &Compact<'_>, signature: &Signature) {
        let issuer = self.examined.issuer;
        let keys = match (&issuer.keys, self.examined.found) {
            (Keys::Fixed(keys), _) => keys.as_slice(),
            (Keys::ById(_), Some(Ok(key))) => slice::from_ref(key),
            // That there is no key is said already.
            (Keys::ById(_), None | Some(Err(KeyError::Unavailable(_)))) => return,
            (Keys::ById(_), Some(Err(_))) => &[],
        };
        let Some(algorithm) = reading::algorithm(self.examined) else {
            return;
        };
        let input = parts.signing_input;
        let decided = signature::check(input, signature, keys, algorithm, Recall::NOTHING);
        let decided = decided.map_err(Reason::from);
        self.add("signature", decided, || "one that matches".to_owned());
        self.note_guessable(keys);
    }

    /// A signature that anybody could have made says little.
    fn note_guessable(&mut self, keys: &[Key]) {
        let known = match &self.examined.issuer.accepted {
            Accepted::Any => &[],
            Accepted::Only(values) => values.as_slice(),
        };
        let known = || known.iter().map(String::as_str).chain([self.examined.host]);
        let mut secrets = keys.iter().filter_map(Key::secret);
        let guessed = secrets.find_map(|secret| super::guessable(secret, known()));
        if let Some(guessed) = guessed
            && let Some(Check {
                outcome: Ok(passed),
                ..
            }) = self.done.last_mut()
        {
            passed.hint = Some(guessed.to_owned());
        }
    }

    /// Goes through the decision's list. A claim with several checks has one line: of the first that fails, or else of the
    /// last.
    fn claims(&mut self, claims: &Claims) {
        let given = self.examined.circumstances();
        for (number, check) in ClaimCheck::ALL.iter().enumerate() {
            let name = check.name();
            let mut later = ClaimCheck::ALL.iter().skip(number.saturating_add(1));
            let decided = check.check(claims, &given);
            if self.has_failed(name) {
                continue;
            }
            if decided.is_err() {
                self.add(name, decided, String::new);
            } else if !later.any(|later| later.name() == name)
                && let Some(found) = found(*check, claims, &given)
            {
                self.add(name, decided, || found);
                self.note_odd(*check, claims);
            }
        }
    }

    /// Says what is odd about claims that passed.
    fn note_odd(&mut self, check: ClaimCheck, claims: &Claims) {
        match check {
            ClaimCheck::ExpirationIsNumber
            | ClaimCheck::Expiration
            | ClaimCheck::NotBeforeIsNumber
            | ClaimCheck::NotBefore => self.note_mistaken(claims, check.name()),
            ClaimCheck::ContextIsObject
            | ClaimCheck::Context
            | ClaimCheck::Lifetime
            | ClaimCheck::Issuer
            | ClaimCheck::Audience
            | ClaimCheck::Room
            | ClaimCheck::Subject
            | ClaimCheck::Wildcards
            | ClaimCheck::RoomBound
            | ClaimCheck::TenantBound
            | ClaimCheck::ModeratorBound
            | ClaimCheck::TokenId
            | ClaimCheck::Size => {}
        }
    }

    /// A time that is let in, and is none that anybody meant.
    fn note_mistaken(&mut self, claims: &Claims, name: &str) {
        let now = reading::seconds(self.examined.now);
        let time = claims.claim(name).and_then(serde_json::Value::as_f64);
        let mistake = time.and_then(|time| unit::mistaken(time, now));
        self.note(mistake.map(|mistake| format!("{name} is {mistake}; Unix seconds are needed")));
    }

    /// Says what is odd about the last check, if it has passed.
    fn note(&mut self, hint: Option<String>) {
        if let Some(hint) = hint
            && let Some(Check {
                outcome: Ok(passed),
                ..
            }) = self.done.last_mut()
        {
            passed.hint = Some(hint);
        }
    }

    /// Whether a claim of the wrong type has failed its own check already.
    fn is_known(&self, reason: &Reason) -> bool {
        let Reason::Flawed(Flaw::ClaimType(claim)) = reason else {
            return false;
        };
        self.has_failed(claim)
    }

    fn has_failed(&self, name: &str) -> bool {
        let mut failed = self.done.iter().filter(|check| check.outcome.is_err());
        failed.any(|check| check.check == name)
    }

    fn add(
        &mut self,
        check: &'static str,
        decided: Result<(), Reason>,
        found: impl FnOnce() -> String,
    ) {
        // What an issuer demands says nothing of the token of another one.
        if self.examined.relation == Relation::None && !OF_ALL.contains(&check) {
            return;
        }
        let failed = self
            .done
            .iter()
            .filter_map(|check| check.outcome.as_ref().err());
        let before = failed.map(|failed| &failed.explanation);
        let explain = |reason: &Reason| super::token(reason, self.examined).after(before);
        let check = Check::new(check, decided, found, explain);
        self.done.push(check);
    }
}

/// The checks that are the same for all issuers.
const OF_ALL: [&str; 8] = [
    "token",
    "iss",
    "form",
    "exp",
    "nbf",
    "context",
    "standards",
    revoked::CHECK,
];

/// What a check that passed found. None where there is nothing to show.
fn found(check: ClaimCheck, claims: &Claims, given: &Circumstances<'_>) -> Option<String> {
    let bounds = &given.issuer.bounds;
    match check {
        ClaimCheck::ExpirationIsNumber
        | ClaimCheck::NotBeforeIsNumber
        | ClaimCheck::Expiration
        | ClaimCheck::NotBefore
        | ClaimCheck::Issuer
        | ClaimCheck::Room
        | ClaimCheck::Subject => Some(format::value(claims.claim(check.name()))),
        ClaimCheck::Audience => {
            let claim = &*given.issuer.audience_claim;
            let value = format::value(claims.claim(claim));
            Some(match claim {
                "aud" => value,
                claim => format!("{value} in {claim}"),
            })
        }
        ClaimCheck::Lifetime => {
            let lifetime = given.issuer.lifetime;
            let is_bounded = lifetime.require_expiration || lifetime.longest.is_some();
            is_bounded.then(|| "short enough".to_owned())
        }
        ClaimCheck::ContextIsObject | ClaimCheck::Context => {
            let context = claims.claim("context");
            Some(context.map_or("nothing", |_| "an object").to_owned())
        }
        ClaimCheck::Wildcards => (!bounds.wildcards).then(|| "one room alone".to_owned()),
        ClaimCheck::RoomBound => bounds.rooms.as_ref().map(|_| "within them".to_owned()),
        ClaimCheck::TenantBound => bounds.tenants.as_ref().map(|_| "within them".to_owned()),
        ClaimCheck::ModeratorBound => (!bounds.moderators).then(|| "none".to_owned()),
        ClaimCheck::TokenId => {
            let once = given.issuer.once;
            once.then(|| format::value(claims.claim(check.name())))
        }
        ClaimCheck::Size => None,
    }
}

impl Check {
    /// There was an `Authorization` header of another scheme in place of a token.
    #[must_use]
    pub fn other_scheme(scheme: &str) -> Self {
        let reason = Reason::SchemeNotBearer(scheme.to_owned().into());
        let explain = |_: &Reason| structure::other_scheme(scheme);
        Self::new("token", Err(reason), String::new, explain)
    }

    /// Whether the room was closed.
    #[must_use]
    pub fn room_revocation(decided: Result<(), Reason>) -> Self {
        let explain = |reason: &Reason| match reason {
            Reason::TokenRevoked(by) => revoked::explain(by.as_deref()),
            other => super::of_the_other_decision(other),
        };
        Self::new(revoked::OF_ROOM, decided, || "none".to_owned(), explain)
    }

    /// There was something around the token.
    #[must_use]
    pub fn pasted(explanation: Explanation) -> Self {
        Self {
            check: "token",
            outcome: Err(Box::new(Failed {
                code: "token-not-alone",
                explanation,
            })),
        }
    }

    pub(super) fn is_mismatch(&self) -> bool {
        let failed = self.outcome.as_ref().err();
        failed.is_some_and(|failed| failed.code == Reason::RoomMismatch.code())
    }

    pub(super) fn new(
        check: &'static str,
        decided: Result<(), Reason>,
        found: impl FnOnce() -> String,
        explain: impl FnOnce(&Reason) -> Explanation,
    ) -> Self {
        let outcome = match decided {
            Ok(()) => Ok(Passed {
                found: found(),
                hint: None,
            }),
            Err(reason) => Err(Box::new(Failed {
                code: reason.code(),
                explanation: explain(&reason),
            })),
        };
        Self { check, outcome }
    }
}
