//! Denials that the token's form explains.

use super::super::compact::Compact;
use super::super::reason::Flaw;
use super::super::shown;
use super::{Examined, Explanation, paste};

/// What of a token cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// There are not three parts.
    Whole,
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

/// There is no token.
pub fn required() -> Explanation {
    Explanation::new("token", "none", "a token")
        .by(&["allow_empty_token"])
        .mend("open the meeting with a token, or set allow_empty_token to true to let guests in")
}

/// There is no token, but a header of another scheme. No word of what follows the scheme has come this far.
pub fn other_scheme(scheme: &str) -> Explanation {
    let found = match scheme {
        "" => "an Authorization header without a scheme".to_owned(),
        scheme => format!("Authorization with the scheme {}", shown::quoted(scheme)),
    };
    Explanation::new("token", found, "Authorization: Bearer TOKEN").mend(
        "send the word Bearer, a blank and the token, or the token as ?token= in the address; where a proxy asks for a \
         password, let it keep its Authorization header to itself",
    )
}

/// There is more than may be.
pub fn too_long(examined: &Examined<'_>) -> Explanation {
    Explanation::new(
        "token",
        format!("{} bytes", examined.token.unwrap_or_default().len()),
        format!("at most {}", examined.policy.max_token_bytes),
    )
    .by(&["limits.token_bytes"])
    .mend("let the issuer leave out what nobody reads, or raise the limit")
}

/// There is something around the token.
pub fn pasted(found: &'static str) -> Explanation {
    Explanation::new("token", found, "the token alone")
        .mend("pass the token alone, as the issuer made it")
}

/// A part, or all of it, cannot be read.
pub fn malformed(part: Part, examined: &Examined<'_>) -> Explanation {
    let token = examined.token.unwrap_or_default();
    if let Some((_, found)) = paste::clean(token) {
        return pasted(found);
    }
    let (check, expected) = match part {
        Part::Whole => ("token", "three parts with a dot between them"),
        Part::Header => ("header", "a JSON object in base64url"),
        Part::Payload => ("payload", "a JSON object in base64url"),
        Part::Signature => ("signature", "base64url"),
    };
    Explanation::new(check, shape(token, part), expected)
        .because(Some(cause(token, part).to_owned()))
        .mend("pass the token whole and alone, as the issuer made it")
}

/// What the token looks like, without showing any of it.
fn shape(token: &str, unreadable: Part) -> String {
    let odd = |part: &str| {
        part.chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "-_=".contains(*c)))
            .map(|c| format!("a part with {c:?} in it"))
    };
    let part = Compact::split(token)
        .ok()
        .and_then(|parts| match unreadable {
            Part::Payload => odd(parts.payload),
            Part::Signature => odd(parts.signature),
            Part::Header | Part::Whole => odd(parts.header),
        });
    part.unwrap_or_else(|| {
        let parts = token.split('.').count();
        let plural = if parts == 1 { "part" } else { "parts" };
        match unreadable {
            Part::Whole => format!("{} bytes in {parts} {plural}", token.len()),
            Part::Header | Part::Payload | Part::Signature => "something else".to_owned(),
        }
    })
}

fn cause(token: &str, unreadable: Part) -> &'static str {
    if [
        "undefined",
        "null",
        "None",
        "nil",
        "false",
        "[object Object]",
    ]
    .contains(&token)
    {
        return "the page passed an empty variable in place of a token";
    }
    let parts: Vec<&str> = token.split('.').collect();
    match parts.as_slice() {
        [""] => "the token is empty",
        [_] => "this is no JSON Web Token; an opaque access token or a password, perhaps",
        [_, _] => "the signature is missing: the token was cut off, or made with alg none",
        [_, _, ""] => "the signature is empty: the token was made with alg none",
        [_, _, _] if unreadable != Part::Whole => {
            "the token was cut, changed, or put together by hand"
        }
        [_, _, _] => "a part of the token is empty",
        [_, _, _, _, _] => {
            "this is an encrypted token (JWE); let the issuer sign tokens, not encrypt them"
        }
        _ => "there is more than one token, or something after it",
    }
}

/// It breaks a rule of the standards.
pub fn standards(flaw: Flaw) -> Explanation {
    let (check, found, expected) = match flaw {
        Flaw::Base64Url => (
            "encoding",
            "padding or stray bits".into(),
            "base64url without padding (RFC 7515 section 2)",
        ),
        Flaw::Utf8 => (
            "encoding",
            "bytes that are no UTF-8".into(),
            "UTF-8 (RFC 7519 section 7.2)",
        ),
        Flaw::DuplicateMember => (
            "JSON",
            "a member that is there twice".into(),
            "each member once (RFC 7519 section 4)",
        ),
        Flaw::Number => (
            "JSON",
            "a number that JSON does not have".into(),
            "a JSON number (RFC 8259 section 6)",
        ),
        Flaw::ControlCharacter => (
            "JSON",
            "a raw control character in a string".into(),
            "an escaped one (RFC 8259 section 7)",
        ),
        Flaw::Critical => (
            "crit",
            "extensions that must be understood".into(),
            "no crit in the header (RFC 7515 section 4.1.11)",
        ),
        Flaw::UnencodedPayload => (
            "b64",
            "a b64 member".into(),
            "none: the payload is base64url (RFC 7797)",
        ),
        Flaw::Encrypted => (
            "enc",
            "a header of an encrypted token".into(),
            "a signed token, whose header has no enc (RFC 7516 section 9)",
        ),
        Flaw::Nested => (
            "cty",
            "a token inside the token".into(),
            "claims in the payload (RFC 7519 section 5.2)",
        ),
        Flaw::ClaimType(claim) => (
            claim,
            "a value of another type".to_owned(),
            claim_type(claim),
        ),
    };
    Explanation::new(check, found, expected).mend("let the issuer make tokens with a JWT library")
}

fn claim_type(claim: &str) -> &'static str {
    match claim {
        "exp" | "nbf" | "iat" => "a number (RFC 7519 section 4.1)",
        "aud" => "a string or an array of strings (RFC 7519 section 4.1.3)",
        _ => "a string (RFC 7519 section 4.1)",
    }
}
