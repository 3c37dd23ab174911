//! Secrets that everybody can read, as `check` and the log tell of them.

use std::cell::LazyCell;
use std::sync::mpsc;
use std::time::Duration;

use crate::config::secret_files::{Holder, SecretFiles};
use crate::permissions::access::{Account, Way};
use crate::permissions::model::{Model, Needed, Role};
use crate::permissions::plan;
use crate::permissions::way;

use crate::accounts::{self, Users};

/// A secret that everybody can read, or change.
pub struct Exposed {
    /// What is wrong.
    pub what: String,
    /// What to do, as one line.
    pub remedy: String,
}

impl std::fmt::Display for Exposed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.what, self.remedy)
    }
}

/// Has the log tell of them. Nothing waits for that.
pub fn tell(files: SecretFiles) {
    let told = std::thread::Builder::new().spawn(move || {
        for exposed in own(&files) {
            tracing::warn!("{exposed}");
        }
    });
    if let Err(error) = told {
        tracing::warn!("nobody looks whether secrets can be read by everybody: {error}");
    }
}

/// The exposed files that the daemon logs at its start. The start waits at most `limit` for the answer.
pub fn for_start(limit: Duration, files: SecretFiles) -> Vec<Exposed> {
    let (answer, answered) = mpsc::channel();
    // Whose a file is may be asked of other machines, which may not answer.
    let asked = std::thread::Builder::new().spawn(move || answer.send(own(&files)));
    let exposed = asked.ok().and_then(|_| answered.recv_timeout(limit).ok());
    exposed.unwrap_or_default()
}

/// The exposed files, where the daemon has the account of this process.
fn own(files: &SecretFiles) -> Vec<Exposed> {
    let prosody = files.prosody_user.as_deref();
    found(files, |_| Accounts {
        daemon: Some(accounts::own()),
        prosody: accounts::account(prosody.unwrap_or(accounts::PROSODY)),
    })
}

/// The exposed files that `check` shows. Without root the accounts that need a file are not known for sure, so no
/// command is suggested.
pub fn for_check(files: &SecretFiles) -> Vec<Exposed> {
    let users = LazyCell::new(Users::read);
    let accounts = |holder| Accounts {
        daemon: match holder {
            Holder::Daemon | Holder::Prosody => users.daemon(None),
            Holder::Compose => users.daemon_beside_compose(),
        },
        prosody: users.prosody(files.prosody_user.as_deref()),
    };
    let mut exposed = found(files, accounts);
    if !rustix::process::geteuid().is_root() {
        for one in &mut exposed {
            ROOT.clone_into(&mut one.remedy);
        }
    }
    exposed
}

const ROOT: &str = "do this again as root to be told what closes it to all but those who need it";

/// Who may need a file.
struct Accounts {
    daemon: Option<Account>,
    prosody: Option<Account>,
}

/// Accounts are asked for where something is wrong, which is seldom.
fn found(files: &SecretFiles, accounts: impl Fn(Holder) -> Accounts) -> Vec<Exposed> {
    let files = files.files.iter();
    let exposed = files.filter_map(|(path, holder)| {
        let way = way::to(path);
        is_exposed(&way).then(|| exposed(&way, *holder, accounts(*holder)))?
    });
    exposed.collect()
}

fn is_exposed(way: &Way) -> bool {
    let mut model = Model::default();
    model.add(way);
    way.file()
        .is_some_and(|file| model.exposure(file).is_some())
}

fn exposed(way: &Way, holder: Holder, accounts: Accounts) -> Option<Exposed> {
    let accounts = [
        (Role::Daemon, accounts.daemon),
        (Role::Prosody, accounts.prosody),
    ];
    let known = accounts
        .into_iter()
        .filter_map(|(role, account)| Some((role, account?)));
    let groups = way.entries.iter().map(|entry| entry.group);
    let mut model = Model::new(accounts::readers(known.collect(), groups));
    let needed = Needed {
        way: model.add(way),
        roles: match holder {
            Holder::Daemon | Holder::Compose => vec![Role::Daemon],
            Holder::Prosody => vec![Role::Prosody, Role::Daemon],
        },
        is_secret: true,
        open_folder: None,
    };
    let plan = plan::plan(&mut model, &needed)?;
    Some(Exposed {
        what: plan.exposed()?,
        remedy: plan::remedy(&model, &[plan]),
    })
}
