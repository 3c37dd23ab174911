//! Asks the running daemon as an administrator: for commands that take back, list, and give back.
#![expect(
    clippy::disallowed_methods,
    reason = "asks who has become root to type the command"
)]

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::accounts;
use crate::config::Config;
use crate::config::listen::ListenAddress;

use super::client::{Answer, DaemonClient, Manner, Unanswered};
use super::failure::{Failure, Status};
use super::sources::{self, SourceArguments};
use super::statuses::{AGAIN, ExitStatus, INPUT, NO, REFUSED, UNAVAILABLE};

/// Where the daemon is, and its configuration.
#[derive(Args)]
pub struct DaemonArguments {
    #[command(flatten)]
    pub sources: SourceArguments,
    /// Where the daemon listens, if not where the configuration says
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// A daemon that is asked, as an administrator.
pub struct Administrator {
    pub daemon: DaemonClient,
    url: String,
}

/// Why the daemon did nothing.
#[derive(Debug, Error)]
pub enum AdministratorError {
    /// There is nowhere to keep what is taken back.
    #[error(
        "nothing can be revoked, for no store is configured. Write into {config}:\n\n  [store]\n  path = \"/var/lib/prosody-tokend/state.db\"\n\n\
         and type: systemctl restart prosody-tokend"
    )]
    NoStore { config: String },
    /// Credentials are changed nowhere.
    #[error(
        "credentials are changed at Kong's Admin API of the daemon, and the configuration has no address for that. Write into {config}:\n\n  \
         [admin]\n  listen = [\"127.0.0.1:8001\"]\n\nand type: systemctl restart prosody-tokend"
    )]
    NoRegistry { config: String },
    /// Credentials would be kept nowhere.
    #[error(
        "credentials cannot be kept, for no store is configured. Write into {config}:\n\n  [store]\n  path = \"/var/lib/prosody-tokend/state.db\"\n\n\
         and type: systemctl restart prosody-tokend"
    )]
    NoStoreForRegistry { config: String },
    /// There is nothing to show to the daemon.
    #[error(
        "the daemon takes revocations from those who have the key of administrators, and none is configured. Type:\n\n  \
         openssl rand -hex 32 | install -m 640 -g prosody-tokend /dev/stdin /etc/prosody-tokend/admin_key\n\n\
         and write above all sections of {config}:\n\n  admin_key_file = \"/etc/prosody-tokend/admin_key\"\n\n\
         Or have the daemon listen at a Unix socket, where root and its own user need no key"
    )]
    NoKey { config: String },
    /// Nobody answered.
    #[error(
        "no answer from the daemon at {url}; is it running? systemctl status prosody-tokend tells"
    )]
    NoAnswer { url: String, source: Unanswered },
    /// Something else answered, or the daemon refused.
    #[error("{url} answered with status {status}: {detail}")]
    Refused {
        url: String,
        status: u16,
        detail: String,
    },
}

impl Status for AdministratorError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NoStore { .. }
            | Self::NoKey { .. }
            | Self::NoRegistry { .. }
            | Self::NoStoreForRegistry { .. } => REFUSED,
            Self::NoAnswer { .. } => UNAVAILABLE,
            Self::Refused { status, .. } => match status {
                400 | 409 | 413 => INPUT,
                404 | 412 => NO,
                503 => AGAIN,
                _ => UNAVAILABLE,
            },
        }
    }
}

impl Administrator {
    /// Finds the daemon, and the key that it wants to see. What the configuration lacks is said before anybody is asked.
    pub fn find(arguments: &DaemonArguments) -> Result<Self, Failure> {
        let config = sources::load(&arguments.sources)?.config?;
        let path = sources::path(arguments.sources.config.as_deref());
        let path = || path.display().to_string();
        // Of a daemon elsewhere this configuration says nothing.
        if config.store.is_none() && arguments.url.is_none() {
            return Err(AdministratorError::NoStore { config: path() }.into());
        }
        let (base, socket) = match (&arguments.url, address(&config)) {
            (Some(url), _) => (url.clone(), None),
            (None, Some(address)) => address.client_base(),
            (None, None) => (String::new(), None),
        };
        let key = config.admin_key.as_ref();
        if key.is_none() && socket.is_none() {
            return Err(AdministratorError::NoKey { config: path() }.into());
        }
        let key = key.map(|key| String::from_utf8_lossy(key.bytes()));
        Ok(Self::at(&base, socket, key.as_deref())?)
    }

