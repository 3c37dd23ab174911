//! Who the services run as.
#![expect(
    clippy::disallowed_methods,
    reason = "asks for users and groups, and reads units and processes"
)]

pub mod unit;

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group, Uid, User, getgrouplist};

use crate::permissions::access::{Account, Joining};
use crate::permissions::model::{Readers, Role};

use self::unit::Unit;

/// The accounts of this machine, and what the units say.
pub struct Users {
    daemon: Unit,
    prosody: Unit,
}

impl Users {
    pub fn read() -> Self {
        Self {
            daemon: unit::read(DAEMON),
            prosody: unit::read(PROSODY),
        }
    }

    /// The user that the daemon is to run as, where this machine has none of that name.
    pub fn missing(&self, named: Option<&str>) -> Option<String> {
        let user = named.or(self.daemon.user.as_deref())?;
        let is_made = named.is_none() && self.daemon.is_dynamic;
        (!is_made && account(user).is_none()).then(|| user.to_owned())
    }

    /// The named account, or the one of the daemon's unit, or whoever runs it now.
    pub fn daemon(&self, named: Option<&str>) -> Option<Account> {
        if let Some(named) = named {
            return account(named);
        }
        if let Some(user) = &self.daemon.user {
            return of_unit(&self.daemon, user);
        }
        running(DAEMON, Whose::Machine).or_else(|| account(DAEMON))
    }

    /// The daemon's account where docker's variables are what it is configured with.
    pub fn daemon_beside_compose(&self) -> Option<Account> {
        match &self.daemon.user {
            Some(user) => of_unit(&self.daemon, user),
            None => Some(running(DAEMON, Whose::Container).unwrap_or_else(of_container)),
        }
    }

    /// The account of Prosody: of its unit where systemd starts it, else what it becomes by its configuration.
    pub fn prosody(&self, configured: Option<&str>) -> Option<Account> {
        if let Some(user) = self.prosody.user.as_ref().filter(|_| unit::is_booted()) {
            return of_unit(&self.prosody, user);
        }
        account(configured.unwrap_or(PROSODY))
    }
}

/// The account that runs this program.
pub fn own() -> Account {
    let user = rustix::process::geteuid().as_raw();
    let groups = rustix::process::getgroups().unwrap_or_default();
    let groups = groups.into_iter().map(rustix::fs::Gid::as_raw);
    let own = rustix::process::getegid().as_raw();
    numbered(user, [own].into_iter().chain(groups).collect())
}

/// An account that is known only by its number and groups.
fn numbered(user: u32, groups: Vec<u32>) -> Account {
    let found = User::from_uid(Uid::from_raw(user)).ok().flatten();
    Account {
        name: found.map_or_else(|| user.to_string(), |found| found.name),
        user,
        groups,
        joining: Joining::Database,
        hidden: Vec::new(),
    }
}

/// The account that the documentation of docker gives the daemon.
fn of_container() -> Account {
    Account {
        joining: Joining::Contained,
        ..numbered(NOBODY, vec![NOBODY])
    }
}

/// The account of this name, wherever the system knows it from.
pub fn account(name: &str) -> Option<Account> {
    let user = User::from_name(name).ok().flatten();
    let user = user.or_else(|| User::from_uid(Uid::from_raw(name.parse().ok()?)).ok()?)?;
    let own = user.gid.as_raw();
    let groups = CString::new(user.name.clone()).ok();
    let groups = groups.and_then(|name| getgrouplist(&name, user.gid).ok());
    let others = groups.into_iter().flatten().map(Gid::as_raw);
    Some(Account {
        user: user.uid.as_raw(),
        groups: [own]
            .into_iter()
            .chain(others.filter(|group| *group != own))
            .collect(),
        name: user.name,
        joining: Joining::Database,
        hidden: Vec::new(),
    })
}

