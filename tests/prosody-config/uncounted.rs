//! What takes its time without running instructions.

use std::time::{Duration, Instant};

use prosody_tokend::config::prosody::release::Release;
use prosody_tokend::config::prosody::{Request, read};

use crate::support::{evaluate, refusal};

#[test]
fn a_single_call_that_never_ends_is_refused() {
    for (text, asked) in [
        ("x = (''):rep(1e18)", "string.rep"),
        ("x = string.rep('', '1000000000000', '')", "string.rep"),
        ("table.insert(LONG, 1, 'x')", "table.insert with __len"),
        ("table.remove(LONG, 1)", "table.remove with __len"),
        ("table.sort(LONG)", "table.sort with __len"),
        ("table.concat(LONG)", "table.concat with __len"),
        ("table.unpack(LONG)", "table.unpack with __len"),
        ("table.move({}, 1, 1e15, 2)", "table.move of so many"),
        (
            "table.move({}, '1', '1000000000', 2)",
            "table.move of so many",
        ),
        ("table.move({}, -5, 1000000, 2)", "table.move of so many"),
        (
            "table.concat(setmetatable({}, { __index = rawlen }), '', 1, 1e18)",
            "table.concat of so many",
        ),
        ("table.unpack({}, 1, 1e9)", "table.unpack of so many"),
        (
            "x = (('a'):rep(4600)):find('.-.-.-b')",
            "a pattern with 3 repetitions in 4600 bytes",
        ),
        (
            "x = (('a'):rep(50000)):gsub('a-b', '')",
            "a pattern with 1 repetitions in 50000 bytes",
        ),
        (
            "for _ in (('a'):rep(50000)):gmatch('^a-b') do end",
            "a pattern with 1 repetitions in 50000 bytes",
        ),
    ] {
        let long = "setmetatable({}, { __len = function () return 1 << 60 end, __index = rawlen })";
        let said = refusal(&text.replace("LONG", long));
        let expected = format!("asks for {asked}");
        assert!(said.starts_with(&expected), "{text}: {said}");
    }
}

#[test]
fn what_real_configurations_do_is_not_refused() {
    for text in [
        "x = (''):rep(10)",
        "x = ('ab'):rep(1000, ',')",
        "local t = { 'b', 'a' } table.insert(t, 'c') table.insert(t, 1, 'd') table.remove(t) table.sort(t)",
        "x = table.concat({ 'a', 'b' }, ',', 1, 2) y = table.concat({ 'a' }) z = table.concat({})",
        "x = table.unpack({ 1, 2 }) y = select('#', table.unpack({ 1, nil, 3 }, 1, 3))",
        "x = table.move({ 1, 2 }, 1, 2, 3)[1]",
        "x = ((' '):rep(500) .. 'x' .. (' '):rep(500)):match('^%s*(.-)%s*$')",
        "for line in (('x\\n'):rep(10000)):gmatch('[^\\n]+') do x = line end",
    ] {
        assert!(evaluate(text).is_ok(), "{text}: {:?}", evaluate(text));
    }
}

#[test]
fn a_few_instructions_that_work_on_much_are_ended() {
    let begun = Instant::now();
    let said = refusal("local s = ('x'):rep(2e7)\nwhile true do s:upper() end");
    assert!(said.starts_with("still running after 10 s"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    let said = refusal("local t = {} for i = 1, 5e5 do table.insert(t, 1, i) end");
    assert!(said.starts_with("still running"), "{said}");
}

#[test]
fn a_pipe_that_nobody_writes_to_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for call in [
        "Include",
        "RunScript",
        "FileContents",
        "FileLines",
        "dofile",
    ] {
        let said = refusal(&format!("x = {call}({:?})", pipe.display().to_string()));
        assert!(said.contains("not a regular file"), "{call}: {said}");
    }
    let request = Request {
        path: pipe,
        release: Release::V13,
        environment: Vec::new(),
        credentials: None,
    };
    assert!(read(&request).is_err());
}
