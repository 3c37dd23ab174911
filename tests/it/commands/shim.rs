//! The files for Prosody, as `shim --to` writes them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use prosody_tokend::shim;

use super::{run, text};

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

fn write_to(folder: &Path, name: &str) -> Output {
    run(folder, &["shim", "--to", name], "")
}

/// What lies in a folder, folders within it included, by name.
fn entries(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            } else {
                let name = path.strip_prefix(folder).unwrap();
                found.push(name.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = shim::files().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_whole_shim_is_written_for_every_user_to_read_into_a_folder_that_is_made() {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 077; exec \"$0\" shim --to a/shim", BINARY]);
    let output = command.current_dir(place.path()).output().unwrap();
    let folder = place.path().join("a/shim");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(entries(&folder), names());
    for (name, expected) in shim::files() {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), *expected);
        assert_eq!(mode(&folder.join(name)), 0o644, "{name}");
    }
    assert_eq!([mode(&folder), mode(&folder.join("token"))], [0o755; 2]);
    let said = text(&output.stdout);
    for (name, _) in shim::files() {
        let line = folder.join(name);
        assert!(said.lines().any(|said| Path::new(said) == line), "{said}");
    }
    let line = format!("plugin_paths = {{ \"{}\", ", folder.display());
    assert!(said.contains(&line), "{said}");
}

#[test]
fn what_is_there_is_left_alone_and_what_is_old_or_unreadable_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    assert!(write_to(place.path(), "shim").status.success());
    let folder = place.path().join("shim");
    fs::write(folder.join("mod_own.lua"), "-- ours").unwrap();
    fs::write(folder.join("token/util.lib.lua"), "-- tokend_url of old").unwrap();
    let unreadable = folder.join("mod_jitsi_session.lua");
    fs::set_permissions(&unreadable, fs::Permissions::from_mode(0o600)).unwrap();
    let kept = folder.join("mod_auth_token.lua");
    let written = fs::metadata(&kept).unwrap().modified().unwrap();

    let all = shim::files().count();
    let again = write_to(place.path(), "shim");
    let said = text(&again.stdout);
    assert!(
        said.contains(&format!("2 of {all} files written, {} were there", all - 2)),
        "{said}"
    );
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), written);
    assert_eq!(
        fs::read_to_string(folder.join("mod_own.lua")).unwrap(),
        "-- ours"
    );
    assert_eq!(mode(&unreadable), 0o644);
    let said = text(&write_to(place.path(), "shim").stdout);
    assert!(
        said.contains(&format!("0 of {all} files written, {all} were there")),
        "{said}"
    );
}

#[test]
fn another_makers_file_is_never_replaced_and_nothing_is_written_beside_it() {
    for name in ["mod_auth_token.lua", "token/util.lib.lua"] {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("plugins/token")).unwrap();
        let foreign = place.path().join("plugins").join(name);
        fs::write(&foreign, "-- Jitsi's").unwrap();
        let output = write_to(place.path(), "plugins");
        assert_eq!(output.status.code(), Some(74));
        let said = text(&output.stderr);
        assert!(said.contains("is not a file of prosody-tokend"), "{said}");
        assert!(said.contains(foreign.to_str().unwrap()), "{said}");
        assert_eq!(entries(&place.path().join("plugins")), [name]);
        assert_eq!(fs::read_to_string(foreign).unwrap(), "-- Jitsi's");
    }
}

#[test]
fn what_is_no_folder_is_refused_with_nothing_half_written() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "").unwrap();
    symlink("nowhere", place.path().join("dangling")).unwrap();
    fs::create_dir(place.path().join("taken")).unwrap();
    fs::write(place.path().join("taken/token"), "").unwrap();
    let before = entries(place.path());
    for (name, said) in [
        ("file", "file is not a folder"),
        ("file/below", "file"),
        ("dangling", "dangling"),
        ("taken", "token is not a folder"),
        ("/proc/shim", "/proc/shim"),
    ] {
        let output = write_to(place.path(), name);
        assert_eq!(output.status.code(), Some(74), "{name}");
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(text(&output.stdout), "", "{name}");
    }
    assert_eq!(entries(place.path()), before);
}
