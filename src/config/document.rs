//! A TOML file as its author sees it: which key stands in which line.

use std::path::{Path, PathBuf};

use figment::value::Dict;
use serde::Deserialize as _;
use toml_edit::de::{Deserializer, Error};
use toml_edit::{ImDocument, Item, TableLike};

use super::formats::{self, Format};
use crate::config::refused::Refused;
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};

/// A parsed file.
pub struct TomlDocument {
    path: PathBuf,
    toml: ImDocument<String>,
    /// Where each line ends, in bytes.
    breaks: Vec<usize>,
}

impl TomlDocument {
    /// Reads a file's text, and refuses what is no TOML.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Refused> {
        let breaks: Vec<usize> = text.match_indices('\n').map(|(index, _)| index).collect();
        let toml = ImDocument::parse(text.to_owned()).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let line = line(&breaks, offset);
            let message = error.message().trim().replace('\n', ", ");
            let (kind, found, expected) = mistake(text, line, message);
            Refused::from(ConfigProblem {
                kind,
                key: "the file".to_owned(),
                host: None,
                found,
                expected,
                origin: Origin::File(path.to_owned(), Some(line)),
            })
        })?;
        Ok(Self {
            path: path.to_owned(),
            toml,
            breaks,
        })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's values. Fails on values that no setting can have.
    pub fn root(&self) -> Result<Dict, Error> {
        Dict::deserialize(Deserializer::from(self.toml.clone()))
    }

    /// The file, and the line of the deepest key of `path` that stands in it. A table of an array is named by its place.
    #[must_use]
    pub fn origin(&self, path: &[String]) -> Origin {
        let mut place = Some(Place::Table(self.toml.as_table()));
        let mut offset = None;
        for name in path {
            let Some((begins, next)) = place.and_then(|place| place.step(name)) else {
                break;
            };
            offset = begins.or(offset);
            place = next;
        }
        let line = offset.map(|offset| line(&self.breaks, offset));
        Origin::File(self.path.clone(), line)
    }

    /// Whether there is a list at this path, in brackets. Tables below double brackets are none.
    #[must_use]
    pub fn is_list(&self, path: &[String]) -> bool {
        let mut names = path.iter();
        let first = names.next().and_then(|name| self.toml.get(name));
        let item = names.try_fold(first, |item, name| Some(item?.get(name)));
        item.flatten().is_some_and(Item::is_array)
    }
}

/// What a path has led to.
enum Place<'a> {
    Table(&'a dyn TableLike),
    /// Several tables under one name.
    Tables(&'a Item),
}

impl Place<'_> {
    /// The next part of a path: where it begins, and what goes on from there.
    fn step(self, name: &str) -> Option<(Option<usize>, Option<Self>)> {
        match self {
            Self::Table(table) => {
                let (key, item) = table.get_key_value(name)?;
                let span = key.span().or_else(|| item.span());
                let next = match item.as_table_like() {
                    Some(table) => Some(Self::Table(table)),
                    None if item.is_array_of_tables() || item.is_array() => {
                        Some(Self::Tables(item))
                    }
                    None => None,
                };
                Some((span.map(|span| span.start), next))
            }
            Self::Tables(item) => {
                let item = item.get(name.parse::<usize>().ok()?)?;
                let begins = item.span().map(|span| span.start);
                Some((begins, item.as_table_like().map(Self::Table)))
            }
        }
    }
}

/// The kind of mistake in a text that is no TOML, what was found, and what is expected.
fn mistake(text: &str, line: usize, message: String) -> (ProblemKind, String, String) {
    match formats::recognize(text) {
        Some(Format::Toml) | None => {
            let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            let slip = formats::slip(line);
            let expected = slip.map_or_else(
                || "TOML".to_owned(),
                |slip| format!("TOML, which has {slip}"),
            );
            (ProblemKind::Syntax, message, expected)
        }
        Some(other) => (
            ProblemKind::WrongFormat,
            other.named().to_owned(),
            "the daemon's own configuration, in TOML".to_owned(),
        ),
    }
}

