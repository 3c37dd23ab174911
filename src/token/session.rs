//! The session fields that a verified token sets; other Jitsi modules read them under these names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::claims::{Claims, VerifiedClaims};
use super::context;
use super::reason::Reason;

/// The session of somebody who came without a token: nothing was said that could be compared.
pub(super) static OF_NOBODY: Session = Session {
    room: None,
    subject: None,
    issuer: None,
    tenant: None,
    user: None,
    group: None,
    features: None,
    context_room: None,
};

/// The fields of one session. Values keep their JSON types: modules tell `"true"` and `true` apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Session {
    /// The room that the token is for (`room`).
    #[serde(rename = "jitsi_meet_room", skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The domain or tenant that the token is for (`sub`).
    #[serde(rename = "jitsi_meet_domain", skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who issued the token (`iss`).
    #[serde(
        rename = "jitsi_meet_auth_issuer",
        skip_serializing_if = "Option::is_none"
    )]
    pub issuer: Option<String>,
    /// `context.tenant`.
    #[serde(
        rename = "jitsi_meet_str_tenant",
        skip_serializing_if = "Option::is_none"
    )]
    pub tenant: Option<Value>,
    /// `context.user`, or the top-level `user_id` as its `id` where there is no context.
    #[serde(
        rename = "jitsi_meet_context_user",
        skip_serializing_if = "Option::is_none"
    )]
    pub user: Option<Value>,
    /// `context.group`.
    #[serde(
        rename = "jitsi_meet_context_group",
        skip_serializing_if = "Option::is_none"
    )]
    pub group: Option<Value>,
    /// `context.features`.
    #[serde(
        rename = "jitsi_meet_context_features",
        skip_serializing_if = "Option::is_none"
    )]
    pub features: Option<Value>,
    /// `context.room`.
    #[serde(
        rename = "jitsi_meet_context_room",
        skip_serializing_if = "Option::is_none"
    )]
    pub context_room: Option<Value>,
}

impl Session {
    /// The fields that verified claims set.
    ///
    /// # Errors
    /// [`Reason::ContextNotObject`].
    pub fn from_claims(claims: &VerifiedClaims) -> Result<Self, Reason> {
        Self::claimed(claims)
    }

    /// The fields that claims would set if they were verified; for explanations alone.
    pub(super) fn claimed(claims: &Claims) -> Result<Self, Reason> {
        let text = |name: &str| {
            claims
                .claim(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let fields = Self {
            room: text("room"),
            subject: text("sub"),
            issuer: text("iss"),
            ..Self::default()
        };
        let Some(context) = claims.context()? else {
            let user = claims.claim("user_id").map(|id| json!({ "id": id }));
            return Ok(Self { user, ..fields });
        };
        Ok(fields.with_context(context))
    }

    /// Whether the room claim is a Lua pattern.
    #[must_use]
    pub fn has_pattern(&self) -> bool {
        context::is_pattern(self.context_room.as_ref())
    }

    fn with_context(self, context: &Map<String, Value>) -> Self {
        let member = |name: &str| context.get(name).cloned();
        Self {
            tenant: member("tenant"),
            user: member("user"),
            group: member("group"),
            features: member("features"),
            context_room: member("room"),
            ..self
        }
    }
}
