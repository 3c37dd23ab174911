//! Where values came from, and whose they are: the daemon's own, Prosody's, or those of docker-jitsi-meet's variables.

use super::super::layers::Dialect;
use super::Section;
use crate::options::{self, Place};
use crate::origin::{Origin, Origins};

impl Section<'_> {
    /// Where a key's value, or at least its section, came from.
    #[must_use]
    pub fn origin(&self, name: &str) -> Origin {
        let path = self.join(name);
        match self.table.and_then(|table| table.get(name)) {
            Some(value) => self.layers.origin(value.tag(), &path),
            None => self.layers.file_origin(&path),
        }
    }

    /// Where the values of all keys asked for so far came from.
    #[must_use]
    pub fn origins(&self) -> Origins {
        let known = self.known.borrow();
        let is_there = |name| self.table.is_some_and(|table| table.contains_key(name));
        let origin = |name: &'static str| {
            if is_there(name) {
                self.origin(name)
            } else {
                Origin::Default
            }
        };
        known.iter().map(|name| (*name, origin(name))).collect()
    }

    /// Whose a key's value is; the daemon's own where there is none, or only the daemon has that key.
    #[must_use]
    pub fn dialect(&self, name: &str) -> Dialect {
        let is_own = options::named(name).is_some_and(|option| option.place == Place::Host);
        let value = self.table.and_then(|table| table.get(name));
        match value.filter(|_| !is_own) {
            Some(value) => self.layers.dialect(value.tag()),
            None => Dialect::Own,
        }
    }

    /// Whether the daemon's own sources set any of these keys.
    pub fn sets_any(&self, names: impl IntoIterator<Item = &'static str>) -> bool {
        let is_own = |name| self.has(name) && self.dialect(name) == Dialect::Own;
        names.into_iter().any(is_own)
    }

    /// Whether there are values, and all of them are Prosody's.
    #[must_use]
    pub fn is_prosodys(&self) -> bool {
        let mut values = self.table.into_iter().flatten().peekable();
        values.peek().is_some()
            && values.all(|(_, value)| self.layers.dialect(value.tag()) == Dialect::Prosody)
    }

    /// Where Prosody declares a host.
    #[must_use]
    pub fn declared(&self, host: &str) -> Origin {
        let declared = self.layers.prosody().declared.get(host);
        declared.cloned().unwrap_or(Origin::Default)
    }

    /// The hosts of a Prosody that admits none by token.
    #[must_use]
    pub fn other_hosts(&self) -> Option<(String, Origin)> {
        let others = &self.layers.prosody().others;
        let (_, origin) = others.first()?;
        let others = others.iter().map(|(described, _)| described.as_str());
        let others: Vec<&str> = others.collect();
        let is_image = self.layers.variables().is_some();
        let found = || format!("no host with tokens among Prosody's: {}", others.join(", "));
        (!is_image).then(|| (found(), origin.clone()))
    }

    /// Where docker-jitsi-meet's variables are, if Prosody's part comes from them.
    #[must_use]
    pub fn image_variables(&self) -> Option<Origin> {
        self.layers
            .variables()
            .map(|variables| variables.source.clone())
    }
}