/// The account as systemd has it.
fn of_unit(unit: &Unit, user: &str) -> Option<Account> {
    let mut account = match account(user) {
        Some(account) => account,
        None if unit.is_dynamic => of_systemds_making(user),
        None => return None,
    };
    if let Some(group) = unit.group.as_deref().and_then(group) {
        account.groups.retain(|other| *other != group);
        account.groups.insert(0, group);
    }
    if unit.is_dynamic && OF_SYSTEMDS_MAKING.contains(&account.user) {
        account.joining = Joining::Unit;
    }
    account.hidden.clone_from(&unit.hidden);
    let more = unit.groups.iter().filter_map(|name| group(name));
    account.groups.extend(more);
    Some(account)
}

/// A user that exists only while its unit runs; nothing here is its own.
fn of_systemds_making(user: &str) -> Account {
    Account {
        name: user.to_owned(),
        joining: Joining::Unit,
        ..Account::stranger()
    }
}

fn group(name: &str) -> Option<u32> {
    let found = Group::from_name(name).ok().flatten();
    let number = found.map(|group| group.gid.as_raw());
    number.or_else(|| name.parse().ok())
}

/// Which processes count when a program is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Among the processes of this machine itself.
    Machine,
    /// Wherever it runs: in a container, most of all.
    Container,
}

/// Who runs a program now. Containers have files of their own, which the machine's do not matter to.
fn running(name: &str, whose: Whose) -> Option<Account> {
    let processes = fs::read_dir("/proc").ok()?;
    let own = std::process::id().to_string();
    let folders = processes.flatten().map(|entry| entry.path());
    let mut others = folders.filter(|folder| !folder.ends_with(&own));
    others.find_map(|folder| {
        let account = serving(&folder, name)?;
        let is_contained = account.joining == Joining::Contained;
        (whose == Whose::Container || !is_contained).then_some(account)
    })
}

/// The account of a process, if it is this program and serves.
fn serving(process: &Path, name: &str) -> Option<Account> {
    let line = fs::read(process.join("cmdline")).ok()?;
    let mut words = line.split(|byte| *byte == 0);
    let program = PathBuf::from(String::from_utf8(words.next()?.to_vec()).ok()?);
    if program.file_name()? != name || !words.any(|word| word == b"serve") {
        return None;
    }
    let status = fs::read_to_string(process.join("status")).ok()?;
    let numbers = |field: &str| -> Vec<u32> {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let words = line.into_iter().flat_map(str::split_whitespace);
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let user = *numbers("Uid:").get(1)?;
    let group = *numbers("Gid:").get(1)?;
    let groups = [vec![group], numbers("Groups:")].concat();
    let is_contained = numbers("NSpid:").len() > 1;
    let account = numbered(user, groups);
    Some(Account {
        joining: if is_contained {
            Joining::Contained
        } else {
            account.joining
        },
        ..account
    })
}

/// These accounts, with what it takes to let them in.
pub fn readers(accounts: BTreeMap<Role, Account>, groups: impl Iterator<Item = u32>) -> Readers {
    let numbers = accounts.values().flat_map(|account| account.groups.clone());
    let numbers: Vec<u32> = numbers.chain(groups).collect();
    let name = |number: u32| {
        let found = Group::from_gid(Gid::from_raw(number)).ok().flatten()?;
        Some((number, found.name))
    };
    Readers {
        accounts,
        groups: numbers.into_iter().filter_map(name).collect(),
        has_setfacl: SETFACL.iter().any(|path| Path::new(path).exists()),
    }
}

/// The user that Prosody's packages make for it.
pub const PROSODY: &str = "prosody";
const DAEMON: &str = "prosody-tokend";
/// The numbers of users that exist only while their unit runs.
const OF_SYSTEMDS_MAKING: std::ops::RangeInclusive<u32> = 61_184..=65_519;
const NOBODY: u32 = 65_534;
const SETFACL: [&str; 2] = ["/usr/bin/setfacl", "/bin/setfacl"];
