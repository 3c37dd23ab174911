//! Where decisions are recorded.

use std::path::PathBuf;

use crate::origin::problem::ProblemKind;

use super::raw::Section;

/// The audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLog {
    /// Where it is.
    pub place: AuditPlace,
    /// Whether a decision that is not recorded does not count.
    pub required: bool,
}

impl AuditLog {
    /// The file, where it is one.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            AuditPlace::File(path) => Some(path.clone()),
            AuditPlace::Journal => None,
        }
    }
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditPlace {
    /// To the end of this file.
    File(PathBuf),
    /// To systemd's journal.
    Journal,
}

/// Reads the section. None where there is to be no such log, or where something is wrong with it, which is noted.
pub fn read(section: Section<'_>) -> Option<AuditLog> {
    let place = place(&section);
    let required = section.boolean("required").unwrap_or(false);
    let is_nowhere = required && !section.has("file");
    if is_nowhere {
        section.problem(
            "required",
            ProblemKind::Conflict,
            "true, and no file",
            EXPECTED,
        );
    }
    section.finish();
    let place = place?;
    Some(AuditLog { place, required })
}

fn place(section: &Section<'_>) -> Option<AuditPlace> {
    let text = section.string("file")?;
    if text == JOURNAL {
        return Some(AuditPlace::Journal);
    }
    let path = PathBuf::from(&text);
    if !path.is_absolute() || text.ends_with('/') {
        section.problem(
            "file",
            ProblemKind::WrongValue,
            &format!("{text:?}"),
            EXPECTED,
        );
        return None;
    }
    Some(AuditPlace::File(path))
}

/// The place that is no file.
pub const JOURNAL: &str = "journal";

const EXPECTED: &str =
    "file = \"/var/log/prosody-tokend/audit.jsonl\", another absolute path, or \"journal\"";
