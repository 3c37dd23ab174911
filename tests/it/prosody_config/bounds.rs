//! What a configuration cannot do: every refusal names the place and the thing.

use prosody_tokend::prosody::release::Release;

use super::support::{evaluate, evaluate_as, refusal, refusals_apart};

#[test]
fn a_configuration_reaches_nothing_outside() {
    for (text, asked) in [
        ("os.execute('true')", "os.execute"),
        ("x = 1\nlocal f = io.popen('true')", "io.popen"),
        ("local s = require 'socket'", "require"),
        ("require('util.jid')", "require"),
        ("os.remove('/tmp/x')", "os.remove"),
        ("os.rename('/tmp/x', '/tmp/y')", "os.rename"),
        ("os.exit(0)", "os.exit"),
        ("os.tmpname()", "os.tmpname"),
        ("io.open('/tmp/x', 'w')", "io.open to write (\"w\")"),
        ("io.open('/tmp/x', 'a+')", "io.open to write (\"a+\")"),
        ("io.open('/tmp/x', 'r+')", "io.open to write (\"r+\")"),
        ("io.open('x')", "io.open with a relative path (x)"),
        ("io.output('/tmp/x')", "io.output"),
        ("io.write('x')", "io.write"),
        ("io.stdout:write('x')", "io.stdout"),
        ("io.tmpfile()", "io.tmpfile"),
        ("loadfile('/etc/hostname')", "loadfile"),
        ("dofile('x.lua')", "dofile with a relative path"),
        ("package.loadlib('/lib/x.so', '*')", "package.loadlib"),
        ("package.searchers[1]('x')", "package.searchers"),
        ("v = prosody.events", "prosody.events"),
        ("debug.getregistry()", "debug.getregistry"),
        ("debug.sethook()", "debug.sethook"),
        ("Lua.os.execute('true')", "os.execute"),
        ("Lua.io.popen('true')", "io.popen"),
        ("_G.os.execute('true')", "os.execute"),
        ("pcall(os.execute, 'true')", "os.execute"),
        (
            "pcall(function () os.execute('true') end)\nx = 1",
            "os.execute",
        ),
        (
            "coroutine.wrap(function () io.popen('x') end)()",
            "io.popen",
        ),
        ("load('os.execute()')()", "os.execute"),
        ("getmetatable(os).__index = nil\nos.execute()", ""),
    ] {
        let refusal = refusal(text);
        let expected = format!("asks for {asked}");
        assert!(
            asked.is_empty() || refusal.starts_with(&expected),
            "{text}: {refusal}"
        );
        assert!(refusal.contains("[t.cfg.lua:"), "{text}: {refusal}");
    }
}

#[test]
fn a_refusal_names_the_line() {
    for (text, line) in [
        ("\n\nos.execute('true')", 3),
        (
            "x = 1\nlocal function f()\n  return io.popen('x')\nend\n\nx = f()",
            3,
        ),
        ("\nx = = 1", 2),
        ("\nerror('no')", 2),
        ("x = 1\ny = x.z.z", 2),
        ("\nVirtualHost()", 2),
        ("\nInclude 'missing.lua'", 2),
        ("\nFileContents 'missing'", 2),
        ("x = 1\nwhile true do end", 2),
        ("x = 1\n\nlocal y = ('x'):rep(1e9)", 3),
        ("\n\n\nlocal x = {}\nx.x = x\nloops = x", 6),
    ] {
        let refusal = refusal(text);
        let expected = format!("[t.cfg.lua:{line}]");
        assert!(
            refusal.ends_with(&expected),
            "{text:?}: {refusal}, not {expected}"
        );
    }
}

#[test]
fn a_configuration_that_does_not_end_is_ended() {
    let texts = [
        "while true do end",
        "while true do pcall(function () while true do end end) end",
        "while true do pcall(error) end",
        "local function f() return f() end f()",
        "local f f = function () pcall(f) return f() end f()",
        "while true do coroutine.wrap(function () while true do end end)() end",
        "while true do pcall(coroutine.wrap(function () while true do end end)) end",
        "setmetatable({}, { __index = function (t, k) return t[k + 1] end })[1] = nil while true do end",
        "goto a ::a:: goto a",
        "repeat local t = setmetatable({}, { __close = function () while true do end end }) until false",
        "local t <close> = setmetatable({}, { __close = function () while true do end end })",
        "table.sort({ 3, 2, 1 }, function () while true do end end)",
        "(' '):rep(100):gsub(' ', function () while true do end end)",
        "load(function () while true do end end)",
        "load(function () return ' ' end)",
    ];
    for (text, refusal) in refusals_apart(&texts) {
        let endless =
            refusal.starts_with("still running after") || refusal.starts_with("needs more than");
        assert!(endless, "{text}: {refusal}");
    }
}

