//! What was decided: by host, kind and reason. What was asked for in vain, and what `doctor` tried, stand apart.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::histogram::{Histogram, Observed};
use super::tally::{Names, Tally};

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A token that somebody logs in with.
    Token,
    /// A room that somebody joins.
    Room,
    /// Why something is decided as it is.
    Explanation,
}

/// Decisions by host, kind and reason.
#[derive(Debug)]
pub struct Decisions {
    codes: Names,
    hosts: ArcSwap<BTreeMap<String, Arc<ByKind<Outcomes>>>>,
    /// By host, then by issuer; only of hosts with several.
    issuers: ArcSwap<BTreeMap<String, BTreeMap<String, Arc<Logins>>>>,
    durations: ByKind<Histogram>,
    undecided: ByKind<Tally>,
    doctors: ByKind<AtomicU64>,
}

/// What came of questions of one kind at one host.
#[derive(Debug)]
struct Outcomes {
    allowed: AtomicU64,
    denied: Tally,
}

/// What came of the tokens of one issuer.
#[derive(Debug, Default)]
struct Logins {
    allowed: AtomicU64,
    denied: AtomicU64,
}

/// How often tokens of an issuer were decided so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedOfIssuer {
    /// The host, as the configuration has it.
    pub host: String,
    /// The issuer's name.
    pub issuer: String,
    /// `allowed` or `denied`.
    pub result: &'static str,
    /// How often.
    pub count: u64,
}

/// How often something was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The host, as the configuration has it.
    pub host: String,
    /// What was asked.
    pub kind: Kind,
    /// `allowed`, or the reason's code.
    pub code: &'static str,
    /// How often.
    pub count: u64,
}

/// The code of what is no denial.
const ALLOWED: &str = "allowed";

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Token, Self::Room, Self::Explanation];

    /// Its name in a label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Room => "room",
            Self::Explanation => "explanation",
        }
    }
}

impl Decisions {
    /// Counts for denials with these codes, and for questions that have no answer for these reasons. No host has any so far.
    pub fn new(
        denials: impl Iterator<Item = &'static str>,
        undecided: impl Iterator<Item = &'static str>,
    ) -> Self {
        let undecided = undecided.collect();
        Self {
            codes: denials.collect(),
            hosts: ArcSwap::default(),
            issuers: ArcSwap::default(),
            durations: ByKind::default(),
            undecided: ByKind::each(|| Tally::new(&undecided)),
            doctors: ByKind::default(),
        }
    }

    /// Counts for these hosts from now on. Those that stay keep what was counted, and the others are forgotten: whatever
    /// number of hosts come and go, there are no more counts than hosts.
    pub fn keep(&self, hosts: impl Iterator<Item = String>) {
        let before = self.hosts.load();
        let none = || Arc::new(ByKind::each(|| Outcomes::new(&self.codes)));
        let counts = |host: &String| before.get(host).map_or_else(none, Arc::clone);
        let after = hosts.map(|host| (counts(&host), host));
        let after: BTreeMap<_, _> = after.map(|(counts, host)| (host, counts)).collect();
        self.hosts.store(Arc::new(after));
    }

    /// Counts for these issuers of hosts from now on, as [`Self::keep`] does for hosts.
    pub fn keep_issuers(&self, hosts: impl Iterator<Item = (String, Vec<String>)>) {
        let before = self.issuers.load();
        let counts = |host: &str, issuer: &str| {
            let known = before.get(host).and_then(|issuers| issuers.get(issuer));
            known.map_or_else(Arc::default, Arc::clone)
        };
        let after = hosts.map(|(host, issuers)| {
            let issuers = issuers.into_iter();
            let issuers = issuers.map(|issuer| (counts(&host, &issuer), issuer));
            let issuers = issuers.map(|(counts, issuer)| (issuer, counts)).collect();
            (host, issuers)
        });
        self.issuers.store(Arc::new(after.collect()));
    }

