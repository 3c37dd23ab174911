//! Who can read a file, along its whole path, and what lets in whoever needs it and nobody else.
//!
//! [`way`] looks at the files; everything else is made of what it found.

pub mod access;
pub mod acl;
mod mending;
pub mod model;
pub mod plan;
mod step;
pub mod way;
