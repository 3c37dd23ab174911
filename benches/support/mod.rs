//! What the measurements share.

pub mod policies;
pub mod report;
