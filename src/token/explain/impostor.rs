//! What stands in a token's place and is none.

mod opaque;
mod words;

use serde_json::{Map, Value};

use super::super::shown;
use super::paste;

use self::opaque::{Opaque, is_hex, is_uuid};
use self::words::{EMPTY, ENDINGS, MARKS, PASETO, PLACEHOLDERS, SCHEMES};

/// What was passed, why that is probably so, and what to change.
pub struct Impostor {
    pub found: String,
    pub cause: &'static str,
    pub remedy: &'static str,
}

/// Names what was passed in place of a token. None where it may be a token that was broken.
pub fn of(text: &str) -> Option<Impostor> {
    let text = text.trim();
    empty_variable(text)
        .or_else(|| placeholder(text))
        .or_else(|| opaque(text))
        .or_else(|| changed(text))
        .or_else(|| credentials(text))
        .or_else(|| json(text))
        .or_else(|| file(text))
        .or_else(|| document(text))
        .or_else(|| identifier(text))
        .or_else(|| unreadable(text))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "whoever names something returns it at once"
)]
const fn say(found: String, cause: &'static str, remedy: &'static str) -> Option<Impostor> {
    Some(Impostor {
        found,
        cause,
        remedy,
    })
}

fn empty_variable(text: &str) -> Option<Impostor> {
    if text.is_empty() {
        return say("nothing".to_owned(), "the token is empty", WAIT);
    }
    let is_promise = text.starts_with("Promise") || text == "[object Promise]";
    let is_object = text.starts_with("[object ") && text.ends_with(']');
    let is_code =
        text.starts_with("function") || text.starts_with("async ") || text.starts_with("() =>");
    let cause = if is_promise {
        "the page did not wait for the token: a promise was passed in its place"
    } else if is_object {
        "the page passed an object in place of the token in it, or an empty variable"
    } else if is_code {
        "the page passed a function in place of what it returns"
    } else if EMPTY.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        "the page passed an empty variable in place of a token"
    } else {
        return None;
    };
    let shown = if is_code {
        "a function".to_owned()
    } else {
        format!("the text {}", shown::bounded(text, shown::MAX_REPEATED))
    };
    say(shown, cause, WAIT)
}

fn placeholder(text: &str) -> Option<Impostor> {
    let between = |open: &str, close: &str| {
        text.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inner| {
                !inner.is_empty()
                    && inner.len() < 64
                    && !inner.contains(['"', '<', ':'])
                    && !paste::begins_object(inner)
            })
    };
    let is_marked = MARKS.iter().any(|(open, close)| between(open, close));
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_variable = text.strip_prefix(['$', ':', '@']).is_some_and(is_name);
    let upper = text.to_ascii_uppercase().replace(['-', ' '], "_");
    let is_word = text.len() < 64
        && !text.contains('.')
        && (PLACEHOLDERS.contains(&upper.as_str())
            || upper.starts_with("YOUR_")
            || upper.starts_with("INSERT_")
            || upper.starts_with("REPLACE_")
            || upper.ends_with("_HERE")
            || (!upper.is_empty() && upper.chars().all(|c| c == 'X')));
    if !(is_marked || is_variable || is_word) {
        return None;
    }
    say(
        "a placeholder".to_owned(),
        "nobody put the token in its place: the template or the variable was never filled in",
        "let whatever fills in the template or the address put the token there",
    )
}

/// What was a token before somebody changed its letters.
fn changed(text: &str) -> Option<Impostor> {
    let begins = text
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("eyj"));
    if !begins || text.contains(char::is_whitespace) {
        return None;
    }
    if text.contains("...") || text.contains('…') || text.contains("***") {
        return say(
            "a token that was shortened for showing".to_owned(),
            "what stands between its ends is left out, as logs and documents do",
            "copy the whole token from where it was made",
        );
    }
    let has_small = text.chars().any(|c| c.is_ascii_lowercase());
    let has_capitals = text.chars().any(|c| c.is_ascii_uppercase());
    let (found, cause) = match (has_small, has_capitals) {
        (false, _) => (
            "a token in capitals",
            "its letters were changed to capitals, which mean something else in base64",
        ),
        (_, false) => (
            "a token in small letters",
            "its letters were changed to small ones, which mean something else in base64",
        ),
        (true, true) => return None,
    };
    let remedy = "let nothing on the way change the letters of the token, and get a new one";
    say(found.to_owned(), cause, remedy)
}

