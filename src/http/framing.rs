//! Refuses requests that others on the way could understand otherwise.

use hyper::header::{HOST, HeaderMap, HeaderName, TRANSFER_ENCODING};
use hyper::http::HeaderValue;
use hyper::http::uri::{Authority, Uri};

use super::response::Problem;

/// The name that a request is sent to, where it says so in one way alone (RFC 9112, 3.2 and 6.1).
///
/// # Errors
/// [`Problem::Ambiguous`], [`Problem::TransferCoding`].
pub fn server_name<'a>(uri: &Uri, headers: &'a HeaderMap) -> Result<&'a str, Problem> {
    only_chunked(headers)?;
    let host = one(headers, &HOST)?.map_or(Ok(""), HeaderValue::to_str);
    let host = host.map_err(|_| Problem::Ambiguous("a Host that is no text"))?;
    if host.contains('@') {
        return Err(Problem::Ambiguous("user information in Host"));
    }
    if let Some(authority) = uri.authority()
        && !authority.as_str().eq_ignore_ascii_case(host)
    {
        return Err(Problem::Ambiguous("a Host that is not the one of the URI"));
    }
    Ok(without_port(host))
}

/// The other codings would have to be undone before the body can be read.
fn only_chunked(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if is_chunked(coding) => Ok(()),
        (Some(_), _) => Err(Problem::TransferCoding),
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Problem::Ambiguous("more than one Host"));
    }
    Ok(first)
}

/// The host without its port; empty where the text is no authority.
fn without_port(host: &str) -> &str {
    let Ok(authority) = host.parse::<Authority>() else {
        return "";
    };
    host.get(..authority.host().len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, lines: &[(&'static str, &'static str)]) -> Result<String, Problem> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        server_name(&uri.parse().unwrap(), &headers).map(str::to_owned)
    }

    #[test]
    fn a_request_that_names_its_server_once_is_taken() {
        for (uri, host, name) in [
            ("/", "localhost", "localhost"),
            ("/", "localhost:5290", "localhost"),
            ("/", "[::1]:5290", "[::1]"),
            ("http://Localhost:1/", "localhost:1", "localhost"),
            ("/", "not a name", ""),
            ("/", "", ""),
        ] {
            assert_eq!(asked(uri, &[("host", host)]).as_deref(), Ok(name), "{host}");
        }
        assert_eq!(asked("/", &[]).as_deref(), Ok(""));
        let chunked = [("host", "a"), ("transfer-encoding", "Chunked")];
        assert_eq!(asked("/", &chunked).as_deref(), Ok("a"));
    }

    #[test]
    fn a_request_that_can_be_understood_in_two_ways_is_refused() {
        let coding = "transfer-encoding";
        for (uri, lines) in [
            ("/", &[("host", "localhost"), ("host", "localhost")][..]),
            ("/", &[("host", "localhost"), ("host", "evil.example")]),
            ("/", &[("host", "evil.example@localhost")]),
            ("/", &[("host", "a:b@localhost:5290")]),
            ("http://evil.example/", &[("host", "localhost")]),
            ("http://localhost:1/", &[("host", "localhost:2")]),
            ("http://localhost/", &[]),
            ("http://a@localhost/", &[("host", "localhost")]),
            ("/", &[("host", "a"), (coding, "gzip, chunked")]),
            ("/", &[("host", "a"), (coding, "gzip")]),
            ("/", &[("host", "a"), (coding, "identity")]),
            ("/", &[("host", "a"), (coding, "chunked, chunked")]),
            (
                "/",
                &[("host", "a"), (coding, "chunked"), (coding, "chunked")],
            ),
            ("/", &[("host", "a"), (coding, "")]),
        ] {
            assert!(asked(uri, lines).is_err(), "{uri} {lines:?}");
        }
    }
}
