//! Kong's declarative file (`kong.yml`, or a dump of decK): text in, consumers, credentials and jwt plugins out, or every mistake.
//!
//! What is taken here is what a jwt plugin needs. Everything else in the file is named once and left alone.

mod consumers;
mod credentials;
mod ids;
mod mistake;
mod plugins;
mod table;
mod tree;
mod whole;

pub use self::mistake::Mistake;
pub use self::plugins::{Bound, Plugin, PluginError};
pub use self::whole::{Declared, Warning, read};

#[cfg(test)]
mod tests;