fn credentials(text: &str) -> Option<Impostor> {
    let (scheme, rest) = text.split_once(' ')?;
    let scheme = SCHEMES
        .iter()
        .find(|known| scheme.eq_ignore_ascii_case(known))?;
    (!rest.is_empty()).then_some(())?;
    say(
        format!("HTTP credentials of the scheme {scheme}"),
        "these log a user in at a web server, and are no token",
        "pass a JWT, as Bearer or alone",
    )
}

fn json(text: &str) -> Option<Impostor> {
    let value = serde_json::from_str::<Value>(text).ok();
    match value {
        Some(Value::Object(members)) => of_object(&members),
        Some(Value::Array(_)) => say(
            "a JSON list".to_owned(),
            "this is JSON without a token in it",
            ENCODE,
        ),
        // A word in quotes, or a number.
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => None,
        None => decoded(text),
    }
}

fn of_object(members: &Map<String, Value>) -> Option<Impostor> {
    let has = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    let (found, cause, remedy) =
        if has(&["signatures"]) || (has(&["payload"]) && has(&["signature", "protected"])) {
            (
                "a token in JSON serialization",
                "this form of a signed token (RFC 7515 section 7.2) is no JWT",
                "let the issuer write it in compact form: three parts with a dot between them",
            )
        } else if has(&["kty", "keys"]) {
            (
                "a JWK",
                "this is a key, where a token must be",
                "pass what the issuer signed with its key",
            )
        } else if has(&["alg"]) && !has(&["iss", "sub", "aud", "exp"]) {
            (
                "a decoded header",
                "this is what a token\'s first part says, decoded, and without the rest",
                ENCODED,
            )
        } else if has(&["iss", "aud", "exp", "sub", "room", "context", "nbf"]) {
            (
                "decoded claims",
                "this is what a token says, decoded, and without a signature",
                ENCODED,
            )
        } else if has(&["error", "message", "errors"]) {
            (
                "an error in JSON",
                "the issuer answered with an error, and that was passed in place of a token",
                "look why the issuer makes no token",
            )
        } else if has(&["access_token", "id_token", "token", "jwt"]) {
            (
                "the issuer\'s answer, whose token is no JWT",
                "the token in this JSON is opaque: only the issuer can read it",
                "ask the issuer for a JWT",
            )
        } else {
            ("JSON", "this is JSON without a token in it", ENCODE)
        };
    say(found.to_owned(), cause, remedy)
}

/// What pages that decode tokens show, copied as it is.
fn decoded(text: &str) -> Option<Impostor> {
    let is_shown = text.starts_with('{') && text.contains(['\n', ' ']) && text.contains('"');
    let has = |name: &str| text.contains(&format!("\"{name}\""));
    (is_shown && (has("alg") || has("iss") || has("exp")))
        .then_some(())
        .and_then(|()| {
            say(
                "a decoded token".to_owned(),
                "this is what a token says, decoded, and without its signature",
                ENCODED,
            )
        })
}

fn file(text: &str) -> Option<Impostor> {
    let is_path = ["./", "../", "/", "~/", "file:", "\\\\"]
        .iter()
        .any(|start| text.starts_with(start))
        || text
            .get(1..3)
            .is_some_and(|drive| drive == ":\\" || drive == ":/");
    let name = text.trim_start_matches('@');
    let lower = name.to_ascii_lowercase();
    let has_extension = ENDINGS.iter().any(|ending| lower.ends_with(ending));
    if text.contains(char::is_whitespace)
        || text.contains('?')
        || !(is_path || has_extension)
        || text.len() > 256
    {
        return None;
    }
    say(
        "the name of a file".to_owned(),
        "the token is what stands in the file, not its name",
        "pass what stands in it: prosody-tokend explain < FILE",
    )
}

