//! What cannot be read of a token.

use super::super::refusal::{BadToken, Refusal};
use super::super::settings::Settings;
use super::Examined;
use super::read::Read;
use crate::token::explain::structure::{self, Part};
use crate::token::explain::{Explanation, format};
use crate::token::reason::{Flaw, Reason};

/// What is wrong with the form, and what it is refused with. What `alg` says is another check.
pub fn explain(read: &Read<'_>) -> Option<(Refusal, Explanation)> {
    let refusal = read.decided.clone().err()?;
    let Refusal::BadToken(bad) = refusal else {
        return None;
    };
    let explanation = match bad {
        BadToken::Algorithm => return None,
        BadToken::Json | BadToken::Claims | BadToken::Header => unreadable(read),
        BadToken::Signature => of_signature(read),
    };
    Some((refusal, explanation))
}

fn unreadable(read: &Read<'_>) -> Explanation {
    let part = |part| structure::unreadable_token(part, read.token);
    if read.token.split('.').count() != 3 {
        return part(Part::Whole);
    }
    let (Some(header), Some(claims)) = (&read.header, &read.claims) else {
        let which = if read.header.is_none() {
            Part::Header
        } else {
            Part::Payload
        };
        return part(which);
    };
    let flaw = match header.check_conformance() {
        Err(Reason::Flawed(flaw)) => Some(flaw),
        Ok(()) | Err(_) => claims.spelling_flaw(),
    };
    structure::standards(flaw.unwrap_or(Flaw::Base64Url))
}

fn of_signature(read: &Read<'_>) -> Explanation {
    let parts = read.token.split('.').count();
    match &read.signature {
        _ if parts != 3 || read.token.ends_with('.') => {
            structure::unreadable_token(Part::Whole, read.token)
        }
        None => structure::unreadable_token(Part::Signature, read.token),
        Some(_) => structure::standards(Flaw::Base64Url),
    }
}

/// There is no token.
pub fn missing(examined: &Examined<'_>) -> Explanation {
    let settings = examined.rules.settings;
    Explanation::new("token", "none", "a token")
        .by(&["header_names", "uri_param_names", "cookie_names"])
        .mend(format!("send it {}", places(settings)))
}

/// Where tokens are looked for.
fn places(settings: &Settings) -> String {
    let headers = settings.header_names.iter();
    let headers = headers.map(|name| format!("as {name}: Bearer TOKEN"));
    let parameters = settings.uri_param_names.iter();
    let parameters = parameters.map(|name| format!("as ?{name}=TOKEN in the address"));
    let cookies = settings.cookie_names.iter();
    let cookies = cookies.map(|name| format!("in the cookie {name}"));
    format::alternatives(headers.chain(parameters).chain(cookies))
}
