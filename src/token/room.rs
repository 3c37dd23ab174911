//! The room's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::bounds::ClaimedRoom;
use super::issuer::Issuer;
use super::pattern;
use super::policy::{Policy, RoomPolicy};
use super::reason::Reason;
use super::session::{self, Session};

pub use super::room_address::RoomAddress;

/// What the MUC component knows of the room. What is left out is as in a room that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RoomState {
    /// Whether the room exists.
    pub exists: bool,
    /// The room's `allowUnauthenticatedAccess`, where it is set.
    pub allow_unauthenticated_access: Option<bool>,
}

impl Default for RoomState {
    fn default() -> Self {
        Self {
            exists: true,
            allow_unauthenticated_access: None,
        }
    }
}

impl RoomState {
    fn requires_token(self) -> bool {
        self.allow_unauthenticated_access == Some(false)
    }
}

/// Who wants to join.
#[derive(Debug, Clone, Copy)]
pub enum Participant<'a> {
    /// A session without a token.
    Guest,
    /// A session with a token, and what the token made it carry.
    Member(&'a Session),
}

/// A join to decide on.
#[derive(Debug, Clone, Copy)]
pub struct Join<'a> {
    /// The room's full JID.
    pub room_jid: &'a str,
    /// What the MUC component knows of the room.
    pub state: RoomState,
    /// The tenant in the meeting's web address (`jitsi_web_query_prefix`), where the session has one.
    pub query_prefix: Option<&'a str>,
    /// Who wants to join.
    pub participant: Participant<'a>,
}

/// A room's decision.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct RoomVerdict {
    /// Whether the join is allowed, or the reason of the first check that failed.
    pub decision: Result<(), Reason>,
    /// What to set on the session: the token's tenant is not that of the web address (`jitsi_meet_tenant_mismatch`).
    pub tenant_mismatch: bool,
}

/// Decides whether a participant may join a room.
pub fn decide(policy: &Policy, join: &Join<'_>) -> RoomVerdict {
    let mut entry = match Entry::new(policy, join) {
        Ok(entry) => entry,
        Err(reason) => return RoomVerdict::denied(reason),
    };
    let mut checks = entry.checks().iter();
    let decision = checks.try_for_each(|check| entry.check(*check));
    RoomVerdict {
        decision,
        tenant_mismatch: entry.tenant_mismatch,
    }
}

impl RoomVerdict {
    const fn denied(reason: Reason) -> Self {
        Self {
            decision: Err(reason),
            tenant_mismatch: false,
        }
    }
}

/// One check of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoomCheck {
    /// The room exists.
    Exists,
    /// The room lets guests in.
    GuestAccess,
    /// The room claim is the room's name, whatever the domain.
    NameAlone,
    /// The room claim stands for a name.
    Name,
    /// `context.tenant` is the tenant in the web address.
    Tenant,
    /// The address is the one that name and `sub` stand for.
    Address,
    /// `iss` is accepted.
    Issuer,
    /// The room is one that the issuer's tokens may open.
    Bounds,
}

/// A guest has no claims to compare.
const OF_GUEST: [RoomCheck; 2] = [RoomCheck::Exists, RoomCheck::GuestAccess];

/// Without `enable_domain_verification`.
const OF_NAME: [RoomCheck; 4] = [
    RoomCheck::Exists,
    RoomCheck::NameAlone,
    RoomCheck::Issuer,
    RoomCheck::Bounds,
];

/// With `enable_domain_verification`.
const OF_ADDRESS: [RoomCheck; 6] = [
    RoomCheck::Exists,
    RoomCheck::Name,
    RoomCheck::Tenant,
    RoomCheck::Address,
    RoomCheck::Issuer,
    RoomCheck::Bounds,
];

/// A join that is being checked. The decision makes its [`checks`](Self::checks) up to the first failure, the explanation
/// makes all of them.
pub(super) struct Entry<'a> {
    policy: &'a Policy,
    join: &'a Join<'a>,
    session: &'a Session,
    room: RoomAddress<'a>,
    /// The room name that the token stands for, once it is known.
    name: Option<String>,
    tenant_mismatch: bool,
}

