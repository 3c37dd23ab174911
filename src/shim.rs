//! The files for Prosody that this program carries: those of `lua/`, as they were when it was built.

/// A file's name within the folder of modules, and its text.
pub type ShimFile = (&'static str, &'static str);

/// All of them.
pub fn files() -> impl Iterator<Item = &'static ShimFile> {
    NEEDED.iter().chain(&OPTIONAL)
}

/// Whether a file is one of the shim's, of this version or another one.
#[must_use]
pub fn is_of_any_version(found: &[u8]) -> bool {
    let text = String::from_utf8_lossy(found);
    MARKS.iter().any(|mark| text.contains(mark))
}

/// Without each of these nobody gets in.
pub const NEEDED: [ShimFile; 16] = [
    (
        "mod_auth_token.lua",
        include_str!("../lua/mod_auth_token.lua"),
    ),
    (
        "mod_token_verification.lua",
        include_str!("../lua/mod_token_verification.lua"),
    ),
    (
        "mod_jitsi_session.lua",
        include_str!("../lua/mod_jitsi_session.lua"),
    ),
    (
        "token/util.lib.lua",
        include_str!("../lua/token/util.lib.lua"),
    ),
    (
        "token/client.lib.lua",
        include_str!("../lua/token/client.lib.lua"),
    ),
    (
        "token/exchange.lib.lua",
        include_str!("../lua/token/exchange.lib.lua"),
    ),
    (
        "token/response.lib.lua",
        include_str!("../lua/token/response.lib.lua"),
    ),
    (
        "token/plain_json.lib.lua",
        include_str!("../lua/token/plain_json.lib.lua"),
    ),
    (
        "token/claims.lib.lua",
        include_str!("../lua/token/claims.lib.lua"),
    ),
    (
        "token/rooms.lib.lua",
        include_str!("../lua/token/rooms.lib.lua"),
    ),
    (
        "token/exemption.lib.lua",
        include_str!("../lua/token/exemption.lib.lua"),
    ),
    (
        "token/asap.lib.lua",
        include_str!("../lua/token/asap.lib.lua"),
    ),
    (
        "token/resumption.lib.lua",
        include_str!("../lua/token/resumption.lib.lua"),
    ),
    (
        "token/shown.lib.lua",
        include_str!("../lua/token/shown.lib.lua"),
    ),
    (
        "token/version.lib.lua",
        include_str!("../lua/token/version.lib.lua"),
    ),
    (
        "token/startup_check.lib.lua",
        include_str!("../lua/token/startup_check.lib.lua"),
    ),
];

/// What signs tokens of other modules, and may as well be Jitsi's; and modules that are off unless somebody enables them.
const OPTIONAL: [ShimFile; 8] = [
    (
        "luajwtjitsi.lib.lua",
        include_str!("../lua/luajwtjitsi.lib.lua"),
    ),
    (
        "mod_token_roles.lua",
        include_str!("../lua/mod_token_roles.lua"),
    ),
    (
        "mod_token_sessions.lua",
        include_str!("../lua/mod_token_sessions.lua"),
    ),
    (
        "token/slices.lib.lua",
        include_str!("../lua/token/slices.lib.lua"),
    ),
    (
        "token/session_check.lib.lua",
        include_str!("../lua/token/session_check.lib.lua"),
    ),
    (
        "token/session_portion.lib.lua",
        include_str!("../lua/token/session_portion.lib.lua"),
    ),
    (
        "token/session_rooms.lib.lua",
        include_str!("../lua/token/session_rooms.lib.lua"),
    ),
    (
        "token/session_actions.lib.lua",
        include_str!("../lua/token/session_actions.lib.lua"),
    ),
];
/// What stands in every version of these files, and in nobody else's.
const MARKS: [&str; 3] = ["prosody-tokend", "tokend_", "tokend/"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "reads the shim's folder")]
    fn the_program_carries_exactly_the_files_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua");
        let mut found = BTreeMap::new();
        for folder in [root.clone(), root.join("token")] {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                    found.insert(name.to_owned(), std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let carried: BTreeMap<String, String> = files()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        assert_eq!(
            carried.keys().collect::<Vec<_>>(),
            found.keys().collect::<Vec<_>>()
        );
        assert!(carried == found, "built from other files than there are");
    }

    #[test]
    fn each_file_shows_whose_it_is() {
        for (name, text) in files() {
            assert!(is_of_any_version(text.as_bytes()), "{name}");
        }
        for foreign in ["", "local token_util = module:require 'token/util';"] {
            assert!(!is_of_any_version(foreign.as_bytes()), "{foreign}");
        }
    }
}
