//! Any text as a file of variables: read without a panic, nothing of it shown, and what is written in single quotes comes
//! back as it is.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use prosody_tokend::origin::Origin;
use prosody_tokend::prosody::docker::env_file::{self, Variable};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = env_file::parse(Path::new("/.env"), text);
    file.variables
        .iter()
        .for_each(|variable| check(text, variable));
    for (_, problem) in &file.mistakes {
        line(text, &problem.origin);
    }
    for (_, warning) in &file.warnings {
        line(text, &warning.origin);
    }
    let quotable: String = text.chars().filter(|c| !"'\\\r".contains(*c)).collect();
    let again = env_file::parse(Path::new("/.env"), &format!("A_1='{quotable}' # comment"));
    assert!(again.mistakes.is_empty(), "it is one assignment");
    assert_eq!(
        again.variables.last().map(|variable| &variable.value),
        Some(&quotable)
    );
});

/// A variable stands in the line that it names, and shows no value.
fn check(text: &str, variable: &Variable) {
    let line = line(text, &variable.origin);
    assert!(line.contains(&variable.name) && line.contains(['=', ':']));
    assert!(!variable.name.is_empty() && !variable.name.contains(['=', ' ', '#']));
    let shown = format!("{}=… [{}]", variable.name, variable.origin);
    assert_eq!(format!("{variable:?}"), shown, "a value is shown");
}

fn line<'a>(text: &'a str, origin: &Origin) -> &'a str {
    let Origin::File(_, Some(number)) = origin else {
        panic!("no line: {origin}");
    };
    text.lines().nth(number - 1).expect("the line is there")
}
