//! Logs: how lines look, and the line for each finished request.

use std::fmt;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock;
use crate::config::{Log, LogFormat};

/// Starts logging to standard error. `journal` says that systemd's journal reads it.
pub fn start(log: Log, journal: bool) {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(log.level);
    match log.format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
        LogFormat::Auto if journal => builder.with_ansi(false).event_format(Journal).init(),
        LogFormat::Auto | LogFormat::Text => {
            builder
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false)
                .init();
        }
    }
}

/// Lines for systemd's journal: a priority in front (sd-daemon(3)), and no time, which the journal adds.
struct Journal;

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static>
    FormatEvent<S, N> for Journal
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        write!(writer, "<{priority}>")?;
        Format::default()
            .without_time()
            .with_level(false)
            .with_target(false)
            .format_event(ctx, writer, event)
    }
}

/// Collects what the line of one request says.
pub struct RequestLog {
    id: u64,
    started: Instant,
    method: String,
    path: String,
    host: Option<String>,
    token_id: Option<String>,
    verdict: Option<&'static str>,
}

impl RequestLog {
    /// Begins with a request; the path is cut at a sane length, and has no query.
    #[must_use]
    pub fn start(method: &str, path: &str) -> Self {
        Self {
            id: NEXT_REQUEST.fetch_add(1, Ordering::Relaxed),
            started: clock::instant(),
            method: method.chars().take(16).collect(),
            path: path.chars().take(64).collect(),
            host: None,
            token_id: None,
            verdict: None,
        }
    }

    /// Notes a decision: the host's, on a token of this name, and `allowed` or the reason's code.
    pub fn decided(&mut self, host: &str, token_id: Option<&str>, verdict: &'static str) {
        self.host = Some(host.to_owned());
        self.token_id = token_id.map(str::to_owned);
        self.verdict = Some(verdict);
    }

    /// Logs the line. Decisions are worth knowing; the rest is for those who look closer.
    pub fn finish(self, status: u16) {
        let microseconds =
            u64::try_from(clock::elapsed(self.started).as_micros()).unwrap_or(u64::MAX);
        let Self {
            id,
            method,
            path,
            host,
            token_id,
            verdict,
            ..
        } = self;
        if verdict.is_some() || status >= 400 {
            tracing::info!(
                id,
                method,
                path,
                status,
                microseconds,
                verdict,
                host,
                token_id,
                "request"
            );
        } else {
            tracing::debug!(id, method, path, status, microseconds, "request");
        }
    }
}

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(1);
