//! Kong's Admin API for consumers and their JWT credentials, as pure code: what was asked in, what is to be kept or why not out.
//!
//! [`path`] says what a path names, [`body`] what a request has set, [`consumers`] and [`credentials`] what becomes of that, [`listing`] which of
//! them are listed, [`shown`] and [`refusal`] what answers look like.

pub mod body;
pub mod consumers;
pub mod credentials;
mod fields;
mod form;
pub mod fresh;
pub mod listing;
mod multipart;
pub mod path;
pub mod refusal;
pub mod shown;
pub mod violations;
