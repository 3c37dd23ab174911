//! What people do to secrets, so that issuer and server end up with different ones.

pub mod common;
mod encoded;
mod filed;
mod form;
mod spoilt;

pub use self::encoded::from_hex;
pub use self::filed::unquoted;
pub use self::form::Form;

/// Secrets that the issuer may have in place of `secret`, those that are met most often first.
pub fn forms(secret: &[u8]) -> impl Iterator<Item = Form> {
    let groups = GROUPS.iter().flat_map(move |group| group(secret));
    groups.filter(move |form| form.secret != secret)
}

type Group = fn(&[u8]) -> Vec<Form>;

const GROUPS: [Group; 8] = [
    filed::edges,
    encoded::base64,
    encoded::hexadecimal,
    filed::names,
    spoilt::characters,
    encoded::digests,
    encoded::letters,
    filed::cut,
];

/// What a host's secret looks like, where it is probably no secret but what stands for one.
#[must_use]
pub fn stand_in(secret: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = std::str::from_utf8(secret).ok()?.trim();
    let within = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
    };
    let is_variable = text.strip_prefix('$').is_some_and(is_name)
        || [
            ("${", "}"),
            ("$(", ")"),
            ("%", "%"),
            ("{{", "}}"),
            ("<%", "%>"),
        ]
        .iter()
        .any(|(open, close)| within(open, close) && text.len() > 3);
    let is_path = text.len() < 128
        && (text.starts_with("/run/")
            || text.starts_with("/etc/")
            || text.starts_with("./")
            || text.starts_with("~/"));
    Some(if is_variable {
        (
            "this host's secret is the name of a variable that nobody replaced",
            "set app_secret to the secret itself, or app_secret_file to a file that has it",
        )
    } else if within("<", ">") || within("[", "]") {
        (
            "this host's secret is a placeholder in brackets that nobody filled in",
            "set app_secret to the secret that the issuer signs with",
        )
    } else if text.starts_with("file:") || text.starts_with('@') || is_path {
        (
            "this host's secret is the address of a file, not what stands in it",
            "set app_secret_file to that path in place of app_secret",
        )
    } else if STORES.iter().any(|store| text.starts_with(store)) {
        (
            "this host's secret is the address of one in a store of secrets, not the secret itself",
            "set app_secret to the secret itself, or app_secret_file to a file that has it",
        )
    } else if text.starts_with("ey") && text.split('.').count() == 3 {
        (
            "this host's secret looks like a JWT, and is used as it stands",
            "set app_secret to the secret that the issuer signs with, not to a token",
        )
    } else if common::is_example(text) {
        (
            "this host's secret is a word of an example, which nobody replaced",
            "set app_secret to the secret that the issuer signs with",
        )
    } else {
        return None;
    })
}

/// What addresses of secrets begin with.
const STORES: [&str; 8] = [
    "vault:",
    "op://",
    "arn:",
    "ENC[",
    "sops:",
    "ssm:",
    "gcp-sm:",
    "azure-kv:",
];

#[cfg(test)]
mod tests {
    use super::form::SHORTEST_PART;
    use super::*;

    const SECRET: &str = "aB3$dE&f#G h%20i\\j\"k'l+m=";

    fn cause(secret: &[u8], issuers: &[u8]) -> Option<String> {
        let form = forms(secret).find(|form| form.secret == issuers)?;
        assert!(!form.remedy.is_empty());
        Some(form.cause.into_owned())
    }

    #[test]
    fn the_form_of_a_secret_is_named() {
        let wide: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (issuers, named) in [
            (format!("{SECRET}\n").into_bytes(), "a line break after it"),
            (
                format!("\u{feff}{SECRET}").into_bytes(),
                "a byte order mark",
            ),
            (format!("\"{SECRET}\"").into_bytes(), "quotes around it"),
            (format!(" {SECRET}").into_bytes(), "a blank before it"),
            (b"YUIzJGRFJmYjRyBoJTIwaVxqImsnbCttPQ==".to_vec(), "base64"),
            (b"YUIzJGRFJmYjRyBoJTIwaVxqImsnbCttPQ".to_vec(), "base64"),
            (b"61423324644526662347206825323069".to_vec(), ""),
            (
                format!("JWT_APP_SECRET={SECRET}").into_bytes(),
                "JWT_APP_SECRET=",
            ),
            (SECRET.to_uppercase().into_bytes(), "capitals"),
            (SECRET.to_lowercase().into_bytes(), "small letters"),
            (wide, "UTF-16"),
            (
                SECRET.replace('&', "&amp;").into_bytes(),
                "`&` written as `&amp;`",
            ),
            (SECRET.replace('\\', "\\\\").into_bytes(), "`\\` doubled"),
            (SECRET.replace("$dE", "").into_bytes(), "`$`"),
            (SECRET.replace('$', "").into_bytes(), "`$`"),
            (
                SECRET.split('#').next().unwrap().into(),
                "`#` and what follows",
            ),
            (
                SECRET.split(' ').next().unwrap().into(),
                "` ` and what follows",
            ),
            (SECRET.replace("%20", " ").into_bytes(), "percent-decod"),
            (SECRET.replace('%', "%%").into_bytes(), "`%` doubled"),
            (SECRET.replace('"', "").into_bytes(), "`\"`"),
            (SECRET.replace('\'', "").into_bytes(), "`'`"),
            (SECRET.replace('+', " ").into_bytes(), "`+`"),
            (SECRET.trim_end_matches('=').into(), "`=`"),
            (
                b"aB3%24dE%26f%23G%20h%2520i%5Cj%22k%27l%2Bm%3D".to_vec(),
                "percent-encod",
            ),
        ] {
            let found = cause(SECRET.as_bytes(), &issuers);
            if named.is_empty() {
                assert_eq!(found, None);
                continue;
            }
            let found = found.unwrap_or_else(|| panic!("{named}"));
            assert!(found.contains(named), "{named}: {found}");
            assert!(!found.contains("aB3"), "{found}");
        }
    }

