//! Tokens that were copied with something around them.

/// A token freed from what does not belong to it, with what that was. None if there was nothing.
#[must_use]
pub fn clean(token: &str) -> Option<(String, &'static str)> {
    let whole = token.trim();
    let (rest, mut found) = match strip_prefix(whole) {
        Some(stripped) => stripped,
        None if whole.len() < token.len() => (whole, "blanks or line breaks around the token"),
        None => (whole, ""),
    };
    let mut rest = rest.trim().to_owned();
    if let Some(inner) = unquote(&rest) {
        found = "quotes around the token";
        rest = strip_prefix(inner).map_or_else(|| inner.to_owned(), |(inner, _)| inner.to_owned());
    }
    if rest.contains(char::is_whitespace) && !rest.trim().is_empty() {
        found = "line breaks or blanks inside the token";
        rest.retain(|c| !c.is_whitespace());
    }
    if rest.contains("%2E") || rest.contains("%2e") || rest.contains("%3D") || rest.contains("%3d")
    {
        found = "percent-encoding in the token";
        rest = rest.replace("%2E", ".").replace("%2e", ".");
        rest = rest.replace("%3D", "").replace("%3d", "");
    }
    (!found.is_empty()).then_some((rest, found))
}

fn strip_prefix(token: &str) -> Option<(&str, &'static str)> {
    let rest = PREFIXES.iter().find_map(|(prefix, found)| {
        let head = token.get(..prefix.len())?;
        let rest = token.get(prefix.len()..)?;
        head.eq_ignore_ascii_case(prefix).then_some((rest, *found))
    });
    rest.or_else(|| {
        let (address, query) = token.split_once("jwt=")?;
        let token = query.split(['&', '#']).next()?;
        (address.contains("://") || address.is_empty())
            .then_some((token, "a web address around the token"))
    })
}

const PREFIXES: [(&str, &str); 4] = [
    (
        "Authorization: Bearer ",
        "\"Authorization: Bearer \" before the token",
    ),
    ("Bearer ", "\"Bearer \" before the token"),
    ("Bearer:", "\"Bearer:\" before the token"),
    ("token=", "\"token=\" before the token"),
];

fn unquote(token: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = token.strip_prefix(quote)?;
        Some(inner.strip_suffix(quote).unwrap_or(inner))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_copied_along_is_named_and_taken_away() {
        for (pasted, what) in [
            ("Bearer a.b.c", "Bearer"),
            ("bearer  a.b.c", "Bearer"),
            ("Authorization: Bearer a.b.c\n", "Authorization"),
            ("\"a.b.c\"", "quotes"),
            ("'a.b.c'", "quotes"),
            ("\"Bearer a.b.c\"", "quotes"),
            ("a.b\n.c", "line breaks"),
            (" a.b.c\r\n", "line breaks around"),
            ("token=a.b.c", "token="),
            ("https://meet.example.com/room?jwt=a.b.c&x=1", "web address"),
            ("a%2Eb%2ec", "percent-encoding"),
        ] {
            let (token, found) = clean(pasted).unwrap_or_else(|| panic!("{pasted}"));
            assert_eq!(token, "a.b.c", "{pasted}");
            assert!(found.contains(what), "{pasted}: {found}");
        }
    }

    #[test]
    fn a_token_alone_is_left_alone() {
        for token in ["", "a.b.c", "a.b", "eyJhbGciOiJIUzI1NiJ9.e30.x-_"] {
            assert_eq!(clean(token), None, "{token}");
        }
    }
}
