//! What there is to say of a token, part by part, for terminals and for pages: both have the same words.
#![deny(missing_docs)]

pub mod check;
pub mod fact;
pub mod mapped;
mod of_gateway;
mod of_host;
pub mod terminal;
pub mod text;
pub mod ticket;
pub mod told;
pub mod user;

pub use self::of_gateway::of_gateway;
pub use self::of_host::{first_failed, of_host};
