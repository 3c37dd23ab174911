//! Files of one folder use each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::source::mentions;
use crate::{contains, root, source_files};

/// Files of one folder that use each other in a circle, and why they may: two at most, each pair with its reason.
const PAIRS: &[(&str, &str)] = &[
    (
        "permissions::model permissions::step",
        "a step is worded from the model of files and readers, and the model applies it",
    ),
    (
        "prosody::docker::env_file prosody::docker::env_file::expansion",
        "a value is expanded by the variables before it, which are values",
    ),
    (
        "prosody::language::include prosody::language::scope",
        "a file has globals, one of which includes files",
    ),
    (
        "store::database::connection store::database::schema",
        "a connection is open once the tables are what it needs, and they are made over it",
    ),
    (
        "store::file::copy store::file::keeper",
        "the copy of a shared store is a part of what the keeper of a file does, with all that the keeper has",
    ),
    (
        "token::claims token::signature",
        "only what verifies a signature can make verified claims, and has the proof that they are made with",
    ),
    (
        "token::key token::public_key",
        "a key may be made of a public key, whose mistakes are among those of keys",
    ),
    (
        "token::pattern token::pattern::cost",
        "a pattern is refused by its cost, and both read sets of characters with the same function",
    ),
];

/// A circle of files can be read, moved and tested only as a whole.
///
/// A file is a module, and it uses another one of the same top-level folder if a path in it, a `use` line or any other,
/// names that module or something within it: the innermost file that the path fits counts. Unit tests are free. Two kinds
/// of mention are no use: a `mod.rs` that re-exports what its children have (`pub use` of a path below itself), since it
/// only says where things are found, and a path that leads nowhere but to the folder itself (`use super::*`, `use self::a`
/// without an item). What a parent defines and a child uses counts as any other use.
#[test]
fn no_files_of_a_folder_use_each_other_in_a_circle_but_explained_pairs() {
    let found = circles(&uses_within_folders());
    let known: BTreeSet<String> = PAIRS
        .iter()
        .map(|(pair, reason)| {
            assert_eq!(pair.split(' ').count(), 2, "{pair} is no pair");
            assert!(!reason.is_empty(), "{pair} has no reason");
            (*pair).to_owned()
        })
        .collect();
    let new: Vec<&String> = found.difference(&known).collect();
    assert!(new.is_empty(), "circles of files: {new:#?}");
    let gone: Vec<&String> = known.difference(&found).collect();
    assert!(gone.is_empty(), "delete these circles here: {gone:#?}");
}

#[test]
fn a_circle_is_found_with_all_its_files() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in edges {
            graph
                .entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
        }
        circles(&graph)
    };
    assert!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]).is_empty());
    let found = graph(&[
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "d"),
    ]);
    assert_eq!(
        found,
        BTreeSet::from(["a b c".to_owned(), "d e".to_owned()])
    );
}

/// Each file, as a module, with those of the same top-level folder that it uses.
fn uses_within_folders() -> BTreeMap<String, BTreeSet<String>> {
    let texts: BTreeMap<String, String> = source_files(&root().join("src"))
        .iter()
        .map(|file| (module_of(file), fs::read_to_string(file).unwrap()))
        .collect();
    let modules: BTreeSet<&str> = texts.keys().map(String::as_str).collect();
    let used = |(module, text): (&String, &String)| {
        let mentions = mentions(module, text);
        let outside_tests = mentions.iter().filter(|mention| !mention.in_tests);
        let used = outside_tests.filter_map(|mention| {
            let path = within_crate(&modules, module, &mention.path);
            let used = file_of(&modules, &path)?;
            let is_folder = used == path.trim_end_matches("::*");
            let is_re_export = contains(module, &path) && mention.is_public;
            let same = folder(module) == folder(used) && used != module;
            (same && !is_re_export && !(is_folder && contains(used, module)))
                .then(|| used.to_owned())
        });
        (module.clone(), used.collect())
    };
    texts.iter().map(used).collect()
}

fn module_of(file: &Path) -> String {
    let name = file.strip_prefix(root().join("src")).unwrap();
    let name = name.to_str().unwrap().trim_end_matches(".rs");
    name.trim_end_matches("/mod").replace('/', "::")
}

fn folder(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

/// The path from the crate on; one that begins with the name of a child means that child.
fn within_crate(modules: &BTreeSet<&str>, module: &str, path: &str) -> String {
    if let Some(path) = path.strip_prefix("crate::") {
        return path.to_owned();
    }
    let child = format!("{module}::{}", folder(path));
    let is_child = modules.contains(child.as_str());
    if is_child {
        format!("{module}::{path}")
    } else {
        String::new()
    }
}

/// The innermost file that a path leads into.
fn file_of<'a>(modules: &BTreeSet<&'a str>, path: &str) -> Option<&'a str> {
    let fits = modules.iter().filter(|module| contains(module, path));
    fits.max_by_key(|module| module.len()).copied()
}

/// The groups of modules each of which reaches all others of its group, as names with a blank between them.
fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|module| (module.as_str(), reachable(graph, module)))
        .collect();
    let reaches =
        |from: &str, to: &str| reach.get(from).is_some_and(|reached| reached.contains(to));
    let in_circles = reach.keys().filter(|module| reaches(module, module));
    let group = |module: &&str| {
        let group = reach
            .keys()
            .filter(|other| reaches(module, other) && reaches(other, module));
        group.copied().collect::<Vec<_>>().join(" ")
    };
    in_circles.map(group).collect()
}

fn reachable<'a>(graph: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = vec![from];
    while let Some(module) = next.pop() {
        for used in graph.get(module).into_iter().flatten() {
            if reached.insert(used.as_str()) {
                next.push(used);
            }
        }
    }
    reached
}
