//! `prosody-tokend serve`.

use std::sync::Arc;

use clap::Args;

use crate::config::Loaded;
use crate::daemon::{self, DaemonError};

use super::failure::{Failure, Status};
use super::sources::{self, Flag, SourceArguments};
use super::statuses::{ExitStatus, NO, REFUSED, SYSTEM};

/// Options of `serve`.
#[derive(Args)]
pub struct ServeArguments {
    #[command(flatten)]
    sources: SourceArguments,
    /// Listen here, and nowhere else; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<String>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// auto, text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// Reads the configuration and serves until told to stop.
pub fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let read = move || {
        let sources = sources::read_with(&arguments.sources, arguments.settings())?;
        Ok(Loaded::read(&sources))
    };
    Ok(daemon::run(Arc::new(read))?)
}

impl ServeArguments {
    fn settings(&self) -> Vec<Flag> {
        let listen = (!self.listen.is_empty()).then(|| self.listen.clone().into());
        let settings = [
            (vec!["listen"], listen),
            (vec!["log", "level"], self.log_level.clone().map(Into::into)),
            (
                vec!["log", "format"],
                self.log_format.clone().map(Into::into),
            ),
        ];
        let settings = settings.into_iter();
        settings
            .filter_map(|(path, value)| {
                Some((path.into_iter().map(str::to_owned).collect(), value?))
            })
            .collect()
    }
}

impl Status for DaemonError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Unread(_) | Self::Refused(_) | Self::Audit(_) => REFUSED,
            Self::Bind(_) | Self::Start(_) => SYSTEM,
            Self::Interrupted => NO,
        }
    }
}
