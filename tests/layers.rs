//! The layers of the source: a module uses those below it, and each library has its owners.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "reads the source from disk")]

use std::fs;
use std::path::{Path, PathBuf};

use source::{Mention, mentions};

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/source.rs"]
mod source;

/// Each module, its layer, and what it may use of the crate besides itself.
/// `lib.rs` and `main.rs` stand above all of these and are free.
const MODULES: &[(&str, u8, &str)] = &[
    ("causes", 0, ""),
    ("counters", 0, ""),
    ("files", 0, ""),
    ("joins", 0, ""),
    ("options", 0, ""),
    ("origin", 0, ""),
    ("peer", 0, ""),
    ("permissions", 0, ""),
    ("recent", 0, ""),
    ("reload_status", 0, ""),
    ("secret", 0, ""),
    ("shim", 0, ""),
    ("token", 0, ""),
    ("accounts", 1, "permissions"),
    ("api", 1, "token"),
    ("clock", 1, "token"),
    ("descriptors", 1, ""),
    ("gateway", 1, "token"),
    ("keys", 1, "counters token peer"),
    ("worker", 1, "peer"),
    ("store", 2, "causes clock files gateway secret token"),
    (
        "metrics",
        3,
        "clock counters keys reload_status store worker",
    ),
    ("prosody", 2, "clock files options origin secret token"),
    (
        "config",
        3,
        "token files clock gateway keys options origin prosody secret store",
    ),
    (
        "doctor",
        4,
        "api config options origin permissions prosody secret shim",
    ),
    ("exposure", 4, "accounts config permissions"),
    ("mint", 4, "config origin token"),
    ("overview", 4, "config origin prosody token"),
    ("signer", 4, "token clock keys config"),
    ("telemetry", 4, "token clock keys config"),
    ("audit", 4, "token clock config files"),
    (
        "verifier",
        5,
        "gateway token clock keys mint options origin peer store worker config",
    ),
    ("laid_out", 6, "gateway token verifier"),
    ("console", 7, BELOW_CONSOLE),
    ("http", 8, BELOW_HTTP),
    (
        "replay",
        6,
        "token clock keys options origin peer store worker config verifier",
    ),
    ("daemon", 9, BELOW_DAEMON),
    ("cli", 10, BELOW_CLI),
];
/// Pages are made of what was found out already.
const BELOW_CONSOLE: &str = "api config::effective joins keys::state laid_out origin overview reload_status store token verifier::verdict";
/// Of the token, HTTP sees what a verdict is made of and nothing that could reach one; of keys, what may be told.
const BELOW_HTTP: &str = "api audit clock console counters gateway::admin gateway::consumer gateway::credential gateway::described gateway::identity \
    gateway::refusal joins laid_out metrics mint overview peer recent keys::state reload_status signer store telemetry verifier \
    token::claims token::decision token::explain token::live token::reason token::role token::revocation token::room token::session token::shown token::when";
const BELOW_DAEMON: &str = "audit causes clock config descriptors exposure files gateway http keys options reload_status secret signer store \
    telemetry overview verifier worker";
const BELOW_CLI: &str = "accounts api causes clock config daemon descriptors doctor exposure files gateway http keys laid_out mint options origin overview \
    peer permissions prosody recent replay secret shim signer store token verifier worker";

/// What reaches outside the crate, and the modules that alone may mention it.
/// Unit tests are free of this.
const OWNERS: &[(&str, &str)] = &[
    ("async", ASYNC),
    ("tokio", ASYNC),
    ("tokio_util", ASYNC),
    ("tracing", TRACING),
    ("tracing_subscriber", "telemetry"),
    ("std::env", "config daemon telemetry cli"),
    (
        "std::fs",
        "audit files permissions::way keys accounts prosody config daemon http::listener store cli",
    ),
    (
        "std::net",
        "peer gateway keys store config daemon verifier http cli",
    ),
    ("ipnet", "gateway"),
    ("granit_parser", "gateway::kong"),
    ("netlink_packet_core", "http::owner"),
    ("netlink_packet_sock_diag", "http::owner"),
    ("netlink_sys", "http::owner"),
    (
        "std::os",
        "audit files origin::wire permissions::way store accounts prosody config daemon http::listener cli",
    ),
    (
        "std::process",
        "prosody::sandbox::apart accounts daemon cli",
    ),
    (
        "std::thread",
        "audit store worker exposure telemetry daemon cli",
    ),
    (
        "std::time::Instant",
        "clock prosody config keys store telemetry http daemon",
    ),
    ("std::time::SystemTime", "audit clock keys telemetry"),
    ("mlua", "token::pattern prosody"),
    ("icu_properties", "token::shown"),
    ("unicode_names2", "token::explain"),
    ("unicode_normalization", "token"),
    ("unicode_security", "token::explain"),
    ("jsonwebtoken", "token"),
    ("quick_cache", "gateway::seen token::recall"),
    ("stringprep", "token::preparation"),
    ("figment", "config cli"),
    ("rusqlite", "store"),
    ("tokio_postgres", "store"),
    ("rapidhash", "token::revocation"),
    ("hex", "store token::log_name token::revocation"),
    ("clap", "cli"),
    ("procfs", "cli metrics::process"),
    ("prometheus_client", "metrics"),
    ("tokio_rustls", "cli::doctor store"),
    ("nix", "accounts"),
    ("notify", "daemon::watch"),
    ("reqwest", "keys cli"),
    ("roxmltree", "cli"),
    ("tungstenite", "cli"),
    ("sd_notify", "daemon"),
    (
        "schemars",
        "api http token::room token::session verifier::overrides",
    ),
    ("shlex", "permissions doctor::remedy"),
    ("hyper", "http"),
    ("hyper_util", "http"),
    ("http_body_util", "http"),
    ("maud", "console"),
];
const ASYNC: &str = "audit keys store worker telemetry verifier replay http daemon cli";
const TRACING: &str = "audit keys store config exposure telemetry verifier http daemon cli";

