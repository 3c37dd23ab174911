//! What was decided in the last hour, in pictures.

use maud::{Markup, html};

use crate::console::chart;
use crate::joins::HourSums;

/// Where it is on the page.
pub(super) const ANCHOR: &str = "hour";

/// The part of the page.
pub(super) fn section(sums: &HourSums, now: i64) -> Markup {
    html! {
        h2 #(ANCHOR) { "The last hour" }
        (chart::hour(sums, now))
        p.hint { "What was counted since the start stands at " code { "/metrics" } "." }
    }
}
