//! Counts the instructions of a decision, and holds them against committed counts: `make instructions`.
//!
//! [`exchange`] is what is counted: the daemon's whole answer to one request, on a connection in memory. [`callgrind`]
//! counts, [`counts`] has what was committed, [`verdict`] compares.
#![expect(
    clippy::disallowed_methods,
    reason = "reads its argument, and files that it and valgrind wrote"
)]

mod callgrind;
mod counts;
mod exchange;
mod policies;
mod report;
mod verdict;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use prosody_tokend::config::{Log, LogFormat};
use prosody_tokend::telemetry;

use self::callgrind::Count;
use self::counts::{Counts, Toolchain};
use self::exchange::{CASES, Exchange};
use self::verdict::Verdict;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["compare"] => compare(),
        ["record"] => record(),
        ["repeat"] => repeat(),
        [exchange::COUNTED, case] => exchange(case),
        _ => Err("expected compare, record or repeat".into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("instructions: {error}");
        ExitCode::FAILURE
    })
}

/// Counts, and holds that against what was committed.
fn compare() -> Outcome<ExitCode> {
    let committed = Counts::read(&counts_file())?;
    let here = Toolchain::here()?;
    if committed.toolchain != here {
        println!(
            "instructions: not compared, since another compiler makes other code: the committed counts are from {}, \
             this is {here}. To go over to it, type: {ACCEPT}",
            committed.toolchain
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "instructions of one exchange, without those of aws-lc and of the system's libraries:"
    );
    let mut passed = true;
    for (case, count) in measured()? {
        let verdict = Verdict::of(committed.of(case), count.own);
        passed &= verdict.passes();
        println!("  {case:<29} {verdict}");
    }
    if passed {
        return Ok(ExitCode::SUCCESS);
    }
    println!("instructions: failed. If it is worth what it costs, type: {ACCEPT}");
    Ok(ExitCode::FAILURE)
}

/// Counts, and writes that down as what is accepted.
fn record() -> Outcome<ExitCode> {
    let counted = measured()?;
    let toolchain = Toolchain::here()?;
    report::replace_section(&document(), "instructions", &table(&counted, &toolchain))?;
    let own = counted.iter().map(|(case, count)| (*case, count.own));
    Counts::new(toolchain, own).write(&counts_file())?;
    println!(
        "instructions: wrote {}, to be committed",
        counts_file().display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Counts each case several times, to see how far counts differ by themselves.
fn repeat() -> Outcome<ExitCode> {
    for case in CASES {
        let mut counts = Vec::new();
        for _ in 0..REPETITIONS {
            counts.push(callgrind::count(case)?);
        }
        println!("{case}: {counts:?}");
    }
    Ok(ExitCode::SUCCESS)
}

fn measured() -> Outcome<Vec<(&'static str, Count)>> {
    let count = |case: &'static str| Ok((case, callgrind::count(case)?));
    CASES.into_iter().map(count).collect()
}

/// Makes the exchanges that are counted, with the log that the journal would get.
fn exchange(case: &str) -> Outcome<ExitCode> {
    let log = Log {
        level: tracing::Level::INFO,
        format: LogFormat::Auto,
    };
    let _logging = telemetry::start(log, true)?;
    let mut exchange = Exchange::prepare(case)?;
    for _ in 0..exchange::EXCHANGES {
        exchange.counted()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(counted: &[(&str, Count)], toolchain: &Toolchain) -> String {
    let mut table = format!(
        "Built by {toolchain}.\n\n\
         | one exchange | own code (compared) | system's libraries | aws-lc |\n| --- | ---: | ---: | ---: |\n"
    );
    for (case, count) in counted {
        let Count {
            own,
            system,
            crypto,
        } = count;
        // Writing to a string does not fail.
        writeln!(table, "| {case} | {own} | {system} | {crypto} |").unwrap_or_default();
    }
    table
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn counts_file() -> PathBuf {
    root().join("benches/instructions.toml")
}

fn document() -> PathBuf {
    root().join("docs/performance.md")
}

const ACCEPT: &str = "make instructions ACCEPT=1";
const REPETITIONS: usize = 3;
