//! Who can read what.

use std::path::PathBuf;

use crate::permissions::model::{Model, Needed, Role};
use crate::permissions::plan::{Plan, plan};

use super::facts::{Facts, NeededFile, Purpose};
use super::finding::Finding;

/// Files that the wrong people can read, and the right ones cannot: one finding for each.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut model = Model::new(facts.readers.clone());
    for file in &facts.files {
        model.add(&file.way);
    }
    let files = merged(&facts.files).into_iter();
    // What one remedy changes, those after it count with.
    let findings = files.filter_map(|(purposes, file)| {
        let needed = needed(&purposes, file, facts.daemon_reads_prosody)?;
        let plan = plan(&mut model, &needed)?;
        Some(finding(&purposes, &plan, &model))
    });
    findings.collect()
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

fn finding(purposes: &[Purpose], plan: &Plan, model: &Model) -> Finding {
    match (unreadable(plan, model), plan.exposed()) {
        (Some(what), exposed) => {
            let (code, why) = consequence(purposes, plan);
            let what = exposed.map_or_else(|| what.clone(), |exposed| format!("{what}; {exposed}"));
            Finding::error(code, what, why, plan.remedy())
        }
        (None, exposed) => Finding::warning(
            "secret-exposed",
            exposed.unwrap_or_default(),
            "whoever has the secret can sign tokens for any room and any name",
            plan.remedy(),
        ),
    }
}

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
fn consequence(purposes: &[Purpose], plan: &Plan) -> (&'static str, &'static str) {
    let prosody_is_out = plan.kept_out.iter().any(|(role, _)| *role == Role::Prosody);
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
