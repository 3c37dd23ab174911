//! Every check of the room's decision, also those after the first that fails.

use super::super::policy::Policy;
use super::super::reason::Reason;
use super::super::room::{self, Join, Participant, RoomAddress, RoomState};
use super::super::session::Session;
use super::checks::{Check, Failed};
use super::room_claim::room_name;
use super::{Explanation, Surroundings, claim, format, subject};

/// A room to enter.
#[derive(Debug, Clone, Copy)]
pub struct Entrance<'a> {
    /// The room's full JID.
    pub room_jid: &'a str,
    /// What the MUC component knows of the room.
    pub state: RoomState,
    /// The tenant in the meeting's web address.
    pub query_prefix: Option<&'a str>,
}

/// Goes through all checks of the room's decision, for what the token says, whether that is true or not.
///
/// None if the token cannot be read. Takes long for patterns, as matching them does.
#[must_use]
pub fn all(policy: &Policy, token: Option<&str>, entrance: Entrance<'_>) -> Option<Vec<Check>> {
    all_among(policy, token, entrance, &Surroundings::default())
}

/// The same, with what is known beside the policy.
#[must_use]
pub fn all_among(
    policy: &Policy,
    token: Option<&str>,
    entrance: Entrance<'_>,
    around: &Surroundings,
) -> Option<Vec<Check>> {
    let session = match token {
        Some(token) => Some(Session::claimed(&claim::claims(token)?).ok()?),
        None => None,
    };
    let join = Join {
        room_jid: entrance.room_jid,
        state: entrance.state,
        query_prefix: entrance.query_prefix,
        participant: session
            .as_ref()
            .map_or(Participant::Guest, Participant::Member),
    };
    Some(join_checks(policy, &join, around))
}

fn join_checks(policy: &Policy, join: &Join<'_>, around: &Surroundings) -> Vec<Check> {
    let check = |name, decided, found: String| {
        Check::new(
            name,
            decided,
            || found,
            |reason: &Reason| super::room_among(reason, policy, join, around),
        )
    };
    let jid = format::quote(join.room_jid);
    let address = match RoomAddress::parse(join.room_jid) {
        Ok(address) => address,
        Err(reason) => return vec![check("address", Err(reason), jid)],
    };
    let exists = if join.state.exists {
        Ok(())
    } else {
        Err(Reason::RoomMissing)
    };
    let mut checks = vec![check("room exists", exists, jid)];
    let nobody = Session::default();
    let session = match join.participant {
        Participant::Guest if policy.allow_empty_token => {
            let access = room::check_guest(join.state);
            checks.push(check("guests", access, "admitted".to_owned()));
            return checks;
        }
        Participant::Guest => &nobody,
        Participant::Member(session) => session,
    };
    let claim = room::claimed_room(session);
    let shown = format::quote_or_nothing(session.room.as_deref());
    if policy.rooms.verify_domain {
        checks.extend(address_checks(policy, join, session, &address, around));
    } else {
        let name = room::check_name_only(claim.as_deref(), &address);
        checks.push(check("room name", name, shown));
    }
    let issuer = room::check_issuer(policy, session);
    checks.push(check(
        "issuer",
        issuer,
        format::quote_or_nothing(session.issuer.as_deref()),
    ));
    checks
}

/// Name, tenant and domain, each by itself.
fn address_checks(
    policy: &Policy,
    join: &Join<'_>,
    session: &Session,
    address: &RoomAddress,
    around: &Surroundings,
) -> Vec<Check> {
    let claim = room::claimed_room(session);
    let check = |name, decided, found: Option<&str>| {
        Check::new(
            name,
            decided,
            || format::quote_or_nothing(found),
            |reason: &Reason| super::room_among(reason, policy, join, around),
        )
    };
    let claimed = session.room.as_deref();
    let name = match room::name_to_check(&policy.rooms, session, claim, address) {
        Err(reason) => return vec![check("room name", Err(reason), claimed)],
        Ok(None) if policy.require_room_claim => {
            return vec![check("room name", Err(Reason::RoomNameUnmatched), claimed)];
        }
        Ok(None) => return Vec::new(),
        Ok(Some(name)) => name,
    };
    let decided = room::check_address(&policy.rooms, session, &name, address);
    let fits = decided.is_ok();
    let name = if fits || name == address.name() {
        check("room name", Ok(()), claimed)
    } else {
        mismatch("room name", room_name(policy, session, address.name()))
    };
    let tenant = room::check_tenant(session, join, &mut false);
    let tenant = check("tenant", tenant, join.query_prefix);
    let domain = if decided == Err(Reason::MucDomainMissing) {
        check("domain", decided, None)
    } else if fits || subject::fits(policy, session, address) {
        check("domain", Ok(()), session.domain.as_deref())
    } else {
        mismatch("domain", subject::explain(policy, session, address, around))
    };
    let mut checks = vec![name, tenant, domain];
    // That the address differs is decided last.
    checks.sort_by_key(Check::is_mismatch);
    checks
}

fn mismatch(check: &'static str, explanation: Explanation) -> Check {
    Check {
        check,
        outcome: Err(Box::new(Failed {
            code: Reason::RoomMismatch.code(),
            explanation,
        })),
    }
}