    /// Counts a login with a token of this issuer.
    pub fn login_of(&self, host: &str, issuer: &str, is_allowed: bool) {
        let issuers = self.issuers.load();
        let logins = issuers.get(host).and_then(|issuers| issuers.get(issuer));
        if let Some(Logins { allowed, denied }) = logins.map(Arc::as_ref) {
            let count = if is_allowed { allowed } else { denied };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What came of tokens of each issuer at hosts with several.
    #[must_use]
    pub fn all_of_issuers(&self) -> Vec<DecidedOfIssuer> {
        let hosts = self.issuers.load();
        let issuers = hosts.iter().flat_map(|(host, issuers)| {
            issuers
                .iter()
                .map(move |(issuer, logins)| (host, issuer, logins))
        });
        let counts = issuers.flat_map(|(host, issuer, logins)| {
            let results = [(ALLOWED, &logins.allowed), ("denied", &logins.denied)];
            results.map(|(result, count)| DecidedOfIssuer {
                host: host.clone(),
                issuer: issuer.clone(),
                result,
                count: count.load(Ordering::Relaxed),
            })
        });
        counts.collect()
    }

    /// Counts a decision: a denial, with its code, or none.
    pub fn decided(&self, host: &str, kind: Kind, denial: Option<&str>) {
        if let Some(counts) = self.hosts.load().get(host) {
            counts.of(kind).count(denial);
        }
    }

    /// Counts how long it took to answer a question of this kind.
    pub fn took(&self, kind: Kind, duration: Duration) {
        self.durations.of(kind).observe(duration);
    }

    /// Counts a question that has no answer.
    pub fn undecided(&self, kind: Kind, code: &str) {
        self.undecided.of(kind).count(code);
    }

    /// Counts a question of `doctor`, which is no user's.
    pub fn doctors(&self, kind: Kind) {
        self.doctors.of(kind).fetch_add(1, Ordering::Relaxed);
    }

    /// All that was decided, and of tokens and rooms of each host that none was let in so far.
    #[must_use]
    pub fn all_decided(&self) -> Vec<Decided> {
        let hosts = self.hosts.load();
        let tallies = hosts.iter().flat_map(|(host, counts)| {
            let kinds = Kind::ALL.into_iter();
            kinds.map(move |kind| (host, kind, counts.of(kind)))
        });
        let counts = tallies.flat_map(|(host, kind, outcomes)| {
            let counts = outcomes.counts();
            let told = counts.filter(move |(code, count)| *count > 0 || is_always_told(kind, code));
            told.map(move |(code, count)| Decided {
                host: host.clone(),
                kind,
                code,
                count,
            })
        });
        counts.collect()
    }

    /// How long answers of each kind took.
    #[must_use]
    pub fn durations(&self) -> [(Kind, Observed); 3] {
        Kind::ALL.map(|kind| (kind, self.durations.of(kind).observed()))
    }

    /// How often questions had no answer, by kind and reason.
    pub fn all_undecided(&self) -> impl Iterator<Item = (Kind, &'static str, u64)> {
        let kinds = Kind::ALL.into_iter();
        kinds.flat_map(|kind| {
            let counts = self.undecided.of(kind).counts();
            counts.map(move |(code, count)| (kind, code, count))
        })
    }

    /// How many questions of each kind were `doctor`'s.
    #[must_use]
    pub fn all_doctors(&self) -> [(Kind, u64); 3] {
        Kind::ALL.map(|kind| (kind, self.doctors.of(kind).load(Ordering::Relaxed)))
    }
}

/// A count that is there before the first event lets nobody miss that one.
fn is_always_told(kind: Kind, code: &str) -> bool {
    code == ALLOWED && kind != Kind::Explanation
}

impl Outcomes {
    fn new(codes: &Names) -> Self {
        Self {
            allowed: AtomicU64::new(0),
            denied: Tally::new(codes),
        }
    }

    fn count(&self, denial: Option<&str>) {
        match denial {
            Some(code) => self.denied.count(code),
            None => {
                self.allowed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Each code with its count.
    fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let allowed = (ALLOWED, self.allowed.load(Ordering::Relaxed));
        std::iter::once(allowed).chain(self.denied.counts())
    }
}

/// One of something for each kind.
#[derive(Debug, Default)]
struct ByKind<T> {
    token: T,
    room: T,
    explanation: T,
}

impl<T> ByKind<T> {
    fn each(make: impl Fn() -> T) -> Self {
        Self {
            token: make(),
            room: make(),
            explanation: make(),
        }
    }

    const fn of(&self, kind: Kind) -> &T {
        match kind {
            Kind::Token => &self.token,
            Kind::Room => &self.room,
            Kind::Explanation => &self.explanation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decisions(hosts: &[&str]) -> Decisions {
        let decisions = Decisions::new(["expired"].into_iter(), ["unknown"].into_iter());
        keep(&decisions, hosts);
        decisions
    }

    fn keep(decisions: &Decisions, hosts: &[&str]) {
        decisions.keep(hosts.iter().map(|host| (*host).to_owned()));
    }

    /// What was counted at all.
    fn told(decisions: &Decisions) -> Vec<(String, &'static str, &'static str, u64)> {
        let all = decisions.all_decided().into_iter();
        let counted = all.filter(|decided| decided.count > 0);
        let told = counted.map(|decided| {
            let Decided {
                host,
                kind,
                code,
                count,
            } = decided;
            (host, kind.name(), code, count)
        });
        told.collect()
    }

    #[test]
    fn decisions_are_counted_by_host_kind_and_reason() {
        let decisions = decisions(&["a", "b"]);
        for (host, kind, code) in [
            ("a", Kind::Token, None),
            ("a", Kind::Token, Some("expired")),
            ("a", Kind::Token, Some("expired")),
            ("b", Kind::Room, None),
            ("b", Kind::Explanation, Some("expired")),
        ] {
            decisions.decided(host, kind, code);
        }
        let expected = [
            ("a".to_owned(), "token", ALLOWED, 1),
            ("a".to_owned(), "token", "expired", 2),
            ("b".to_owned(), "room", ALLOWED, 1),
            ("b".to_owned(), "explanation", "expired", 1),
        ];
        assert_eq!(told(&decisions), expected);
    }

    #[test]
    fn hosts_and_codes_that_nobody_configured_make_no_count() {
        let decisions = decisions(&["a"]);
        let before = decisions.all_decided().len();
        for number in 0..1_000 {
            decisions.decided(&format!("made-up-{number}"), Kind::Token, None);
            decisions.decided("a", Kind::Room, Some(&format!("made-up-{number}")));
            decisions.undecided(Kind::Token, &format!("made-up-{number}"));
        }
        assert_eq!((before, decisions.all_decided().len()), (2, 2));
        assert!(decisions.all_undecided().all(|(.., count)| count == 0));
    }

    #[test]
    fn a_host_that_stays_keeps_its_counts_and_one_that_goes_leaves_nothing() {
        let decisions = decisions(&["stays", "goes"]);
        decisions.decided("stays", Kind::Token, Some("expired"));
        decisions.decided("goes", Kind::Token, Some("expired"));
        keep(&decisions, &["stays", "comes"]);
        let stays = [("stays".to_owned(), "token", "expired", 1)];
        assert_eq!(told(&decisions), stays);
        keep(&decisions, &["stays", "goes"]);
        assert_eq!(told(&decisions), stays);
        for number in 0..100 {
            keep(&decisions, &[&format!("host-{number}")]);
        }
        assert_eq!(decisions.hosts.load().len(), 1);
    }
}
