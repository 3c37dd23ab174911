//! Who can read what.

use std::path::PathBuf;

use crate::permissions::model::{Model, Needed, Role};
use crate::permissions::plan::{Plan, plan, remedy};

use super::facts::{Facts, NeededFile, Purpose};
use super::finding::Finding;

/// Files that the wrong people can read, and the right ones cannot: no file is in two findings.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let files = merged(&facts.files).into_iter();
    let files = files.filter_map(|(purposes, file)| {
        let needed = needed(&purposes, file, facts.daemon_reads_prosody)?;
        Some((purposes, needed))
    });
    let mut model = Model::new(facts.readers.clone());
    for file in &facts.files {
        model.add(&file.way);
    }
    findings(files.collect(), model)
}

fn findings(mut files: Vec<(Vec<Purpose>, Needed)>, mut model: Model) -> Vec<Finding> {
    // What keeps a service out is told as that, though a remedy for less would let it in as well.
    files.sort_by_key(|(_, needed)| {
        let role = kept_out(&model, needed);
        (role.is_none(), role)
    });
    // What one remedy changes, those after it count with.
    let plans = files.iter().filter_map(|(purposes, needed)| {
        let plan = plan(&mut model, needed)?;
        Some((purposes.clone(), plan))
    });
    let plans: Vec<_> = plans.collect();
    let findings = together(plans).into_iter();
    findings
        .map(|(purposes, plans)| finding(&purposes, &plans, &model))
        .collect()
}

/// A service that cannot read several files starts when it can read all of them, and they are one finding.
fn together(plans: Vec<(Vec<Purpose>, Plan)>) -> Vec<(Vec<Purpose>, Vec<Plan>)> {
    let is_needed_to_start = |purposes: &[Purpose], plan: &Plan| {
        plan.has_command() && !plan.kept_out.is_empty() && !purposes.contains(&Purpose::Shim)
    };
    let mut together: Vec<(Vec<Purpose>, Vec<Plan>)> = Vec::new();
    for (purposes, plan) in plans {
        let first = together.iter_mut().find(|(others, plans)| {
            is_needed_to_start(&purposes, &plan)
                && plans.iter().all(|other| is_needed_to_start(others, other))
        });
        match first {
            Some((_, plans)) => plans.push(plan),
            None => together.push((purposes, vec![plan])),
        }
    }
    together
}

fn kept_out(model: &Model, needed: &Needed) -> Option<Role> {
    let mut roles = needed.roles.iter().copied();
    roles.find(|role| model.blocked_by(needed, *role).is_some())
}

/// Each file once, with all that it is for.
fn merged(files: &[NeededFile]) -> Vec<(Vec<Purpose>, &NeededFile)> {
    let mut merged: Vec<(Vec<Purpose>, &NeededFile)> = Vec::new();
    for file in files {
        let same = merged
            .iter_mut()
            .find(|(_, other)| other.way.file() == file.way.file());
        match same {
            Some((purposes, _)) => purposes.push(file.purpose),
            None => merged.push((vec![file.purpose], file)),
        }
    }
    merged
}

fn needed(purposes: &[Purpose], file: &NeededFile, daemon_reads_prosody: bool) -> Option<Needed> {
    let roles = [Role::Prosody, Role::Daemon].into_iter();
    let reads = |role: &Role| {
        let mut purposes = purposes.iter();
        purposes.any(|purpose| reads(*role, *purpose, daemon_reads_prosody))
    };
    file.way.file()?;
    Some(Needed {
        way: paths(file),
        roles: roles.filter(reads).collect(),
        is_secret: purposes
            .iter()
            .any(|purpose| matches!(purpose, Purpose::Secret | Purpose::ProsodySecret)),
        open_folder: file.open_folder.clone(),
    })
}

fn paths(file: &NeededFile) -> Vec<PathBuf> {
    let entries = file.way.entries.iter();
    entries.map(|entry| entry.path.clone()).collect()
}

