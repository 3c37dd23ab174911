//! Whether the Prosody that runs is the one that the files describe, and whether the two services run at all.

use super::facts::services::{Change, ChangeKind, Listener, Process, Services, Unit};
use super::finding::Finding;
use super::remedy::RESTART;

/// Prosody runs with what it read before.
pub(super) const NOT_RESTARTED: &str = "prosody-not-restarted";
/// systemd runs a service by what its unit said before.
pub(super) const NOT_READ: &str = "unit-not-read";
/// The unit of the daemon.
pub const DAEMON: &str = "prosody-tokend.service";
/// The unit of Prosody.
pub const PROSODY: &str = "prosody.service";

/// A Prosody that was started before something changed that it reads then alone.
#[must_use]
pub fn outdated(services: &Services) -> Vec<Finding> {
    let running = services.prosody.iter();
    let found = running.filter_map(|process| outdated_by(process, &services.changes));
    found.collect()
}

fn outdated_by(process: &Process, changes: &[Change]) -> Option<Finding> {
    let is_later = |change: &&Change| change.time > process.started.saturating_add(SLACK);
    let mut later: Vec<&Change> = changes.iter().filter(is_later).collect();
    later.sort_by_key(|change| std::cmp::Reverse(change.time));
    let newest = later.first()?;
    let more = match later.len() {
        1 => String::new(),
        2 => " and another file".to_owned(),
        count => format!(" and {} more files", count.saturating_sub(1)),
    };
    let why = match newest.kind {
        ChangeKind::Configuration => {
            "plugin_paths, modules_enabled, authentication and new hosts are read as Prosody starts; a reload does not take them, so what was looked at here is not what runs"
        }
        ChangeKind::Shim => {
            "Prosody goes on with the modules that it loaded as it started, unless each was reloaded in prosodyctl shell"
        }
    };
    Some(Finding::warning(
        NOT_RESTARTED,
        format!(
            "{}{more} changed after Prosody was started, which was {} ago (process {})",
            newest.path.display(),
            lasting(process.age),
            process.number
        ),
        why,
        RESTART.to_owned(),
    ))
}

/// Units that were changed, which systemd does not know yet.
#[must_use]
pub fn unread(services: &Services) -> Vec<Finding> {
    let units = services.units.iter();
    let outdated = units.filter(|(_, unit)| unit.is_outdated);
    outdated
        .map(|(name, _)| {
            Finding::warning(
                NOT_READ,
                format!("the files of {name} changed, and systemd has not read them since"),
                "the service runs with the user, groups and environment that it had before",
                format!("systemctl daemon-reload && systemctl restart {name}"),
            )
        })
        .collect()
}

/// A Prosody that does not run, where systemd looks after it. What keeps it from starting goes before this.
#[must_use]
pub fn down(services: &Services) -> Vec<Finding> {
    let unit = services.units.get(PROSODY);
    let stopped = unit.filter(|unit| unit.load == "loaded" && !unit.is_up());
    let stopped = stopped.filter(|_| services.prosody.is_none());
    let found = stopped.map(|unit| {
        Finding::error(
            "prosody-down",
            format!("Prosody does not run: its unit is {}", unit.shown()),
            "it is what users connect to",
            "systemctl restart prosody; journalctl -u prosody -n 20 --no-pager".to_owned(),
        )
    });
    found.into_iter().collect()
}

impl Unit {
    fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading")
            && self.sub != "auto-restart"
    }

    /// Its state in words.
    #[must_use]
    pub fn shown(&self) -> String {
        let Self {
            active,
            sub,
            result,
            ..
        } = self;
        match (sub == active, result.as_str()) {
            (true, "" | "success") => active.clone(),
            (true, result) => format!("{active} ({result})"),
            (false, "" | "success") => format!("{active} ({sub})"),
            (false, result) => format!("{active} ({sub}, {result})"),
        }
    }
}

impl Services {
    /// Who holds a port.
    #[must_use]
    pub fn listener(&self, port: u16) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.port == port)
    }
}

/// A time in the largest unit that says enough.
fn lasting(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => return "less than two minutes".to_owned(),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// How much later than the start of the process Prosody reads its files at the least, in milliseconds: the kernel counts
/// starts in hundredths of a second.
const SLACK: i64 = 100;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn change(time: i64, kind: ChangeKind) -> Change {
        Change {
            path: format!("/f{time}").into(),
            time,
            kind,
        }
    }

    #[test]
    fn what_changed_after_the_start_is_told_and_what_changed_before_is_not() {
        let process = Process {
            number: 7,
            started: 10_000,
            age: 300,
        };
        for (changes, expected) in [
            (vec![], None),
            (vec![9_999], None),
            (vec![10_050], None),
            (vec![10_101], Some("/f10101 changed")),
            (vec![9_000, 20_000], Some("/f20000 changed")),
            (
                vec![20_000, 30_000, 11_000],
                Some("/f30000 and 2 more files changed"),
            ),
        ] {
            let changes: Vec<Change> = changes
                .into_iter()
                .map(|time| change(time, ChangeKind::Configuration))
                .collect();
            let found = outdated_by(&process, &changes).map(|finding| finding.what);
            assert_eq!(found.is_some(), expected.is_some(), "{changes:?}");
            if let (Some(found), Some(expected)) = (found, expected) {
                assert!(found.starts_with(expected), "{found}");
                assert!(found.contains("5 minutes ago (process 7)"), "{found}");
            }
        }
    }

    #[test]
    fn a_prosody_that_systemd_does_not_run_is_down_and_one_of_another_makers_is_not() {
        for (load, active, sub, result, expected) in [
            (
                "loaded",
                "inactive",
                "dead",
                "success",
                Some("inactive (dead)"),
            ),
            (
                "loaded",
                "failed",
                "failed",
                "exit-code",
                Some("failed (exit-code)"),
            ),
            ("loaded", "active", "running", "success", None),
            ("loaded", "activating", "start", "success", None),
            ("not-found", "inactive", "dead", "success", None),
        ] {
            let unit = Unit {
                load: load.to_owned(),
                active: active.to_owned(),
                sub: sub.to_owned(),
                result: result.to_owned(),
                ..Unit::default()
            };
            let services = Services {
                units: BTreeMap::from([(PROSODY.to_owned(), unit)]),
                ..Services::default()
            };
            let found = down(&services).pop().map(|finding| finding.what);
            assert_eq!(found.is_some(), expected.is_some(), "{active}");
            let words = found.unwrap_or_default();
            assert!(words.contains(expected.unwrap_or_default()), "{words}");
        }
        assert!(down(&Services::default()).is_empty());
    }
}
