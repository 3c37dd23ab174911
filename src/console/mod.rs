//! The console's pages: values in, HTML out. Every text goes through maud, which escapes it.
//!
//! Pages work without scripts, and say in words what they also say in colour. What is told of a token has the texts of `explain`.
#![deny(missing_docs)]

pub mod address;
pub mod assets;
pub mod chart;
pub mod failure;
pub mod joins;
pub mod login;
pub mod mint;
pub mod server;
mod shell;
mod table;
mod text;
pub mod token;

pub use maud::Markup;

pub use self::shell::Around;
