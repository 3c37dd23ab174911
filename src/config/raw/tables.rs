//! Tables inside of tables: those of an array, and those whose keys are no options.

use figment::value::Value;

use super::super::unknown;
use super::super::values::kind;
use super::Section;
use crate::options;
use crate::origin::problem::ProblemKind;

impl<'a> Section<'a> {
    /// The tables of an array, which is written with double brackets.
    #[must_use]
    pub fn tables(&self, name: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.get(name) else {
            return Vec::new();
        };
        let items = value.as_array().unwrap_or_default();
        let tables = items.iter().enumerate().filter_map(|(place, item)| {
            let mut path = self.join(name);
            path.push(place.to_string());
            let table = item.as_dict()?;
            Some(Self::new(self.layers, self.problems, path, Some(table)))
        });
        let tables: Vec<Section<'a>> = tables.collect();
        if tables.is_empty() || tables.len() < items.len() {
            let expected = format!(
                "[[{}]] above each of them, in double brackets",
                self.shown(name)
            );
            self.problem(name, ProblemKind::WrongValue, kind(value), &expected);
        }
        tables
    }

    /// Whether the tables of an array are written as one list, without double brackets.
    #[must_use]
    pub fn is_list(&self, name: &str) -> bool {
        self.layers.is_list(&self.join(name))
    }

    /// Texts, none of them empty; there may be none at all.
    #[must_use]
    pub fn texts(&self, name: &'static str) -> Option<Vec<String>> {
        let is_empty = |value: &Value| value.as_array().is_some_and(<[Value]>::is_empty);
        match self.get(name) {
            Some(value) if is_empty(value) => Some(Vec::new()),
            Some(_) | None => self.names(name),
        }
    }

    /// A value as it was written.
    #[must_use]
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.get(name)
    }

    /// Every key of a table whose keys have no rows, with its value. All of them become known.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'a str, &'a Value)> {
        let entries = self.table.into_iter().flatten();
        entries
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }

    /// Whether the key is an option where it stands. Sections that map claims have the names of claims.
    pub(super) fn has_row(&self, name: &str) -> bool {
        options::named(name).is_some()
            || options::of_issuers().any(|option| option.name == name)
            || options::of_gateways().any(|option| option.name == name)
            || unknown::SECTIONS.contains(&name)
            || name == ISSUERS
            || self.path.iter().any(|part| part == CLAIMS)
    }
}

/// The sections of a host's further issuers.
pub const ISSUERS: &str = "issuers";

/// The section of an issuer that maps claims.
pub const CLAIMS: &str = "claims";
