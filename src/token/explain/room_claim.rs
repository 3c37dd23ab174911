//! Denials that the room, or what the token says of it, explains.

use super::super::issuer::Issuer;
use super::super::pattern;
use super::super::policy::Policy;
use super::super::room::{Join, RoomAddress};
use super::super::session::Session;
use super::examined::Surroundings;
use super::explanation::Explanation;
use super::{bounds, format, room_pattern, room_spelling, subject};

/// A session with a token that joins, or does not.
pub struct Joining<'a> {
    policy: &'a Policy,
    session: &'a Session,
    join: &'a Join<'a>,
    address: Option<RoomAddress<'a>>,
    around: &'a Surroundings,
}

impl<'a> Joining<'a> {
    pub fn new(
        policy: &'a Policy,
        session: &'a Session,
        join: &'a Join<'a>,
        around: &'a Surroundings,
    ) -> Self {
        let address = RoomAddress::parse(join.room_jid).ok();
        Self {
            policy,
            session,
            join,
            address,
            around,
        }
    }

    fn room_name(&self) -> &str {
        let address = self.address.as_ref();
        address.map_or(self.join.room_jid, RoomAddress::name)
    }

    /// Whose claims the session carries.
    fn issuer(&self) -> &'a Issuer {
        let issuers = &self.policy.issuers;
        let found = self.session.issuer.as_deref();
        let found = found.and_then(|iss| issuers.of_text(iss));
        found.unwrap_or_else(|| issuers.first())
    }

    fn claim(&self) -> String {
        format::quote_or_nothing(self.session.room.as_deref())
    }
}

/// The address is no room's.
pub fn address_invalid(join: &Join<'_>) -> Explanation {
    Explanation::new("address", format::quote(join.room_jid), "room@domain")
        .mend("join a room, not the MUC domain itself")
}

/// There is no such room.
pub fn missing(join: &Join<'_>) -> Explanation {
    let found = format!("no room {}", format::quote(join.room_jid));
    Explanation::new("room", found, "one that exists")
        .by(&["restrict_room_creation"])
        .mend("wait until jicofo or an admin has created it; is jicofo running?")
}

/// The session has no token.
pub fn no_token() -> Explanation {
    Explanation::new("token", "none", "a token")
        .by(&["allow_empty_token"])
        .mend("open the meeting with a token")
}

/// The host does not accept the token's issuer.
pub fn issuer(joining: &Joining<'_>) -> Explanation {
    Explanation::new(
        "iss",
        format::quote_or_nothing(joining.session.issuer.as_deref()),
        format::accepted(&joining.policy.issuers.first().accepted),
    )
    .by(&["asap_accepted_issuers", "app_id"])
    .because(Some("the token was verified by another host".to_owned()))
    .mend("open the meeting on the host that the token is for")
}

/// The room is none that the token's issuer may open.
pub fn beyond_rooms(joining: &Joining<'_>) -> Explanation {
    bounds::joined_room(joining.issuer(), joining.room_name())
}

/// The room is of no tenant that the token's issuer may open rooms of.
pub fn beyond_tenants(joining: &Joining<'_>) -> Explanation {
    let address = joining.address.as_ref();
    let tenant = address.and_then(RoomAddress::tenant_and_name);
    bounds::joined_tenant(joining.issuer(), tenant.map(|(tenant, _)| tenant))
}

/// The token is good for more than this room.
pub fn wildcard(joining: &Joining<'_>) -> Explanation {
    bounds::joined_wildcard(joining.session.room.as_deref())
}

/// The token is another tenant's.
pub fn tenant(joining: &Joining<'_>) -> Explanation {
    Explanation::new(
        "context.tenant",
        format::value(joining.session.tenant.as_ref()),
        format::quote(joining.join.query_prefix.unwrap_or_default()),
    )
    .because(Some(
        "the room admits only tokens of the tenant in the meeting's address".to_owned(),
    ))
    .mend(format!(
        "let the issuer set context.tenant to {}, or open the meeting at the tenant's address",
        format::quote(joining.join.query_prefix.unwrap_or_default())
    ))
}

