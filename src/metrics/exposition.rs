//! Readings as text: OpenMetrics, or the older format of Prometheus.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text, text};
use prometheus_client::registry::Registry;

use crate::counters::decisions::Decisions;
use crate::counters::gateways::OfGateways;
use crate::counters::requests::Requests;
use crate::keys::state::{IssuerSource, SourceState};
use crate::store::StoreState;

use super::families as of;
use super::family::Family;
use super::page::Page;
use super::process::Process;
use super::readings::{Configuration, Load, Readings};

/// How readings are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4, which every program reads.
    Prometheus,
}

impl Format {
    /// The media type of the text.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// Writes readings down.
#[must_use]
pub fn write(readings: Readings, format: Format) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(readings));
    let mut written = String::new();
    let done = match format {
        Format::OpenMetrics => text::encode(&mut written, &registry),
        Format::Prometheus => prometheus_text::encode(&mut written, &registry),
    };
    debug_assert!(done.is_ok(), "a string takes everything");
    written
}

impl Collector for Readings {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut page = Page::new(encoder);
        page.gauge(&of::BUILD_INFO, [([self.version], 1.0)])?;
        decisions(&mut page, &self.counters.decisions)?;
        questions(&mut page, &self.counters.decisions)?;
        gateways(&mut page, &self.counters.gateways)?;
        requests(&mut page, self)?;
        load(&mut page, &self.load)?;
        hosts(&mut page, self)?;
        sources(&mut page, self)?;
        fetches(&mut page, self)?;
        configuration(&mut page, &self.configuration)?;
        page.counter(&of::LOG_LINES_LOST, [([], self.log_lines_lost)])?;
        page.counter(&of::AUDIT_LINES_LOST, [([], self.audit_lines_lost)])?;
        store(&mut page, self.store.as_ref())?;
        process(&mut page, self.process.as_ref())
    }
}

fn decisions(page: &mut Page<'_>, decisions: &Decisions) -> fmt::Result {
    let decided = decisions.all_decided();
    let decided = decided.iter();
    page.counter(
        &of::DECISIONS,
        decided.map(|one| ([one.host.as_str(), one.kind.name(), one.code], one.count)),
    )?;
    let logins = decisions.all_of_issuers();
    let logins = logins.iter();
    page.counter(
        &of::ISSUER_LOGINS,
        logins.map(|one| {
            (
                [one.host.as_str(), one.issuer.as_str(), one.result],
                one.count,
            )
        }),
    )?;
    let undecided = decisions.all_undecided();
    page.counter(
        &of::UNDECIDED,
        undecided.map(|(kind, code, count)| ([kind.name(), code], count)),
    )
}

/// How long questions took, and which were none of users.
fn questions(page: &mut Page<'_>, decisions: &Decisions) -> fmt::Result {
    let durations = decisions.durations();
    page.histogram(
        &of::DURATION,
        durations.map(|(kind, observed)| ([kind.name()], observed)),
    )?;
    let doctors = decisions.all_doctors();
    page.counter(
        &of::DOCTORS,
        doctors.map(|(kind, count)| ([kind.name()], count)),
    )
}

fn store(page: &mut Page<'_>, store: Option<&StoreState>) -> fmt::Result {
    let of_store = |number: fn(&StoreState) -> Option<f64>| {
        let number = store.and_then(number);
        number.map(|number| ([], number))
    };
    page.gauge(
        &of::REVOCATIONS,
        of_store(|store| Some(size(store.revocations))),
    )?;
    page.gauge(
        &of::CONSUMERS,
        of_store(|store| Some(size(store.consumers))),
    )?;
    page.gauge(
        &of::CREDENTIALS,
        of_store(|store| Some(size(store.credentials))),
    )?;
    page.gauge(
        &of::UNREADABLE_SECRETS,
        of_store(|store| Some(size(store.unreadable_secrets))),
    )?;
    let failing = of_store(|store| Some(truth(store.failing_since.is_some())));
    page.gauge(&of::STORE_FAILING, failing)?;
    let since = of_store(|store| store.failing_since.map(seconds));
    page.gauge(&of::STORE_FAILING_SINCE, since)
}

fn gateways(page: &mut Page<'_>, gateways: &OfGateways) -> fmt::Result {
    let decided = gateways.all();
    let decided = decided.iter();
    page.counter(
        &of::GATEWAY_DECISIONS,
        decided.map(|(gateway, code, count)| ([gateway.as_str(), *code], *count)),
    )
}

fn requests(page: &mut Page<'_>, readings: &Readings) -> fmt::Result {
    let requests = readings.counters.requests.get();
    let requests = requests.into_iter().flat_map(Requests::counts);
    let requests = requests.map(|(path, status, count)| (path, status.to_string(), count));
    let requests: Vec<_> = requests.collect();
    let requests = requests.iter();
    page.counter(
        &of::REQUESTS,
        requests.map(|(path, status, count)| ([*path, status.as_str()], *count)),
    )
}

