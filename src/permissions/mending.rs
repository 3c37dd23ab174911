//! The smallest change that lets in whoever needs a file, and keeps out whoever does not.

use std::path::Path;

use super::access::{Account, Entry, Joining};
use super::model::{Exposure, Model, Needed, READ, Role};
use super::step::Step;

/// What has to be changed on the way to a file, and what comes of it. None where nothing is known to help.
pub(super) fn mend(model: &Model, needed: &Needed) -> Option<(Model, Vec<Step>)> {
    let mut model = model.clone();
    let mut made = Vec::new();
    // A group that lets somebody in at one place may keep them out at another.
    for _ in 0..MOST_ROUNDS {
        let before = made.len();
        for path in &needed.way {
            made.extend(mend_at(&mut model, needed, path)?);
        }
        if made.len() == before {
            return Some((model, made));
        }
    }
    None
}

/// What has to be changed at one place, and is changed in the model.
fn mend_at(model: &mut Model, needed: &Needed, path: &Path) -> Option<Vec<Step>> {
    let place = Place::of(model, needed, path).filter(|place| !place.is_right(model));
    let Some(place) = place else {
        return Some(Vec::new());
    };
    let shown = place.shown(model);
    if !shown.is_empty() {
        for step in &shown {
            model.apply(step);
        }
        // What the permissions say there comes after that.
        return Some([shown, mend_at(model, needed, path)?].concat());
    }
    let ideas = place.ideas(model).into_iter();
    let mut good = ideas.filter_map(|steps| Some((place.tried(model, &steps)?, steps)));
    let (changed, steps) = good.next()?;
    *model = changed;
    Some(steps)
}

/// One file or folder on the way.
struct Place<'a> {
    entry: Entry,
    needed: &'a Needed,
    /// Whether all others are to be shut out here.
    is_to_be_closed: bool,
}

impl<'a> Place<'a> {
    fn of(model: &Model, needed: &'a Needed, path: &Path) -> Option<Self> {
        let entry = model.entries.get(path)?.clone();
        let is_file = needed.way.last().is_some_and(|last| last == path);
        let exposure: Option<Exposure> = model.exposure(path);
        Some(Self {
            is_to_be_closed: is_file && needed.is_secret && exposure.is_some(),
            entry,
            needed,
        })
    }

    fn is_right(&self, model: &Model) -> bool {
        let Some(entry) = model.entries.get(&self.entry.path) else {
            return true;
        };
        let mut roles = self.needed.roles.iter();
        roles.all(|role| model.admits(self.needed, entry, *role))
            && !(self.is_to_be_closed && entry.mode & 0o007 != 0)
    }

    /// What these changes make of the model, where they make it right.
    fn tried(&self, model: &Model, steps: &[Step]) -> Option<Model> {
        let mut changed = model.clone();
        for step in steps {
            changed.apply(step);
        }
        self.is_right(&changed).then_some(changed)
    }

    /// What units are to hide no more.
    fn shown(&self, model: &Model) -> Vec<Step> {
        let kept_out = self.kept_out(model).into_iter();
        let hidden = kept_out.filter_map(|(role, account)| {
            let hiding = account.hides(&self.entry.path)?;
            Some(Step::Show { role, hiding })
        });
        hidden.collect()
    }

    /// The changes that may help, the smallest first.
    fn ideas(&self, model: &Model) -> Vec<Vec<Step>> {
        let mut ideas = Vec::new();
        if let Some(folder) = self.open_folder() {
            ideas.push(vec![Step::Open { folder }]);
        }
        if self.is_to_be_closed {
            ideas.push(vec![self.close()]);
        }
        let list = model.readers.has_setfacl.then(|| self.with_list(model));
        if self.entry.acl.is_some() {
            ideas.extend(list.clone());
        }
        ideas.extend(self.by_own_bits(model));
        ideas.extend(self.by_its_group(model));
        ideas.extend(self.by_another_group(model));
        ideas.extend(list);
        ideas
    }

    fn open_folder(&self) -> Option<std::path::PathBuf> {
        let folder = self.needed.open_folder.as_ref()?;
        self.entry.path.starts_with(folder).then(|| folder.clone())
    }

    fn close(&self) -> Step {
        Step::Close {
            path: self.entry.path.clone(),
        }
    }

    fn closed(&self, mut steps: Vec<Step>) -> Vec<Step> {
        if self.is_to_be_closed {
            steps.push(self.close());
        }
        steps
    }