#[test]
fn every_source_file_keeps_to_its_layer() {
    let files = source_files(&root().join("src"));
    let broken: Vec<String> = files.iter().flat_map(|file| check_file(file)).collect();
    assert!(broken.is_empty(), "broken:\n{}", broken.join("\n"));
}

#[test]
fn a_module_may_use_only_modules_of_lower_layers() {
    for (name, layer, uses) in MODULES {
        for used in uses.split_whitespace() {
            let below = MODULES.iter().find(|(below, _, _)| contains(below, used));
            let lower = below.is_some_and(|(_, below, _)| below < layer);
            assert!(lower, "{name} may use {used}, which is not below it");
        }
    }
}

#[test]
fn a_release_ends_the_process_on_panic() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut tables = manifest.split("\n[");
    let release = tables.find_map(|table| table.strip_prefix("profile.release]"));
    let abort = release.is_some_and(|table| table.contains("\npanic = \"abort\"\n"));
    assert!(abort, "Cargo.toml lacks panic = \"abort\" for releases");
}

#[test]
fn the_token_code_uses_nothing_of_the_layers_above() {
    refused(
        "token/mod.rs",
        &[("use super::clock::A;", "1: `crate::clock::A`")],
    );
    refused(
        "token/room.rs",
        &[
            ("\nuse crate::config::A;", "2: `crate::config::A`"),
            ("use super::super::clock::A;", "1: `crate::clock::A`"),
            ("fn f() { crate::http::run() }", "1: `crate::http::run`"),
            ("use crate::{\nconfig::{self, A}};", "2: `crate::config`"),
            ("use crate::{token,\nhttp::{a, B}};", "2: `crate::http::B`"),
            (
                "mod a { use super::super::super::b::C; }",
                "1: `crate::b::C`",
            ),
            (
                "#[cfg(test)] mod a {\nuse crate::http::A; }",
                "2: `crate::http::A`",
            ),
        ],
    );
}

#[test]
fn the_token_code_reaches_nothing_outside() {
    refused(
        "token/room.rs",
        &[
            ("use std::fs;", "1: `std::fs`"),
            ("use std::{fmt, net::IpAddr};", "1: `std::net::IpAddr`"),
            ("use std::time;", "1: `std::time`"),
            ("use std::*;", "1: `std::*`"),
            (
                "std::time::SystemTime::now()",
                "1: `std::time::SystemTime::now`",
            ),
            ("\npub async fn decide() {}", "2: `async`"),
            ("#[tokio::main] fn f() {}", "1: `tokio::main`"),
            ("use ::tokio as runtime;", "1: `tokio`"),
            ("tracing::info!(\"x\");", "1: `tracing::info`"),
            ("let c = '\"'; use mlua::A; // \"", "1: `mlua::A`"),
            ("#[cfg(test)] mod a {}\nuse mlua::A;", "2: `mlua::A`"),
            ("#[cfg(test)] use a::B;\nuse mlua::A;", "2: `mlua::A`"),
        ],
    );
}

#[test]
fn the_configuration_neither_waits_nor_decides() {
    refused("config/layers.rs", &[("use tokio::fs;", "1: `tokio::fs`")]);
    refused(
        "config/mod.rs",
        &[("use crate::verifier::A;", "1: `crate::verifier::A`")],
    );
}

