//! What the releases of Prosody evaluate differently.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files;

/// A family of releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Release {
    /// 0.12 and before: what is no global of Lua is nil.
    V0_12,
    /// 13.0 and later: options can be read and appended to, `Lua` has Lua's own globals, and there are
    /// `FileContents`, `FileLine`, `FileLines` and `Credential`.
    V13,
}

impl Release {
    /// From what Prosody calls its version, such as `0.12.3` or `13.0.1`; development versions count as the newest.
    #[must_use]
    pub fn from_version(version: &str) -> Self {
        if version.trim().starts_with("0.") {
            Self::V0_12
        } else {
            Self::V13
        }
    }
}

/// The release of the Prosody that is installed on this machine; the newest where there is none, as in a container of
/// its own.
#[must_use]
pub fn installed() -> Release {
    installed_version().map_or(Release::V13, |version| Release::from_version(&version))
}

/// What the Prosody calls its version that is installed on this machine; none where none is.
pub fn installed_version() -> Option<String> {
    let mut folders = INSTALLED.iter().map(Path::new);
    folders.find_map(|folder| {
        files::read_text(&folder.join("prosody.version"), MAX_VERSION_BYTES).ok()
    })
}

const INSTALLED: [&str; 3] = [
    "/usr/lib/prosody",
    "/usr/local/lib/prosody",
    "/usr/share/prosody",
];
const MAX_VERSION_BYTES: u64 = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_belongs_to_a_release() {
        for (version, release) in [
            ("0.12.3\n", Release::V0_12),
            ("0.11.13", Release::V0_12),
            ("13.0.1", Release::V13),
            ("trunk nightly build 1500", Release::V13),
            ("hg:a1b2c3d4", Release::V13),
        ] {
            assert_eq!(Release::from_version(version), release, "{version}");
        }
    }
}
