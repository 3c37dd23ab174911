//! Paths and wildcards as Prosody's configuration takes them, byte by byte.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// `path` itself where it is absolute, else below `folder`. `..` is left to the file system.
#[must_use]
pub fn resolve(folder: &Path, path: &[u8]) -> PathBuf {
    let mut path = path;
    if let Some(rest) = path.strip_prefix(b"./") {
        let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
        path = rest.get(slashes..).unwrap_or_default();
    }
    folder.join(OsStr::from_bytes(path))
}

/// Whether a path has a wildcard.
#[must_use]
pub fn has_wildcard(path: &[u8]) -> bool {
    path.iter().any(|byte| matches!(byte, b'*' | b'?'))
}

/// The folder of a path, empty where it has none, and the rest. None where it ends with a slash.
#[must_use]
pub fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = path
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |slash| slash.saturating_add(1));
    let (folder, name) = path.split_at_checked(start)?;
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    (!name.is_empty()).then_some((folder, name))
}

/// Whether a name matches a wildcard: `*` is any text, `?` one byte. Names that begin with a dot never match.
#[must_use]
pub fn matches(wildcard: &[u8], name: &[u8]) -> bool {
    name.first() != Some(&b'.') && glob(wildcard, name)
}

fn glob(wildcard: &[u8], name: &[u8]) -> bool {
    let (mut wildcard, mut name) = (wildcard, name);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (wildcard.split_first(), name.split_first()) {
            (None, None) => return true,
            (Some((b'*', rest)), _) => {
                retry = name.split_first().map(|(_, later)| (wildcard, later));
                wildcard = rest;
            }
            (Some((expected, rest)), Some((byte, later)))
                if *expected == b'?' || expected == byte =>
            {
                (wildcard, name) = (rest, later);
            }
            _ => match retry.take() {
                Some(again) => (wildcard, name) = again,
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_belongs_to_the_folder() {
        for (path, expected) in [
            ("a.cfg.lua", "/etc/prosody/a.cfg.lua"),
            ("./a", "/etc/prosody/a"),
            (".//a", "/etc/prosody/a"),
            ("../a", "/etc/prosody/../a"),
            ("/srv/a", "/srv/a"),
        ] {
            let resolved = resolve(Path::new("/etc/prosody"), path.as_bytes());
            assert_eq!(resolved, Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_wildcard_matches_whole_names() {
        for (wildcard, name, expected) in [
            ("*.cfg.lua", "a.cfg.lua", true),
            ("*.cfg.lua", ".cfg.lua", false),
            ("*.cfg.lua", "a.cfg.lua~", false),
            ("*.cfg.lua", "a-cfg-lua", false),
            ("a?.lua", "ab.lua", true),
            ("a?.lua", "a.lua", false),
            ("*", "", true),
            ("*", ".hidden", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[ab]*", "a", false),
            ("%a", "%a", true),
            ("a", "ab", false),
            ("", "a", false),
        ] {
            assert_eq!(
                matches(wildcard.as_bytes(), name.as_bytes()),
                expected,
                "{wildcard} {name}"
            );
        }
        let many = "*a".repeat(50);
        assert!(!glob(many.as_bytes(), "a".repeat(49).as_bytes()));
    }

    #[test]
    fn a_path_splits_at_its_last_slash() {
        assert_eq!(
            split(b"conf.d/*.lua"),
            Some((&b"conf.d"[..], &b"*.lua"[..]))
        );
        assert_eq!(split(b"*.lua"), Some((&b""[..], &b"*.lua"[..])));
        assert_eq!(split(b"conf.*/"), None);
    }
}
