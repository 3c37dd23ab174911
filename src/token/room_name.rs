//! How people name rooms, and which room Jitsi's web client joins under such a name.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization as _;

/// The name of the room that the web client joins: decoded, normalized (NFKC), lower-cased, then percent-encoded.
#[must_use]
pub fn joined(name: &str) -> String {
    let decoded = percent_decode_str(name)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(name));
    let normalized: String = decoded.nfkc().collect();
    let lower = normalized.to_lowercase();
    utf8_percent_encode(&lower, ENCODED)
        .to_string()
        .to_ascii_lowercase()
}

/// A meeting as people name it: a room, a path, or a whole web address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting<'a> {
    /// The server in a web address.
    pub server: Option<&'a str>,
    /// The tenant before the room.
    pub tenant: Option<&'a str>,
    /// The room, as it is written.
    pub room: &'a str,
}

/// Takes a path or a web address apart. None for what is a name or a JID already, or has no room in it.
#[must_use]
pub fn meeting(text: &str) -> Option<Meeting<'_>> {
    let text = text.trim();
    let (server, path) = match text.split_once("://") {
        Some((_, rest)) => {
            let (server, path) = rest.split_once('/')?;
            (Some(server), path)
        }
        None if is_jid(text) => return None,
        None => (None, text),
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path.get(..end)?.trim_matches('/');
    if server.is_none() && path == text {
        return slashed(path);
    }
    slashed(path)
        .or(Some(Meeting {
            server,
            tenant: None,
            room: path,
        }))
        .map(|meeting| Meeting { server, ..meeting })
        .filter(|meeting| !meeting.room.is_empty())
}

/// The last two parts of a path; what stands before them is where the web client lies.
fn slashed(path: &str) -> Option<Meeting<'_>> {
    let (before, room) = path.rsplit_once('/')?;
    let tenant = before
        .rsplit('/')
        .next()
        .filter(|tenant| !tenant.is_empty());
    Some(Meeting {
        server: None,
        tenant,
        room,
    })
}

fn is_jid(text: &str) -> bool {
    let bare = text.split('/').next().unwrap_or_default();
    bare.contains('@')
}

/// What JavaScript's `encodeURIComponent` leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_joined_as_the_web_client_writes_it() {
        for (name, expected) in [
            ("standup", "standup"),
            ("StandUp-1_a.b!~*'()", "standup-1_a.b!~*'()"),
            ("ТЕСТ", "%d1%82%d0%b5%d1%81%d1%82"),
            ("%D0%A2%D0%95%D0%A1%D0%A2", "%d1%82%d0%b5%d1%81%d1%82"),
            ("%d1%82%d0%b5%d1%81%d1%82", "%d1%82%d0%b5%d1%81%d1%82"),
            ("Tür 3", "t%c3%bcr%203"),
            ("cafe\u{301}", "caf%c3%a9"),
            ("café", "caf%c3%a9"),
            ("Räksmörgås", "r%c3%a4ksm%c3%b6rg%c3%a5s"),
            ("ﬁne", "fine"),
            ("100%", "100%25"),
            ("%ff", "%25ff"),
        ] {
            assert_eq!(joined(name), expected, "{name}");
            assert_eq!(joined(expected), expected, "{name}");
        }
    }

    #[test]
    fn paths_and_web_addresses_are_taken_apart() {
        let of = |server, tenant, room| {
            Some(Meeting {
                server,
                tenant,
                room,
            })
        };
        for (text, expected) in [
            ("standup", None),
            ("standup@conference.example.com", None),
            ("standup@conference.example.com/nick", None),
            ("[t]standup", None),
            ("/standup", of(None, None, "standup")),
            ("standup/", of(None, None, "standup")),
            ("acme/standup", of(None, Some("acme"), "standup")),
            ("/acme/standup/", of(None, Some("acme"), "standup")),
            ("standup?lang=de", of(None, None, "standup")),
            ("standup#config.x=1", of(None, None, "standup")),
            (
                "https://m.example/standup",
                of(Some("m.example"), None, "standup"),
            ),
            (
                "https://m.example:8443/acme/standup?jwt=a.b.c#x=1",
                of(Some("m.example:8443"), Some("acme"), "standup"),
            ),
            (
                "https://m.example/a/b/standup",
                of(Some("m.example"), Some("b"), "standup"),
            ),
            (
                "https://m.example/@bob",
                of(Some("m.example"), None, "@bob"),
            ),
            ("https://m.example/", None),
            ("https://m.example", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(meeting(text), expected, "{text}");
        }
    }
}
