//! What a finding has one type, typed as it stands: lines into files, then commands.

use std::collections::BTreeMap;

use crate::machine::Machine;

/// Does what it says up to what stands in brackets at its end. Within a line, `words` are put in place of what the tool cannot know.
pub fn apply(machine: &Machine, told: &str, words: &BTreeMap<&str, &str>) {
    let told = told.split("   (").next().unwrap();
    let (edits, commands) = match told.split_once("; then ") {
        Some((edits, commands)) => (edits, commands),
        None if told.contains(" write") => (told, ""),
        None => ("", told),
    };
    for edit in edits.split(", and ").filter(|edit| !edit.is_empty()) {
        write(machine, edit, words);
    }
    let commands = words.iter().fold(commands.to_owned(), |text, (from, to)| {
        text.replace(from, to)
    });
    if !commands.is_empty() {
        let output = machine.try_run(&["sh", "-c", &commands]);
        assert!(output.status.success(), "{commands}: {output:?}");
    }
}

fn write(machine: &Machine, edit: &str, words: &BTreeMap<&str, &str>) {
    let (place, line) = edit.split_once(": ").unwrap_or_else(|| panic!("{edit}"));
    let line = words
        .iter()
        .fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
    let path = place
        .split([' ', '('])
        .find(|word| word.starts_with('/'))
        .unwrap_or_else(|| panic!("no file in {edit}"));
    let path = path.trim_end_matches([')', ',']);
    let (path, number) = match path.rsplit_once(':') {
        Some((path, number)) => (path, number.parse().unwrap()),
        None => (path, 0),
    };
    let text = machine.run(&["cat", path]);
    let mut lines: Vec<&str> = text.lines().collect();
    if place.starts_with("at the top") || place.contains("above its first section") {
        lines.insert(0, &line);
    } else if place.starts_with("at the end") {
        lines.push(&line);
    } else if place.starts_with("below") {
        lines.insert(number, &line);
    } else if place.contains("below [hosts") {
        let section = lines
            .iter()
            .position(|line| line.starts_with("[hosts"))
            .unwrap();
        lines.insert(section + 1, &line);
    } else {
        lines[number - 1] = &line;
    }
    // In place, so that owner and mode stay.
    machine.overwrite(path, &(lines.join("\n") + "\n"));
}
