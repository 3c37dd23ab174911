//! What charts look like. What is what is told by shape and pattern, and never by colour alone.

use std::time::Duration;

use maud::{Markup, html};

use crate::joins::{HourSums, Minute};

/// The picture's own measures: so many units for each minute, and a little room at the top.
pub const VIEW: &str = "0 0 600 108";

/// A filled bar for those who were let in, and a striped one above it for those who were not.
pub fn joins(sums: &HourSums) -> Markup {
    let most = most(sums, Minute::decided);
    html! {
        defs {
            pattern #chart-stripes patternUnits="userSpaceOnUse" width="4" height="4" {
                path d="M-1 1l2 -2M0 4l4 -4M3 5l2 -2" class="stripe" {}
            }
        }
        (ground())
        @for (x, minute) in columns(sums) {
            @let let_in = height(minute.let_in, most);
            @let denied = height(minute.decided(), most).saturating_sub(let_in).max(least(minute.denied));
            (bar(x, 0, let_in, "bar let-in", None))
            (bar(x, let_in, denied, "bar denied", Some("url(#chart-stripes)")))
        }
    }
}

/// A dot for the mean, and a line up from it to the slowest.
pub fn times(sums: &HourSums) -> Markup {
    let most = most(sums, |minute| nanoseconds(minute.slowest));
    html! {
        (ground())
        @for (x, minute) in columns(sums) {
            @if let Some(mean) = minute.mean() {
                @let (mean, slowest) = (top(height(nanoseconds(mean), most)), top(height(nanoseconds(minute.slowest), most)));
                @let middle = x.saturating_add(WIDTH / 2);
                path class="reach" d={ "M" (middle) " " (mean) "V" (slowest) "m-3 0h6" } {}
                circle class="mean" cx=(middle) cy=(mean) r="3" {}
            }
        }
    }
}

/// A bar for what was asked in vain.
pub fn undecided(sums: &HourSums) -> Markup {
    let most = most(sums, |minute| minute.undecided);
    html! {
        (ground())
        @for (x, minute) in columns(sums) { (bar(x, 0, height(minute.undecided, most), "bar undecided", None)) }
    }
}

fn ground() -> Markup {
    html! { path class="ground" d={ "M0 " (BOTTOM) "H600" } {} }
}

/// A bar that begins so far above the ground.
fn bar(x: u64, above: u64, height: u64, class: &str, fill: Option<&str>) -> Markup {
    html! {
        @if height > 0 {
            rect class=(class) x=(x) y=(top(above.saturating_add(height))) width=(WIDTH) height=(height) fill=[fill] {}
        }
    }
}

/// Each minute with where its column begins.
fn columns(sums: &HourSums) -> impl Iterator<Item = (u64, &Minute)> {
    let minutes = sums.minutes.iter().map(|(_, minute)| minute);
    (1..).step_by(10).zip(minutes)
}

fn most(sums: &HourSums, value: impl Fn(&Minute) -> u64) -> u64 {
    let values = sums.minutes.iter().map(|(_, minute)| value(minute));
    values.max().unwrap_or_default()
}

/// How high something is where the most is as high as can be. What is there can be seen.
fn height(value: u64, most: u64) -> u64 {
    let height = u128::from(value).saturating_mul(u128::from(HEIGHT));
    let height = height.checked_div(u128::from(most)).unwrap_or_default();
    u64::try_from(height).unwrap_or(HEIGHT).max(least(value))
}

const fn least(value: u64) -> u64 {
    if value > 0 { 1 } else { 0 }
}

const fn top(height: u64) -> u64 {
    BOTTOM.saturating_sub(height)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

const HEIGHT: u64 = 100;
const BOTTOM: u64 = 106;
const WIDTH: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_as_high_as_can_be_and_what_is_there_can_be_seen() {
        for (value, most, expected) in [
            (0, 0, 0),
            (0, 7, 0),
            (7, 7, 100),
            (1, 2, 50),
            (1, 1_000_000, 1),
            (u64::MAX, u64::MAX, 100),
            (1, u64::MAX, 1),
        ] {
            assert_eq!(height(value, most), expected, "{value} of {most}");
        }
    }

    #[test]
    fn bars_stand_one_on_the_other_and_within_the_picture() {
        let minute = |let_in, denied| Minute {
            let_in,
            denied,
            ..Minute::default()
        };
        let minutes = [
            minute(3, 1),
            minute(0, 0),
            minute(1_000, 1),
            minute(1, 1_000),
        ];
        let sums = HourSums {
            minutes: (0..).step_by(60).zip(minutes).collect(),
        };
        let html = joins(&sums).into_string();
        assert_eq!(html.matches("<rect").count(), 6);
        assert_eq!(html.matches("fill=\"url(#chart-stripes)\"").count(), 3);
        assert!(
            html.contains("x=\"21\" y=\"7\" width=\"8\" height=\"99\""),
            "{html}"
        );
        assert!(
            html.contains("x=\"21\" y=\"6\" width=\"8\" height=\"1\""),
            "{html}"
        );
    }
}
