//! Whether Prosody loads this shim, all of it, and nothing in place of it.

use std::path::Path;

use crate::origin::Origin;

use super::facts::{Content, Facts, PluginFolder, ShimFile};
use super::finding::Finding;
use super::remedy::{self, RESTART};
use super::spelling;

/// What is wrong with the modules that Prosody finds.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    if facts.prosody.is_none() || facts.prosody_config.is_err() {
        return Vec::new();
    }
    let ours = facts
        .shim
        .iter()
        .filter(|file| position_of_ours(file).is_some());
    if ours.count() == 0 {
        return vec![nowhere(facts)];
    }
    let mut findings: Vec<Finding> = facts
        .shim
        .iter()
        .filter_map(|file| shadowed(facts, file))
        .collect();
    findings.truncate(1);
    findings.extend(incomplete(facts));
    findings.extend(other_version(facts));
    findings.extend(absent(facts).map(|folder| unused_path(facts, folder)));
    findings
}

fn position_of_ours(file: &ShimFile) -> Option<usize> {
    file.found
        .iter()
        .position(|(_, content)| *content != Content::Foreign)
}

fn absent(facts: &Facts) -> impl Iterator<Item = &PluginFolder> {
    facts
        .folders
        .iter()
        .filter(|folder| folder.folder.is_chosen && !folder.exists)
}

fn nowhere(facts: &Facts) -> Finding {
    let absent = absent(facts).next();
    let taken = facts.shim.iter().find_map(|file| file.found.first());
    let chosen = facts.folders.iter().any(|folder| folder.folder.is_chosen);
    let what = match (absent, taken) {
        (Some(folder), _) => format!(
            "Prosody finds nothing of this shim: {} in plugin_paths is not there [{}]",
            folder.folder.path.display(),
            folder.folder.origin
        ),
        (None, Some((path, _))) => format!(
            "Prosody loads {} and nothing of this shim: no folder of plugin_paths has it",
            path.display()
        ),
        (None, None) if chosen => {
            "Prosody finds nothing of this shim: no folder of plugin_paths has mod_auth_token.lua"
                .to_owned()
        }
        (None, None) => format!(
            "Prosody finds nothing of this shim: plugin_paths is not set in its global section{}",
            set_elsewhere(facts).map_or_else(String::new, |(name, place)| format!(
                "; what is there is {name} [{place}]"
            ))
        ),
    };
    Finding::error(
        "shim-not-found",
        what,
        "without these modules Prosody does not ask the daemon, and authentication = \"token\" admits nobody or goes by others",
        format!("{}; then {}{RESTART}", named_first(facts), written(facts)),
    )
}

/// An option that was meant to be `plugin_paths`, or that one where Prosody does not look.
fn set_elsewhere(facts: &Facts) -> Option<(String, &Origin)> {
    let config = facts.prosody_config.as_ref().ok()?;
    let mut slips = config.global.iter();
    let slip = slips.find(|(name, _)| spelling::is_meant(name, PATHS));
    let slip = slip.map(|(name, setting)| (name.clone(), &setting.origin));
    let mut hosts = config.hosts.iter();
    slip.or_else(|| {
        hosts.find_map(|(host, options)| {
            let setting = options.options.get(PATHS)?;
            Some((
                format!("{PATHS} of {host:?}, where it does not count"),
                &setting.origin,
            ))
        })
    })
}

/// Where the shim is, or is to be.
fn shim_folder(facts: &Facts) -> String {
    let found = facts.shim_elsewhere.as_ref();
    found.map_or_else(|| SHIM_FOLDER.to_owned(), |path| path.display().to_string())
}

fn written(facts: &Facts) -> String {
    if facts.shim_elsewhere.is_some() {
        return String::new();
    }
    format!("{} && ", remedy::shim_to(SHIM_FOLDER))
}

/// The whole of `plugin_paths` with the shim's folder first, in place of one that was meant so and is not there.
fn named_first(facts: &Facts) -> String {
    let ours = shim_folder(facts);
    let mut texts = vec![ours.clone()];
    // What was meant to be this folder is of no use behind it. Others may be there at another time.
    let is_meant = |text: &str| {
        let is_absent = absent(facts).any(|folder| is_folder(facts, text, &folder.folder.path));
        text.contains("tokend") && (is_absent || ours.contains(text.trim_end_matches('/')))
    };
    let others = chosen_texts(facts).into_iter();
    let others = others.filter(|text| *text != ours && !is_meant(text));
    texts.extend(others);
    placed(facts, &texts)
}

fn chosen_texts(facts: &Facts) -> Vec<String> {
    let config = facts.prosody_config.as_ref().ok();
    remedy::texts(config.and_then(|config| config.global.get(PATHS)))
}

