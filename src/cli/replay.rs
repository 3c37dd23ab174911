//! `prosody-tokend replay`.
#![expect(clippy::disallowed_methods, reason = "reads the recorded cases")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::replay::case::Case;
use crate::replay::difference::{self, Comparison, Difference};
use crate::replay::{Replay, Verdict};
use crate::verifier::undecided::Undecided;
use crate::worker::Worker;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use super::failure::{Failure, StartError, Status};
use super::layout;
use super::output::OutputError;
use super::remark::remark;
use super::sources::{self, SourceArguments};
use super::statuses::{ExitStatus, INPUT, NO, NO_INPUT};

/// Options of `replay`.
#[derive(Args)]
pub struct ReplayArguments {
    /// The recorded cases; - for standard input
    file: PathBuf,
    #[command(flatten)]
    sources: SourceArguments,
    /// Compare with the recorded verdicts, say what differs, and fail where anything does
    #[arg(long)]
    check: bool,
}

/// Why cases were not decided, or not as they were recorded.
#[derive(Debug, Error)]
pub enum ReplayError {
    #[error("cannot read {path}")]
    Cases { path: PathBuf, source: io::Error },
    #[error("{path}:{line}: not a recorded case")]
    Case {
        path: PathBuf,
        line: usize,
        source: serde_json::Error,
    },
    #[error("{path}:{line}: cannot be decided")]
    Undecided {
        path: PathBuf,
        line: usize,
        source: Undecided,
    },
    #[error("{0} of the verdicts differ from what was recorded")]
    Differences(usize),
}

impl Status for ReplayError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Cases { .. } => NO_INPUT,
            Self::Case { .. } | Self::Undecided { .. } => INPUT,
            Self::Differences(_) => NO,
        }
    }
}

/// Decides all cases, and compares them with what was recorded where that is asked for.
pub fn run(arguments: &ReplayArguments) -> Result<(), Failure> {
    let replay = replay(&arguments.sources)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(StartError::from)?;
    let mut output = Verdicts::new(arguments.check);
    let mut summary = Summary::new(arguments.check);
    for (number, line) in lines(&arguments.file)?.enumerate() {
        let place = Place {
            path: &arguments.file,
            line: number.saturating_add(1),
        };
        let line = line.map_err(|source| place.unreadable(source))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Case = serde_json::from_str(&line).map_err(|source| place.malformed(source))?;
        let decided = runtime.block_on(replay.decide(&case));
        let verdict = decided.map_err(|source| place.undecided(source))?;
        let comparison = difference::compare(&case, &verdict);
        summary.add(&verdict, &comparison);
        let line = serde_json::to_vec(&Line::new(&verdict, &comparison, arguments.check));
        let mut line = line.map_err(|error| OutputError::from(io::Error::from(error)))?;
        line.push(b'\n');
        output.write(&line)?;
    }
    output.finish()?;
    Ok(summary.finish()?)
}

fn replay(sources: &SourceArguments) -> Result<Replay, Failure> {
    let patterns = Arc::new(Worker::for_patterns().map_err(StartError::from)?);
    if !sources.name_any() {
        return Ok(Replay::by_recorded_options(MAX_TOKEN_BYTES, patterns));
    }
    let config = sources::load(sources)?.config?;
    Ok(Replay::by_hosts(config.hosts, patterns))
}

fn lines(path: &Path) -> Result<Box<dyn Iterator<Item = io::Result<String>>>, ReplayError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock().lines()));
    }
    let file = File::open(path).map_err(|source| ReplayError::Cases {
        path: path.to_owned(),
        source,
    })?;
    Ok(Box::new(BufReader::new(file).lines()))
}

/// A line of the output: a verdict, and how it differs from its record where that is asked for.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    verdict: &'a Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
}

impl<'a> Line<'a> {
    fn new(verdict: &'a Verdict, comparison: &Comparison, check: bool) -> Self {
        let difference = match comparison {
            Comparison::Different(difference) if check => Some(difference.to_string()),
            Comparison::Different(_)
            | Comparison::NotRecorded
            | Comparison::Same
            | Comparison::Stricter => None,
        };
        Self {
            verdict,
            difference,
        }
    }
}

