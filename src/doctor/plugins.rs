//! Where Prosody looks for modules and their libraries, as its plugin loader does.

use std::path::{Path, PathBuf};

use crate::origin::Origin;
use crate::prosody::coercion;
use crate::prosody::model::ProsodyConfig;
use crate::shim;

/// The files without which nobody gets in.
pub use crate::shim::NEEDED as SHIM;

use super::facts::plugins::Folder;
use super::facts::{Content, Installation};

/// The folders in Prosody's order: what its installer fills, `plugin_paths`, its own modules.
///
/// Relative ones count from the folder of its data, where it runs.
#[must_use]
pub fn search_path(config: &ProsodyConfig, prosody: &Installation) -> Vec<Folder> {
    let installer = config.global.get("installer_plugin_path");
    let text = coercion::string(installer.map(|setting| &setting.value)).value;
    let text = text.unwrap_or_else(|| DEFAULT_INSTALLER.to_vec());
    let origin = installer.map_or(Origin::Default, |setting| setting.origin.clone());
    let mut folders = vec![folder(prosody, &text, origin, false)];
    if let Some(paths) = config.global.get("plugin_paths") {
        let texts = coercion::strings(Some(&paths.value))
            .value
            .unwrap_or_default();
        let chosen = texts
            .iter()
            .map(|text| folder(prosody, text, paths.origin.clone(), true));
        folders.extend(chosen);
    }
    folders.push(Folder {
        path: prosody.plugins.clone(),
        origin: Origin::Default,
        is_chosen: false,
    });
    folders
}

fn folder(prosody: &Installation, text: &[u8], origin: Origin, is_chosen: bool) -> Folder {
    let path = prosody.data.join(String::from_utf8_lossy(text).as_ref());
    Folder {
        path,
        origin,
        is_chosen,
    }
}

/// The files that Prosody tries in a folder for one of the shim's, in its order.
///
/// A library belongs to the module that loads it, and is found beside either of the two that do.
#[must_use]
pub fn candidates(folder: &Path, name: &str) -> Vec<PathBuf> {
    let module = name
        .strip_prefix("mod_")
        .and_then(|name| name.strip_suffix(".lua"));
    let modules = module.map_or_else(|| LOADING.to_vec(), |module| vec![module]);
    let mut paths: Vec<PathBuf> = Vec::new();
    for module in modules {
        let beside = folder.join(format!("mod_{module}"));
        let shared = LUA_VERSIONS.map(|version| folder.join("share/lua").join(version));
        let own = [
            beside.join(module).join(name),
            beside.join(name),
            folder.join(module).join(name),
            folder.join(name),
        ];
        let installed = shared.iter().flat_map(|shared| {
            [
                shared.join(name),
                shared.join(format!("mod_{module}")).join(name),
            ]
        });
        for path in own.into_iter().chain(installed) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

/// Compares a file with the one of the shim that has this name.
#[must_use]
pub fn compare(name: &str, found: &[u8]) -> Content {
    let shipped = shim::files().find(|(known, _)| *known == name);
    if shipped.is_some_and(|(_, text)| text.as_bytes() == found) {
        Content::Same
    } else if shim::is_of_any_version(found) {
        Content::OtherVersion
    } else {
        Content::Foreign
    }
}

const DEFAULT_INSTALLER: &[u8] = b"custom_plugins";
const LOADING: [&str; 2] = ["auth_token", "token_verification"];
const LUA_VERSIONS: [&str; 4] = ["5.4", "5.3", "5.2", "5.1"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prosody::release::Release;
    use crate::prosody::request::Request;
    use crate::prosody::sandbox::read_text;

    fn paths(text: &str) -> Vec<String> {
        let request = Request {
            path: "/etc/prosody/prosody.cfg.lua".into(),
            release: Release::V0_12,
            environment: Vec::new(),
            credentials: None,
        };
        let prosody = Installation {
            program: "/usr/bin/prosody".into(),
            version: None,
            plugins: "/usr/lib/prosody/modules".into(),
            data: "/var/lib/prosody".into(),
            config: "/etc/prosody/prosody.cfg.lua".into(),
        };
        let folders = search_path(&read_text(&request, text).unwrap(), &prosody);
        let shown = folders
            .iter()
            .map(|folder| folder.path.display().to_string());
        shown.collect()
    }

    #[test]
    fn prosody_looks_where_it_installs_then_where_it_is_told_then_at_home() {
        let (installed, home) = (
            "/var/lib/prosody/custom_plugins",
            "/usr/lib/prosody/modules",
        );
        for (text, expected) in [
            ("", vec![installed, home]),
            (
                "plugin_paths = { '/b', '/a' }",
                vec![installed, "/b", "/a", home],
            ),
            (
                "plugin_paths = { 'own' }",
                vec![installed, "/var/lib/prosody/own", home],
            ),
            ("installer_plugin_path = '/i'", vec!["/i", home]),
            (
                "installer_plugin_path = 'i'",
                vec!["/var/lib/prosody/i", home],
            ),
            (
                "VirtualHost 'h' plugin_paths = { '/h' }",
                vec![installed, home],
            ),
        ] {
            assert_eq!(paths(text), expected, "{text}");
        }
    }

    #[test]
    fn a_module_may_have_a_folder_of_its_own_which_comes_first() {
        let tried = candidates(Path::new("/p"), "mod_auth_token.lua");
        let tried: Vec<&str> = tried.iter().filter_map(|path| path.to_str()).collect();
        assert_eq!(
            tried.get(..5).unwrap(),
            [
                "/p/mod_auth_token/auth_token/mod_auth_token.lua",
                "/p/mod_auth_token/mod_auth_token.lua",
                "/p/auth_token/mod_auth_token.lua",
                "/p/mod_auth_token.lua",
                "/p/share/lua/5.4/mod_auth_token.lua",
            ]
        );
    }

    #[test]
    fn a_library_is_looked_for_beside_each_module_that_loads_it() {
        let tried = candidates(Path::new("/p"), "token/util.lib.lua");
        for expected in [
            "/p/mod_auth_token/token/util.lib.lua",
            "/p/mod_token_verification/token/util.lib.lua",
            "/p/token/util.lib.lua",
        ] {
            let count = tried.iter().filter(|path| *path == Path::new(expected));
            assert_eq!(count.count(), 1, "{expected}");
        }
    }

    #[test]
    fn a_file_is_of_this_version_of_another_or_foreign() {
        let (name, text) = SHIM[0];
        for (found, expected) in [
            (text.to_owned(), Content::Same),
            (format!("{text} "), Content::OtherVersion),
            (
                "local token_util = module:require 'token/util';".to_owned(),
                Content::Foreign,
            ),
            (String::new(), Content::Foreign),
        ] {
            assert_eq!(compare(name, found.as_bytes()), expected, "{found:.20}");
        }
    }
}
