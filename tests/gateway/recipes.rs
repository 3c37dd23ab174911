//! The recipes, and the page that shows them.

use std::fs;

use serde_json::json;
use support::daemon::Daemon;
use support::time::in_seconds;
use support::token::mint;
use support::{http, root};

use crate::proxy::{CADDY, ENVOY, HAPROXY, NGINX};

/// What is copied from them onto machines. No test runs a program with the last two.
const FILES: [&str; 7] = [
    NGINX.recipe,
    HAPROXY.recipe,
    "forward_auth.lua",
    CADDY.recipe,
    ENVOY.recipe,
    "traefik.yml",
    "apisix.yaml",
];

const IDENTITY: [&str; 5] = [
    "x-consumer-id",
    "x-consumer-custom-id",
    "x-consumer-username",
    "x-credential-identifier",
    "x-anonymous-consumer",
];

#[test]
fn the_page_shows_each_recipe_as_it_is_tried() {
    let blocks = blocks();
    for file in FILES {
        let recipe = read(file);
        let is_shown = blocks.iter().any(|block| block == recipe.trim_end());
        assert!(is_shown, "docs/gateway.md does not show {file}");
    }
}

#[test]
fn the_page_begins_with_a_gateway_that_lets_its_token_in() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().display().to_string();
    fs::write(folder.path().join("kong.yml"), titled("kong.yml")).unwrap();
    let configuration = titled("config.toml").replace(PLACE, &own);
    let daemon = Daemon::start(BINARY.as_ref(), folder.path(), &configuration);
    let claims = json!({"iss": "alice-key", "nbf": in_seconds(-1), "exp": in_seconds(3_600)});
    let token = mint(&claims, "0123456789abcdef0123456789abcdef");
    for (token, expected) in [(Some(token.as_str()), 200), (None, 401)] {
        let path = "/v1/forward-auth/api";
        let (status, _) = http::request_as(token, daemon.port(), "GET", path, "").unwrap();
        assert_eq!(status, expected);
    }
}

#[test]
fn each_recipe_takes_all_that_says_who_somebody_is_from_the_answer() {
    for file in FILES {
        let recipe = read(file).to_ascii_lowercase();
        // The script is told by the configuration.
        for header in IDENTITY.iter().filter(|_| file != "forward_auth.lua") {
            assert!(recipe.contains(header), "{file} has no {header}");
        }
    }
}

#[test]
fn each_folder_of_recipes_has_nothing_that_is_not_shown() {
    let entries = fs::read_dir(root().join("contrib/gateway")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut shown = FILES.map(std::ffi::OsString::from);
    shown.sort();
    assert_eq!(names, shown);
}

/// What the page shows as code, each block without its fences.
fn blocks() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/gateway.md")).unwrap();
    let fenced = page.split("\n```").skip(1).step_by(2);
    let texts = fenced.filter_map(|block| block.split_once('\n'));
    texts.map(|(_, text)| text.to_owned()).collect()
}

/// The block that begins with the path of this file.
fn titled(name: &str) -> String {
    let title = format!("# {PLACE}/{name}\n");
    let mut blocks = blocks().into_iter();
    blocks.find(|block| block.starts_with(&title)).unwrap()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join("contrib/gateway").join(file)).unwrap()
}

const PLACE: &str = "/etc/prosody-tokend";
const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");
