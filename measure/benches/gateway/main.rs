//! How many requests of proxies one core decides on, beside HAProxy, with how many credentials, and what they cost Prosody:
//! `cargo bench -p prosody-tokend-measure --bench gateway`.
//!
//! Both programs are asked in turn within each round, and each is started anew for it.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations, and reads tokens and /proc"
)]

mod crowd;
mod issuers;
mod server;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use issuers::{Issuers, Signatures, tampered};
use measure::report::replace_section;
use measure::root;
use measure::spread::Spread;
use measure::wrk::{Outcome, flat_out, send};
use server::{Program, Server};
use tempfile::TempDir;

/// One kind of load.
struct Case {
    name: &'static str,
    issuers: Issuers,
    /// How many times as many requests as HAProxy the daemon must answer.
    least: f64,
}

fn main() -> ExitCode {
    let folder = TempDir::new().unwrap();
    let mut failures = Vec::new();
    let mut text = HEAD.to_owned();
    for case in cases(folder.path()) {
        failures.extend(compare(&mut text, &case, folder.path()));
    }
    let (grown, failure) = growth(folder.path());
    failures.extend(failure);
    text.push_str(&grown);
    let few = Issuers::make(folder.path(), Signatures::Hs256, FEW, SEEN);
    let (delays, failure) = crowd::compare(folder.path(), &few);
    failures.extend(failure);
    text.push_str(&delays);
    println!("{text}");
    replace_section(&root().join("docs/performance.md"), "gateway", &text).unwrap();
    for failure in &failures {
        eprintln!("gateway: FAILED: {failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cases(folder: &Path) -> [Case; 4] {
    eprintln!("gateway: signing tokens");
    let case = |name, by, tokens, least| Case {
        name,
        issuers: Issuers::make(folder, by, FEW, tokens),
        least,
    };
    [
        case("HS256, all different", Signatures::Hs256, HS256_TOKENS, 0.9),
        case("HS256, seen before", Signatures::Hs256, SEEN, 1.15),
        case("RS256, all different", Signatures::Rs256, RS256_TOKENS, 1.0),
        case("RS256, seen before", Signatures::Rs256, SEEN, 2.0),
    ]
}

/// Two rows, relative to HAProxy in the same round; and what is below its bound.
fn compare(table: &mut String, case: &Case, folder: &Path) -> Option<String> {
    let rounds: Vec<[Outcome; 2]> = (1..=ROUNDS)
        .map(|round| {
            eprintln!("gateway: {}, round {round} of {ROUNDS}", case.name);
            [Program::HaProxy, Program::Daemon]
                .map(|program| measure(program, &case.issuers, folder))
        })
        .collect();
    for (index, program) in [Program::HaProxy, Program::Daemon].into_iter().enumerate() {
        let name = program.name();
        let speed = ratios(&rounds, index, |outcome| outcome.per_second);
        let cost = ratios(&rounds, index, |outcome| outcome.cost.as_secs_f64());
        let seconds = Spread::of(rounds.iter().map(|round| round[index].per_second).collect());
        eprintln!(
            "gateway: {}, {name}: {:.0} a second",
            case.name, seconds.median
        );
        writeln!(table, "| {} | {name} | {speed} | {cost} |", case.name).unwrap();
    }
    let speed = ratios(&rounds, 1, |outcome| outcome.per_second);
    let (name, least) = (case.name, case.least);
    (speed.median < least).then(|| format!("{name}: {speed} times HAProxy's requests, not {least}"))
}

/// Of one program to the first.
fn ratios(rounds: &[[Outcome; 2]], index: usize, of: impl Fn(&Outcome) -> f64) -> Spread {
    let pairs = rounds.iter().map(|round| of(&round[index]) / of(&round[0]));
    Spread::of(pairs.collect())
}

fn measure(program: Program, issuers: &Issuers, folder: &Path) -> Outcome {
    let server = Server::start(program, issuers, folder);
    let token = issuers.token();
    let name = program.name();
    assert!(server.admits(&token), "{name} lets no good token in");
    assert!(!server.admits(&tampered(&token)), "{name} lets anybody in");
    send(&server, &issuers.tokens, flat_out(SECONDS))
}

/// What a request costs with so many credentials, relative to what it costs with the fewest.
fn growth(folder: &Path) -> (String, Option<String>) {
    let all = COUNTS.map(|count| Issuers::make(folder, Signatures::Hs256, count, HS256_TOKENS));
    let rounds: Vec<Vec<Outcome>> = (1..=ROUNDS)
        .map(|round| {
            eprintln!("gateway: more credentials, round {round} of {ROUNDS}");
            let outcomes = all.iter();
            outcomes
                .map(|issuers| measure(Program::Daemon, issuers, folder))
                .collect()
        })
        .collect();
    let mut table = GROWTH_HEAD.to_owned();
    let mut failure = None;
    for (index, count) in COUNTS.iter().enumerate() {
        let ratios = rounds
            .iter()
            .map(|round| round[index].per_second / round[0].per_second);
        let speed = Spread::of(ratios.collect());
        writeln!(table, "| {count} | {speed} |").unwrap();
        if speed.median < FLAT {
            failure = Some(format!(
                "{count} credentials: {speed} times the requests, not {FLAT}"
            ));
        }
    }
    (table, failure)
}

const HEAD: &str = "| tokens | verifier | requests a second, HAProxy's = 1 | processor time for each, HAProxy's = 1 |\n\
                    | --- | --- | ---: | ---: |\n";
const GROWTH_HEAD: &str =
    "\n| credentials | requests a second, with the fewest = 1 |\n| ---: | ---: |\n";
/// More than are asked for in one measurement, so that none comes twice.
const HS256_TOKENS: usize = 200_000;
const RS256_TOKENS: usize = 80_000;
const SEEN: usize = 500;
const FEW: usize = 10;
const COUNTS: [usize; 3] = [FEW, 1_000, 100_000];
const ROUNDS: usize = 5;
const SECONDS: u64 = 1;
/// As far as memory is no farther away for more.
const FLAT: f64 = 0.75;
