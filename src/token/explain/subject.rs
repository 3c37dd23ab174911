//! Why `sub` does not name the domain, or the tenant, of the room.

use super::super::issuer::Accepted;
use super::super::policy::Policy;
use super::super::room::RoomAddress;
use super::super::session::Session;
use super::examined::Surroundings;
use super::explanation::Explanation;
use super::{format, mapped, spelling};

/// Whether `sub` stands for the room's domain, or tenant.
pub fn fits(policy: &Policy, session: &Session, address: &RoomAddress) -> bool {
    let Some(subject) = session.subject.as_deref() else {
        return false;
    };
    let subject = subject.to_ascii_lowercase();
    let needed = needed(policy, address);
    let muc_domain = policy.rooms.muc_domain.as_deref();
    let in_muc_domain = muc_domain == Some(address.domain());
    match address.tenant_and_name() {
        _ if subject == "*" => in_muc_domain,
        Some((tenant, _)) => subject == tenant && in_muc_domain,
        None => needed.as_deref() == Some(&*subject),
    }
}

/// `sub` is not the domain, or the tenant, of the room.
pub fn explain(
    policy: &Policy,
    session: &Session,
    address: &RoomAddress,
    around: &Surroundings,
) -> Explanation {
    let found = format::quote_or_nothing(session.subject.as_deref());
    let subject = session.subject.as_deref().unwrap_or_default();
    let muc_domain = policy.rooms.muc_domain.as_deref();
    let is_tenants = address.tenant_and_name().is_some();
    if (subject == "*" || is_tenants) && muc_domain != Some(address.domain()) {
        return elsewhere(policy, address);
    }
    let Some(needed) = needed(policy, address) else {
        return elsewhere(policy, address);
    };
    let expected = format!("{} or \"*\"", format::quote(&needed));
    let asked = Asked {
        policy,
        subject,
        needed: &needed,
        room: address.name(),
        is_tenants,
        around,
    };
    Explanation::new("sub", found, expected)
        .by(&["enable_domain_verification"])
        .because(Some(asked.cause()))
        .mend(of_mapping(policy, session, &needed).unwrap_or_else(|| asked.remedy(address)))
}

/// What to do where the issuer's claims are mapped: a provider's own `sub` is its user.
fn of_mapping(policy: &Policy, session: &Session, needed: &str) -> Option<String> {
    let issuer = policy.issuers.of_text(session.issuer.as_deref()?)?;
    issuer.mapping.as_ref()?;
    Some(mapped::subject_remedy(policy, issuer, needed))
}

/// The room belongs to a component that the host's options do not name.
fn elsewhere(policy: &Policy, address: &RoomAddress) -> Explanation {
    let rooms = &policy.rooms;
    let domain = address.domain();
    let expected = rooms.muc_domain.as_deref().map_or_else(
        || format!("{}. and a domain", rooms.domain_prefix),
        format::quote,
    );
    let explanation = Explanation::new("room's domain", format::quote(domain), expected).by(&[
        "muc_mapper_domain",
        "muc_mapper_domain_base",
        "muc_mapper_domain_prefix",
    ]);
    let (label, base) = domain.split_once('.').unwrap_or((domain, ""));
    if let Some((_, what)) = SIDE_ROOMS.iter().find(|(side, _)| label.starts_with(side)) {
        let main = rooms
            .muc_domain
            .as_deref()
            .map_or_else(|| format!("{}.{base}", rooms.domain_prefix), str::to_owned);
        let room = format!("{}@{main}", address.node());
        return explanation
            .because(Some(format!("this is a {what}, whose component decides without tokens; the token counts for the main room")))
            .mend(format!(
                "join {}, and take token_verification out of the modules_enabled of Component \"{domain}\" if it stands there",
                format::quote(&room)
            ));
    }
    if base.is_empty() || !format::can_be_typed(domain) {
        return explanation.mend("join a room of the domain that is needed");
    }
    explanation.mend(format!(
        "join the room at the domain that is needed; if all rooms are at {}, set muc_mapper_domain_base = \"{base}\" and muc_mapper_domain_prefix = \"{label}\"",
        format::quote(domain)
    ))
}

/// What `sub` would have to be for this room, in lower case.
fn needed(policy: &Policy, address: &RoomAddress) -> Option<String> {
    if let Some((tenant, _)) = address.tenant_and_name() {
        return Some(tenant.to_owned());
    }
    let domain = address.domain().strip_prefix(&policy.rooms.domain_prefix)?;
    domain.strip_prefix('.').map(str::to_owned)
}

/// A subject that does not fit, and what it is held against.
struct Asked<'a> {
    policy: &'a Policy,
    subject: &'a str,
    needed: &'a str,
    /// The room's own name.
    room: &'a str,
    is_tenants: bool,
    around: &'a Surroundings,
}

