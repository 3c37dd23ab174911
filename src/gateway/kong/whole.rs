//! The whole file.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::consumer::Consumer;
use super::super::credential::Credential;
use super::super::credentials::Credentials;
use super::consumers::Consumers;
use super::credentials::Taken;
use super::mistake::{Mistake, Mistakes};
use super::plugins::{self, Bound, Plugin, PluginError};
use super::table::{Table, WHOLE};
use super::tree::{self, Node, Value};

/// What a declarative file declares.
#[derive(Debug)]
pub struct Declared {
    /// Its consumers, in the order of the file.
    pub consumers: Vec<Consumer>,
    /// Their credentials, in the order of the file.
    pub credentials: Vec<Credential>,
    /// Its jwt plugins that are not switched off.
    pub plugins: Vec<Plugin>,
    /// What works, and may be meant otherwise.
    pub warnings: Vec<Warning>,
}

/// What may be meant otherwise, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub text: String,
}

impl Declared {
    /// The consumers and credentials, as they are looked up.
    #[must_use]
    pub fn in_force(&self) -> Credentials {
        let mut credentials = Credentials::default();
        for consumer in &self.consumers {
            credentials.put_consumer(consumer);
        }
        for credential in &self.credentials {
            credentials.put(credential);
        }
        credentials
    }

    /// The plugin that counts: that of the service or route of this name, or the only one. None where there is none at all.
    ///
    /// # Errors
    /// [`PluginError`].
    pub fn plugin(&self, name: Option<&str>) -> Result<Option<&Plugin>, PluginError> {
        plugins::chosen(&self.plugins, name)
    }
}

/// Reads a file's text.
///
/// # Errors
/// Every mistake.
pub fn read(text: &str) -> Result<Declared, Vec<Mistake>> {
    let root = tree::read(text).map_err(|mistakes| {
        let mistakes = mistakes.into_iter();
        mistakes
            .map(|(line, error)| unread(line, &error))
            .collect::<Vec<_>>()
    })?;
    let mistakes = Mistakes::default();
    let declared = Table::of(&root, String::new(), &mistakes).map(|root| of_table(&root));
    let mistakes = mistakes.into_all();
    match declared {
        Some(declared) if mistakes.is_empty() => Ok(declared),
        Some(_) | None => Err(mistakes),
    }
}

fn unread(line: usize, error: &tree::TreeError) -> Mistake {
    Mistake {
        line,
        path: WHOLE.to_owned(),
        found: error.to_string(),
        expected: "a declarative configuration of Kong, in YAML or JSON".to_owned(),
    }
}

fn of_table(root: &Table<'_>) -> Declared {
    version(root);
    let mut reading = Reading::default();
    reading.ignore_others(root, &TAKEN);
    reading.ignore_what_they_are(root);
    reading.consumers(root);
    reading.plugins(root, &Bound::Global);
    for route in root.tables("routes") {
        reading.bound(&route);
    }
    for service in root.tables("services") {
        reading.bound(&service);
        for route in service.tables("routes") {
            reading.bound(&route);
        }
    }
    reading.finish(root)
}

