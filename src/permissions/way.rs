//! The way to a file, as it is on this machine.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the permissions of files and folders"
)]

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::access::{Entry, Way};
use super::acl::Acl;

/// Follows a path as the kernel does. It ends where nothing is, or nothing can be seen.
#[must_use]
pub fn to(path: &Path) -> Way {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut walk = Walk::default();
    // The next name is the last.
    let mut names = names(&path);
    let mut links: u8 = 0;
    while let Some(name) = names.pop() {
        match walk.step(&name) {
            Step::Passed => {}
            Step::Link(target) if links < MOST_LINKS => {
                links = links.saturating_add(1);
                if target.is_absolute() {
                    walk.place = PathBuf::from("/");
                }
                names.extend(self::names(&target));
            }
            Step::Link(_) | Step::Unseen => break,
        }
    }
    Way {
        entries: walk.entries,
    }
}

/// Where a walk has come to, and what it has passed.
struct Walk {
    place: PathBuf,
    entries: Vec<Entry>,
}

enum Step {
    Passed,
    Link(PathBuf),
    Unseen,
}

impl Default for Walk {
    fn default() -> Self {
        let place = PathBuf::from("/");
        let root = fs::symlink_metadata(&place).map(|metadata| entry(&place, &metadata));
        Self {
            entries: root.into_iter().collect(),
            place,
        }
    }
}

impl Walk {
    fn step(&mut self, name: &OsString) -> Step {
        if name == ".." {
            self.place.pop();
            return Step::Passed;
        }
        let next = self.place.join(name);
        match fs::symlink_metadata(&next) {
            Ok(metadata) if metadata.is_symlink() => {
                fs::read_link(&next).map_or(Step::Unseen, Step::Link)
            }
            Ok(metadata) => {
                // What is passed twice comes last where it is the file.
                self.entries.retain(|entry| entry.path != next);
                self.entries.push(entry(&next, &metadata));
                self.place = next;
                Step::Passed
            }
            Err(_) => Step::Unseen,
        }
    }
}

/// The names in a path, the first one last.
fn names(path: &Path) -> Vec<OsString> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let mut names: Vec<OsString> = names.collect();
    names.reverse();
    names
}

fn entry(path: &Path, metadata: &Metadata) -> Entry {
    Entry {
        path: path.to_owned(),
        is_folder: metadata.is_dir(),
        mode: metadata.mode() & 0o7777,
        user: metadata.uid(),
        group: metadata.gid(),
        acl: acl(path),
    }
}

fn acl(path: &Path) -> Option<Acl> {
    let mut attribute = vec![0; MOST_BYTES];
    let length = rustix::fs::getxattr(path, ATTRIBUTE, &mut *attribute).ok()?;
    Acl::parse(attribute.get(..length)?)
}

const ATTRIBUTE: &str = "system.posix_acl_access";
/// The most bytes that an extended attribute has.
const MOST_BYTES: usize = 65_536;
/// The number of links that Linux follows.
const MOST_LINKS: u8 = 40;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_through_every_folder_that_they_pass() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("conf.d")).unwrap();
        fs::create_dir(root.join("conf.avail")).unwrap();
        fs::write(root.join("conf.avail/a.cfg.lua"), "").unwrap();
        symlink("../conf.avail/a.cfg.lua", root.join("conf.d/a.cfg.lua")).unwrap();
        symlink(&root, root.join("again")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for (path, passed) in [
            (
                "conf.d/a.cfg.lua",
                &["conf.d", "conf.avail", "conf.avail/a.cfg.lua"][..],
            ),
            ("again/conf.d/../conf.avail", &["conf.d", "conf.avail"]),
            ("conf.d/nothing/more", &["conf.d"]),
            ("loop", &[]),
        ] {
            let way = to(&root.join(path));
            let below = way.entries.iter().filter_map(|entry| {
                let below = entry.path.strip_prefix(&root).ok()?.to_str()?.to_owned();
                (!below.is_empty()).then_some(below)
            });
            assert_eq!(below.collect::<Vec<_>>(), passed, "{path}");
        }
    }

    #[test]
    fn a_list_is_found_where_a_file_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let [with, without] = ["with", "without"].map(|name| folder.path().join(name));
        for path in [&with, &without] {
            fs::write(path, "").unwrap();
        }
        let entries = [
            (1, 6, u32::MAX),
            (2, 4, 102),
            (4, 0, u32::MAX),
            (16, 4, u32::MAX),
            (32, 0, u32::MAX),
        ];
        let mut attribute = 2_u32.to_le_bytes().to_vec();
        for (tag, right, number) in entries {
            attribute.extend([tag, 0, right, 0]);
            attribute.extend(u32::to_le_bytes(number));
        }
        let flags = rustix::fs::XattrFlags::empty();
        if let Err(error) = rustix::fs::setxattr(&with, ATTRIBUTE, &attribute, flags) {
            // Some file systems have no lists.
            assert_eq!(error, rustix::io::Errno::OPNOTSUPP);
            return;
        }
        let found = |path: &Path| to(path).entries.pop().and_then(|entry| entry.acl);
        assert_eq!(
            found(&with).map(|acl| (acl.users, acl.mask)),
            Some((vec![(102, 4)], 4))
        );
        assert_eq!(found(&without), None);
    }
}
