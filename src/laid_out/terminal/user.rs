//! What a token makes of its user, laid out for a terminal.

use crate::laid_out::fact;
use crate::laid_out::text::{BAD, BOLD, FAINT, GOOD, wrapped};
use crate::laid_out::user::Person;

/// A line of what other users and modules see of the user, and one that says whether it is a moderator.
pub fn lay_out(user: &Person) -> String {
    let heading = format!("{}:", user.heading());
    let facts = fact::sentence(&user.facts);
    let facts = wrapped(&facts, heading.len().saturating_add(1));
    format!("{BOLD}{heading}{BOLD:#} {facts}\n{}", moderator(user))
}

/// A line that stands under these, such as a note.
pub fn line(name: &str, text: &str) -> String {
    let text = wrapped(text, INDENT);
    format!("  {FAINT}{name:<WIDTH$}{FAINT:#}{text}\n")
}

fn moderator(user: &Person) -> String {
    let colour = if user.is_moderator { GOOD } else { BAD };
    let word = user.moderator_word();
    let text = wrapped(&user.why, INDENT.saturating_add(5));
    format!(
        "  {FAINT}{:<WIDTH$}{FAINT:#}{colour}{word:<5}{colour:#}{text}\n",
        "moderator"
    )
}

/// Of the names before the texts, and of both together with what is before them.
const WIDTH: usize = 11;
const INDENT: usize = 13;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::laid_out::text::uncoloured;
    use crate::token::role::{Moderator, User};

    fn user(value: Option<Value>, is: bool) -> User {
        User {
            name: Some("Ann \"A\"".to_owned()),
            id: None,
            email: None,
            group: Some("teachers".to_owned()),
            features: None,
            moderator: Moderator {
                is,
                claim: "context.user.moderator",
                value,
                module: "mod_token_affiliation",
            },
        }
    }

    fn said(user: &User, is_let_in: bool) -> String {
        uncoloured(&lay_out(&Person::of(user, is_let_in)))
    }

    #[test]
    fn a_moderator_has_the_claim_and_the_module_that_reads_it() {
        let said = said(&user(Some(json!("true")), true), true);
        assert_eq!(
            said,
            "makes of the user: name \"Ann \\\"A\\\"\", no id, group \"teachers\", the server's features
  moderator  yes  context.user.moderator is \"true\" (read by mod_token_affiliation)
"
        );
    }

    #[test]
    fn who_is_none_is_told_what_is_there() {
        for (value, says) in [
            (None, "no   context.user.moderator is not there (read by"),
            (
                Some(json!("True")),
                "no   context.user.moderator is \"True\" (read by",
            ),
        ] {
            let said = said(&user(value, false), false);
            assert!(said.starts_with("says of the user: name"), "{said}");
            assert!(said.contains(says), "{said}");
        }
    }
}
