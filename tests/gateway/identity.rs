//! As whom a request reaches the upstream.

use crate::upstream::Arrival;

/// The headers that the upstream may go by, with what they are to say; the others are to say nothing.
pub type Identity = &'static [(&'static str, &'static str)];

pub const ALICE: Identity = &[
    ("x-consumer-custom-id", "a-1"),
    ("x-consumer-id", ALICE_ID),
    ("x-consumer-username", "alice"),
    ("x-credential-identifier", "alice-key"),
];
/// He has no custom ID.
pub const BOB: Identity = &[
    ("x-consumer-id", BOB_ID),
    ("x-consumer-username", "bob"),
    ("x-credential-identifier", "bob-key"),
];
pub const GUEST: Identity = &[
    ("x-anonymous-consumer", "true"),
    ("x-consumer-id", GUEST_ID),
    ("x-consumer-username", "guest"),
];
/// Of a request that nobody was asked about.
pub const NOBODY: Identity = &[];

pub const ALICE_ID: &str = "6e1f0a9c-0d5b-4c55-9b6e-6a1f6c3a7a01";
pub const BOB_ID: &str = "6e1f0a9c-0d5b-4c55-9b6e-6a1f6c3a7a02";
pub const GUEST_ID: &str = "6e1f0a9c-0d5b-4c55-9b6e-6a1f6c3a7a03";

const NAMES: [&str; 5] = [
    "x-anonymous-consumer",
    "x-consumer-custom-id",
    "x-consumer-id",
    "x-consumer-username",
    "x-credential-identifier",
];

/// As whom it came: an upstream may take any sign in a name for any other, and one header of several.
pub fn identity_of(arrival: &Arrival) -> Vec<(String, String)> {
    let folded = arrival
        .headers
        .iter()
        .map(|(name, value)| (fold(name), value.clone()));
    let mut told: Vec<_> = folded
        .filter(|(name, value)| NAMES.contains(&name.as_str()) && !value.is_empty())
        .collect();
    told.sort();
    told
}

/// The same as it is to be.
pub fn listed(identity: Identity) -> Vec<(String, String)> {
    let pairs = identity.iter();
    pairs
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn fold(name: &str) -> String {
    let sign = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(sign).collect()
}
