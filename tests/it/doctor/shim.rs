//! Whether Prosody loads the shim.

use prosody_tokend::doctor::plugins::SHIM;

use super::installation::Installation;

const JITSI: &str = "local token_util = module:require \"token/util\".new(module);\n";

#[test]
fn a_plugin_path_that_is_not_set_is_told() {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", "plugin_paths", "plugin_path");
    installation.expect_first("shim-not-found", &["plugin_paths is not set"]);
}

#[test]
fn a_plugin_path_that_is_not_there_is_named_with_its_line() {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", "/shim\"", "/shim/lua\"");
    installation.expect_first(
        "shim-not-found",
        &[
            "/shim/lua in plugin_paths is not there",
            "prosody.cfg.lua:1",
        ],
    );
}

#[test]
fn a_plugin_path_after_jitsis_is_told_with_the_file_that_wins() {
    let installation = Installation::sound();
    for name in [
        "mod_auth_token.lua",
        "mod_token_verification.lua",
        "token/util.lib.lua",
    ] {
        installation.write(&format!("jitsi/{name}"), JITSI);
    }
    let jitsi = format!(
        "plugin_paths = {{ \"{}\", ",
        installation.path("jitsi").display()
    );
    installation.replace("prosody.cfg.lua", "plugin_paths = { ", &jitsi);
    let report = installation.expect_first(
        "shim-shadowed",
        &[
            "/jitsi/mod_auth_token.lua in place of",
            "/shim/mod_auth_token.lua",
        ],
    );
    assert_eq!(report.codes(), ["shim-shadowed"]);
}

#[test]
fn a_plugin_path_before_jitsis_is_right() {
    let installation = Installation::sound();
    installation.write("jitsi/mod_auth_token.lua", JITSI);
    let jitsi = format!("/shim\", \"{}\"", installation.path("jitsi").display());
    installation.replace("prosody.cfg.lua", "/shim\"", &jitsi);
    assert_eq!(installation.doctor().codes(), [""; 0]);
}

#[test]
fn what_prosodys_installer_left_wins_over_every_plugin_path() {
    let installation = Installation::sound();
    installation.write(
        "data/custom_plugins/mod_auth_token/mod_auth_token.lua",
        JITSI,
    );
    installation.expect_first(
        "shim-shadowed",
        &["/data/custom_plugins/mod_auth_token/mod_auth_token.lua in place of"],
    );
}

#[test]
fn a_library_beside_the_module_that_loads_it_wins() {
    let installation = Installation::sound();
    installation.write("shim/mod_auth_token/token/util.lib.lua", "return {};\n");
    installation.expect_first(
        "shim-shadowed",
        &["/mod_auth_token/token/util.lib.lua in place of"],
    );
}

#[test]
fn jitsis_modules_alone_are_not_the_shim() {
    let installation = Installation::sound();
    installation.remove("shim");
    installation.write("shim/mod_auth_token.lua", JITSI);
    installation.expect_first(
        "shim-not-found",
        &["/shim/mod_auth_token.lua and nothing of this shim"],
    );
}

#[test]
fn a_missing_file_is_named() {
    let installation = Installation::sound();
    installation.remove("shim/token/client.lib.lua");
    installation.expect_first(
        "shim-incomplete",
        &["token/client.lib.lua", "prosody-tokend shim --to /"],
    );
}

#[test]
fn an_old_copy_of_one_file_is_named() {
    let installation = Installation::sound();
    installation.append("shim/token/util.lib.lua", "-- as it was\n");
    installation.expect_first(
        "shim-mixed",
        &[
            "/shim/token/util.lib.lua",
            &format!("1 of the shim's {}", SHIM.len()),
        ],
    );
}

#[test]
fn a_shim_of_another_version_is_a_warning() {
    let installation = Installation::sound();
    for (name, _) in SHIM {
        installation.append(&format!("shim/{name}"), "-- as it was\n");
    }
    let all = SHIM.len();
    let every = format!("{all} of the shim's {all}");
    let report = installation.expect_first("shim-version", &[&every]);
    assert_eq!(report.status, 1);
}

#[test]
fn a_path_that_is_not_needed_and_not_there_is_a_warning() {
    let installation = Installation::sound();
    installation.replace(
        "prosody.cfg.lua",
        "/shim\"",
        "/shim\", \"/nowhere/modules\"",
    );
    let report = installation.expect_first(
        "plugin-path-missing",
        &["/nowhere/modules", "prosody.cfg.lua:1"],
    );
    assert_eq!(report.status, 1);
}

#[test]
fn the_whole_of_plugin_paths_is_told_with_the_folder_that_has_the_shim() {
    let installation = Installation::sound();
    installation.remove("shim");
    installation.copy_shim("shim/lua");
    installation.write("kept/mod_none.lua", "");
    let path = |name: &str| installation.path(name).display().to_string();
    let (shim, kept) = (path("shim"), path("kept"));
    installation.replace(
        "prosody.cfg.lua",
        &format!("\"{shim}\""),
        &format!("\"/srv/jitsi\", \"{kept}\", \"{shim}\""),
    );
    let whole = format!(
        "plugin_paths = {{ \\\"{shim}/lua\\\", \\\"/srv/jitsi\\\", \\\"{kept}\\\" }}; then"
    );
    let place = "prosody.cfg.lua:1 write, in place of the whole of plugin_paths";
    installation.expect_first("shim-not-found", &[place, &whole]);
}
