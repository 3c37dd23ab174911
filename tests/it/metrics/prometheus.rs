//! A real Prometheus that watches a daemon, set up with the scrape configuration that is shipped.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use support::process::Process;
use support::{root, until};

pub struct Prometheus {
    port: u16,
    _process: Process,
    _folder: TempDir,
}

impl Prometheus {
    /// Watches the daemon on this port, which wants this key.
    pub fn watching(port: u16, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own_port = free_port();
        write_configuration(folder.path(), port, key);
        let mut command = Command::new("prometheus");
        command
            .arg(file_option("config.file", folder.path(), "prometheus.yml"))
            .arg(file_option("storage.tsdb.path", folder.path(), "data"))
            .arg(format!("--web.listen-address=127.0.0.1:{own_port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let log = folder.path().join("prometheus.log");
        let prometheus = Self {
            port: own_port,
            _process: Process::start("prometheus", &mut command, &log),
            _folder: folder,
        };
        until("Prometheus to be ready", || {
            prometheus.ask("-/ready", &[]).map(drop)
        });
        prometheus
    }

    /// The series that a query finds, with their numbers.
    pub fn query(&self, query: &str) -> Vec<(Value, f64)> {
        let answer = self.ask("api/v1/query", &[("query", query)]);
        let answer: Value = serde_json::from_str(&answer.unwrap_or_default()).unwrap();
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        let series = answer["data"]["result"].as_array().unwrap().iter();
        let number = |one: &Value| one["value"][1].as_str().unwrap().parse().unwrap();
        series
            .map(|one| (one["metric"].clone(), number(one)))
            .collect()
    }

    /// What it says of its rules.
    pub fn rules(&self) -> Vec<Value> {
        let answer = self.ask("api/v1/rules", &[]).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let groups = answer["data"]["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap().clone());
        rules.collect()
    }

    fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Option<String> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--noproxy", "*", "--get"]);
        for (name, value) in parameters {
            curl.arg("--data-urlencode").arg(format!("{name}={value}"));
        }
        if parameters.is_empty() {
            curl.arg("--fail");
        }
        let output = curl
            .arg(format!("http://127.0.0.1:{}/{path}", self.port))
            .output();
        let output = output.expect("curl is not installed: run `make setup`");
        let is_there = output.status.success();
        is_there.then(|| String::from_utf8(output.stdout).unwrap())
    }
}

fn file_option(name: &str, folder: &Path, file: &str) -> String {
    format!("--{name}={}", folder.join(file).display())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What is shipped, with another address, with the key, and without the pauses.
fn write_configuration(folder: &Path, port: u16, key: &str) {
    let shipped = root().join("contrib/prometheus");
    let key_file = folder.join("prosody-tokend.key");
    fs::write(&key_file, key).unwrap();
    fs::copy(shipped.join("alerts.yml"), folder.join("alerts.yml")).unwrap();
    let text = fs::read_to_string(shipped.join("scrape.yml")).unwrap();
    let changes = [
        ("127.0.0.1:5290", format!("127.0.0.1:{port}")),
        ("# authorization:", "authorization:".to_owned()),
        ("#   credentials_file:", "  credentials_file:".to_owned()),
        (
            "/etc/prometheus/prosody-tokend.key",
            key_file.display().to_string(),
        ),
    ];
    let text = changes.into_iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in scrape.yml");
        text.replace(from, &to)
    });
    let pauses = "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n";
    let file = folder.join("prometheus.yml");
    fs::write(&file, format!("{pauses}{text}")).unwrap();
    let checked = Command::new("promtool")
        .args(["check", "config"])
        .arg(&file)
        .output();
    let checked = checked.expect("promtool is not installed: run `make setup`");
    assert!(checked.status.success(), "{checked:?}");
}