fn version(root: &Table<'_>) {
    if !root.has(VERSION) {
        root.note(VERSION, "nothing", "_format_version: \"3.0\"");
    }
    if let Some(found) = root
        .written(VERSION)
        .filter(|found| !VERSIONS.contains(found))
    {
        let expected = format!("one of {}", VERSIONS.join(", "));
        root.note(VERSION, &format!("{found:?}"), &expected);
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    consumers: Consumers,
    credentials: Taken,
    plugins: Vec<Plugin>,
    warnings: Vec<Warning>,
    ignored: BTreeSet<String>,
}

impl Reading {
    fn consumers(&mut self, root: &Table<'_>) {
        let tables = root.tables("consumers");
        // All of them first, since credentials anywhere may be of any.
        let ids: Vec<_> = tables
            .iter()
            .map(|table| self.consumers.take(table))
            .collect();
        for (table, id) in tables.iter().zip(ids) {
            self.ignore_of_consumer(table);
            for credential in table.tables(CREDENTIALS) {
                let other = self.consumers.referred(&credential, "consumer");
                if other.is_some() && other != id {
                    credential.note("consumer", "another consumer than the one above", "none");
                }
                self.credentials.take(&credential, id);
            }
        }
        for credential in root.tables(CREDENTIALS) {
            if !credential.has("consumer") {
                credential.note(
                    "consumer",
                    "a credential of nobody",
                    "the username of a consumer",
                );
            }
            let consumer = self.consumers.referred(&credential, "consumer");
            self.credentials.take(&credential, consumer);
        }
    }

    /// Fields that consumers have are known; lists and tables are further entities, which are left alone.
    fn ignore_of_consumer(&mut self, consumer: &Table<'_>) {
        for entry in consumer.entries() {
            let name = entry.name.as_str();
            match &entry.node.value {
                _ if OF_CONSUMERS.contains(&name) => {}
                Value::List(items) if name == PLUGINS => {
                    self.warn_of_consumers_plugins(consumer, items);
                }
                Value::List(_) | Value::Table(_) => {
                    self.ignored.insert(format!("consumers[].{name}"));
                }
                Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => {
                    let known = OF_CONSUMERS.join(", ");
                    consumer.note(name, "an unknown name", &format!("one of {known}"));
                }
            }
        }
    }

    fn warn_of_consumers_plugins(&mut self, consumer: &Table<'_>, items: &[Rc<Node>]) {
        let is_jwt = |node: &&Rc<Node>| is_jwt(node);
        if let Some(plugin) = items.iter().find(is_jwt) {
            let path = consumer.below(PLUGINS);
            self.warn(plugin.line, format!("{path}: {OF_CONSUMER}"));
        } else {
            self.ignored.insert("consumers[].plugins".to_owned());
        }
    }

    /// What a service or a route has.
    fn bound(&mut self, owner: &Table<'_>) {
        let name = owner.text("name").map(str::to_owned);
        self.plugins(owner, &Bound::Named(name));
    }

    fn plugins(&mut self, owner: &Table<'_>, bound: &Bound) {
        for table in owner.tables(PLUGINS) {
            let name = table.text("name");
            if !table.has("name") {
                table.note("name", "a plugin without name", "its name, such as jwt");
            }
            if let Some(name) = name.filter(|name| *name != JWT) {
                self.ignored.insert(format!("the plugin {name}"));
            }
            if name == Some(JWT) {
                self.plugin(&table, bound);
            }
        }
    }

    fn plugin(&mut self, table: &Table<'_>, bound: &Bound) {
        if ["consumer", "consumer_group"]
            .iter()
            .any(|name| table.has(name))
        {
            self.warn(table.line, format!("{}: {OF_CONSUMER}", table.path));
            return;
        }
        let is_on = table.truth("enabled").unwrap_or(true);
        let owner = ["route", "service"]
            .into_iter()
            .find(|name| table.has(name));
        let bound = owner.map_or_else(
            || bound.clone(),
            |owner| Bound::Named(referred(table, owner)),
        );
        let plugin = Plugin::read(table, bound);
        self.plugins.extend(plugin.filter(|_| is_on));
    }

    /// Of services and routes nothing counts but their jwt plugins: where a request goes is the proxy's to know.
    fn ignore_what_they_are(&mut self, root: &Table<'_>) {
        let bound = ["services", "routes"].into_iter();
        let there = bound.filter(|name| root.has(name));
        self.ignored.extend(there.map(str::to_owned));
    }

    fn ignore_others(&mut self, root: &Table<'_>, taken: &[&str]) {
        for entry in root.entries() {
            let name = entry.name.as_str();
            if taken.contains(&name) || name.starts_with('_') {
                continue;
            }
            let meant = taken
                .iter()
                .find(|known| strsim::osa_distance(known, name) <= 2);
            match meant {
                Some(known) => {
                    let expected = format!("a known name; the nearest is {known}");
                    root.note(name, "an unknown name", &expected);
                }
                None => {
                    self.ignored.insert(name.to_owned());
                }
            }
        }
    }

    fn warn(&mut self, line: usize, text: String) {
        self.warnings.push(Warning { line, text });
    }

    fn finish(mut self, root: &Table<'_>) -> Declared {
        if !self.ignored.is_empty() {
            let names: Vec<String> = self.ignored.iter().take(LISTED).cloned().collect();
            let more = self.ignored.len().saturating_sub(names.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            self.warn(root.line, format!("{}{more}: {IGNORED}", names.join(", ")));
        }
        if let Some((count, line)) = self.credentials.short {
            self.warn(line, format!("{count} of the secrets {SHORT}"));
        }
        Declared {
            consumers: self.consumers.all,
            credentials: self.credentials.all,
            plugins: self.plugins,
            warnings: self.warnings,
        }
    }
}

fn is_jwt(node: &Node) -> bool {
    let Value::Table(entries) = &node.value else {
        return false;
    };
    let mut names = entries.iter().filter(|entry| entry.name == "name");
    names.any(|entry| matches!(&entry.node.value, Value::Text(name) if name == JWT))
}

/// The name of the service or route that a plugin of the top is bound to.
fn referred(table: &Table<'_>, owner: &str) -> Option<String> {
    let entry = table.entry(owner)?;
    if !matches!(entry.node.value, Value::Table(_)) {
        return table.text(owner).map(str::to_owned);
    }
    let inner = table.table(owner)?;
    let name = if inner.has("name") {
        inner.text("name")
    } else {
        inner.text("id")
    };
    name.map(str::to_owned)
}

const VERSION: &str = "_format_version";
const VERSIONS: [&str; 3] = ["1.1", "2.1", "3.0"];
const CREDENTIALS: &str = "jwt_secrets";
const PLUGINS: &str = "plugins";
const JWT: &str = "jwt";
const TAKEN: [&str; 5] = ["consumers", CREDENTIALS, PLUGINS, "services", "routes"];
const OF_CONSUMERS: [&str; 8] = [
    "id",
    "username",
    "custom_id",
    "tags",
    "created_at",
    "updated_at",
    "type",
    CREDENTIALS,
];
const LISTED: usize = 12;
const IGNORED: &str =
    "left alone, since only consumers, their JWT credentials and jwt plugins count here";
const OF_CONSUMER: &str = "a jwt plugin of a consumer is left alone: who the consumer is shows once the token is verified";
const SHORT: &str = "are shorter than 32 bytes: they can be guessed";