impl Asked<'_> {
    fn remedy(&self, address: &RoomAddress) -> String {
        let needed = format::quote(self.needed);
        let is_tenant_alone = !self.is_tenants
            && is_label(self.subject)
            && !is_identifier(self.subject)
            && self.special().is_none();
        let other = if is_tenant_alone && let Some(muc_domain) = &self.policy.rooms.muc_domain {
            let room = format!(
                "[{}]{}@{muc_domain}",
                self.subject.to_ascii_lowercase(),
                address.name()
            );
            format!(", or join the tenant's room {}", format::quote(&room))
        } else {
            String::new()
        };
        format!(
            "let the issuer set sub to {needed}{other}, or set enable_domain_verification = false to compare only room names"
        )
    }

    fn cause(&self) -> String {
        self.surplus()
            .or_else(|| self.special())
            .or_else(|| self.user())
            .or_else(|| spelling::difference(&self.subject.to_ascii_lowercase(), self.needed))
            .unwrap_or_else(|| self.kind().to_owned())
    }

    /// What is too much beside the domain.
    fn surplus(&self) -> Option<String> {
        let lower = self.subject.trim().to_ascii_lowercase();
        if lower.trim_end_matches('.') == self.needed && lower != self.needed {
            return Some("there is a dot at the end of the claim".to_owned());
        }
        if let Some(scheme) = [
            "//", "xmpp:", "sip:", "https:", "http:", "tenant:", "domain:",
        ]
        .iter()
        .find(|scheme| lower.strip_prefix(**scheme) == Some(self.needed))
        {
            return Some(format!(
                "only the domain belongs there: {} is too much",
                format::quote(scheme)
            ));
        }
        let (scheme, rest) = lower
            .split_once("://")
            .map_or(("", lower.as_str()), |(scheme, rest)| (scheme, rest));
        let (authority, path) =
            rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
        let (user, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = server.split_once(':').unwrap_or((server, ""));
        let is_address = !scheme.is_empty() || !path.is_empty() || !port.is_empty();
        if !is_address || !(host.contains('.') || host == self.needed || !scheme.is_empty()) {
            return None;
        }
        let pieces = [
            (!scheme.is_empty()).then(|| format!("{scheme}://")),
            (!user.is_empty()).then(|| format!("{user}@")),
            (!port.is_empty()).then(|| format!(":{port}")),
            (!path.is_empty()).then(|| path.to_owned()),
        ];
        let pieces: Vec<String> = pieces
            .into_iter()
            .flatten()
            .map(|piece| format::quote(&piece))
            .collect();
        let what = match (scheme, port, path) {
            ("", port, "") if !port.is_empty() => "the claim has a port",
            ("", _, "/") => "the claim has a slash at its end",
            _ => "the claim is a web address",
        };
        let also = if host == self.needed {
            String::new()
        } else {
            format!(
                ", and {} is not the domain that is needed",
                format::quote(host)
            )
        };
        Some(format!(
            "{what}; only the domain belongs there: {} is too much{also}",
            pieces.join(" and ")
        ))
    }

    /// What programs are known to put there.
    fn special(&self) -> Option<String> {
        let lower = self.subject.to_ascii_lowercase();
        self.of_another_server(&lower)
            .or_else(|| self.around_the_domain(&lower))
            .or_else(|| self.of_this_server(&lower))
            .or_else(|| self.around_the_tenant(&lower))
    }

    /// What is there before anybody has set it, or belongs to some other server.
    fn of_another_server(&self, lower: &str) -> Option<String> {
        if lower.is_empty() {
            return Some("the claim is empty, or none".to_owned());
        }
        if lower == "meet.jit.si" {
            return Some(
                "this is the default of the issuer's software, which nobody has changed".to_owned(),
            );
        }
        if lower.starts_with("vpaas-magic-cookie-") {
            return Some("this is an app id of JaaS, which counts at 8x8.vc alone".to_owned());
        }
        if spelling::is_unfilled(self.subject) {
            return Some(spelling::UNFILLED.to_owned());
        }
        let is_below = |name: &str| {
            let rest = lower.strip_suffix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let of_another = ELSEWHERE
            .iter()
            .find(|(name, _)| !self.needed.ends_with(name) && is_below(name));
        if let Some((_, what)) = of_another {
            return Some((*what).to_owned());
        }
        lower.contains('*').then(|| {
            "\"*\" stands for all domains where it stands alone, and not for a part".to_owned()
        })
    }

    /// The domain that is needed with something more or less, or the room in its place.
    fn around_the_domain(&self, lower: &str) -> Option<String> {
        let prefix = format!("{}.", self.policy.rooms.domain_prefix);
        if lower.contains('@') && lower.ends_with(self.needed) {
            return Some("the claim is an address; only the domain belongs there".to_owned());
        }
        if lower == self.room {
            return Some("the claim is the room's name, which belongs in room".to_owned());
        }
        if self
            .needed
            .strip_suffix(lower)
            .is_some_and(|rest| rest.ends_with('.'))
        {
            return Some("the claim is a domain above the one that is needed".to_owned());
        }
        if lower.strip_prefix(&prefix) == Some(self.needed) {
            return Some("the claim is the MUC's domain; leave out its first label".to_owned());
        }
        let label = lower.strip_suffix(self.needed)?.strip_suffix('.')?;
        Some(inner_host(label))
    }

    /// Another name of this server's.
    fn of_this_server(&self, lower: &str) -> Option<String> {
        if let Some(host) = self.around.hosts.iter().find(|host| **host == lower) {
            return Some(format!(
                "this is {host}, another host of this server: the token is for rooms there"
            ));
        }
        let is_app = |name: &str| name == self.subject;
        let has_it = |accepted: &Accepted| matches!(accepted, Accepted::Only(values) if values.iter().any(|value| is_app(value)));
        if self.around.app_id.as_deref().is_some_and(is_app) {
            return Some("the claim is the host's app_id, which belongs in iss".to_owned());
        }
        let mut issuers = self.policy.issuers.iter();
        if issuers.any(|issuer| has_it(&issuer.accepted)) {
            return Some("the claim is the host's issuer, which belongs in iss".to_owned());
        }
        let mut issuers = self.policy.issuers.iter();
        issuers
            .any(|issuer| has_it(&issuer.audiences))
            .then(|| "the claim is the host's audience, which belongs in aud".to_owned())
    }

    /// The tenant that is needed with something around it.
    fn around_the_tenant(&self, lower: &str) -> Option<String> {
        if let Some((tenant, room)) = lower
            .split_once('/')
            .filter(|(tenant, _)| self.is_tenants && *tenant == self.needed)
        {
            return Some(format!(
                "the claim has the room {} behind the tenant {}, and is the tenant alone",
                format::quote(room),
                format::quote(tenant)
            ));
        }
        let inside = lower.trim_matches(['[', ']']);
        (inside == self.needed && inside != lower).then(|| {
            "there are brackets around the tenant, as the room's address has them".to_owned()
        })
    }

    fn user(&self) -> Option<String> {
        let lower = self.subject.to_ascii_lowercase();
        let names_user = lower.contains(['@', '|', '=', ':']) || is_identifier(self.subject);
        names_user.then(|| "the claim names a user, as OIDC tokens have it; here it must name the domain, and the user belongs in context.user".to_owned())
    }

    fn kind(&self) -> &'static str {
        if self.is_tenants {
            "the room belongs to a tenant, and the claim is not that tenant's name"
        } else if is_label(self.subject) {
            "the claim is a tenant's name, and the room belongs to no tenant"
        } else {
            "if this is the public name of the web page: sub must be the XMPP domain, as Prosody's VirtualHost has it"
        }
    }
}

