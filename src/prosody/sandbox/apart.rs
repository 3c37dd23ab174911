//! Evaluates a configuration in a child process of this program, which the system ends where it takes too long or too
//! much: some calls of Lua cannot be stopped by the process in which they run.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, pidfd_open, setrlimit};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::origin::Origin;

use super::{Request, read, read_text};
use crate::prosody::fault::{Fault, MAX_PROCESS_BYTES, MAX_TIME, Refusal};
use crate::prosody::model::ProsodyConfig;

/// Where configurations are evaluated.
#[derive(Debug, Clone, Default)]
pub enum Evaluator {
    /// In this process, which one of them may hold up for ever.
    #[default]
    Here,
    /// In a child process: this program, which must have the command [`COMMAND`].
    Apart(PathBuf),
}

/// The command that calls [`answer`].
pub const COMMAND: &str = "evaluate-prosody-config";

/// The question that the child process answers.
#[derive(Serialize, Deserialize)]
struct Question {
    request: Request,
    /// Stands for the text of the file.
    text: Option<String>,
}

type Answer = Result<ProsodyConfig, Refusal>;

impl Evaluator {
    /// Evaluates the file that the request names, or `text` as if it stood there.
    ///
    /// # Errors
    /// What is wrong with the configuration, or what became of the process that was to tell.
    pub fn evaluate(&self, request: &Request, text: Option<&str>) -> Answer {
        match self {
            Self::Here => evaluate(request, text),
            Self::Apart(program) => ask(program, request, text).map_err(|fault| Refusal {
                fault,
                origin: Origin::File(request.path.clone(), None),
            })?,
        }
    }
}

fn evaluate(request: &Request, text: Option<&str>) -> Answer {
    match text {
        Some(text) => read_text(request, text),
        None => read(request),
    }
}

/// The child's part: answers the question on standard input to standard output.
///
/// # Errors
/// Whatever keeps the process from reading or writing.
pub fn answer() -> io::Result<()> {
    // Before anything of the configuration is read. A count of instructions cannot end a single call that runs for
    // ever; the system can.
    let limited = limit();
    let question: Question = serde_json::from_reader(io::stdin().lock())?;
    let answer = match limited {
        Ok(()) => evaluate(&question.request, question.text.as_deref()),
        Err(error) => Err(Refusal {
            fault: Fault::Unstarted(format!("it cannot limit itself: {error}")),
            origin: Origin::File(question.request.path, None),
        }),
    };
    serde_json::to_writer(io::stdout().lock(), &answer)?;
    Ok(())
}

/// Leaves this process what an evaluation takes, and lets it live no longer than whoever asks.
fn limit() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    for (resource, most) in [
        (Resource::Cpu, MAX_TIME.as_secs()),
        (Resource::As, MAX_PROCESS_BYTES),
        // A core dump could hold secrets, and reading a configuration writes no file.
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, MOST_DESCRIPTORS),
    ] {
        // At the hard limit of processor time there is no signal that tells it from other ends.
        let grace = u64::from(resource == Resource::Cpu);
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most.saturating_add(grace)),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

fn ask(program: &Path, request: &Request, text: Option<&str>) -> Result<Answer, Fault> {
    let unstarted = |error: &dyn std::fmt::Display| Fault::Unstarted(error.to_string());
    let question = serde_json::to_vec(&Question {
        request: request.clone(),
        text: text.map(str::to_owned),
    });
    let question = question.map_err(|error| unstarted(&error))?;
    let mut child = start(program).map_err(|error| unstarted(&error))?;
    let said = converse(&mut child, &question);
    // It has ended, or does not by itself.
    let _ = child.kill();
    let status = child.wait().map_err(|error| unstarted(&error))?;
    let said = said.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Fault::TooSlow,
        _ => unstarted(&error),
    })?;
    if status.success() {
        return serde_json::from_slice(&said)
            .map_err(|_| Fault::Unstarted("it gives no answer that can be read".to_owned()));
    }
    Err(ended(status))
}

fn start(program: &Path) -> io::Result<Child> {
    let mut command = Command::new(program);
    // The variables that the configuration may read come with the question. The daemon's own may hold secrets.
    command.arg(COMMAND).env_clear().current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::null()).spawn()
}

/// Asks, and takes what comes until the end or the deadline.
fn converse(child: &mut Child, question: &[u8]) -> io::Result<Vec<u8>> {
    let begun = clock::instant();
    if let Some(input) = child.stdin.take() {
        hand_over(input, question, begun)?;
    }
    let mut said = Vec::new();
    let Some(mut output) = child.stdout.take() else {
        return Ok(said);
    };
    let mut buffer = [0; 8_192];
    loop {
        wait_for(&output, PollFlags::IN, begun)?;
        match output.read(&mut buffer)? {
            0 => break,
            count => said.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
        if said.len() > MOST_SAID {
            return Err(io::Error::other("it comes to too much"));
        }
    }
    wait_for(
        &pidfd_open(Pid::from_child(child), PidfdFlags::empty())?,
        PollFlags::IN,
        begun,
    )?;
    Ok(said)
}

/// A child may take in nothing: what a pipe has room for is written without waiting.
fn hand_over(mut input: ChildStdin, question: &[u8], begun: Instant) -> io::Result<()> {
    for piece in question.chunks(PIECE) {
        wait_for(&input, PollFlags::OUT, begun)?;
        if input.write_all(piece).is_err() {
            // A child that ends early says why by how it ended.
            break;
        }
    }
    Ok(())
}

/// Waits until there is something to read or room to write, or a process has ended; for no longer than the deadline.
fn wait_for(descriptor: &impl AsFd, event: PollFlags, begun: Instant) -> io::Result<()> {
    loop {
        let left = MAX_TIME.saturating_sub(clock::elapsed(begun));
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut waited = [PollFd::from_borrowed_fd(descriptor.as_fd(), event)];
        match poll(&mut waited, Some(&left)) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// How a child ended that did not say what it was asked.
fn ended(status: ExitStatus) -> Fault {
    let signal = status.signal();
    if signal == Some(Signal::XCPU.as_raw()) {
        return Fault::TooSlow;
    }
    match signal {
        Some(signal) => Fault::Fatal {
            signal: format!("signal {signal}"),
        },
        None => Fault::Unstarted(format!("it ended with {status}")),
    }
}

/// The bytes that a pipe takes at least once it can be written to.
const PIECE: usize = 4_096;
/// The most descriptors that the child may have open.
const MOST_DESCRIPTORS: u64 = 64;
/// The most that is read of an answer, in bytes.
const MOST_SAID: usize = 128 * 1_048_576;