#[test]
fn modules_of_one_layer_do_not_use_each_other() {
    refused(
        "verifier.rs",
        &[("use super::telemetry::A;", "1: `crate::telemetry::A`")],
    );
}

#[test]
fn the_http_code_loads_nothing_and_sees_no_key() {
    refused(
        "http/verify.rs",
        &[
            ("use crate::config::A;", "1: `crate::config::A`"),
            ("use crate::token::key::A;", "1: `crate::token::key::A`"),
            ("use crate::token;", "1: `crate::token`"),
            ("use mlua::Lua;", "1: `mlua::Lua`"),
            ("use prosody_tokend::cli;", "1: `crate::cli`"),
            ("use crate::*;", "1: `crate::*`"),
        ],
    );
}

#[test]
fn a_module_without_a_layer_is_refused() {
    refused("unknown.rs", &[("", "1: `crate::unknown`")]);
}

#[test]
fn what_the_layers_allow_passes() {
    passes(
        "token/room.rs",
        "use super::claims::{Claims, self};\nuse std::time::Duration;",
    );
    passes(
        "token/room.rs",
        "// use std::fs;\n/* a /* nested */ use tokio::net; */",
    );
    passes(
        "token/room.rs",
        "(\"use std::fs;\", r#\"\" tokio::x \"#, b\"\\\" tokio::x\")",
    );
    passes(
        "token/room.rs",
        "fn f<'a>(tokio: &'a str) -> char { '\\'' }",
    );
    passes(
        "token/room.rs",
        "#[cfg(test)] mod a { use super::*; use std::fs; }",
    );
    passes("token/room.rs", "#[cfg(test)]\nuse std::fs;");
    passes("token/room/tests.rs", "use super::*; use std::fs;");
    passes("token/pattern.rs", "use mlua::Lua;");
    passes(
        "prosody/language.rs",
        "use crate::{token::policy::A, files}; use mlua::Lua;",
    );
    passes(
        "http/verify.rs",
        "use crate::token::reason::A; use super::b; async fn f() {}",
    );
    passes("cli/serve.rs", "use crate::{config, http, verifier};");
    passes(
        "main.rs",
        "use prosody_tokend::cli; use std::process::ExitCode;",
    );
}

#[track_caller]
fn refused(file: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let broken = check(file, text);
        let expected = format!("src/{file}:{expected}");
        let found = broken.iter().any(|line| line.starts_with(&expected));
        assert!(found, "{text:?} gave {broken:?}, without {expected}");
    }
}

#[track_caller]
fn passes(file: &str, text: &str) {
    assert_eq!(
        check(file, text),
        Vec::<String>::new(),
        "{file} with {text:?}"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn check_file(file: &Path) -> Vec<String> {
    let name = file.strip_prefix(root().join("src")).unwrap();
    check(name.to_str().unwrap(), &fs::read_to_string(file).unwrap())
}

/// The rules that `text` breaks as `src/FILE`, one a line.
fn check(file: &str, text: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if ["lib", "main"].contains(&path) {
        return Vec::new();
    }
    let module = path.replace('/', "::");
    let mut rows = MODULES.iter();
    let Some((name, _, uses)) = rows.find(|(name, _, _)| contains(name, &module)) else {
        return vec![format!(
            "src/{file}:1: `crate::{module}` has no layer in tests/layers.rs"
        )];
    };
    let uses = format!("{name} {uses}");
    let mut broken = Vec::new();
    for mention in mentions(&module, text) {
        if let Some(rule) = broken_rule(&module, &uses, &mention) {
            broken.push(format!(
                "src/{file}:{}: `{}`: {rule}",
                mention.line, mention.path
            ));
        }
    }
    broken
}

fn broken_rule(module: &str, uses: &str, mention: &Mention) -> Option<String> {
    if let Some(used) = mention.path.strip_prefix("crate") {
        let allowed = any_contains(uses, used.trim_start_matches("::"));
        return (!allowed).then(|| format!("{module} may use only {uses}"));
    }
    let mut rows = OWNERS.iter();
    let (outside, owners) = rows.find(|(outside, _)| overlap(outside, &mention.path))?;
    let allowed = mention.in_tests || any_contains(owners, module);
    (!allowed).then(|| format!("only {owners} may use {outside}"))
}

fn any_contains(parents: &str, path: &str) -> bool {
    parents
        .split_whitespace()
        .any(|parent| contains(parent, path))
}

/// Is `path` the module `parent`, or inside it?
fn contains(parent: &str, path: &str) -> bool {
    let rest = path.strip_prefix(parent);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Is `path` inside `outside`, or a parent that brings it along, as `std::*` and `std::time` do?
fn overlap(outside: &str, path: &str) -> bool {
    contains(outside, path) || contains(path.trim_end_matches("::*"), outside)
}
