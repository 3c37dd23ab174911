//! Denials that the token's form explains.

use super::super::compact::Compact;
use super::super::reason::{Flaw, Reason};
use super::{Examined, Explanation, paste};

pub fn explain(reason: &Reason, examined: &Examined<'_>) -> Explanation {
    let token = examined.token.unwrap_or_default();
    match reason {
        Reason::TokenRequired => Explanation::new("token", "none", "a token")
            .by(&["allow_empty_token"])
            .mend(
                "open the meeting with a token, or set allow_empty_token to true to let guests in",
            ),
        Reason::TokenTooLong => Explanation::new(
            "token",
            format!("{} bytes", token.len()),
            format!("at most {}", examined.policy.max_token_bytes),
        )
        .by(&["limits.token_bytes"])
        .mend("let the issuer leave out what nobody reads, or raise the limit"),
        Reason::Flawed(flaw) => standards(*flaw),
        reason => malformed(reason, token),
    }
}

/// There is something around the token.
pub fn pasted(found: &'static str) -> Explanation {
    Explanation::new("token", found, "the token alone")
        .mend("pass the token alone, as the issuer made it")
}

fn malformed(reason: &Reason, token: &str) -> Explanation {
    if let Some((_, found)) = paste::clean(token) {
        return pasted(found);
    }
    let (check, expected) = match reason {
        Reason::NotThreeParts => ("token", "three parts with a dot between them"),
        Reason::PayloadNotDecodable => ("payload", "a JSON object in base64url"),
        Reason::SignatureNotDecodable => ("signature", "base64url"),
        _ => ("header", "a JSON object in base64url"),
    };
    Explanation::new(check, shape(token, reason), expected)
        .because(Some(cause(token, reason).to_owned()))
        .mend("pass the token whole and alone, as the issuer made it")
}

/// What the token looks like, without showing any of it.
fn shape(token: &str, reason: &Reason) -> String {
    let odd = |part: &str| {
        part.chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "-_=".contains(*c)))
            .map(|c| format!("a part with {c:?} in it"))
    };
    let part = Compact::split(token).ok().and_then(|parts| match reason {
        Reason::PayloadNotDecodable => odd(parts.payload),
        Reason::SignatureNotDecodable => odd(parts.signature),
        _ => odd(parts.header),
    });
    part.unwrap_or_else(|| {
        let parts = token.split('.').count();
        let plural = if parts == 1 { "part" } else { "parts" };
        match reason {
            Reason::NotThreeParts => format!("{} bytes in {parts} {plural}", token.len()),
            _ => "something else".to_owned(),
        }
    })
}

fn cause(token: &str, reason: &Reason) -> &'static str {
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
        [_, _, _] if *reason != Reason::NotThreeParts => {
            "the token was cut, changed, or put together by hand"
        }
        [_, _, _] => "a part of the token is empty",
        [_, _, _, _, _] => {
            "this is an encrypted token (JWE); let the issuer sign tokens, not encrypt them"
        }
        _ => "there is more than one token, or something after it",
    }
}

fn standards(flaw: Flaw) -> Explanation {
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
