//! The decisions: a token's, and a room's.
//!
//! Everything here takes values and returns values. Start at [`decision`] (who is this?) and [`room`] (may they be
//! here?); both read from top to bottom in the order in which Jitsi's modules check. [`signature`] alone builds
//! [`claims::VerifiedClaims`], and whatever hands out identity takes only that.
#![deny(missing_docs)]

pub mod algorithm;
pub mod asap;
pub mod bounds;
pub mod checks;
pub mod claims;
pub mod compact;
pub mod context;
pub mod decision;
pub mod expiry;
pub mod explain;
pub mod glob;
pub mod header;
pub mod issuer;
pub mod json;
pub mod key;
pub mod lifetime;
pub mod live;
pub mod log_name;
pub mod logout;
pub mod mapping;
mod material;
pub mod once;
pub mod pattern;
pub mod pointer;
pub mod policy;
pub mod preparation;
mod public_key;
pub mod reason;
pub mod recall;
pub mod revocation;
mod roca;
pub mod role;
pub mod room;
mod room_address;
pub mod room_matching;
pub mod room_name;
pub mod session;
pub mod shown;
pub mod signature;
pub mod signing;
pub mod source_failure;
pub mod when;
