//! Tells what pages of this server send from what those of other sites do.

use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};

use super::response::Problem;

/// Lets a request through that a page of this server sent, or a person who followed a link or typed the address.
///
/// Browsers say where a request is from in `Sec-Fetch-Site` (Fetch Metadata), and only where nobody on the way can change it: over TLS, and to
/// this machine. Forms of pages without a referrer have no `Origin` but `null`, which any page can have, so that these say nothing without it.
///
/// # Errors
/// [`Problem::OtherPage`].
pub fn sent(headers: &HeaderMap) -> Result<(), Problem> {
    let is_own = match text(headers, &SITE) {
        Some("same-origin" | "none") => true,
        Some(_) => is_visit(headers),
        None => headers
            .get(ORIGIN)
            .is_none_or(|origin| is_this_server(origin, headers)),
    };
    if is_own {
        Ok(())
    } else {
        Err(Problem::OtherPage)
    }
}

/// Whether the browser says where requests come from. None does over a network without TLS.
pub fn is_told(headers: &HeaderMap) -> bool {
    headers.contains_key(&SITE)
}

/// Whether somebody comes by a link on a page of another site, to whom browsers give no cookie of this one.
pub fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    matches!(text(headers, &SITE), Some("cross-site" | "same-site"))
}

/// Whether somebody comes to a page by a link. Such a request has no body, no page can read what it is answered with, and none shows it within
/// itself.
fn is_visit(headers: &HeaderMap) -> bool {
    text(headers, &MODE) == Some("navigate")
        && text(headers, &DESTINATION) == Some("document")
        && headers.get(ORIGIN).is_none()
}

/// Whether an origin is where the request was sent to.
fn is_this_server(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = origin.to_str().ok();
    let authority = origin.and_then(|origin| {
        let rest = origin.strip_prefix("http://");
        rest.or_else(|| origin.strip_prefix("https://"))
    });
    authority.is_some_and(|authority| {
        text(headers, &HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority))
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_through(lines: &[(&'static str, &'static str)]) -> bool {
        let lines = lines.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        sent(&lines.collect()).is_ok()
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:5290");

    #[test]
    fn own_pages_links_and_typed_addresses_are_let_through() {
        for lines in [
            &[HERE][..],
            &[HERE, ("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[HERE, ("sec-fetch-site", "none")],
            &[HERE, ("origin", "http://127.0.0.1:5290")],
            &[
                ("host", "Tokend.example.com"),
                ("origin", "https://tokend.example.com"),
            ],
            &[
                HERE,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
        ] {
            assert!(is_let_through(lines), "{lines:?}");
        }
    }

    #[test]
    fn pages_of_other_sites_and_of_nobody_are_refused() {
        for lines in [
            &[HERE, ("origin", "null")][..],
            &[HERE, ("origin", "http://evil.example")],
            &[HERE, ("origin", "http://127.0.0.1:5291")],
            &[HERE, ("origin", "http://127.0.0.1")],
            &[HERE, ("origin", "http://127.0.0.1:5290.evil.example")],
            &[HERE, ("origin", "ftp://127.0.0.1:5290")],
            &[HERE, ("origin", "127.0.0.1:5290")],
            &[HERE, ("sec-fetch-site", "cross-site")],
            &[HERE, ("sec-fetch-site", "same-site")],
            &[
                HERE,
                ("sec-fetch-site", "same-site"),
                ("origin", "http://127.0.0.1:5290"),
            ],
            &[
                HERE,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "image"),
            ],
            &[
                HERE,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
            &[
                HERE,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
                ("origin", "https://evil.example"),
            ],
            &[HERE, ("sec-fetch-site", "whatever")],
        ] {
            assert!(!is_let_through(lines), "{lines:?}");
        }
    }
}
