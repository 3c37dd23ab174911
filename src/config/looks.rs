//! What a secret looks like when it is none: something else was copied, or more than the secret.

/// Why a secret is probably not what its issuer signs with; never the secret itself.
#[must_use]
pub fn doubt(secret: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(secret) else {
        return None;
    };
    let checks: [(Check, &'static str); 9] = [
        (|text| text.starts_with('\u{feff}'), BYTE_ORDER_MARK),
        (
            |text| text.ends_with(['\n', '\r']) || text.starts_with(['\n', '\r']),
            LINE_BREAK,
        ),
        (|text| text.trim() != text, BLANK),
        (is_quoted, QUOTES),
        (is_assignment, NAME),
        (is_token, TOKEN),
        (is_reference, REFERENCE),
        (is_path, PATH),
        (is_placeholder, PLACEHOLDER),
    ];
    checks
        .into_iter()
        .find(|(is_so, _)| is_so(text))
        .map(|(_, doubt)| doubt)
}

/// Whether a text is a place in a template that should have got a value.
#[must_use]
pub fn is_unfilled(text: &str) -> bool {
    is_reference(text) || (text.starts_with('<') && text.ends_with('>'))
}

/// Whether a text is of a kind.
type Check = fn(&str) -> bool;

fn is_quoted(text: &str) -> bool {
    let mut chars = text.chars();
    let ends = (chars.next(), chars.next_back());
    matches!(
        ends,
        (Some('"'), Some('"'))
            | (Some('\''), Some('\''))
            | (Some('`'), Some('`'))
            | (Some('“' | '„'), Some('”' | '“'))
    )
}

/// `NAME=value`, `app_secret = "value"`.
fn is_assignment(text: &str) -> bool {
    let Some((name, value)) = text.split_once(['=', ':']) else {
        return false;
    };
    let name = name
        .trim()
        .trim_start_matches("export ")
        .trim_matches(['"', '\'']);
    let is_name = name.len() > 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_variable = name.contains('_') && name.chars().all(|c| !c.is_ascii_lowercase());
    let is_option = name.to_ascii_lowercase().contains("secret");
    is_name && (is_variable || is_option) && !value.trim_matches(['=', ' ']).is_empty()
}

fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2
}

/// Where a template or a shell would have put a value.
fn is_reference(text: &str) -> bool {
    let is_around = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
    let is_variable = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    is_around("${", "}")
        || is_around("$(", ")")
        || is_around("{{", "}}")
        || is_around("<%", "%>")
        || is_around("!ENV", "")
        || text.strip_prefix('$').is_some_and(is_variable)
        || text
            .strip_prefix('%')
            .and_then(|text| text.strip_suffix('%'))
            .is_some_and(is_variable)
        || text.strip_prefix("ENV_").is_some_and(is_variable)
}

fn is_path(text: &str) -> bool {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || "/._-~".contains(c);
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", text));
    let is_known = ROOTS.iter().any(|root| text.starts_with(root));
    let has_ending = ENDINGS.iter().any(|ending| name.ends_with(ending));
    text.starts_with("file:")
        || (text.chars().all(is_of_path) && (is_known || has_ending || folders == "."))
}

fn is_placeholder(text: &str) -> bool {
    let is_around = |start: char, end: char| text.starts_with(start) && text.ends_with(end);
    let plain: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let first = plain.chars().next();
    let is_one_character =
        plain.len() >= SOME && first.is_some_and(|first| plain.chars().all(|c| c == first));
    is_around('<', '>')
        || is_around('[', ']')
        || (text.starts_with("__") && text.ends_with("__"))
        || PLACEHOLDERS.contains(&plain.as_str())
        || BEGINNINGS.iter().any(|start| plain.starts_with(start))
        || is_one_character
}

const BYTE_ORDER_MARK: &str =
    "begins with a byte order mark, which counts as part of it: save the file as UTF-8 without one";
const LINE_BREAK: &str =
    "has a line break at its beginning or end, which counts as part of it: take it away";
const BLANK: &str = "has a blank at its beginning or end, which counts as part of it: take it away";
const QUOTES: &str = "has quotes around it, which count as part of it: take them away";
const NAME: &str = "begins with a name and =, which count as part of it: only what stands behind them is the secret";
const TOKEN: &str = "looks like a JWT, and is used as the secret as it stands: what belongs here is what the issuer signs its tokens with";
const REFERENCE: &str = "looks like a variable that nobody has put a value for, and is used as the secret as it stands: \
    write the secret itself, or the file that holds it as app_secret_file";
