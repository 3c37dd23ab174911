//! What is in the package, and in what lies beside it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use support::root;

use crate::{built, said};

/// The oldest system that the program is for: Ubuntu 22.04.
const OLDEST_GLIBC: (u32, u32) = (2, 35);

#[test]
fn the_program_needs_no_newer_system_than_ubuntu_22_04() {
    let symbols = said(
        Command::new("objdump")
            .arg("--dynamic-syms")
            .arg(root().join("target/package/root/usr/bin/prosody-tokend")),
    );
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let version = rest
            .split(|letter: char| letter != '.' && !letter.is_ascii_digit())
            .next()?;
        let mut numbers = version.split('.').map(|number| number.parse().unwrap());
        Some((numbers.next()?, numbers.next()?))
    });
    let newest = versions.max().expect("the program uses glibc");
    assert!(newest <= OLDEST_GLIBC, "{newest:?}");
}

#[test]
fn lintian_finds_nothing() {
    let found = said(
        Command::new("lintian")
            .args(["--allow-root", "--fail-on=error,warning"])
            .arg(built(".deb")),
    );
    assert_eq!(found, "");
}

#[test]
fn the_archive_has_the_files_of_the_package_below_usr() {
    let package = said(
        Command::new("sh")
            .args(["-c", "dpkg-deb --fsys-tarfile \"$0\" | tar --list"])
            .arg(built(".deb")),
    );
    let archive = said(
        Command::new("tar")
            .arg("--list")
            .arg("--file")
            .arg(built(".tar.gz")),
    );
    let files = |list: &str| -> BTreeSet<String> {
        let names = list
            .lines()
            .map(|name| name.trim_start_matches("./").to_owned());
        names
            .filter(|name| name.starts_with("usr/") && !name.ends_with('/'))
            .collect()
    };
    let (package, archive) = (files(&package), files(&archive));
    assert_eq!(package, archive);
    for wanted in EXPECTED {
        assert!(package.contains(*wanted), "{wanted} is not in {package:#?}");
    }
}

const EXPECTED: &[&str] = &[
    "usr/bin/prosody-tokend",
    "usr/lib/systemd/system/prosody-tokend.service",
    "usr/lib/sysusers.d/prosody-tokend.conf",
    "usr/share/prosody-tokend/lua/mod_auth_token.lua",
    "usr/share/prosody-tokend/lua/token/util.lib.lua",
    "usr/share/prosody-tokend/grafana/prosody-tokend.json",
    "usr/share/prosody-tokend/prometheus/alerts.yml",
    "usr/share/prosody-tokend/config.schema.json",
    "usr/share/man/man1/prosody-tokend.1.gz",
    "usr/share/man/man1/prosody-tokend-doctor.1.gz",
    "usr/share/man/man5/prosody-tokend.toml.5.gz",
    "usr/share/bash-completion/completions/prosody-tokend",
    "usr/share/zsh/vendor-completions/_prosody-tokend",
    "usr/share/fish/vendor_completions.d/prosody-tokend.fish",
    "usr/share/doc/prosody-tokend/copyright",
    "usr/share/doc/prosody-tokend/changelog.gz",
    "usr/share/doc/prosody-tokend/examples/config.toml",
];

#[test]
fn the_checksums_are_those_of_all_files_beside_them() {
    let folder = root().join("target/dist");
    let checked = said(
        Command::new("sha256sum")
            .args(["--check", "SHA256SUMS"])
            .current_dir(&folder),
    );
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(checked.lines().count(), files - 1);
}

#[test]
fn the_bill_of_materials_has_each_crate_of_the_program_with_its_licence() {
    let text = std::fs::read_to_string(built(".cdx.json")).unwrap();
    assert!(
        !text.contains(&root().display().to_string()),
        "it tells where it was made"
    );
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let components = bill["components"].as_array().unwrap();
    let named: BTreeSet<String> = components
        .iter()
        .map(|component| {
            let name = component["name"].as_str().unwrap();
            assert!(component["licenses"].is_array(), "{name} has no licence");
            format!("{name} v{}", component["version"].as_str().unwrap())
        })
        .collect();
    let tree = said(
        Command::new("cargo")
            .args([
                "tree",
                "--locked",
                "--edges=normal",
                "--prefix=none",
                "--format={p}",
            ])
            .current_dir(root()),
    );
    for line in tree
        .lines()
        .filter(|line| !line.starts_with("prosody-tokend "))
    {
        let name = line.split(" (").next().unwrap();
        assert!(named.contains(name), "{name} is missing");
    }
}
