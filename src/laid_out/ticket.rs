//! What there is to say of a token as a text for a ticket: nothing in it lets anybody in.

use serde_json::{Map, Value};

use crate::token::explain::contents::{Contents, Part};
use crate::token::shown;

use super::terminal;
use super::text::{plain, uncoloured};
use super::told::Told;

/// The text of a terminal, then header and claims as JSON; no signature, and nothing that looks like a token.
#[must_use]
pub fn lay_out(told: &Told, contents: &Contents) -> String {
    let text = plain(&uncoloured(&terminal::lay_out(told)));
    format!(
        "{}\n\nheader{}\n\nclaims{}\n",
        text.trim_end(),
        part(&contents.header, told.is_vouched_for),
        part(&contents.claims, told.is_vouched_for)
    )
}

fn part(part: &Part, is_vouched_for: bool) -> String {
    match part {
        Part::Unreadable(why) => format!(": {}", shown::escaped(why)),
        Part::Read { value, .. } if is_vouched_for => format!(": {}", json(value)),
        Part::Read { value, .. } => {
            format!(", for which nobody has vouched: {}", json(value))
        }
    }
}

/// A value as JSON, cut where it is longer than a ticket may be.
fn json(value: &Value) -> String {
    let json = format!("{:#}", harmless(value));
    let json = shown::escaped_json(&json);
    match json.char_indices().nth(MOST_JSON) {
        None => json.into_owned(),
        Some((end, _)) => format!(
            "{}\n… ({} characters in all)",
            json.get(..end).unwrap_or_default(),
            json.chars().count()
        ),
    }
}

/// The same without what looks like a token, and with long texts cut.
fn harmless(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => Value::String(text_of(text)),
        Value::Array(items) => Value::Array(items.iter().map(harmless).collect()),
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| (text_of(name), harmless(value)));
            Value::Object(members.collect::<Map<String, Value>>())
        }
    }
}

fn text_of(text: &str) -> String {
    let length = text.chars().count();
    if shown::looks_like_token(text) {
        format!("something like a token ({length} characters)")
    } else if length > MOST_TEXT {
        let text: String = text.chars().take(MOST_TEXT).collect();
        format!("{text}… ({length} characters in all)")
    } else {
        text.to_owned()
    }
}

/// More fits no ticket.
const MOST_JSON: usize = 16_384;
const MOST_TEXT: usize = 1_024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::laid_out::fact::Fact;
    use crate::laid_out::told::{Outcome, Verdict};

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";

    fn told(is_vouched_for: bool) -> Told {
        Told {
            verdict: Verdict::Denied(vec!["exp: found 1, needed 2".to_owned()]),
            is_vouched_for,
            notes: Vec::new(),
            facts: vec![Fact::text("host", "meet.example.com")],
            checks: Vec::new(),
            longest_name: 0,
            outcome: Outcome::Gateway {
                headers: Vec::new(),
            },
        }
    }

    fn contents(claims: Value) -> Contents {
        Contents {
            header: Part::Unreadable("found a part with '$' in it".to_owned()),
            claims: Part::Read {
                value: claims,
                flaws: Vec::new(),
            },
        }
    }

    #[test]
    fn a_ticket_has_the_text_of_the_terminal_and_the_members() {
        let ticket = lay_out(&told(true), &contents(json!({"room": "a\u{202e}b"})));
        assert_eq!(
            ticket,
            "denied  exp: found 1, needed 2\n\nhost meet.example.com\n\nheader: found a part with '$' in it\n\n\
             claims: {\n  \"room\": \"a\\u202eb\"\n}\n"
        );
        let ticket = lay_out(&told(false), &contents(json!({})));
        assert!(
            ticket.contains("claims, for which nobody has vouched: {}"),
            "{ticket}"
        );
    }

    #[test]
    fn nothing_in_a_ticket_looks_like_a_token_or_fills_it() {
        let claims = json!({
            "access_token": TOKEN,
            TOKEN: 1,
            "link": format!("https://meet.example.com/a?jwt={TOKEN}"),
            "nested": [{"a": TOKEN}],
            "long": "y".repeat(5_000),
        });
        let ticket = lay_out(&told(true), &contents(claims));
        assert!(!ticket.contains("eyJ"), "{ticket}");
        assert!(ticket.contains("y… (5000 characters in all)"), "{ticket}");
        let many: Vec<Value> = (0..20_000).map(Value::from).collect();
        let ticket = lay_out(&told(true), &contents(json!({ "many": many })));
        assert!(ticket.len() < 20_000, "{}", ticket.len());
        assert!(ticket.contains("\n… ("), "{ticket}");
    }
}
