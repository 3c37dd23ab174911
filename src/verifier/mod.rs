//! Decides with the current policies, keys and the clock; knows no HTTP.
#![deny(missing_docs)]

pub mod doctors;
mod explanation;
pub mod gateway_explanation;
pub mod gateways;
mod in_force;
pub mod live;
pub mod loaded;
pub mod logout;
mod meant;
pub mod measured;
pub mod minting;
pub mod named_room;
pub mod overrides;
pub mod policies;
pub mod policy_digest;
pub mod question;
mod surroundings;
mod token_id;
pub mod undecided;
mod uses;
pub mod verdict;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::host::Host;
use crate::gateway::credentials::Credentials;
use crate::keys::store::KeyStore;
use crate::peer::Peer;
use crate::store::Store;
use crate::token::decision::{Admission, Found, Moment, Opened, WantedKey};
use crate::token::explain::{self, unit};
use crate::token::issuer;
use crate::token::reason::Reason;
use crate::token::recall::Lookups;
use crate::token::revocation::in_force::OfHost;
use crate::token::room::{self, Join, Participant, RoomAddress, RoomVerdict};
use crate::token::room_matching::{self, Matching};
use crate::worker::Worker;

pub use self::in_force::{InForce, Revoked};

use self::policies::Policies;
use self::question::TokenQuestion;
use self::undecided::Undecided;
use self::verdict::{Admitted, Denial, RoomAnswer, TokenVerdict};

/// The policies in force, by host, and what they are applied with.
pub struct Verifier {
    policies: ArcSwap<Policies>,
    keys: KeyStore,
    patterns: Arc<Worker>,
    now: Clock,
    lookups: Arc<Lookups>,
    in_force: Arc<InForce>,
    uses: Option<Store>,
    /// The credentials of the store, for gateways.
    stored: Arc<ArcSwap<Credentials>>,
}

/// Tells the time in Unix seconds.
pub type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// A question with what it is decided by, which stays the same to its end.
struct Case<'a> {
    policies: &'a Policies,
    name: &'a str,
    host: Arc<Host>,
    question: &'a TokenQuestion<'a>,
    revoked: &'a Revoked,
    now: i64,
}

/// The host at which a room is decided on, among the others.
struct Place<'a> {
    policies: &'a Policies,
    name: &'a str,
    host: &'a Arc<Host>,
    revoked: &'a Revoked,
    now: i64,
}

impl Verifier {
    /// Takes the policies, where their keys are found, the worker that matches patterns, and the clock.
    #[must_use]
    pub fn new(
        policies: impl Into<Policies>,
        keys: impl Into<KeyStore>,
        patterns: Arc<Worker>,
        now: Clock,
    ) -> Self {
        let lookups = Arc::default();
        Self {
            policies: ArcSwap::from_pointee(policies.into().counting(&lookups)),
            keys: keys.into(),
            patterns,
            now,
            lookups,
            in_force: Arc::default(),
            uses: None,
            stored: Arc::default(),
        }
    }

    /// The same, going by what others put in force there.
    #[must_use]
    pub fn going_by(self, in_force: Arc<InForce>) -> Self {
        Self { in_force, ..self }
    }

    /// The same, noting there which tokens were used that may be used once.
    #[must_use]
    pub fn noting_uses_in(self, uses: Option<Store>) -> Self {
        Self { uses, ..self }
    }

    /// The time that decisions go by, in Unix seconds.
    #[must_use]
    pub fn time(&self) -> i64 {
        (self.now)()
    }

    /// The name of a host as the policies have it.
    ///
    /// # Errors
    /// [`Undecided::HostNotConfigured`].
    pub fn host_name(&self, name: &str) -> Result<String, Undecided> {
        let policies = self.policies.load();
        policies.host(Some(name)).map(|(name, _)| name.to_owned())
    }

    /// Puts other policies in force. Questions that are being decided on stay with those they began with.
    pub fn replace(&self, policies: Policies) {
        let policies = policies.counting(&self.lookups);
        self.policies.store(Arc::new(policies));
        self.in_force.note_change();
    }

    /// Whether nobody is let in, since it is not known what was revoked.
    #[must_use]
    pub fn knows_no_revocations(&self) -> bool {
        self.in_force.known().check().is_err()
    }

    /// A text that is another one after each change of policies or revocations, also of those of an earlier process.
    #[must_use]
    pub fn version(&self) -> String {
        self.in_force.version()
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
        let (policies, revoked) = (self.policies.load_full(), self.in_force.known());
        let case = Case::new(&policies, host, question, (self.now)())?.given(&revoked)?;
        let verdict = self.decide(&case).await?;
        match verdict.opens_once().filter(|_| question.opens_session) {
            // In a box, as few tokens may be used once.
            Some(once) => Box::pin(self.use_token(&case, verdict, once)).await,
            None => Ok(verdict),
        }
    }

    /// Decides on a room for a session whose token was decided before.
    ///
    /// # Errors
    /// [`Undecided`].
    pub async fn verify_room(
        &self,
        asker: Peer,
        host: Option<&str>,
        join: &Join<'_>,
    ) -> Result<RoomAnswer, Undecided> {
        let policies = self.policies.load_full();
        let (name, host) = policies.host(host)?;
        let revoked = self.in_force.known();
        revoked.check()?;
        let at = Place {
            policies: &policies,
            name,
            host,
            revoked: &revoked,
            now: (self.now)(),
        };
        self.decide_room(asker, &at, join).await
    }