fn document(text: &str) -> Option<Impostor> {
    let lower = text.get(..64).unwrap_or(text).to_ascii_lowercase();
    if text.contains("-----BEGIN ") {
        return if text.contains("PRIVATE KEY-----") {
            say(
                "a private key in PEM".to_owned(),
                "this is the key that the issuer signs with, which nobody else may have",
                "pass a token that was signed with it, and replace the key if others have seen it",
            )
        } else {
            say(
                "a PEM file".to_owned(),
                "this is a public key or a certificate, where a token must be",
                "pass what the issuer signed with its key; the public key belongs into the configuration",
            )
        };
    }
    let is_saml = |text: &str| {
        text.contains("<saml")
            || text.contains("<Assertion")
            || text.contains("urn:oasis:names:tc:SAML")
    };
    if is_saml(text) || paste::decoded(text).is_some_and(|text| is_saml(&text)) {
        return say(
            "a SAML assertion".to_owned(),
            "this is SAML, where a JWT must be",
            "ask the identity provider for a JWT (OpenID Connect)",
        );
    }
    if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        return say(
            "an HTML page".to_owned(),
            "an address that should answer with a token answered with a page, such as a login or an error",
            "look what the issuer\'s address answers",
        );
    }
    if lower.starts_with('<') {
        return say(
            "XML".to_owned(),
            "this is XML without a token in it",
            ENCODE,
        );
    }
    text.contains("://").then_some(()).and_then(|()| {
        say(
            "a web address".to_owned(),
            "there is no token in this address",
            "open the meeting with ?jwt= and the token behind its address",
        )
    })
}

fn opaque(text: &str) -> Option<Impostor> {
    let Opaque {
        found,
        cause,
        remedy,
    } = opaque::of(text)?;
    say(found.to_owned(), cause, remedy)
}

fn identifier(text: &str) -> Option<Impostor> {
    let found = if is_uuid(text) {
        "a UUID"
    } else if text.contains('@') && !text.contains(char::is_whitespace) && text.len() < 256 {
        "an address of a user or a room"
    } else if is_hex(text) && matches!(text.len(), 32 | 128) {
        "a hash in hex digits"
    } else if PASETO.iter().any(|version| text.starts_with(version)) {
        return say(
            "a PASETO".to_owned(),
            "this is another kind of token than JWT",
            "let the issuer make a JWT",
        );
    } else {
        return None;
    };
    say(
        found.to_owned(),
        "this names something, and says nothing that could be verified",
        "ask the issuer for a JWT",
    )
}

/// Whether nothing of it was ever JSON.
fn unreadable(text: &str) -> Option<Impostor> {
    if text.starts_with("H4sI") || (text.starts_with("eJ") && text.len() > 64) {
        return say(
            "compressed bytes in base64".to_owned(),
            "something on the way compresses the token (gzip or deflate)",
            "let it pass the token as it is: base64 of compressed bytes is no JWT",
        );
    }
    let parts: Vec<&str> = text.split('.').collect();
    if parts.iter().any(|part| paste::begins_object(part)) || parts.len() == 5 {
        return None;
    }
    if text.contains(char::is_whitespace) {
        return say(
            "text".to_owned(),
            "this is no JSON Web Token, and there is none in it",
            "pass the token alone, as the issuer made it",
        );
    }
    // What has other signs in it may be a token that was put together by hand.
    if parts.iter().any(|part| part.contains(['{', '"', '+', '/'])) {
        return None;
    }
    if let [_] = parts.as_slice() {
        return say(
            format!("{} bytes in 1 part", text.len()),
            "this is no JSON Web Token; an opaque access token or a password, perhaps",
            ASK,
        );
    }
    say(
        format!("{} parts that are no base64url JSON", parts.len()),
        "this is no JWT but an opaque token, which only its issuer can read",
        ASK,
    )
}

const ASK: &str = "ask the issuer for a JWT: its ID token, or an access token for an API of your own (Auth0: audience; Zitadel: \
                   JWT as the token type of the application)";