const fn reads(role: Role, purpose: Purpose, daemon_reads_prosody: bool) -> bool {
    match (role, purpose) {
        (Role::Prosody, Purpose::Shim | Purpose::ProsodyConfig | Purpose::ProsodySecret)
        | (Role::Daemon, Purpose::Secret | Purpose::Daemon) => true,
        (Role::Daemon, Purpose::ProsodyConfig | Purpose::ProsodySecret) => daemon_reads_prosody,
        (Role::Prosody, Purpose::Secret | Purpose::Daemon) | (Role::Daemon, Purpose::Shim) => false,
    }
}

fn finding(purposes: &[Purpose], plans: &[Plan], model: &Model) -> Finding {
    let remedy = remedy(model, plans);
    let unreadable: Vec<String> = plans
        .iter()
        .filter_map(|plan| unreadable(plan, model))
        .collect();
    let exposed = plans.iter().filter_map(Plan::exposed_by_mode);
    let what = listed(unreadable.iter().cloned().chain(exposed).collect());
    if unreadable.is_empty() {
        let why = "whoever has the secret can sign tokens for any room and any name";
        return Finding::warning("secret-exposed", what, why, remedy);
    }
    let prosody_is_out = plans
        .iter()
        .flat_map(|plan| &plan.kept_out)
        .any(|(role, _)| *role == Role::Prosody);
    let (code, why) = consequence(purposes, prosody_is_out);
    Finding::error(code, what, why, remedy)
}

/// The first few of these.
fn listed(mut texts: Vec<String>) -> String {
    let more = texts.len().saturating_sub(MOST_LISTED);
    texts.truncate(MOST_LISTED);
    if more > 0 {
        texts.push(format!("and so with {more} more"));
    }
    texts.join("; ")
}

const MOST_LISTED: usize = 3;

/// Who cannot read it, and because of what.
fn unreadable(plan: &Plan, model: &Model) -> Option<String> {
    let (_, first) = plan.kept_out.first()?;
    let accounts = plan
        .kept_out
        .iter()
        .filter_map(|(role, _)| model.account(*role));
    let names: Vec<&str> = accounts.map(|account| account.name.as_str()).collect();
    let users = if names.len() > 1 { "users" } else { "user" };
    let hidden = plan.hidden_by.map_or_else(String::new, |hiding| {
        format!(", which {} in its unit hides", hiding.setting())
    });
    let on_the_way = if *first == plan.file {
        String::new()
    } else {
        format!(", because of the folder {}{hidden}", first.display())
    };
    Some(format!(
        "the {users} {} cannot read {}{on_the_way}",
        names.join(" and "),
        plan.file.display()
    ))
}

