//! The image, as the files that it consists of: they are laid out by the script that the Dockerfile runs, and the program
//! is run among them alone, as the image's user.
#![expect(
    clippy::disallowed_methods,
    reason = "lays out files, and runs a program among them"
)]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use support::http;
use support::issuer::{alice, jwks};
use support::key_server::{KeyServer, Page};
use support::process::Process;
use support::time::in_seconds;
use support::token::mint;
use support::{root, until};

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The user of the image.
const NOBODY: &str = "65534:65534";
/// What docker-jitsi-meet has in its `.env`.
const VARIABLES: [(&str, &str); 5] = [
    ("ENABLE_AUTH", "1"),
    ("AUTH_TYPE", "jwt"),
    ("JWT_APP_ID", "my_app"),
    ("JWT_APP_SECRET", SECRET),
    ("XMPP_DOMAIN", "meet.jitsi"),
];

struct Image {
    folder: TempDir,
}

impl Image {
    /// None where nobody may run a program among other files, which is told.
    fn lay_out() -> Option<Self> {
        let trial = Command::new("unshare").args(["--mount", "true"]).output();
        if !trial.is_ok_and(|output| output.status.success()) {
            eprintln!("left out: only root can run a program among the files of an image");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = root().join("container/root");
        let laid = Command::new(script).arg(BINARY).arg(folder.path()).output();
        assert!(laid.as_ref().unwrap().status.success(), "{laid:?}");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder.path(), open).unwrap();
        Some(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, and nothing in its environment but this.
    fn command(&self, user: &str, environment: &[(String, String)], arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", ENTER, user]);
        command.arg(self.folder.path()).args(arguments);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
            .envs(environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, environment: &[(String, String)], arguments: &[&str]) -> Output {
        self.command(NOBODY, environment, arguments)
            .output()
            .unwrap()
    }

    fn serve(&self, environment: &[(String, String)]) -> Process {
        let log = self.path("log");
        Process::start(
            "prosody-tokend",
            &mut self.command(NOBODY, environment, &["serve"]),
            &log,
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }
}

/// As an engine gives an image its `/proc` and `/dev`.
const ENTER: &str = "user=$0; folder=$1; shift; mount -t proc proc \"$folder/proc\"; mount --rbind /dev \"$folder/dev\"; \
     exec chroot --userspec=\"$user\" \"$folder\" /usr/bin/prosody-tokend \"$@\"";

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn variables(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = VARIABLES.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A service of a compose file, as docker compose would start it.
struct Service {
    text: Value,
}

impl Service {
    fn of(file: &str, name: &str, env_file: &[(&str, &str)]) -> Self {
        let read =
            "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
        let path = root().join("contrib/docker").join(file);
        let output = Command::new("/usr/bin/python3")
            .args(["-c", read])
            .arg(path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let mut text = String::from_utf8(output.stdout).unwrap();
        for (name, value) in env_file {
            text = text.replace(&format!("${{{name}}}"), value);
            if let Some((before, rest)) = text.clone().split_once(&format!("${{{name}:?")) {
                text = format!("{before}{value}{}", rest.split_once('}').unwrap().1);
            }
        }
        let all: Value = serde_json::from_str(&text).unwrap();
        Self {
            text: all["services"][name].clone(),
        }
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let pairs = self.text["environment"].as_array().unwrap().iter();
        let pairs = pairs.map(|pair| pair.as_str().unwrap().split_once('=').unwrap());
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

fn verdict(port: u16, host: &str, key: Option<&str>) -> (u16, Value) {
    let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "meet.jitsi", "room": "*", "exp": in_seconds(600)});
    let question = json!({"host": host, "token": mint(&claims, SECRET)}).to_string();
    let (status, body) = http::request_as(key, port, "POST", "/v1/verify", &question).unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

#[test]
fn the_image_decides_by_its_environment_alone_and_knows_that_it_is_well() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    let port = free_port().to_string();
    let listen = format!("127.0.0.1:{port}");
    let environment = variables(&[
        ("PROSODY_TOKEND_DOCKER", "true"),
        ("PROSODY_TOKEND_LISTEN", &listen),
    ]);
    let nobody = image.run(&environment, &["health"]);
    assert_eq!(nobody.status.code(), Some(69), "{nobody:?}");
    assert!(
        String::from_utf8_lossy(&nobody.stderr).contains(&listen),
        "{nobody:?}"
    );
    let mut serving = image.serve(&environment);
    until("the daemon to be well", || {
        let health = image.run(&environment, &["health"]);
        (health.status.success() && health.stdout == b"ready\n").then_some(())
    });
    let (status, answer) = verdict(port.parse().unwrap(), "meet.jitsi", None);
    assert_eq!(
        (status, &answer["allowed"]),
        (200, &json!(true)),
        "{answer} {}",
        image.log()
    );
    assert!(serving.is_running());
    let check = image.run(&environment, &["check"]);
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn a_container_of_its_own_answers_prosodys_with_the_key_and_nobody_else() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    let key = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let env_file = [("TOKEND_API_KEY", key)];
    let mut environment = Service::of("compose.network.yml", "tokend", &env_file).environment();
    let port = free_port();
    let listen = environment.get_mut("PROSODY_TOKEND_LISTEN").unwrap();
    *listen = listen.replace(":5290", &format!(":{port}"));
    let mut all = variables(&[]);
    all.extend(environment);
    let _serving = image.serve(&all);
    until("the daemon to be well", || {
        image.run(&all, &["health"]).status.success().then_some(())
    });
    let (status, answer) = verdict(port, "meet.jitsi", Some(key));
    assert_eq!(
        (status, &answer["allowed"]),
        (200, &json!(true)),
        "{answer}"
    );
    assert_eq!(verdict(port, "meet.jitsi", None).0, 401);
    assert_eq!(
        verdict(port, "meet.jitsi", Some("another key of some length")).0,
        401
    );
    // Prosody's container asks by the service's name.
    let prosody = Service::of("compose.network.yml", "prosody", &env_file).environment();
    // The image's template takes two letters for the end of a line, and drops what is empty.
    let options = prosody["GLOBAL_CONFIG"].replace("${GLOBAL_CONFIG:-}", "");
    let options: Vec<&str> = options
        .split("\\n")
        .filter(|line| !line.is_empty())
        .collect();
    let key_option = format!("tokend_api_key = \"{key}\"");
    assert_eq!(
        options,
        ["tokend_url = \"http://tokend:5290\"", &key_option]
    );
    for (name, wanted) in [("tokend:5290", 200), ("elsewhere:5290", 403)] {
        let answer = asked_as(port, name);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {wanted} ")),
            "{name}: {answer}"
        );
    }
}

fn asked_as(port: u16, name: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_that_shares_prosodys_network_listens_on_loopback_without_a_key() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    let service = Service::of("compose.shared.yml", "tokend", &[]);
    assert_eq!(service.text["network_mode"], "service:prosody");
    let environment = service.environment();
    assert!(!environment.contains_key("PROSODY_TOKEND_LISTEN"));
    let port = free_port();
    let mut all = variables(&[("PROSODY_TOKEND_LISTEN", &format!("127.0.0.1:{port}"))]);
    all.extend(environment);
    let _serving = image.serve(&all);
    until("the daemon to be well", || {
        image.run(&all, &["health"]).status.success().then_some(())
    });
    assert_eq!(verdict(port, "meet.jitsi", None).1["allowed"], true);
}

#[test]
fn the_image_hands_out_the_files_for_prosody() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    fs::create_dir(image.path("shim")).unwrap();
    for file in ["compose.network.yml", "compose.shared.yml"] {
        let service = Service::of(file, "tokend-shim", &[]);
        let arguments: Vec<&str> = service.text["command"]
            .as_str()
            .unwrap()
            .split(' ')
            .collect();
        let user = service.text["user"].as_str().unwrap();
        let output = image.command(user, &[], &arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    for (name, text) in prosody_tokend::shim::files() {
        let path = image.path("shim").join(name);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            *text,
            "{}",
            path.display()
        );
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o444, 0o444, "{name} is for everybody to read");
    }
    // Who may not write there is told, and leaves nothing behind.
    let refused = image.run(&[], &["shim", "--to", "/other"]);
    assert_eq!(refused.status.code(), Some(74), "{refused:?}");
    assert!(!image.path("other").exists());
}

#[test]
fn key_servers_are_vouched_for_by_the_images_authorities_and_it_says_where_there_are_none() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    let server = KeyServer::https();
    server.put("/asap/keys.json", Page::of(jwks(&[alice().jwk("alice")])));
    let url = server.url("/asap/keys.json");
    let host = "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__";
    let listen = format!("127.0.0.1:{}", free_port());
    let environment = [
        ("PROSODY_TOKEND_LISTEN".to_owned(), listen.clone()),
        (format!("{host}APP_ID"), "my_app".to_owned()),
        (format!("{host}CACHE_KEYS_URL"), url),
    ];
    let lacking = || {
        let output = image.run(&environment, &["health", "--ready"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code() == Some(1)).then_some(said)
    };
    // The image's own authorities do not know that server.
    let mut serving = image.serve(&environment);
    until("the refusal of the certificate", || {
        lacking().filter(|said| said.contains("certificate"))
    });
    serving.terminate();
    add_authority(
        &image.path("etc/ssl/certs/ca-certificates.crt"),
        &server.authority,
    );
    let mut serving = image.serve(&environment);
    until("the keys", || {
        image
            .run(&environment, &["health", "--ready"])
            .status
            .success()
            .then_some(())
    });
    serving.terminate();
    fs::remove_file(image.path("etc/ssl/certs/ca-certificates.crt")).unwrap();
    let _serving = image.serve(&environment);
    until("what to do", || {
        lacking().filter(|said| said.contains("ca-certificates") && said.contains("SSL_CERT_FILE"))
    });
}

fn add_authority(bundle: &Path, authority: &str) {
    let text = fs::read_to_string(bundle).unwrap();
    fs::write(bundle, text + authority).unwrap();
}

#[test]
fn the_document_shows_the_compose_files_as_they_are() {
    let document = fs::read_to_string(root().join("docs/docker.md")).unwrap();
    for file in ["compose.network.yml", "compose.shared.yml"] {
        let text = fs::read_to_string(root().join("contrib/docker").join(file)).unwrap();
        assert!(
            document.contains(&format!("```yaml\n{text}```\n")),
            "{file}"
        );
    }
}

#[test]
fn doctor_among_the_images_files_says_what_it_cannot_see_from_there() {
    let Some(image) = Image::lay_out() else {
        return;
    };
    let environment = variables(&[("PROSODY_TOKEND_DOCKER", "true")]);
    let output = image.run(&environment, &["doctor"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let (found, not_seen) = said.split_once("\nnot looked at\n").unwrap();
    assert!(found.contains("containers-not-seen"), "{said}");
    assert!(not_seen.contains("it does not answer"), "{said}");
    // What it does see it judges: a host that can admit nobody.
    let lacking: Vec<_> = environment
        .into_iter()
        .filter(|(name, _)| name != "JWT_APP_SECRET")
        .collect();
    let output = image.run(&lacking, &["doctor"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        !output.status.success() && said.contains("JWT_APP_SECRET"),
        "{said}"
    );
}