#[test]
fn a_configuration_that_takes_too_much_memory_is_refused() {
    for text in [
        "x = ('x'):rep(1e9)",
        "x = ('x'):rep(1 << 40)",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(i) end",
        "x = string.format('%s', ('x'):rep(1e9))",
        "x = table.concat(setmetatable({}, { __index = function () return ('x'):rep(1e6) end }), '', 1, 1000)",
    ] {
        let refusal = refusal(text);
        let bounded = refusal.starts_with("needs more than 64 MiB of memory")
            || refusal.contains("resulting string too large");
        assert!(bounded, "{text}: {refusal}");
    }
}

#[test]
fn endless_recursion_is_refused() {
    for text in [
        "local function f() load(f) end f()",
        "local function f() (' '):gsub(' ', f) end f()",
        "local function f() coroutine.wrap(f)() end f()",
        "local function f() table.sort({ 1, 2, 3 }, f) end f()",
        "local function f() return 1 + f() end x = f()",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function (_, k) return t[k] end x = t.x",
        "x = ('('):rep(300) x = load('return ' .. x)()",
    ] {
        let refusal = refusal(text);
        let bounded = [
            "overflow",
            "still running",
            "memory",
            "nil value",
            "each other",
        ]
        .iter()
        .any(|bound| refusal.contains(bound));
        assert!(bounded, "{text}: {refusal}");
    }
}

#[test]
fn files_that_include_each_other_are_refused() {
    assert!(
        refusal("Include 't.cfg.lua'").starts_with("more than 20 files include or run each other")
    );
    assert!(
        refusal("Include '*.cfg.lua'").starts_with("more than 20 files include or run each other")
    );
    assert!(refusal("RunScript 't.cfg.lua'").contains("RunScript"));
}

#[test]
fn more_than_any_real_configuration_has_is_refused() {
    for (text, expected) in [
        (
            "for i = 1, 30000 do _ENV['o' .. i] = i end",
            "sets more than 20000 options",
        ),
        (
            "local t = {} t.t = t list = t",
            "the value of list is too large, or contains itself",
        ),
        (
            "local t = {} for i = 1, 30 do t = { t, t } end deep = t",
            "the value of deep is too large",
        ),
        (
            "local t = {} for i = 1, 60 do t = { t } end deep = t",
            "the value of deep is too large",
        ),
        (
            "local t = {} for i = 1, 20000 do t[i] = i end for i = 1, 100 do _ENV['long' .. i] = t end",
            "the value of long",
        ),
        (
            "for i = 1, 2000 do pcall(FileContents, '/none/' .. i) end",
            "reads more than 1000 files",
        ),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
    }
}

#[test]
fn reading_files_again_and_again_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large");
    std::fs::write(&large, vec![b'x'; 3_000_000]).unwrap();
    for (call, expected) in [
        ("t[i] = io.open('LARGE')", "reads more than 32 MiB of files"),
        (
            "x = FileContents 'LARGE'",
            "reads more than 32 MiB of files",
        ),
        ("pcall(Include, '/none')", "still running"),
        ("Include '/etc/*.none'", "still running"),
        ("io.open('/none')", "still running"),
        ("VirtualHost('h' .. i)", "sets more than 20000 options"),
    ] {
        let call = call.replace("LARGE", large.to_str().unwrap());
        let refusal = refusal(&format!("local t = {{}} for i = 1, 1e6 do {call} end"));
        assert!(refusal.starts_with(expected), "{call}: {refusal}");
    }
    assert!(refusal("load(function () return ('x'):rep(1e7) end)").contains("too much text"));
}

