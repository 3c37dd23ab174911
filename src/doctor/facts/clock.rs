//! What keeps this machine's clock right.

/// What the system says of its clock.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemClock {
    /// The command that says so.
    pub command: &'static str,
    /// Whether something keeps it right.
    pub is_synchronised: bool,
    /// Whether this machine has anything that could.
    pub can_be: bool,
    /// By how many seconds the clock is off, where `timedatectl` or `chronyc` says so.
    pub offset: Option<f64>,
}