fn inner_host(label: &str) -> String {
    match INNER.iter().find(|(name, _)| *name == label) {
        Some((_, what)) => {
            format!("this is {what}, and the rooms belong to the domain behind its first label")
        }
        None => format!(
            "the claim has {} before the domain, which is too much",
            format::quote(&format!("{label}."))
        ),
    }
}

fn is_label(text: &str) -> bool {
    let is_of_label = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !text.is_empty() && text.chars().all(is_of_label)
}

/// Whether a text is an identifier of a user: a UUID, a number, or a long mix of letters and digits.
fn is_identifier(text: &str) -> bool {
    let is_hex = text
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let has = |of: fn(&u8) -> bool| text.bytes().any(|byte| of(&byte));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_token = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let is_random =
        is_token && is_mixed && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    (is_hex && text.len() >= 24 && is_mixed)
        || is_number
        || (text.len() >= 17 && is_random)
        || (text.len() >= 32 && is_token && is_mixed)
}

/// Components beside the main rooms, by how their names begin.
const SIDE_ROOMS: [(&str, &str); 3] = [
    ("lobby", "lobby room"),
    ("breakout", "breakout room"),
    ("internal", "room of Jitsi's own services"),
];
/// Domains that are some other server's by default.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "meet.jitsi",
        "this is docker-jitsi-meet's inner domain (its default), and this host has another one",
    ),
    (
        "localhost",
        "this is the issuer's own machine, as in its development",
    ),
];
const INNER: [(&str, &str); 9] = [
    ("guest", "docker-jitsi-meet's inner host for guests"),
    ("auth", "the inner host of Jitsi's own services"),
    ("hidden", "the inner host for recorders"),
    ("recorder", "the inner host for recorders"),
    ("muc", "a MUC's domain"),
    ("conference", "a MUC's domain"),
    ("internal-muc", "the MUC of Jitsi's own services"),
    ("lobby", "the lobby's domain"),
    ("breakout", "the domain of breakout rooms"),
];
