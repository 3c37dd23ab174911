//! The name that a caller gives to a request, and finds on its answer.

use hyper::header::{HeaderMap, HeaderName};
use hyper::http::HeaderValue;

use crate::token::shown;

pub const NAME: HeaderName = HeaderName::from_static("x-request-id");

/// What an answer is to repeat, so that nobody takes it for the answer to something else. A name that may not be repeated,
/// or that is not the only one, is left out: the caller will not take the answer for its own.
pub fn from_headers(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut values = headers.get_all(NAME).iter();
    let first = values.next().filter(|value| is_plain(value))?;
    values.next().is_none().then_some(first)
}

fn is_plain(value: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = value.as_bytes();
    (1..=shown::MAX_REPEATED).contains(&bytes.len())
        && bytes.iter().all(is_plain)
        && value
            .to_str()
            .is_ok_and(|text| !shown::looks_like_token(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(names: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.append(NAME, HeaderValue::from_bytes(name.as_bytes()).unwrap());
        }
        let repeated = from_headers(&headers)?;
        Some(repeated.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_plain_name_is_repeated_as_it_is() {
        let longest = "x".repeat(32);
        for name in ["3f", "0123456789abcdef-1048576", "a.b_C-9", &longest] {
            assert_eq!(repeated(&[name]).as_deref(), Some(name));
        }
    }

    #[test]
    fn whatever_else_is_there_is_not_repeated() {
        let too_long = "x".repeat(33);
        for names in [
            [].as_slice(),
            &[""],
            &[too_long.as_str()],
            &["a b"],
            &["a\"b"],
            &["a\tb"],
            &["a,b"],
            &["é"],
            &["eyJhbGciOiJIUzI1NiJ9"],
            &["one", "two"],
            &["one", "one"],
        ] {
            assert_eq!(repeated(names), None, "{names:?}");
        }
    }
}
