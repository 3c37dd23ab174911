//! Who can read what.

use std::path::PathBuf;

use crate::permissions::model::{Model, Needed, Role};
use crate::permissions::plan::{Plan, plan, remedy};

use super::facts::{Facts, NeededFile, Purpose};
use super::finding::Finding;

/// Files that the wrong people can read, and the right ones cannot: no file is in two findings.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut model = Model::new(facts.readers.clone());
    for file in &facts.files {
        model.add(&file.way);
    }
    let mut files: Vec<(Vec<Purpose>, Needed)> = merged(&facts.files)
        .into_iter()
        .filter_map(|(purposes, file)| {
            let needed = needed(&purposes, file, facts.daemon_reads_prosody)?;
            Some((purposes, needed))
        })
        .collect();
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
    let on_the_way = if *first == plan.file {
        String::new()
    } else {
        format!(", because of the folder {}", first.display())
    };
    Some(format!(
        "the {users} {} cannot read {}{on_the_way}",
        names.join(" and "),
        plan.file.display()
    ))
}

/// What comes of it.
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
