//! Whether this machine's clock is right, and whose clock is to blame for tokens that are out of their time.

use super::facts::Facts;
use super::facts::clock::SystemClock;
use super::finding::Finding;
use super::key_servers;

/// In which way tokens are out of their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// They are not valid yet.
    TooEarly,
    /// They are not valid any more, soon after they were made.
    TooLate,
}

/// What is wrong with the clock of this machine.
pub(super) fn examine(facts: &Facts) -> Option<Finding> {
    let clock = facts.clock.as_ref()?;
    let why = "nothing keeps it right, and tokens are denied where it differs from the issuer's: too early (nbf), or expired (exp)";
    let remedy = clock.synchronising().to_owned();
    if !clock.is_synchronised {
        let what = format!(
            "the clock of this machine is not synchronised, {} says",
            clock.command
        );
        // It may be right all the same, and in a container it is another machine's to keep.
        return Some(Finding::note("clock-unsynchronised", what, why, remedy));
    }
    clock.wrong_by().map(|seconds| {
        let what = format!(
            "the clock of this machine is {seconds} s off, {} says",
            clock.command
        );
        Finding::warning(
            "clock-skew",
            what,
            "tokens are denied as too early (nbf), or as expired (exp)",
            remedy,
        )
    })
}

/// What is known of the clock in a few words; none where nobody tells.
pub(super) fn summary(facts: &Facts) -> Option<String> {
    let clock = facts.clock.as_ref()?;
    let is = if clock.is_synchronised {
        "is"
    } else {
        "is not"
    };
    Some(format!("the clock {is} synchronised ({})", clock.command))
}

/// Whose clock makes tokens look too early or too late by so many seconds, and what to do: the issuer's only if this one
/// is known to be right.
pub(super) fn blame(facts: &Facts, blame: Blame, seconds: Option<i64>) -> (String, String) {
    let by = seconds.map_or_else(String::new, |seconds| format!(" by about {seconds} s"));
    let (own, others) = match blame {
        Blame::TooEarly => ("behind", "ahead"),
        Blame::TooLate => ("ahead", "behind"),
    };
    match doubt(facts) {
        Some(doubt) => (
            format!(
                "tokens that were just made are out of their time where the server's clock is {own}: {doubt}"
            ),
            synchronising(facts).to_owned(),
        ),
        None => match agreement(facts) {
            Some(agreement) => (
                format!(
                    "{agreement}, so it is the issuer's clock that is {others}{by}, or what it writes into its tokens"
                ),
                "timedatectl set-ntp true; timedatectl timesync-status   (on the machine of the issuer)".to_owned(),
            ),
            None => (
                format!(
                    "the clock of the issuer is {others} of this machine's{by}; which of them is wrong could not be seen"
                ),
                "date -u   (here and on the machine of the issuer, and compare)".to_owned(),
            ),
        },
    }
}

/// Why this machine's clock may be the wrong one.
fn doubt(facts: &Facts) -> Option<String> {
    if let Some(finding) = key_servers::skew(&facts.key_servers) {
        return Some(finding.what);
    }
    examine(facts).map(|finding| finding.what)
}

/// Why it is believed to be right.
fn agreement(facts: &Facts) -> Option<String> {
    if let Some(server) = key_servers::agreeing(&facts.key_servers) {
        return Some(format!(
            "the clock of this machine agrees with that of {}",
            server.url
        ));
    }
    let clock = facts.clock.as_ref()?;
    Some(format!(
        "the clock of this machine is synchronised ({})",
        clock.command
    ))
}

/// What has this machine's clock kept right.
fn synchronising(facts: &Facts) -> &'static str {
    let clock = facts.clock.as_ref();
    clock.map_or(SYNCHRONISE, SystemClock::synchronising)
}

