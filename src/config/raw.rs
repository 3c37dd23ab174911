//! What files may say: typed reading of one section, with every mistake noted and unknown keys refused.

mod otherwise;
mod tables;
mod whose;

pub use self::tables::{CLAIMS, ISSUERS};

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use figment::value::{Dict, Value};

use super::layers::Layers;
use super::listen;
use super::values;
use super::values::{kind, one_or_more, shown, whole};
use crate::options;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::docker;
use crate::prosody::setter::Setter;

/// Mistakes found so far.
pub type Problems = RefCell<Vec<ConfigProblem>>;

/// One table of the configuration.
///
/// Reading a key makes it known; [`Section::finish`] refuses what nobody asked for.
pub struct Section<'a> {
    layers: &'a Layers,
    problems: &'a Problems,
    path: Vec<String>,
    table: Option<&'a Dict>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole configuration.
    pub fn root(layers: &'a Layers, problems: &'a Problems) -> Self {
        Self::new(layers, problems, Vec::new(), Some(layers.root()))
    }

    const fn new(
        layers: &'a Layers,
        problems: &'a Problems,
        path: Vec<String>,
        table: Option<&'a Dict>,
    ) -> Self {
        Self {
            layers,
            problems,
            path,
            table,
            known: RefCell::new(Vec::new()),
        }
    }

    /// Its own name; none for the whole configuration.
    pub fn name(&self) -> Option<&str> {
        self.path.last().map(String::as_str)
    }

    /// The host whose section it is, or is a part of.
    fn host(&self) -> Option<&str> {
        match self.path.as_slice() {
            [hosts, host, ..] if hosts == "hosts" => Some(host),
            _ => None,
        }
    }

    /// A table inside this one; an empty one where there is none.
    #[must_use]
    pub fn section(&self, name: &'static str) -> Section<'a> {
        let table = self.get(name).and_then(|value| {
            let table = value.as_dict();
            if table.is_none() {
                let each = match name {
                    "hosts" => "[hosts.\"DOMAIN\"] for each host".to_owned(),
                    options::GATEWAYS => "[gateways.NAME] for each gateway".to_owned(),
                    _ if self
                        .path
                        .first()
                        .is_some_and(|first| first == options::GATEWAYS) =>
                    {
                        format!("[{}]", key(&self.join(name)))
                    }
                    _ => format!("[{name}]"),
                };
                self.problem(
                    name,
                    ProblemKind::WrongValue,
                    kind(value),
                    &format!("a section {each}"),
                );
            }
            table
        });
        Self::new(self.layers, self.problems, self.join(name), table)
    }

    /// All tables inside this one, under names that the operator chose.
    pub fn sections(&self) -> Vec<(String, Section<'a>)> {
        let mut sections = Vec::new();
        for (name, value) in self.table.into_iter().flatten() {
            match value.as_dict() {
                Some(table) => {
                    let section =
                        Self::new(self.layers, self.problems, self.join(name), Some(table));
                    sections.push((name.clone(), section));
                }
                None => self.problem(
                    name,
                    ProblemKind::WrongValue,
                    kind(value),
                    if self.name() == Some(options::GATEWAYS) {
                        "it in a section [gateways.NAME]"
                    } else {
                        "it in a section [hosts.\"DOMAIN\"]"
                    },
                ),
            }
        }
        sections
    }

    /// A string that is not empty.
    pub fn string(&self, name: &'static str) -> Option<String> {
        let value = self.get(name)?;
        let text = value.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.refuse(name, value, "a string that is not empty");
        }
        text.map(str::to_owned)
    }

    /// Secrets, one or several: like strings, but never shown.
    pub fn secrets(&self, name: &'static str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let texts = one_or_more(value).filter(|texts| texts.iter().all(|text| !text.is_empty()));
        if texts.is_none() {
            self.problem(
                name,
                ProblemKind::WrongValue,
                &unseen(value),
                "a string that is not empty, or a list of such",
            );
        }
        texts
    }

    /// Names, one or several, none of them empty.
    pub fn names(&self, name: &'static str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let names =
            one_or_more(value).filter(|names| names.iter().all(|name| !name.trim().is_empty()));
        if names.is_none() {
            self.refuse(name, value, "a string that is not empty, or a list of such");
        }
        names
    }

    /// A truth value.
    pub fn boolean(&self, name: &'static str) -> Option<bool> {
        let value = self.get(name)?;
        let boolean = match self.text(value) {
            Some(text) => text.parse().ok(),
            None => value.to_bool(),
        };
        if boolean.is_none() {
            let meant = values::truth(value).map(|truth| format!("{name} = {truth}"));
            self.refuse(name, value, meant.as_deref().unwrap_or("true or false"));
        }
        boolean
    }

    /// A whole number within bounds.
    pub fn integer(&self, name: &'static str, range: RangeInclusive<usize>) -> Option<usize> {
        let value = self.get(name)?;
        let number = match self.text(value) {
            Some(text) => text.parse().ok(),
            None => whole(value).and_then(|number| usize::try_from(number).ok()),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let meant = values::bytes(value).filter(|number| range.contains(number));
            let expected = meant.map_or_else(
                || format!("a whole number from {} to {}", range.start(), range.end()),
                |number| format!("{name} = {number}"),
            );
            self.refuse(name, value, &expected);
        }
        number
    }

    /// A number of seconds within bounds; may be fractional.
    pub fn seconds(&self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.get(name)?;
        let number = match self.text(value) {
            Some(text) => text.parse().ok(),
            None => value.to_f64().or_else(|| {
                whole(value)
                    .and_then(|number| u32::try_from(number).ok())
                    .map(f64::from)
            }),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let meant = values::seconds(value).filter(|seconds| range.contains(seconds));
            let expected = meant.map_or_else(
                || {
                    format!(
                        "a number of seconds from {} to {}",
                        range.start(),
                        range.end()
                    )
                },
                |seconds| format!("{name} = {seconds}"),
            );
            self.refuse(name, value, &expected);
        }
        number
    }

    /// A list of strings, none of them empty; a variable separates them by commas, or has a list in JSON.
    pub fn strings(&self, name: &'static str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let strings = match (self.text(value), value.as_array()) {
            (Some(text), _) => Some(values::listed(text)),
            (None, Some(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            (None, None) => None,
        };
        let strings = strings
            .filter(|strings| !strings.is_empty() && strings.iter().all(|item| !item.is_empty()));
        if strings.is_none() {
            let number = whole(value)
                .map(|number| number.to_string())
                .filter(|_| name == "listen");
            let alone = value
                .as_str()
                .or(number.as_deref())
                .filter(|text| self.text(value).is_none() && !text.trim().is_empty());
            let expected = alone.map_or_else(
                || "a list with at least one string, none of them empty".to_owned(),
                |text| {
                    format!(
                        "{name} = [{:?}]",
                        if name == "listen" {
                            listen::intended_address(text)
                        } else {
                            text.to_owned()
                        }
                    )
                },
            );
            self.refuse(name, value, &expected);
        }
        strings
    }

    /// A list of strings as Prosody takes it: it may be empty, and a single string is a list of one.
    pub fn any_strings(&self, name: &'static str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let strings = |items: &[Value]| {
            let items = items.iter().filter_map(Value::as_str);
            items.map(str::to_owned).collect()
        };
        match value {
            Value::Array(_, items) => Some(strings(items)),
            value => Some(strings(std::slice::from_ref(value))),
        }
    }

    /// Whether any of these keys is there. All of them become known.
    pub fn has_any(&self, names: impl IntoIterator<Item = &'static str>) -> bool {
        let there = names.into_iter().filter(|name| self.has(name));
        there.count() > 0
    }

    /// Whether the key is there.
    pub fn has(&self, name: &'static str) -> bool {
        self.get(name).is_some()
    }

    /// Whether the key is there and has an empty text.
    pub fn is_empty_text(&self, name: &'static str) -> bool {
        self.get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| text.trim().is_empty())
    }

    /// A path as it is meant where this key's value stands.
    pub fn resolve(&self, name: &str, path: &str) -> PathBuf {
        self.origin(name).resolve(path)
    }

    /// The variables that Prosody's part was rendered from, by where each stands.
    pub fn variables(&self) -> Option<&[Setter]> {
        self.layers.prosody().variables.as_deref()
    }

    /// A key of this section as it is written in TOML.
    pub fn shown(&self, name: &str) -> String {
        key(&self.join(name))
    }

    /// A host's section as it is written in TOML.
    pub fn shown_host(&self, name: &str) -> String {
        key(&["hosts".to_owned(), name.to_owned()])
    }

    /// Notes a mistake in this key's value.
    pub fn problem(&self, name: &str, kind: ProblemKind, found: &str, expected: &str) {
        let (key, origin) = (key(&self.join(name)), self.origin(name));
        let variables = self.layers.variables();
        let variable = variables.and_then(|variables| variables.at(&origin));
        let (key, found, expected) = match variable {
            Some(variable) => (
                format!("{variable} ({key})"),
                docker::in_variables(found),
                docker::in_variables(expected),
            ),
            None => (key, found.to_owned(), expected.to_owned()),
        };
        self.note(ConfigProblem {
            kind,
            key,
            host: self.host().map(str::to_owned),
            found,
            expected,
            origin,
        });
    }

    /// Notes a mistake, which may show elsewhere.
    pub fn note(&self, problem: ConfigProblem) {
        let mut problems = self.problems.borrow_mut();
        // What is read for several purposes is wrong once.
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    fn get(&self, name: &'static str) -> Option<&'a Value> {
        debug_assert!(
            self.has_row(name),
            "{name} is read, and has no row in the table of options"
        );
        let mut known = self.known.borrow_mut();
        if !known.contains(&name) {
            known.push(name);
        }
        self.table.and_then(|table| table.get(name))
    }

    fn refuse(&self, name: &str, value: &Value, expected: &str) {
        self.problem(name, ProblemKind::WrongValue, &shown(value), expected);
    }

    fn text<'v>(&self, value: &'v Value) -> Option<&'v str> {
        value.as_str().filter(|_| self.layers.is_text(value.tag()))
    }

    fn join(&self, name: &str) -> Vec<String> {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        path
    }
}

/// A path as TOML writes it.
fn key(path: &[String]) -> String {
    // What is one of several has no name in TOML.
    if let [hosts, host, issuers, place, rest @ ..] = path
        && hosts == "hosts"
        && issuers == "issuers"
    {
        let section = key(&[hosts.clone(), host.clone(), issuers.clone()]);
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!(".{}", key(rest))
        };
        return format!("{section}[{place}]{rest}");
    }
    let bare = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    let parts: Vec<String> = path
        .iter()
        .map(|name| {
            if bare(name) {
                name.clone()
            } else {
                format!("\"{name}\"")
            }
        })
        .collect();
    parts.join(".")
}

/// What may be a secret, without it.
fn unseen(value: &Value) -> String {
    match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(_) | None => format!("{} (not shown)", kind(value)),
    }
}
