//! What lies beside the variables of a docker-jitsi-meet.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at compose files and at what they mount"
)]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::doctor::facts::docker::{Docker, Mount};
use crate::doctor::facts::{ShimFile, Unevaluated};
use crate::doctor::plugins::{self, SHIM};
use crate::files;
use crate::prosody::docker::env_file;
use crate::prosody::model::ProsodyConfig;

use super::local::Local;

/// The docker-jitsi-meet whose variables the daemon reads, if it reads any.
pub fn look(local: &Local) -> Option<Docker> {
    let (file, _) = local.variables.as_ref()?;
    let folder = file.as_deref().and_then(Path::parent);
    let folder =
        folder.map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
    let compose = folder
        .iter()
        .flat_map(|folder| compose_files(folder))
        .collect::<Vec<_>>();
    let texts: Vec<(PathBuf, String)> = compose
        .iter()
        .filter_map(|path| Some((path.clone(), files::read_text(path, MAX_COMPOSE).ok()?)))
        .collect();
    let own = file.as_deref().and_then(config_folder);
    let mounts: Vec<Option<Mount>> = texts
        .iter()
        .flat_map(|(path, text)| mounts(path, text, own.as_deref()))
        .collect();
    let has_unseen_mount = mounts.iter().any(Option::is_none);
    let mounts: Vec<Mount> = mounts.into_iter().flatten().filter(is_for_shim).collect();
    Some(Docker {
        has_unseen_mount,
        has_authorities: texts.iter().any(|(_, text)| has_authorities(text)),
        has_daemon: texts.iter().any(|(_, text)| runs_daemon(text)),
        shim: mounts.first().map(shim).unwrap_or_default(),
        file: file.clone(),
        compose,
        mounts,
    })
}

/// What the variables have Prosody be.
pub fn config(local: &Local) -> Result<ProsodyConfig, Unevaluated> {
    let variables = local.variables.as_ref();
    let config = variables.and_then(|(_, config)| config.clone());
    config.ok_or(Unevaluated::Missing)
}

fn compose_files(folder: &Path) -> Vec<PathBuf> {
    let files = COMPOSE_FILES.iter().map(|name| folder.join(name));
    files.filter(|path| path.is_file()).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.starts_with('#'))
}

fn runs_daemon(text: &str) -> bool {
    let mut lines = lines(text);
    lines.any(|line| {
        line.contains("prosody-tokend") && (line.contains("serve") || line.starts_with("image:"))
    })
}

/// Whether they come from this machine, or from an image that is not a bare Debian.
fn has_authorities(text: &str) -> bool {
    let is_bare = lines(text).any(|line| line.starts_with("image: debian:"));
    let is_given = |line: &str| line.contains("/etc/ssl/certs") || line.contains("SSL_CERT_");
    runs_daemon(text) && (!is_bare || lines(text).any(is_given))
}

/// The folder that `CONFIG` names, which the image's compose file mounts parts of.
fn config_folder(file: &Path) -> Option<PathBuf> {
    let text = files::read_text(file, MAX_COMPOSE).ok()?;
    let variables = env_file::parse(file, &text).variables;
    let set = variables
        .iter()
        .rfind(|variable| variable.name == "CONFIG")?;
    let folder = file.parent().unwrap_or(Path::new(""));
    match set.value.strip_prefix("~/") {
        Some(rest) => Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)),
        None => Some(folder.join(&set.value)),
    }
}

/// `- SOURCE:TARGET:ro`, where TARGET is one of the places at which Prosody's image takes modules. None for a source that
/// cannot be told.
fn mounts(path: &Path, text: &str, own: Option<&Path>) -> Vec<Option<Mount>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let volumes = lines(text).filter_map(|line| line.strip_prefix("- "));
    let volumes = volumes.map(|volume| volume.trim().trim_matches(['"', '\'']));
    let pairs = volumes.filter_map(|volume| {
        let (source, target) = volume.split_once(":/prosody-plugins")?;
        let target = target.split(':').next().unwrap_or_default();
        Some((source, format!("/prosody-plugins{target}")))
    });
    pairs
        .filter(|(_, target)| takes_shim(target))
        .map(|(source, target)| {
            let source = match source.strip_prefix("${CONFIG}/") {
                Some(rest) => own?.join(rest),
                None if source.contains('$') => return None,
                None => folder.join(source.strip_prefix("./").unwrap_or(source)),
            };
            Some(Mount {
                is_readable: is_readable(&source),
                source,
                target,
            })
        })
        .collect()
}

fn takes_shim(target: &str) -> bool {
    target.trim_end_matches('/') == CUSTOM
        || SHIM.iter().any(|(name, _)| target.ends_with(name))
        || target.ends_with("/prosody-plugins/token")
}

/// The image's own mount of a folder for modules is there in any case; it counts where the shim lies in it.
fn is_for_shim(mount: &Mount) -> bool {
    let is_images = mount.source.ends_with("prosody-plugins-custom");
    !is_images || mount.source.join("mod_auth_token.lua").is_file()
}

/// Whether the container's user, who is nobody here, can read it.
fn is_readable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| {
        let wanted = if metadata.is_dir() { 0o005 } else { 0o004 };
        metadata.mode() & wanted == wanted
    })
}

/// The files of a folder that is mounted whole.
fn shim(mount: &Mount) -> Vec<ShimFile> {
    if mount.target.trim_end_matches('/') != CUSTOM {
        return Vec::new();
    }
    let file = |(name, _): &(&'static str, &str)| {
        let tried = plugins::candidates(&mount.source, name);
        let found = tried.into_iter().filter_map(|path| {
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

const CUSTOM: &str = "/prosody-plugins-custom";
const COMPOSE_FILES: [&str; 6] = [
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "docker-compose.override.yml",
    "compose.override.yml",
];
/// More than any compose file has.
const MAX_COMPOSE: u64 = 1_048_576;
