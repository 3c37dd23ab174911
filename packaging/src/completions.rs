//! What shells complete.

use std::path::PathBuf;

use clap_complete::Shell;
use prosody_tokend::cli;

use crate::Described;
use crate::page::PROGRAM;

/// For each shell the file where Debian's packages have it.
pub fn all() -> Vec<Described> {
    [
        (Shell::Bash, "bash-completion/completions/prosody-tokend"),
        (Shell::Zsh, "zsh/vendor-completions/_prosody-tokend"),
        (Shell::Fish, "fish/vendor_completions.d/prosody-tokend.fish"),
    ]
    .map(|(shell, path)| Described {
        path: PathBuf::from(path),
        content: completion(shell),
    })
    .into()
}

fn completion(shell: Shell) -> Vec<u8> {
    let mut content = Vec::new();
    clap_complete::generate(shell, &mut visible(), PROGRAM, &mut content);
    content
}

/// The command line without what programs alone use: shells would offer it.
fn visible() -> clap::Command {
    let program = cli::command();
    let seen: Vec<_> = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    // What the version is stands in no completion, that there is an option for it does.
    let without = clap::Command::new(PROGRAM).version("");
    without.propagate_version(true).subcommands(seen)
}
