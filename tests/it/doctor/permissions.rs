//! Who can read what.

use super::installation::Installation;

#[test]
fn a_secret_that_everybody_can_read_is_a_warning() {
    let installation = Installation::sound();
    installation.set_mode("app_secret", 0o644);
    let report =
        installation.expect_first("secret-exposed", &["/app_secret (mode 0644)", "chmod o= "]);
    assert_eq!((report.status, report.codes().len()), (1, 1));
}

#[test]
fn a_secret_behind_a_closed_folder_is_not_exposed() {
    let installation = Installation::sound();
    installation.write("closed/app_secret", super::installation::SECRET);
    installation.set_mode("closed/app_secret", 0o644);
    installation.set_mode("closed", 0o700);
    installation.write_policy("app_secret_file = \"closed/app_secret\"");
    assert_eq!(installation.doctor().codes(), [""; 0]);
}

#[test]
fn a_secret_that_the_daemon_cannot_read_is_told_with_what_opens_it() {
    let mut installation = Installation::sound();
    installation.user = Some("nobody");
    installation.set_mode("app_secret", 0o600);
    installation.expect_first(
        "secret-unreadable",
        &[
            "nobody cannot read",
            "/app_secret",
            "chgrp nogroup",
            "chmod 640",
        ],
    );
}

#[test]
fn a_folder_that_the_daemon_cannot_enter_is_named() {
    let mut installation = Installation::sound();
    installation.user = Some("nobody");
    installation.write("closed/app_secret", super::installation::SECRET);
    installation.set_mode("closed/app_secret", 0o644);
    installation.set_mode("closed", 0o700);
    installation.write_policy("app_secret_file = \"closed/app_secret\"");
    installation.expect_first("secret-unreadable", &["because of the folder", "chmod 750"]);
}

#[test]
fn a_configuration_with_a_secret_in_it_counts_as_one() {
    let installation = Installation::sound();
    let policy = format!("app_secret = \"{}\"", super::installation::SECRET);
    installation.write_policy(&policy);
    installation.set_mode("config.toml", 0o644);
    installation.expect_first("secret-exposed", &["/config.toml"]);
}

#[test]
fn prosodys_configuration_with_a_secret_in_it_counts_as_one() {
    let installation = Installation::sound();
    installation.append("prosody.cfg.lua", "app_secret = \"x\"\n");
    installation.set_mode("prosody.cfg.lua", 0o644);
    installation.expect_first("secret-exposed", &["/prosody.cfg.lua"]);
}

#[test]
fn a_shim_that_prosody_cannot_read_is_named() {
    let installation = Installation::sound();
    installation.set_mode("shim", 0o700);
    let report =
        installation.expect_first("shim-unreadable", &["prosody cannot read", "chmod -R a+rX"]);
    assert_eq!(report.codes(), ["shim-unreadable"]);
}
