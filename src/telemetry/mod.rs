//! Logs: how lines look, and the line for each finished request.

use std::fmt;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use http::{Method, Uri};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock;
use crate::config::{Log, LogFormat};
use crate::token::shown;

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
    method: Method,
    uri: Uri,
    decided: Option<Decided>,
}

/// What was decided.
struct Decided {
    host: String,
    token_id: Option<String>,
    denial: Option<&'static str>,
}

impl RequestLog {
    /// Begins with a request.
    #[must_use]
    pub fn start(method: Method, uri: Uri) -> Self {
        Self {
            id: NEXT_REQUEST.fetch_add(1, Ordering::Relaxed),
            started: clock::instant(),
            method,
            uri,
            decided: None,
        }
    }

    /// Notes a decision: the host's, on a token of this name, and the reason's code where it is a denial.
    pub fn decided(&mut self, host: &str, token_id: Option<&str>, denial: Option<&'static str>) {
        if denial.is_some() || tracing::enabled!(Level::DEBUG) {
            self.decided = Some(Decided {
                host: host.to_owned(),
                token_id: token_id.map(str::to_owned),
                denial,
            });
        }
    }

    /// Logs the line: of a denial for everybody, of the usual for those who look closer. The path is shown as far as
    /// requests are, without its query.
    pub fn finish(self, status: u16) {
        let decided = self.decided.as_ref();
        let is_usual = status < 400 && decided.is_none_or(|decided| decided.denial.is_none());
        if is_usual && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let microseconds =
            u64::try_from(clock::elapsed(self.started).as_micros()).unwrap_or(u64::MAX);
        let id = self.id;
        let method = shown::bounded(self.method.as_str(), shown::MAX_REPEATED);
        let path = shown::bounded(self.uri.path(), shown::MAX_REPEATED);
        let host = decided.map(|decided| decided.host.as_str());
        let verdict = decided.map(|decided| decided.denial.unwrap_or("allowed"));
        let token_id = decided.and_then(|decided| decided.token_id.as_deref());
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    id,
                    method,
                    path,
                    status,
                    microseconds,
                    verdict,
                    host,
                    token_id,
                    "request"
                )
            };
        }
        if is_usual { line!(debug) } else { line!(info) }
    }
}

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(1);
