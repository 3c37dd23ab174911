//! What is known of the files of a machine and of who reads them, and what changes make of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::access::{Account, Entry, Joining, Way};
use super::step::Step;

/// A service that reads files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Prosody,
    Daemon,
}

/// Who reads files here, and what there is to change that with.
#[derive(Debug, Clone, Default)]
pub struct Readers {
    /// The accounts of the services, as far as they are known.
    pub accounts: BTreeMap<Role, Account>,
    /// The names of groups, by number, as far as they are known.
    pub groups: BTreeMap<u32, String>,
    /// Whether access control lists can be changed here.
    pub has_setfacl: bool,
}

/// The files that are looked at, and their readers. A remedy is tried on this model before it is named, so that none
/// lets in too many or undoes another.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The files and folders, by their names without links.
    pub entries: BTreeMap<PathBuf, Entry>,
    pub readers: Readers,
}

/// A file that services need.
#[derive(Debug, Clone)]
pub struct Needed {
    /// The folders and links on the way to it, and the file itself as the last.
    pub way: Vec<PathBuf>,
    pub roles: Vec<Role>,
    /// Whether nobody else is to read it.
    pub is_secret: bool,
    /// A folder within which everybody may read everything.
    pub open_folder: Option<PathBuf>,
}

/// What every user of the machine can do with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    Read,
    Change,
}

impl Needed {
    /// What a service has to be allowed where it passes, and at the end of its way.
    pub(super) fn wanted(&self, entry: &Entry) -> u32 {
        match (self.way.last() == Some(&entry.path), entry.is_folder) {
            (true, true) => READ | PASS,
            (true, false) => READ,
            (false, _) => PASS,
        }
    }
}

impl Model {
    /// A model without files.
    #[must_use]
    pub fn new(readers: Readers) -> Self {
        Self {
            entries: BTreeMap::new(),
            readers,
        }
    }

    /// Adds what stands on a way.
    pub fn add(&mut self, way: &Way) -> Vec<PathBuf> {
        let entries = way.entries.iter().cloned();
        let entries = entries.map(|entry| (entry.path.clone(), entry));
        for (path, entry) in entries {
            // One that a change was tried on is as that change has it.
            self.entries.entry(path).or_insert(entry);
        }
        way.entries.iter().map(|entry| entry.path.clone()).collect()
    }

    /// The account of a service.
    #[must_use]
    pub fn account(&self, role: Role) -> Option<&Account> {
        self.readers.accounts.get(&role)
    }

    /// The name of a group, or its number.
    #[must_use]
    pub fn group_name(&self, group: u32) -> String {
        let name = self.readers.groups.get(&group);
        name.cloned().unwrap_or_else(|| group.to_string())
    }

    /// Whether a service can do what it has to there.
    pub(super) fn admits(&self, needed: &Needed, entry: &Entry, role: Role) -> bool {
        let Some(account) = self.account(role) else {
            return true;
        };
        let is_passed = needed.way.last() != Some(&entry.path);
        if is_passed && account.hides(&entry.path).is_some() {
            return false;
        }
        (account.joining == Joining::Contained && is_passed)
            || entry.allows(account, needed.wanted(entry))
    }

    /// The first thing that keeps a service from a file that it needs.
    #[must_use]
    pub fn blocked_by(&self, needed: &Needed, role: Role) -> Option<&Path> {
        let mut entries = needed.way.iter().filter_map(|path| self.entries.get(path));
        let closed = entries.find(|entry| !self.admits(needed, entry, role));
        closed.map(|entry| entry.path.as_path())
    }

    /// What every user of this machine can do with a file, by the folders in which it lies.
    #[must_use]
    pub fn exposure(&self, file: &Path) -> Option<Exposure> {
        let stranger = Account::stranger();
        let folders = file.ancestors().skip(1);
        let mut folders = folders.filter_map(|path| self.entries.get(path));
        if !folders.all(|folder| folder.allows(&stranger, PASS)) {
            return None;
        }
        let entry = self.entries.get(file)?;
        if entry.allows(&stranger, WRITE) {
            Some(Exposure::Change)
        } else {
            entry.allows(&stranger, READ).then_some(Exposure::Read)
        }
    }

    /// Changes what a command would.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Join { role, group } => {
                if let Some(account) = self.readers.accounts.get_mut(role) {
                    account.groups.push(*group);
                }
            }
            Step::Group { path, group } => self.change(path, |entry| entry.group = *group),
            Step::Mode { path, mode } => self.change(path, |entry| entry.set_mode(*mode)),
            Step::Close { path } => self.change(path, |entry| entry.mode &= !0o007),
            Step::LetIn { path, role, right } => {
                let user = self.account(*role).map(|account| account.user);
                if let Some(user) = user {
                    self.change(path, |entry| entry.let_in(user, *right));
                }
            }
            Step::Show { role, hiding } => {
                if let Some(account) = self.readers.accounts.get_mut(role) {
                    account.hidden.retain(|other| other != hiding);
                }
            }
            Step::Open { folder } => self.open(folder),
        }
    }

    fn change(&mut self, path: &Path, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(path) {
            change(entry);
        }
    }

    /// As `chmod -R a+rX`.
    fn open(&mut self, folder: &Path) {
        for (path, entry) in &mut self.entries {
            if path.starts_with(folder) {
                let passes = entry.is_folder || entry.mode & 0o111 != 0;
                let bits = if passes { 0o555 } else { 0o444 };
                entry.set_mode(entry.mode | bits);
            }
        }
    }
}

pub(super) const READ: u32 = 4;
const WRITE: u32 = 2;
const PASS: u32 = 1;
