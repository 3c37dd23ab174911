//! What browsers are told of pages of the console: to load nothing from elsewhere, to run nothing that stands in them, and to be shown in no
//! other page.

use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

use crate::http::response::Reply;

/// The same, guarded.
pub fn guarded(reply: Reply) -> Reply {
    HEADERS
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.with(name, value))
}

const HEADERS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "clipboard-write=(self)",
    ),
    (VARY, "Cookie"),
];

/// Everything that pages need is this server's own. Nothing may be made a script of that was a text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
