//! What things that were taken back are looked up by.

use rapidhash::v3::rapidhash_v3;

use super::kind::Kind;

/// A number that costs little, to look a thing up by; what is found is compared by its digest.
pub(super) fn fingerprint(kind: Kind, identity: &[u8]) -> u64 {
    rapidhash_v3(identity) ^ u64::from(kind as u8).rotate_right(8)
}
