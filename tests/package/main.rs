//! The package as `make package` builds it: what is in it, and how it is installed, upgraded and removed on Debian.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "looks at what was built, and boots machines"
)]

mod contents;
mod life;
mod load;
mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::root;

const NAME: &str = "prosody-tokend";

/// What `make package` writes, by how its name ends.
fn built(ending: &str) -> PathBuf {
    let folder = root().join("target/dist");
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{MISSING}"));
    let mut files = files.map(|file| file.unwrap().path());
    files
        .find(|path| path.to_string_lossy().ends_with(ending))
        .unwrap_or_else(|| panic!("{MISSING}"))
}

const MISSING: &str = "the package is not built: run `make package`";

fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

fn said(command: &mut Command) -> String {
    String::from_utf8(ran(command).stdout).unwrap()
}

/// The package of an earlier version: other files for Prosody, and the same configuration.
fn older(folder: &Path) -> PathBuf {
    let files = folder.join("older");
    ran(Command::new("dpkg-deb")
        .arg("--raw-extract")
        .arg(built(".deb"))
        .arg(&files));
    let control = files.join("DEBIAN/control");
    let text = fs::read_to_string(&control).unwrap();
    let version = text.lines().find(|line| line.starts_with("Version: "));
    fs::write(&control, text.replace(version.unwrap(), "Version: 0.0.1-1")).unwrap();
    let module = files.join("usr/share/prosody-tokend/lua/mod_auth_token.lua");
    let text = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("-- An earlier version.\n{text}")).unwrap();
    let package = folder.join("older.deb");
    ran(Command::new("dpkg-deb")
        .args(["--build", "--root-owner-group", "-Znone"])
        .arg(&files)
        .arg(&package));
    package
}
