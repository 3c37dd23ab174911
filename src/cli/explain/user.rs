//! What a token makes of its user, laid out for people.

use serde_json::Value;

use crate::cli::layout::{BAD, BOLD, FAINT, GOOD, wrapped};
use crate::token::role::{Moderator, User};

/// A line of what other users and modules see of the user, and one that says whether it is a moderator. Of a token that is
/// denied it is only what it says.
pub fn lay_out(user: &User, is_let_in: bool) -> String {
    let heading = if is_let_in {
        "makes of the user:"
    } else {
        "says of the user:"
    };
    let facts = wrapped(&facts(user), heading.len().saturating_add(1));
    format!(
        "{BOLD}{heading}{BOLD:#} {facts}\n{}",
        moderator(&user.moderator)
    )
}

/// A line that stands under these, such as a note.
pub fn line(name: &str, text: &str) -> String {
    let text = wrapped(text, INDENT);
    format!("  {FAINT}{name:<WIDTH$}{FAINT:#}{text}\n")
}

fn facts(user: &User) -> String {
    let email = user.email.as_ref();
    let facts = [
        Some(named("name", user.name.as_ref())),
        Some(named("id", user.id.as_ref())),
        email.map(|email| named("email", Some(email))),
        Some(named("group", user.group.as_ref())),
        Some(features(user.features.as_deref())),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    facts.join(", ")
}

fn named(what: &str, text: Option<&String>) -> String {
    text.map_or_else(
        || format!("no {what}"),
        |text| format!("{what} {}", Value::from(text.as_str())),
    )
}

fn features(granted: Option<&[String]>) -> String {
    match granted {
        None => "the server's features".to_owned(),
        Some([]) => "no features".to_owned(),
        Some(granted) => format!("features {}", granted.join(", ")),
    }
}

fn moderator(moderator: &Moderator) -> String {
    let (colour, word) = if moderator.is {
        (GOOD, "yes")
    } else {
        (BAD, "no")
    };
    let text = wrapped(&reason(moderator), INDENT.saturating_add(5));
    format!(
        "  {FAINT}{:<WIDTH$}{FAINT:#}{colour}{word:<5}{colour:#}{text}\n",
        "moderator"
    )
}

/// The claim that says it, what stands there, and who reads it.
fn reason(moderator: &Moderator) -> String {
    let value = moderator.value.as_ref();
    let found = value.map_or_else(|| "not there".to_owned(), Value::to_string);
    let Moderator { claim, module, .. } = moderator;
    format!("{claim} is {found} (read by {module})")
}

/// Of the names before the texts, and of both together with what is before them.
const WIDTH: usize = 11;
const INDENT: usize = 13;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_moderator_has_the_claim_and_the_module_that_reads_it() {
        let said = plain(&lay_out(&user(Some(json!("true")), true), true));
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
            let said = plain(&lay_out(&user(value, false), false));
            assert!(said.starts_with("says of the user: name"), "{said}");
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn features_are_those_that_are_granted() {
        let granted = ["recording".to_owned(), "flip".to_owned()];
        assert_eq!(features(Some(&granted)), "features recording, flip");
        assert_eq!(features(Some(&[])), "no features");
    }
}
