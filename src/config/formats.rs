//! What a file is that was named in place of another one.

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The daemon's own configuration.
    Toml,
    /// Prosody's configuration.
    Lua,
    /// Variables, as docker compose reads them.
    Variables,
    /// A file of docker compose, or other YAML.
    Yaml,
    Json,
    /// Keys or certificates.
    Pem,
    Token,
}

impl Format {
    /// The format's name for messages, and the option that takes such a file.
    #[must_use]
    pub const fn named(self) -> &'static str {
        match self {
            Self::Toml => "the daemon's own configuration, which is read with --config",
            Self::Lua => "a configuration of Prosody (Lua), which is read with --prosody-config",
            Self::Variables => "a file of variables (.env), which is read with --env-file",
            Self::Yaml => {
                "YAML, which is not read; the variables of docker-jitsi-meet are in the .env beside docker-compose.yml, \
                 which is read with --env-file"
            }
            Self::Json => "JSON, which is not read; a configuration in TOML is read with --config",
            Self::Pem => {
                "a PEM file; its path is the value of public_key_file in a configuration that is read with --config"
            }
            Self::Token => "a token, which `prosody-tokend explain` reads from standard input",
        }
    }
}

/// The format of a text, if it shows.
#[must_use]
pub fn recognize(text: &str) -> Option<Format> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with("-----BEGIN ") {
        return Some(Format::Pem);
    }
    if text.starts_with("eyJ")
        && !text.contains(char::is_whitespace)
        && text.matches('.').count() == 2
    {
        return Some(Format::Token);
    }
    if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return Some(Format::Json);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with('#')).collect();
    let any = |is: fn(&str) -> bool| lines.iter().any(|line| is(line));
    if any(is_header) {
        Some(Format::Toml)
    } else if any(is_lua) {
        Some(Format::Lua)
    } else if any(is_assignment) && !any(|line| !is_assignment(line) && is_yaml(line)) {
        Some(Format::Variables)
    } else if any(is_yaml) {
        Some(Format::Yaml)
    } else {
        None
    }
}

/// What is written otherwise in TOML in this line, which some other language has.
#[must_use]
pub fn slip(line: &str) -> Option<&'static str> {
    let line = line.trim();
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    let value = value.trim();
    if line.starts_with("--") || line.starts_with("//") {
        Some("# in front of a comment")
    } else if has_typographic_quotes(line) {
        Some("straight quotes (\") in place of typographic ones")
    } else if value.starts_with('{') && !value.contains('=') {
        Some("a list in brackets: [\"a\", \"b\"]")
    } else if line.ends_with([';', ',']) {
        Some("nothing behind the value: no ; or , at the end of a line")
    } else if name.contains(':') && value.is_empty() && is_yaml(line) {
        Some("name = \"value\" in place of name: value")
    } else if value.starts_with(|c: char| c.is_ascii_alphabetic() || "/$<".contains(c))
        && !is_word(value)
    {
        Some("quotes around a text: name = \"value\"")
    } else {
        None
    }
}

/// Whether a line has quotes as word processors write them.
#[must_use]
pub fn has_typographic_quotes(line: &str) -> bool {
    line.contains(['“', '”', '„', '‘', '’', '«', '»'])
}

fn is_word(value: &str) -> bool {
    matches!(value, "true" | "false" | "inf" | "nan")
}

/// A section of TOML: `[name]`.
fn is_header(line: &str) -> bool {
    let inner = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inner.is_some_and(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"'))
}

fn is_lua(line: &str) -> bool {
    let is_call = |name: &&str| {
        let rest = line.strip_prefix(*name);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['"', '\'', '(', '“', '[']))
    };
    ["VirtualHost", "Component", "Include"].iter().any(is_call)
        || (line.starts_with("--") && line != "---")
        || line.starts_with("local ")
        || line.split_once('=').is_some_and(|(name, value)| {
            is_name(name.trim()) && value.trim_start().starts_with('{')
        })
}

fn is_assignment(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let name = line.split_once('=').map_or("", |(name, _)| name.trim());
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_yaml(line: &str) -> bool {
    let item = line.strip_prefix("- ").unwrap_or(line);
    let name = item
        .split_once(": ")
        .map(|(name, _)| name)
        .or_else(|| item.strip_suffix(':'));
    line == "---" || name.is_some_and(|name| is_name(name.trim_matches(['"', '\''])))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_for_what_it_is() {
        for (text, format) in [
            ("[hosts.\"a.example\"]\napp_id = \"a\"", Some(Format::Toml)),
            ("# a\n[limits]\n", Some(Format::Toml)),
            (
                "VirtualHost \"a.example\"\n  app_id = \"a\"",
                Some(Format::Lua),
            ),
            ("-- comment\nadmins = { }", Some(Format::Lua)),
            ("modules_enabled = {\n \"roster\";\n}", Some(Format::Lua)),
            ("local x = 5\nadmins = x", Some(Format::Lua)),
            ("Component \"c.example\" \"muc\"", Some(Format::Lua)),
            ("JWT_APP_ID=a\nJWT_APP_SECRET=b", Some(Format::Variables)),
            ("# x\nexport A=b\n", Some(Format::Variables)),
            ("\u{feff}A=b", Some(Format::Variables)),
            ("services:\n  web:\n    image: x", Some(Format::Yaml)),
            ("---\napp_id: a", Some(Format::Yaml)),
            ("hosts:\n  - app_id: a", Some(Format::Yaml)),
            ("{\"hosts\": {}}", Some(Format::Json)),
            ("-----BEGIN PUBLIC KEY-----\nx", Some(Format::Pem)),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA\n", Some(Format::Token)),
            ("app_id = \"a\"", None),
            ("", None),
        ] {
            assert_eq!(recognize(text), format, "{text}");
        }
    }

    #[test]
    fn a_slip_is_told_by_what_toml_has_there() {
        for (line, expected) in [
            ("-- tokens", Some("# in front of a comment")),
            ("// tokens", Some("# in front of a comment")),
            ("app_id = “a”", Some("straight quotes")),
            (
                "asap_accepted_issuers = { \"a\" }",
                Some("a list in brackets"),
            ),
            ("app_id = \"a\";", Some("nothing behind the value")),
            ("app_id: \"a\"", Some("in place of name: value")),
            ("app_id = my_app", Some("quotes around a text")),
            ("app_secret = $SECRET", Some("quotes around a text")),
            ("app_id = ", None),
            ("leeway = 5", None),
            ("require_exp = true x", Some("quotes around a text")),
        ] {
            let found = slip(line);
            let is_right = match (found, expected) {
                (Some(found), Some(expected)) => found.contains(expected),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            assert!(is_right, "{line}: {found:?}");
        }
    }
}
