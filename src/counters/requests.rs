//! How often each endpoint answered with which status.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts by endpoint and status.
#[derive(Debug)]
pub struct Requests {
    endpoints: Vec<(&'static str, Statuses)>,
    /// What no endpoint answered.
    others: Statuses,
}

/// A count for each status that there can be.
#[derive(Debug)]
struct Statuses(Box<[AtomicU64]>);

impl Requests {
    /// Counts for endpoints with these paths. Where one is there several times, one after the other, the first is counted by.
    pub fn new(paths: impl Iterator<Item = &'static str>) -> Self {
        Self {
            endpoints: paths.map(|path| (path, Statuses::new())).collect(),
            others: Statuses::new(),
        }
    }

    /// Counts a request that was answered by the endpoint with this number, or by none.
    pub fn answered(&self, endpoint: Option<usize>, status: u16) {
        let endpoint = endpoint.and_then(|endpoint| self.endpoints.get(endpoint));
        let statuses = endpoint.map_or(&self.others, |(_, statuses)| statuses);
        statuses.count(status);
    }

    /// Each endpoint with the statuses that it answered with, and how often. That it works is told of each, from 0 on.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u16, u64)> {
        let mut last = None;
        let endpoints = self.endpoints.iter();
        let endpoints = endpoints.filter(move |(path, _)| last.replace(*path) != Some(*path));
        let endpoints = endpoints.flat_map(|(path, statuses)| {
            let counts = statuses.counts();
            let told = counts.filter(|(status, count)| *status == OK || *count > 0);
            told.map(|(status, count)| (*path, status, count))
        });
        let others = self.others.counts().filter(|(_, count)| *count > 0);
        endpoints.chain(others.map(|(status, count)| (OTHER, status, count)))
    }
}

impl Statuses {
    fn new() -> Self {
        Self((LOWEST..=HIGHEST).map(|_| AtomicU64::new(0)).collect())
    }

    fn count(&self, status: u16) {
        let place = usize::from(status.clamp(LOWEST, HIGHEST) - LOWEST);
        if let Some(count) = self.0.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        (LOWEST..=HIGHEST).zip(counts)
    }
}

/// What stands for all paths that are no endpoint's.
const OTHER: &str = "other";
const OK: u16 = 200;
const LOWEST: u16 = 100;
const HIGHEST: u16 = 599;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_endpoint_and_status_and_those_of_no_endpoint_together() {
        let requests = Requests::new(["/a", "/b"].into_iter());
        for (endpoint, status) in [
            (Some(0), 200),
            (Some(0), 200),
            (Some(0), 503),
            (None, 404),
            (Some(7), 404),
            (Some(1), 7),
            (Some(1), 999),
        ] {
            requests.answered(endpoint, status);
        }
        let counts: Vec<_> = requests.counts().collect();
        assert_eq!(
            counts,
            [
                ("/a", 200, 2),
                ("/a", 503, 1),
                ("/b", 100, 1),
                ("/b", 200, 0),
                ("/b", 599, 1),
                ("other", 404, 2)
            ]
        );
    }
}
