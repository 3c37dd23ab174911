//! A docker-jitsi-meet, seen from outside, on a machine that has a Prosody of its own.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::installation::{BINARY, Installation};

const VARIABLES: &str = "CONFIG=./cfg\nENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=my_app\nJWT_APP_SECRET=0123456789abcdef0123456789abcdef\nJWT_ACCEPTED_ISSUERS=my_app\nJWT_ACCEPTED_AUDIENCES=my_app\n";
const COMPOSE: &str = "services:\n    prosody:\n        volumes:\n            - ${CONFIG}/prosody/config:/config:Z\n            - ${CONFIG}/prosody/prosody-plugins-custom:/prosody-plugins-custom:Z\n";
const OVERRIDE: &str = "services:\n  prosody:\n    volumes:\n      - ./prosody-tokend/lua:/prosody-plugins-custom:ro\n  tokend:\n    network_mode: \"service:prosody\"\n    command: /usr/bin/prosody-tokend serve --env-file /etc/prosody-tokend/.env\n";

struct Containers {
    folder: TempDir,
    /// A Prosody of the machine, in which everything is wrong.
    unrelated: Installation,
}

impl Containers {
    fn sound() -> Self {
        let unrelated = Installation::sound();
        unrelated.remove("shim");
        unrelated.replace("prosody.cfg.lua", "= \"token\"", "= \"internal_hashed\"");
        unrelated.daemon.stop();
        let folder = tempfile::tempdir().unwrap();
        let containers = Self { folder, unrelated };
        containers.write(".env", VARIABLES);
        containers.write("docker-compose.yml", COMPOSE);
        containers.write("docker-compose.override.yml", OVERRIDE);
        containers.copy_shim("prosody-tokend/lua");
        containers
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is not in\n{text}");
        self.write(name, &text.replace(from, to));
    }

    fn copy_shim(&self, folder: &str) {
        for (name, text) in prosody_tokend::doctor::plugins::SHIM {
            self.write(&format!("{folder}/{name}"), text);
        }
    }

    /// What doctor finds, without the note that it cannot look into containers.
    fn findings(&self, arguments: &[&str]) -> (Vec<Value>, i32) {
        let mut command = Command::new(BINARY);
        command.args(["doctor", "--json"]).args(arguments);
        command.env("PATH", self.unrelated.path("bin"));
        let output = command.output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let all = json["findings"].as_array().unwrap().clone();
        let (notes, findings): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|finding| finding["code"] == "containers-not-seen");
        assert_eq!(notes.len(), 1, "{json}");
        for finding in &findings {
            let text = finding.to_string();
            let own = self.unrelated.path("").display().to_string();
            assert!(
                !text.contains(&own) && !text.contains("systemctl"),
                "{text}"
            );
        }
        (findings, output.status.code().unwrap())
    }

    fn of_file(&self) -> (Vec<Value>, i32) {
        let file = self.path(".env").display().to_string();
        self.findings(&["--env-file", &file])
    }

    #[track_caller]
    fn expect(&self, code: &str, texts: &[&str]) {
        let (findings, status) = self.of_file();
        let codes: Vec<&Value> = findings.iter().map(|finding| &finding["code"]).collect();
        assert_eq!(codes, [code], "{findings:?}");
        let whole = findings[0].to_string();
        for text in texts {
            assert!(whole.contains(text), "{text} is not in {whole}");
        }
        assert_ne!(status, 0);
    }
}

#[test]
fn nothing_is_said_of_the_machines_own_prosody() {
    let containers = Containers::sound();
    assert_eq!(containers.of_file(), (vec![], 0));
    let config = format!(
        "docker_env_file = \"{}\"\n",
        containers.path(".env").display()
    );
    containers.write("config.toml", &config);
    let config = containers.path("config.toml").display().to_string();
    assert_eq!(containers.findings(&["--config", &config]), (vec![], 0));
}

