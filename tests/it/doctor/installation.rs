//! A Prosody, its configuration, the shim, the daemon and its configuration, in a folder of their own.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use support::daemon::Daemon;

pub const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

pub const SECRET: &str = "the-secret-of-the-doctor-tests-0123456789";

pub struct Installation {
    folder: TempDir,
    pub daemon: Daemon,
    /// The user that the daemon is said to run as.
    pub user: Option<&'static str>,
    /// What `doctor` has in its environment beside the path.
    pub variables: Vec<(&'static str, PathBuf)>,
}

/// What `doctor` said.
pub struct Report {
    pub status: i32,
    pub json: Value,
    pub text: String,
}

impl Installation {
    pub fn sound() -> Self {
        Self::with_policy("app_secret_file = \"app_secret\"")
    }

    /// One in which nothing is wrong, with these options of its host; files are named without their folder.
    pub fn with_policy(options: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("prosody-tokend-")
            .tempdir()
            .unwrap();
        set_mode(folder.path(), 0o755);
        write(&folder.path().join("app_secret"), SECRET);
        set_mode(&folder.path().join("app_secret"), 0o640);
        let policy = policy(folder.path(), options);
        let daemon = Daemon::start(Path::new(BINARY), folder.path(), &policy);
        let installation = Self {
            folder,
            daemon,
            user: None,
            variables: Vec::new(),
        };
        installation.install();
        installation.write("config.toml", &installation.listening(&policy));
        installation
    }

    fn install(&self) {
        let home = self.path("lib");
        write(&home.join("prosody.version"), "0.12.3\n");
        fs::create_dir_all(home.join("modules")).unwrap();
        fs::create_dir_all(self.path("data")).unwrap();
        let program = format!(
            "#!/usr/bin/env lua\nCFG_SOURCEDIR='{home}';\nCFG_PLUGINDIR='{home}/modules/';\nCFG_DATADIR='{data}';\n",
            home = home.display(),
            data = self.path("data").display()
        );
        self.write("bin/prosody", &program);
        self.copy_shim("shim");
        let text = format!(
            "plugin_paths = {{ \"{shim}\" }}\ntokend_url = \"http://127.0.0.1:{port}\"\n\n\
             VirtualHost \"meet.example.com\"\n\tauthentication = \"token\"\n\n\
             Component \"conference.meet.example.com\" \"muc\"\n\tmodules_enabled = {{ \"token_verification\" }}\n",
            shim = self.path("shim").display(),
            port = self.daemon.port()
        );
        self.write("prosody.cfg.lua", &text);
    }

    /// The daemon's configuration where it names Prosody's.
    pub fn inheriting(&self) -> String {
        let prosody = self.path("prosody.cfg.lua");
        self.listening(&format!("prosody_config = \"{}\"\n", prosody.display()))
    }

    fn listening(&self, policy: &str) -> String {
        format!("listen = [\"127.0.0.1:{}\"]\n{policy}", self.daemon.port())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        write(&self.path(name), text);
    }

    /// Has `doctor` read this policy, which the daemon does not know.
    pub fn write_policy(&self, options: &str) {
        let policy = policy(self.folder.path(), options);
        self.write("config.toml", &self.listening(&policy));
    }

    /// Changes one file.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is not in\n{text}");
        self.write(name, &text.replace(from, to));
    }

    pub fn append(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap();
        self.write(name, &format!("{before}{text}"));
    }

    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        set_mode(&self.path(name), mode);
    }

    pub fn copy_shim(&self, folder: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua");
        for name in [".", "token"] {
            for entry in fs::read_dir(from.join(name)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let to = self.path(folder).join(path.strip_prefix(&from).unwrap());
                    write(&to, &fs::read_to_string(&path).unwrap());
                }
            }
        }
    }

    pub fn doctor(&self) -> Report {
        let json = self.run(&["--json"]);
        let text = self.run(&[]);
        assert_eq!(json.status, text.status);
        Report {
            status: json.status.code().unwrap(),
            json: serde_json::from_slice(&json.stdout).unwrap_or_else(|error| {
                panic!("{error}: {}", String::from_utf8_lossy(&json.stderr))
            }),
            text: String::from_utf8(text.stdout).unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.arg("doctor").args(arguments);
        command.arg("--config").arg(self.path("config.toml"));
        command
            .arg("--prosody-config")
            .arg(self.path("prosody.cfg.lua"));
        command.args(self.user.map(|user| ["--user", user]).into_iter().flatten());
        command.envs(self.variables.iter().cloned());
        command.env("PATH", self.path("bin")).output().unwrap()
    }

    /// Breaks it, and expects the finding with this code first, with these texts in it.
    #[track_caller]
    pub fn expect_first(&self, code: &str, texts: &[&str]) -> Report {
        let report = self.doctor();
        let first = report.first();
        assert_eq!(first["code"], code, "{}", report.text);
        let whole = first.to_string();
        for text in texts {
            assert!(whole.contains(text), "{text} is not in\n{}", report.text);
        }
        report.check();
        report
    }
}

impl Report {
    pub fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().unwrap()
    }

    pub fn first(&self) -> Value {
        self.findings().first().cloned().unwrap_or_default()
    }

    pub fn codes(&self) -> Vec<&str> {
        let codes = self
            .findings()
            .iter()
            .map(|finding| finding["code"].as_str().unwrap());
        codes.collect()
    }

    /// What is true of every report.
    #[track_caller]
    pub fn check(&self) {
        let mut worst = 0;
        for finding in self.findings() {
            for part in ["what", "why", "type"] {
                let text = finding[part].as_str().unwrap();
                assert!(text.len() > 10, "{part} of {finding}");
            }
            worst = worst.max(match finding["severity"].as_str().unwrap() {
                "error" => 3,
                "warning" => 1,
                _ => 0,
            });
        }
        // A configuration that the daemon refuses has a status of its own.
        let status = if self.status == 78 { 3 } else { self.status };
        assert_eq!(status, worst, "{}", self.text);
        assert!(!self.text.contains(SECRET) && !self.json.to_string().contains(SECRET));
        let status = ["fine", "weak", "2", "broken"][usize::try_from(worst).unwrap()];
        assert!(
            self.text.starts_with(&format!("{status}  ")),
            "{}",
            self.text
        );
        // A note is nothing to begin with.
        let first = self.first()["what"].as_str().map(str::to_owned);
        let first = first.filter(|_| worst > 0);
        let first = first.unwrap_or_else(|| "nothing was found".to_owned());
        let headline = self.text.split("\n\n").next().unwrap();
        // Both forms are of two runs, between which seconds may pass.
        let without_numbers = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
        let words = |text: &str| {
            let text = without_numbers(text);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(words(headline).contains(&words(&first)), "{}", self.text);
    }
}

fn policy(folder: &Path, options: &str) -> String {
    let options = options.replace("_file = \"", &format!("_file = \"{}/", folder.display()));
    format!("[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n{options}\n")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
