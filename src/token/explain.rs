//! What a denial means: which check failed, what was found, what was needed, and what to change.
//!
//! Shows single claims, shortened, and never a token, a signature or a secret.

use std::fmt;

use serde_json::Value;

use super::claims::Claims;
use super::compact::Compact;
use super::header::Header;
use super::policy::{Accepted, Policy};
use super::reason::Reason;
use super::room::{Join, Participant, RoomAddress};
use super::session::Session;

/// Why one check failed, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was checked: a claim, a header member, or a property of the room.
    pub check: &'static str,
    /// What was found.
    pub found: String,
    /// What would have been accepted.
    pub expected: String,
    /// The option that says so.
    pub option: Option<&'static str>,
    /// What to change, at the issuer or on the server.
    pub hint: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: found {}, needed {}",
            self.check, self.found, self.expected
        )?;
        if let Some(option) = self.option {
            write!(formatter, " ({option})")?;
        }
        if self.hint.is_empty() {
            Ok(())
        } else {
            write!(formatter, "; {}", self.hint)
        }
    }
}

/// Explains why a token was denied.
#[must_use]
pub fn token(reason: &Reason, policy: &Policy, token: Option<&str>, now: i64) -> Explanation {
    let parts = token.and_then(|token| Compact::split(token).ok());
    let header = parts.and_then(|parts| Header::decode(parts.header).ok());
    let claims = parts.and_then(|parts| Claims::decode(parts.payload).ok());
    let member = |name: &str| show(header.as_ref().and_then(|header| header.member(name)));
    let claim = |name: &str| show(claims.as_ref().and_then(|claims| claims.claim(name)));
    match reason {
        Reason::TypeNotAccepted => explanation(
            "typ",
            member("typ"),
            "\"JWT\"",
            "let the issuer set typ to JWT in the header",
        ),
        Reason::AlgorithmNotAccepted => Explanation {
            option: Some("signature_algorithm"),
            ..explanation(
                "alg",
                member("alg"),
                &format!(
                    "\"{}\"",
                    policy
                        .algorithm
                        .map_or("none", super::algorithm::Algorithm::name)
                ),
                "let the issuer sign with this algorithm, or set signature_algorithm to the issuer's",
            )
        },
        Reason::IssuerMissing | Reason::IssuerNotAccepted => Explanation {
            option: Some("asap_accepted_issuers, else app_id"),
            ..explanation(
                "iss",
                claim("iss"),
                &accepted(&policy.issuers),
                "let the issuer set iss to it, or accept its",
            )
        },
        Reason::AudienceMissing | Reason::AudienceNotAccepted => Explanation {
            option: Some("asap_accepted_audiences"),
            ..explanation(
                "aud",
                claim("aud"),
                &accepted(&policy.audiences),
                "let the issuer set aud to it, or accept its",
            )
        },
        Reason::ExpirationNotNumber | Reason::Expired(_) => {
            let expected = format!("a number above {now}, the time here");
            explanation(
                "exp",
                claim("exp"),
                &expected,
                "get a new token, or set the clocks right",
            )
        }
        Reason::NotBeforeNotNumber | Reason::NotYetValid => {
            let expected = format!("a number of at most {now}, the time here");
            explanation(
                "nbf",
                claim("nbf"),
                &expected,
                "set the clocks right, or let the issuer put nbf back a little",
            )
        }
        _ => unseen(reason, policy, token),
    }
}

