//! What a request is refused with that a proxy asks about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a request does not go through, as Kong's jwt plugin says it: a sentence, or what is wrong with times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Refused {
    /// The sentence, where it is not about times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is wrong with `exp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<String>,
    /// What is wrong with `nbf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<String>,
}
