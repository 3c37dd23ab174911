//! Tokens that were copied with something around them, or handed on in another encoding.

mod around;
mod layers;
mod scan;

/// A token freed from what does not belong to it, with what that was. None if there was nothing.
#[must_use]
pub fn clean(text: &str) -> Option<(String, String)> {
    if text.len() > MAX_LOOKED_AT {
        return None;
    }
    let mut text = text.to_owned();
    let mut found = None;
    for _ in 0..MAX_LAYERS {
        if let Some((token, around)) = alone(&text) {
            return Some((token, found.unwrap_or(around)));
        }
        let Some((inner, layer)) = layers::peel(&text) else {
            break;
        };
        text = inner;
        found.get_or_insert_with(|| layer.into_owned());
    }
    // What is left may be the token itself, or something that only looks like one.
    found.map(|found| (text.trim().to_owned(), found))
}

/// The token in a text, and what is around it. None if there is no token in it, or nothing else.
fn alone(text: &str) -> Option<(String, String)> {
    let tokens = scan::tokens(text);
    let (first, others) = tokens.split_first()?;
    if let Some(second) = others.iter().find(|other| other.text != first.text) {
        let between = text.get(first.end..second.start).unwrap_or_default();
        return Some((first.text.to_owned(), several(tokens.len(), between)));
    }
    if !others.is_empty() {
        return Some((
            first.text.to_owned(),
            "more than one token: the same one twice".to_owned(),
        ));
    }
    let (before, after) = (text.get(..first.start)?, text.get(first.end..)?);
    // Padding is a flaw of the token itself.
    if before.is_empty() && after.chars().all(|c| c == '=') {
        return None;
    }
    // So is standard base64.
    let is_in_one_piece = before.is_empty() && !after.contains(char::is_whitespace);
    if is_in_one_piece && after.starts_with(['+', '/']) && after.len() > 1 {
        return None;
    }
    // What is left out, and what a word processor put in, stands inside the token.
    if before.is_empty() && after.starts_with(['…', '–', '—', '−', '‐', '‑']) {
        return None;
    }
    if let Some(joined) = layers::joined(text, first.text) {
        return Some((joined, layers::BROKEN.to_owned()));
    }
    // Five parts are an encrypted token, and six or more several tokens: that is no matter of copying.
    if before.is_empty()
        && after.starts_with('.')
        && !after.contains(char::is_whitespace)
        && after.len() > 1
    {
        return None;
    }
    Some((first.text.to_owned(), around::describe(text, before, after)))
}

fn several(count: usize, between: &str) -> String {
    let number = match count {
        2 => "two tokens".to_owned(),
        count => format!("{count} tokens"),
    };
    let by = match between.trim() {
        "" if between.contains('\n') => "on lines of their own",
        "" if between.is_empty() => "one behind the other",
        "" => "with a blank between them",
        "," => "with a comma between them",
        "." => "with a dot between them",
        _ => "with something between them",
    };
    format!("more than one token: {number}, {by}")
}

/// Whether base64 begins like that of a JSON object.
pub fn begins_object(part: &str) -> bool {
    scan::begins_object(part)
}

/// What a text in base64 says.
pub fn decoded(text: &str) -> Option<String> {
    layers::decode(text)
}

/// How often a token may have been encoded on its way.
const MAX_LAYERS: usize = 4;

