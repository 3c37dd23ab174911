//! Lines to write, each whole and with its place, so that nothing of what is there is lost.

use crate::origin::Origin;
use crate::prosody::coercion;
use crate::prosody::value::Setting;

use super::facts::{Endpoint, Facts};

/// What a running Prosody needs before it goes by another configuration.
pub const RESTART: &str = "systemctl restart prosody";

/// What writes the shim's files of this version into a folder.
pub fn shim_to(folder: &str) -> String {
    let folder = shlex::try_quote(folder).unwrap_or(folder.into());
    format!("prosody-tokend shim --to {folder}")
}

/// The texts of a list, as Prosody takes them.
pub fn texts(setting: Option<&Setting>) -> Vec<String> {
    let texts = coercion::strings(setting.map(|setting| &setting.value)).value;
    let texts = texts.unwrap_or_default().into_iter();
    texts
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .collect()
}

/// A whole list that takes the place of the one that is there: a second assignment would drop what the first one has.
pub fn list_in_place(option: &str, origin: &Origin, texts: &[String]) -> String {
    format!(
        "at {origin} write, in place of the whole of {option} that begins there: {}",
        list(option, texts)
    )
}

/// `option = { "a", "b" }`.
pub fn list(option: &str, texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    if texts.is_empty() {
        return format!("{option} = {{}}");
    }
    format!("{option} = {{ {} }}", texts.join(", "))
}

/// A text as Lua and TOML both write it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The line that has Prosody ask there, where the present one stands or else above all hosts.
pub fn asking(facts: &Facts, endpoint: &Endpoint, url: &str) -> String {
    let line = format!("tokend_url = \"{url}\"");
    match &endpoint.origin {
        Origin::File(..) => format!("at {} write: {line}", endpoint.origin),
        _ => format!(
            "at the top of {} write: {line}",
            facts.prosody_path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_whole() {
        for (texts, expected) in [
            (vec![], "o = {}"),
            (vec!["a"], "o = { \"a\" }"),
            (vec!["a", "b \"c\""], "o = { \"a\", \"b \\\"c\\\"\" }"),
        ] {
            let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
            assert_eq!(list("o", &texts), expected);
        }
    }
}
