//! What was taken back before its time: the list, the form, and what is asked before anything is done.

mod confirmation;
mod fields;
mod list;

pub use self::confirmation::{Meant, revoke, take_back};
pub use self::fields::{Fields, again};
pub use self::list::{Listed, Revocations};

pub(super) use self::list::{ANCHOR, section};