/// More is no token, whatever is around it.
const MAX_LOOKED_AT: usize = 262_144;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJteV9hcHAifQ.6VNPKUcwQjTJ9Kk2wWnTd0hvPYcl4dHDyBm5xu0bYhQ";
    const OTHER: &str =
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJvdGhlciJ9.6VNPKUcwQjTJ9Kk2wWnTd0hvPYcl4dHDyBm5xu0bYhQ";

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
    fn what_was_copied_along_is_named_and_taken_away() {
        let percent = TOKEN.replace('.', "%2E");
        let twice = percent.replace('%', "%25");
        for (pasted, what) in [
            (format!("Bearer {TOKEN}"), "\"Bearer \" before"),
            (format!("bearer  {TOKEN}"), "\"Bearer \" before"),
            (format!("Bearer:{TOKEN}"), "\"Bearer:\" before"),
            (format!("Token {TOKEN}"), "\"Token \" before"),
            (format!("JWT {TOKEN}"), "\"JWT \" before"),
            (format!("hunter {TOKEN}"), "other text before"),
            (
                format!("Authorization: Bearer {TOKEN}\n"),
                "\"Authorization: Bearer \" before",
            ),
            (
                format!("X-Auth-Token: {TOKEN}"),
                "\"X-Auth-Token: \" before",
            ),
            (format!("\"{TOKEN}\""), "quotes"),
            (format!("'{TOKEN}'"), "quotes"),
            (format!("`{TOKEN}`"), "quotes"),
            (format!("“{TOKEN}”"), "quotes"),
            (format!("«{TOKEN}»"), "quotes"),
            (format!("‹{TOKEN}>"), "quotes or brackets"),
            (format!("<{TOKEN}>"), "brackets"),
            (format!("({TOKEN})"), "brackets"),
            (format!("[{TOKEN}]"), "brackets"),
            (format!("b'{TOKEN}'"), "Python's b'…'"),
            (format!("\"Bearer {TOKEN}\""), "quotes"),
            (format!("{}\n{}", &TOKEN[..40], &TOKEN[40..]), "line breaks"),
            (format!("{}\n{}", &TOKEN[..90], &TOKEN[90..]), "line breaks"),
            (format!("{} {}", &TOKEN[..10], &TOKEN[10..]), "blanks"),
            (
                format!("{}\u{200b}{}", &TOKEN[..50], &TOKEN[50..]),
                "do not show",
            ),
            (format!(" {TOKEN}\r\n"), "line breaks around"),
            (format!("token={TOKEN}"), "\"token=\" before"),
            (format!("JWT_TOKEN='{TOKEN}'"), "a shell line"),
            (format!("export TOKEN={TOKEN}"), "a shell line"),
            (
                format!("curl -H 'Authorization: Bearer {TOKEN}' https://x.example/"),
                "a shell line",
            ),
            (
                format!("https://meet.example.com/room?jwt={TOKEN}&x=1"),
                "web address",
            ),
            (format!("/room?jwt={TOKEN}#config.x=1"), "web address"),
            (format!("{TOKEN} # for Ann"), "a comment behind"),
            (format!("{TOKEN} // for Ann"), "a comment behind"),
            (format!("{TOKEN};"), "\";\" behind"),
            (format!("{TOKEN}."), "\".\" behind"),
            (
                format!("{{\"token\": \"{TOKEN}\"}}"),
                "JSON around the token, which stands in token",
            ),
            (
                format!("{{\"data\": {{\"jwt\": \"{TOKEN}\"}}}}"),
                "which stands in data.jwt",
            ),
            (format!("[\"{TOKEN}\"]"), "JSON around"),
            (format!("{{token: '{TOKEN}'}}"), "JavaScript"),
            (
                format!("<a href=\"https://x.example/r?jwt={TOKEN}\">join</a>"),
                "HTML",
            ),
            (format!("<p>{TOKEN}</p>"), "HTML"),
            (format!("<?xml version=\"1.0\"?><jwt>{TOKEN}</jwt>"), "XML"),
            (format!("<token>{TOKEN}</token>"), "XML"),
            (format!("token: {TOKEN}\nroom: standup\n"), "YAML"),
            (format!("jwt: \"{TOKEN}\""), "YAML"),
            (
                format!("GET /r HTTP/1.1\nAuthorization: Bearer {TOKEN}\n\n"),
                "an HTTP request",
            ),
            (format!("your token is {TOKEN}, bye"), "other text around"),
            (percent, "percent-encoding"),
            (twice, "percent-encoding, twice"),
            (BASE64_STANDARD.encode(TOKEN), "base64 around"),
            (
                BASE64_STANDARD.encode(format!("Bearer {TOKEN}")),
                "base64 around",
            ),
            (
                BASE64_URL_SAFE_NO_PAD.encode(format!("{TOKEN}\n")),
                "base64 around",
            ),
            (
                format!("Bearer {}", BASE64_STANDARD.encode(TOKEN)),
                "\"Bearer \" before",
            ),
            (TOKEN.replace('.', "&#46;"), "entities"),
            (format!("{TOKEN} {TOKEN}"), "the same one twice"),
            (format!("{TOKEN} {OTHER}"), "two tokens, with a blank"),
            (format!("{TOKEN},{OTHER}"), "two tokens, with a comma"),
            (format!("{TOKEN}\n{OTHER}"), "two tokens, on lines"),
            (format!("{TOKEN}.{OTHER}"), "two tokens, with a dot"),
            (
                format!("{TOKEN}{}{OTHER}", " | "),
                "two tokens, with something",
            ),
        ] {
            let (token, found) = clean(&pasted).unwrap_or_else(|| panic!("{pasted}"));
            assert_eq!(token, TOKEN, "{pasted}: {found}");
            assert!(found.contains(what), "{pasted}: {found}");
            assert!(!found.contains("hunter"), "{found}");
        }
    }

    #[test]
    fn what_is_around_something_that_only_looks_like_a_token_is_taken_away_as_well() {
        for (pasted, what) in [
            ("Bearer a.b.c", "\"Bearer \" before"),
            ("\"a.b.c\"", "quotes"),
            (" a.b.c\r\n", "around"),
            ("a.b\n.c", "line breaks"),
            ("token=a.b.c", "\"token=\" before"),
            ("a%2Eb%2ec", "percent-encoding"),
        ] {
            let (token, found) = clean(pasted).unwrap_or_else(|| panic!("{pasted}"));
            assert_eq!(token, "a.b.c", "{pasted}");
            assert!(found.contains(what), "{pasted}: {found}");
        }
    }

    #[test]
    fn a_token_alone_is_left_alone() {
        for token in [
            "",
            "a.b.c",
            "a.b",
            TOKEN,
            OTHER,
            "eyJhbGciOiJIUzI1NiJ9.e30.x-_",
            "aGVsbG8",
            "undefined",
        ] {
            assert_eq!(clean(token), None, "{token}");
        }
    }
}