const PATH: &str = "looks like a path, and is used as the secret as it stands: a file that holds the secret is named by \
    app_secret_file, and one that holds a public key by public_key_file";
const PLACEHOLDER: &str = "looks like a placeholder that nobody filled in, and anybody can guess it: \
    `openssl rand -hex 32` makes a good one, for the issuer, too";

/// A letter that stands alone may be anything.
const SOME: usize = 4;
const ROOTS: [&str; 14] = [
    "/etc/",
    "/run/",
    "/var/",
    "/home/",
    "/opt/",
    "/usr/",
    "/root/",
    "/srv/",
    "/config/",
    "/secrets/",
    "/tmp/",
    "~/",
    "../",
    "/mnt/",
];
const ENDINGS: [&str; 8] = [
    ".pem", ".key", ".crt", ".txt", ".secret", ".pub", ".cer", ".json",
];
const PLACEHOLDERS: [&str; 18] = [
    "secret",
    "password",
    "appsecret",
    "jwtsecret",
    "jwtappsecret",
    "mysecret",
    "myappsecret",
    "test",
    "todo",
    "none",
    "null",
    "undefined",
    "topsecret",
    "supersecret",
    "secretkey",
    "default",
    "string",
    "jitsi",
];
const BEGINNINGS: [&str; 9] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "replacewith",
    "yoursecret",
    "yourappsecret",
    "yourjwt",
    "exampleappsecret",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_copied_in_place_of_the_secret_or_with_it_is_told() {
        for (secret, expected) in [
            ("\u{feff}0123456789abcdef", BYTE_ORDER_MARK),
            ("0123456789abcdef\n", LINE_BREAK),
            ("\r\n0123456789abcdef", LINE_BREAK),
            (" 0123456789abcdef", BLANK),
            ("0123456789abcdef\t", BLANK),
            ("\"0123456789abcdef\"", QUOTES),
            ("'0123456789abcdef'", QUOTES),
            ("“0123456789abcdef”", QUOTES),
            ("JWT_APP_SECRET=0123456789abcdef", NAME),
            ("app_secret = \"0123456789abcdef\"", NAME),
            ("export APP_SECRET=0123", NAME),
            ("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.0123456789abcdef", TOKEN),
            ("${JWT_APP_SECRET}", REFERENCE),
            ("$JWT_APP_SECRET", REFERENCE),
            ("$(cat /run/secrets/jwt)", REFERENCE),
            ("{{ jitsi_secret }}", REFERENCE),
            ("%JWT_SECRET%", REFERENCE),
            ("/etc/jitsi/public.pem", PATH),
            ("/run/secrets/jwt", PATH),
            ("file:///run/secrets/jwt", PATH),
            ("./secret", PATH),
            ("secret.txt", PATH),
            ("changeme", PLACEHOLDER),
            ("CHANGE_ME_PLEASE", PLACEHOLDER),
            ("<app_secret>", PLACEHOLDER),
            ("<your secret here>", PLACEHOLDER),
            ("your_app_secret", PLACEHOLDER),
            ("example_app_secret", PLACEHOLDER),
            ("my-app-secret", PLACEHOLDER),
            ("xxxxxxxxxxxxxxxx", PLACEHOLDER),
        ] {
            assert_eq!(doubt(secret.as_bytes()), Some(expected), "{secret:?}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_a_secret() {
        for secret in [
            "0123456789abcdef0123456789abcdef",
            "kT7vQ2mW9xR4pL8sN3bD6fH1jZ5cY0aE",
            "S1Q3dlEybVc5eFI0cEw4c04zYkQ2Zkgxalo1Y1kwYUU=",
            "/a+Zb/QmW9xR4pL8sN3bD6fH1jZ5cY0aE==",
            "/Zb/QmW9xR4pL8sN3bD6fH1jZ5cY0aE",
            "ABCDEFGH=",
            "ABCDEFGHIJKLMNOP==",
            "correct horse battery staple",
            "a$b{c}<d>",
            "p=q:r",
            "ey.J",
            "with \"quotes\" inside",
        ] {
            assert_eq!(doubt(secret.as_bytes()), None, "{secret}");
        }
        assert_eq!(doubt(&[0xff, 0xfe, b'a']), None);
    }
}