impl<'a> Entry<'a> {
    /// The first check of all is that there is an address.
    pub(super) fn new(policy: &'a Policy, join: &'a Join<'a>) -> Result<Self, Reason> {
        Ok(Self {
            policy,
            join,
            session: match join.participant {
                Participant::Guest => &session::OF_NOBODY,
                Participant::Member(session) => session,
            },
            room: RoomAddress::parse(join.room_jid)?,
            name: None,
            tenant_mismatch: false,
        })
    }

    /// What is checked, in order.
    pub(super) fn checks(&self) -> &'static [RoomCheck] {
        match self.join.participant {
            Participant::Guest if self.policy.allow_empty_token => &OF_GUEST,
            // A guest of a host that authenticates otherwise is checked like a token without claims.
            Participant::Guest | Participant::Member(_) if self.policy.rooms.verify_domain => {
                &OF_ADDRESS
            }
            Participant::Guest | Participant::Member(_) => &OF_NAME,
        }
    }

    /// Makes one check. [`RoomCheck::Name`] must come before those that compare the name.
    pub(super) fn check(&mut self, check: RoomCheck) -> Result<(), Reason> {
        match check {
            RoomCheck::Exists => check_existence(self.join.state),
            RoomCheck::GuestAccess => check_guest(self.join.state),
            RoomCheck::NameAlone => {
                check_name_only(claimed_room(self.session).as_deref(), &self.room)
            }
            RoomCheck::Name => self.check_name(),
            RoomCheck::Tenant => self.check_tenant(),
            RoomCheck::Address => self.check_address(),
            RoomCheck::Issuer => check_issuer(self.policy, self.session),
            RoomCheck::Bounds => self.check_bounds(),
        }
    }

    fn check_name(&mut self) -> Result<(), Reason> {
        let claim = claimed_room(self.session);
        self.name = name_to_check(&self.policy.rooms, self.session, claim, &self.room)?;
        if self.name.is_none() && self.requires_room_claim() {
            return Err(Reason::RoomNameUnmatched);
        }
        Ok(())
    }

    /// The session carries `iss`, by which its issuer is found again among several. Of an unknown one nothing is waived.
    fn requires_room_claim(&self) -> bool {
        self.issuer().is_none_or(|issuer| issuer.require_room_claim)
    }

    /// Whose claims the session carries, as far as that can be told.
    pub(super) fn issuer(&self) -> Option<&'a Issuer> {
        let issuers = &self.policy.issuers;
        let of_session = || issuers.of_text(self.session.issuer.as_deref()?);
        issuers.only().or_else(of_session)
    }

    /// A session without claims is bound by nobody. One with claims of nobody knows whom is bound by all.
    fn check_bounds(&self) -> Result<(), Reason> {
        let Participant::Member(session) = self.join.participant else {
            return Ok(());
        };
        match self.issuer() {
            Some(issuer) => issuer.bounds.check_join(&claimed(session), &self.room),
            None => Err(Reason::IssuerNotAccepted),
        }
    }

    /// A token that names no room, where it need not, is compared with nothing.
    fn check_tenant(&mut self) -> Result<(), Reason> {
        if self.name.is_none() {
            return Ok(());
        }
        let Some(tenant) = tenant(self.session)? else {
            return Ok(());
        };
        self.tenant_mismatch = self.join.query_prefix != Some(&tenant);
        // A room that wants tokens wants the right tenant, too.
        if self.tenant_mismatch && self.join.state.requires_token() {
            return Err(Reason::TenantMismatch);
        }
        Ok(())
    }

    fn check_address(&self) -> Result<(), Reason> {
        let Some(name) = &self.name else {
            return Ok(());
        };
        check_address(&self.policy.rooms, self.session, name, &self.room)
    }

    /// Whose claims are compared.
    pub(super) const fn session(&self) -> &'a Session {
        self.session
    }

    /// The room's address.
    pub(super) const fn room(&self) -> &RoomAddress<'a> {
        &self.room
    }

    /// The room name that the token stands for, as far as [`RoomCheck::Name`] has found one.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// Which rooms a session is for.
fn claimed(session: &Session) -> ClaimedRoom<'_> {
    ClaimedRoom {
        room: session.room.as_deref(),
        subject: session.subject.as_deref(),
        is_pattern: session.has_pattern(),
    }
}

const fn check_existence(state: RoomState) -> Result<(), Reason> {
    if state.exists {
        Ok(())
    } else {
        Err(Reason::RoomMissing)
    }
}