/// The server does not know the main domain.
pub fn muc_domain_missing() -> Explanation {
    Explanation::new(
        "server",
        "no muc_mapper_domain_base",
        "the main domain, for rooms of tenants",
    )
    .by(&["muc_mapper_domain_base"])
    .mend("set muc_mapper_domain_base on the server")
}

/// The claim is a pattern, and none are matched.
pub fn patterns_disabled(joining: &Joining<'_>) -> Explanation {
    let expected = "a room's name: patterns are switched off";
    Explanation::new("room", joining.claim(), expected)
        .by(&["token_regex_enabled"])
        .mend(format!(
            "let the issuer set room to {}, or set token_regex_enabled = true",
            format::quote_whole(joining.room_name())
        ))
}

/// The name is too long to be matched.
pub fn name_too_long(joining: &Joining<'_>) -> Explanation {
    let most = joining.policy.rooms.patterns.max_room_bytes;
    Explanation::new(
        "room",
        format!("a name of {} bytes", joining.room_name().len()),
        format!("at most {most} to be matched"),
    )
    .by(&["token_regex_room_max_length"])
    .mend(match joining.room_name().len() {
        length @ 0..=1_024 => {
            format!("use a shorter name, or set token_regex_room_max_length = {length}")
        }
        _ => "use a shorter name".to_owned(),
    })
}

/// The claim is no pattern.
pub fn pattern_invalid(joining: &Joining<'_>) -> Explanation {
    let otherwise = format!(
        "{}, or to a Lua pattern: they are no regular expressions, % escapes, and there is no |, {{}} or (?",
        set_room(joining.room_name())
    );
    joining.pattern("a Lua pattern", &otherwise)
}

/// The pattern has too many quantifiers, or matching it could take long all the same.
pub fn too_complex(joining: &Joining<'_>) -> Explanation {
    let limits = joining.policy.rooms.patterns;
    let claim = joining.session.room.as_deref().unwrap_or_default();
    if pattern::has_too_many_quantifiers(limits, claim) {
        let expected = format!("at most {} of * + - ?", limits.max_quantifiers);
        return joining
            .pattern(&expected, "let the issuer write a simpler pattern, with - as %- where the sign itself is meant")
            .by(&["token_regex_max_quantifiers"]);
    }
    joining.pattern(
        "a pattern that is matched in less than a second",
        "let the issuer begin the pattern with ^, shorten its sets, or put plain text between its quantifiers",
    )
}

impl Joining<'_> {
    /// What is wrong with the pattern, and one that fits where there is one.
    fn pattern(&self, expected: &str, otherwise: &str) -> Explanation {
        let claim = self.session.room.as_deref().unwrap_or_default();
        let advice = room_pattern::advice(self.policy.rooms.patterns, claim, self.room_name());
        let better = advice.as_ref().and_then(|advice| advice.better.clone());
        let remedy = better.map_or_else(|| otherwise.to_owned(), |better| set_room(&better));
        Explanation::new("room", self.claim(), expected)
            .because(advice.map(|advice| advice.cause))
            .mend(remedy)
    }
}

fn set_room(value: &str) -> String {
    format!("let the issuer set room to {}", format::quote_whole(value))
}

/// The room claim does not stand for the room's name.
pub fn name(joining: &Joining<'_>) -> Explanation {
    room_name(joining.policy, joining.session, joining.room_name())
}

/// The token says that its room is a pattern, and has none.
pub fn pattern_missing(joining: &Joining<'_>) -> Explanation {
    Explanation::new(
        "room",
        "nothing",
        "a Lua pattern, since context.room.regex is true",
    )
    .because(Some(
        "the token says that room is a pattern, and has no room".to_owned(),
    ))
    .mend(format!(
        "let the issuer set room to {} or to \"*\", or leave context.room.regex out",
        format::quote_whole(joining.room_name())
    ))
}

