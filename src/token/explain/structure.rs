//! Denials that the token's form explains.

use super::super::compact::Compact;
use super::super::reason::Flaw;
use super::super::shown;
use super::content::{self, Content};
use super::examined::Examined;
use super::explanation::Explanation;
use super::impostor::{self, Impostor};
use super::paste;
use super::reading;

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
pub fn pasted(found: String) -> Explanation {
    let remedy = if found.starts_with("more than one token") {
        "pass one token alone: the one that the issuer made for this meeting"
    } else if found.contains("in place of") {
        "let nothing on the way change the signs of the token: copy it from where it was made"
    } else if found.contains("base64") || found.contains("hex digits") {
        if found.contains("twice") {
            "decode it twice, and pass the token that comes out alone"
        } else {
            "decode it once, and pass the token that comes out alone"
        }
    } else if found.contains("encoding") || found.contains("entities") {
        "let nothing on the way encode the token: it has no character that needs that"
    } else {
        "pass the token alone, as the issuer made it"
    };
    Explanation::new("token", found, "the token alone").mend(remedy)
}

/// A part, or all of it, cannot be read.
pub fn malformed(part: Part, examined: &Examined<'_>) -> Explanation {
    unreadable_token(part, examined.token.unwrap_or_default())
}

/// The same, of whichever token.
pub fn unreadable_token(part: Part, token: &str) -> Explanation {
    if let Some((_, found)) = paste::clean(token) {
        return pasted(found);
    }
    if let Some(impostor) = impostor::of(token) {
        return in_its_place(impostor);
    }
    let (check, expected) = match part {
        Part::Whole => return wrong_count(token),
        Part::Header => ("header", OBJECT),
        Part::Payload => ("payload", OBJECT),
        Part::Signature => ("signature", "base64url"),
    };
    let parts = Compact::split(token).ok();
    let text = parts.map(|parts| match part {
        Part::Payload => parts.payload,
        Part::Signature => parts.signature,
        Part::Header | Part::Whole => parts.header,
    });
    let header = token.split('.').next().unwrap_or_default();
    let mut others = token.split('.').skip(1);
    if part == Part::Header && others.any(has_algorithm) {
        return mixed_up();
    }
    unreadable(check, expected, &content::of_part(text.unwrap_or(header)))
}

fn in_its_place(impostor: Impostor) -> Explanation {
    let Impostor {
        found,
        cause,
        remedy,
    } = impostor;
    Explanation::new("token", found, THREE_PARTS)
        .because(Some(cause.to_owned()))
        .mend(remedy)
}

fn unreadable(check: &'static str, expected: &str, content: &Content) -> Explanation {
    Explanation::new(check, content.found.as_str(), expected)
        .because(Some(worded(content.cause, check)))
        .mend(worded(content.remedy, check))
}

/// Most parts that are no JSON object are payloads.
fn worded(text: &str, check: &str) -> String {
    let name = if check == "header" {
        "its header"
    } else {
        "its claims"
    };
    text.replace("its claims", name)
}

/// Explains a check that fails because a part is JSON, but no object. None where it is one.
pub fn not_object(part: Part, examined: &Examined<'_>) -> Option<Explanation> {
    let parts = Compact::split(examined.token?).ok()?;
    let (check, part) = match part {
        Part::Header => ("header", parts.header),
        Part::Payload => ("payload", parts.payload),
        Part::Whole | Part::Signature => return None,
    };
    if check == "header" && !has_algorithm(part) && has_algorithm(parts.payload) {
        return Some(mixed_up());
    }
    let content = content::of_readable(part)?;
    Some(unreadable(check, OBJECT, &content))
}

/// Whether a part reads like a header.
fn has_algorithm(part: &str) -> bool {
    reading::header(part).is_some_and(|header| header.member("alg").is_some())
}

fn mixed_up() -> Explanation {
    Explanation::new("header", "parts in another order", OBJECT)
        .because(Some(
            "what should stand first does not, and another part reads like it".to_owned(),
        ))
        .mend("put the parts together as header.payload.signature, by a JWT library")
}

fn wrong_count(token: &str) -> Explanation {
    let parts: Vec<&str> = token.split('.').collect();
    let is_claims = |part: &str| {
        let header = reading::header(part);
        header.is_some_and(|members| CLAIMS.iter().any(|claim| members.member(claim).is_some()))
    };
    let (cause, remedy) = match parts.as_slice() {
        [claims] | [claims, _] if is_claims(claims) => (
            "the header is missing: what is there begins with the claims",
            WHOLE,
        ),
        [_] => ("the token was cut off in its first part", WHOLE),
        [_, _] => (
            "the signature is missing: the token was cut off, or made with alg none",
            "pass the token whole, and let the issuer sign it",
        ),
        [_, _, ""] => (
            "the signature is empty: the token was made with alg none",
            "let the issuer sign its tokens",
        ),
        [_, _, _] => ("a part of the token is empty", WHOLE),
        [_, _, _, _, _] => (
            "this is an encrypted token (JWE)",
            "let the issuer sign tokens, not encrypt them",
        ),
        _ => ("there is more than one token, or something after it", WHOLE),
    };
    let plural = if parts.len() == 1 { "part" } else { "parts" };
    let found = format!("{} bytes in {} {plural}", token.len(), parts.len());
    Explanation::new("token", found, THREE_PARTS)
        .because(Some(cause.to_owned()))
        .mend(remedy)
}

/// What stands in a payload, and in no header.
const CLAIMS: [&str; 5] = ["iss", "aud", "exp", "room", "context"];

const THREE_PARTS: &str = "three parts with a dot between them";
const OBJECT: &str = "a JSON object in base64url";
const WHOLE: &str = "pass the token whole and alone, as the issuer made it";

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
