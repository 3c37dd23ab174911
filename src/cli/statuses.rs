//! What the status of a command that has ended tells: the same thing for every command.

/// One status, with what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus {
    /// The number that the shell sees in `$?`.
    pub code: u8,
    /// One word for it.
    pub name: &'static str,
    /// What it tells, in one clause.
    pub meaning: &'static str,
}

/// All went well.
pub const DONE: ExitStatus = ExitStatus {
    code: 0,
    name: "done",
    meaning: "done, or the answer is yes",
};

/// The answer is no.
pub const NO: ExitStatus = ExitStatus {
    code: 1,
    name: "no",
    meaning: "the answer is no: a token that is denied, verdicts that differ, a warning of doctor's, a daemon that is not ready or whose end was \
              cut short",
};

/// As clap ends the process.
pub const USAGE: ExitStatus = ExitStatus {
    code: 2,
    name: "usage",
    meaning: "a mistake on the command line",
};

/// `doctor` found what keeps people out, or lets them in, and it is no mistake of the configuration.
pub const BROKEN: ExitStatus = ExitStatus {
    code: 3,
    name: "broken",
    meaning: "doctor found something that keeps people out or lets the wrong ones in",
};

// From here on the numbers are those of sysexits.h.

/// Input is wrong.
pub const INPUT: ExitStatus = ExitStatus {
    code: 65,
    name: "input",
    meaning: "input that is wrong",
};

/// Input cannot be read.
pub const NO_INPUT: ExitStatus = ExitStatus {
    code: 66,
    name: "no-input",
    meaning: "input that cannot be read",
};

/// Nobody answers.
pub const UNAVAILABLE: ExitStatus = ExitStatus {
    code: 69,
    name: "unavailable",
    meaning: "nobody answers",
};

/// The system refuses.
pub const SYSTEM: ExitStatus = ExitStatus {
    code: 71,
    name: "system",
    meaning: "the system refuses: an address that is taken, a thread or a signal",
};

/// Output cannot be written.
pub const OUTPUT: ExitStatus = ExitStatus {
    code: 74,
    name: "output",
    meaning: "output that cannot be written",
};

/// Another time it may work.
pub const AGAIN: ExitStatus = ExitStatus {
    code: 75,
    name: "again",
    meaning: "too busy; try again",
};

/// A configuration is wrong.
pub const REFUSED: ExitStatus = ExitStatus {
    code: 78,
    name: "refused",
    meaning: "a configuration that is wrong or cannot be read",
};

/// All of them, by number. Nothing else ends a command, but a signal.
pub const STATUSES: &[ExitStatus] = &[
    DONE,
    NO,
    USAGE,
    BROKEN,
    INPUT,
    NO_INPUT,
    UNAVAILABLE,
    SYSTEM,
    OUTPUT,
    AGAIN,
    REFUSED,
];

/// The table as `--help` has it.
pub fn help() -> String {
    let lines = STATUSES
        .iter()
        .map(|status| format!("\n  {:>2}  {}", status.code, status.meaning));
    format!("Exit status:{}", lines.collect::<String>())
}
