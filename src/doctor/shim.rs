//! Whether Prosody loads this shim, all of it, and nothing in place of it.

use std::path::Path;

use super::facts::{Content, Facts, PluginFolder, ShimFile};
use super::finding::Finding;

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
        .filter_map(|file| shadowed(file, &facts.folders))
        .collect();
    findings.truncate(1);
    findings.extend(incomplete(facts));
    findings.extend(other_version(facts));
    findings.extend(absent(facts).map(unused_path));
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
        (None, None) => {
            "Prosody finds nothing of this shim: plugin_paths is not set in its global section"
                .to_owned()
        }
    };
    Finding::error(
        "shim-not-found",
        what,
        "without these modules Prosody does not ask the daemon, and authentication = \"token\" admits nobody or goes by others",
        format!(
            "ls {SHIM_FOLDER}/mod_auth_token.lua, then {}; systemctl restart prosody",
            first_of_paths(facts)
        ),
    )
}

fn first_of_paths(facts: &Facts) -> String {
    let mut chosen = facts
        .folders
        .iter()
        .filter(|folder| folder.folder.is_chosen);
    match chosen.next() {
        Some(folder) => format!(
            "at {} write \"{SHIM_FOLDER}\" as the first of plugin_paths",
            folder.folder.origin
        ),
        None => format!(
            "at the top of {}: plugin_paths = {{ \"{SHIM_FOLDER}\" }}",
            facts.prosody_path.display()
        ),
    }
}

/// A file of another maker that comes before ours.
fn shadowed(file: &ShimFile, folders: &[PluginFolder]) -> Option<Finding> {
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
            uncovered(winner, root_of(loser, file.name), folders),
        )
    })
}

/// What brings ours to the front: the order of `plugin_paths`, where both are in folders of it.
fn uncovered(winner: &Path, ours: &Path, folders: &[PluginFolder]) -> String {
    let holder = folders
        .iter()
        .find(|folder| winner.starts_with(&folder.folder.path));
    match holder {
        Some(holder) if holder.folder.is_chosen && !ours.starts_with(&holder.folder.path) => {
            format!(
                "at {} write \"{}\" as the first of plugin_paths; then systemctl restart prosody",
                holder.folder.origin,
                ours.display()
            )
        }
        _ => format!("rm {}; systemctl restart prosody", winner.display()),
    }
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
                "cp -r lua/. {}/; systemctl restart prosody",
                folder.unwrap_or_default()
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
    let folder = root_of(path, name).display();
    let (count, all) = (old.len(), facts.shim.len());
    let what = format!(
        "{} is not the file of version {} ({count} of the shim's {all} files are not)",
        path.display(),
        facts.version
    );
    let remedy = format!(
        "cp -r lua/. {folder}/   (from version {}); systemctl restart prosody",
        facts.version
    );
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

fn unused_path(folder: &PluginFolder) -> Finding {
    Finding::warning(
        "plugin-path-missing",
        format!(
            "{} in plugin_paths is not there [{}]",
            folder.folder.path.display(),
            folder.folder.origin
        ),
        "Prosody passes over it without a word, so its modules are missing or come from elsewhere",
        format!(
            "ls -ld {0}; then put it there, or take it out of plugin_paths",
            folder.folder.path.display()
        ),
    )
}

const SHIM_FOLDER: &str = "/usr/local/lib/prosody-tokend/lua";
