//! `prosody-tokend check`: what the configuration comes to, and what is wrong with it.

use std::path::Path;

use anstyle::Style;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::causes::described;
use crate::config::effective::{self, Effective};
use crate::config::key_places;
use crate::config::layers::{Inputs, Layers};
use crate::config::prosody_part::ProsodyPart;
use crate::config::prosody_source;
use crate::config::{Config, Loaded, settings};
use crate::keys::fetching::client;
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::docker;
use crate::token::shown;

use super::failure::Failure;
use super::layout::{self, BAD, BOLD, DOUBTFUL, FAINT, GOOD, wrapped};
use super::output::{print, print_coloured};
use super::sources;
use super::sources::{SourceArguments, USUAL_PROSODY};
use super::statuses::REFUSED;
use crate::exposure::{self, Exposed};

/// Options of `check`.
#[derive(Args)]
pub struct CheckArguments {
    #[command(flatten)]
    sources: SourceArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Everything that `check` prints about a configuration.
struct Report {
    hosts: Vec<ShownHost>,
    settings: Vec<Effective>,
    warnings: Vec<String>,
    exposed: Vec<Exposed>,
    errors: Vec<ConfigMistake>,
}

/// A host with its own options, and those of its further issuers.
struct ShownHost {
    name: String,
    options: Vec<Effective>,
    issuers: Vec<(String, Vec<Effective>)>,
}

enum ConfigMistake {
    /// The configuration was read, and this part of it is refused.
    Refused(ConfigProblem),
    /// The configuration cannot be read.
    Unreadable(String),
}

/// Prints the policy of every host, then what is risky, or else every mistake.
pub fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let report = report(&arguments.sources);
    if arguments.json {
        print(&layout::json(&json(&report)))?;
    } else {
        print_coloured(&lay_out(&report))?;
    }
    if report.errors.is_empty() {
        Ok(())
    } else {
        Err(Failure::said(REFUSED))
    }
}

fn report(arguments: &SourceArguments) -> Report {
    let sources = match sources::read(arguments) {
        Ok(sources) => sources,
        Err(failure) => {
            return Report::of_errors(vec![ConfigMistake::Unreadable(described(&failure))]);
        }
    };
    let Loaded {
        config,
        layers,
        prosody,
        ..
    } = Loaded::read(&sources);
    match config {
        Ok(config) => Report::of(&config, &sources, layers.as_ref(), prosody.as_ref()),
        Err(refused) => Report {
            warnings: refused.warnings,
            ..Report::of_errors(
                refused
                    .problems
                    .into_iter()
                    .map(ConfigMistake::Refused)
                    .collect(),
            )
        },
    }
}

impl Report {
    fn of(
        config: &Config,
        sources: &Inputs,
        layers: Option<&Layers>,
        prosody: Option<&ProsodyPart>,
    ) -> Self {
        let hosts = config.hosts.iter();
        let options = hosts.map(|(name, host)| ShownHost {
            name: name.clone(),
            options: effective::options(host, config.asap.get(name)),
            issuers: effective::issuers(host),
        });
        let mut warnings: Vec<String> = config.warnings_and_mismatches().cloned().collect();
        let is_image = prosody.is_some_and(|source| source.variables.is_some());
        warnings.extend(config.unset_variables.clone());
        if prosody.is_none() {
            warnings.extend(unknown_hosts(config, sources));
        }
        for (name, host) in &config.hosts {
            let risks = effective::warnings(name, host).into_iter();
            warnings.extend(risks.map(|risk| {
                if is_image {
                    docker::in_variables(&risk)
                } else {
                    risk
                }
            }));
        }
        Self {
            hosts: options.collect(),
            settings: layers
                .map(|layers| settings::effective(config, layers))
                .unwrap_or_default(),
            warnings,
            exposed: exposure::for_check(&config.secret_files),
            errors: without_certificates(config).into_iter().collect(),
        }
    }

    const fn of_errors(errors: Vec<ConfigMistake>) -> Self {
        Self {
            hosts: Vec::new(),
            settings: Vec::new(),
            warnings: Vec::new(),
            exposed: Vec::new(),
            errors,
        }
    }
}