    async fn decide(&self, case: &Case<'_>) -> Result<TokenVerdict, Undecided> {
        let presented = case.question.presented;
        let opened = Opened::new(&case.host.policy, presented);
        let issuer = opened.issuer().map(verdict::name_of);
        let found = self.find_key(&case.host, opened.wanted_key()).await;
        let admission = opened.decide(&found, &case.moment());
        let token_id = presented
            .token
            .map(|token| token_id::of(token, admission.as_ref().ok()));
        let warnings = match &admission {
            Ok(Admission::Member(member)) => unit::oddities(&member.claims, case.now),
            Ok(Admission::Guest) | Err(_) => Vec::new(),
        };
        let admission = admission.map(Admitted::from).map_err(|reason| {
            let explained = self.examining(case, &found, MOST_NEIGHBOURS, |case| {
                explain::token(&reason, case)
            });
            Denial::new(reason, explained, &case.host, issuer.as_deref())
        });
        let is_doctors = self.is_doctors(case, &found, &admission);
        let room = match &admission {
            Ok(admitted) => self.decide_asked_room(case, admitted).await?,
            Err(_) => None,
        };
        Ok(TokenVerdict {
            host: case.name.to_owned(),
            issuer,
            token_id,
            warnings,
            admission,
            room,
            is_doctors,
        })
    }

    async fn decide_asked_room(
        &self,
        case: &Case<'_>,
        admitted: &Admitted,
    ) -> Result<Option<RoomAnswer>, Undecided> {
        let Some(room) = case.question.room else {
            return Ok(None);
        };
        let session = admitted.session.as_ref();
        let join = Join {
            room_jid: &room.room_jid(case.name, &case.host.policy),
            state: room.state,
            query_prefix: room.query_prefix,
            participant: session.map_or(Participant::Guest, Participant::Member),
        };
        let at = Place {
            policies: case.policies,
            name: case.name,
            host: &case.host,
            revoked: case.revoked,
            now: case.now,
        };
        self.decide_room(case.question.asker, &at, &join)
            .await
            .map(Some)
    }

    async fn decide_room(
        &self,
        asker: Peer,
        at: &Place<'_>,
        join: &Join<'_>,
    ) -> Result<RoomAnswer, Undecided> {
        let Place { name, host, .. } = *at;
        let verdict = self.room_verdict(asker, host, join).await?;
        let jid = RoomAddress::parse(join.room_jid)
            .map_or_else(|_| join.room_jid.to_owned(), |room| room.bare().to_owned());
        let decision = verdict.decision.and_then(|()| at.check_revoked(&jid));
        let issuer = issuer_of(host, join);
        let further = issuer.filter(|issuer| *issuer != issuer::DEFAULT);
        Ok(RoomAnswer {
            host: name.to_owned(),
            issuer: further.map(str::to_owned),
            jid,
            decision: decision.map_err(|reason| {
                let around = surroundings::of(at.policies, name, host, MOST_NEIGHBOURS);
                let explained = explain::room_among(&reason, &host.policy, join, &around);
                Denial::new(reason, explained, host, issuer)
            }),
            tenant_mismatch: verdict.tenant_mismatch,
        })
    }

    /// A pattern may take a while, and must not keep other requests waiting.
    async fn room_verdict(
        &self,
        asker: Peer,
        host: &Arc<Host>,
        join: &Join<'_>,
    ) -> Result<RoomVerdict, Undecided> {
        let matching = room_matching::matching(join);
        let session = match (matching, join.participant) {
            (Matching::Short | Matching::Long, Participant::Member(session)) => session.clone(),
            (Matching::Nothing, _) | (_, Participant::Guest) => {
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
        let decided = if matching == Matching::Short {
            self.patterns.run_short(asker, decide).await
        } else {
            self.patterns.run(asker, decide).await
        };
        decided.map_err(|_| Undecided::Overloaded)
    }

    async fn find_key(&self, host: &Host, wanted: Option<WantedKey<'_>>) -> Found {
        let wanted = wanted?;
        let sources = host.source(wanted.source)?;
        self.keys.find(sources, wanted.kid).await
    }
}

/// Whose claims a session carries that joins.
fn issuer_of<'a>(host: &'a Host, join: &Join<'_>) -> Option<&'a str> {
    let Participant::Member(session) = join.participant else {
        return None;
    };
    let issuers = &host.policy.issuers;
    let of_session = || issuers.of_text(session.issuer.as_deref()?);
    let own = issuers.only().filter(|only| only.name == issuer::DEFAULT);
    Some(&own.or_else(of_session)?.name)
}

impl Place<'_> {
    /// Nobody enters a room that was taken back.
    fn check_revoked(&self, room_jid: &str) -> Result<(), Reason> {
        self.revoked.set().map_or(Ok(()), |set| {
            let revocations = set.of_host(self.name, self.policies.user());
            revocations.check_room(room_jid, self.now)
        })
    }
}

impl<'a> Case<'a> {
    fn new(
        policies: &'a Policies,
        host: Option<&str>,
        question: &'a TokenQuestion<'a>,
        now: i64,
    ) -> Result<Self, Undecided> {
        let (name, host) = policies.host(host)?;
        Ok(Self {
            policies,
            name,
            host: question.overrides.apply(host, policies)?,
            question,
            revoked: &Revoked::Nothing,
            now,
        })
    }

    /// The same, with what was taken back.
    fn given(self, revoked: &'a Revoked) -> Result<Self, Undecided> {
        revoked.check()?;
        Ok(Self { revoked, ..self })
    }

    /// What was taken back at the host, where anything can be.
    fn revocations(&self) -> Option<OfHost<'_>> {
        let set = self.revoked.set()?;
        Some(set.of_host(self.name, self.policies.user()))
    }

    fn moment(&self) -> Moment<'_> {
        Moment {
            now: self.now,
            host: self.name,
            recall: self.policies.recall(self.name),
            revocations: self.revocations(),
        }
    }
}

/// With how many other hosts a denial is compared, so that it costs the same on every server.
const MOST_NEIGHBOURS: usize = 16;