/// Denials of tokens that no single claim explains.
fn unseen(reason: &Reason, policy: &Policy, token: Option<&str>) -> Explanation {
    let length = token.map_or(0, str::len);
    match reason {
        Reason::TokenRequired => Explanation {
            option: Some("allow_empty_token"),
            ..explanation(
                "token",
                "none".into(),
                "a token",
                "open the meeting with a token, or set allow_empty_token",
            )
        },
        Reason::TokenTooLong => Explanation {
            option: Some("limits.token_bytes"),
            ..explanation(
                "token",
                format!("{length} bytes"),
                &format!("at most {}", policy.max_token_bytes),
                "let the issuer leave out what nobody reads, or raise the limit",
            )
        },
        Reason::NotThreeParts => {
            let dots = token.map_or(0, |token| token.matches('.').count());
            let found = format!("{length} bytes with {dots} dots");
            explanation(
                "token",
                found,
                "three parts with a dot between them",
                "pass the token whole, as the issuer made it",
            )
        }
        Reason::HeaderNotDecodable => not_decodable("header"),
        Reason::PayloadNotDecodable => not_decodable("payload"),
        Reason::SignatureNotDecodable => not_decodable("signature"),
        Reason::SignatureInvalid => Explanation {
            option: Some("app_secret"),
            ..explanation(
                "signature",
                "one that does not match".into(),
                &format!(
                    "an {} signature with the host's secret",
                    policy
                        .algorithm
                        .map_or("none", super::algorithm::Algorithm::name)
                ),
                "compare the issuer's secret with app_secret: a line break, blanks or base64 make it another one",
            )
        },
        Reason::RoomClaimMissing => Explanation {
            option: Some("asap_require_room_claim"),
            ..explanation(
                "room",
                "nothing".into(),
                "a room's name, or \"*\" for all",
                "let the issuer set room, or set asap_require_room_claim to false",
            )
        },
        Reason::SubjectMissing => explanation(
            "sub",
            "nothing".into(),
            "the domain or tenant",
            "let the issuer set sub",
        ),
        Reason::ContextMissing | Reason::ContextNotObject => explanation(
            "context",
            "none that is an object".into(),
            "an object",
            "let the issuer set context",
        ),
        other => explanation(
            "standards",
            format!("a breach of them ({})", other.code()),
            "a token as RFC 7515 and RFC 7519 have it",
            "make tokens with a JWT library",
        ),
    }
}

/// Explains why a join was denied.
#[must_use]
pub fn room(reason: &Reason, policy: &Policy, join: &Join<'_>) -> Explanation {
    let address = RoomAddress::parse(join.room_jid).ok();
    let name = address.as_ref().map_or(join.room_jid, RoomAddress::name);
    match (reason, join.participant) {
        (Reason::RoomAddressInvalid, _) => explanation(
            "address",
            quote(join.room_jid),
            "room@domain",
            "join a room, not the MUC domain itself",
        ),
        (Reason::RoomMissing, _) => Explanation {
            option: Some("restrict_room_creation"),
            ..explanation(
                "room",
                format!("no room {}", quote(join.room_jid)),
                "one that exists",
                "wait until jicofo or an admin has created it; is jicofo running?",
            )
        },
        (Reason::AuthenticationRequired | Reason::RoomNameUnmatched, Participant::Guest) => {
            Explanation {
                option: Some("allow_empty_token"),
                ..explanation(
                    "token",
                    "none".into(),
                    "a token",
                    "open the meeting with a token",
                )
            }
        }
        (Reason::IssuerNotAccepted, Participant::Member(session)) => Explanation {
            option: Some("asap_accepted_issuers, else app_id"),
            ..explanation(
                "iss",
                session
                    .issuer
                    .as_deref()
                    .map_or_else(|| "nothing".to_owned(), quote),
                &accepted(&policy.issuers),
                "the token was verified by another host, whose rooms are others",
            )
        },
        (Reason::RoomMismatch, Participant::Member(session)) => {
            mismatch(policy, session, address.as_ref())
        }
        (_, Participant::Member(session)) => claim_explanation(reason, policy, session, join, name),
        (_, Participant::Guest) => explanation("token", "none".into(), "a token", ""),
    }
}

