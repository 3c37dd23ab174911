//! Names of headers: which are names at all, which are one for programs that fold them, and which are taken.

use super::identity;

/// Whether a text can be the name of a header (RFC 9110 section 5.1).
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Whether a text can stand between quotes in a header as it is (RFC 9110 section 5.6.4).
#[must_use]
pub fn is_quotable(text: &str) -> bool {
    let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    text.bytes()
        .all(|byte| is_plain(byte) && !matches!(byte, b'"' | b'\\'))
}

/// The name that programs behind the proxy may take this one for: capitals make no difference to many of them, nor which sign stands
/// between words.
#[must_use]
pub fn folded(name: &str) -> String {
    let fold = |c: char| match c {
        other if other.is_ascii_alphanumeric() => other.to_ascii_lowercase(),
        _ => '-',
    };
    name.chars().map(fold).collect()
}

/// Whether a name can be taken for one that says whom a token is for.
#[must_use]
pub fn is_identity(name: &str) -> bool {
    let name = folded(name);
    name.starts_with(CONSUMER) || identity::NAMES.contains(&name.as_str())
}

/// Whether a name can be taken for one that already means something, to proxies or to HTTP itself.
#[must_use]
pub fn is_taken(name: &str) -> bool {
    let folded = folded(name);
    is_identity(name)
        || TAKEN.contains(&folded.as_str())
        || TAKEN_BEGIN.iter().any(|start| folded.starts_with(start))
}

const CONSUMER: &str = "x-consumer-";

/// Names that mean something to the proxy, the upstream, or whatever is between them.
const TAKEN: [&str; 31] = [
    "authorization",
    "accept",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "location",
    "max-forwards",
    "origin",
    "range",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "www-authenticate",
    "x-http-method-override",
    "x-real-ip",
    "x-request-id",
];
/// The same of whole groups of names.
const TAKEN_BEGIN: [&str; 6] = [
    "proxy-",
    "sec-",
    "x-accel-",
    "x-envoy-",
    "x-forwarded-",
    "x-original-",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_header_has_nothing_that_ends_it() {
        for (name, expected) in [
            ("X-User", true),
            ("x_user.name~1", true),
            ("", false),
            ("X User", false),
            ("X-User:", false),
            ("X-User\r\nY", false),
            ("X-Üser", false),
            ("X(User)", false),
            ("X\0", false),
        ] {
            assert_eq!(is_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_is_taken_whichever_way_it_is_written() {
        for (name, identity, taken) in [
            ("X-Consumer-ID", true, true),
            ("x_consumer_id", true, true),
            ("X.Consumer.Custom-ID", true, true),
            ("X-CONSUMER_USERNAME", true, true),
            ("X-Consumer-Groups", true, true),
            ("X-Credential.Identifier", true, true),
            ("x-anonymous_consumer", true, true),
            ("Authorization", false, true),
            ("COOKIE", false, true),
            ("content_length", false, true),
            ("Transfer.Encoding", false, true),
            ("X_Forwarded_For", false, true),
            ("X-Original-URI", false, true),
            ("x-envoy-auth-headers-to-remove", false, true),
            ("Forwarded", false, true),
            ("X-Real_IP", false, true),
            ("X-User", false, false),
            ("X-Consumer", false, false),
            ("X-Forwarded", false, false),
            ("X-Authenticated-Groups", false, false),
        ] {
            assert_eq!(
                (is_identity(name), is_taken(name)),
                (identity, taken),
                "{name}"
            );
        }
    }
}
