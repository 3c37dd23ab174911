//! What a decision costs as hosts, keys, tokens and connections grow, and what the daemon takes up:
//! `cargo bench -p prosody-tokend-measure --bench growth`.
//!
//! Cost is the processor time of the released daemon for one request, relative to the first one of its table.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations, reads clocks, variables and /proc"
)]

mod dimension;
mod instance;
mod load;
mod memory;
mod plot;
mod scenarios;
mod start;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use dimension::{Measured, grouped};
use measure::report::replace_section;
use measure::root;
use memory::Sample;
use scenarios::Files;
use start::Start;

fn main() -> ExitCode {
    let files = Files::new();
    write_growth(&growth(&files));
    let starts = [1, 1_000].map(|hosts| start::measure(&files, hosts));
    let samples = memory::measure(&files, number("BENCH_DECISIONS", 5_000_000));
    replace_section(&document(), "memory", &sizes(&starts, &samples)).unwrap();
    let failures = failures(&starts, &samples);
    for failure in &failures {
        eprintln!("growth: FAILED: {failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn growth(files: &Files) -> Vec<Measured> {
    let seconds = number("BENCH_SECONDS", 1) as u64;
    let measure = |dimension: dimension::Dimension| dimension.measure(ROUNDS, seconds);
    let (set, _server) = scenarios::keys_in_set(files);
    vec![
        measure(scenarios::hosts(files)),
        measure(scenarios::issuers(files)),
        measure(scenarios::keys_in_folder(files)),
        measure(set),
        measure(scenarios::token_sizes(files)),
        measure(scenarios::connections(files)),
    ]
}

fn write_growth(measured: &[Measured]) {
    plot::draw(&root().join("docs/performance.svg"), measured).unwrap();
    let tables: Vec<String> = measured.iter().map(Measured::table).collect();
    let body = format!(
        "![The tables below as a plot](performance.svg)\n\n{}",
        tables.join("\n")
    );
    replace_section(&document(), "growth", &body).unwrap();
}

fn sizes(starts: &[Start], samples: &[Sample]) -> String {
    let mut text = "| hosts | ms to `READY=1` | ms to the first 200 of `/readyz` |\n\
                    | ---: | ---: | ---: |\n"
        .to_owned();
    for start in starts {
        let hosts = grouped(start.hosts);
        writeln!(
            text,
            "| {hosts} | {} | {} |",
            start.notified, start.answered
        )
        .unwrap();
    }
    write!(text, "\n| decisions over {} tokens | resident, kB | resident at most, kB |\n| ---: | ---: | ---: |\n",
        grouped(memory::TOKENS)).unwrap();
    for sample in samples {
        let Sample {
            decisions,
            resident,
            highest,
        } = sample;
        writeln!(text, "| {} | {resident} | {highest} |", grouped(*decisions)).unwrap();
    }
    text
}

/// What is over the bounds that hold on any machine.
fn failures(starts: &[Start], samples: &[Sample]) -> Vec<String> {
    let slow = starts
        .iter()
        .filter(|start| start.answered.median > MOST_MILLISECONDS)
        .map(
            |Start {
                 hosts, answered, ..
             }| {
                format!(
                    "ready after {answered} ms with {hosts} hosts, not within {MOST_MILLISECONDS}"
                )
            },
        );
    let large = samples
        .iter()
        .filter(|sample| sample.resident > MOST_RESIDENT)
        .map(
            |Sample {
                 decisions,
                 resident,
                 ..
             }| {
                format!(
                    "{resident} kB resident after {} decisions, more than {MOST_RESIDENT}",
                    grouped(*decisions)
                )
            },
        );
    slow.chain(large).collect()
}

fn number(variable: &str, default: usize) -> usize {
    let value = std::env::var(variable).ok();
    value.map_or(default, |value| value.parse().unwrap())
}

fn document() -> PathBuf {
    root().join("docs/performance.md")
}

const ROUNDS: usize = 3;
const MOST_MILLISECONDS: f64 = 50.0;
/// 12 MB, in units of 1,024 bytes as /proc has them.
const MOST_RESIDENT: u64 = 12_000_000 / 1_024;
