//! Several measurements of one thing.

use std::fmt;

/// The median, and the least and the most.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// Sums up at least one value.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            low: values[0],
            median: values[values.len() / 2],
            high: values[values.len() - 1],
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, median, high } = self;
        write!(formatter, "{median:.2} ({low:.2} to {high:.2})")
    }
}