/// Where verdicts go.
struct Verdicts {
    /// None once nobody reads them any more.
    output: Option<BufWriter<io::StdoutLock<'static>>>,
    /// Whether the comparison is wanted, too.
    check: bool,
}

impl Verdicts {
    fn new(check: bool) -> Self {
        let output = Some(BufWriter::new(io::stdout().lock()));
        Self { output, check }
    }

    fn write(&mut self, line: &[u8]) -> Result<(), OutputError> {
        let written = self.output.as_mut().map(|output| output.write_all(line));
        self.took(written)
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let flushed = self.output.as_mut().map(Write::flush);
        self.took(flushed)
    }

    /// Where nobody reads and nothing is compared, the other cases need not be decided.
    fn took(&mut self, written: Option<io::Result<()>>) -> Result<(), OutputError> {
        match written.unwrap_or(Ok(())).map_err(OutputError::from) {
            Err(OutputError::Unread) if self.check => {
                self.output = None;
                Ok(())
            }
            other => other,
        }
    }
}

/// Where a case stands.
struct Place<'a> {
    path: &'a Path,
    line: usize,
}

impl Place<'_> {
    fn unreadable(&self, source: io::Error) -> ReplayError {
        let path = self.path.to_owned();
        ReplayError::Cases { path, source }
    }

    fn malformed(&self, source: serde_json::Error) -> ReplayError {
        ReplayError::Case {
            path: self.path.to_owned(),
            line: self.line,
            source,
        }
    }

    fn undecided(&self, source: Undecided) -> ReplayError {
        ReplayError::Undecided {
            path: self.path.to_owned(),
            line: self.line,
            source,
        }
    }
}

/// How the verdicts compare with the records; and how far the work is, on a terminal.
struct Summary {
    check: bool,
    progress: bool,
    cases: usize,
    same: usize,
    stricter: usize,
    different: usize,
}

impl Summary {
    fn new(check: bool) -> Self {
        Self {
            check,
            progress: io::stderr().is_terminal() && !io::stdout().is_terminal(),
            cases: 0,
            same: 0,
            stricter: 0,
            different: 0,
        }
    }

    fn add(&mut self, verdict: &Verdict, comparison: &Comparison) {
        self.cases = self.cases.saturating_add(1);
        let counted = match comparison {
            Comparison::NotRecorded => None,
            Comparison::Same => Some(&mut self.same),
            Comparison::Stricter => Some(&mut self.stricter),
            Comparison::Different(difference) => {
                if self.check && self.different < MAX_SHOWN {
                    remark(&layout::plain(&differs(verdict, difference)));
                }
                Some(&mut self.different)
            }
        };
        if let Some(count) = counted {
            *count = count.saturating_add(1);
        }
        if self.progress && self.cases.is_multiple_of(1_000) {
            remark(&format!("\r{} cases\r", self.cases));
        }
    }

    fn finish(self) -> Result<(), ReplayError> {
        if !self.check {
            return Ok(());
        }
        let hidden = self.different.saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            remark(&format!(
                "and {hidden} more; all of them have \"difference\" in the output\n"
            ));
        }
        let recorded = self
            .same
            .saturating_add(self.stricter)
            .saturating_add(self.different);
        remark(&format!(
            "{} cases, {recorded} with a recorded verdict: {} the same, {} stricter as the standards ask, {} different\n",
            self.cases, self.same, self.stricter, self.different
        ));
        match self.different {
            0 => Ok(()),
            different => Err(ReplayError::Differences(different)),
        }
    }
}

/// A line that names the join, what differs, and by whose rules it was decided.
fn differs(verdict: &Verdict, difference: &Difference) -> String {
    let issuer = verdict.issuer.as_ref();
    let issuer = issuer.map_or_else(String::new, |issuer| format!(", by the issuer {issuer}"));
    format!("{}: {difference}{issuer}\n", verdict.name)
}

/// Differences are shown one by one up to this number.
const MAX_SHOWN: usize = 20;

/// The longest token where no configuration says, in bytes: the default of `limits.token_bytes`.
const MAX_TOKEN_BYTES: usize = 16_384;
