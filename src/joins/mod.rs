//! Who wanted to come in lately: the last decisions one by one, and sums of the last hour. No token is in any of it.
#![deny(missing_docs)]

pub mod filter;
pub mod hour;
pub mod join;
pub mod kept;

pub use self::filter::{Filter, Outcome};
pub use self::hour::{Hour, HourSums, Minute};
pub use self::join::{Join, What};
pub use self::kept::Joins;
