//! What commands print.

use std::io;

use thiserror::Error;

use super::failure::{Failure, Status};
use super::statuses::{DONE, ExitStatus, OUTPUT};

/// Why something could not be printed.
#[derive(Debug, Error)]
pub enum OutputError {
    #[error("cannot write to standard output")]
    Unwritten(#[source] io::Error),
    /// Whoever reads standard output has enough, as `head` has.
    #[error("nobody reads standard output")]
    Unread,
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unread
        } else {
            Self::Unwritten(error)
        }
    }
}

impl Status for OutputError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Unwritten(_) => OUTPUT,
            Self::Unread => DONE,
        }
    }
}

/// Writes to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    write_to(&mut io::stdout().lock(), text)
}

/// Writes to standard output what has colours, which a terminal alone gets.
pub fn print_coloured(text: &str) -> Result<(), Failure> {
    write_to(&mut anstream::stdout(), text)
}

/// The reader of the output may have gone. That does not change the result, so it does not change the exit status.
fn write_to(output: &mut impl io::Write, text: &str) -> Result<(), Failure> {
    let written = output.write_all(text.as_bytes());
    match written
        .and_then(|()| output.flush())
        .map_err(OutputError::from)
    {
        Ok(()) | Err(OutputError::Unread) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
