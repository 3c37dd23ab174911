//! What is answered.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::config::host::Host;
use crate::token::decision::Admission;
use crate::token::explain::Explanation;
use crate::token::explain::checks::Check;
use crate::token::explain::mapped::MappedClaim;
use crate::token::issuer::{self, Issuer};
use crate::token::once::Use;
use crate::token::reason::Reason;
use crate::token::role::User;
use crate::token::session::Session;

/// Why something was denied: for machines, and for people.
pub struct Denial {
    /// The reason.
    pub reason: Reason,
    /// What it means, in one line.
    pub explanation: String,
}

impl Denial {
    /// Puts a reason and what explains it together, and where the host's options came from.
    pub(super) fn new(
        reason: Reason,
        explained: Explanation,
        host: &Host,
        issuer: Option<&str>,
    ) -> Self {
        let issuer = issuer.unwrap_or(&host.issuer().name);
        Self {
            reason,
            explanation: with_origin(explained, host, issuer).to_string(),
        }
    }

    /// The code of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The code of the reason, and what it means.
    #[must_use]
    pub fn code_and_explanation(&self) -> (&'static str, &str) {
        (self.code(), &self.explanation)
    }

    /// By how many seconds the token is out of its time, where that is the reason.
    #[must_use]
    pub const fn seconds(&self) -> Option<f64> {
        if let Reason::Expired(lifetime) = &self.reason {
            Some(lifetime.expired_for)
        } else if let Reason::NotYetValid(seconds) = &self.reason {
            Some(*seconds)
        } else {
            None
        }
    }
}

/// A token's verdict, and the room's where one was asked.
#[must_use]
pub struct TokenVerdict {
    /// The host whose policy decided.
    pub host: String,
    /// The name of the issuer by which the token was judged, where there is a token that is one's.
    pub issuer: Option<Cow<'static, str>>,
    /// How the token is named in logs.
    pub token_id: Option<String>,
    /// What is odd about a token that is let in all the same.
    pub warnings: Vec<String>,
    /// Who was let in, or why not.
    pub admission: Result<Admitted, Denial>,
    /// The room's verdict, where a room was asked and the token let in.
    pub room: Option<RoomAnswer>,
    /// Whether `doctor` made this login, to see what comes of it.
    pub is_doctors: bool,
}

/// A session that was let in.
#[derive(Default)]
pub struct Admitted {
    /// What the session is to carry; nothing for a guest.
    pub session: Option<Session>,
    /// The verified claims; none for a guest.
    pub claims: Option<Map<String, Value>>,
    /// When it is to be asked about again, in Unix seconds, where its token's end matters.
    pub check_again_at: Option<i64>,
    /// What tells that the token has been used, where it may be used once.
    pub once: Option<Box<Use>>,
}

/// Everything that can be said of a token.
pub struct Examination {
    /// The first 8 hex digits of the token's SHA-256, where there is a token.
    pub token_digest: Option<String>,
    /// The JID of the room that was asked.
    pub room_jid: Option<String>,
    /// How room and time were read, where they were not taken as they stood.
    pub notes: Vec<String>,
    /// The time that counted, in Unix seconds.
    pub now: i64,
    /// Every check, in the order of the decisions.
    pub checks: Vec<Check>,
    /// Where claims come from that the token has under other names.
    pub mapped: Vec<MappedClaim>,
    /// What the token makes of its user, where it can be read. Nobody has vouched for it where the token is denied.
    pub user: Option<User>,
    /// What is odd about the token and denies nobody.
    pub oddities: Vec<String>,
    /// What is decided.
    pub verdict: TokenVerdict,
}

/// A room's verdict.
#[must_use]
pub struct RoomAnswer {
    /// The host whose policy decided.
    pub host: String,
    /// The name of the issuer whose claims the session carries, where that is a further one of the host.
    pub issuer: Option<String>,
    /// The room's bare JID, as it was decided on; the JID that was asked where it is none.
    pub jid: String,
    /// Whether the join is allowed.
    pub decision: Result<(), Denial>,
    /// The token's tenant is not that of the web address.
    pub tenant_mismatch: bool,
}

