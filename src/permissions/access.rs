//! Who may do what with a file or folder.

use std::path::{Path, PathBuf};

use super::acl::Acl;

/// Who runs a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name, or the number where it has none.
    pub name: String,
    /// The user's number.
    pub user: u32,
    /// The numbers of its groups, its own first.
    pub groups: Vec<u32>,
    /// How it becomes a member of one more group.
    pub joining: Joining,
    /// What its unit keeps from it, whatever the permissions are.
    pub hidden: Vec<Hiding>,
}

/// Folders that a unit hides from its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// The homes of users.
    Homes,
    /// The folders for temporary files.
    Temporary,
}

impl Hiding {
    #[must_use]
    pub const fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Homes => &["/home", "/root", "/run/user"],
            Self::Temporary => &["/tmp", "/var/tmp"],
        }
    }

    /// The setting of the unit that hides them.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Homes => "ProtectHome",
            Self::Temporary => "PrivateTmp",
        }
    }

    /// The value of it that hides nothing that is to be read.
    pub(super) const fn shown(self) -> &'static str {
        match self {
            Self::Homes => "read-only",
            Self::Temporary => "no",
        }
    }
}

/// How an account becomes a member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// In the database of groups.
    Database,
    /// In its unit, since it exists only while that runs.
    Unit,
    /// Not at all: it runs in a container, which was handed the file itself. What is on the way to it is not on its way.
    Contained,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path without links.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The permission bits.
    pub mode: u32,
    /// The number of its owner.
    pub user: u32,
    /// The group's number.
    pub group: u32,
    /// The access control list, if it has one.
    pub acl: Option<Acl>,
}

/// What is passed on the way to a file, from the root on and in the order of the kernel, links resolved; the file is last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// Every file and folder on it, as far as they could be looked at.
    pub entries: Vec<Entry>,
}

impl Way {
    /// What it leads to, with no link in its name.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.entries.last().map(|entry| entry.path.as_path())
    }
}

impl Account {
    /// Somebody who owns nothing and is in no group.
    #[must_use]
    pub const fn stranger() -> Self {
        Self {
            name: String::new(),
            user: u32::MAX,
            groups: Vec::new(),
            joining: Joining::Contained,
            hidden: Vec::new(),
        }
    }

    /// What keeps a folder from it.
    #[must_use]
    pub fn hides(&self, folder: &Path) -> Option<Hiding> {
        let is_it = |hiding: &Hiding| {
            let mut folders = hiding.folders().iter();
            folders.any(|hidden| folder == Path::new(hidden))
        };
        self.hidden.iter().copied().find(is_it)
    }

    /// The superuser, whom nothing keeps out.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.user == 0
    }
}

impl Entry {
    /// Whether an account has all of these bits there: the first class that it belongs to decides, as in the kernel.
    #[must_use]
    pub fn allows(&self, account: &Account, wanted: u32) -> bool {
        let has = |right: u32| right & wanted == wanted;
        if account.is_root() {
            return true;
        }
        if account.user == self.user {
            return has(self.mode >> 6);
        }
        let mask = self.acl.as_ref().map_or(7, |acl| acl.mask);
        if let Some((_, right)) = self.named_user(account) {
            return has(right & mask);
        }
        let mut rights = self.group_rights(account).peekable();
        if rights.peek().is_some() {
            return rights.any(|right| has(right & mask));
        }
        has(self.mode)
    }

    fn named_user(&self, account: &Account) -> Option<&(u32, u32)> {
        let mut users = self.acl.iter().flat_map(|acl| &acl.users);
        users.find(|(user, _)| *user == account.user)
    }

