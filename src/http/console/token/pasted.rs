//! What people paste that has a token in it.

use crate::token::explain;

/// What was pasted, taken apart.
pub struct Pasted {
    /// The token, alone.
    pub token: String,
    /// What was around it, for people.
    pub left_out: Option<String>,
    /// The room that a meeting's link leads to: its address, without what follows a question mark.
    pub room: Option<String>,
}

impl Pasted {
    /// Takes apart what was pasted. Only links to these hosts lead to a room.
    ///
    /// Who pastes a token here has it from somewhere else than where it counts: what is around it is no mistake yet.
    pub fn of(text: &str, hosts: &[String]) -> Self {
        let text = text.trim();
        match explain::pasted(text) {
            None => Self {
                token: text.to_owned(),
                left_out: None,
                room: None,
            },
            Some((token, around)) => Self {
                token,
                left_out: Some(left_out(&around.found)),
                room: room(text, hosts),
            },
        }
    }
}

fn left_out(found: &str) -> String {
    if found.starts_with("more than one token") {
        return format!("found {found}; the first one is explained here");
    }
    format!(
        "what was pasted is more than a token ({found}), and the token alone is explained; a client that sends all of it as the token is denied"
    )
}

/// The address of a meeting at one of these hosts.
fn room(text: &str, hosts: &[String]) -> Option<String> {
    let start = text.find("https://").or_else(|| text.find("http://"))?;
    let address = text.get(start..)?;
    let ends = |c: char| c.is_whitespace() || "?#\"'<>`".contains(c);
    let address = address.split(ends).next()?;
    let (_, rest) = address.split_once("://")?;
    let (server, path) = rest.split_once('/')?;
    let name = server.split(':').next()?;
    let is_known = hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
    (is_known && !path.is_empty()).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJteV9hcHAifQ.6VNPKUcwQjTJ9Kk2wWnTd0hvPYcl4dHDyBm5xu0bYhQ";

    fn pasted(text: &str) -> Pasted {
        Pasted::of(text, &["meet.example.com".to_owned()])
    }

    #[test]
    fn a_token_is_freed_from_what_is_around_it_which_is_told_without_a_token() {
        for (text, around) in [
            (TOKEN.to_owned(), ""),
            (format!(" {TOKEN}\r\n"), ""),
            (
                format!("Bearer {TOKEN}"),
                "more than a token (\"Bearer \" before the token)",
            ),
            (format!("{}\n{}", &TOKEN[..50], &TOKEN[50..]), "line breaks"),
            (
                format!("{TOKEN}\n{TOKEN}a"),
                "found more than one token: two tokens, on lines of their own; the first one is",
            ),
        ] {
            let pasted = pasted(&text);
            assert_eq!(pasted.token, TOKEN, "{text}");
            let told = pasted.left_out.unwrap_or_default();
            assert!(
                told.contains(around) && told.is_empty() == around.is_empty(),
                "{told}"
            );
            assert!(!told.contains("eyJ"), "{told}");
        }
    }

    #[test]
    fn what_is_no_token_stays_as_it_is() {
        for text in [
            "",
            "my password",
            "a.b.c",
            "https://meet.example.com/standup",
        ] {
            assert_eq!(pasted(text).token, text);
        }
    }

    #[test]
    fn a_link_leads_to_a_room_at_a_host_that_is_known() {
        for (link, room) in [
            (
                "https://meet.example.com/standup?jwt=",
                Some("https://meet.example.com/standup"),
            ),
            (
                "\"https://Meet.example.com:8443/a/b?jwt=",
                Some("https://Meet.example.com:8443/a/b"),
            ),
            (
                "join: http://meet.example.com/a?x=1&jwt=",
                Some("http://meet.example.com/a"),
            ),
            ("https://portal.example.com/standup?jwt=", None),
            ("https://meet.example.com.evil.example/a?jwt=", None),
            ("https://meet.example.com@evil.example/a?jwt=", None),
            ("https://meet.example.com/?jwt=", None),
            ("https://meet.example.com?jwt=", None),
            ("Bearer ", None),
        ] {
            let pasted = pasted(&format!("{link}{TOKEN}"));
            assert_eq!(pasted.token, TOKEN, "{link}");
            assert_eq!(pasted.room.as_deref(), room, "{link}");
        }
    }
}
