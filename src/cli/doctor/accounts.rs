//! Who the services run as, and what they may read.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the account database, units and permissions"
)]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::config::prosody::model::ProsodyConfig;
use crate::config::prosody::value::Value;
use crate::doctor::facts::{Access, Account, NeededFile, Purpose};

/// The account database of this machine, and what the daemon's unit says.
pub struct Users {
    passwd: String,
    group: String,
    unit: String,
}

impl Users {
    /// Reads it.
    pub fn read() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        Self {
            passwd: text("/etc/passwd"),
            group: text("/etc/group"),
            unit: unit(),
        }
    }

    /// The user that the daemon is to run as, where this machine has none of that name.
    pub fn missing(&self, named: Option<&str>) -> Option<String> {
        let user = named.or_else(|| self.unit_user())?;
        self.account(user).is_none().then(|| user.to_owned())
    }

    fn unit_user(&self) -> Option<&str> {
        self.settings("User").last().copied()
    }

    /// The named account, or the one of the daemon's unit.
    pub fn daemon(&self, named: Option<&str>) -> Option<Account> {
        let user = named.or_else(|| self.unit_user());
        let mut account = self.account(user.unwrap_or("prosody-tokend"))?;
        let groups = self.settings("SupplementaryGroups");
        let groups = groups.iter().flat_map(|names| names.split_whitespace());
        account
            .groups
            .extend(groups.filter_map(|name| self.group(name)));
        Some(account)
    }

    /// The account of Prosody.
    pub fn prosody(&self, config: Option<&ProsodyConfig>) -> Option<Account> {
        let named = config.and_then(|config| config.string("*", "prosody_user"));
        let stays_root = config
            .and_then(|config| config.get("*", "run_as_root"))
            .is_some_and(|setting| setting.value == Value::Boolean(true));
        self.account(match named.as_deref() {
            _ if stays_root => "root",
            named => named.unwrap_or("prosody"),
        })
    }

    fn settings(&self, name: &str) -> Vec<&str> {
        let lines = self.unit.lines();
        lines
            .filter_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
            .collect()
    }

    fn account(&self, name: &str) -> Option<Account> {
        let mut lines = self
            .passwd
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let fields = lines.find(|fields| fields.first() == Some(&name))?;
        let member = |line: &&str| {
            line.rsplit(':')
                .next()
                .is_some_and(|names| names.split(',').any(|member| member == name))
        };
        let groups = self.group.lines().filter(member).filter_map(number);
        let own = fields.get(3)?.parse().ok()?;
        Some(Account {
            name: name.to_owned(),
            user: fields.get(2)?.parse().ok()?,
            groups: groups.chain([own]).collect(),
        })
    }

    fn group(&self, name: &str) -> Option<u32> {
        let mut lines = self.group.lines();
        number(lines.find(|line| line.split(':').next() == Some(name))?)
    }
}

/// The third field of a line of `/etc/group`.
fn number(line: &str) -> Option<u32> {
    line.split(':').nth(2)?.parse().ok()
}

/// The daemon's unit with its drop-ins, of which the later ones count.
fn unit() -> String {
    let mut text = String::new();
    for folder in UNITS {
        let unit = Path::new(folder).join("prosody-tokend.service");
        text += &fs::read_to_string(&unit).unwrap_or_default();
        let drop_ins = fs::read_dir(unit.with_extension("service.d"))
            .into_iter()
            .flatten();
        for drop_in in drop_ins.flatten() {
            text += "\n";
            text += &fs::read_to_string(drop_in.path()).unwrap_or_default();
        }
    }
    text
}

/// A file, with the permissions on the way to it.
pub fn needed(path: &Path, purpose: Purpose) -> NeededFile {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut way: Vec<Access> = path.ancestors().filter_map(access).collect();
    way.reverse();
    NeededFile { path, purpose, way }
}

fn access(path: &Path) -> Option<Access> {
    let metadata = fs::metadata(path).ok()?;
    Some(Access {
        path: path.to_owned(),
        mode: metadata.mode(),
        user: metadata.uid(),
        group: metadata.gid(),
    })
}

const UNITS: [&str; 3] = [
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/etc/systemd/system",
];