    /// What the groups of an account may.
    fn group_rights<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = u32> + 'a {
        let acl = self.acl.as_ref();
        let owning = acl.map_or(self.mode >> 3, |acl| acl.owning_group);
        let named = acl.into_iter().flat_map(|acl| acl.groups.iter().copied());
        [(self.group, owning)]
            .into_iter()
            .chain(named)
            .filter(|(group, _)| account.groups.contains(group))
            .map(|(_, right)| right)
    }

    /// Changes the bits as `chmod` does: those of the group are the mask where there is a list.
    pub fn set_mode(&mut self, mode: u32) {
        self.mode = mode;
        if let Some(acl) = &mut self.acl {
            acl.mask = mode >> 3 & 7;
        }
    }

    /// Lets a user in as `setfacl -m` does.
    pub fn let_in(&mut self, user: u32, right: u32) {
        let owning_group = self.mode >> 3 & 7;
        let acl = self.acl.get_or_insert_with(|| Acl {
            owning_group,
            ..Acl::default()
        });
        acl.let_in(user, right);
        self.mode = self.mode & !0o070 | acl.mask << 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user: u32, groups: &[u32]) -> Account {
        Account {
            name: "someone".to_owned(),
            user,
            groups: groups.to_vec(),
            joining: Joining::Database,
            hidden: Vec::new(),
        }
    }

    /// One of user 1 and group 10.
    fn entry(mode: u32, acl: Option<Acl>) -> Entry {
        Entry {
            path: "/etc/secret".into(),
            is_folder: false,
            mode,
            user: 1,
            group: 10,
            acl,
        }
    }

    #[test]
    fn the_first_class_that_an_account_belongs_to_decides() {
        for (user, groups, mode, is_allowed) in [
            (1, vec![], 0o400, true),
            (1, vec![10], 0o044, false),
            (2, vec![10], 0o640, true),
            (2, vec![11, 10], 0o640, true),
            (2, vec![10], 0o604, false),
            (2, vec![11], 0o640, false),
            (2, vec![11], 0o604, true),
            (2, vec![], 0o000, false),
            (0, vec![], 0o000, true),
        ] {
            let found = entry(mode, None).allows(&account(user, &groups), 4);
            assert_eq!(found, is_allowed, "{user} {groups:?} {mode:o}");
        }
    }

    #[test]
    fn a_list_lets_in_and_keeps_out_within_its_mask() {
        let acl = |users: &[(u32, u32)], owning_group, groups: &[(u32, u32)], mask| {
            Some(Acl {
                users: users.to_vec(),
                owning_group,
                groups: groups.to_vec(),
                mask,
            })
        };
        for (user, groups, mode, acl, is_allowed) in [
            (2, vec![], 0o640, acl(&[(2, 4)], 0, &[], 4), true),
            (2, vec![], 0o600, acl(&[(2, 4)], 0, &[], 0), false),
            (2, vec![], 0o644, acl(&[(2, 0)], 4, &[], 4), false),
            (3, vec![10], 0o640, acl(&[(2, 4)], 0, &[], 4), false),
            (3, vec![10], 0o640, acl(&[(2, 4)], 4, &[], 4), true),
            (3, vec![11], 0o640, acl(&[], 0, &[(11, 4)], 4), true),
            (3, vec![11, 10], 0o644, acl(&[], 0, &[(11, 0)], 4), false),
            (
                3,
                vec![11, 12],
                0o640,
                acl(&[], 0, &[(11, 0), (12, 4)], 4),
                true,
            ),
            (3, vec![12], 0o644, acl(&[], 0, &[(11, 0)], 4), true),
            (1, vec![], 0o400, acl(&[(1, 0)], 0, &[], 0), true),
        ] {
            let entry = entry(mode, acl);
            let found = entry.allows(&account(user, &groups), 4);
            assert_eq!(found, is_allowed, "{user} {groups:?} {entry:?}");
        }
    }

    #[test]
    fn what_is_changed_counts_as_the_kernel_counts_it() {
        let mut entry = entry(0o600, None);
        entry.let_in(2, 4);
        assert!(entry.allows(&account(2, &[]), 4));
        assert!(!entry.allows(&account(3, &[10]), 4));
        assert_eq!(entry.mode, 0o640);
        entry.set_mode(0o600);
        assert!(!entry.allows(&account(2, &[]), 4));
    }
}
