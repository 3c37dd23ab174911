//! Tokens for trying things: what one is made of, so that its host lets in with it.
//!
//! [`of_host`] puts it together: who made it and for whom, what somebody wants of it ([`wanted`]), each claim where the issuer's tokens have
//! it, and what there is to say beside the token.
#![deny(missing_docs)]

pub mod asked;
pub mod changes;
pub mod error;
mod keys;
pub mod mapped;
pub mod named;
pub mod of_host;
pub mod recipe;
pub mod taken;
pub mod tried;
pub mod wanted;
