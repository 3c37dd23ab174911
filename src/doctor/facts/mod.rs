//! What was found on this machine.

pub mod clock;
pub mod docker;
pub mod included;
pub mod login;
pub mod plugins;
pub mod policies;
pub mod services;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::api::health::StoreHealth;
use crate::api::recent::RecentLogins;
use crate::origin::Origin;
use crate::origin::problem::ConfigProblem;
use crate::prosody::fault::Refusal;
use crate::prosody::model::ProsodyConfig;

use crate::permissions::access::Way;
use crate::permissions::model::Readers;

use self::clock::SystemClock;
use self::docker::Docker;
use self::included::LeftOut;
use self::login::Logins;
use self::plugins::Folder;
pub use self::plugins::{Content, ShimFile};
use self::policies::Policies;
use self::services::Services;

/// Everything that findings are made of.
#[derive(Debug)]
pub struct Facts {
    /// The version of this program.
    pub version: &'static str,
    /// Whether whoever asks may read every file.
    pub is_root: bool,
    /// The Prosody of this machine, if there is one.
    pub prosody: Option<Installation>,
    /// Its main configuration file.
    pub prosody_path: PathBuf,
    /// What that says.
    pub prosody_config: Result<ProsodyConfig, Unevaluated>,
    /// The folders in which Prosody looks for modules, in its order.
    pub folders: Vec<PluginFolder>,
    /// Where Prosody finds the files of the shim.
    pub shim: Vec<ShimFile>,
    /// The daemon's configuration file.
    pub daemon_path: PathBuf,
    /// What the daemon's configuration says.
    pub daemon_config: Result<DaemonConfig, Vec<ConfigProblem>>,
    /// What of that is better changed.
    pub daemon_warnings: Vec<String>,
    /// Whether hosts come from Prosody's configuration.
    pub daemon_reads_prosody: bool,
    /// The user that the daemon is to run as, where there is none.
    pub missing_user: Option<String>,
    /// What answers at the addresses where Prosody asks.
    pub endpoints: Vec<Endpoint>,
    /// What answers where the daemon's configuration has it listen: the address as a URL.
    pub listening: Vec<(String, Answer)>,
    /// What the key servers of the configuration answered.
    pub key_servers: Vec<KeyServerFacts>,
    /// What the system says of its clock.
    pub clock: Option<SystemClock>,
    /// Logins at the Prosody that runs.
    pub logins: Logins,
    /// Files that one of the two accounts has to read.
    pub files: Vec<NeededFile>,
    /// Who these accounts are.
    pub readers: Readers,
    /// The hosts that the daemon's own file has a section for, and where.
    pub own_hosts: BTreeMap<String, Origin>,
    /// A folder that has the shim, where Prosody finds nothing of it.
    pub shim_elsewhere: Option<PathBuf>,
    pub services: Services,
    /// Each host as the daemon's configuration has it, and as Prosody's does.
    pub policies: Vec<Policies>,
    /// Where `listen` is set.
    pub listen_origin: Origin,
    /// The containers that were asked about, where they were.
    pub docker: Option<Docker>,
    /// Files of hosts that Prosody's configuration does not include.
    pub left_out: Vec<LeftOut>,
}

/// Why there is no configuration of Prosody to look at.
#[derive(Debug)]
pub enum Unevaluated {
    /// There is no such file.
    Missing,
    /// This user may not read it.
    Forbidden,
    /// It cannot be evaluated.
    Refused(Refusal),
}

/// An installed Prosody.
#[derive(Debug, Clone)]
pub struct Installation {
    pub program: PathBuf,
    /// The version that the program prints.
    pub version: Option<String>,
    /// Where its own modules are.
    pub plugins: PathBuf,
    /// Its data, from where relative plugin paths count.
    pub data: PathBuf,
    /// The configuration that it reads where no other is named.
    pub config: PathBuf,
}

/// A folder of modules, and whether it is there.
#[derive(Debug, Clone)]
pub struct PluginFolder {
    pub folder: Folder,
    /// Whether it is there.
    pub exists: bool,
}

/// What the daemon's configuration says, as far as it matters here.
#[derive(Debug, Clone, Default)]
pub struct DaemonConfig {
    /// Each host with the digest of its policy.
    pub hosts: BTreeMap<String, HostPolicy>,
}

/// A host as the files describe it.
#[derive(Debug, Clone, Default)]
pub struct HostPolicy {
    /// The digest of the policy, without any secret.
    pub digest: String,
}

/// An address that Prosody asks.
#[derive(Debug)]
pub struct Endpoint {
    /// `tokend_url`.
    pub url: String,
    /// Whether `tokend_api_key` is what the daemon's configuration demands; none where that demands nothing.
    pub has_key: Option<bool>,
    /// Where it was set.
    pub origin: Origin,
    /// The hosts that use it.
    pub hosts: Vec<String>,
    pub answer: Answer,
}

/// What came back from an address.
#[derive(Debug)]
pub enum Answer {
    /// Nothing: why.
    Nothing(String),
    /// Another program answers there, or the daemon refuses the request; the text of the answer.
    Stranger(String),
    Daemon(Box<Running>),
}

