//! What happens when the configuration changes while the daemon serves, or somebody asks for a reload.

use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::runtime::Handle;

use crate::audit::Audit;
use crate::causes::described;
use crate::config::refused::Unread;
use crate::config::{Config, Loaded, settings};
use crate::exposure;
use crate::http::Service;
use crate::keys::cache::KeyCache;
use crate::reload_status::Status;

use super::record::Recorder;
use super::taken::Taken;
use super::watch::{self, Configuration, Reading, Snapshot, Trigger};
use super::{parts, service_manager};

/// Reads the configuration, at the start and at each reload.
pub type ReadConfiguration = Arc<dyn Fn() -> Result<Loaded, Unread> + Send + Sync>;

/// Loads the configuration anew, and puts it in force if there is nothing wrong with it.
pub struct Reloading {
    /// How the configuration is read.
    pub read: ReadConfiguration,
    /// The settings that cannot change while the daemon runs.
    pub fixed: Fixed,
    /// The service whose policies are replaced.
    pub service: Arc<Service>,
    /// Where keys are kept.
    pub keys: Arc<KeyCache>,
    /// Where the result of each reload is put, for `/readyz`.
    pub status: Arc<Status>,
    /// The runtime that fetches keys.
    pub runtime: Handle,
    /// Tells the `reload` command how the reload went.
    pub recorder: Recorder,
    /// Where decisions are recorded.
    pub audit: Option<Audit>,
}

/// The settings that stay as they were when the daemon started, as the table of options says.
#[derive(PartialEq)]
pub struct Fixed(Vec<(&'static str, Value)>);

impl Fixed {
    /// The settings of this configuration that wait for the next start.
    pub fn of(config: &Config) -> Self {
        Self(settings::fixed(config))
    }
}

impl Reloading {
    /// Reloads from now on when files are not as in the snapshot any more, or the trigger is pulled.
    pub fn start(self, snapshot: Snapshot) -> io::Result<Trigger> {
        let status = Arc::clone(&self.status);
        watch::start(snapshot, status, self)
    }
}

impl Configuration for Reloading {
    type Read = Taken;

    fn read(&self) -> Reading<Taken> {
        match (self.read)() {
            Ok(loaded) => {
                let (files, taken) = Taken::of(loaded);
                Reading {
                    files,
                    outcome: taken.map_err(|refused| refused.to_string()),
                }
            }
            Err(unread) => Reading {
                outcome: Err(described(&unread)),
                files: vec![unread.path],
            },
        }
    }

    fn begin(&self) {
        // Whatever comes of the configuration: what rotates logs waits for this, and for nothing else.
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
        self.recorder.begun();
        service_manager::reloading();
    }

    fn keep(&self) {
        service_manager::ready("the configuration is wrong; the previous one stays in force");
        self.recorder.ended(self.status.failure());
    }

    fn apply(&self, taken: Taken) {
        let Taken { config, overview } = taken;
        for warning in config.warnings_and_mismatches() {
            tracing::warn!("{warning}");
        }
        self.status
            .set_warnings(config.warnings_and_mismatches().count());
        // It may ask other machines for accounts, so it runs on a thread of its own and delays no reload.
        exposure::tell(config.secret_files.clone());
        // Sockets, threads and the log exist already. The rest of the configuration is put in force all the same.
        if Fixed::of(&config) != self.fixed {
            tracing::warn!("{WAITING} were changed: that takes effect at the next start");
        }
        let status = parts::status(&config);
        let access = parts::access(&config);
        let policies = parts::policies(config, &self.keys);
        // All policies are swapped in one store: a request in flight keeps those that it began with.
        self.service.replace(policies, access, overview);
        self.runtime.block_on(self.keys.prefetch());
        service_manager::ready(&status);
        self.recorder.ended(None);
    }
}

/// Options that take effect at the next start alone, and sections that have such options.
const WAITING: &str =
    "admin, audit, forward_auth, limits, listen, log, metrics, revocations, store and workers";

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
            Place::Host | Place::HostAsJitsi | Place::Prosody | Place::Issuer | Place::Gateway => {
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
