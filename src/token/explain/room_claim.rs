//! Denials that the room, or what the token says of it, explains.

use super::super::pattern;
use super::super::policy::Policy;
use super::super::room::{Join, RoomAddress};
use super::super::session::Session;
use super::{Explanation, format};

/// A session with a token that joins, or does not.
pub struct Joining<'a> {
    policy: &'a Policy,
    session: &'a Session,
    join: &'a Join<'a>,
    address: Option<RoomAddress<'a>>,
}

impl<'a> Joining<'a> {
    pub fn new(policy: &'a Policy, session: &'a Session, join: &'a Join<'a>) -> Self {
        let address = RoomAddress::parse(join.room_jid).ok();
        Self {
            policy,
            session,
            join,
            address,
        }
    }

    fn room_name(&self) -> &str {
        let address = self.address.as_ref();
        address.map_or(self.join.room_jid, RoomAddress::name)
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
        format::accepted(&joining.policy.issuers),
    )
    .by(&["asap_accepted_issuers", "app_id"])
    .because(Some("the token was verified by another host".to_owned()))
    .mend("open the meeting on the host that the token is for")
}

/// The token is another tenant's.
pub fn tenant(joining: &Joining<'_>) -> Explanation {
    Explanation::new(
        "context.tenant",
        format::value(joining.session.tenant.as_ref()),
        format::quote(joining.join.query_prefix.unwrap_or_default()),
    )
    .mend("the room admits only tokens of the tenant in the meeting's address")
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
        .mend("let the issuer name the room, or set token_regex_enabled to true")
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
    .mend("use a shorter name")
}

/// The claim is no pattern.
pub fn pattern_invalid(joining: &Joining<'_>) -> Explanation {
    Explanation::new("room", joining.claim(), "a Lua pattern")
        .because(dialect(joining.session))
        .mend("Lua patterns are no regular expressions: % escapes, and there is no |, {} or (?")
}

/// The pattern has too many quantifiers, or matching it could take long all the same.
pub fn too_complex(joining: &Joining<'_>) -> Explanation {
    let limits = joining.policy.rooms.patterns;
    let claim = joining.session.room.as_deref().unwrap_or_default();
    if pattern::has_too_many_quantifiers(limits, claim) {
        let expected = format!("at most {} of * + - ?", limits.max_quantifiers);
        return Explanation::new("room", joining.claim(), expected)
            .by(&["token_regex_max_quantifiers"])
            .because(dialect(joining.session))
            .mend("let the issuer write a simpler pattern");
    }
    Explanation::new("room", joining.claim(), "a pattern that is matched in less than a second")
        .because(dialect(joining.session))
        .mend("let the issuer begin the pattern with ^, shorten its sets, or put plain text between its quantifiers")
}

/// The room claim does not stand for the room's name.
pub fn name(joining: &Joining<'_>) -> Explanation {
    room_name(joining.policy, joining.session, joining.room_name())
}

/// The room claim is another room's name.
pub fn room_name(policy: &Policy, session: &Session, name: &str) -> Explanation {
    let found = format::quote_or_nothing(session.room.as_deref());
    let kind = if session.has_pattern() && policy.rooms.verify_domain {
        format!("a pattern that fits {}", format::quote(name))
    } else {
        format!("{} or \"*\"", format::quote(name))
    };
    Explanation::new("room", found, kind)
        .because(dialect(session).or_else(|| name_cause(policy, session, name)))
        .mend(
            "the token is for another room: let the issuer name this one, or join the one it names",
        )
}