    #[test]
    fn the_form_of_the_servers_own_secret_is_named() {
        for (secret, issuers, named) in [
            ("'s3cret'", "s3cret", "quotes around it"),
            ("“s3cret”", "s3cret", "quotes around it"),
            ("s3cret \n", "s3cret", "blanks around it"),
            ("czNjcmV0", "s3cret", "in base64"),
            ("czNjcmV0Cg==", "s3cret", "in base64"),
            ("_-_-", "/+/+", "the other alphabet"),
            ("733363726574", "s3cret", "in hex digits"),
            (
                "JWT_APP_SECRET=s3cret",
                "s3cret",
                "name of a variable before it",
            ),
            ("\u{feff}s3cret", "s3cret", "byte order mark"),
            ("a&amp;b", "a&b", "`&amp;`"),
            ("a\\\\b", "a\\b", "`\\`"),
            ("a$$b", "a$b", "`$`"),
            ("a%23b", "a#b", "percent-decod"),
        ] {
            let found = cause(secret.as_bytes(), issuers.as_bytes());
            let found = found.unwrap_or_else(|| panic!("{secret}"));
            assert!(found.contains(named), "{secret}: {found}");
        }
    }

    #[test]
    fn digests_of_a_secret_are_named() {
        for (issuers, named) in [
            ("33e1b232a4e6fa0028a6670753749a17", "MD5"),
            ("E21DDC8FF8D6F2F5C5AE4F4F2AE2EB5D4B5E4E8B", ""),
            (
                "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0",
                "SHA-256",
            ),
        ] {
            let found = cause(b"s3cret", issuers.as_bytes()).unwrap_or_default();
            assert!(found.contains(named), "{named}: {found}");
        }
    }

    #[test]
    fn what_only_stands_for_a_secret_is_known() {
        for secret in [
            "$JWT_APP_SECRET",
            "${JWT_APP_SECRET}",
            "${X:-y}",
            "%SECRET%",
            "{{ secret }}",
            "<app_secret>",
            "[secret]",
            "file:///run/secrets/jwt",
            "/run/secrets/jwt",
            "/etc/jitsi/secret",
            "eyJh.eyJp.c2ln",
            "vault:secret/jitsi#key",
            "op://vault/jitsi",
            "@secret.txt",
            "your_app_secret",
            "XXXXXXXX",
            "***",
            "REPLACE_ME",
            "JWT_APP_SECRET",
        ] {
            assert!(stand_in(secret.as_bytes()).is_some(), "{secret}");
        }
        for secret in [
            "",
            "s3cret",
            "$2y$10$abcdefg",
            "a/b+c==",
            "/a9F+k2",
            "<",
            "0123456789abcdef",
            "eyes.on.you.all",
        ] {
            assert!(stand_in(secret.as_bytes()).is_none(), "{secret}");
        }
    }

    #[test]
    fn nobody_is_told_of_short_parts_who_could_guess_the_rest_from_them() {
        for secret in [
            SECRET,
            "k7#x9$p2!z4&q8;m3 w5",
            "0123456789abcdef0123456789abcdef",
        ] {
            for form in forms(secret.as_bytes()).filter(Form::may_be_told) {
                let is_beginning = secret.as_bytes().starts_with(&form.secret);
                let is_short = form.secret.len() < SHORTEST_PART && !form.secret.is_empty();
                assert!(!(is_beginning && is_short), "{secret}: {}", form.cause);
            }
        }
    }

    #[test]
    fn the_number_of_forms_is_bounded_whatever_is_in_a_secret() {
        let every: String = (' '..='~').collect();
        assert!(
            forms(every.as_bytes()).count() <= 400,
            "{}",
            forms(every.as_bytes()).count()
        );
        assert!(forms(b"0123456789abcdef0123456789abcdef").count() <= 128);
    }
}