/// The first address of keys over TLS, where no server can be trusted.
fn without_certificates(config: &Config) -> Option<ConfigMistake> {
    let mut places = config
        .hosts
        .iter()
        .flat_map(|(name, host)| key_places::of(name, host).map(move |place| (name, place)));
    let (host, place) = places.find(|(_, place)| place.address.starts_with("https://"))?;
    let error = client::try_tls().err()?;
    Some(ConfigMistake::Refused(ConfigProblem {
        kind: ProblemKind::NoAuthorities,
        key: place.key,
        host: Some(host.clone()),
        found: format!("an address with https, and {error}"),
        expected: "CA certificates on this system".to_owned(),
        origin: place.origin,
    }))
}

/// Hosts with tokens in the Prosody of this machine, where the daemon is not told of its configuration.
fn unknown_hosts(config: &Config, sources: &Inputs) -> Vec<String> {
    let source = prosody_source::evaluated(Path::new(USUAL_PROSODY), sources);
    // Many machines have no Prosody, or one whose files are not for this user.
    let Ok(prosody) = source.outcome else {
        return Vec::new();
    };
    let unknown = prosody
        .token_hosts()
        .filter(|host| !config.hosts.contains_key(*host));
    let warning = |host: &str| {
        format!(
            "{host} has authentication = \"token\" in Prosody, and is unknown here: nobody gets in; set \
             prosody_config = \"{USUAL_PROSODY}\", or add a section [hosts.\"{host}\"]"
        )
    };
    unknown.map(warning).collect()
}

fn lay_out(report: &Report) -> String {
    let hosts = report.hosts.iter().map(host_text);
    let warnings = report.warnings.iter();
    let warnings = warnings.map(|text| marked(DOUBTFUL, "warning", text));
    let exposed = report.exposed.iter().map(exposed_text);
    let errors = report.errors.iter();
    let errors = errors.map(|error| marked(BAD, "error", &error.to_string()));
    let parts = hosts
        .chain([settings_text(&report.settings)])
        .chain(warnings)
        .chain(exposed)
        .chain(errors);
    parts.chain([summary(report)]).collect()
}

fn host_text(shown: &ShownHost) -> String {
    let host = shown::escaped(&shown.name);
    let issuers = shown.issuers.iter().map(|(name, options)| {
        format!("{BOLD}{host}, issuer {name}{BOLD:#}\n{}\n", table(options))
    });
    let issuers: String = issuers.collect();
    format!("{BOLD}{host}{BOLD:#}\n{}\n{issuers}", table(&shown.options))
}

/// What was set one a line, and everything else together.
fn settings_text(settings: &[Effective]) -> String {
    if settings.is_empty() {
        return String::new();
    }
    let (defaults, set): (Vec<Effective>, Vec<Effective>) = settings
        .iter()
        .cloned()
        .partition(|row| row.origin == Origin::Default);
    let defaults = defaults
        .iter()
        .map(|row| format!("{} {}", row.option, text_of(&row.value)));
    let defaults = defaults.collect::<Vec<_>>().join(", ");
    let defaults = wrapped(&format!("default: {defaults}"), 2);
    format!(
        "{BOLD}daemon{BOLD:#}\n{}  {FAINT}{defaults}{FAINT:#}\n\n",
        table(&set)
    )
}

fn marked(style: Style, mark: &str, text: &str) -> String {
    format!("{style}{mark:<7}{style:#}  {}\n", wrapped(text, 9))
}

/// The remedy is a line of its own and stays one, so that it can be copied.
fn exposed_text(exposed: &Exposed) -> String {
    let what = marked(DOUBTFUL, "warning", &format!("{}:", exposed.what));
    format!("{what}         {}\n", shown::escaped(&exposed.remedy))
}