/// Denials that the room claim, or the tenant, explains.
fn claim_explanation(
    reason: &Reason,
    policy: &Policy,
    session: &Session,
    join: &Join<'_>,
    name: &str,
) -> Explanation {
    let found = session
        .room
        .as_deref()
        .map_or_else(|| "nothing".to_owned(), quote);
    let limits = policy.rooms.patterns;
    match reason {
        Reason::TenantMismatch | Reason::TenantNotText => explanation(
            "context.tenant",
            show(session.tenant.as_ref()),
            &quote(join.query_prefix.unwrap_or_default()),
            "the room admits only tokens of the tenant in the meeting's address",
        ),
        Reason::MucDomainMissing => Explanation {
            option: Some("muc_mapper_domain_base"),
            ..explanation(
                "server",
                "no muc_mapper_domain_base".into(),
                "the main domain, for rooms of tenants",
                "set muc_mapper_domain_base",
            )
        },
        Reason::PatternsDisabled => Explanation {
            option: Some("token_regex_enabled"),
            ..explanation(
                "room",
                found,
                "a room's name; patterns are switched off",
                "set token_regex_enabled",
            )
        },
        Reason::PatternTooComplex => Explanation {
            option: Some("token_regex_max_quantifiers"),
            ..explanation(
                "room",
                found,
                &format!("at most {} of * + - ?", limits.max_quantifiers),
                "simplify the pattern",
            )
        },
        Reason::RoomNameTooLong => Explanation {
            option: Some("token_regex_room_max_length"),
            ..explanation(
                "room",
                format!("a name of {} bytes", name.len()),
                &format!("at most {}", limits.max_room_bytes),
                "use a shorter name",
            )
        },
        Reason::PatternInvalid => explanation(
            "room",
            found,
            "a Lua pattern",
            "Lua patterns are no regular expressions: % escapes, no | and no {}",
        ),
        _ => explanation(
            "room",
            found,
            &quote(name),
            "the token is for another room; let the issuer name this one",
        ),
    }
}

/// The token stands for another room: its name differs, or the domain that `sub` gives does.
fn mismatch(policy: &Policy, session: &Session, address: Option<&RoomAddress>) -> Explanation {
    let found = session
        .domain
        .as_deref()
        .map_or_else(|| "nothing".to_owned(), quote);
    let Some(address) = address else {
        return explanation("room", found, "a room's address", "");
    };
    let needed = needed_subject(policy, address);
    let subject = session
        .domain
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if subject == "*" || needed.as_deref() == Some(&*subject) {
        let claim = session
            .room
            .as_deref()
            .map_or_else(|| "nothing".to_owned(), quote);
        let hint = "the token is for another room; let the issuer name this one";
        return explanation("room", claim, &quote(address.name()), hint);
    }
    let Some(needed) = needed else {
        let prefix = &policy.rooms.domain_prefix;
        let hint = "set muc_mapper_domain_prefix to the first label of the MUC domain, or set enable_domain_verification to false";
        return explanation(
            "room's domain",
            quote(address.domain()),
            &format!("{prefix}. and a domain"),
            hint,
        );
    };
    Explanation {
        option: Some("enable_domain_verification"),
        ..explanation(
            "sub",
            found,
            &format!("{} or \"*\"", quote(&needed)),
            &format!(
                "let the issuer set sub to {}, or set enable_domain_verification to false to compare only room names",
                quote(&needed)
            ),
        )
    }
}

/// What `sub` would have to be for this room, in lower case.
fn needed_subject(policy: &Policy, address: &RoomAddress) -> Option<String> {
    if let Some((tenant, _)) = address.tenant_and_name() {
        return Some(tenant.to_owned());
    }
    let domain = address.domain().strip_prefix(&policy.rooms.domain_prefix)?;
    domain.strip_prefix('.').map(str::to_owned)
}

fn explanation(check: &'static str, found: String, expected: &str, hint: &str) -> Explanation {
    Explanation {
        check,
        found,
        expected: expected.to_owned(),
        option: None,
        hint: hint.to_owned(),
    }
}

fn not_decodable(part: &'static str) -> Explanation {
    let hint = "pass the token whole, as the issuer made it";
    explanation(
        part,
        "something else".to_owned(),
        "base64url, and JSON in header and payload",
        hint,
    )
}

fn accepted(values: &Accepted) -> String {
    match values {
        Accepted::Any => "any".to_owned(),
        Accepted::Only(values) => values
            .iter()
            .map(|value| quote(value))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| shorten(&value.to_string()))
}

fn quote(text: &str) -> String {
    shorten(&Value::from(text).to_string())
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(['…']).collect()
}

/// Claims are shown up to this many characters; what a peer chose must not fill a log.
const MAX_SHOWN: usize = 80;