fn load(page: &mut Page<'_>, load: &Load) -> fmt::Result {
    let in_flight = load.in_flight;
    page.gauge(
        &of::IN_FLIGHT,
        in_flight.map(|(pool, taken)| ([pool], size(taken))),
    )?;
    page.number(&of::IN_FLIGHT_LIMIT, size(load.in_flight_limit))?;
    page.number(&of::CONNECTIONS, size(load.connections))?;
    page.number(&of::CONNECTIONS_LIMIT, size(load.connections_limit))?;
    let patterns = load.patterns;
    let classes = [("short", patterns.short), ("long", patterns.long)];
    page.gauge(
        &of::PATTERN_QUEUE,
        classes.map(|(class, waiting)| ([class], size(waiting))),
    )?;
    page.number(&of::PATTERN_QUEUE_LIMIT, size(patterns.capacity))
}

fn hosts(page: &mut Page<'_>, readings: &Readings) -> fmt::Result {
    let hosts = readings.key_sources.iter();
    let has_keys = |sources: &[IssuerSource]| !sources.iter().all(|one| one.state.is_of_no_use());
    page.gauge(
        &of::HOST_HAS_KEYS,
        hosts.map(|(host, sources)| ([host.as_str()], truth(has_keys(sources)))),
    )
}

fn sources(page: &mut Page<'_>, readings: &Readings) -> fmt::Result {
    let time = |offset: i64| seconds(readings.now.saturating_add(offset));
    let ago = |past: Duration| time(-whole(past));
    let ahead = |future: Duration| time(whole(future));
    of_sources(page, readings, &of::KEYS, |one| Some(size(one.keys.len())))?;
    of_sources(page, readings, &of::KEYS_PAST_LIFETIME, |one| {
        let stale = one.stale.unwrap_or_default().as_secs_f64();
        one.kind.is_fetched().then_some(stale)
    })?;
    of_sources(page, readings, &of::KEY_SOURCE_FAILING, |one| {
        one.kind.is_fetched().then_some(truth(one.error.is_some()))
    })?;
    of_sources(page, readings, &of::KEY_LAST_SUCCESS, |one| {
        one.last_success.map(ago)
    })?;
    of_sources(page, readings, &of::KEY_NEXT_REFRESH, |one| {
        one.next_fetch.map(ahead)
    })
}

/// One number of each source that has it.
fn of_sources(
    page: &mut Page<'_>,
    readings: &Readings,
    family: &Family,
    value: impl Fn(&SourceState) -> Option<f64>,
) -> fmt::Result {
    let hosts = readings.key_sources.iter();
    let sources = hosts.flat_map(|(host, sources)| sources.iter().map(move |one| (host, one)));
    let series = sources.filter_map(|(host, one)| {
        let IssuerSource { issuer, state } = one;
        let labels = [host.as_str(), issuer.as_str(), state.kind.option()];
        Some((labels, value(state)?))
    });
    page.gauge(family, series)
}

fn fetches(page: &mut Page<'_>, readings: &Readings) -> fmt::Result {
    let fetches = readings.key_fetches.iter();
    page.counter(
        &of::KEY_FETCHES,
        fetches.map(|one| ([one.kind.option(), one.result], one.count)),
    )?;
    let (hits, misses) = readings.signature_lookups;
    page.counter(
        &of::SIGNATURE_LOOKUPS,
        [(["hit"], hits), (["miss"], misses)],
    )
}

fn configuration(page: &mut Page<'_>, configuration: &Configuration) -> fmt::Result {
    let reloads = configuration.reloads;
    page.counter(
        &of::RELOADS,
        [(["ok"], reloads.succeeded), (["failed"], reloads.failed)],
    )?;
    let has_succeeded = truth(!configuration.has_failed);
    page.number(&of::LAST_RELOAD_SUCCESSFUL, has_succeeded)?;
    page.number(&of::LAST_SUCCESS, reloads.last_success.map(seconds))?;
    page.number(&of::LAST_FAILURE, reloads.last_failure.map(seconds))?;
    page.number(&of::WATCHED, truth(configuration.is_watched))?;
    page.number(&of::WARNINGS, size(configuration.warnings))
}

fn process(page: &mut Page<'_>, process: Option<&Process>) -> fmt::Result {
    page.number(&of::START_TIME, process.map(|one| seconds(one.started)))?;
    let processor_time = process.map(|one| one.processor_time.as_secs_f64());
    page.counter(&of::CPU, processor_time.map(|time| ([], time)))?;
    let resident = process.map(|one| number(one.resident_bytes));
    page.number(&of::RESIDENT_MEMORY, resident)?;
    let address_space = process.map(|one| number(one.virtual_bytes));
    page.number(&of::VIRTUAL_MEMORY, address_space)?;
    page.number(&of::OPEN_FDS, process.map(|one| size(one.descriptors)))?;
    let most = process.and_then(|one| one.most_descriptors);
    page.number(&of::MAX_FDS, most.map(number))
}

const fn truth(is_true: bool) -> f64 {
    if is_true { 1.0 } else { 0.0 }
}

fn size(count: usize) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers are floating point in every format, and exact up to 2^53"
)]
const fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "as for all numbers; times are far below 2^53"
)]
const fn seconds(time: i64) -> f64 {
    time as f64
}

fn whole(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