/// A daemon that runs.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Its version; none where it does not tell.
    pub version: Option<String>,
    /// Keys that it should have and has not.
    pub missing_keys: Vec<String>,
    /// Keys that it uses past their lifetime.
    pub stale_keys: Vec<String>,
    /// Why its last reload failed.
    pub reload_failed: Option<String>,
    /// Why it does not notice changes of its configuration at once.
    pub not_watched: Option<String>,
    /// How many lines of its log were lost.
    pub log_lines_lost: u64,
    /// Hosts for which it has no key.
    pub cannot_admit: Vec<String>,
    /// What it says of the store of revocations.
    pub store: StoreWords,
    /// What it decided lately, where it tells.
    pub recent: Option<Box<RecentLogins>>,
    /// The hosts that it knows; none where it did not accept Prosody's key.
    pub hosts: Option<BTreeMap<String, RunningHost>>,
}

/// What a daemon says of its store.
#[derive(Debug, Clone, Default)]
pub struct StoreWords {
    /// Where it is and how much there is in it, where there is one and the daemon tells.
    pub health: Option<StoreHealth>,
    /// Whether nobody is let in, since it is not known what was revoked.
    pub is_unknown: bool,
    /// Why it does not work.
    pub failed: Option<String>,
    /// Since when it does not, in Unix seconds.
    pub failed_since: Option<i64>,
    /// What was lost.
    pub damaged: Option<String>,
}

/// A host as the running daemon has it.
#[derive(Debug, Clone, Default)]
pub struct RunningHost {
    /// The digest of the policy in force; none where it does not tell.
    pub digest: Option<String>,
    /// The issuers whose secret in the files it does not accept.
    pub other_secrets: Vec<OtherSecret>,
    /// Sources of keys that it could not fetch from when it tried last, and why not.
    pub failed_sources: Vec<(String, String)>,
}

/// An issuer whose secret in the files is none of the running daemon's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSecret {
    /// Its name.
    pub issuer: String,
    /// Whether it is another one than the host's own options describe.
    pub is_further: bool,
}

/// A key server.
#[derive(Debug)]
pub struct KeyServerFacts {
    pub url: String,
    /// The option that names it.
    pub option: &'static str,
    /// The host whose keys it has.
    pub host: String,
    /// What it answered, or why not.
    pub answer: Result<KeyAnswer, KeyFailure>,
    /// Where the option was set.
    pub origin: Origin,
}

/// Why a key server gave no keys.
#[derive(Debug, Clone)]
pub enum KeyFailure {
    Silent(String),
    /// It answered with something else.
    Refused(String),
    /// This machine trusts no certificate at all.
    NoAuthorities(String),
    /// Its certificate does not count here.
    Distrusted {
        /// What is wrong with it.
        distrust: Distrust,
        /// The same in words.
        reason: String,
        /// What came, the server's own first.
        chain: Vec<Vouched>,
    },
}

/// What is wrong with a certificate, as far as different things have to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// Nobody whom this machine trusts vouches for it.
    UnknownIssuer,
    /// It is not valid yet, or not any more.
    OutsideValidity,
    /// Anything else, such as a certificate for another name.
    Other,
}

/// A certificate that a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Whose it is.
    pub subject: String,
    /// Who vouches for it.
    pub issuer: String,
}

/// What a key server answered.
#[derive(Debug, Clone, Default)]
pub struct KeyAnswer {
    /// The keys that can be used; none where they cannot be listed.
    pub usable: Option<usize>,
    /// What is wrong with the others, and with the answer as a whole.
    pub unusable: Vec<String>,
    /// How many seconds its clock is ahead of this machine's.
    pub ahead: Option<i64>,
    /// The address of the keys, where this is a document about the issuer.
    pub leads_to: Option<String>,
}

/// A file that an account has to read.
#[derive(Debug)]
pub struct NeededFile {
    /// Itself, and all that is on the way to it.
    pub way: Way,
    /// Who needs it, and what for.
    pub purpose: Purpose,
    /// A folder that it is in, in which everybody may read everything.
    pub open_folder: Option<PathBuf>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A secret, for the daemon.
    Secret,
    /// Anything else that the daemon reads.
    Daemon,
    /// Prosody's configuration, which the daemon may read, too.
    ProsodyConfig,
    /// A file of it that holds a secret.
    ProsodySecret,
    /// The shim, for Prosody.
    Shim,
}

impl Facts {
    /// The files that hosts and their policies are described in.
    #[must_use]
    pub fn described_in(&self) -> String {
        let own = self.daemon_path.display();
        if self.daemon_reads_prosody {
            format!("{own} and {}", self.prosody_path.display())
        } else {
            own.to_string()
        }
    }

    /// How to give a host a policy.
    #[must_use]
    pub fn policy_needed(&self, host: &str) -> String {
        let (own, prosody) = (self.daemon_path.display(), self.prosody_path.display());
        let options = self.prosody_config.as_ref();
        let has_options = options.is_ok_and(|config| config.get(host, "app_id").is_some());
        match (self.daemon_reads_prosody, has_options) {
            (true, _) => format!(
                "below VirtualHost {host:?} in Prosody's configuration write: app_id = \"THE ISS OF YOUR TOKENS\" and app_secret = \"THE SECRET OF WHO ISSUES THEM\"; then systemctl restart prosody"
            ),
            (false, true) => format!(
                "in {own} write above its first section: prosody_config = \"{prosody}\"; then systemctl reload prosody-tokend"
            ),
            (false, false) => format!(
                "at the end of {own} write three lines: [hosts.\"{host}\"] and app_id = \"THE ISS OF YOUR TOKENS\" and app_secret_file = \"/etc/prosody-tokend/app_secret\", a file with the secret of who issues them; then systemctl reload prosody-tokend"
            ),
        }
    }
}

/// Where the shim asks unless `tokend_url` says otherwise.
pub const DEFAULT_URL: &str = "http://127.0.0.1:5290";
