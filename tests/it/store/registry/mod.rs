//! Consumers and credentials: kept as revocations are, and as strong.

pub mod daemon;
mod fleet;
mod kills;
mod load;
mod sealing;
mod tables;
mod versions;
