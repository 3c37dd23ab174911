//! Names of hosts in the one form in which XMPP compares them (RFC 6122): nameprep, as Prosody's `util.encodings` has it.

use stringprep::nameprep;

/// A host's name as Prosody keeps it: `Meet.Groß.example` is `meet.gross.example`. What nameprep refuses is in lower case.
#[must_use]
pub fn host(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    nameprep(name).map_or_else(|_| name.to_lowercase(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_form() {
        for (name, form) in [
            ("meet.example.com", "meet.example.com"),
            ("Meet.Example.COM", "meet.example.com"),
            ("meet.groß.example", "meet.gross.example"),
            ("MEET.GROSS.example", "meet.gross.example"),
            ("Тест.example", "тест.example"),
            ("cafe\u{301}.example", "caf\u{e9}.example"),
            ("ｍeet.example", "meet.example"),
            ("me\u{ad}et.example", "meet.example"),
            ("ΑΣ.example", "ασ.example"),
            ("a b", "a b"),
            ("", ""),
        ] {
            assert_eq!(host(name), form, "{name}");
            assert_eq!(host(&host(name)), host(name), "{name}");
        }
    }
}