/// Stricter than Jitsi's modules: claims that another host verified count only if this one accepts their issuer.
fn check_issuer(policy: &Policy, session: &Session) -> Result<(), Reason> {
    match &session.issuer {
        Some(issuer) if policy.issuers.of_text(issuer).is_none() => Err(Reason::IssuerNotAccepted),
        Some(_) | None => Ok(()),
    }
}

fn check_guest(state: RoomState) -> Result<(), Reason> {
    if state.requires_token() {
        Err(Reason::AuthenticationRequired)
    } else {
        Ok(())
    }
}

/// The room claim as it is compared: in lower case, unless it is a pattern.
#[must_use]
pub fn claimed_room(session: &Session) -> Option<String> {
    let claim = session.room.as_deref()?;
    Some(if session.has_pattern() {
        claim.to_owned()
    } else {
        claim.to_ascii_lowercase()
    })
}

fn check_name_only(claim: Option<&str>, room: &RoomAddress) -> Result<(), Reason> {
    let Some(claim) = claim else { return Ok(()) };
    let ends_in_claim = room
        .node()
        .strip_suffix(claim)
        .is_some_and(|tenant| tenant.ends_with(']'));
    if claim == "*" || claim == room.node() || ends_in_claim {
        Ok(())
    } else {
        Err(Reason::RoomClaimMismatch)
    }
}

/// The room name that the token stands for: any, what a pattern captures, or the claim itself.
fn name_to_check(
    policy: &RoomPolicy,
    session: &Session,
    claim: Option<String>,
    room: &RoomAddress,
) -> Result<Option<String>, Reason> {
    match claim {
        Some(claim) if claim == "*" => Ok(Some(room.name().to_owned())),
        Some(claim) if session.has_pattern() => {
            pattern::captured(policy.patterns, room.name(), &claim)
        }
        // Jitsi's module raises an error where it would match, and would match wherever the limits let it.
        None if session.has_pattern() => {
            pattern::captured(policy.patterns, room.name(), "").and(Err(Reason::PatternMissing))
        }
        claim => Ok(claim),
    }
}

/// `context.tenant` as it is compared with the web address: in lower case.
fn tenant(session: &Session) -> Result<Option<String>, Reason> {
    match &session.tenant {
        None => Ok(None),
        Some(Value::String(tenant)) => Ok(Some(tenant.to_ascii_lowercase())),
        Some(Value::Number(tenant)) => Ok(Some(tenant.to_string())),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Reason::TenantNotText)
        }
    }
}

