//! One thing that is wrong.

use serde::Serialize;

/// How bad something is; the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody who should get in does not, or somebody gets in who should not.
    Error,
    /// It works, and is better changed.
    Warning,
    /// Good to know.
    Note,
}

/// What is wrong, why that matters, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// A stable name of the kind of finding.
    pub code: &'static str,
    /// What was found where.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// The command to type, or the lines to write and where.
    #[serde(rename = "type")]
    pub remedy: String,
}

impl Finding {
    /// Something that keeps people out, or lets them in.
    #[must_use]
    pub fn error(code: &'static str, what: String, why: &str, remedy: String) -> Self {
        Self::new(Severity::Error, code, what, why, remedy)
    }

    /// Something to change that does not break joins now.
    #[must_use]
    pub fn warning(code: &'static str, what: String, why: &str, remedy: String) -> Self {
        Self::new(Severity::Warning, code, what, why, remedy)
    }

    /// Something to know.
    #[must_use]
    pub fn note(code: &'static str, what: String, why: &str, remedy: String) -> Self {
        Self::new(Severity::Note, code, what, why, remedy)
    }

    /// Whether it keeps people out, or lets them in.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self.severity, Severity::Error)
    }

    fn new(
        severity: Severity,
        code: &'static str,
        what: String,
        why: &str,
        remedy: String,
    ) -> Self {
        Self {
            severity,
            code,
            what,
            why: why.to_owned(),
            remedy,
        }
    }
}
