//! Prosody as it is installed here.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for Prosody and its modules on this machine"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::sources::{self, USUAL_PROSODY};
use crate::doctor::facts::included::LeftOut;
use crate::doctor::facts::{
    Installation, NeededFile, PluginFolder, Purpose, ShimFile, Unevaluated,
};
use crate::doctor::plugins::{self, SHIM};
use crate::files;
use crate::options::{self, Kind};
use crate::origin::Origin;
use crate::origin::problem::ReadFailure;
use crate::prosody::fault::Fault;
use crate::prosody::model::ProsodyConfig;

use crate::prosody::release::{Release, installed};
use crate::prosody::request::Request;

use super::files::{needed, of_shim};

/// The Prosody whose program is found first along `$PATH`, as its first lines describe it.
pub fn installation() -> Option<Installation> {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("prosody"));
    let program = programs.find(|program| program.is_file())?;
    let text = fs::read(&program).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let folder = |name, default: &str| PathBuf::from(assigned(&text, name).unwrap_or(default));
    let source = folder("CFG_SOURCEDIR", "/usr/lib/prosody");
    let version = fs::read_to_string(source.join("prosody.version")).ok();
    Some(Installation {
        version: version.map(|version| version.trim().to_owned()),
        plugins: folder("CFG_PLUGINDIR", "/usr/lib/prosody/modules/"),
        data: folder("CFG_DATADIR", "/var/lib/prosody"),
        config: folder("CFG_CONFIGDIR", "/etc/prosody").join("prosody.cfg.lua"),
        program,
    })
}

/// The value of a line such as `CFG_DATADIR='/var/lib/prosody';`.
fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let value = line
            .strip_prefix(name)?
            .trim_start()
            .strip_prefix('=')?
            .trim();
        let value = value.trim_end_matches(';').trim();
        value.get(1..value.len().checked_sub(1)?)
    })
}

/// Where Prosody's configuration usually is: in Debian and from source, or in Jitsi's container.
pub fn usual_config() -> PathBuf {
    let paths = USUAL.map(PathBuf::from);
    let found = paths.iter().find(|path| path.exists()).cloned();
    found.unwrap_or_else(|| PathBuf::from(USUAL_PROSODY))
}

/// Evaluates Prosody's configuration by the rules of the installed release.
pub fn read(path: &Path, prosody: Option<&Installation>) -> Result<ProsodyConfig, Unevaluated> {
    match fs::File::open(path).map_err(|error| error.kind()) {
        Err(ErrorKind::NotFound) => return Err(Unevaluated::Missing),
        Err(ErrorKind::PermissionDenied) => return Err(Unevaluated::Forbidden),
        _ => {}
    }
    let version = prosody.and_then(|prosody| prosody.version.as_deref());
    let environment = std::env::vars_os();
    let request = Request {
        path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        release: version.map_or_else(installed, Release::from_version),
        environment: environment
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        credentials: None,
    };
    let config = sources::evaluator().evaluate(&request, None);
    config.map_err(|refusal| match &refusal.fault {
        Fault::Unreadable {
            failure: ReadFailure::PermissionDenied,
            ..
        } => Unevaluated::Forbidden,
        _ => Unevaluated::Refused(refusal),
    })
}

/// The folders of the search path, and whether they are there.
pub fn folders(
    config: Option<&ProsodyConfig>,
    prosody: Option<&Installation>,
) -> Vec<PluginFolder> {
    let (Some(config), Some(prosody)) = (config, prosody) else {
        return Vec::new();
    };
    let folders = plugins::search_path(config, prosody).into_iter();
    folders
        .map(|folder| PluginFolder {
            exists: folder.path.is_dir(),
            folder,
        })
        .collect()
}

/// Every file that could be taken for one of the shim's.
pub fn shim(folders: &[PluginFolder]) -> Vec<ShimFile> {
    let file = |(name, _): &(&'static str, &str)| {
        let tried = folders
            .iter()
            .flat_map(|folder| plugins::candidates(&folder.folder.path, name));
        let found = tried.filter_map(|path| {
            let content = plugins::compare(name, &fs::read(&path).ok()?);
            Some((path, content))
        });
        ShimFile {
            name,
            found: found.collect(),
        }
    };
    SHIM.iter().map(file).collect()
}

