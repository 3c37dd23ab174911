//! What callers must send: a secret of each kind that fits into a header.

use std::path::Path;

use super::raw::Section;
use super::secrets;
use crate::options::{self, ADMIN_KEY, API_KEY, Role, SecretKeys};
use crate::origin::problem::ProblemKind;
use crate::secret::Secret;

/// What each kind of callers must send.
pub struct CallerKeys {
    /// Prosody, where something is set.
    pub api: Option<Secret>,
    /// Administrators, where something is set.
    pub admin: Option<Secret>,
    /// Which of them are set. One that is refused was meant, all the same.
    pub set: SetKeys,
}

/// Which keys are set, of those that callers send.
#[derive(Debug, Clone, Copy)]
pub struct SetKeys {
    pub api: bool,
    pub admin: bool,
}

impl CallerKeys {
    /// Reads the keys of Prosody and of administrators, which must differ.
    pub fn read(
        root: &Section<'_>,
        credentials: Option<&Path>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let mut key = |keys, role| read(root, keys, role, credentials, warnings);
        let keys = Self {
            api: key(&API_KEY, Role::ApiKey),
            admin: key(&ADMIN_KEY, Role::AdminKey),
            set: SetKeys {
                api: root.has_any(options::names(Role::ApiKey)),
                admin: root.has_any(options::names(Role::AdminKey)),
            },
        };
        keys.refuse_same(root);
        keys
    }

    /// A key of one kind opens nothing of another.
    fn refuse_same(&self, root: &Section<'_>) {
        let both = self.api.as_ref().zip(self.admin.as_ref());
        if both.is_some_and(|(api, admin)| api.bytes() == admin.bytes()) {
            let option = options::names(Role::AdminKey).find(|name| root.has(name));
            root.problem(
                option.unwrap_or(ADMIN_KEY.value),
                ProblemKind::Conflict,
                "the same key as api_key (not shown)",
                "another one, which Prosody does not have; `openssl rand -hex 32` makes one",
            );
        }
    }
}

/// Reads the key of one kind of callers. A key that cannot be sent as `Authorization: Bearer KEY`, or is short enough to
/// guess, is a mistake.
fn read(
    root: &Section<'_>,
    keys: &SecretKeys,
    role: Role,
    credentials: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Option<Secret> {
    let key = secrets::read(root, keys, credentials)?;
    let option = options::names(role).find(|name| root.has(name))?;
    if let Some(fault) = fault(key.bytes()) {
        root.problem(
            option,
            ProblemKind::WrongValue,
            &format!("{fault} (not shown)"),
            EXPECTED,
        );
        return None;
    }
    if key.bytes().len() < SAFE_BYTES {
        warnings.push(format!(
            "{option} is shorter than {SAFE_BYTES} characters: it can be guessed; `openssl rand -hex 32` makes a good one"
        ));
    }
    Some(key)
}

fn fault(key: &[u8]) -> Option<&'static str> {
    let is_whole = |byte: &u8| byte.is_ascii_graphic();
    if !key.iter().all(is_whole) {
        return Some(
            "a key with a blank, a line break or another character that no header carries",
        );
    }
    (key.len() < MIN_BYTES).then_some("a key that anybody guesses")
}

const EXPECTED: &str = "at least 8 letters, digits and signs of ASCII on one line, without blanks; \
    `openssl rand -hex 32` makes a good one";
const MIN_BYTES: usize = 8;
const SAFE_BYTES: usize = 16;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write key files")]
mod tests {
    use super::super::layers::Inputs;
    use super::super::{Config, load};

    fn with(options: &str) -> Result<Config, String> {
        let host = "[hosts.a]\napp_id = \"a\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), format!("{options}\n{host}"))),
            ..Inputs::default()
        };
        load(&sources).map_err(|refused| refused.to_string())
    }

    #[test]
    fn a_key_that_is_guessed_or_that_no_header_carries_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for (text, found) in [
            ("k", "guesses"),
            ("seven77", "guesses"),
            (" ", "blank"),
            ("         ", "blank"),
            ("\t0123456789abcdef", "blank"),
            ("0123456789abcdef ", "blank"),
            ("01234567 89abcdef", "blank"),
            ("01234567\n89abcdef", "blank"),
            ("01234567\r\nX-Other: 1", "blank"),
            ("0123456789abcdef\n\n", "blank"),
            ("0123456789abcdef\u{e9}", "blank"),
            ("0123456789abcdef\0", "blank"),
        ] {
            std::fs::write(&path, text).unwrap();
            let literal = serde_json::to_string(text).unwrap();
            for option in [
                format!("api_key = {literal}"),
                format!("api_key_file = \"{}\"", path.display()),
            ] {
                // The line break at a file's end is no part of what it holds.
                let refusal = with(&option).expect_err(text);
                assert!(refusal.contains(found), "{option}: {refusal}");
                assert!(refusal.contains("[/etc/t.toml:1]"), "{refusal}");
                assert!(
                    !refusal.contains("0123") && !refusal.contains("1 mistakes"),
                    "{refusal}"
                );
            }
        }
    }

    #[test]
    fn a_refused_key_does_not_make_addresses_look_open() {
        let refusal = with("api_key = \"k\"\nlisten = [\"0.0.0.0:1\"]").unwrap_err();
        assert!(refusal.contains("has 1 mistake:"), "{refusal}");
    }

    #[test]
    fn a_key_is_taken_as_it_stands_and_a_short_one_is_warned_of() {
        for (key, warned) in [
            ("0123456789abcdef", false),
            ("~!@#$%^&*()_+-=[]{}", false),
            ("0123456789", true),
        ] {
            let config = with(&format!("api_key = \"{key}\"")).unwrap();
            assert_eq!(config.api_key.unwrap().bytes(), key.as_bytes());
            let is_told = config
                .warnings
                .iter()
                .any(|text| text.starts_with("api_key is shorter"));
            assert_eq!(is_told, warned, "{key}");
        }
    }
}
