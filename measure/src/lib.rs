//! What the measurements share.
#![expect(
    clippy::disallowed_methods,
    reason = "finds the released daemon, runs wrk, and writes the document"
)]

#[path = "../../benches/instructions/policies.rs"]
pub mod policies;
#[path = "../../benches/instructions/report.rs"]
pub mod report;
pub mod spread;
pub mod system;
pub mod wrk;

pub use support::root;
