//! What is known of a metric apart from its numbers.

use prometheus_client::metrics::MetricType;
use prometheus_client::registry;

/// A metric, whatever number of series it has.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Its name without unit and suffix.
    pub(super) name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    pub(super) unit: Unit,
    /// What its series differ in.
    pub labels: &'static [&'static str],
    /// What it tells, in one sentence.
    pub help: &'static str,
}

/// A kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only goes up, until the daemon is started again.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Durations in classes.
    Histogram,
}

/// What a number is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things that the name says.
    Count,
    Seconds,
    Bytes,
}

impl Kind {
    /// Its name in an exposition.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    pub(super) const fn metric_type(self) -> MetricType {
        match self {
            Self::Counter => MetricType::Counter,
            Self::Gauge => MetricType::Gauge,
            Self::Histogram => MetricType::Histogram,
        }
    }
}

impl Unit {
    /// As the library has it, which adds it to the name.
    pub(super) const fn named(self) -> Option<registry::Unit> {
        match self {
            Self::Count => None,
            Self::Seconds => Some(registry::Unit::Seconds),
            Self::Bytes => Some(registry::Unit::Bytes),
        }
    }
}

impl Family {
    /// Its name as queries have it; that of a histogram has `_bucket`, `_sum` and `_count` behind it there.
    #[must_use]
    pub fn exposed_name(&self) -> String {
        let unit = match self.unit {
            Unit::Count => "",
            Unit::Seconds => "_seconds",
            Unit::Bytes => "_bytes",
        };
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::Histogram => "",
        };
        format!("{}{unit}{suffix}", self.name)
    }
}
