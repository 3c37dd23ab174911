//! Kong's declarative file, as far as a gateway takes it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::super::raw::Section;
use super::super::values::shown_path;
use crate::files;
use crate::gateway::credentials::Credentials;
use crate::gateway::kong::{self, Declared, Mistake, Plugin};
use crate::gateway::settings::Settings;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::origin::{Origin, Origins};

/// The files that were read, so that one that several gateways name is read once.
#[derive(Default)]
pub struct Files(RefCell<BTreeMap<PathBuf, Option<Rc<KongFile>>>>);

/// A file without mistakes.
pub struct KongFile {
    declared: Declared,
    credentials: Arc<Credentials>,
}

/// What a gateway begins with, before its own options count.
#[derive(Default)]
pub struct Base {
    /// What counts where the gateway says nothing.
    pub settings: Settings,
    /// Where the plugin says it, option by option.
    pub origins: Origins,
    /// Where the plugin is, if there is one.
    pub plugin: Option<Origin>,
    /// The file's consumers and credentials.
    pub declared: Option<Arc<Credentials>>,
}

/// Reads the file that the section names, if it names one. What is wrong with it is noted.
pub fn read(section: &Section<'_>, files: &Files, warnings: &mut Vec<String>) -> Base {
    let plugin = section.string("kong_plugin");
    let Some(path) = section.string("kong_config") else {
        if plugin.is_some() && !section.has("kong_config") {
            let expected = "kong_config beside it, the file that has the plugin";
            section.problem(
                "kong_plugin",
                ProblemKind::Conflict,
                "it, and no kong_config",
                expected,
            );
        }
        return Base::default();
    };
    let path = section.resolve("kong_config", &path);
    let file = files.file(section, &path, warnings);
    file.map_or_else(Base::default, |file| {
        base(section, &path, &file, plugin.as_deref())
    })
}

fn base(section: &Section<'_>, path: &Path, file: &KongFile, name: Option<&str>) -> Base {
    let declared = Some(Arc::clone(&file.credentials));
    match file.declared.plugin(name) {
        Ok(Some(plugin)) => Base {
            declared,
            ..of_plugin(plugin, path)
        },
        Ok(None) => Base {
            declared,
            ..Base::default()
        },
        Err(error) => {
            let found = format!("{error} [{}]", path.display());
            section.problem(
                "kong_plugin",
                ProblemKind::Conflict,
                &found,
                EXPECTED_PLUGIN,
            );
            Base {
                declared,
                ..Base::default()
            }
        }
    }
}

fn of_plugin(plugin: &Plugin, path: &Path) -> Base {
    let origin = |line: usize| Origin::File(path.to_owned(), Some(line));
    let said = plugin.said.iter();
    Base {
        settings: plugin.settings.clone(),
        origins: said.map(|(name, line)| (*name, origin(*line))).collect(),
        plugin: Some(origin(plugin.line)),
        declared: None,
    }
}

impl Files {
    fn file(
        &self,
        section: &Section<'_>,
        path: &Path,
        warnings: &mut Vec<String>,
    ) -> Option<Rc<KongFile>> {
        if let Some(file) = self.0.borrow().get(path) {
            return file.clone();
        }
        let file = text(section, path).and_then(|text| parsed(section, path, &text, warnings));
        self.0.borrow_mut().insert(path.to_owned(), file.clone());
        file
    }
}

fn text(section: &Section<'_>, path: &Path) -> Option<String> {
    let text = files::read_text(path, MOST_BYTES);
    if let Err(error) = &text {
        let found = format!("{}: {error}", shown_path(path));
        let kind = ProblemKind::Unreadable(error.into());
        section.problem(
            "kong_config",
            kind,
            &found,
            "Kong's declarative file, which the daemon can read",
        );
    }
    text.ok()
}

fn parsed(
    section: &Section<'_>,
    path: &Path,
    text: &str,
    warnings: &mut Vec<String>,
) -> Option<Rc<KongFile>> {
    let declared = match kong::read(text) {
        Ok(declared) => declared,
        Err(mistakes) => {
            for mistake in mistakes {
                section.note(problem(path, mistake));
            }
            return None;
        }
    };
    let said = declared.warnings.iter();
    warnings.extend(said.map(|warning| {
        let origin = Origin::File(path.to_owned(), Some(warning.line));
        format!("{} [{origin}]", warning.text)
    }));
    let credentials = Arc::new(declared.in_force());
    Some(Rc::new(KongFile {
        declared,
        credentials,
    }))
}

fn problem(path: &Path, mistake: Mistake) -> ConfigProblem {
    ConfigProblem {
        kind: ProblemKind::WrongValue,
        key: mistake.path,
        host: None,
        found: mistake.found,
        expected: mistake.expected,
        origin: Origin::File(path.to_owned(), Some(mistake.line)),
    }
}

/// The largest file: that of a million credentials has less.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const EXPECTED_PLUGIN: &str = "kong_plugin = \"NAME\", the service or route whose plugin counts, or \"global\" for the one of none";
