//! Keys of a section that nobody reads there, and what was meant by them.

use figment::value::Dict;

use super::super::values::kind;
use super::super::{names, unknown};
use super::Section;
use super::tables::{CLAIMS, ISSUERS};
use crate::options::{self, Place};
use crate::origin::Origin;
use crate::origin::problem::ProblemKind;

impl Section<'_> {
    /// Refuses keys that nobody asked for, where nothing else is read.
    pub fn finish(self) {
        self.refuse_unknown();
    }

    /// Refuses keys that nobody asked for.
    pub fn refuse_unknown(&self) {
        let known = self.known.borrow();
        for (name, value) in self.table.into_iter().flatten() {
            if !known.contains(&name.as_str()) {
                let by_variable = match self.origin(name) {
                    Origin::Variable(_) => unknown::variable(name),
                    _ => None,
                };
                let expected = by_variable
                    .unwrap_or_else(|| unknown::expected(name, value, self.which(), &known));
                let found = format!("an unknown key with {} as value", kind(value));
                self.problem(name, ProblemKind::UnknownKey, &found, &expected);
            }
        }
    }

    /// The name that was meant where dots in a table's name made tables of tables.
    #[must_use]
    pub fn dotted(&self, name: &str) -> Option<String> {
        let mut inner = self
            .table
            .filter(|table| table.values().all(|value| value.as_dict().is_some()))?
            .iter();
        let (next, value) = inner.next().filter(|(next, _)| *next != ISSUERS)?;
        Some(format!("{name}.{}", unknown::dotted(next, value)))
    }

    /// Whether a key here or above all sections, which is none that is read there, was meant to be this option.
    #[must_use]
    pub fn is_called_otherwise(&self, option: &str) -> bool {
        let is_meant = |name: &String| {
            let is_other = options::named(name).is_none();
            is_other && names::intended_option(name).is_some_and(|meant| meant.name == option)
        };
        self.table.is_some_and(|table| table.keys().any(is_meant))
            || self.layers.root().contains_key(option)
    }

    /// Whether there is anything that is no option and no section.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        let hosts = self.table.and_then(|table| table.get("hosts"));
        let has_wrong_hosts = hosts.is_some_and(|hosts| {
            hosts
                .as_dict()
                .is_none_or(|hosts| hosts.values().any(|host| host.as_dict().is_none()))
        });
        let is_known = |name: &str| {
            let is_section = unknown::SECTIONS.contains(&name);
            let option = options::named(name).map(|option| option.place);
            is_section || option == Some(Place::Daemon(""))
        };
        let has_unknown = |table: &Dict| table.keys().any(|name| !is_known(name));
        has_wrong_hosts || self.table.is_some_and(has_unknown)
    }

    fn which(&self) -> unknown::Table<'_> {
        match self.path.as_slice() {
            [] => unknown::Table::Top,
            [hosts, _] if hosts == "hosts" => unknown::Table::Host,
            [gateways, _] if gateways == options::GATEWAYS => unknown::Table::Gateway,
            [hosts, _, issuers, _] if hosts == "hosts" && issuers == ISSUERS => {
                unknown::Table::Issuer
            }
            [.., last] if self.path.iter().any(|part| part == CLAIMS) => {
                unknown::Table::Section(last)
            }
            [section, ..] => unknown::Table::Section(section),
        }
    }
}
