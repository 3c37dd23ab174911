//! Logs: how lines look, and the line for each finished request.

mod writer;

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::{Method, Uri};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock;
use crate::config::{Log, LogFormat};
use crate::token::shown;

use self::writer::{Queue, StandardError};

/// The log. Dropped, it is written to its end, if somebody reads it.
#[must_use]
pub struct Logging(());

impl Drop for Logging {
    fn drop(&mut self) {
        flush();
    }
}

/// Starts logging to standard error. `journal` says that systemd's journal reads it.
pub fn start(log: Log, journal: bool) -> io::Result<Logging> {
    let (queue, lines) = Queue::new();
    let queue = QUEUE.get_or_init(|| Arc::new(queue));
    lines.write_to(StandardError, move |lost| notice(log, journal, lost))?;
    subscriber(log, journal, Arc::clone(queue)).init();
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(%panic, "a mistake in this program");
        flush();
    }));
    Ok(Logging(()))
}

/// How many lines of the log were lost since the start.
#[must_use]
pub fn lost_lines() -> u64 {
    QUEUE.get().map_or(0, |queue| queue.lost_lines())
}

fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush();
    }
}

/// The line that says how many others were lost. It passes the queue, for it comes before what waits there.
fn notice(log: Log, journal: bool, lost: u64) -> Option<Vec<u8>> {
    let (queue, lines) = Queue::new();
    let subscriber = subscriber(log, journal, Arc::new(queue));
    tracing::dispatcher::with_default(&subscriber, || {
        tracing::error!(
            "{lost} lines of the log were lost: they could not be written, or nobody read them"
        );
    });
    lines.next()
}

fn subscriber(log: Log, journal: bool, queue: Arc<Queue>) -> Dispatch {
    let builder = tracing_subscriber::fmt()
        .with_writer(queue)
        .with_max_level(log.level);
    let others = filter_fn(|metadata| !is_of_watching(metadata));
    match log.format {
        LogFormat::Json => {
            let builder = builder.json().flatten_event(true);
            let builder = builder.with_current_span(false).with_span_list(false);
            builder.finish().with(others).into()
        }
        LogFormat::Auto if journal => {
            let builder = builder.with_ansi(false).event_format(Journal);
            builder.finish().with(others).into()
        }
        LogFormat::Auto | LogFormat::Text => {
            let builder = builder
                .with_ansi(io::stderr().is_terminal())
                .with_target(false);
            builder.finish().with(others).into()
        }
    }
}

/// Whether a line tells how files are watched. A log that lies in a watched folder would cause such lines, and they more
/// of it.
fn is_of_watching(metadata: &Metadata<'_>) -> bool {
    let library = metadata.target().split("::").next();
    *metadata.level() > Level::INFO && matches!(library, Some("notify" | "inotify" | "mio"))
}

static QUEUE: OnceLock<Arc<Queue>> = OnceLock::new();

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
    warning: Option<String>,
}

/// What the log says of a decision.
#[derive(Default)]
pub struct Decision<'a> {
    /// The host whose policy decided.
    pub host: &'a str,
    /// The name of the issuer by which the token was judged, where that is a further one of the host.
    pub issuer: Option<&'a str>,
    /// The room that was asked for, where one was.
    pub room: Option<&'a str>,
    /// How the token is named.
    pub token_id: Option<&'a str>,
    /// The code of the reason and what it means, where it was denied.
    pub denial: Option<(&'static str, &'a str)>,
}

/// What was decided.
struct Decided {
    host: String,
    issuer: Option<String>,
    room: Option<String>,
    token_id: Option<String>,
    verdict: &'static str,
    /// What the denial means.
    reason: Option<String>,
    is_denial: bool,
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
            warning: None,
        }
    }

    /// Notes a decision. One that `doctor` asked for keeps no user out, whatever it is.
    pub fn decided(&mut self, decision: &Decision<'_>, is_doctors: bool) {
        let is_denial = decision.denial.is_some() && !is_doctors;
        if is_denial || self.warning.is_some() || tracing::enabled!(Level::DEBUG) {
            self.decided = Some(Decided {
                host: decision.host.to_owned(),
                issuer: decision.issuer.map(str::to_owned),
                room: decision.room.map(room_name),
                token_id: decision.token_id.map(str::to_owned),
                verdict: decision.denial.map_or("allowed", |(code, _)| code),
                reason: decision.denial.map(|(_, reason)| shown::shortened(reason)),
                is_denial,
            });
        }
    }

    /// Notes what is odd about a token that was let in.
    pub fn warned(&mut self, warnings: &[String]) {
        self.warning = (!warnings.is_empty()).then(|| warnings.join("; "));
    }

    /// Logs the line: of a denial for everybody, of the usual for those who look closer. The path is shown as far as
    /// requests are, without its query.
    pub fn finish(self, status: u16) {
        let decided = self.decided.as_ref();
        let is_usual = status < 400
            && self.warning.is_none()
            && decided.is_none_or(|decided| !decided.is_denial);
        if is_usual && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let microseconds =
            u64::try_from(clock::elapsed(self.started).as_micros()).unwrap_or(u64::MAX);
        let id = self.id;
        let warning = self.warning.as_deref();
        let method = shown::bounded(self.method.as_str(), shown::MAX_REPEATED);
        let path = shown::bounded(self.uri.path(), shown::MAX_REPEATED);
        let host = decided.map(|decided| decided.host.as_str());
        let verdict = decided.map(|decided| decided.verdict);
        let issuer = decided.and_then(|decided| decided.issuer.as_deref());
        let room = decided.and_then(|decided| decided.room.as_deref());
        let token_id = decided.and_then(|decided| decided.token_id.as_deref());
        // It is escaped already, and quotes around it would have those inside escaped again.
        let reason = decided.and_then(|decided| decided.reason.as_deref());
        let reason = reason.map(tracing::field::display);
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
                    issuer,
                    room,
                    token_id,
                    reason,
                    warning,
                    "request"
                )
            };
        }
        if is_usual { line!(debug) } else { line!(info) }
    }
}

/// A room's name, as far as requests are shown: where the rest of its address is from, the host tells.
fn room_name(address: &str) -> String {
    let name = address.split_once('@').map_or(address, |(name, _)| name);
    shown::bounded(name, shown::MAX_REPEATED)
}

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(1);
