//! What the measurements share.

pub mod policies;
pub mod report;
pub mod spread;
pub mod system;
