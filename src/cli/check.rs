//! `prosody-tokend check`: what the configuration comes to, and what is wrong with it.

use std::path::Path;

use crate::causes::described;
use crate::config::effective::Effective;
use crate::config::key_places;
use crate::config::layers::{Inputs, Layers};
use crate::config::prosody_part::ProsodyPart;
use crate::config::prosody_source;
use crate::config::refused::Refused;
use crate::config::{Config, Loaded};
use crate::exposure::{self, Exposed};
use crate::keys::fetching::client;
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::overview::words::{lines, source, text_of};
use crate::overview::{Overview, ShownGateway, ShownHost};
use crate::token::shown;
use anstyle::Style;
use clap::Args;

use super::failure::Failure;
use super::layout::{self, BAD, BOLD, DOUBTFUL, FAINT, GOOD, wrapped};
use super::output::{print, print_coloured};
use super::sources;
use super::sources::{SourceArguments, USUAL_PROSODY};
use super::statuses::REFUSED;

mod json;
mod report;

use self::report::{ConfigMistake, Report};

/// Options of `check`.
#[derive(Args)]
pub struct CheckArguments {
    #[command(flatten)]
    sources: SourceArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the policy of every host, then what is risky, or else every mistake.
pub fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let report = report(&arguments.sources);
    if arguments.json {
        print(&layout::json(&json::of(&report)))?;
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
        Ok(config) => of_config(&config, &sources, layers.as_ref(), prosody.as_ref()),
        Err(refused) => refused_report(refused),
    }
}

fn refused_report(refused: Refused) -> Report {
    let problems = refused.problems.into_iter();
    let mut report = Report::of_errors(problems.map(ConfigMistake::Refused).collect());
    report.overview.warnings = refused.warnings;
    report
}

/// What there is to say of a configuration that is taken.
fn of_config(
    config: &Config,
    sources: &Inputs,
    layers: Option<&Layers>,
    prosody: Option<&ProsodyPart>,
) -> Report {
    let mut overview = Overview::of(config, layers, prosody);
    if prosody.is_none() {
        overview.warnings.extend(unknown_hosts(config, sources));
    }
    Report {
        overview,
        exposed: exposure::for_check(&config.secret_files),
        errors: without_certificates(config).into_iter().collect(),
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
    let overview = &report.overview;
    let hosts = overview.hosts.iter().map(host_text);
    let warnings = report.warnings();
    let warnings = warnings.map(|text| marked(DOUBTFUL, "warning", text));
    let exposed = report.exposed.iter().map(exposed_text);
    let errors = report.errors.iter();
    let errors = errors.map(|error| marked(BAD, "error", &error.to_string()));
    let gateways = overview.gateways.iter().map(gateway_text);
    let parts = hosts
        .chain(gateways)
        .chain([settings_text(&overview.settings)])
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

fn gateway_text(shown: &ShownGateway) -> String {
    let name = shown::escaped(&shown.name);
    format!("{BOLD}gateway {name}{BOLD:#}\n{}\n", table(&shown.options))
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
    let warnings = report.warnings().count();
    let warnings = warnings.saturating_add(report.exposed.len());
    match (report.errors.len(), warnings) {
        (0, 0) => format!("{GOOD}nothing to mend{GOOD:#}\n"),
        (0, warnings) => format!("\n{}\n", counted(warnings, "warning")),
        // It is taken, and what it names cannot be used.
        (errors, _) if report.is_taken() => format!(
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

/// Longer values push what stands behind them to the right.
const WIDEST_VALUE: usize = 36;
