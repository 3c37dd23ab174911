//! The manual pages of the program and its commands.

pub mod notes;

use std::path::PathBuf;

use clap::{Arg, Command};
use clap_mangen::Man;
use prosody_tokend::cli::{self, statuses};
use roff::{Roff, bold};

use self::notes::{Example, Notes};
use crate::page::{self, CONFIGURATION, PROGRAM};
use crate::{DescribeError, Described};

/// One page for each command that people see.
pub fn pages(date: &str) -> Result<Vec<Described>, DescribeError> {
    let all = visible();
    all.iter()
        .map(|command| page(command, &all, date))
        .collect()
}

/// The program and its commands, as their pages describe them.
pub fn visible() -> Vec<Command> {
    let mut program = cli::command().disable_help_subcommand(true);
    program.build();
    let mut commands = Vec::new();
    collect(program, &mut commands);
    commands
}

fn collect(command: Command, commands: &mut Vec<Command>) {
    let below: Vec<Command> = command.get_subcommands().cloned().collect();
    commands.push(command);
    for command in below {
        // Where a command has others below it, clap adds a help of its own.
        if !command.is_hide_set() && command.get_name() != "help" {
            collect(command, commands);
        }
    }
}

fn page(command: &Command, all: &[Command], date: &str) -> Result<Described, DescribeError> {
    let name = page_name(command);
    let notes = notes::of(&name).ok_or_else(|| DescribeError::NoNotes(name.clone()))?;
    let mut content = from_clap(command, &name, date)?;
    content.extend(further(command, all, &notes).to_roff().into_bytes());
    Ok(Described {
        path: PathBuf::from("man/man1").join(format!("{name}.1")),
        content,
    })
}

/// The name of a command's page.
pub fn page_name(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    name.to_owned()
}

/// The sections that the arguments tell.
fn from_clap(command: &Command, name: &str, date: &str) -> Result<Vec<u8>, DescribeError> {
    let man = Man::new(command.clone())
        .title(name.to_uppercase())
        .section("1")
        .date(date)
        .source(page::source())
        .manual("Prosody's token verifier");
    let mut content = Vec::new();
    man.render_title(&mut content)?;
    man.render_name_section(&mut content)?;
    man.render_synopsis_section(&mut content)?;
    man.render_description_section(&mut content)?;
    if command
        .get_arguments()
        .any(|argument| !argument.is_hide_set())
    {
        man.render_options_section(&mut content)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut content)?;
    }
    Ok(content)
}

/// The sections that nothing of the arguments tells.
fn further(command: &Command, all: &[Command], notes: &Notes) -> Roff {
    let mut roff = Roff::new();
    exit_status(&mut roff);
    if takes(command, "config") {
        environment(&mut roff, notes);
    }
    if !notes.files.is_empty() {
        page::section(&mut roff, "FILES");
        for (path, text) in notes.files {
            page::entry(&mut roff, page::file(path), text);
        }
    }
    examples(&mut roff, notes.examples);
    page::see_also(&mut roff, &others(command, all));
    roff
}

fn exit_status(roff: &mut Roff) {
    page::section(roff, "EXIT STATUS");
    for status in statuses::STATUSES {
        let text = format!("{}.", sentence(status.meaning));
        page::entry(roff, [bold(status.code.to_string())], &text);
    }
}

fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn takes(command: &Command, option: &str) -> bool {
    let is_it = |argument: &Arg| argument.get_long() == Some(option);
    command.get_arguments().any(is_it)
}

fn environment(roff: &mut Roff, notes: &Notes) {
    page::section(roff, "ENVIRONMENT");
    for (name, text) in notes::SETTINGS.iter().chain(notes.environment) {
        page::entry(roff, [bold(*name)], text);
    }
}

fn examples(roff: &mut Roff, examples: &[Example]) {
    page::section(roff, "EXAMPLES");
    for (number, example) in examples.iter().enumerate() {
        // A section begins a paragraph itself.
        if number > 0 {
            roff.control("PP", []);
        }
        page::example(roff, example.what, example.line);
    }
}

/// The program's page has all others; another one has the program's.
fn others(command: &Command, all: &[Command]) -> Vec<(String, &'static str)> {
    let own = page_name(command);
    let names = all.iter().map(page_name).filter(|name| *name != own);
    let is_near =
        |name: &String| own == PROGRAM || name == PROGRAM || name.starts_with(&format!("{own}-"));
    let mut pages: Vec<_> = names.filter(is_near).map(|name| (name, "1")).collect();
    pages.push((CONFIGURATION.to_owned(), "5"));
    pages
}
