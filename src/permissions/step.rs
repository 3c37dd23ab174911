//! One command that changes who can read what.

use std::path::{Path, PathBuf};

use super::access::{Account, Joining};
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
    /// Everybody may read all of a folder.
    Open { folder: PathBuf },
}

impl Step {
    /// The command to type.
    pub(super) fn command(&self, model: &Model) -> String {
        match self {
            Self::Join { role, group } => {
                let account = model.account(*role);
                account.map_or_else(String::new, |account| {
                    joining(account, *role, &model.group_name(*group))
                })
            }
            Self::Group { path, group } => {
                format!("chgrp {} {}", word(&model.group_name(*group)), quoted(path))
            }
            Self::Mode { path, mode } => format!("chmod {mode:o} {}", quoted(path)),
            Self::Close { path } => format!("chmod o= {}", quoted(path)),
            Self::LetIn { path, role, right } => {
                let account = model.account(*role);
                let name = account.map_or("root", |account| &account.name);
                let letters = letters(*right);
                format!(
                    "setfacl -m {} {}",
                    word(&format!("u:{name}:{letters}")),
                    quoted(path)
                )
            }
            Self::Open { folder } => format!("chmod -R a+rX {}", quoted(folder)),
        }
    }
}

/// `gpasswd` also knows users that are not in this machine's own files.
fn joining(account: &Account, role: Role, group: &str) -> String {
    match account.joining {
        Joining::Database => format!("gpasswd -a {} {}", word(&account.name), word(group)),
        Joining::Unit | Joining::Contained => {
            let folder = format!("/etc/systemd/system/{}.service.d", service(role));
            format!(
                "mkdir -p {folder} && printf '[Service]\\nSupplementaryGroups=%s\\n' {group} > {folder}/group-{group}.conf && systemctl daemon-reload",
                group = word(group)
            )
        }
    }
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