impl SystemClock {
    const fn synchronising(&self) -> &'static str {
        if self.can_be { SYNCHRONISE } else { INSTALL }
    }

    fn wrong_by(&self) -> Option<f64> {
        let offset = self.offset.map(|offset| offset.abs().round())?;
        (offset >= MIN_OFFSET).then_some(offset)
    }

    /// What `timedatectl show` says.
    #[must_use]
    pub fn of_timedatectl(said: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut lines = said.lines();
            lines.find_map(|line| line.strip_prefix(name).map(str::trim))
        };
        let is_synchronised = value("NTPSynchronized=")?;
        Some(Self {
            command: "timedatectl",
            is_synchronised: is_synchronised == "yes",
            can_be: value("CanNTP=") != Some("no"),
            offset: None,
        })
    }

    /// What `chronyc -c tracking` says: fields with commas between them, the fifth the offset, the last the state.
    #[must_use]
    pub fn of_chronyc(said: &str) -> Option<Self> {
        let fields: Vec<&str> = said.trim().split(',').collect();
        let state = fields.last().filter(|_| fields.len() > 4)?;
        Some(Self {
            command: "chronyc",
            is_synchronised: *state != "Not synchronised",
            can_be: true,
            offset: fields.get(4).and_then(|offset| offset.parse().ok()),
        })
    }

    /// Of two opinions the one that is told with an offset, else the one that something keeps the clock right.
    #[must_use]
    pub fn best(timedatectl: Option<Self>, chronyc: Option<Self>) -> Option<Self> {
        let synchronised = |clock: &Self| clock.is_synchronised;
        match (timedatectl, chronyc) {
            (_, Some(chronyc)) if synchronised(&chronyc) => Some(chronyc),
            (Some(timedatectl), _) => Some(timedatectl),
            (None, chronyc) => chronyc,
        }
    }
}

const SYNCHRONISE: &str = "timedatectl set-ntp true; timedatectl timesync-status";
const INSTALL: &str = "apt-get install -y systemd-timesyncd && timedatectl set-ntp true";
/// What is less can be the way of the tokens.
const MIN_OFFSET: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_commands_say_is_read() {
        let chrony = |offset: &str, state: &str| {
            format!(
                "C0248F97,192.0.2.1,3,1765139000.1,{offset},-0.1,0.2,1.5,0.0,0.1,0.2,0.3,64.1,{state}\n"
            )
        };
        for (clock, expected) in [
            (
                SystemClock::of_timedatectl("NTP=yes\nNTPSynchronized=yes\n"),
                Some((true, None)),
            ),
            (
                SystemClock::of_timedatectl("NTPSynchronized=no\n"),
                Some((false, None)),
            ),
            (SystemClock::of_timedatectl(""), None),
            (
                SystemClock::of_chronyc(&chrony("-7.25", "Normal")),
                Some((true, Some(-7.25))),
            ),
            (
                SystemClock::of_chronyc(&chrony("0", "Not synchronised")),
                Some((false, Some(0.0))),
            ),
            (SystemClock::of_chronyc("506 Cannot talk to daemon\n"), None),
        ] {
            let found = clock.map(|clock| (clock.is_synchronised, clock.offset));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn one_that_keeps_the_clock_right_is_enough() {
        let clock = |command, is_synchronised| SystemClock {
            command,
            is_synchronised,
            can_be: true,
            offset: None,
        };
        for (timedatectl, chronyc, expected) in [
            (None, None, None),
            (Some(true), None, Some(("timedatectl", true))),
            (Some(false), None, Some(("timedatectl", false))),
            (Some(false), Some(true), Some(("chronyc", true))),
            (Some(true), Some(false), Some(("timedatectl", true))),
            (None, Some(false), Some(("chronyc", false))),
        ] {
            let found = SystemClock::best(
                timedatectl.map(|is| clock("timedatectl", is)),
                chronyc.map(|is| clock("chronyc", is)),
            );
            let found = found.map(|clock| (clock.command, clock.is_synchronised));
            assert_eq!(found, expected);
        }
    }
}
