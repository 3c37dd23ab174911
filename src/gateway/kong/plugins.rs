//! The jwt plugins of the file: what they say, and which one counts.

use std::collections::BTreeMap;

use thiserror::Error;

use super::super::header_names;
use super::super::settings::{Settings, TimesToVerify};
use super::table::Table;

/// A jwt plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// What it is for.
    pub bound: Bound,
    /// The line in which it begins.
    pub line: usize,
    /// What it asks for, with Kong's defaults for what it does not say.
    pub settings: Settings,
    /// The line of each option that it says.
    pub said: BTreeMap<&'static str, usize>,
}

/// What a plugin is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// All requests.
    Global,
    /// Those to a service or over a route, of this name if it has one.
    Named(Option<String>),
}

/// Why none of several plugins counts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PluginError {
    /// None is bound to what has this name.
    #[error("no jwt plugin of {0:?}, but {1}")]
    Unknown(String, String),
    /// They differ, and none is chosen.
    #[error("several jwt plugins that differ: {0}")]
    Several(String),
}

impl Plugin {
    /// Reads the configuration of a plugin. None where something is wrong, which is noted.
    pub fn read(table: &Table<'_>, bound: Bound) -> Option<Self> {
        let config = table.table("config");
        if table.has("config") && config.is_none() {
            return None;
        }
        let mut said = BTreeMap::new();
        let settings = config.as_ref().map_or_else(defaults, |config| {
            config.refuse_others(&OPTIONS);
            for name in OPTIONS.into_iter().filter(|name| config.has(name)) {
                said.insert(name, config.line_of(name));
            }
            settings(config)
        });
        Some(Self {
            bound,
            line: table.line,
            settings,
            said,
        })
    }

    /// What it is called where it is chosen by that.
    fn called(&self) -> String {
        let name = match &self.bound {
            Bound::Global => GLOBAL.to_owned(),
            Bound::Named(Some(name)) => format!("{name:?}"),
            Bound::Named(None) => "one of what has no name".to_owned(),
        };
        format!("{name} (line {})", self.line)
    }

    fn is_named(&self, wanted: &str) -> bool {
        match &self.bound {
            Bound::Global => wanted == GLOBAL,
            Bound::Named(name) => name.as_deref() == Some(wanted),
        }
    }
}

/// The plugin that counts: the one of this name, or the only one. Those that say the same are one.
pub fn chosen<'p>(
    plugins: &'p [Plugin],
    name: Option<&str>,
) -> Result<Option<&'p Plugin>, PluginError> {
    let all = || listed(plugins.iter());
    let mut fitting = plugins
        .iter()
        .filter(|plugin| name.is_none_or(|name| plugin.is_named(name)));
    let Some(first) = fitting.next() else {
        return match name {
            Some(name) => Err(PluginError::Unknown(name.to_owned(), all())),
            None => Ok(None),
        };
    };
    if fitting
        .clone()
        .any(|other| other.settings != first.settings)
    {
        return Err(PluginError::Several(listed(
            [first].into_iter().chain(fitting),
        )));
    }
    Ok(Some(first))
}

fn listed<'p>(plugins: impl Iterator<Item = &'p Plugin>) -> String {
    let names: Vec<String> = plugins.take(LISTED).map(Plugin::called).collect();
    if names.is_empty() {
        "none at all".to_owned()
    } else {
        names.join(", ")
    }
}

/// Kong's own: neither time is checked.
fn defaults() -> Settings {
    Settings {
        claims_to_verify: TimesToVerify {
            expiration: false,
            not_before: false,
        },
        ..Settings::default()
    }
}

fn settings(config: &Table<'_>) -> Settings {
    let base = defaults();
    let times = times(config);
    Settings {
        uri_param_names: config
            .texts("uri_param_names")
            .unwrap_or(base.uri_param_names),
        cookie_names: names(config, "cookie_names").unwrap_or(base.cookie_names),
        header_names: names(config, "header_names").unwrap_or(base.header_names),
        key_claim_name: text(config, "key_claim_name").unwrap_or(base.key_claim_name),
        secret_is_base64: config.truth("secret_is_base64").unwrap_or(false),
        claims_to_verify: times,
        maximum_expiration: maximum_expiration(config, times),
        anonymous: text(config, "anonymous"),
        run_on_preflight: config.truth("run_on_preflight").unwrap_or(true),
        realm: realm(config),
        beyond: base.beyond,
        proxy: None,
    }
}

/// Kong's schema lets an empty text stand for none.
fn text(config: &Table<'_>, name: &str) -> Option<String> {
    config.text(name).map(str::to_owned)
}

/// Names of cookies or headers. No header that says whom a token is for can bring the token.
fn names(config: &Table<'_>, name: &str) -> Option<Vec<String>> {
    let names = config.texts(name)?;
    let is_wrong = |text: &&String| !header_names::is_name(text) || header_names::is_identity(text);
    for wrong in names.iter().filter(is_wrong) {
        let expected = "names without blanks and signs, none of which says whom a token is for";
        config.note(name, &format!("{wrong:?}"), expected);
    }
    Some(names)
}

fn times(config: &Table<'_>) -> TimesToVerify {
    let names = config.texts("claims_to_verify").unwrap_or_default();
    for name in names
        .iter()
        .filter(|name| !matches!(name.as_str(), "exp" | "nbf"))
    {
        config.note(
            "claims_to_verify",
            &format!("{name:?}"),
            "exp, nbf, both or none",
        );
    }
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    TimesToVerify {
        expiration: has("exp"),
        not_before: has("nbf"),
    }
}

fn maximum_expiration(config: &Table<'_>, times: TimesToVerify) -> Option<u32> {
    let seconds = config.whole("maximum_expiration", 31_536_000)?;
    let seconds = u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
    if !times.expiration {
        let found = format!("{seconds}, and claims_to_verify without exp");
        config.note(
            "maximum_expiration",
            &found,
            "exp in claims_to_verify, or 0",
        );
    }
    Some(seconds)
}

fn realm(config: &Table<'_>) -> Option<String> {
    let realm = config.text("realm")?;
    if !header_names::is_quotable(realm) {
        config.note(
            "realm",
            &format!("{realm:?}"),
            "a text of ASCII, without \" and \\",
        );
    }
    Some(realm.to_owned())
}

/// What a plugin for all requests is chosen by.
const GLOBAL: &str = "global";
const LISTED: usize = 8;
const OPTIONS: [&str; 10] = [
    "uri_param_names",
    "cookie_names",
    "header_names",
    "key_claim_name",
    "secret_is_base64",
    "claims_to_verify",
    "maximum_expiration",
    "anonymous",
    "run_on_preflight",
    "realm",
];
