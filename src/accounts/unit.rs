//! What a unit says of the user that its service runs as.
#![expect(
    clippy::disallowed_methods,
    reason = "asks systemd, or reads the units where it does not run"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::permissions::access::Hiding;

/// The account of a service, as its unit has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// The user; none where there is no such unit, or it names none.
    pub user: Option<String>,
    /// Its group, if it is not the user's own.
    pub group: Option<String>,
    /// Groups besides those that the user has.
    pub groups: Vec<String>,
    /// The folders that it hides from the service.
    pub hidden: Vec<Hiding>,
    /// Whether systemd makes the user as the service starts.
    pub is_dynamic: bool,
}

/// Whether systemd is what starts the services of this machine.
pub fn is_booted() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

/// Asks systemd, which knows what is in force, or reads the unit and its drop-ins where it does not run.
pub fn read(name: &str) -> Unit {
    let told = if is_booted() { shown(name) } else { None };
    of(&told.unwrap_or_else(|| written(name)))
}

/// The unit as systemd shows it, if systemd knows it.
fn shown(name: &str) -> Option<String> {
    let mut command = Command::new("systemctl");
    command.args(["show", "--property=LoadState"]);
    for name in SETTINGS {
        command.arg(format!("--property={name}"));
    }
    let output = command
        .arg(format!("{name}.service"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines()
        .any(|line| line == "LoadState=loaded")
        .then_some(text)
}

/// The unit with its drop-ins, of which the later ones count.
fn written(name: &str) -> String {
    let file = format!("{name}.service");
    let units = FOLDERS.map(|folder| Path::new(folder).join(&file));
    let own = units.iter().rev().find(|path| path.exists());
    let mut drop_ins: Vec<PathBuf> = units
        .iter()
        .filter_map(|unit| fs::read_dir(unit.with_extension("service.d")).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "conf")
        })
        .collect();
    drop_ins.sort_by_key(|path| path.file_name().map(std::ffi::OsStr::to_owned));
    let texts = own.into_iter().chain(&drop_ins);
    let texts = texts.filter_map(|path| fs::read_to_string(path).ok());
    texts.collect::<Vec<_>>().join("\n")
}

/// Reads settings, of which the last one counts; groups add up until an empty setting takes them back.
fn of(text: &str) -> Unit {
    let mut unit = Unit::default();
    let settings = text.lines().filter_map(|line| line.split_once('='));
    for (name, value) in settings.map(|(name, value)| (name.trim(), value.trim())) {
        let one = (!value.is_empty()).then(|| value.to_owned());
        match name {
            "User" => unit.user = one,
            "Group" => unit.group = one,
            "DynamicUser" => unit.is_dynamic = is_true(value),
            "ProtectHome" => unit.hide(Hiding::Homes, is_true(value) || value == "tmpfs"),
            "PrivateTmp" => unit.hide(Hiding::Temporary, is_true(value) || value == "disconnected"),
            "SupplementaryGroups" if one.is_none() => unit.groups.clear(),
            "SupplementaryGroups" => {
                unit.groups
                    .extend(value.split_whitespace().map(str::to_owned));
            }
            _ => {}
        }
    }
    unit
}

fn is_true(value: &str) -> bool {
    ["yes", "true", "on", "1"].contains(&value)
}

impl Unit {
    fn hide(&mut self, hiding: Hiding, is_hidden: bool) {
        self.hidden.retain(|other| *other != hiding);
        self.hidden.extend(is_hidden.then_some(hiding));
    }
}

const SETTINGS: [&str; 6] = [
    "User",
    "Group",
    "SupplementaryGroups",
    "DynamicUser",
    "ProtectHome",
    "PrivateTmp",
];
/// Those of the administrator win.
const FOLDERS: [&str; 5] = [
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/usr/local/lib/systemd/system",
    "/run/systemd/system",
    "/etc/systemd/system",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_unit_hides_is_what_its_last_setting_says() {
        for (text, hidden) in [
            ("", &[][..]),
            ("ProtectHome=read-only\nPrivateTmp=no", &[]),
            ("ProtectHome=yes\nProtectHome=no", &[]),
            ("ProtectHome=tmpfs", &[Hiding::Homes]),
            (
                "ProtectHome=yes\nPrivateTmp=yes",
                &[Hiding::Homes, Hiding::Temporary],
            ),
        ] {
            assert_eq!(of(text).hidden, hidden, "{text}");
        }
    }

    #[test]
    fn the_last_setting_counts_and_groups_add_up() {
        for (text, user, groups, is_dynamic) in [
            ("[Service]\nUser=a\nUser = b\n", Some("b"), &[][..], false),
            ("#User=a\n;User=a\nUsers=a", None, &[], false),
            ("User=a\nUser=", None, &[], false),
            (
                "User=a\nSupplementaryGroups=x y\nSupplementaryGroups=z",
                Some("a"),
                &["x", "y", "z"],
                false,
            ),
            (
                "SupplementaryGroups=x\nSupplementaryGroups=\nSupplementaryGroups=z\nDynamicUser=yes",
                None,
                &["z"],
                true,
            ),
        ] {
            let unit = of(text);
            let found = (
                unit.user.as_deref(),
                unit.groups.as_slice(),
                unit.is_dynamic,
            );
            let groups: Vec<String> = groups.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(found, (user, groups.as_slice(), is_dynamic), "{text}");
        }
    }
}
