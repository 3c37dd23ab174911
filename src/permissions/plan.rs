//! What is wrong with who can read a file, and what to type.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::access::{Hiding, Joining};
use super::mending::mend;
use super::model::{Exposure, Model, Needed, Role};
use super::step::{self, Step};

/// What was found at a file that services need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Who cannot read it, and what is in the way.
    pub kept_out: Vec<(Role, PathBuf)>,
    /// What hides it from the first of those.
    pub hidden_by: Option<Hiding>,
    /// What everybody can do with it who must not.
    pub exposure: Option<Exposure>,
    /// Its permission bits.
    pub mode: u32,
    pub file: PathBuf,
    /// What to change; none where nothing is known to be right for all who need the file.
    steps: Option<Vec<Step>>,
}

impl Plan {
    /// What everybody can do, in words.
    #[must_use]
    pub fn exposed(&self) -> Option<String> {
        Some(exposed(&self.file.display().to_string(), self.exposure?))
    }

    /// The same, with the bits that allow it.
    #[must_use]
    pub fn exposed_by_mode(&self) -> Option<String> {
        let file = format!("{} (mode {:04o})", self.file.display(), self.mode);
        Some(exposed(&file, self.exposure?))
    }

    /// Whether a command is known.
    #[must_use]
    pub const fn has_command(&self) -> bool {
        self.steps.is_some()
    }
}

fn exposed(file: &str, exposure: Exposure) -> String {
    let done = match exposure {
        Exposure::Read => "read",
        Exposure::Change => "changed",
    };
    format!("{file} holds a secret, and can be {done} by every user of this machine")
}

/// Looks at one file, and has the model changed as the remedy changes the machine, so that no two remedies undo each
/// other. None where nothing is wrong.
pub fn plan(model: &mut Model, needed: &Needed) -> Option<Plan> {
    let file = needed.way.last()?.clone();
    let mode = model.entries.get(&file)?.mode;
    let blocked = |role: &Role| Some((*role, model.blocked_by(needed, *role)?.to_owned()));
    let kept_out: Vec<(Role, PathBuf)> = needed.roles.iter().filter_map(blocked).collect();
    let hidden_by = kept_out
        .first()
        .and_then(|(role, place)| model.account(*role)?.hides(place));
    let exposure = model.exposure(&file).filter(|_| needed.is_secret);
    if kept_out.is_empty() && exposure.is_none() {
        return None;
    }
    // Who reads it where that is not known would be shut out.
    let is_known = needed
        .roles
        .iter()
        .all(|role| model.account(*role).is_some());
    let mended = is_known.then(|| mend(model, needed)).flatten();
    let steps = mended.map(|(mended, steps)| {
        *model = mended;
        steps
    });
    Some(Plan {
        kept_out,
        hidden_by,
        exposure,
        mode,
        file,
        steps,
    })
}

/// What to do about these, as one line: a command for a shell where one is known for each.
#[must_use]
pub fn remedy(model: &Model, plans: &[Plan]) -> String {
    let steps: Option<Vec<&[Step]>> = plans.iter().map(|plan| plan.steps.as_deref()).collect();
    if let Some(steps) = steps {
        let kept_out = plans.iter().flat_map(|plan| &plan.kept_out);
        let kept_out = kept_out.map(|(role, _)| *role);
        return command(model, &steps.concat(), kept_out);
    }
    let files: Vec<String> = plans
        .iter()
        .map(|plan| plan.file.display().to_string())
        .collect();
    format!(
        "let nobody read {} but the users that Prosody and the daemon run as",
        files.join(" and ")
    )
}

