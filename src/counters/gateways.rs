//! What was decided on requests that proxies ask about: by gateway and refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::tally::{Names, Tally};

/// Decisions by gateway and refusal.
#[derive(Debug)]
pub struct OfGateways {
    codes: Names,
    counts: ArcSwap<BTreeMap<String, Arc<Tally>>>,
}

/// The code of what is no refusal.
const ALLOWED: &str = "allowed";

impl OfGateways {
    /// Counts for refusals with these codes. No gateway has any so far.
    pub fn new(refusals: impl Iterator<Item = &'static str>) -> Self {
        Self {
            codes: refusals.chain([ALLOWED]).collect(),
            counts: ArcSwap::default(),
        }
    }

    /// Counts for these gateways from now on. Those that stay keep what was counted, and the others are forgotten.
    pub fn keep(&self, gateways: impl Iterator<Item = String>) {
        let before = self.counts.load();
        let none = || Arc::new(Tally::new(&self.codes));
        let counts = |name: &String| before.get(name).map_or_else(none, Arc::clone);
        let after = gateways.map(|name| (counts(&name), name));
        let after = after.map(|(counts, name)| (name, counts)).collect();
        self.counts.store(Arc::new(after));
    }

    /// Counts a decision: a refusal, with its code, or none.
    pub fn decided(&self, gateway: &str, refusal: Option<&str>) {
        if let Some(counts) = self.counts.load().get(gateway) {
            counts.count(refusal.unwrap_or(ALLOWED));
        }
    }

    /// All that was decided, and of each gateway how often a request went through, from 0 on.
    #[must_use]
    pub fn all(&self) -> Vec<(String, &'static str, u64)> {
        let gateways = self.counts.load();
        let counts = gateways.iter().flat_map(|(name, tally)| {
            let told = tally
                .counts()
                .filter(|(code, count)| *count > 0 || *code == ALLOWED);
            told.map(|(code, count)| (name.clone(), code, count))
        });
        counts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_that_stay_keep_their_counts_and_others_are_forgotten() {
        let counts = OfGateways::new(["a", "b"].into_iter());
        let named = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        counts.keep(named(&["one", "two"]).into_iter());
        for (gateway, refusal) in [
            ("one", Some("a")),
            ("one", None),
            ("two", Some("b")),
            ("three", None),
            ("one", Some("c")),
        ] {
            counts.decided(gateway, refusal);
        }
        counts.keep(named(&["one", "three"]).into_iter());
        let told = |name: &str, code, count| (name.to_owned(), code, count);
        let all = [
            told("one", "a", 1),
            told("one", "allowed", 1),
            told("three", "allowed", 0),
        ];
        assert_eq!(counts.all(), all);
    }
}