/// The room claim is another room's name.
pub fn room_name(policy: &Policy, session: &Session, name: &str) -> Explanation {
    let found = format::quote_or_nothing(session.room.as_deref());
    let claim = session.room.as_deref().unwrap_or_default();
    if session.has_pattern() && policy.rooms.verify_domain {
        return of_pattern(policy, claim, name, found);
    }
    let explanation = Explanation::new(
        "room",
        found,
        format!("{} or \"*\"", format::quote_whole(name)),
    );
    if session.has_pattern() && claim != "*" {
        return explanation
            .because(Some("the claim is a pattern, and patterns are compared to the letter while enable_domain_verification is false".to_owned()))
            .mend(format!("{}, or set enable_domain_verification = true", set_room(name)));
    }
    let limits = policy.rooms.patterns;
    let is_pattern = claim != "*"
        && claim.contains(['*', '^', '$', '+'])
        && room_pattern::unmarked(limits, claim, name).is_some();
    let advice = room_spelling::advice(claim, name).filter(|_| !is_pattern);
    if let Some(advice) = advice {
        let beside = advice
            .beside
            .map_or_else(String::new, |beside| format!(", and {beside}"));
        return explanation
            .because(Some(advice.cause))
            .mend(set_room(name) + &beside);
    }
    not_marked(policy, session, name, &explanation)
        .unwrap_or_else(|| of_another_room(claim, name, explanation))
}

fn of_another_room(claim: &str, name: &str, explanation: Explanation) -> Explanation {
    let other = format::quote_or_nothing((!claim.is_empty()).then_some(claim));
    explanation
        .because(Some("the token is for another room".to_owned()))
        .mend(format!("{}, or join {other}", set_room(name)))
}

fn of_pattern(policy: &Policy, claim: &str, name: &str, found: String) -> Explanation {
    let expected = format!("a pattern that fits {}", format::quote_whole(name));
    let advice = room_pattern::advice(policy.rooms.patterns, claim, name);
    let better = advice.as_ref().and_then(|advice| advice.better.clone());
    let cause = advice.map_or_else(
        || "the pattern is for other rooms".to_owned(),
        |advice| advice.cause,
    );
    Explanation::new("room", found, expected)
        .because(Some(cause))
        .mend(set_room(better.as_deref().unwrap_or(name)))
}

/// The claim looks like a pattern, and the token does not say that it is one.
fn not_marked(
    policy: &Policy,
    session: &Session,
    name: &str,
    explanation: &Explanation,
) -> Option<Explanation> {
    let claim = session.room.as_deref()?;
    let looks_like_pattern =
        claim != "*" && claim.contains(['*', '+', '^', '$', '%', '|', '\\', '[', '?']);
    if !looks_like_pattern {
        return None;
    }
    let said = session
        .context_room
        .as_ref()
        .and_then(|room| room.get("regex"));
    let cause = said.map_or_else(
        || "the claim looks like a pattern, and context.room.regex is not true".to_owned(),
        |said| {
            format!(
                "the claim looks like a pattern, and context.room.regex is {}, which is not true",
                format::value(Some(said))
            )
        },
    );
    let fitting = room_pattern::unmarked(policy.rooms.patterns, claim, name)
        .filter(|_| policy.rooms.verify_domain);
    let remedy = match fitting {
        Some(fitting) if fitting == claim => format!(
            "let the issuer set context.room.regex to true, or room to {}",
            format::quote_whole(name)
        ),
        Some(fitting) => format!(
            "{} and context.room.regex to true, or room to {}",
            set_room(&fitting),
            format::quote_whole(name)
        ),
        None => set_room(name),
    };
    Some(explanation.clone().because(Some(cause)).mend(remedy))
}

/// The token stands for another room: its name differs, or the domain that `sub` gives does.
pub fn mismatch(joining: &Joining<'_>) -> Explanation {
    let (policy, session) = (joining.policy, joining.session);
    let Some(address) = joining.address.as_ref() else {
        return Explanation::new("address", "nothing", "room@domain");
    };
    if subject::fits(policy, session, address) {
        room_name(policy, session, address.name())
    } else {
        subject::explain(policy, session, address, joining.around)
    }
}
