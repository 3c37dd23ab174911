//! What the daemon answers over HTTP, as types: `http` writes them, the commands read them.
//!
//! A command may ask a daemon of another version. So whatever is read may lack members, and has others that nobody knows
//! here; `null` stands where a value is not known, and what is told only now and then is left out else.

pub mod asap_token;
pub mod examination;
pub mod health;
pub mod keys;
pub mod problem;
pub mod recent;
pub mod verdict;