    /// The services that are kept out here.
    fn kept_out<'m>(&self, model: &'m Model) -> Vec<(Role, &'m Account)> {
        let readers = self.readers(model).into_iter();
        readers
            .filter(|(role, _)| !model.admits(self.needed, &self.entry, *role))
            .collect()
    }

    fn readers<'m>(&self, model: &'m Model) -> Vec<(Role, &'m Account)> {
        let roles = self.needed.roles.iter();
        let readers = roles.filter_map(|role| Some((*role, model.account(*role)?)));
        readers.filter(|(_, account)| !account.is_root()).collect()
    }

    /// For who owns it, or is of its group already, and lacks nothing but the bit.
    fn by_own_bits(&self, model: &Model) -> Vec<Vec<Step>> {
        let wanted = self.needed.wanted(&self.entry);
        let mut bits = 0;
        for (_, account) in self.kept_out(model) {
            if account.user == self.entry.user {
                bits |= wanted << 6;
            } else if account.groups.first() == Some(&self.entry.group) {
                bits |= wanted << 3;
            }
        }
        let mode = self.mode(bits);
        vec![vec![self.with_mode(mode)]]
    }

    /// The bits of now and these, none for others where it is to be closed.
    fn mode(&self, bits: u32) -> u32 {
        let others = if self.is_to_be_closed { 0o007 } else { 0 };
        self.entry.mode & !others | bits
    }

    fn with_mode(&self, mode: u32) -> Step {
        Step::Mode {
            path: self.entry.path.clone(),
            mode,
        }
    }

    /// Through a group that can read it, which others may need: who is kept out becomes a member.
    fn by_its_group(&self, model: &Model) -> Option<Vec<Step>> {
        let group = self.entry.group;
        let name = model.readers.groups.get(&group)?;
        let is_ordinary = group != 0 && !PRIVILEGED.contains(&name.as_str());
        let wanted = self.needed.wanted(&self.entry);
        let is_readable = self.entry.mode >> 3 & wanted == wanted;
        if !is_ordinary || !is_readable {
            return None;
        }
        let members = |account: &Account| account.groups.contains(&group);
        Some(self.closed(self.joins(model, group, members)?))
    }

    /// Through the group of one of those who need it.
    fn by_another_group(&self, model: &Model) -> Vec<Vec<Step>> {
        if self.may_have_other_readers() {
            return Vec::new();
        }
        let readers = self.readers(model);
        let groups = readers
            .iter()
            .filter_map(|(_, account)| account.groups.first());
        let groups = groups.filter(|group| **group != 0);
        let mut ideas: Vec<Vec<Step>> = groups
            .filter_map(|group| self.handed_to(model, *group))
            .collect();
        ideas.sort_by_key(Vec::len);
        ideas
    }

    /// Whether somebody may need it through the group that it has. A user's own group has nobody else.
    fn may_have_other_readers(&self) -> bool {
        let wanted = self.needed.wanted(&self.entry);
        let group = self.entry.group;
        group != 0 && group != self.entry.user && self.entry.mode >> 3 & wanted == wanted
    }

    fn handed_to(&self, model: &Model, group: u32) -> Option<Vec<Step>> {
        let members = |account: &Account| account.groups.contains(&group);
        let mut steps = self.joins(model, group, members)?;
        if self.entry.group != group {
            steps.push(Step::Group {
                path: self.entry.path.clone(),
                group,
            });
        }
        steps.push(self.with_mode(self.mode_for_group()));
        Some(steps)
    }

    /// Whoever is no member becomes one; who cannot is in the way.
    fn joins(
        &self,
        model: &Model,
        group: u32,
        is_member: impl Fn(&Account) -> bool,
    ) -> Option<Vec<Step>> {
        let readers = self.readers(model).into_iter();
        let outside =
            readers.filter(|(_, account)| !is_member(account) && account.user != self.entry.user);
        let join = |(role, account): (Role, &Account)| {
            let can_join = account.joining != Joining::Contained;
            can_join.then_some(Step::Join { role, group })
        };
        outside.map(join).collect()
    }

    /// What the group of those who need it may: no more than read, or pass.
    fn mode_for_group(&self) -> u32 {
        let is_home = self.entry.user != 0 || self.entry.path == Path::new("/root");
        let group = match (self.entry.is_folder, is_home) {
            (true, false) => 0o050,
            // What else is in there is nobody's business.
            (true, true) => 0o010,
            (false, _) => 0o040,
        };
        let is_file = self.needed.way.last() == Some(&self.entry.path);
        let group = if is_file && self.entry.is_folder {
            0o050
        } else {
            group
        };
        let others = if self.needed.is_secret && is_file {
            0o007
        } else {
            0
        };
        self.entry.mode & !(0o070 | others) | group
    }

    /// Lets accounts in one by one, by an access control list.
    fn with_list(&self, model: &Model) -> Vec<Step> {
        let wanted = self.needed.wanted(&self.entry);
        let right = if self.entry.is_folder { wanted } else { READ };
        let let_in = |(role, _)| Step::LetIn {
            path: self.entry.path.clone(),
            role,
            right,
        };
        let readers: Vec<Step> = if self.is_to_be_closed {
            self.readers(model).into_iter().map(let_in).collect()
        } else {
            self.kept_out(model).into_iter().map(let_in).collect()
        };
        self.closed(readers)
    }
}

/// Groups whose members may do more than read one file.
const PRIVILEGED: [&str; 8] = [
    "root", "sudo", "wheel", "shadow", "disk", "kmem", "docker", "lxd",
];

const MOST_ROUNDS: u8 = 4;