    /// Finds Kong's Admin API of the daemon, and the key that it wants to see; with the configuration, which says what there is besides.
    pub fn find_of_registry(arguments: &DaemonArguments) -> Result<(Self, Config), Failure> {
        let config = sources::load(&arguments.sources)?.config?;
        let path = sources::path(arguments.sources.config.as_deref());
        let path = || path.display().to_string();
        let (base, socket) = match (&arguments.url, config.admin.listen.first()) {
            (Some(url), _) => (url.clone(), None),
            (None, Some(_)) if config.store.is_none() => {
                return Err(AdministratorError::NoStoreForRegistry { config: path() }.into());
            }
            (None, Some(address)) => address.client_base(),
            (None, None) => return Err(AdministratorError::NoRegistry { config: path() }.into()),
        };
        let key = config.admin_key.as_ref();
        let key = key.map(|key| String::from_utf8_lossy(key.bytes()));
        let administrator = Self::at(&base, socket, key.as_deref())?;
        Ok((administrator, config))
    }

    fn at(
        base: &str,
        socket: Option<&Path>,
        key: Option<&str>,
    ) -> Result<Self, AdministratorError> {
        let daemon = DaemonClient::new(&manner(), base, socket, key);
        let url = socket.map_or_else(
            || base.to_owned(),
            |path| format!("unix:{}", path.display()),
        );
        match daemon {
            Ok(daemon) => Ok(Self { daemon, url }),
            Err(error) => {
                let source = error.into();
                Err(AdministratorError::NoAnswer { url, source })
            }
        }
    }

    /// What is at a path of Kong's Admin API; none where there is nothing.
    pub async fn found<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, AdministratorError> {
        let answer = self.daemon.get(path).await;
        let is_nothing = |answer: &Answer| {
            answer.status == 404 && answer.detail().as_deref() == Some("Not found")
        };
        match answer {
            Ok(answer) if is_nothing(&answer) => Ok(None),
            answer => self.read(answer).map(Some),
        }
    }

    /// What was answered, where that is what was asked for.
    pub fn read<T: DeserializeOwned>(
        &self,
        answer: Result<Answer, Unanswered>,
    ) -> Result<T, AdministratorError> {
        let answer = self.answered(answer)?;
        answer.read().ok_or_else(|| self.refused(&answer))
    }

    /// An answer that is no refusal.
    pub fn answered(
        &self,
        answer: Result<Answer, Unanswered>,
    ) -> Result<Answer, AdministratorError> {
        let answer = answer.map_err(|source| AdministratorError::NoAnswer {
            url: self.url.clone(),
            source,
        })?;
        if (200..300).contains(&answer.status) {
            Ok(answer)
        } else {
            Err(self.refused(&answer))
        }
    }

    fn refused(&self, answer: &Answer) -> AdministratorError {
        let detail = answer.detail();
        AdministratorError::Refused {
            url: self.url.clone(),
            status: answer.status,
            detail: detail.unwrap_or_else(|| "not as the daemon answers".to_owned()),
        }
    }
}

/// Where to ask: where a key is configured at the first address, else at a socket that tells the daemon who asks.
fn address(config: &Config) -> Option<&ListenAddress> {
    let is_socket = |address: &&ListenAddress| matches!(address, ListenAddress::Unix(_));
    let socket = config.listen.iter().find(is_socket);
    let socket = socket.filter(|_| config.admin_key.is_none());
    socket.or_else(|| config.listen.first())
}

/// A text as one part of a path, or as a value of a query.
pub fn part(text: &str) -> impl Display {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

fn manner() -> Manner {
    Manner {
        agent: concat!("prosody-tokend-revoke/", env!("CARGO_PKG_VERSION")).to_owned(),
        patience: PATIENCE,
        most_bytes: MAX_BODY,
    }
}

/// Who types the command: behind sudo whoever has called that.
pub fn name() -> String {
    let caller = std::env::var("SUDO_USER").ok();
    let caller = caller.filter(|name| !name.is_empty());
    let name = caller.unwrap_or_else(|| accounts::own().name);
    format!("{name} on the command line")
}

/// A write may have to wait for a database.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than a page of revocations.
const MAX_BODY: usize = 16_777_216;
