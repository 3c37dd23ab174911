//! What the daemon decided lately.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::clock::{self, Blame};
use super::facts::{Answer, Facts};
use super::finding::Finding;

/// The sums of the last minutes, as the daemon tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RecentLogins {
    /// How many minutes.
    pub minutes: u64,
    /// The logins by host.
    pub hosts: BTreeMap<String, HostLogins>,
    /// How many logins were tried at hosts that have no policy.
    pub unknown_hosts: u64,
    /// How many logins of `doctor` there were since the start.
    pub doctor_logins: u64,
}

/// The logins of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HostLogins {
    /// All of them.
    pub logins: u64,
    /// Those that were denied, by the reason's code.
    pub denied: BTreeMap<String, Denials>,
}

/// Denials for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Denials {
    /// How many.
    pub count: u64,
    /// The least seconds by which tokens were out of their time, where that was the reason.
    pub least_seconds: Option<i64>,
    /// The most.
    pub most_seconds: Option<i64>,
}

/// Hosts at which most logins were denied lately.
pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    let hosts = all(facts).into_iter();
    hosts
        .filter_map(|(minutes, host, logins)| denied(facts, minutes, host, logins))
        .collect()
}

/// What is known of each host, once, with the minutes that it is of.
fn all(facts: &Facts) -> Vec<(u64, &str, &HostLogins)> {
    let mut seen = BTreeSet::new();
    let recent = facts
        .endpoints
        .iter()
        .filter_map(|endpoint| match &endpoint.answer {
            Answer::Daemon(running) => running.recent.as_ref(),
            Answer::Nothing(_) | Answer::Stranger(_) => None,
        });
    let hosts = recent.flat_map(|recent| {
        let hosts = recent.hosts.iter();
        hosts.map(|(host, logins)| (recent.minutes, host.as_str(), logins))
    });
    hosts.filter(|(_, host, _)| seen.insert(*host)).collect()
}

/// The logins at each host in a few words, where the daemon tells of them.
pub(super) fn summary(facts: &Facts) -> Vec<String> {
    let known = all(facts);
    let hosts = known.iter().map(|(minutes, host, logins)| {
        let denied = match logins.all_denied() {
            0 => "none denied".to_owned(),
            denied => format!("{denied} denied ({})", logins.reasons()),
        };
        let logins = plural(logins.logins, "login");
        format!("{logins} at {host} in the last {minutes} min, {denied}")
    });
    hosts.chain(quiet(facts, &known)).collect()
}

/// Hosts at which nobody came lately.
fn quiet<'a>(
    facts: &'a Facts,
    known: &'a [(u64, &str, &HostLogins)],
) -> impl Iterator<Item = String> {
    let endpoints = facts.endpoints.iter().filter_map(|endpoint| {
        let Answer::Daemon(running) = &endpoint.answer else {
            return None;
        };
        Some((&endpoint.hosts, running.recent.as_ref()?.minutes))
    });
    let hosts =
        endpoints.flat_map(|(hosts, minutes)| hosts.iter().map(move |host| (host, minutes)));
    let quiet = hosts.filter(|(host, _)| known.iter().all(|(_, other, _)| other != host));
    quiet.map(|(host, minutes)| format!("no login at {host} in the last {minutes} min"))
}

fn denied(facts: &Facts, minutes: u64, host: &str, logins: &HostLogins) -> Option<Finding> {
    let (all, denied) = (logins.logins, logins.all_denied());
    let finding = match (denied == all, denied) {
        (_, 0) => return None,
        (true, ENOUGH..) => Finding::error,
        (true, _) => Finding::warning,
        (false, SOME..) if denied.saturating_mul(2) >= all => Finding::warning,
        (false, _) => return None,
    };
    let what = format!(
        "{denied} of the last {} at {host} {} denied: {}",
        plural(all, "login"),
        if denied == 1 { "was" } else { "were" },
        logins.reasons()
    );
    let (why, remedy) = cause(facts, minutes, logins);
    Some(finding("logins-denied", what, &why, remedy))
}

