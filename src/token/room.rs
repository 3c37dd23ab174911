//! The room's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use serde_json::Value;

use super::pattern;
use super::policy::{Policy, RoomPolicy};
use super::reason::Reason;
use super::session::Session;

/// A room's address, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAddress {
    bare: String,
    node: String,
}

impl RoomAddress {
    /// Splits a JID (RFC 7622 section 3.1), with or without a resource.
    ///
    /// # Errors
    /// [`Reason::RoomAddressInvalid`] where there is no node or no domain.
    pub fn parse(jid: &str) -> Result<Self, Reason> {
        let bare = jid.split_once('/').map_or(jid, |(bare, _)| bare);
        match bare.split_once('@') {
            Some((node, domain))
                if !node.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self {
                    bare: bare.to_owned(),
                    node: node.to_owned(),
                })
            }
            _ => Err(Reason::RoomAddressInvalid),
        }
    }

    /// The JID without a resource.
    #[must_use]
    pub fn bare(&self) -> &str {
        &self.bare
    }

    /// The part before the `@`.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.bare.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Tenant and name of a node like `[tenant]name`.
    #[must_use]
    pub fn tenant_and_name(&self) -> Option<(&str, &str)> {
        let (tenant, name) = self.node.strip_prefix('[')?.split_once(']')?;
        (!tenant.is_empty() && !name.is_empty()).then_some((tenant, name))
    }

    /// The room's own name, without a tenant.
    #[must_use]
    pub fn name(&self) -> &str {
        self.tenant_and_name().map_or(&self.node, |(_, name)| name)
    }
}

/// What the MUC component knows of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomState {
    /// Whether the room exists.
    pub exists: bool,
    /// The room's `allowUnauthenticatedAccess`, where it is set.
    pub allow_unauthenticated_access: Option<bool>,
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
    let mut tenant_mismatch = false;
    let decision = check(policy, join, &mut tenant_mismatch);
    RoomVerdict {
        decision,
        tenant_mismatch,
    }
}

fn check(policy: &Policy, join: &Join<'_>, tenant_mismatch: &mut bool) -> Result<(), Reason> {
    let room = RoomAddress::parse(join.room_jid)?;
    if !join.state.exists {
        return Err(Reason::RoomMissing);
    }
    let session = match join.participant {
        Participant::Guest => return check_guest(policy, join.state),
        Participant::Member(session) => session,
    };
    let claim = claimed_room(session);
    if !policy.rooms.verify_domain {
        return check_name_only(claim.as_deref(), &room);
    }
    let Some(name) = name_to_check(&policy.rooms, session, claim, &room)? else {
        return if policy.require_room_claim {
            Err(Reason::RoomNameUnmatched)
        } else {
            Ok(())
        };
    };
    check_tenant(session, join, tenant_mismatch)?;
    check_address(&policy.rooms, session, &name, &room)
}

fn check_guest(policy: &Policy, state: RoomState) -> Result<(), Reason> {
    if !policy.allow_empty_token {
        return Err(Reason::TokenRequired);
    }
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
        claim => Ok(claim),
    }
}

/// Compares the token's tenant with the web address's; a room that wants tokens wants the right tenant, too.
fn check_tenant(session: &Session, join: &Join<'_>, mismatch: &mut bool) -> Result<(), Reason> {
    let tenant = match &session.tenant {
        None => return Ok(()),
        Some(Value::String(tenant)) => tenant.to_ascii_lowercase(),
        Some(Value::Number(tenant)) => tenant.to_string(),
        Some(_) => return Err(Reason::TenantNotText),
    };
    *mismatch = join.query_prefix != Some(&tenant);
    if *mismatch && join.state.requires_token() {
        Err(Reason::TenantMismatch)
    } else {
        Ok(())
    }
}

/// Compares the room's address with the one that the token stands for.
fn check_address(
    policy: &RoomPolicy,
    session: &Session,
    name: &str,
    room: &RoomAddress,
) -> Result<(), Reason> {
    let domain = session.domain.as_deref().ok_or(Reason::RoomMismatch)?;
    let expected = match room.tenant_and_name() {
        Some((tenant, _)) => {
            let muc_domain = policy.muc_domain.as_ref().ok_or(Reason::MucDomainMissing)?;
            let tenant = if domain == "*" {
                tenant.to_owned()
            } else {
                domain.to_ascii_lowercase()
            };
            format!("[{tenant}]{name}@{muc_domain}")
        }
        None if domain == "*" => match &policy.muc_domain {
            Some(muc_domain) => format!("{name}@{muc_domain}"),
            None => return Err(Reason::RoomMismatch),
        },
        None => format!(
            "{name}@{}.{}",
            policy.domain_prefix,
            domain.to_ascii_lowercase()
        ),
    };
    if room.bare() == expected {
        Ok(())
    } else {
        Err(Reason::RoomMismatch)
    }
}