impl TokenVerdict {
    /// The name of the issuer by which the token was judged, where that is a further one of the host.
    #[must_use]
    pub fn further_issuer(&self) -> Option<&str> {
        let issuer = self.issuer.as_deref();
        issuer.filter(|issuer| *issuer != issuer::DEFAULT)
    }

    /// The fields that the session is to carry; None where it was not let in.
    #[must_use]
    pub fn session(&self) -> Option<Map<String, Value>> {
        let admitted = self.admission.as_ref().ok()?;
        let session = admitted.session.as_ref().map(|session| json!(session));
        let mut fields = match session {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        if self.room.as_ref().is_some_and(|room| room.tenant_mismatch) {
            fields.insert(TENANT_MISMATCH.to_owned(), true.into());
        }
        Some(fields)
    }

    /// The same, for those who do not need to know the claims.
    pub fn without_claims(self) -> Self {
        let admission = self.admission.map(|admitted| Admitted {
            claims: None,
            ..admitted
        });
        Self { admission, ..self }
    }

    /// Whether the token is let in and, where a room was asked, may join it.
    #[must_use]
    pub fn allowed(&self) -> bool {
        let room = self.room.as_ref();
        self.admission.is_ok() && room.is_none_or(|room| room.decision.is_ok())
    }

    /// What tells that the token has been used, where it was let in and may be used once.
    pub(super) fn opens_once(&self) -> Option<Use> {
        self.admission.as_ref().ok()?.once.as_deref().copied()
    }

    /// The code of the reason, where the token or the room is denied.
    #[must_use]
    pub fn denial(&self) -> Option<&'static str> {
        self.why_denied().map(Denial::code)
    }

    /// Why the token or the room is denied, where one is.
    #[must_use]
    pub fn why_denied(&self) -> Option<&Denial> {
        let room = self.room.as_ref().and_then(RoomAnswer::why_denied);
        self.admission.as_ref().err().or(room)
    }
}

impl RoomAnswer {
    /// Why it is denied, where it is.
    #[must_use]
    pub fn why_denied(&self) -> Option<&Denial> {
        self.decision.as_ref().err()
    }
}

/// The field that says: the token's tenant is not that of the web address.
pub const TENANT_MISMATCH: &str = "jitsi_meet_tenant_mismatch";

impl From<Admission> for Admitted {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Guest => Self::default(),
            Admission::Member(member) => Self {
                session: Some(member.session),
                check_again_at: member.check_again_at,
                once: member.once,
                claims: Some(member.claims.into_members()),
            },
        }
    }
}

/// An issuer's name. That of the usual one is nobody's copy.
pub(super) fn name_of(issuer: &Issuer) -> Cow<'static, str> {
    if issuer.name == issuer::DEFAULT {
        Cow::Borrowed(issuer::DEFAULT)
    } else {
        Cow::Owned(issuer.name.clone())
    }
}

/// Fills in where the option that explains a denial came from, for the issuer of this name.
pub fn with_origin(explanation: Explanation, host: &Host, issuer: &str) -> Explanation {
    let written = host
        .further(issuer)
        .map_or(&host.written, |further| &further.written);
    Explanation {
        origin: source(&explanation, host, issuer),
        cause: explanation.cause.map(|cause| written.words(&cause)),
        remedy: written.words(&explanation.remedy),
        ..explanation
    }
}

/// The option that is set, or else the first that could be, with its origin.
fn source(explanation: &Explanation, host: &Host, issuer: &str) -> Option<String> {
    let further = host.further(issuer);
    let mut options = explanation.options.iter();
    if let Some(further) = further
        && let Some(source) = options
            .clone()
            .find_map(|option| Some(further.written.source(option, further.origin_of(option)?)))
    {
        return Some(source);
    }
    let is_set = |option: &&&str| host.origin_at(issuer, option).is_some();
    let is_known = |option: &&&str| further.is_none() && host.origins.contains_key(**option);
    let option = options
        .clone()
        .find(is_set)
        .or_else(|| options.find(is_known));
    let origin = option.and_then(|option| host.origins.get_key_value(option));
    origin.map(|(option, origin)| host.written.source(option, origin))
}
