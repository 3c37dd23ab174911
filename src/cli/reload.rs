//! What happens when the configuration changes while the daemon serves.

pub mod command;
pub mod record;

use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::runtime::Handle;

use crate::clock;
use crate::config::listen::ListenAddress;
use crate::config::{self, Config, settings};
use crate::http::{Access, ApiKey, Service};
use crate::keys::cache::KeyCache;
use crate::lifecycle;
use crate::reload::{self, Configuration, Reading, Snapshot, Status, Trigger};
use crate::signer::Signer;
use crate::verifier::policies::Policies;

use self::record::Recorder;
use super::{Failure, ServeArguments, described, exposure, serve, sources};

/// Loads the configuration anew, and puts it in force if there is nothing wrong with it.
pub struct Reloading {
    /// Where the configuration is.
    pub arguments: ServeArguments,
    /// What it must not change any more.
    pub fixed: Fixed,
    /// Whose policies are replaced.
    pub service: Arc<Service>,
    /// Where keys are kept.
    pub keys: Arc<KeyCache>,
    /// Where it is told what became of it.
    pub status: Arc<Status>,
    /// What fetches keys.
    pub runtime: Handle,
    /// What tells of it to the command that asked for it.
    pub recorder: Recorder,
}

/// The settings that stay as they were when the daemon started, as the table of options says.
#[derive(PartialEq)]
pub struct Fixed(Vec<(&'static str, Value)>);

impl Fixed {
    /// Those of this configuration.
    pub fn of(config: &Config) -> Self {
        Self(settings::fixed(config))
    }
}

impl Reloading {
    /// Reloads from now on when files are not as in the snapshot any more, or the trigger is pulled.
    pub fn start(self, snapshot: Snapshot) -> io::Result<Trigger> {
        let status = Arc::clone(&self.status);
        reload::start(snapshot, status, self)
    }
}

impl Configuration for Reloading {
    type Read = Config;

    fn read(&self) -> Reading<Config> {
        match serve::read(&self.arguments) {
            Ok(sources) => Reading {
                outcome: config::load(&sources)
                    .map_err(|problems| described(&Failure::from(problems))),
                files: config::files(&sources),
            },
            Err(failure) => Reading {
                files: vec![sources::path(self.arguments.sources.config.as_deref())],
                outcome: Err(described(&failure)),
            },
        }
    }

    fn begin(&self) {
        self.recorder.begun();
        lifecycle::reloading();
    }

    fn keep(&self) {
        lifecycle::ready("the configuration is wrong; the previous one stays in force");
        self.recorder.ended(self.status.failure());
    }

    fn apply(&self, config: Config) {
        for warning in config.doubts() {
            tracing::warn!("{warning}");
        }
        exposure::tell(config.secret_files.clone());
        if Fixed::of(&config) != self.fixed {
            tracing::warn!("{WAITING} were changed: that takes effect at the next start");
        }
        let status = status(&config);
        let access = access(&config);
        let policies = Policies::new(config.hosts, &config.allowed_key_urls)
            .remembering(config.limits.signature_cache_bytes);
        policies.configure(&self.keys, config.key_max_stale);
        self.service.replace(policies, access);
        self.runtime.block_on(self.keys.prefetch());
        lifecycle::ready(&status);
        self.recorder.ended(None);
    }
}

/// Options that take effect at the next start alone, and sections that have such options.
const WAITING: &str = "listen, limits, log and workers";

/// What the service manager is told.
pub fn status(config: &Config) -> String {
    let names: Vec<&str> = config.hosts.keys().map(String::as_str).collect();
    format!("deciding for {}", names.join(", "))
}

/// Who may ask, as the configuration has it.
pub fn access(config: &Config) -> Access {
    let mut server_names: Vec<String> = config
        .server_names
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    server_names.extend(config.listen.iter().filter_map(|address| match address {
        ListenAddress::Tcp(address) => Some(address.ip().to_string()),
        ListenAddress::Unix(_) => None,
    }));
    Access {
        api_key: config.api_key.as_ref().map(|key| ApiKey::new(key.bytes())),
        server_names,
        signer: Signer::new(config.asap.clone(), clock::unix_time),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::WAITING;
    use crate::options::{self, Place, TakesEffect};

    #[test]
    fn what_waits_for_the_next_start_is_named_by_its_section() {
        let waiting = options::all().filter(|option| option.takes_effect == TakesEffect::AtStart);
        let named = waiting.map(|option| match option.place {
            Place::Daemon("") => option.name,
            Place::Daemon(section) => section,
            Place::Host | Place::HostAsJitsi | Place::Prosody => {
                panic!(
                    "{} belongs to the policies, which are replaced",
                    option.name
                )
            }
        });
        let named: BTreeSet<&str> = named.collect();
        let words = WAITING.replace(" and ", ", ");
        assert_eq!(named, words.split(", ").collect());
    }
}