/// `plugin_paths` where it is set, or where it is to be set.
fn placed(facts: &Facts, texts: &[String]) -> String {
    let config = facts.prosody_config.as_ref().ok();
    let set = config.and_then(|config| config.global.get(PATHS));
    match set {
        Some(setting) => remedy::list_in_place(PATHS, &setting.origin, texts),
        None => format!(
            "at the top of {} write: {}",
            facts.prosody_path.display(),
            remedy::list(PATHS, texts)
        ),
    }
}

/// A file of another maker that comes before ours.
fn shadowed(facts: &Facts, file: &ShimFile) -> Option<Finding> {
    let ours = position_of_ours(file)?;
    let (winner, content) = file.found.first()?;
    let (loser, _) = file.found.get(ours)?;
    (*content == Content::Foreign).then(|| {
        Finding::error(
            "shim-shadowed",
            format!(
                "Prosody loads {} in place of {}",
                winner.display(),
                loser.display()
            ),
            "the first file that Prosody finds wins, so tokens are decided by that one, or by no one",
            format!(
                "{}; then {RESTART}",
                uncovered(facts, winner, root_of(loser, file.name))
            ),
        )
    })
}

/// What brings ours to the front: the order of `plugin_paths`, where both are in folders of it.
fn uncovered(facts: &Facts, winner: &Path, ours: &Path) -> String {
    let mut folders = facts.folders.iter();
    let holder = folders.find(|folder| winner.starts_with(&folder.folder.path));
    let is_behind = holder
        .is_some_and(|holder| holder.folder.is_chosen && !ours.starts_with(&holder.folder.path));
    if !is_behind {
        return format!("mv {0} {0}.unused", winner.display());
    }
    let first = ours.display().to_string();
    let mut texts = vec![first.clone()];
    texts.extend(
        chosen_texts(facts)
            .into_iter()
            .filter(|text| !is_folder(facts, text, ours)),
    );
    placed(facts, &texts)
}

/// Whether an entry of `plugin_paths`, which may be relative or end in a slash, is this folder.
fn is_folder(facts: &Facts, text: &str, folder: &Path) -> bool {
    let data = facts
        .prosody
        .as_ref()
        .map(|prosody| prosody.data.join(text));
    data.is_some_and(|path| path == folder)
}

fn root_of<'a>(path: &'a Path, name: &str) -> &'a Path {
    let depth = name.split('/').count();
    path.ancestors().nth(depth).unwrap_or(path)
}

fn incomplete(facts: &Facts) -> Option<Finding> {
    let missing = facts
        .shim
        .iter()
        .filter(|file| position_of_ours(file).is_none());
    let missing: Vec<String> = missing
        .map(|file| match file.found.first() {
            Some((path, _)) => format!("{} (in its place {})", file.name, path.display()),
            None => file.name.to_owned(),
        })
        .collect();
    let folder = facts.shim.iter().find_map(|file| {
        let (path, _) = file.found.get(position_of_ours(file)?)?;
        Some(root_of(path, file.name).display().to_string())
    });
    (!missing.is_empty()).then(|| {
        Finding::error(
            "shim-incomplete",
            format!("files of the shim are missing: {}", missing.join(", ")),
            "a module without its libraries does not load, and its host admits nobody",
            format!(
                "{} && {RESTART}",
                remedy::shim_to(&folder.unwrap_or_default())
            ),
        )
    })
}

fn other_version(facts: &Facts) -> Option<Finding> {
    let winners = facts
        .shim
        .iter()
        .filter_map(|file| Some((file.name, file.found.first()?)));
    let old: Vec<_> = winners
        .filter(|(_, (_, content))| *content == Content::OtherVersion)
        .collect();
    let (name, (path, _)) = old.first()?;
    let folder = root_of(path, name).display().to_string();
    let (count, all) = (old.len(), facts.shim.len());
    let what = format!(
        "{} is not the file of version {} ({count} of the shim's {all} files are not)",
        path.display(),
        facts.version
    );
    let remedy = format!("{} && {RESTART}", remedy::shim_to(&folder));
    Some(if count < all {
        Finding::error(
            "shim-mixed",
            what,
            "files of two versions do not fit together: joins may fail or be decided wrongly",
            remedy,
        )
    } else {
        Finding::warning(
            "shim-version",
            what,
            "shim and daemon are tested together in the same version only",
            remedy,
        )
    })
}

fn unused_path(facts: &Facts, folder: &PluginFolder) -> Finding {
    let path = &folder.folder.path;
    let mut texts = chosen_texts(facts);
    texts.retain(|text| !is_folder(facts, text, path));
    Finding::warning(
        "plugin-path-missing",
        format!(
            "{} in plugin_paths is not there [{}]",
            path.display(),
            folder.folder.origin
        ),
        "Prosody passes over it without a word, so its modules are missing or come from elsewhere",
        format!(
            "{}, or put the folder there; then {RESTART}",
            placed(facts, &texts)
        ),
    )
}

const PATHS: &str = "plugin_paths";
const SHIM_FOLDER: &str = "/usr/local/lib/prosody-tokend/lua";
