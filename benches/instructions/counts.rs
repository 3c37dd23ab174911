//! The counts that were accepted, and what they were made with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

use toml_edit::ImDocument;

use super::Outcome;

/// Counts by case.
pub struct Counts {
    /// What built the program.
    pub toolchain: Toolchain,
    instructions: BTreeMap<String, u64>,
}

impl Counts {
    /// Takes counts by case.
    pub fn new<'a>(toolchain: Toolchain, counts: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let counts = counts.map(|(case, count)| (case.to_owned(), count));
        Self {
            toolchain,
            instructions: counts.collect(),
        }
    }

    /// The count of a case, where it has one.
    pub fn of(&self, case: &str) -> Option<u64> {
        self.instructions.get(case).copied()
    }

    /// Reads the counts that were accepted.
    pub fn read(path: &Path) -> Outcome<Self> {
        let document = ImDocument::parse(std::fs::read_to_string(path)?)?;
        let text = |name: &str| {
            let value = document.get(name).and_then(|value| value.as_str());
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("{}: no {name}", path.display()))
        };
        let table = document
            .get("instructions")
            .and_then(|value| value.as_table_like());
        let counts = table.into_iter().flat_map(|table| table.iter());
        let counts = counts.filter_map(|(case, value)| {
            let count = u64::try_from(value.as_integer()?).ok()?;
            Some((case.to_owned(), count))
        });
        Ok(Self {
            toolchain: Toolchain {
                compiler: text("compiler")?,
                target: text("target")?,
            },
            instructions: counts.collect(),
        })
    }

    /// Writes the counts.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let Toolchain { compiler, target } = &self.toolchain;
        let counts = self.instructions.iter();
        let counts: Vec<String> = counts
            .map(|(case, count)| format!("{case} = {count}\n"))
            .collect();
        let counts = counts.concat();
        let text = format!(
            "# Instructions of one exchange, in the code of this project and its libraries in Rust.\n\
             # make instructions ACCEPT=1 writes this file, make test fails where a count is more than 3 % higher.\n\
             compiler = \"{compiler}\"\ntarget = \"{target}\"\n\n[instructions]\n{counts}"
        );
        std::fs::write(path, text)
    }
}

/// A compiler, and what it builds for.
#[derive(PartialEq, Eq)]
pub struct Toolchain {
    compiler: String,
    target: String,
}

impl Toolchain {
    /// The one in use.
    pub fn here() -> Outcome<Self> {
        let output = Command::new("rustc").arg("-vV").output()?;
        let text = String::from_utf8(output.stdout)?;
        let compiler = text.lines().next().ok_or("rustc -vV says nothing")?;
        let target = text.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            compiler: compiler.to_owned(),
            target: target.ok_or("rustc -vV names no host")?.to_owned(),
        })
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} for {}", self.compiler, self.target)
    }
}
