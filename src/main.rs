//! The `prosody-tokend` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    prosody_tokend::cli::run()
}