/// The line, from 1, in which the byte at `offset` stands, where lines end at these bytes.
fn line(breaks: &[usize], offset: usize) -> usize {
    let ended = breaks.partition_point(|end| *end < offset);
    ended.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin_in(text: &str, path: &[&str]) -> Option<usize> {
        let document = TomlDocument::parse(Path::new("/t.toml"), text).unwrap();
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        match document.origin(&path) {
            Origin::File(_, line) => line,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_line_is_that_of_the_deepest_key_that_is_there() {
        let text = "a = 1\r\n\nb = \"\"\"\nx\n\"\"\"\n[t]\nc = [\n1]\n[t.\"u.v\"]\nd = 2";
        for (path, line) in [
            (&["a"][..], Some(1)),
            (&["b"], Some(3)),
            (&["t"], Some(6)),
            (&["t", "c"], Some(7)),
            (&["t", "u.v", "d"], Some(10)),
            (&["t", "u.v", "missing"], Some(9)),
            (&["t", "missing", "d"], Some(6)),
            (&["missing"], None),
        ] {
            assert_eq!(origin_in(text, path), line, "{path:?}");
        }
    }

    #[test]
    fn a_list_is_no_row_of_tables() {
        for (text, is_list) in [
            ("[h.\"a.b\"]\ni = [{ n = 1 }]", true),
            ("[h.\"a.b\"]\ni = []", true),
            ("[[h.\"a.b\".i]]\nn = 1", false),
            ("[h.\"a.b\"]\ni = { n = 1 }", false),
            ("[h.\"a.b\"]\nj = [1]", false),
            ("h = 1", false),
            ("", false),
        ] {
            let document = TomlDocument::parse(Path::new("/t.toml"), text).unwrap();
            let path = ["h", "a.b", "i"].map(str::to_owned);
            assert_eq!(document.is_list(&path), is_list, "{text:?}");
        }
    }

    #[test]
    fn another_language_is_named_with_the_way_to_hand_it_over() {
        for (text, found, expected) in [
            (
                "VirtualHost \"a.example\"\n",
                "a configuration of Prosody (Lua), which is read with --prosody-config",
                "in TOML",
            ),
            (
                "JWT_APP_ID=a\nJWT_APP_SECRET=b\n",
                "a file of variables (.env), which is read with --env-file",
                "in TOML",
            ),
            ("services:\n  prosody:\n", "YAML", "in TOML"),
            ("{\"hosts\": {}}", "JSON", "in TOML"),
            (
                "-- tokens\n[hosts.a]\n",
                "",
                "TOML, which has # in front of a comment",
            ),
            (
                "[hosts.a]\nasap_accepted_issuers = { \"a\" }\n",
                "",
                "TOML, which has a list in brackets",
            ),
            (
                "[hosts.a]\napp_id = \"a\";\n",
                "",
                "TOML, which has nothing behind the value",
            ),
            (
                "[hosts.a]\napp_id = “a”\n",
                "",
                "TOML, which has straight quotes",
            ),
            (
                "[hosts.a]\napp_id: a\n",
                "",
                "TOML, which has name = \"value\"",
            ),
        ] {
            let refused = TomlDocument::parse(Path::new("/t.toml"), text)
                .err()
                .unwrap();
            let problem = &refused.problems[0];
            assert!(problem.found.contains(found), "{problem}");
            assert!(problem.expected.contains(expected), "{problem}");
        }
    }

    #[test]
    fn a_mistake_in_the_syntax_has_its_line() {
        for (text, line) in [("a = ", 1), ("a = 1\nb\n", 2), ("a = 1\n\n\na = 2\n", 4)] {
            let refused = TomlDocument::parse(Path::new("/t.toml"), text)
                .err()
                .unwrap();
            let origin = Origin::File("/t.toml".into(), Some(line));
            assert_eq!(refused.problems[0].origin, origin, "{text:?}");
        }
    }
}