/// Compares the room's address with the one that the token stands for. Here `sub` is compared: it is the room's domain
/// without the prefix, or the tenant, or `*` for all.
fn check_address(
    policy: &RoomPolicy,
    session: &Session,
    name: &str,
    room: &RoomAddress,
) -> Result<(), Reason> {
    let subject = session.subject.as_deref().ok_or(Reason::RoomMismatch)?;
    let expected = match room.tenant_and_name() {
        Some((tenant, _)) => {
            let muc_domain = policy.muc_domain.as_ref().ok_or(Reason::MucDomainMissing)?;
            let tenant = if subject == "*" {
                tenant.to_owned()
            } else {
                subject.to_ascii_lowercase()
            };
            format!("[{tenant}]{name}@{muc_domain}")
        }
        None if subject == "*" => match &policy.muc_domain {
            Some(muc_domain) => format!("{name}@{muc_domain}"),
            None => return Err(Reason::RoomMismatch),
        },
        None => format!(
            "{name}@{}.{}",
            policy.domain_prefix,
            subject.to_ascii_lowercase()
        ),
    };
    if room.bare() == expected {
        Ok(())
    } else {
        Err(Reason::RoomMismatch)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::issuer::Accepted;
    use super::*;

    const ROOM: &str = "meet-1@conference.example.com/nick";
    const TENANT_ROOM: &str = "[tenant1]meet-1@conference.example.com";

    fn policy() -> Policy {
        Policy::example()
    }

    fn session(fields: Value) -> Session {
        serde_json::from_value(fields).unwrap()
    }

    fn join<'a>(room_jid: &'a str, session: &'a Session) -> Join<'a> {
        Join {
            room_jid,
            state: RoomState {
                exists: true,
                allow_unauthenticated_access: None,
            },
            query_prefix: None,
            participant: Participant::Member(session),
        }
    }

    fn check(policy: &Policy, room_jid: &str, fields: Value) -> Result<(), Reason> {
        decide(policy, &join(room_jid, &session(fields))).decision
    }

    #[test]
    fn an_address_without_a_room_or_a_domain_is_invalid() {
        for jid in [
            "",
            "conference.example.com",
            "@conference.example.com",
            "a@",
            "a",
            "/a@b",
            "a@b@c",
        ] {
            let fields = json!({"jitsi_meet_room": "*", "jitsi_meet_domain": "*"});
            assert_eq!(
                check(&policy(), jid, fields),
                Err(Reason::RoomAddressInvalid),
                "{jid}"
            );
        }
    }

    #[test]
    fn a_room_that_does_not_exist_admits_nobody() {
        let session = session(json!({"jitsi_meet_room": "*", "jitsi_meet_domain": "*"}));
        for participant in [Participant::Guest, Participant::Member(&session)] {
            let missing = Join {
                state: RoomState {
                    exists: false,
                    allow_unauthenticated_access: Some(true),
                },
                participant,
                ..join(ROOM, &session)
            };
            let policy = Policy {
                allow_empty_token: true,
                ..policy()
            };
            assert_eq!(decide(&policy, &missing).decision, Err(Reason::RoomMissing));
        }
    }

    fn guest_check(
        policy: &Policy,
        allow_unauthenticated_access: Option<bool>,
    ) -> Result<(), Reason> {
        let guest = Join {
            room_jid: ROOM,
            state: RoomState {
                exists: true,
                allow_unauthenticated_access,
            },
            query_prefix: None,
            participant: Participant::Guest,
        };
        decide(policy, &guest).decision
    }

    #[test]
    fn a_guest_enters_where_empty_tokens_are_allowed_and_the_room_wants_none() {
        let policy = Policy {
            allow_empty_token: true,
            ..policy()
        };
        assert_eq!(
            guest_check(&policy, Some(false)),
            Err(Reason::AuthenticationRequired)
        );
        assert_eq!(guest_check(&policy, Some(true)), Ok(()));
        assert_eq!(guest_check(&policy, None), Ok(()));
    }

    #[test]
    fn a_guest_of_another_host_is_treated_like_a_token_without_claims() {
        for (verify_domain, require_room_claim, verdict) in [
            (true, true, Err(Reason::RoomNameUnmatched)),
            (true, false, Ok(())),
            (false, true, Ok(())),
            (false, false, Ok(())),
        ] {
            let mut policy =
                policy().with_issuer(|issuer| issuer.require_room_claim = require_room_claim);
            policy.rooms.verify_domain = verify_domain;
            assert_eq!(guest_check(&policy, None), verdict);
            assert_eq!(guest_check(&policy, Some(false)), verdict);
        }
    }

    #[test]
    fn name_and_domain_must_be_those_of_the_room() {
        for (room, domain, verdict) in [
            ("meet-1", "example.com", Ok(())),
            ("MEET-1", "Example.COM", Ok(())),
            ("*", "example.com", Ok(())),
            ("meet-1", "*", Ok(())),
            ("*", "*", Ok(())),
            ("meet-2", "example.com", Err(Reason::RoomMismatch)),
            ("meet-1 ", "example.com", Err(Reason::RoomMismatch)),
            ("meet-", "example.com", Err(Reason::RoomMismatch)),
            ("meet%-1", "example.com", Err(Reason::RoomMismatch)),
            ("", "example.com", Err(Reason::RoomMismatch)),
            ("meet-1", "meet.jit.si", Err(Reason::RoomMismatch)),
            (
                "meet-1",
                "conference.example.com",
                Err(Reason::RoomMismatch),
            ),
            ("meet-1", "example.com.", Err(Reason::RoomMismatch)),
            ("meet-1", "tenant1", Err(Reason::RoomMismatch)),
            ("meet-1", "", Err(Reason::RoomMismatch)),
            ("*", "tenant1", Err(Reason::RoomMismatch)),
        ] {
            let fields = json!({"jitsi_meet_room": room, "jitsi_meet_domain": domain});
            assert_eq!(
                check(&policy(), ROOM, fields),
                verdict,
                "{room} of {domain}"
            );
        }
    }

    #[test]
    fn a_tenants_room_admits_that_tenants_tokens_only() {
        for (room, domain, verdict) in [
            ("meet-1", "tenant1", Ok(())),
            ("Meet-1", "Tenant1", Ok(())),
            ("*", "*", Ok(())),
            ("meet-1", "tenant2", Err(Reason::RoomMismatch)),
            ("*", "tenant2", Err(Reason::RoomMismatch)),
            ("meet-1", "example.com", Err(Reason::RoomMismatch)),
            ("[tenant1]meet-1", "tenant1", Err(Reason::RoomMismatch)),
            ("meet-1", "", Err(Reason::RoomMismatch)),
        ] {
            let fields = json!({"jitsi_meet_room": room, "jitsi_meet_domain": domain});
            assert_eq!(
                check(&policy(), TENANT_ROOM, fields),
                verdict,
                "{room} of {domain}"
            );
        }
    }

    #[test]
    fn a_tenants_room_needs_the_main_domain_in_the_policy() {
        let mut policy = policy();
        policy.rooms.muc_domain = None;
        let fields = json!({"jitsi_meet_room": "meet-1", "jitsi_meet_domain": "tenant1"});
        assert_eq!(
            check(&policy, TENANT_ROOM, fields),
            Err(Reason::MucDomainMissing)
        );
        let fields = json!({"jitsi_meet_room": "meet-1", "jitsi_meet_domain": "*"});
        assert_eq!(check(&policy, ROOM, fields), Err(Reason::RoomMismatch));
    }

    #[test]
    fn without_domain_verification_only_names_are_compared() {
        let mut policy = policy();
        policy.rooms.verify_domain = false;
        for (jid, fields, verdict) in [
            (
                ROOM,
                json!({"jitsi_meet_room": "meet-1", "jitsi_meet_domain": "x"}),
                Ok(()),
            ),
            (
                ROOM,
                json!({"jitsi_meet_room": "*", "jitsi_meet_domain": "x"}),
                Ok(()),
            ),
            (ROOM, json!({"jitsi_meet_domain": "x"}), Ok(())),
            (
                TENANT_ROOM,
                json!({"jitsi_meet_room": "meet-1", "jitsi_meet_domain": "x"}),
                Ok(()),
            ),
            (
                ROOM,
                json!({"jitsi_meet_room": "meet-2"}),
                Err(Reason::RoomClaimMismatch),
            ),
            (
                ROOM,
                json!({"jitsi_meet_room": "1"}),
                Err(Reason::RoomClaimMismatch),
            ),
            (
                ROOM,
                json!({"jitsi_meet_room": "eet-1"}),
                Err(Reason::RoomClaimMismatch),
            ),
            (
                ROOM,
                json!({"jitsi_meet_room": "meet%-%d", "jitsi_meet_context_room": {"regex": true}}),
                Err(Reason::RoomClaimMismatch),
            ),
        ] {
            assert_eq!(check(&policy, jid, fields.clone()), verdict, "{fields}");
        }
    }

    #[test]
    fn without_a_room_claim_a_room_is_entered_where_none_is_required() {
        let fields = json!({"jitsi_meet_domain": "somewhere.else"});
        assert_eq!(
            check(&policy(), ROOM, fields.clone()),
            Err(Reason::RoomNameUnmatched)
        );
        let lenient = policy().with_issuer(|issuer| issuer.require_room_claim = false);
        assert_eq!(check(&lenient, ROOM, fields), Ok(()));
    }

    #[test]
    fn claims_that_another_host_verified_count_only_with_an_issuer_of_this_one() {
        let policy = policy().with_issuer(|issuer| issuer.accepted = Accepted::only(["own"]));
        for (issuer, verdict) in [
            (json!("own"), Ok(())),
            (json!(null), Ok(())),
            (json!("other"), Err(Reason::IssuerNotAccepted)),
            (json!("*"), Err(Reason::IssuerNotAccepted)),
            (json!(""), Err(Reason::IssuerNotAccepted)),
        ] {
            let fields = json!({
                "jitsi_meet_room": "*", "jitsi_meet_domain": "*", "jitsi_meet_auth_issuer": issuer,
            });
            assert_eq!(check(&policy, ROOM, fields), verdict, "{issuer}");
        }
    }

    #[test]
    fn a_pattern_must_capture_the_whole_room_name() {
        for (pattern, regex, verdict) in [
            ("meet%-%d", json!(true), Ok(())),
            ("meet%-%d", json!("true"), Ok(())),
            ("^(meet%-%d)$", json!(true), Ok(())),
            ("*", json!(true), Ok(())),
            ("meet%-%d", json!(false), Err(Reason::RoomMismatch)),
            ("meet%-%d", json!("false"), Err(Reason::RoomMismatch)),
            ("meet%-%d", json!(1), Err(Reason::RoomMismatch)),
            ("meet", json!(true), Err(Reason::RoomMismatch)),
            ("(meet)%-%d", json!(true), Err(Reason::RoomMismatch)),
            ("room%-%d", json!(true), Err(Reason::RoomNameUnmatched)),
            ("MEET%-%d", json!(true), Err(Reason::RoomNameUnmatched)),
            ("(", json!(true), Err(Reason::PatternInvalid)),
            ("a*b*c*d*", json!(true), Err(Reason::PatternTooComplex)),
        ] {
            let fields = json!({
                "jitsi_meet_room": pattern, "jitsi_meet_domain": "example.com", "jitsi_meet_context_room": {"regex": regex},
            });
            assert_eq!(check(&policy(), ROOM, fields), verdict, "{pattern} {regex}");
        }
    }

    #[test]
    fn a_pattern_that_is_announced_and_not_there_admits_nobody() {
        let announced = |regex: &Value| json!({"jitsi_meet_domain": "example.com", "jitsi_meet_context_room": {"regex": regex}});
        for (required, verify, regex, verdict) in [
            (false, true, json!(true), Err(Reason::PatternMissing)),
            (false, true, json!("true"), Err(Reason::PatternMissing)),
            (true, true, json!(true), Err(Reason::PatternMissing)),
            (false, false, json!(true), Ok(())),
            (false, true, json!(false), Ok(())),
            (false, true, json!(1), Ok(())),
            (true, true, json!(false), Err(Reason::RoomNameUnmatched)),
        ] {
            let mut policy = policy().with_issuer(|issuer| issuer.require_room_claim = required);
            policy.rooms.verify_domain = verify;
            let fields = announced(&regex);
            assert_eq!(check(&policy, ROOM, fields.clone()), verdict, "{fields}");
            assert_eq!(
                check(&policy, TENANT_ROOM, fields.clone()),
                verdict,
                "{fields}"
            );
        }
        let mut off = policy().with_issuer(|issuer| issuer.require_room_claim = false);
        off.rooms.patterns.enabled = false;
        let fields = announced(&json!(true));
        assert_eq!(check(&off, ROOM, fields), Err(Reason::PatternsDisabled));
    }

    #[test]
    fn a_foreign_tenant_is_noted_and_denied_where_the_room_wants_tokens() {
        for (tenant, prefix, wants_token, mismatch, verdict) in [
            (json!("t1"), Some("t1"), true, false, Ok(())),
            (json!("T1"), Some("t1"), true, false, Ok(())),
            (json!(5), Some("5"), true, false, Ok(())),
            (json!("t1"), Some("t2"), false, true, Ok(())),
            (json!("t1"), None, false, true, Ok(())),
            (
                json!("t1"),
                Some("t2"),
                true,
                true,
                Err(Reason::TenantMismatch),
            ),
            (
                json!("t1"),
                Some("T1"),
                true,
                true,
                Err(Reason::TenantMismatch),
            ),
            (
                json!({}),
                Some("t1"),
                false,
                false,
                Err(Reason::TenantNotText),
            ),
            (
                json!(true),
                Some("true"),
                false,
                false,
                Err(Reason::TenantNotText),
            ),
        ] {
            let session = session(json!({
                "jitsi_meet_room": "*", "jitsi_meet_domain": "*", "jitsi_meet_str_tenant": tenant,
            }));
            let join = Join {
                query_prefix: prefix,
                state: RoomState {
                    exists: true,
                    allow_unauthenticated_access: wants_token.then_some(false),
                },
                ..join(ROOM, &session)
            };
            let expected = RoomVerdict {
                decision: verdict,
                tenant_mismatch: mismatch,
            };
            assert_eq!(decide(&policy(), &join), expected, "{tenant} at {prefix:?}");
        }
    }
}
