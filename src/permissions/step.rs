//! One command that changes who can read what.

use std::path::{Path, PathBuf};

use super::access::{Account, Hiding, Joining};
use super::model::{Model, Role};

/// A change, as one command makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// An account becomes a member of a group.
    Join { role: Role, group: u32 },
    /// A file or folder goes to a group.
    Group { path: PathBuf, group: u32 },
    /// A file or folder gets other bits.
    Mode { path: PathBuf, mode: u32 },
    /// All others lose what they may.
    Close { path: PathBuf },
    /// An account alone is let in.
    LetIn {
        path: PathBuf,
        role: Role,
        right: u32,
    },
    /// A unit hides some folders no more.
    Show { role: Role, hiding: Hiding },
    /// Everybody may read all of a folder.
    Open { folder: PathBuf },
}

/// The commands to type, where several files get the same at once.
pub(super) fn commands(model: &Model, steps: &[Step]) -> Vec<String> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for step in in_order(steps) {
        let (verb, path) = step.command(model);
        match commands.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, paths)) => paths.extend(path.map(quoted)),
            None => commands.push((verb, path.map(quoted).into_iter().collect())),
        }
    }
    let commands = commands.into_iter();
    commands
        .map(|(verb, mut paths)| {
            paths.dedup();
            [vec![verb], paths].concat().join(" ")
        })
        .collect()
}

/// Whom a file belongs to comes before what they may; of several changes of its bits the last one counts.
fn in_order(steps: &[Step]) -> Vec<&Step> {
    let mut kept: Vec<&Step> = Vec::new();
    for step in steps {
        kept.retain(|earlier| !step.replaces(earlier));
        kept.push(step);
    }
    kept.sort_by_key(|step| step.rank());
    kept
}

impl Step {
    /// Whether nothing is left of an earlier step after this one.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Mode { path, .. }, Self::Mode { path: before, .. })
            | (Self::Group { path, .. }, Self::Group { path: before, .. }) => path == before,
            _ => self == earlier,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Show { .. } | Self::Join { .. } => 0,
            Self::Group { .. } => 1,
            Self::Mode { .. } | Self::Close { .. } => 2,
            Self::LetIn { .. } | Self::Open { .. } => 3,
        }
    }

    /// The command to type, and what it is done to, if that comes last.
    fn command(&self, model: &Model) -> (String, Option<&Path>) {
        match self {
            Self::Join { role, group } => {
                let group = model.group_name(*group);
                let account = model.account(*role);
                let join = |account| joining(account, *role, &group);
                (account.map_or_else(String::new, join), None)
            }
            Self::Group { path, group } => {
                let group = model.group_name(*group);
                (format!("chgrp {}", word(&group)), Some(path))
            }
            Self::Mode { path, mode } => (format!("chmod {mode:o}"), Some(path)),
            Self::Close { path } => ("chmod o=".to_owned(), Some(path)),
            Self::LetIn { path, role, right } => {
                let account = model.account(*role);
                let name = account.map_or("root", |account| &account.name);
                let entry = format!("u:{name}:{}", letters(*right));
                (format!("setfacl -m {}", word(&entry)), Some(path))
            }
            Self::Show { role, hiding } => (showing(*role, *hiding), None),
            Self::Open { folder } => ("chmod -R a+rX".to_owned(), Some(folder)),
        }
    }
}

/// `gpasswd` also knows users that are not in this machine's own files.
fn joining(account: &Account, role: Role, group: &str) -> String {
    match account.joining {
        Joining::Database => format!("gpasswd -a {} {}", word(&account.name), word(group)),
        Joining::Unit | Joining::Contained => {
            let file = format!("group-{}.conf", word(group));
            drop_in(role, "SupplementaryGroups", group, &file)
        }
    }
}

fn showing(role: Role, hiding: Hiding) -> String {
    let setting = hiding.setting();
    drop_in(role, setting, hiding.shown(), &format!("{setting}.conf"))
}

/// A setting beside what a unit has.
fn drop_in(role: Role, setting: &str, value: &str, file: &str) -> String {
    let folder = format!("/etc/systemd/system/{}.service.d", service(role));
    let value = word(value);
    format!(
        "mkdir -p {folder} && printf '[Service]\\n{setting}=%s\\n' {value} > {folder}/{file} && systemctl daemon-reload"
    )
}

/// The unit of a service.
pub(super) const fn service(role: Role) -> &'static str {
    match role {
        Role::Prosody => "prosody",
        Role::Daemon => "prosody-tokend",
    }
}

fn letters(right: u32) -> String {
    let bits = [(4, 'r'), (2, 'w'), (1, 'x')];
    let held = bits.iter().filter(|(bit, _)| right & bit != 0);
    held.map(|(_, letter)| letter).collect()
}

fn quoted(path: &Path) -> String {
    word(&path.to_string_lossy())
}

/// A word as the shell takes it for one.
fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_the_shell_would_take_it_for_something_else() {
        for (text, expected) in [
            ("/etc/a", "/etc/a"),
            ("/etc/a b", "'/etc/a b'"),
            ("/etc/$(id)", "'/etc/$(id)'"),
            ("u:prosody:r", "u:prosody:r"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