#[test]
fn a_refusal_shows_no_part_of_a_secret() {
    for text in [
        "app_secret = \"hunter2",
        "app_secret = \"hunter2\n\"",
        "app_secret = 'hunter2 \\q'",
        "app_secret = \"hunter2 near x\\q\"",
        "app_secret = hunter2 hunter2",
        "app_secret = 2hunter2",
        "app_secret = [[hunter2",
        "app_secret = \"a\" \"hunter2\" .. ",
        "app_secret = \"hunter2\" + {}",
        "app_secret = \"hunter2\" .. {}",
        "app_secret = (\"hunter2\")()",
        "local s = \"hunter2\" app_secret = s.x.y",
        "app_secret = (\"hunter2\"):rep({})",
        "VirtualHost \"a\" { app_secret = \"hunter2\" } \"x\"",
        "app_secret = \"hunter2\" < 5",
    ] {
        let refusal = evaluate(text).expect_err(text);
        assert!(
            !format!("{refusal} {refusal:?}").contains("hunter2"),
            "{refusal}"
        );
    }
}

#[test]
fn what_is_no_configuration_is_refused() {
    for (text, expected) in [
        ("\x1bLua", "this is not Lua"),
        ("VirtualHost", "this is not Lua"),
        ("x = {", "this is not Lua: unexpected symbol near <eof>"),
        (
            "app_id \"x\"",
            "attempt to call a nil value (global 'app_id'); is there a \"=\" missing after app_id? [",
        ),
        (
            "app_id = nothing.at_all",
            "attempt to index a nil value (global 'nothing')",
        ),
        ("VirtualHost(nil)", "a VirtualHost must have a name"),
        ("VirtualHost {}", "a VirtualHost must have a name"),
        ("Component()", "a Component must have a name"),
        (
            "VirtualHost 'a' 'muc'",
            "VirtualHost \"a\" takes no module (\"muc\")",
        ),
        (
            "VirtualHost 'a' (5)",
            "VirtualHost \"a\" is followed by a integer",
        ),
        ("Component 'a' (5)", "Component \"a\" is followed by a"),
        (
            "VirtualHost 'a' Component 'a' 'muc'",
            "\"a\" is a VirtualHost already and cannot be a Component",
        ),
        (
            "Component 'a' 'muc' VirtualHost 'a'",
            "\"a\" is a Component already and cannot be a VirtualHost",
        ),
        (
            "VirtualHost '\\255'",
            "the name of a VirtualHost is too long or no UTF-8",
        ),
        (
            "VirtualHost (('a'):rep(2000))",
            "the name of a VirtualHost is too long",
        ),
        ("Include 'none.lua'", "cannot read /"),
        ("Include '/'", "cannot read /: is a directory"),
        (
            "Include '/dev/zero'",
            "cannot read /dev/zero: not a regular file",
        ),
        ("Include '/none/*.lua'", "cannot read /none: No such file"),
        ("Include '*/'", "a path to include ends with a slash"),
        ("Include()", ""),
        ("RunScript 'none.lua'", "cannot read /"),
        ("error('my own words', 0)", "my own words"),
        ("error()", ""),
        ("error({})", ""),
        ("assert(false, 'needed')", "needed"),
        ("assert(io.open('/none'))", "/none: No such file"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(expected), "{text:?}: {refusal}");
    }
}

#[test]
fn before_13_0_its_functions_do_not_exist() {
    for (text, name) in [
        ("x = FileContents 'x'", "FileContents"),
        ("x = FileLine 'x'", "FileLine"),
        ("x = FileLines 'x'", "FileLines"),
        ("x = Credential 'x'", "Credential"),
        ("x = Lua.os.time()", "Lua"),
        ("a = {} a { 'x' }", "a"),
    ] {
        let refusal = evaluate_as(text, Release::V0_12)
            .expect_err(text)
            .to_string();
        let expected = format!("a nil value (global '{name}')");
        assert!(refusal.contains(&expected), "{text}: {refusal}");
        let is_new = text.starts_with("x = ") && name != "Lua";
        assert_eq!(
            refusal.contains("from 13.0 on"),
            is_new,
            "{text}: {refusal}"
        );
    }
}

#[test]
fn an_operation_that_options_do_not_have_is_refused() {
    for (text, expected) in [
        ("a = {} x = a.b", "an option has no operation \"b\""),
        ("a = {} x = a[1]", "an option has no operation \"1\""),
        ("a = {} a 'x'", "is there a \"=\" missing after a?"),
        (
            "a = {} a:append('x')",
            "what is appended to a must be a list",
        ),
        (
            "a = {} b = a a = 5 x = 1 VirtualHost 'h' a { 'x' }",
            "attempt to call a nil value",
        ),
        ("a = {} x = a + { 'b' }", "attempt to perform arithmetic"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
    }
}
