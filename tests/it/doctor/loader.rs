//! The search path, held against Prosody's own plugin loader.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prosody_tokend::doctor::plugins::{SHIM, candidates};

/// Prints where Prosody finds what `doctor` looks for, asked for by the module that loads it.
const SCRIPT: &str = r#"
local source, folders, name, loading = arg[1], arg[2], arg[3], arg[4];
CFG_PLUGINDIR = folders;
package.path = source.."/?.lua;"..package.path;
-- COMPAT: 0.12 has no prosody.util.
package.preload["prosody.util.envload"] = function () return require "util.envload"; end;
local loader = require "util.pluginloader";
local library, _, path = (name:match("^(.*)%.lib%.lua$"));
if library then
	_, path = loader.load_code_ext(loading, library, "lib.lua", {});
else
	_, path = loader.load_resource(name:match("^mod_(.*)%.lua$"));
end
print(path);
"#;

fn sources() -> Vec<PathBuf> {
    let thirteen = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/debian-13/usr/lib/prosody");
    vec![PathBuf::from("/usr/lib/prosody"), thirteen]
}

fn found_by_prosody(source: &Path, folders: &[PathBuf], name: &str, loading: &str) -> PathBuf {
    let folders: Vec<&str> = folders.iter().filter_map(|path| path.to_str()).collect();
    let script = tempfile::NamedTempFile::new().unwrap();
    fs::write(script.path(), SCRIPT).unwrap();
    let output = Command::new("lua5.4")
        .arg(script.path())
        .args([source.to_str().unwrap(), &folders.join(";"), name, loading])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

#[test]
fn the_first_file_is_the_one_that_prosody_loads() {
    let folder = tempfile::tempdir().unwrap();
    let folders = [folder.path().join("first"), folder.path().join("second")];
    for (name, _) in SHIM {
        let loading = "auth_token";
        let mut tried: Vec<PathBuf> = folders
            .iter()
            .flat_map(|folder| candidates(folder, name))
            .collect();
        // Of Lua's own folders Prosody looks into those of its Lua, and beside the module that asks.
        tried.retain(|path| {
            !path.to_string_lossy().contains("/lua/5.")
                || path.to_string_lossy().contains("/lua/5.4/")
        });
        if name.starts_with("token/") {
            tried.retain(|path| !path.to_string_lossy().contains("token_verification"));
        }
        assert!(tried.len() >= 12, "{tried:?}");
        for (position, path) in tried.iter().enumerate().rev() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("return {position};")).unwrap();
            for source in sources() {
                let found = found_by_prosody(&source, &folders, name, loading);
                assert_eq!(&found, path, "{}", source.display());
            }
        }
        for folder in &folders {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}