const WAIT: &str = "let the page pass the token itself, once it has come from the issuer";
const ENCODE: &str = "pass the token alone, as the issuer made it";
const ENCODED: &str =
    "pass the token as it was before: three parts with a dot between them, as the issuer made it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_named() {
        for (text, found) in [
            ("", "nothing"),
            ("undefined", "the text undefined"),
            ("None", "the text None"),
            ("[object Object]", "the text [object Object]"),
            ("[object Response]", "the text [object Response]"),
            ("[object Promise]", "the text [object Promise]"),
            ("Promise { <pending> }", "the text Promise"),
            ("function () { return jwt; }", "a function"),
            ("%JITSI_JWT%", "a placeholder"),
            ("${JWT}", "a placeholder"),
            ("$JWT", "a placeholder"),
            ("{{jwt}}", "a placeholder"),
            ("{{ jitsi.token }}", "a placeholder"),
            ("<token>", "a placeholder"),
            ("[TOKEN]", "a placeholder"),
            ("<?= $jwt ?>", "a placeholder"),
            ("#{token}", "a placeholder"),
            ("__JWT__", "a placeholder"),
            ("YOUR_JWT_HERE", "a placeholder"),
            ("your-token", "a placeholder"),
            (":token", "a placeholder"),
            ("xxxxxxxx", "a placeholder"),
            ("EYJHBGCIOIJIUZI1NIJ9.E30.AAAA", "a token in capitals"),
            ("eyjhbgcioijiuzi1nij9.e30.aaaa", "a token in small letters"),
            ("eyJhbGciOiJIUzI1NiJ9...", "shortened"),
            ("eyJhbGciOi…x-_", "shortened"),
            ("Basic dXNlcjpwYXNz", "scheme Basic"),
            ("digest dXNlcg==", "scheme Digest"),
            ("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "a decoded header"),
            ("{\"iss\":\"a\",\"room\":\"*\"}", "decoded claims"),
            (
                "{\n  \"alg\": \"HS256\"\n}\n{\n  \"iss\": \"a\"\n}",
                "a decoded token",
            ),
            (
                "{\"payload\":\"e30\",\"signature\":\"AA\"}",
                "JSON serialization",
            ),
            ("{\"keys\":[]}", "a JWK"),
            ("{\"error\":\"invalid_grant\"}", "an error in JSON"),
            (
                "{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\"}",
                "the issuer's answer",
            ),
            ("[]", "a JSON list"),
            ("./token.txt", "the name of a file"),
            ("/tmp/token", "the name of a file"),
            ("token.jwt", "the name of a file"),
            ("@token.txt", "the name of a file"),
            ("C:\\token", "the name of a file"),
            (
                "-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----",
                "a PEM file",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----",
                "a private key",
            ),
            ("<saml:Assertion>", "SAML"),
            ("PHNhbWw6QXNzZXJ0aW9uPjwvc2FtbDpBc3NlcnRpb24+", "SAML"),
            ("<html><body>login</body></html>", "an HTML page"),
            ("<token/><a/>", "XML"),
            ("https://meet.example.com/standup", "a web address"),
            ("3ddf2f7c-8eb9-4b6c-9f59-0d2b1572a7c2", "a UUID"),
            ("ann@example.com", "an address"),
            ("5f4dcc3b5aa765d61d8327deb882cf99", "a hash"),
            ("v4.local.AAAAAAA", "a PASETO"),
            ("7Fjfp0ZBr1KtDRbnfVdmIw", "22 bytes in 1 part"),
            ("abc123.def456.ghi789", "3 parts that are no base64url JSON"),
            ("ya29.a0AfH6SMBx", "2 parts that are no base64url JSON"),
            ("gho_short", "9 bytes in 1 part"),
            ("please let me in", "text"),
        ] {
            let impostor = of(text).unwrap_or_else(|| panic!("{text}"));
            assert!(impostor.found.contains(found), "{text}: {}", impostor.found);
            assert!(!impostor.cause.is_empty() && !impostor.remedy.is_empty());
        }
    }

    #[test]
    fn a_broken_token_is_not_taken_for_something_else() {
        for text in [
            "eyJhbGciOiJIUzI1NiJ9.e30",
            "eyJhbGciOiJIUzI1NiJ9.e30.",
            "eyJhbGciO.e30.AAAA",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.a.b.c.d",
            "{\"alg\":\"HS256\"}.e30.AAAA",
        ] {
            assert!(of(text).is_none(), "{text}");
        }
    }
}
