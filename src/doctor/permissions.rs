//! Who can read what.

use std::path::Path;

use super::facts::{Account, Facts, NeededFile, Purpose};
use super::finding::Finding;

/// Files that the wrong people can read, and the right ones cannot.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut prosody_is_blocked = false;
    for file in &facts.files {
        let account = match file.purpose {
            Purpose::Shim | Purpose::ProsodySecret => facts.prosody_account.as_ref(),
            Purpose::Secret | Purpose::Daemon | Purpose::ProsodyConfig => {
                facts.daemon_account.as_ref()
            }
        };
        // One folder closes the way to all files of the shim.
        let repeated = file.purpose == Purpose::Shim && prosody_is_blocked;
        if let Some(finding) = account
            .filter(|_| !repeated)
            .and_then(|account| unreadable(file, account))
        {
            prosody_is_blocked |= file.purpose == Purpose::Shim;
            findings.push(finding);
        }
        findings.extend(exposed(file));
    }
    findings
}

fn unreadable(file: &NeededFile, account: &Account) -> Option<Finding> {
    let blocked_by = account.blocked_by(file)?;
    let (code, why) = match file.purpose {
        Purpose::Secret => (
            "secret-unreadable",
            "the daemon does not start without its secret, or keeps the one that it read before",
        ),
        Purpose::Daemon => (
            "config-unreadable",
            "the daemon does not start without its configuration",
        ),
        Purpose::ProsodyConfig => (
            "prosody-config-unreadable",
            "the daemon's policy is to come from there",
        ),
        Purpose::ProsodySecret => (
            "prosody-secret-unreadable",
            "Prosody does not start without its configuration",
        ),
        Purpose::Shim => (
            "shim-unreadable",
            "Prosody passes over modules that it cannot read",
        ),
    };
    let path = file.path.display();
    let on_the_way = if blocked_by == file.path {
        String::new()
    } else {
        format!(", because of the folder {}", blocked_by.display())
    };
    let what = format!("the user {} cannot read {path}{on_the_way}", account.name);
    Some(Finding::error(
        code,
        what,
        why,
        opened(file, blocked_by, account),
    ))
}

fn opened(file: &NeededFile, blocked_by: &Path, account: &Account) -> String {
    let (name, path) = (&account.name, blocked_by.display());
    match file.purpose {
        Purpose::Shim => format!("chmod -R a+rX {path}"),
        Purpose::ProsodyConfig => {
            "systemctl edit prosody-tokend, write: [Service] and below it SupplementaryGroups=prosody; then systemctl restart prosody-tokend".to_owned()
        }
        _ if blocked_by == file.path => format!("chgrp {name} {path} && chmod 640 {path}; systemctl restart prosody-tokend"),
        _ => format!("chgrp {name} {path} && chmod 750 {path}; systemctl restart prosody-tokend"),
    }
}

/// A secret that anybody on this machine can read.
fn exposed(file: &NeededFile) -> Option<Finding> {
    let (last, folders) = file.way.split_last()?;
    let is_open = last.mode & 0o004 != 0 && folders.iter().all(|folder| folder.mode & 0o001 != 0);
    let is_writable = last.mode & 0o002 != 0;
    let path = file.path.display();
    let is_secret = matches!(file.purpose, Purpose::Secret | Purpose::ProsodySecret);
    (is_secret && (is_open || is_writable)).then(|| {
        let can = if is_writable { "change" } else { "read" };
        Finding::warning(
            "secret-exposed",
            format!(
                "every user of this machine can {can} {path} (mode {:04o})",
                last.mode & 0o7777
            ),
            "whoever has the secret can make tokens for any room and any name",
            format!("chmod o= {path}"),
        )
    })
}
