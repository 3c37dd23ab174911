//! The daemon with Prosody, three sources of keys, and those who come.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::model::{Bearer, FETCHED, FOLDER, Model, ROOM, SECRET};
use support::deployment::{Deployment, Host, Setup};
use support::issuer::{bob, jwks};
use support::key_server::{KeyServer, Page};
use support::login::{Login, TRANSPORTS};

pub struct World {
    pub deployment: Deployment,
    pub key_server: KeyServer,
    pub model: Model,
    keys: TempDir,
    joins: Cell<u64>,
}

impl World {
    pub fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let model = Model::new(keys.path().to_owned());
        let key_server = KeyServer::http();
        key_server.put("/keys.json", Page::of(jwks(&[bob().jwk("bob")])));
        let in_folder = format!("key_folder = \"{}\"", keys.path().display());
        let fetched = format!("cache_keys_url = \"{}\"", key_server.url("/keys.json"));
        let at = |name, policy: &str| Host {
            name,
            policy: String::leak(policy.to_owned()),
            ..SECRET
        };
        let hosts = [SECRET, at(FOLDER, &in_folder), at(FETCHED, &fetched)];
        let daemon = Path::new(env!("CARGO_BIN_EXE_prosody-tokend"));
        let deployment = Deployment::start(
            daemon,
            &Setup {
                prosody_options: "tokend_timeout = 1",
                expected_errors: &["gives no verdicts"],
                log_level: "info",
                ..Setup::of(&hosts)
            },
        );
        Self {
            deployment,
            key_server,
            model,
            keys,
            joins: Cell::new(0),
        }
    }

    /// Whether somebody who comes with this token gets into the room.
    pub fn gets_in(&self, bearer: Bearer) -> bool {
        let transport = TRANSPORTS[fastrand::usize(..TRANSPORTS.len())];
        let login = Login::to(bearer.host())
            .over(transport)
            .token(bearer.token());
        let login = if fastrand::bool() {
            login.room(ROOM)
        } else {
            login
        };
        let room = format!("{ROOM}@conference.{}", bearer.host());
        let Ok(client) = self.deployment.login(&login) else {
            return false;
        };
        self.joins.set(self.joins.get() + 1);
        let nick = format!("somebody-{}", self.joins.get());
        let is_in = client.join(&room, &nick).is_ok();
        client.disconnect();
        is_in
    }

    /// A file among the keys.
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.keys.path().join(name)
    }
}
