//! What the releases of Prosody evaluate differently.

use serde::{Deserialize, Serialize};

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