fn summary(report: &Report) -> String {
    let warnings = report.warnings.len().saturating_add(report.exposed.len());
    match (report.errors.len(), warnings) {
        (0, 0) => format!("{GOOD}nothing to mend{GOOD:#}\n"),
        (0, warnings) => format!("\n{}\n", counted(warnings, "warning")),
        // It is taken, and what it names cannot be used.
        (errors, _) if !report.hosts.is_empty() => format!(
            "\n{}: tokens cannot be verified with this\n",
            counted(errors, "error")
        ),
        (errors, _) => format!(
            "\n{}: the daemon does not take this\n",
            counted(errors, "error")
        ),
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// One option a line; what nobody has set is faint.
fn table(options: &[Effective]) -> String {
    let lines: Vec<(String, String, &Effective)> = options.iter().flat_map(lines).collect();
    let names = lines.iter().map(|(name, ..)| name.len()).max();
    let widest = lines.iter().map(|(_, value, _)| value.chars().count());
    let widest = widest.filter(|width| *width <= WIDEST_VALUE).max();
    let (names, widest) = (names.unwrap_or_default(), widest.unwrap_or_default());
    let line = |(option, value, row): &(String, String, &Effective)| {
        let style = match row.origin {
            Origin::Default => FAINT,
            _ => Style::new(),
        };
        let source = source(row);
        format!("  {style}{option:<names$}  {value:<widest$}{style:#}  {FAINT}{source}{FAINT:#}\n")
    };
    lines.iter().map(line).collect()
}

/// The lines of an option: of a section one for each key.
fn lines(row: &Effective) -> Vec<(String, String, &Effective)> {
    match &row.value {
        Value::Object(members) => {
            let members = members.iter();
            let name = |name: &String| format!("{}.{name}", row.option);
            members
                .map(|(key, value)| (name(key), text_of(value), row))
                .collect()
        }
        value => vec![(row.option.to_owned(), text_of(value), row)],
    }
}

fn source(row: &Effective) -> String {
    let source = match row.by {
        Some(by) => format!("{by}, {}", row.origin),
        None => row.origin.to_string(),
    };
    shown::escaped(&source).into_owned()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => shown::escaped(text).into_owned(),
        Value::Array(items) if items.is_empty() => "none at all".to_owned(),
        Value::Array(items) if *items == ["*"] => "any".to_owned(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        Value::Object(members) => source_text(members),
        other => {
            let text = other.to_string();
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
    }
}

/// Where a claim is taken from, in words.
fn source_text(members: &Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).map(text_of);
    match (
        text("constant"),
        text("pointer"),
        text("contains"),
        text("matches"),
    ) {
        (Some(constant), ..) => format!("always {constant}"),
        (None, Some(pointer), Some(wanted), _) => format!("{pointer} has {wanted}"),
        (None, Some(pointer), None, Some(pattern)) => format!("{pointer} is like {pattern}"),
        (None, pointer, ..) => pointer.unwrap_or_default(),
    }
}

fn json(report: &Report) -> Value {
    let rows = |options: &[Effective]| options.iter().map(option_json).collect::<Vec<Value>>();
    let hosts = report.hosts.iter().map(|shown| {
        let issuers = shown.issuers.iter();
        let issuers =
            issuers.map(|(name, options)| json!({ "name": name, "options": rows(options) }));
        json!({
            "host": shown.name,
            "options": rows(&shown.options),
            "issuers": issuers.collect::<Vec<Value>>(),
        })
    });
    let errors = report.errors.iter().map(ConfigMistake::json);
    json!({
        "ok": report.errors.is_empty(),
        "hosts": hosts.collect::<Vec<_>>(),
        "settings": report.settings.iter().map(option_json).collect::<Vec<_>>(),
        "warnings": warnings(report),
        "errors": errors.collect::<Vec<_>>(),
    })
}

fn warnings(report: &Report) -> Vec<String> {
    let exposed = report.exposed.iter().map(ToString::to_string);
    report.warnings.iter().cloned().chain(exposed).collect()
}

fn option_json(row: &Effective) -> Value {
    let mut json =
        json!({ "option": row.option, "value": row.value, "origin": row.origin.to_string() });
    if let (Some(by), Some(object)) = (row.by, json.as_object_mut()) {
        object.insert("by".to_owned(), by.into());
    }
    json
}

impl ConfigMistake {
    fn json(&self) -> Value {
        match self {
            Self::Refused(problem) => json!({
                "key": problem.key,
                "found": problem.found,
                "expected": problem.expected,
                "origin": problem.origin.to_string(),
            }),
            Self::Unreadable(text) => json!({ "found": text }),
        }
    }
}

impl std::fmt::Display for ConfigMistake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(problem) => problem.fmt(formatter),
            Self::Unreadable(text) => formatter.write_str(text),
        }
    }
}

/// Longer values push what stands behind them to the right.
const WIDEST_VALUE: usize = 36;
