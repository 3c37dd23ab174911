//! Who can read what.

use std::path::Path;

use super::facts::{Access, Account, Facts, NeededFile, Purpose};
use super::finding::Finding;

/// Files that the wrong people can read, and the right ones cannot.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    // One folder closes the way to all files of the shim, and one group lets the daemon read all of Prosody's.
    let mut blocked: Vec<Purpose> = Vec::new();
    for file in &facts.files {
        let account = match file.purpose {
            Purpose::Shim | Purpose::ProsodySecret => facts.prosody_account.as_ref(),
            Purpose::Secret | Purpose::Daemon | Purpose::ProsodyConfig => {
                facts.daemon_account.as_ref()
            }
        };
        if let Some(finding) = account
            .filter(|_| !blocked.contains(&file.purpose))
            .and_then(|account| unreadable(file, account, facts.prosody_account.as_ref()))
        {
            if matches!(file.purpose, Purpose::Shim | Purpose::ProsodyConfig) {
                blocked.push(file.purpose);
            }
            findings.push(finding);
        }
        findings.extend(exposed(file, account));
    }
    findings
}

fn unreadable(file: &NeededFile, account: &Account, prosody: Option<&Account>) -> Option<Finding> {
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
        opened(file, blocked_by, account, prosody),
    ))
}

fn opened(
    file: &NeededFile,
    blocked_by: &Path,
    account: &Account,
    prosody: Option<&Account>,
) -> String {
    let (name, path) = (&account.name, blocked_by.display());
    let service = match file.purpose {
        Purpose::ProsodySecret => "prosody",
        _ => "prosody-tokend",
    };
    match file.purpose {
        Purpose::Shim => format!("chmod -R a+rX {path}"),
        Purpose::ProsodyConfig if !is_of_group(file, blocked_by, prosody) => format!(
            "chgrp {name} {path} && chmod g+rX {path}; systemctl restart prosody-tokend"
        ),
        Purpose::ProsodyConfig => {
            "systemctl edit prosody-tokend, write: [Service] and below it SupplementaryGroups=prosody; then systemctl restart prosody-tokend".to_owned()
        }
        _ if blocked_by == file.path => format!("chgrp {name} {path} && chmod 640 {path}; systemctl restart {service}"),
        _ => format!("chgrp {name} {path} && chmod 750 {path}; systemctl restart {service}"),
    }
}

/// Whether Prosody's group can read what keeps the daemon out, as Debian's package has it.
fn is_of_group(file: &NeededFile, blocked_by: &Path, prosody: Option<&Account>) -> bool {
    let access = file.way.iter().find(|access| access.path == blocked_by);
    let is_readable = |access: &Access| access.mode & 0o040 != 0;
    match (access, prosody) {
        (Some(access), Some(prosody)) => {
            is_readable(access) && access.group != 0 && prosody.groups.contains(&access.group)
        }
        _ => true,
    }
}

/// A secret that anybody on this machine can read.
fn exposed(file: &NeededFile, account: Option<&Account>) -> Option<Finding> {
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
            "whoever has the secret can sign tokens for any room and any name",
            match account {
                // Whoever needs it may have read it as everybody could.
                Some(account) => format!("chgrp {} {path} && chmod 640 {path}", account.name),
                None => format!("chmod o= {path}"),
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of user 1 and group 10 in a folder of the superuser.
    fn file(purpose: Purpose, folder: u32, file: u32) -> NeededFile {
        let access = |path: &str, mode, user, group| Access {
            path: path.into(),
            mode,
            user,
            group,
        };
        NeededFile {
            path: "/etc/secret".into(),
            purpose,
            way: vec![
                access("/etc", folder, 0, 0),
                access("/etc/secret", file, 1, 10),
            ],
        }
    }

    fn account(user: u32, groups: &[u32]) -> Account {
        Account {
            name: "someone".to_owned(),
            user,
            groups: groups.to_vec(),
        }
    }

    #[test]
    fn an_account_is_kept_out_by_the_bits_of_the_first_class_that_it_belongs_to() {
        for (user, groups, folder, mode, blocked_by) in [
            (1, vec![], 0o755, 0o400, None),
            (1, vec![10], 0o755, 0o044, Some("/etc/secret")),
            (2, vec![10], 0o755, 0o640, None),
            (2, vec![10], 0o755, 0o604, Some("/etc/secret")),
            (2, vec![11], 0o755, 0o640, Some("/etc/secret")),
            (2, vec![11], 0o755, 0o604, None),
            (1, vec![], 0o754, 0o400, Some("/etc")),
            (2, vec![0], 0o710, 0o644, None),
            (0, vec![], 0o000, 0o000, None),
        ] {
            let found = account(user, &groups);
            let file = file(Purpose::Secret, folder, mode);
            let found = found.blocked_by(&file).and_then(Path::to_str);
            assert_eq!(found, blocked_by, "{user} {groups:?} {folder:o} {mode:o}");
        }
    }

    #[test]
    fn a_secret_is_exposed_where_everybody_gets_at_it() {
        for (purpose, folder, mode, is_exposed) in [
            (Purpose::Secret, 0o755, 0o644, true),
            (Purpose::ProsodySecret, 0o755, 0o604, true),
            (Purpose::Secret, 0o755, 0o602, true),
            (Purpose::Secret, 0o750, 0o644, false),
            (Purpose::Secret, 0o755, 0o640, false),
            (Purpose::Daemon, 0o755, 0o644, false),
            (Purpose::Shim, 0o755, 0o644, false),
        ] {
            let file = file(purpose, folder, mode);
            let found = exposed(&file, None).is_some();
            assert_eq!(found, is_exposed, "{purpose:?} {folder:o} {mode:o}");
        }
    }

    #[test]
    fn nobody_is_told_to_close_a_file_to_its_reader() {
        let file = file(Purpose::ProsodySecret, 0o755, 0o644);
        let finding = exposed(&file, Some(&account(5, &[]))).unwrap();
        assert_eq!(
            finding.remedy,
            "chgrp someone /etc/secret && chmod 640 /etc/secret"
        );
    }
}