/// A process has what it could read when it was started, so those that could not are started again.
fn command(model: &Model, steps: &[Step], kept_out: impl Iterator<Item = Role>) -> String {
    let joined = steps.iter().filter_map(|step| match step {
        Step::Join { role, .. } => Some(*role),
        Step::Group { .. }
        | Step::Mode { .. }
        | Step::Close { .. }
        | Step::LetIn { .. }
        | Step::Show { .. }
        | Step::Open { .. } => None,
    });
    let is_here = |role: &Role| {
        let account = model.account(*role);
        account.is_some_and(|account| account.joining != Joining::Contained)
    };
    let roles: BTreeSet<Role> = kept_out.chain(joined).filter(is_here).collect();
    // The daemon first: Prosody asks it as it starts.
    let services: Vec<&str> = roles.into_iter().rev().map(step::service).collect();
    let mut commands = step::commands(model, steps);
    if !services.is_empty() {
        commands.push(format!("systemctl restart {}", services.join(" ")));
    }
    commands.join(" && ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::access::{Account, Entry, Way};
    use super::super::acl::Acl;
    use super::super::model::Readers;
    use super::*;

    const PROSODY: (u32, u32) = (102, 105);
    const DAEMON: (u32, u32) = (997, 998);
    const NOBODY: u32 = 65_534;

    fn account(name: &str, user: u32, groups: &[u32], joining: Joining) -> Account {
        Account {
            name: name.to_owned(),
            user,
            groups: groups.to_vec(),
            joining,
            hidden: Vec::new(),
        }
    }

    /// A Debian with Prosody and the daemon, which is in these groups besides its own.
    fn readers(more: &[u32]) -> Readers {
        let own = [&[DAEMON.1], more].concat();
        Readers {
            accounts: BTreeMap::from([
                (
                    Role::Prosody,
                    account("prosody", PROSODY.0, &[PROSODY.1], Joining::Database),
                ),
                (
                    Role::Daemon,
                    account("prosody-tokend", DAEMON.0, &own, Joining::Database),
                ),
            ]),
            groups: BTreeMap::from([
                (0, "root".to_owned()),
                (PROSODY.1, "prosody".to_owned()),
                (DAEMON.1, "prosody-tokend".to_owned()),
                (33, "www-data".to_owned()),
                (42, "shadow".to_owned()),
                (NOBODY, "nogroup".to_owned()),
                (1_000, "ann".to_owned()),
            ]),
            has_setfacl: false,
        }
    }

    /// Folders and a file: path, mode, user, group.
    fn way(rows: &[(&str, u32, u32, u32)]) -> Way {
        let count = rows.len();
        let entries = rows.iter().enumerate();
        let entry = |(at, (path, mode, user, group)): (usize, &(&str, u32, u32, u32))| Entry {
            path: path.into(),
            is_folder: at + 1 < count,
            mode: *mode,
            user: *user,
            group: *group,
            acl: None,
        };
        Way {
            entries: entries.map(entry).collect(),
        }
    }

    fn secret(model: &mut Model, way: &Way, roles: &[Role]) -> Needed {
        Needed {
            way: model.add(way),
            roles: roles.to_vec(),
            is_secret: true,
            open_folder: None,
        }
    }

    fn remedy_for(model: &mut Model, needed: &Needed) -> Option<String> {
        let plan = plan(model, needed)?;
        plan.has_command().then(|| remedy(model, &[plan]))
    }

    const BOTH: &[Role] = &[Role::Prosody, Role::Daemon];
    const PROSODY_ALONE: &[Role] = &[Role::Prosody];
    const DAEMON_ALONE: &[Role] = &[Role::Daemon];

    /// A file in a folder of Prosody's configuration.
    fn of_prosody(folder: (u32, u32), mode: u32, group: u32) -> Way {
        way(&[
            ("/", 0o755, 0, 0),
            ("/etc/prosody", 0o755, 0, 0),
            ("/etc/prosody/conf.d", folder.0, 0, folder.1),
            ("/etc/prosody/conf.d/a", mode, 0, group),
        ])
    }

    fn of_daemon(folder: (u32, u32), mode: u32, user: u32, group: u32) -> Way {
        way(&[
            ("/", 0o755, 0, 0),
            ("/etc/prosody-tokend", folder.0, 0, folder.1),
            ("/etc/prosody-tokend/a", mode, user, group),
        ])
    }

    const STOCK: (u32, u32) = (0o754, PROSODY.1);
    const OPEN: (u32, u32) = (0o755, 0);

    #[test]
    fn nothing_is_said_of_a_file_that_those_who_need_it_can_read_and_others_cannot() {
        for (way, groups, roles) in [
            (of_prosody(STOCK, 0o644, 0), &[PROSODY.1][..], BOTH),
            (of_prosody(STOCK, 0o666, 0), &[PROSODY.1], BOTH),
            (of_prosody(STOCK, 0o640, PROSODY.1), &[PROSODY.1], BOTH),
            (of_prosody(OPEN, 0o640, PROSODY.1), &[], PROSODY_ALONE),
            (of_daemon((0o750, DAEMON.1), 0o644, 0, 0), &[], DAEMON_ALONE),
            (of_daemon(OPEN, 0o400, DAEMON.0, 0), &[], DAEMON_ALONE),
        ] {
            let mut model = Model::new(readers(groups));
            let needed = secret(&mut model, &way, roles);
            assert_eq!(plan(&mut model, &needed), None, "{way:?}");
        }
    }

    #[test]
    fn the_remedy_is_one_line_that_lets_in_who_needs_the_file_and_nobody_else() {
        let file = "/etc/prosody/conf.d/a";
        let own = "/etc/prosody-tokend/a";
        for (way, groups, roles, expected) in [
            (
                of_prosody(OPEN, 0o644, 0),
                &[PROSODY.1][..],
                BOTH,
                format!("chgrp prosody {file} && chmod 640 {file}"),
            ),
            (
                of_prosody(OPEN, 0o644, PROSODY.1),
                &[PROSODY.1],
                BOTH,
                format!("chmod o= {file}"),
            ),
            (
                of_prosody(OPEN, 0o644, 0),
                &[],
                BOTH,
                format!(
                    "gpasswd -a prosody-tokend prosody && chgrp prosody {file} && chmod 640 {file} && systemctl restart prosody-tokend"
                ),
            ),
            (
                of_prosody(STOCK, 0o644, 0),
                &[],
                BOTH,
                "gpasswd -a prosody-tokend prosody && systemctl restart prosody-tokend".to_owned(),
            ),
            (
                of_prosody(STOCK, 0o600, 0),
                &[],
                BOTH,
                format!(
                    "gpasswd -a prosody-tokend prosody && chgrp prosody {file} && chmod 640 {file} && systemctl restart prosody-tokend prosody"
                ),
            ),
            (
                of_prosody(STOCK, 0o640, DAEMON.1),
                &[PROSODY.1],
                BOTH,
                "gpasswd -a prosody prosody-tokend && systemctl restart prosody".to_owned(),
            ),
            (
                of_prosody(OPEN, 0o604, PROSODY.1),
                &[],
                PROSODY_ALONE,
                format!("chmod 640 {file} && systemctl restart prosody"),
            ),
            (
                of_daemon(OPEN, 0o600, 0, 0),
                &[],
                DAEMON_ALONE,
                format!("chgrp prosody-tokend {own} && chmod 640 {own} && systemctl restart prosody-tokend"),
            ),
            (
                of_daemon((0o700, 0), 0o644, 0, 0),
                &[],
                DAEMON_ALONE,
                "chgrp prosody-tokend /etc/prosody-tokend && chmod 750 /etc/prosody-tokend && systemctl restart prosody-tokend".to_owned(),
            ),
            (
                of_daemon(OPEN, 0o040, DAEMON.0, 0),
                &[],
                DAEMON_ALONE,
                format!("chmod 440 {own} && systemctl restart prosody-tokend"),
            ),
            (
                of_daemon(OPEN, 0o640, 0, 33),
                &[],
                DAEMON_ALONE,
                "gpasswd -a prosody-tokend www-data && systemctl restart prosody-tokend".to_owned(),
            ),
            (
                of_daemon(OPEN, 0o662, 0, DAEMON.1),
                &[],
                DAEMON_ALONE,
                format!("chmod o= {own}"),
            ),
        ] {
            let mut model = Model::new(readers(groups));
            let needed = secret(&mut model, &way, roles);
            let found = remedy_for(&mut model, &needed);
            assert_eq!(found.as_ref(), Some(&expected), "{way:?}");
            assert_eq!(plan(&mut model, &needed), None, "after {expected}");
        }
    }

    #[test]
    fn no_command_is_named_where_it_may_shut_out_who_needs_the_file() {
        for (way, roles, unknown) in [
            (
                of_daemon(OPEN, 0o644, 0, 0),
                DAEMON_ALONE,
                Some(Role::Daemon),
            ),
            (of_prosody(OPEN, 0o644, 0), BOTH, Some(Role::Prosody)),
            (of_daemon(OPEN, 0o640, 0, 42), DAEMON_ALONE, None),
        ] {
            let mut model = Model::new(readers(&[]));
            if let Some(role) = unknown {
                model.readers.accounts.remove(&role);
            }
            let needed = secret(&mut model, &way, roles);
            let found = plan(&mut model, &needed).unwrap();
            assert!(!found.has_command(), "{way:?}");
            let said = remedy(&model, &[found]);
            assert!(said.starts_with("let nobody read /etc/"), "{said}");
        }
    }

    #[test]
    fn where_there_are_lists_they_are_used() {
        let mut model = Model::new(readers(&[]));
        model.readers.has_setfacl = true;
        let way = of_daemon(OPEN, 0o640, 0, 42);
        let needed = secret(&mut model, &way, DAEMON_ALONE);
        let found = remedy_for(&mut model, &needed).unwrap();
        assert!(
            found.starts_with("setfacl -m u:prosody-tokend:r /etc/prosody-tokend/a && "),
            "{found}"
        );
        // The bits of a list are no group's: Prosody would stay out.
        let mut way = of_prosody(OPEN, 0o640, PROSODY.1);
        if let Some(entry) = way.entries.last_mut() {
            entry.acl = Some(Acl {
                users: vec![(DAEMON.0, 4)],
                mask: 4,
                ..Acl::default()
            });
        }
        for has_setfacl in [true, false] {
            let mut model = Model::new(readers(&[]));
            model.readers.has_setfacl = has_setfacl;
            let needed = secret(&mut model, &way, BOTH);
            let found = plan(&mut model, &needed).unwrap();
            assert_eq!(
                found.kept_out,
                [(Role::Prosody, "/etc/prosody/conf.d/a".into())]
            );
            assert_eq!(
                found
                    .has_command()
                    .then(|| remedy(&model, &[found]))
                    .as_deref(),
                has_setfacl.then_some(
                    "setfacl -m u:prosody:r /etc/prosody/conf.d/a && systemctl restart prosody"
                )
            );
        }
    }

    #[test]
    fn a_container_is_handed_the_file_and_is_started_by_nobody_here() {
        let way = |mode, user, group| {
            way(&[
                ("/", 0o755, 0, 0),
                ("/home/ann", 0o700, 1_000, 1_000),
                ("/home/ann/.env", mode, user, group),
            ])
        };
        for (way, expected) in [
            (way(0o644, 1_000, 1_000), None),
            (
                way(0o600, 1_000, 1_000),
                Some("chgrp nogroup /home/ann/.env && chmod 640 /home/ann/.env"),
            ),
        ] {
            let mut model = Model::new(readers(&[]));
            let nobody = account("nobody", NOBODY, &[NOBODY], Joining::Contained);
            model.readers.accounts.insert(Role::Daemon, nobody);
            let needed = secret(&mut model, &way, DAEMON_ALONE);
            let found = remedy_for(&mut model, &needed);
            assert_eq!(found.as_deref(), expected);
        }
    }

    #[test]
    fn the_folder_that_is_everybodys_is_opened_and_no_other() {
        let mut model = Model::new(readers(&[]));
        let way = way(&[
            ("/", 0o755, 0, 0),
            ("/root", 0o700, 0, 0),
            ("/root/lua", 0o700, 0, 0),
            ("/root/lua/mod_auth_token.lua", 0o600, 0, 0),
        ]);
        let needed = Needed {
            way: model.add(&way),
            roles: PROSODY_ALONE.to_vec(),
            is_secret: false,
            open_folder: Some("/root/lua".into()),
        };
        let found = remedy_for(&mut model, &needed);
        assert_eq!(
            found.as_deref(),
            Some(
                "chgrp prosody /root && chmod 710 /root && chmod -R a+rX /root/lua && systemctl restart prosody"
            )
        );
        assert_eq!(plan(&mut model, &needed), None);
    }

    #[test]
    fn a_user_of_systemds_making_joins_in_its_unit() {
        let mut model = Model::new(readers(&[]));
        let daemon = account("prosody-tokend", 61_184, &[61_184], Joining::Unit);
        model.readers.accounts.insert(Role::Daemon, daemon);
        let way = of_prosody(STOCK, 0o640, PROSODY.1);
        let needed = secret(&mut model, &way, BOTH);
        let found = remedy_for(&mut model, &needed).unwrap();
        assert_eq!(
            found,
            "mkdir -p /etc/systemd/system/prosody-tokend.service.d && printf '[Service]\\nSupplementaryGroups=%s\\n' prosody > /etc/systemd/system/prosody-tokend.service.d/group-prosody.conf && systemctl daemon-reload && systemctl restart prosody-tokend"
        );
    }

    #[test]
    fn whatever_the_bits_are_the_remedy_lets_in_who_needs_it_keeps_who_has_it_and_shuts_out_all_others()
     {
        let stranger = Account::stranger();
        let mut seen = 0_u32;
        for number in 0_u32..20_000 {
            // Bits of all kinds, in no order that matters.
            let bits = number.wrapping_mul(2_654_435_761);
            let groups = [0, PROSODY.1, DAEMON.1, 33];
            let group = |at: u32| groups[((bits >> at) & 3) as usize];
            let user = [0, 0, PROSODY.0, DAEMON.0][((bits >> 12) & 3) as usize];
            let folder = 0o700 | (bits >> 9 & 0o077);
            let way = way(&[
                ("/", 0o755, 0, 0),
                ("/f", folder, 0, group(22)),
                ("/f/a", 0o400 | bits & 0o777, user, group(24)),
            ]);
            let roles = [BOTH, PROSODY_ALONE, DAEMON_ALONE][(number % 3) as usize];
            let member: &[u32] = if bits >> 30 & 1 == 0 {
                &[]
            } else {
                &[PROSODY.1]
            };
            let mut model = Model::new(readers(member));
            let needed = secret(&mut model, &way, roles);
            let web = account("www-data", 33, &[33], Joining::Database);
            let can_read = |model: &Model| {
                let can = |path: &str, right| {
                    model.entries[std::path::Path::new(path)].allows(&web, right)
                };
                group(24) == 33 && can("/f", 1) && can("/f/a", 4)
            };
            let before = can_read(&model);
            let Some(found) = plan(&mut model, &needed) else {
                continue;
            };
            seen += 1;
            assert!(found.has_command(), "{way:?} {roles:?}");
            let command = remedy(&model, std::slice::from_ref(&found));
            for role in roles {
                assert_eq!(model.blocked_by(&needed, *role), None, "{way:?}: {command}");
            }
            let file = &model.entries[std::path::Path::new("/f/a")];
            assert!(
                model.exposure(&found.file).is_none()
                    && (found.exposure.is_none() || !file.allows(&stranger, 4)),
                "{way:?}: {command}"
            );
            assert!(!before || can_read(&model), "{way:?}: {command}");
        }
        assert!(seen > 5_000);
    }
}
