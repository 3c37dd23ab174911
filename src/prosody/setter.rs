//! The variables that a configuration of Prosody was rendered from.

use crate::origin::Origin;
use crate::secret::Secret;

/// A variable that may have set an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setter {
    pub name: String,
    pub origin: Origin,
    /// The secret as it is written there, where that is another text than its value.
    pub literal: Option<Secret>,
}
