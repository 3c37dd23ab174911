//! What the daemon decided lately.

use std::collections::BTreeSet;

use crate::api::recent::{Denials, HostLogins, RecentLogins};

use super::clock::{self, Blame};
use super::facts::{Answer, Facts};
use super::finding::{Finding, Severity};

/// Hosts at which most logins were denied lately: where clocks are to blame, and where something else is.
pub(super) fn examine(facts: &Facts) -> (Vec<Finding>, Vec<Finding>) {
    let hosts = all(facts).into_iter();
    let denied = hosts.filter_map(|(minutes, host, logins)| {
        let finding = denied(facts, minutes, host, logins)?;
        Some((logins.are_out_of_time(), finding))
    });
    let (by_clock, others): (Vec<_>, Vec<_>) = denied.partition(|(is_by_clock, _)| *is_by_clock);
    let findings = |denied: Vec<(bool, Finding)>| denied.into_iter().map(|(_, finding)| finding);
    (findings(by_clock).collect(), findings(others).collect())
}

/// The recent logins of each daemon that answers.
fn recent_logins(facts: &Facts) -> impl Iterator<Item = &RecentLogins> {
    let answers = facts.endpoints.iter().map(|endpoint| &endpoint.answer);
    answers.filter_map(|answer| match answer {
        Answer::Daemon(running) => running.recent.as_deref(),
        Answer::Nothing(_) | Answer::Stranger(_) => None,
    })
}

/// What is known of each host, once, with the minutes that it is of.
fn all(facts: &Facts) -> Vec<(u64, &str, &HostLogins)> {
    let mut seen = BTreeSet::new();
    let hosts = recent_logins(facts).flat_map(|recent| {
        let hosts = recent.hosts.iter();
        hosts.map(|(host, logins)| (recent.minutes, host.as_str(), logins))
    });
    hosts.filter(|(_, host, _)| seen.insert(*host)).collect()
}

/// The logins at each host in a few words, where the daemon counts them.
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
    hosts
        .chain(quiet(facts, &known))
        .chain(at_unknown_hosts(facts))
        .collect()
}

/// Logins that somebody asked about for hosts that have no policy.
fn at_unknown_hosts(facts: &Facts) -> impl Iterator<Item = String> {
    let recent = recent_logins(facts).filter(|recent| recent.unknown_hosts > 0);
    recent.map(|recent| {
        let logins = plural(recent.unknown_hosts, "login");
        let minutes = recent.minutes;
        format!("{logins} at hosts without a policy in the last {minutes} min")
    })
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
    let severity = severity(all, denied, logins.by_users_themselves())?;
    let what = format!(
        "{denied} of the last {} at {host} {} denied: {}",
        plural(all, "login"),
        if denied == 1 { "was" } else { "were" },
        logins.reasons()
    );
    let (why, remedy) = cause(facts, minutes, logins);
    Some(match severity {
        Severity::Error => Finding::error(CODE, what, &why, remedy),
        Severity::Warning | Severity::Note => Finding::warning(CODE, what, &why, remedy),
    })
}

/// How bad it is that so many logins of all were denied, some of them for what users do themselves.
fn severity(all: u64, denied: u64, themselves: u64) -> Option<Severity> {
    let others = denied.saturating_sub(themselves);
    if denied == 0 {
        None
    } else if denied == all {
        Some(if others >= ENOUGH {
            Severity::Error
        } else {
            Severity::Warning
        })
    } else {
        let most = others.saturating_mul(2) >= all.saturating_sub(themselves);
        (others >= SOME && most).then_some(Severity::Warning)
    }
}

/// What the most frequent reason comes from, and what to do about it.
fn cause(facts: &Facts, minutes: u64, logins: &HostLogins) -> (String, String) {
    let Some((code, denials)) = logins.by_count().into_iter().next() else {
        return (String::new(), String::new());
    };
    let known = match code {
        TOO_EARLY => Some(clock::blame(facts, Blame::TooEarly, denials.most_seconds)),
        EXPIRED if denials.are_alike() => {
            Some(clock::blame(facts, Blame::TooLate, denials.least_seconds))
        }
        NO_TOKEN => Some((
            "they came without a token: where all should have one, the page that opens the meeting does not pass it on (?jwt=TOKEN)".to_owned(),
            "journalctl -u prosody-tokend --grep token-required -n 3".to_owned(),
        )),
        _ => None,
    };
    known.unwrap_or_else(|| {
        (
            format!("whoever came within the last {minutes} minutes did not get in; each line of the log has the room and what was found"),
            format!("journalctl -u prosody-tokend --grep {code} -n 3"),
        )
    })
}

impl HostLogins {
    /// Whether most of those that were denied came at the wrong time.
    fn are_out_of_time(&self) -> bool {
        let most = self.by_count().into_iter().next();
        most.is_some_and(|(code, denials)| {
            code == TOO_EARLY || (code == EXPIRED && denials.are_alike())
        })
    }

    fn all_denied(&self) -> u64 {
        let counts = self.denied.values().map(|denials| denials.count);
        counts.fold(0, u64::saturating_add)
    }

    /// Denials that come of what users do, and not of what is set up: they come without a token, or with one that is long
    /// over, as a page does that was left open.
    fn by_users_themselves(&self) -> u64 {
        let own = self
            .denied
            .iter()
            .filter(|(code, denials)| match code.as_str() {
                NO_TOKEN => true,
                EXPIRED => !denials.are_alike(),
                _ => false,
            });
        own.fold(0, |sum, (_, denials)| sum.saturating_add(denials.count))
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

const CODE: &str = "logins-denied";
const NO_TOKEN: &str = "token-required";
const TOO_EARLY: &str = "not-yet-valid";
const EXPIRED: &str = "expired";
/// From this number of logins on, all of them denied, it is no user's mistake.
const ENOUGH: u64 = 3;
/// From this number of denials on, beside no more logins that were let in, a warning is worth it.
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
    fn what_users_do_themselves_is_no_error_and_counts_little_beside_good_logins() {
        for (all, denied, themselves, expected) in [
            (0, 0, 0, None),
            (9, 0, 0, None),
            (1, 1, 0, Some(Severity::Warning)),
            (3, 3, 0, Some(Severity::Error)),
            (9, 9, 9, Some(Severity::Warning)),
            (9, 9, 6, Some(Severity::Error)),
            (9, 8, 8, None),
            (99, 98, 94, None),
            (10, 5, 0, Some(Severity::Warning)),
            (11, 5, 0, None),
            (19, 14, 9, Some(Severity::Warning)),
            (20, 14, 9, None),
        ] {
            assert_eq!(
                severity(all, denied, themselves),
                expected,
                "{all} {denied} {themselves}"
            );
        }
        let denied = [
            ("token-required", 1, None),
            ("expired", 2, Some((5, 900))),
            ("sub-missing", 4, None),
        ];
        assert_eq!(logins(9, &denied).by_users_themselves(), 3);
        let alike = [("expired", 2, Some((590, 600)))];
        assert_eq!(logins(9, &alike).by_users_themselves(), 0);
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
