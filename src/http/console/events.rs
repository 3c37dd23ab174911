//! Server-sent events (WHATWG HTML section 9.2), as pages of the console understand them.

use std::fmt::Display;

use serde_json::json;

use crate::console::joins::row::Row;
use crate::http::joins::{Batch, Place};

/// Decisions, each an event of its own with the place from which to go on, and before them how many came and went.
pub fn of(batch: &Batch) -> String {
    let mut text = String::new();
    if batch.missed > 0 {
        text += &event("missed", None, batch.missed);
    }
    for join in &batch.joins {
        let place = batch.place.at(join.number);
        text += &event("message", Some(place), json!(Row::of(join)));
    }
    text
}

/// The login has ended.
pub fn ended() -> String {
    event("ended", None, "login")
}

/// Other people may look than before, or see something else.
pub fn changed() -> String {
    event("changed", None, "console")
}

/// There is nothing, up to this place. Who is told so need not go through all of it again.
pub fn nothing_new(place: Option<Place>) -> String {
    let place = place.map(|place| event("place", Some(place), place));
    String::from(": still here\n") + place.as_deref().unwrap_or("\n")
}

/// `data` is on one line.
fn event(kind: &str, place: Option<Place>, data: impl Display) -> String {
    let id = place.map(|place| format!("id: {place}\n"));
    let id = id.unwrap_or_default();
    format!("event: {kind}\n{id}data: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joins::{Join, What};

    fn batch(missed: u64, names: &[&str]) -> Batch {
        let joins = names.iter().zip(8..).map(|(name, number)| Join {
            number,
            time: 1_765_139_000,
            what: What::Login,
            host: "a".to_owned(),
            issuer: None,
            code: Some("expired"),
            token_id: None,
            room: None,
            name: Some((*name).to_owned()),
        });
        Batch {
            joins: joins.collect(),
            missed,
            place: "7.99".parse().unwrap(),
            is_last: true,
        }
    }

    #[test]
    fn each_decision_is_an_event_with_its_place_and_what_is_missing_comes_first() {
        let text = of(&batch(3, &["Ada", "Bob"]));
        let events: Vec<&str> = text.split_terminator("\n\n").collect();
        assert_eq!(events.len(), 3);
        assert_eq!(events[0], "event: missed\ndata: 3");
        assert!(
            events[1].starts_with("event: message\nid: 7.8\ndata: {"),
            "{text}"
        );
        assert!(
            events[2].starts_with("event: message\nid: 7.9\ndata: {"),
            "{text}"
        );
    }

    #[test]
    fn no_name_begins_a_line_of_its_own() {
        let text = of(&batch(
            0,
            &[
                "a\n\nevent: ended\ndata: x\n\n",
                "b\r\rdata: y",
                "c\u{2028}",
            ],
        ));
        assert_eq!(text.split_terminator("\n\n").count(), 3, "{text}");
        assert!(
            !text.contains('\r') && !text.contains("\nevent: ended"),
            "{text}"
        );
    }

    #[test]
    fn where_there_is_nothing_new_the_place_is_told() {
        let told = nothing_new("7.3".parse().ok());
        assert_eq!(told, ": still here\nevent: place\nid: 7.3\ndata: 7.3\n\n");
        assert_eq!(nothing_new(None), ": still here\n\n");
    }
}
