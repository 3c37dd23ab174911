//! A configuration that is taken, with what the console shows of it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::refused::Refused;
use crate::config::{Config, Loaded};
use crate::overview::Overview;

/// A configuration without mistakes.
pub struct Taken {
    pub config: Config,
    /// What it comes to, where there is a console that shows it.
    pub overview: Option<Arc<Overview>>,
}

impl Taken {
    /// What was read, and the files and folders that it consists of.
    pub fn of(loaded: Loaded) -> (Vec<PathBuf>, Result<Self, Refused>) {
        let Loaded {
            config,
            files,
            layers,
            prosody,
        } = loaded;
        let taken = config.map(|config| {
            let of = |config| Overview::of(config, layers.as_ref(), prosody.as_ref());
            let shown = config.console.enabled.then(|| Arc::new(of(&config)));
            Self {
                overview: shown,
                config,
            }
        });
        (files, taken)
    }
}