/// What the most frequent reason comes from, and what to do about it.
fn cause(facts: &Facts, minutes: u64, logins: &HostLogins) -> (String, String) {
    let Some((code, denials)) = logins.by_count().into_iter().next() else {
        return (String::new(), String::new());
    };
    let by_clock = match code {
        "not-yet-valid" => Some(clock::blame(facts, Blame::TooEarly, denials.most_seconds)),
        "expired" if denials.are_alike() => {
            Some(clock::blame(facts, Blame::TooLate, denials.least_seconds))
        }
        _ => None,
    };
    by_clock.unwrap_or_else(|| {
        (
            format!("whoever came within the last {minutes} minutes did not get in; each line of the log has the room and what was found"),
            format!("journalctl -u prosody-tokend --grep {code} -n 3"),
        )
    })
}

impl HostLogins {
    fn all_denied(&self) -> u64 {
        let counts = self.denied.values().map(|denials| denials.count);
        counts.fold(0, u64::saturating_add)
    }

    /// The most frequent reason first.
    fn by_count(&self) -> Vec<(&str, &Denials)> {
        let denied = self.denied.iter();
        let mut denied: Vec<_> = denied
            .map(|(code, denials)| (code.as_str(), denials))
            .collect();
        denied.sort_by_key(|(_, denials)| std::cmp::Reverse(denials.count));
        denied
    }

    fn reasons(&self) -> String {
        let reasons = self.by_count();
        let is_only = reasons.len() == 1;
        let reasons = reasons.into_iter().map(|(code, denials)| {
            let count = if is_only {
                String::new()
            } else {
                format!("{} ", denials.count)
            };
            format!("{count}{code}{}", denials.by())
        });
        reasons.collect::<Vec<_>>().join(", ")
    }
}

impl Denials {
    /// Whether tokens were out of their time by about the same, as they are where a clock is wrong.
    fn are_alike(&self) -> bool {
        let spread = self.most_seconds.zip(self.least_seconds);
        spread.is_some_and(|(most, least)| most.saturating_sub(least) <= ALIKE)
    }

    fn by(&self) -> String {
        match (self.least_seconds, self.most_seconds) {
            (Some(_), Some(most)) if self.are_alike() => format!(", by {most} s"),
            (Some(least), Some(most)) => format!(", by {least} to {most} s"),
            _ => String::new(),
        }
    }
}

fn plural(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// So many logins, all of them denied, are no user's mistake.
const ENOUGH: u64 = 3;
/// So many denials, beside as many logins at most that were let in, are worth a look.
const SOME: u64 = 5;
/// Seconds between the least and the most by which tokens are out of time, where one clock is the cause.
const ALIKE: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    type Denied<'a> = (&'a str, u64, Option<(i64, i64)>);

    fn logins(all: u64, denied: &[Denied<'_>]) -> HostLogins {
        let denied = denied.iter().map(|(code, count, seconds)| {
            let denials = Denials {
                count: *count,
                least_seconds: seconds.map(|(least, _)| least),
                most_seconds: seconds.map(|(_, most)| most),
            };
            ((*code).to_owned(), denials)
        });
        HostLogins {
            logins: all,
            denied: denied.collect(),
        }
    }

    #[test]
    fn the_reasons_are_told_with_how_often_and_by_how_much() {
        for (denied, expected) in [
            (
                &[("not-yet-valid", 41, Some((590, 600)))][..],
                "not-yet-valid, by 600 s",
            ),
            (
                &[("expired", 2, Some((5, 9_000)))],
                "expired, by 5 to 9000 s",
            ),
            (&[("sub-missing", 1, None)], "sub-missing"),
            (
                &[
                    ("aud-missing", 1, None),
                    ("expired", 3, Some((7, 7))),
                    ("sub-missing", 2, None),
                ],
                "3 expired, by 7 s, 2 sub-missing, 1 aud-missing",
            ),
        ] {
            assert_eq!(logins(99, denied).reasons(), expected);
        }
    }

    #[test]
    fn what_the_daemon_tells_is_read_and_what_a_later_one_adds_is_not_minded() {
        let told = serde_json::json!({
            "minutes": 15, "unknown_hosts": 1, "doctor_logins": 2, "more": {},
            "hosts": {"a": {"logins": 3, "denied": {"expired": {"count": 2, "least_seconds": 1, "most_seconds": 4}}}},
        });
        let recent: RecentLogins = serde_json::from_value(told).unwrap();
        assert_eq!(
            recent.hosts["a"],
            logins(3, &[("expired", 2, Some((1, 4)))])
        );
        assert_eq!((recent.unknown_hosts, recent.doctor_logins), (1, 2));
    }
}
