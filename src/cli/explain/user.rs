//! What a token makes of its user, laid out for people.

use serde_json::Value;

use crate::cli::layout::{BAD, BOLD, FAINT, GOOD, wrapped};
use crate::token::role::{Moderator, User};

/// A line for each thing that modules and other users see of the user. Of a token that is denied it is only what it would make.
pub fn lay_out(user: &User, is_let_in: bool) -> String {
    let heading = if is_let_in {
        "makes of the user"
    } else {
        "would make of the user"
    };
    let email = user.email.as_ref().map(|email| ("email", quoted(email)));
    let facts = [
        Some(("name", quoted_or_none(user.name.as_ref()))),
        Some(("id", quoted_or_none(user.id.as_ref()))),
        email,
        Some(("group", quoted_or_none(user.group.as_ref()))),
        Some(("features", features(user.features.as_deref()))),
    ];
    let facts = facts.into_iter().flatten();
    let facts: String = facts.map(|(name, text)| line(name, &text)).collect();
    let moderator = moderator_line(&user.moderator);
    format!("{BOLD}{heading}:{BOLD:#}\n{facts}{moderator}")
}

fn line(name: &str, text: &str) -> String {
    let text = wrapped(text, INDENT);
    format!("  {FAINT}{name:<WIDTH$}{FAINT:#}{text}\n")
}

fn moderator_line(moderator: &Moderator) -> String {
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
    let Moderator {
        is, claim, module, ..
    } = moderator;
    let value = moderator.value.as_ref();
    let found = value.map_or_else(|| "not there".to_owned(), Value::to_string);
    let needed = if *is { "" } else { NEEDED };
    format!("{claim} is {found}{needed} (read by {module})")
}

fn features(granted: Option<&[String]>) -> String {
    match granted {
        None => "the server's defaults, since context.features is not there".to_owned(),
        Some([]) => "none".to_owned(),
        Some(granted) => granted.join(", "),
    }
}

fn quoted_or_none(text: Option<&String>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| quoted(text))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

const NEEDED: &str =
    "; needed true there, or \"owner\", \"moderator\" or \"teacher\" as context.user.affiliation";
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
            "makes of the user:
  name       \"Ann \\\"A\\\"\"
  id         none
  group      \"teachers\"
  features   the server's defaults, since context.features is not there
  moderator  yes  context.user.moderator is \"true\" (read by mod_token_affiliation)
"
        );
    }

    #[test]
    fn who_is_none_is_told_what_is_there_and_what_is_needed() {
        for (value, says) in [
            (
                None,
                "no   context.user.moderator is not there; needed true",
            ),
            (
                Some(json!("True")),
                "no   context.user.moderator is \"True\"; needed true",
            ),
        ] {
            let said = plain(&lay_out(&user(value, false), false));
            assert!(said.starts_with("would make of the user:\n"), "{said}");
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn features_are_those_that_are_granted() {
        let granted = ["recording".to_owned(), "flip".to_owned()];
        assert_eq!(features(Some(&granted)), "recording, flip");
        assert_eq!(features(Some(&[])), "none");
    }
}
