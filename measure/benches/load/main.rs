//! How many tokens a second one core decides on, beside HAProxy and Envoy: `cargo bench -p prosody-tokend-measure --bench load`.
//!
//! All programs are asked in turn within each round, and each is started anew for it, so that no token was seen before
//! unless it is meant to have been.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations, reads clocks, variables and /proc"
)]

mod server;
mod tokens;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use measure::report::replace_section;
use measure::root;
use measure::spread::Spread;
use measure::wrk::{Outcome, flat_out, rested, send};
use server::{Program, Server, Signatures, envoy_binary};
use tempfile::TempDir;
use tokens::{HS256_COUNT, RS256_COUNT, Tokens, tampered};

/// One kind of load.
struct Case<'a> {
    name: &'static str,
    by: Signatures,
    tokens: &'a Path,
    /// How many requests there may be before a token comes again, if it must not.
    different: Option<usize>,
    /// How many times as many requests as HAProxy the daemon must answer.
    least: f64,
}

/// What one program did in all rounds.
struct Measured {
    program: Program,
    rounds: Vec<Outcome>,
}

fn main() -> ExitCode {
    let folder = TempDir::new().unwrap();
    eprintln!("load: signing {} tokens", HS256_COUNT + RS256_COUNT);
    let tokens = Tokens::make(folder.path());
    let cases = cases(&tokens);
    let mut programs = vec![Program::HaProxy, Program::Daemon, Program::Envoy];
    if !envoy_binary().exists() {
        eprintln!("load: without Envoy, which could not be had");
        programs.pop();
    }
    let mut failures = Vec::new();
    let mut table = HEAD.to_owned();
    for case in &cases {
        let measured = measure(case, &programs, &tokens, folder.path());
        failures.extend(rows(&mut table, case, &measured));
    }
    let (text, late) = half(&cases[0], &tokens, folder.path());
    failures.extend(late);
    let text = format!(
        "{table}\n{text}\n\n{}",
        workers(&cases[0], &tokens, folder.path())
    );
    replace_section(&root().join("docs/performance.md"), "load", &text).unwrap();
    for failure in &failures {
        eprintln!("load: FAILED: {failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cases(tokens: &Tokens) -> [Case<'_>; 3] {
    let case = |name, by, tokens, different, least| Case {
        name,
        by,
        tokens,
        different,
        least,
    };
    [
        case(
            "HS256, all different",
            Signatures::Hs256,
            &tokens.hs256,
            Some(HS256_COUNT),
            1.3,
        ),
        case(
            "RS256, all different",
            Signatures::Rs256,
            &tokens.rs256,
            Some(RS256_COUNT),
            1.15,
        ),
        case(
            "RS256, seen before",
            Signatures::Rs256,
            &tokens.rs256_seen,
            None,
            2.5,
        ),
    ]
}

fn measure(case: &Case<'_>, programs: &[Program], tokens: &Tokens, folder: &Path) -> Vec<Measured> {
    let mut measured: Vec<Measured> = programs
        .iter()
        .map(|&program| Measured {
            program,
            rounds: Vec::new(),
        })
        .collect();
    for round in 1..=ROUNDS {
        eprintln!("load: {}, round {round} of {ROUNDS}", case.name);
        for Measured { program, rounds } in &mut measured {
            let server = start(*program, case, tokens, folder, 1);
            let outcome = send(&server, case.tokens, flat_out(SECONDS));
            assert!(
                case.different.is_none_or(|count| outcome.requests < count),
                "tokens came again: sign more"
            );
            rounds.push(outcome);
        }
    }
    measured
}

/// Starts one that lets a good token in, and a tampered one not.
fn start(
    program: Program,
    case: &Case<'_>,
    tokens: &Tokens,
    folder: &Path,
    cores: usize,
) -> Server {
    let server = Server::start(program, case.by, tokens, folder, cores);
    let lines = fs::read_to_string(case.tokens).unwrap();
    let line = lines.lines().last().unwrap();
    assert!(
        server.admits(line),
        "{} lets no good token in",
        program.name()
    );
    assert!(
        !server.admits(&tampered(line)),
        "{} lets anybody in",
        program.name()
    );
    server
}

/// Writes a row for each program, relative to HAProxy in the same round, and tells what is below its bound.
fn rows(table: &mut String, case: &Case<'_>, measured: &[Measured]) -> Option<String> {
    let base = &measured[0].rounds;
    let mut failure = None;
    for Measured { program, rounds } in measured {
        let pairs = || rounds.iter().zip(base);
        let speed = Spread::of(
            pairs()
                .map(|(own, base)| own.per_second / base.per_second)
                .collect(),
        );
        let cost = Spread::of(
            pairs()
                .map(|(own, base)| own.cost.as_secs_f64() / base.cost.as_secs_f64())
                .collect(),
        );
        writeln!(
            table,
            "| {} | {} | {speed} | {cost} |",
            case.name,
            program.name()
        )
        .unwrap();
        if *program == Program::Daemon && speed.median < case.least {
            let (name, least) = (case.name, case.least);
            failure = Some(format!(
                "{name}: {speed} times HAProxy's requests, not {least}"
            ));
        }
    }
    failure
}

/// How long answers take while at least half as many requests come as could be answered.
fn half(case: &Case<'_>, tokens: &Tokens, folder: &Path) -> (String, Option<String>) {
    let server = start(Program::Daemon, case, tokens, folder, 1);
    let most = send(&server, case.tokens, flat_out(SECONDS)).per_second;
    let mut connections = 8;
    while send(&server, case.tokens, rested(connections, SECONDS)).per_second < most / 2.0 {
        connections += 8;
    }
    let rounds: Vec<Outcome> = (0..ROUNDS)
        .map(|_| send(&server, case.tokens, rested(connections, SECONDS)))
        .collect();
    let shares = Spread::of(rounds.iter().map(|round| round.per_second / most).collect());
    let times = rounds
        .iter()
        .map(|round| round.percentile_99.as_secs_f64() * 1_000.0);
    let times = Spread::of(times.collect());
    let failure = (times.median >= MOST_MILLISECONDS).then(|| {
        format!("99 % within {times} ms at {shares} of the most, not within {MOST_MILLISECONDS}")
    });
    let text = format!(
        "At {shares} of the most requests that one worker answers ({}), 99 of 100 were answered within {times} ms.",
        case.name
    );
    (text, failure)
}

/// What a request costs two workers, relative to what it costs one.
fn workers(case: &Case<'_>, tokens: &Tokens, folder: &Path) -> String {
    let costs = (0..ROUNDS).map(|_| {
        let cost = |cores| {
            let server = start(Program::Daemon, case, tokens, folder, cores);
            send(&server, case.tokens, flat_out(SECONDS))
                .cost
                .as_secs_f64()
        };
        cost(2) / cost(1)
    });
    let costs = Spread::of(costs.collect());
    format!(
        "With two workers on two cores a request costs {costs} times as much processor time as with one worker on one."
    )
}

const HEAD: &str = "| tokens | verifier | requests a second, HAProxy's = 1 | processor time for each, HAProxy's = 1 |\n\
                    | --- | --- | ---: | ---: |\n";
const ROUNDS: usize = 5;
const SECONDS: u64 = 1;
const MOST_MILLISECONDS: f64 = 2.0;
