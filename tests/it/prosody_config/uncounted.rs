//! What takes its time without running instructions.

use std::fs;
use std::time::Instant;

use prosody_tokend::prosody::fault::MAX_TIME;
use prosody_tokend::prosody::release::Release;
use prosody_tokend::prosody::request::Request;
use prosody_tokend::prosody::sandbox::apart::Evaluator;
use prosody_tokend::prosody::sandbox::read;

use super::support::{evaluate, refusal, refusals_apart, request};

#[test]
fn a_single_call_that_never_ends_is_ended() {
    let long = "setmetatable({}, { __len = function () return 1 << 60 end, __index = rawlen })";
    let begun = Instant::now();
    let texts = [
        "xpcall(error, function() while true do end end)",
        "x = ('('):rep(2e6):find('%b()')",
        "x = ('a'):rep(5e6):find('[' .. ('b'):rep(5e6) .. ']')",
        "x = ('a'):rep(2e7):find(('a'):rep(1e7) .. 'b', 1, true)",
        "x = (''):rep(1e18)",
        "table.insert(LONG, 1, 'x')",
        "table.move({}, 1, 1e15, 2)",
        "x = (('a'):rep(4600)):find('.-.-.-b')",
        "for _ in (('a'):rep(5e6)):gmatch('a-b') do end",
        "setmetatable({}, { __gc = function () while true do end end }) local t = {} for i = 1, 1e5 do t = { t } end t = nil while true do local u = {} end",
        "coroutine.wrap(function () while true do (''):rep(1e12) end end)()",
        "error(setmetatable({}, { __tostring = function () return (''):rep(1e18) end }))",
        "local s = ('x'):rep(2e7) while true do s:upper() end",
    ];
    let texts = texts.map(|text| text.replace("LONG", long));
    for (text, said) in refusals_apart(&texts) {
        let is_ended = said.starts_with("still running after") || said.starts_with("needs more");
        assert!(is_ended, "{text}: {said}");
    }
    assert!(begun.elapsed() < MAX_TIME * 4, "{:?}", begun.elapsed());
}

#[test]
fn what_needs_too_much_is_ended() {
    let cases = [
        (
            "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) end",
            "needs more than 64 MiB",
        ),
        ("x = ('x'):rep(1e9)", "needs more than 64 MiB"),
        ("local function f() return f() + 1 end f()", "still running"),
        (
            "local function f() pcall(f) end while true do f() end",
            "still running",
        ),
    ];
    for ((text, said), (_, expected)) in refusals_apart(&cases.map(|(text, _)| text))
        .into_iter()
        .zip(cases)
    {
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn a_process_that_does_not_answer_is_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.cfg.lua");
    fs::write(&path, "x = 1").unwrap();
    for (program, expected) in [
        ("/nowhere", "No such file"),
        ("/bin/false", "exit status: 1"),
        ("/bin/true", "no answer that can be read"),
    ] {
        let evaluator = Evaluator::Apart(program.into());
        let refusal = evaluator.evaluate(&request(&path, Release::V13), None);
        let said = refusal.expect_err(program).to_string();
        assert!(
            said.starts_with("cannot be evaluated in a process of its own"),
            "{said}"
        );
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("t.cfg.lua"), "{said}");
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
