//! Names of hosts as they are written, and as they are meant.

/// The name of a host in what is more than that: a web address, with a port, a path, or a dot at the end. None if there
/// is nothing more.
#[must_use]
pub fn intended_host(written: &str) -> Option<&str> {
    let text = written.trim();
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default();
    let text = without_port(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    (text != written && !text.is_empty()).then_some(text)
}

fn without_port(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.chars().all(|c| c.is_ascii_digit()) => {
            name
        }
        Some(_) | None => text,
    }
}

/// The host of a name that is its MUC component's: what stands behind the first label, where that is `prefix` or the one of
/// docker-jitsi-meet.
#[must_use]
pub fn host_of_rooms<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (label, host) = name.split_once('.')?;
    let is_of_rooms = label.eq_ignore_ascii_case(prefix) || label.eq_ignore_ascii_case("muc");
    (is_of_rooms && host.contains('.')).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_what_is_more_than_a_name() {
        for (written, name) in [
            ("https://meet.example.com", Some("meet.example.com")),
            ("https://meet.example.com:8443/", Some("meet.example.com")),
            (
                "http://meet.example.com/room?jwt=x",
                Some("meet.example.com"),
            ),
            (
                "wss://meet.example.com/xmpp-websocket",
                Some("meet.example.com"),
            ),
            ("xmpp://user@meet.example.com", Some("meet.example.com")),
            ("meet.example.com:443", Some("meet.example.com")),
            ("meet.example.com/", Some("meet.example.com")),
            ("meet.example.com.", Some("meet.example.com")),
            (" meet.example.com", Some("meet.example.com")),
            ("focus@auth.meet.example.com", Some("auth.meet.example.com")),
            ("meet.example.com", None),
            ("Meet.Example.COM", None),
            ("localhost", None),
            ("a", None),
            ("::1", None),
            ("/", None),
        ] {
            assert_eq!(intended_host(written), name, "{written}");
        }
    }

    #[test]
    fn a_component_of_rooms_is_no_host() {
        for (name, host) in [
            ("conference.meet.example.com", Some("meet.example.com")),
            ("muc.meet.jitsi", Some("meet.jitsi")),
            ("Conference.example.com", Some("example.com")),
            ("meet.example.com", None),
            ("conference.local", None),
            ("conferences.example.com", None),
        ] {
            assert_eq!(host_of_rooms(name, "conference"), host, "{name}");
        }
        assert_eq!(host_of_rooms("rooms.a.example", "rooms"), Some("a.example"));
    }
}
