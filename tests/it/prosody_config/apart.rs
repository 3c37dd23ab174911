//! The process that evaluates: it says what the library says, and however it ends there is one clear error.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use prosody_tokend::prosody::fault::Refusal;
use prosody_tokend::prosody::model::ProsodyConfig;
use prosody_tokend::prosody::release::Release;
use prosody_tokend::prosody::request::Request;
use prosody_tokend::prosody::sandbox::apart::Evaluator;
use prosody_tokend::prosody::sandbox::read;
use prosody_tokend::prosody::value::Value;

use super::support::{corpus, request};

#[test]
fn a_process_of_its_own_says_what_the_library_says() {
    for name in [
        "debian",
        "docker",
        "jitsi-debian",
        "multi-host",
        "odd",
        "sections",
        "tenants",
        "thirteen",
    ] {
        for release in [Release::V0_12, Release::V13] {
            let request = request(&corpus(name), release);
            let told = apart(BINARY, &request);
            assert_eq!(told, read(&request), "{name} {release:?}");
        }
    }
}

#[test]
fn what_json_has_no_form_for_comes_through() {
    let config =
        evaluate("a = math.huge b = '\\255\\0' c = print d = -0.0 e = math.mininteger").unwrap();
    let value = |name: &str| config.global.get(name).unwrap().value.clone();
    assert_eq!(value("a"), Value::Float(f64::INFINITY));
    assert_eq!(value("b"), Value::String(vec![255, 0]));
    assert_eq!(value("c"), Value::Opaque("a function".into()));
    assert!(matches!(value("d"), Value::Float(zero) if zero.is_sign_negative()));
    assert_eq!(value("e"), Value::Integer(i64::MIN));
}

#[test]
fn a_file_whose_name_is_no_utf_8_is_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"\xff.cfg.lua"));
    fs::write(&path, "x = 1").unwrap();
    let config = apart(BINARY, &request(&path, Release::V13)).unwrap();
    assert_eq!(config.files, [path]);
}

#[test]
fn however_the_process_ends_one_error_names_the_file_and_what_to_do() {
    for (script, expected) in [
        ("exec sleep 60", "still running after 4 s"),
        (
            "cat > /dev/null; while :; do :; done",
            "still running after 4 s",
        ),
        ("kill -XCPU $$", "still running after 4 s"),
        ("kill -KILL $$", "ended by signal 9"),
        ("kill -SEGV $$", "ended by signal 11"),
        (
            "kill -ABRT $$",
            "probably needs more than 512 MiB of memory",
        ),
        ("exit 3", "ended with exit status: 3"),
        ("cat > /dev/null; exit 101", "ended with exit status: 101"),
        ("exit 0", "it gives no answer that can be read"),
        ("echo '{}'", "it gives no answer that can be read"),
        ("echo '{\"Ok\": {}}'", "it gives no answer that can be read"),
        ("head -c 200000000 /dev/zero", "it comes to too much"),
        ("exec cat /dev/zero", "it comes to too much"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let begun = Instant::now();
        let said = refusal_of(&program);
        assert!(said.contains(expected), "{script}: {said}");
        assert!(
            said.ends_with("debian/prosody.cfg.lua]"),
            "{script}: {said}"
        );
        assert!(begun.elapsed() < Duration::from_secs(8), "{script}");
    }
    let said = refusal_of(Path::new("/none"));
    assert!(
        said.contains("cannot be evaluated in a process of its own: No such file"),
        "{said}"
    );
}

fn refusal_of(program: &Path) -> String {
    let request = request(&corpus("debian"), Release::V13);
    let outcome = apart(program, &request);
    outcome.expect_err("a process that fails").to_string()
}

fn evaluate(text: &str) -> Result<ProsodyConfig, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.cfg.lua");
    fs::write(&path, text).unwrap();
    apart(BINARY, &request(&path, Release::V13))
}

fn apart(program: impl Into<PathBuf>, request: &Request) -> Result<ProsodyConfig, Refusal> {
    Evaluator::Apart(program.into()).evaluate(request, None)
}

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

#[test]
fn a_process_that_takes_in_nothing_is_ended_too() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    fs::write(&program, "#!/bin/sh\nexec sleep 60\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let mut request = request(&corpus("debian"), Release::V13);
    let variable = ("LONG".to_owned(), "x".repeat(1_000_000));
    request.environment.push(variable);
    let begun = Instant::now();
    let said = apart(&program, &request)
        .expect_err("no answer")
        .to_string();
    assert!(said.starts_with("still running after 4 s"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(8));
}

#[test]
fn what_has_used_up_its_time_is_told_from_what_needs_too_much_memory() {
    let text = "xpcall(error, function() while true do end end)";
    let said = evaluate(text).expect_err(text).to_string();
    assert!(said.starts_with("still running after 4 s"), "{said}");
}

#[test]
fn tables_within_tables_are_taken_or_refused_by_name() {
    let nested = |depth: usize| format!("deep = {}1{}", "{ x = ".repeat(depth), " }".repeat(depth));
    assert!(evaluate(&nested(30)).is_ok());
    for depth in [31, 40, 50, 60] {
        let said = evaluate(&nested(depth)).expect_err("too deep").to_string();
        assert!(
            said.starts_with("the value of deep is too large"),
            "{depth}: {said}"
        );
    }
}
