//! Something that grows, and what a decision costs as it does.

use std::fmt::Write as _;
use std::rc::Rc;

use super::instance::Instance;
use super::load::Load;
use measure::spread::Spread;

/// Something that grows.
pub struct Dimension {
    /// What it is, for a heading.
    pub title: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// The sizes measured, in the order of the table.
    pub points: Vec<Point>,
    /// The index of the point that the others are compared with.
    pub base: usize,
}

/// One size.
pub struct Point {
    pub size: usize,
    /// What is asked: a column of the table.
    pub series: &'static str,
    pub instance: Rc<Instance>,
    pub load: Load,
}

/// A dimension with the costs measured.
pub struct Measured {
    pub title: &'static str,
    pub unit: &'static str,
    pub costs: Vec<Cost>,
}

/// The cost of a decision relative to the base.
pub struct Cost {
    pub size: usize,
    pub series: &'static str,
    pub ratio: Spread,
}

impl Dimension {
    /// Measures all points in turn, several times, so that what else the machine does meets all of them.
    pub fn measure(self, rounds: usize, seconds: u64) -> Measured {
        let mut ratios = vec![Vec::new(); self.points.len()];
        for round in 1..=rounds {
            eprintln!("growth: {}, round {round} of {rounds}", self.title);
            let costs: Vec<f64> = self
                .points
                .iter()
                .map(|point| point.cost(seconds))
                .collect();
            for (ratios, cost) in ratios.iter_mut().zip(&costs) {
                ratios.push(cost / costs[self.base]);
            }
        }
        let costs = self.points.iter().zip(ratios).map(|(point, ratios)| Cost {
            size: point.size,
            series: point.series,
            ratio: Spread::of(ratios),
        });
        Measured {
            title: self.title,
            unit: self.unit,
            costs: costs.collect(),
        }
    }
}

impl Point {
    /// The daemon's processor time for one request, in nanoseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of seconds, far below 2^52"
    )]
    fn cost(&self, seconds: u64) -> f64 {
        let before = self.instance.processor_time();
        let requests = self.load.run(&self.instance, seconds);
        let used = self.instance.processor_time() - before;
        used as f64 / requests as f64
    }
}

impl Measured {
    /// One row for each size, one column for each series.
    pub fn table(&self) -> String {
        let mut series: Vec<&str> = self.costs.iter().map(|cost| cost.series).collect();
        series.dedup();
        let mut sizes: Vec<usize> = self.costs.iter().map(|cost| cost.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut table = format!("| {} | {} |\n|", self.unit, series.join(" | "));
        table.push_str(&" ---: |".repeat(series.len() + 1));
        for size in sizes {
            write!(table, "\n| {} |", grouped(size)).unwrap();
            for series in &series {
                let mut costs = self.costs.iter();
                let cost = costs.find(|cost| cost.size == size && cost.series == *series);
                let shown = cost.map_or_else(String::new, |cost| cost.ratio.to_string());
                write!(table, " {shown} |").unwrap();
            }
        }
        format!("### {}\n\n{table}\n", self.title)
    }
}

/// A number with a comma between thousands.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