/// Files of hosts that lie ready beside the folder from which the configuration includes some, and are not included.
pub fn left_out(path: &Path, config: Option<&ProsodyConfig>) -> Vec<LeftOut> {
    let Some((config, own)) = config.zip(path.parent()) else {
        return Vec::new();
    };
    let folder = own.join("conf.d");
    if !config.files.iter().any(|file| file.starts_with(&folder)) {
        return Vec::new();
    }
    let entries = fs::read_dir(own.join("conf.avail")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let files = paths.into_iter().filter(|path| {
        let is_lua = path.to_string_lossy().ends_with(".cfg.lua");
        let is_read = fs::canonicalize(path).is_ok_and(|path| config.files.contains(&path));
        is_lua && !is_read && !config.files.contains(path)
    });
    files
        .filter_map(|path| {
            let text = files::read_text(&path, MAX_LEFT_OUT).ok()?;
            Some(LeftOut {
                hosts: text.lines().filter_map(declared).collect(),
                has_tokens: text.contains("\"token\"") && text.contains("\"muc\""),
                folder: folder.clone(),
                path,
            })
        })
        .collect()
}

/// The host of a line such as `VirtualHost "meet.example.com"`.
fn declared(line: &str) -> Option<String> {
    let name = line.trim_start().strip_prefix("VirtualHost")?.trim_start();
    let name = name.trim_start_matches(['(', ' ']);
    let quote = name
        .chars()
        .next()
        .filter(|quote| ['"', '\''].contains(quote))?;
    let name = name.get(1..)?.split(quote).next()?;
    Some(name.to_lowercase())
}

/// A folder that has the shim: a usual one, or one beside those where Prosody looks.
pub fn shim_elsewhere(searched: &[PluginFolder]) -> Option<PathBuf> {
    let searched = searched.iter().filter(|folder| folder.folder.is_chosen);
    let near = searched.flat_map(|folder| {
        let path = &folder.folder.path;
        let above = path.parent().unwrap_or(path);
        [path.join("lua"), above.join("lua"), above.to_owned()]
    });
    let folders = near.chain(SHIM_FOLDERS.iter().map(PathBuf::from));
    let mut found =
        folders.filter(|folder| SHIM.iter().all(|(name, _)| folder.join(name).is_file()));
    found.next()
}

/// The files that Prosody has to read.
pub fn files(config: Option<&ProsodyConfig>, shim: &[ShimFile]) -> Vec<NeededFile> {
    let winners = shim
        .iter()
        .filter_map(|file| Some((file.name, file.found.first()?)));
    let mut files: Vec<NeededFile> = winners
        .map(|(name, (path, _))| of_shim(path, name))
        .collect();
    let Some(config) = config else {
        return files;
    };
    files.extend(
        with_secrets(config)
            .iter()
            .map(|path| needed(path, Purpose::ProsodySecret)),
    );
    let read = config.files.iter().filter(|path| path.exists());
    files.extend(read.map(|path| needed(path, Purpose::ProsodyConfig)));
    files
}

fn with_secrets(config: &ProsodyConfig) -> BTreeSet<PathBuf> {
    let hosts = config.hosts.values().map(|host| &host.options);
    let set = hosts.chain([&config.global]).flatten();
    set.filter(|(name, _)| is_hosts_secret(name))
        .filter_map(|(_, setting)| match &setting.origin {
            Origin::File(path, _) => Some(path.clone()),
            _ => None,
        })
        .collect()
}

fn is_hosts_secret(name: &str) -> bool {
    options::named(name).is_some_and(|option| option.is_hosts() && option.kind == Kind::Secret)
}

/// More than a file of a host has.
const MAX_LEFT_OUT: u64 = 1_048_576;
const SHIM_FOLDERS: [&str; 5] = [
    "/usr/local/lib/prosody-tokend/lua",
    "/usr/lib/prosody-tokend/lua",
    "/usr/local/share/prosody-tokend/lua",
    "/usr/share/prosody-tokend/lua",
    "/opt/prosody-tokend/lua",
];
const USUAL: [&str; 3] = [
    USUAL_PROSODY,
    "/config/prosody.cfg.lua",
    "/usr/local/etc/prosody/prosody.cfg.lua",
];