/// What happens because the file cannot be read.
fn consequence(purposes: &[Purpose], prosody_is_out: bool) -> (&'static str, &'static str) {
    let is_for = |purpose| purposes.contains(&purpose);
    if prosody_is_out && is_for(Purpose::Shim) {
        (
            "shim-unreadable",
            "Prosody passes over modules that it cannot read",
        )
    } else if prosody_is_out {
        let code = if is_for(Purpose::ProsodySecret) {
            "prosody-secret-unreadable"
        } else {
            "prosody-config-unreadable"
        };
        (code, "Prosody does not start without its configuration")
    } else if is_for(Purpose::ProsodyConfig) || is_for(Purpose::ProsodySecret) {
        (
            "prosody-config-unreadable",
            "the daemon's policy is to come from there",
        )
    } else if is_for(Purpose::Secret) {
        (
            "secret-unreadable",
            "the daemon does not start without its secret, or keeps the one that it read before",
        )
    } else {
        (
            "config-unreadable",
            "the daemon does not start without its configuration",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::permissions::access::{Account, Entry, Joining, Way};
    use crate::permissions::model::Readers;

    use super::*;

    const PROSODY: u32 = 105;
    const DAEMON: u32 = 998;

    fn readers() -> Readers {
        let account = |name: &str, user, groups: &[u32]| Account {
            name: name.to_owned(),
            user,
            groups: groups.to_vec(),
            joining: Joining::Database,
            hidden: Vec::new(),
        };
        Readers {
            accounts: BTreeMap::from([
                (Role::Prosody, account("prosody", 102, &[PROSODY])),
                (
                    Role::Daemon,
                    account("prosody-tokend", 997, &[DAEMON, PROSODY]),
                ),
            ]),
            groups: BTreeMap::from([
                (PROSODY, "prosody".to_owned()),
                (DAEMON, "prosody-tokend".to_owned()),
            ]),
            has_setfacl: false,
        }
    }

    /// A file of the superuser's in a folder of the superuser's.
    fn file(purpose: Purpose, folder: u32, path: &str, mode: u32, group: u32) -> NeededFile {
        let entry = |path: &str, is_folder, mode, group| Entry {
            path: path.into(),
            is_folder,
            mode,
            user: 0,
            group,
            acl: None,
        };
        let parent = path.rsplit_once('/').unwrap().0;
        NeededFile {
            way: Way {
                entries: vec![
                    entry("/", true, 0o755, 0),
                    entry(parent, true, folder, PROSODY),
                    entry(path, false, mode, group),
                ],
            },
            purpose,
            open_folder: (purpose == Purpose::Shim).then(|| parent.into()),
        }
    }

    /// What is said of these files: code and remedy.
    fn said(files: &[NeededFile]) -> Vec<(&'static str, String)> {
        let mut model = Model::new(readers());
        for file in files {
            model.add(&file.way);
        }
        let files = merged(files).into_iter();
        let files = files.filter_map(|(purposes, file)| {
            Some((purposes.clone(), needed(&purposes, file, true)?))
        });
        let findings = findings(files.collect(), model).into_iter();
        findings
            .map(|finding| (finding.code, finding.remedy))
            .collect()
    }

    #[test]
    fn a_file_for_two_purposes_is_one_finding() {
        let both = |mode, group| {
            [Purpose::ProsodySecret, Purpose::ProsodyConfig]
                .map(|purpose| file(purpose, 0o755, "/p/a", mode, group))
        };
        for (files, expected) in [
            (
                both(0o644, 0),
                ("secret-exposed", "chgrp prosody /p/a && chmod 640 /p/a"),
            ),
            (both(0o644, PROSODY), ("secret-exposed", "chmod o= /p/a")),
            (
                both(0o600, 0),
                (
                    "prosody-secret-unreadable",
                    "chgrp prosody /p/a && chmod 640 /p/a && systemctl restart prosody-tokend prosody",
                ),
            ),
        ] {
            let expected = (expected.0, expected.1.to_owned());
            assert_eq!(said(&files), [expected]);
        }
    }

    #[test]
    fn nothing_is_said_of_what_a_folder_keeps_from_all_others() {
        let files = [Purpose::ProsodySecret, Purpose::ProsodyConfig]
            .map(|purpose| file(purpose, 0o754, "/p/a", 0o644, 0));
        assert_eq!(said(&files), []);
    }

    #[test]
    fn what_keeps_one_service_from_starting_is_one_finding_and_its_modules_another() {
        let files = [
            file(Purpose::Secret, 0o755, "/d/key", 0o600, 0),
            file(Purpose::Daemon, 0o755, "/d/config", 0o600, 0),
            file(Purpose::Shim, 0o755, "/s/a.lua", 0o600, 0),
            file(Purpose::Shim, 0o755, "/s/b.lua", 0o600, 0),
            file(Purpose::Secret, 0o755, "/d/other", 0o604, DAEMON),
        ];
        let expected = [
            (
                "shim-unreadable",
                "chmod -R a+rX /s && systemctl restart prosody",
            ),
            (
                "secret-unreadable",
                "chgrp prosody-tokend /d/key /d/config && chmod 640 /d/key /d/config /d/other && systemctl restart prosody-tokend",
            ),
        ];
        let expected = expected.map(|(code, remedy)| (code, remedy.to_owned()));
        assert_eq!(said(&files), expected);
    }
}
