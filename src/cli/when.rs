//! Times as the command line has them: by the clock of this machine.

use crate::clock;
use crate::token::when;

pub use crate::token::when::{parse_time, shown, words};

/// A time that is to come, or how long it is until then.
pub fn parse_later(text: &str) -> Result<i64, String> {
    when::parse_later(text, clock::unix_time())
}

/// A time that is over, or this moment.
pub fn parse_moment(text: &str) -> Result<i64, String> {
    when::parse_moment(text, clock::unix_time())
}