fn name_cause(policy: &Policy, session: &Session, name: &str) -> Option<String> {
    let claim = session.room.as_deref()?;
    let looks_like_pattern =
        claim.contains(['*', '+', '^', '$', '%', '|', '\\', '[']) && claim != "*";
    let cause = if session.has_pattern() && !policy.rooms.verify_domain {
        "the claim is a pattern, and patterns are compared to the letter while enable_domain_verification is false"
    } else if claim.contains("://") {
        "the claim is a web address; only the room's name belongs there"
    } else if claim.contains('@') {
        "the claim is a full JID; only the part before the @ belongs there"
    } else if !session.has_pattern() && decoded(claim) != claim {
        "the claim is percent-encoded, and is compared as it stands"
    } else if claim.to_lowercase() == name {
        "the claim has capitals beyond A to Z, which are compared as they stand"
    } else if claim.trim().to_lowercase() == name {
        "there are blanks or line breaks around the claim"
    } else if claim
        .rsplit('/')
        .next()
        .is_some_and(|last| last.to_lowercase() == name)
    {
        "the claim has the tenant before the room; only the room's name belongs there, and the tenant in sub"
    } else if claim.replace(' ', "").to_lowercase() == name {
        "the web client leaves blanks out of room names"
    } else if looks_like_pattern && !session.has_pattern() {
        "the claim looks like a pattern, and context.room.regex is not true"
    } else if session.has_pattern() && claim.chars().any(char::is_uppercase) {
        "the pattern has capitals; room names are in lower case"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits
            .filter(|_| *first == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = match byte {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A pattern that is written for another language than Lua.
fn dialect(session: &Session) -> Option<String> {
    let pattern = session.room.as_deref().filter(|_| session.has_pattern())?;
    let sign = [
        ("\\", "a backslash; Lua escapes with %"),
        ("(?", "(?; Lua has no such groups"),
        ("|", "|; Lua has no alternatives"),
        ("{", "{}; Lua has no counted repetition"),
        (".*.*", ".* twice in a row"),
    ]
    .into_iter()
    .find(|(sign, _)| pattern.contains(sign));
    sign.map(|(_, what)| format!("the pattern looks like a regular expression: it has {what}"))
}

/// The token stands for another room: its name differs, or the domain that `sub` gives does.
pub fn mismatch(joining: &Joining<'_>) -> Explanation {
    let (policy, session) = (joining.policy, joining.session);
    let Some(address) = joining.address.as_ref() else {
        return Explanation::new("address", "nothing", "room@domain");
    };
    if subject_fits(policy, session, address) {
        room_name(policy, session, address.name())
    } else {
        subject(policy, session, address)
    }
}

/// Whether `sub` stands for the room's domain, or tenant.
pub fn subject_fits(policy: &Policy, session: &Session, address: &RoomAddress) -> bool {
    let Some(subject) = session.domain.as_deref() else {
        return false;
    };
    let subject = subject.to_ascii_lowercase();
    let needed = needed_subject(policy, address);
    let muc_domain = policy.rooms.muc_domain.as_deref();
    let in_muc_domain = muc_domain == Some(address.domain());
    match address.tenant_and_name() {
        _ if subject == "*" => in_muc_domain,
        Some((tenant, _)) => subject == tenant && in_muc_domain,
        None => needed.as_deref() == Some(&*subject),
    }
}

/// `sub` is not the domain, or the tenant, of the room.
pub fn subject(policy: &Policy, session: &Session, address: &RoomAddress) -> Explanation {
    let found = format::quote_or_nothing(session.domain.as_deref());
    let subject = session.domain.as_deref().unwrap_or_default();
    let muc_domain = policy.rooms.muc_domain.as_deref();
    let is_tenants = address.tenant_and_name().is_some();
    if (subject == "*" || is_tenants) && muc_domain != Some(address.domain()) {
        let expected = muc_domain.map_or_else(|| "a known MUC domain".to_owned(), format::quote);
        return Explanation::new("room's domain", format::quote(address.domain()), expected)
            .by(&["muc_mapper_domain", "muc_mapper_domain_base", "muc_mapper_domain_prefix"])
            .mend("set muc_mapper_domain_base to the main domain and muc_mapper_domain_prefix to the first label of the MUC's");
    }
    let Some(needed) = needed_subject(policy, address) else {
        let prefix = &policy.rooms.domain_prefix;
        return Explanation::new(
            "room's domain",
            format::quote(address.domain()),
            format!("{prefix}. and a domain"),
        )
        .by(&["muc_mapper_domain_prefix"])
        .mend("set muc_mapper_domain_prefix to the first label of the MUC domain, or set enable_domain_verification to false");
    };
    let expected = format!("{} or \"*\"", format::quote(&needed));
    Explanation::new("sub", found, expected)
        .by(&["enable_domain_verification"])
        .because(Some(subject_cause(policy, subject, &needed, is_tenants).to_owned()))
        .mend(format!(
            "let the issuer set sub to {}, or set enable_domain_verification to false to compare only room names",
            format::quote(&needed)
        ))
}

fn subject_cause(policy: &Policy, subject: &str, needed: &str, is_tenants: bool) -> &'static str {
    let lower = subject.to_ascii_lowercase();
    let prefix = format!("{}.", policy.rooms.domain_prefix);
    if lower == "meet.jit.si" {
        "this is the default of the issuer's software, which nobody has changed"
    } else if subject.is_empty() {
        "the claim is empty"
    } else if lower.trim() == needed {
        "there are blanks or line breaks around the claim"
    } else if lower.trim_end_matches('.') == needed {
        "there is a dot at the end of the claim"
    } else if lower.contains("://") {
        "the claim is a web address; only the domain belongs there"
    } else if lower
        .split_once(':')
        .is_some_and(|(host, _)| host == needed)
    {
        "the claim has a port; only the domain belongs there"
    } else if lower.strip_prefix(&prefix) == Some(needed) {
        "the claim is the MUC's domain; leave out its first label"
    } else if lower.contains('@') || lower.contains('|') || is_identifier(&lower) {
        "the claim names a user, as OIDC tokens have it; here it must name the domain"
    } else if is_tenants {
        "the room belongs to a tenant, and the claim is not that tenant's name"
    } else if !lower.contains('.') {
        "the claim is a tenant's name, and the room belongs to no tenant"
    } else {
        "if this is the public name of the web page: sub must be the XMPP domain, as Prosody's VirtualHost has it"
    }
}

/// Whether a text is a UUID or a number, as user identifiers are.
fn is_identifier(text: &str) -> bool {
    let is_uuid = text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What `sub` would have to be for this room, in lower case.
fn needed_subject(policy: &Policy, address: &RoomAddress) -> Option<String> {
    if let Some((tenant, _)) = address.tenant_and_name() {
        return Some(tenant.to_owned());
    }
    let domain = address.domain().strip_prefix(&policy.rooms.domain_prefix)?;
    domain.strip_prefix('.').map(str::to_owned)
}