#[test]
fn variables_that_have_nobody_admitted_by_token_are_told_with_the_lines_to_write() {
    for (from, to) in [
        ("ENABLE_AUTH=1", "ENABLE_AUTH=0"),
        ("AUTH_TYPE=jwt", "AUTH_TYPE=internal"),
    ] {
        let containers = Containers::sound();
        containers.replace(".env", from, to);
        let (findings, _) = containers.of_file();
        let codes: Vec<&Value> = findings.iter().map(|finding| &finding["code"]).collect();
        assert_eq!(
            codes.first().unwrap().as_str(),
            Some("no-token-host"),
            "{findings:?}"
        );
        assert!(
            findings[0]["type"]
                .as_str()
                .unwrap()
                .contains("AUTH_TYPE=jwt")
        );
    }
}

#[test]
fn a_mistake_in_the_variables_is_named_with_the_file_and_how_to_try_it() {
    let containers = Containers::sound();
    containers.replace(
        ".env",
        "JWT_APP_SECRET=0",
        "JWT_APP_SECRET=-----BEGIN PUBLIC KEY-----",
    );
    containers.expect(
        "daemon-config-refused",
        &[
            "JWT_APP_SECRET (line 5)",
            "check --env-file",
            "docker compose up -d",
        ],
    );
}

#[test]
fn a_shim_that_is_not_mounted_is_told_with_the_line_that_mounts_it() {
    let containers = Containers::sound();
    containers.replace(
        "docker-compose.override.yml",
        "      - ./prosody-tokend/lua:/prosody-plugins-custom:ro\n",
        "      # - ./prosody-tokend/lua:/prosody-plugins-custom:ro\n",
    );
    containers.expect(
        "shim-not-mounted",
        &[
            "docker-compose.override.yml",
            "- ./prosody-tokend/lua:/prosody-plugins-custom:ro",
        ],
    );
    // What was copied to the folder that the image mounts itself needs no mount.
    containers.copy_shim("cfg/prosody/prosody-plugins-custom");
    assert_eq!(containers.of_file(), (vec![], 0));
}

#[test]
fn a_folder_that_the_container_cannot_read_or_that_lacks_a_file_is_named() {
    let containers = Containers::sound();
    std::fs::remove_file(containers.path("prosody-tokend/lua/token/util.lib.lua")).unwrap();
    containers.expect(
        "shim-incomplete",
        &["token/util.lib.lua", "prosody-tokend shim --to /"],
    );
    std::fs::remove_dir_all(containers.path("prosody-tokend")).unwrap();
    containers.expect(
        "shim-unreadable",
        &["prosody-tokend/lua", "docker compose restart prosody"],
    );
}

#[test]
fn compose_files_without_the_daemon_are_told_of() {
    let containers = Containers::sound();
    containers.replace(
        "docker-compose.override.yml",
        "prosody-tokend serve",
        "true",
    );
    containers.expect("daemon-not-in-compose", &["service:prosody"]);
}

#[test]
fn rooms_that_do_not_verify_are_told_of() {
    let containers = Containers::sound();
    let text = format!("{VARIABLES}JWT_TOKEN_AUTH_MODULE=token_verificaton\n");
    containers.write(".env", &text);
    containers.expect(
        "token-verification-missing",
        &["JWT_TOKEN_AUTH_MODULE=token_verification"],
    );
}

#[test]
fn a_key_server_needs_certificates_that_the_daemons_image_has_not() {
    let containers = Containers::sound();
    let text = VARIABLES.replace(
        "JWT_APP_SECRET=0123456789abcdef0123456789abcdef",
        "JWT_ASAP_KEYSERVER=https://127.0.0.1:1/",
    );
    containers.write(".env", &text);
    containers.replace(
        "docker-compose.override.yml",
        "  tokend:\n",
        "  tokend:\n    image: debian:stable-slim\n",
    );
    let codes = |containers: &Containers| {
        let (findings, _) = containers.of_file();
        let codes = findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(
        codes(&containers),
        ["key-server-down", "no-ca-certificates"]
    );
    containers.replace(
        "docker-compose.override.yml",
        "    image: debian:stable-slim\n",
        "    image: debian:stable-slim\n    volumes:\n      - /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro\n",
    );
    assert_eq!(codes(&containers), ["key-server-down"]);
}
