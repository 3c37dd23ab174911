//! Runs a case under callgrind, and adds up what it counted.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use super::Outcome;
use super::exchange::{COUNTED, EXCHANGES};

/// The instructions of one exchange.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// In this program: the daemon's code with its libraries in Rust, and Lua.
    pub own: u64,
    /// In libraries of the system, which choose code by the processor.
    pub system: u64,
    /// In aws-lc, which chooses code by the processor, too.
    pub crypto: u64,
}

/// Counts the instructions of one exchange of this case.
pub fn count(case: &str) -> Outcome<Count> {
    let program = std::env::current_exe()?;
    let folder = program.with_extension("callgrind");
    std::fs::create_dir_all(&folder)?;
    let (profile, log) = (
        folder.join(format!("{case}.out")),
        folder.join(format!("{case}.log")),
    );
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect=*Exchange*{COUNTED}*"))
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(format!("--log-file={}", log.display()))
        .arg(&program)
        .args([COUNTED, case])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("valgrind: {error}; make setup installs it"))?;
    if !run.success() {
        return Err(format!(
            "{case} under valgrind ended with {run}; see {}",
            log.display()
        )
        .into());
    }
    let total = sum(
        &std::fs::read_to_string(&profile)?,
        &program.to_string_lossy(),
    );
    if total.own < EXCHANGES {
        return Err(format!("{case}: nothing was counted in {}", profile.display()).into());
    }
    Ok(Count {
        own: total.own / EXCHANGES,
        system: total.system / EXCHANGES,
        crypto: total.crypto / EXCHANGES,
    })
}

/// Adds up what a profile says about each function itself, without what it called.
///
/// The format: <https://valgrind.org/docs/manual/cl-format.html>. A name stands beside its number where that is first
/// used, and the line after `calls=` is the cost of what was called.
fn sum(profile: &str, program: &str) -> Count {
    let mut names = Names::default();
    let (mut object, mut function) = (String::new(), String::new());
    let (mut count, mut called) = (Count::default(), false);
    for line in profile.lines() {
        match line.split_once('=') {
            Some(("ob", name)) => object = names.resolve("ob", name),
            Some(("fn", name)) => function = names.resolve("fn", name),
            Some(("cob", name)) => drop(names.resolve("ob", name)),
            Some(("cfn", name)) => drop(names.resolve("fn", name)),
            Some(("calls", _)) => called = true,
            Some(_) => {}
            None => {
                let cost = cost(line).filter(|_| !std::mem::take(&mut called));
                let part = part(&mut count, &object, &function, program);
                *part = part.saturating_add(cost.unwrap_or_default());
            }
        }
    }
    count
}

fn part<'a>(count: &'a mut Count, object: &str, function: &str, program: &str) -> &'a mut u64 {
    if function.contains("aws_lc_") {
        &mut count.crypto
    } else if object == program {
        &mut count.own
    } else {
        &mut count.system
    }
}

/// The cost on a line of a place and a number.
fn cost(line: &str) -> Option<u64> {
    let (place, cost) = line.split_once(' ')?;
    let is_place = place.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first));
    cost.trim().parse().ok().filter(|_| is_place)
}

/// The names by kind and number.
#[derive(Default)]
struct Names(HashMap<(&'static str, String), String>);

impl Names {
    fn resolve(&mut self, kind: &'static str, text: &str) -> String {
        let Some((number, name)) = text.strip_prefix('(').and_then(|text| text.split_once(')'))
        else {
            return text.to_owned();
        };
        let known = self.0.entry((kind, number.to_owned()));
        known.or_insert_with(|| name.trim().to_owned()).clone()
    }
}
