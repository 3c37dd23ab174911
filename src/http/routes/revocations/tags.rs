//! Entity tags (RFC 9110 section 8.8.3): which version of a revocation somebody has seen.

use hyper::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH};

use crate::store::Row;

/// The tag of a row.
pub fn of(row: &Row) -> String {
    format!("\"{}\"", row.version)
}

/// Whether a header names this tag, or any; whether as a weak one is all the same.
pub fn are_there(headers: &HeaderMap, name: &HeaderName, tag: &str) -> bool {
    listed(headers, name).any(|listed| {
        let strong = listed.strip_prefix("W/").unwrap_or(listed);
        strong == tag || listed == "*"
    })
}

/// Whether `If-Match` names this tag, or any. A weak one is none of these.
pub fn match_strongly(headers: &HeaderMap, tag: &str) -> bool {
    listed(headers, &IF_MATCH).any(|listed| listed == tag || listed == "*")
}

/// Tags here have no commas.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().map(HeaderValue::to_str);
    let values = values.filter_map(Result::ok);
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use hyper::header::IF_NONE_MATCH;

    use super::*;

    #[test]
    fn a_tag_is_found_among_others_and_a_weak_one_changes_nothing() {
        for (value, is_there, is_strong) in [
            ("\"7\"", true, true),
            ("\"1\", \"7\"", true, true),
            ("*", true, true),
            ("W/\"7\"", true, false),
            ("\"6\"", false, false),
            ("\"77\"", false, false),
            ("7", false, false),
            ("", false, false),
            ("\"1\",W/\"2\"", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, HeaderValue::from_static(value));
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            assert_eq!(
                are_there(&headers, &IF_NONE_MATCH, "\"7\""),
                is_there,
                "{value}"
            );
            assert_eq!(match_strongly(&headers, "\"7\""), is_strong, "{value}");
        }
        assert!(!match_strongly(&HeaderMap::new(), "\"7\""));
    }
}
