//! The same configurations, asked of Prosody itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use prosody_tokend::origin::Origin;
use prosody_tokend::prosody::coercion;
use prosody_tokend::prosody::fault::Refusal;
use prosody_tokend::prosody::model::ProsodyConfig;
use prosody_tokend::prosody::release::Release;
use prosody_tokend::prosody::release::installed as installed_release;
use prosody_tokend::prosody::sandbox::read;
use prosody_tokend::prosody::value::{Table, Value};

use super::support::{corpus, environment, load, request};

/// Host and option, and the encoded answers.
type Answers = BTreeMap<(String, String), Vec<String>>;

#[test]
fn every_option_of_debians_default_is_what_prosody_says() {
    compare("debian");
}

#[test]
fn every_option_of_jitsis_debian_packages_is_what_prosody_says() {
    compare("jitsi-debian");
}

#[test]
fn every_option_of_the_docker_image_is_what_prosody_says() {
    compare("docker");
}

#[test]
fn every_option_of_several_hosts_is_what_prosody_says() {
    compare("multi-host");
}

#[test]
fn every_option_from_files_and_variables_is_what_prosody_says() {
    compare("secrets");
}

#[test]
fn every_option_of_an_odd_kind_is_what_prosody_says() {
    compare_as("odd", Release::V0_12);
    assert!(probe(&corpus("odd"), Release::V13).is_err());
    assert!(read(&request(&corpus("odd"), Release::V13)).is_err());
}

#[test]
fn every_option_of_many_tenants_is_what_prosody_says() {
    compare("tenants");
}

#[test]
fn every_option_that_13_0_reads_otherwise_is_what_it_says() {
    compare_as("thirteen", Release::V13);
}

#[test]
fn every_option_is_in_the_section_that_prosody_puts_it_in() {
    compare("sections");
}

#[test]
fn what_prosody_refuses_is_refused_in_the_same_line() {
    for text in [
        "x = = 1",
        "\nx = {\n1\n",
        "x = 'a\nb'",
        "x = \"\\q\"",
        "\n\nerror('no')",
        "error('no', 0)",
        "error()",
        "a = 1\nb = a.c",
        "a = 1\nb = nothing .. 'c'",
        "a { 'b' }",
        "x = 1 +\n{}",
        "VirtualHost()",
        "VirtualHost(false)",
        "VirtualHost {}",
        "VirtualHost 'a' 'muc'",
        "VirtualHost 'a' (5)",
        "VirtualHost 'a'\nComponent 'a' 'muc'",
        "Component 'a' 'muc'\nVirtualHost 'a'",
        "Component 'a'\nVirtualHost 'A' { x = 1 }",
        "Component()",
        "Component 'a' (5)",
        "Component 'a' 'muc' (5)",
        "Component 'a' ()",
        "VirtualHost (('a'):rep(2000))",
        "VirtualHost '\\255'",
        "Include 'none.lua'",
        "Include 'none/*.lua'",
        "Include '*/'",
        "Include()",
        "Include {}",
        "RunScript 'none.lua'",
        "FileContents 'x'",
        "local function f() return 1 + f() end x = f()",
        "x = nil .. 'a'",
        "x = #nil",
        "x = {} < {}",
        "x = 1 < 'a'",
        "x = ('a'):b()",
        "x = ('%d'):format('a')",
        "x = ('a'):rep(1e10)",
        "for i = 1, 10, 0 do end",
        "goto nowhere",
        "break",
        "local x <const> = 1 x = 2",
        "x = 0x",
        "x = 1e",
        "x = [==[ a ]=]",
        "return return",
        "ipairs()",
        "setmetatable(1, {})",
        "string.format()",
        "table.concat({ {} })",
        "coroutine.resume(1)",
        "assert(false)",
        "assert(nil, 'message')",
        "assert(io.open('/none'))",
        "dofile('/none')",
        "for line in io.lines('/none') do end",
        "select(0)",
        "tostring()",
        "(nil)()",
        "\u{feff}a = 1",
        "#!/usr/bin/lua\na = 1",
        "\nstring.match()",
        "\nx = ('x'):find()",
        "\nx = ('x'):match('(')",
        "\nx = ('x'):gsub('%')",
        "\nfor _ in ('x'):gmatch() do end",
        "\nsetmetatable(1)",
        "\nsetmetatable({}, 1)",
        "\ntable.move(1)",
        "\npcall()",
        "\nxpcall(1)",
        "\nio.open()",
        "\nos.getenv()",
        "\nos.date('%Ez', {})",
        "\nload()",
        "\nlocal function f()\nerror('inside')\nend\nf()",
        "\nlocal function f()\nerror('outside', 2)\nend\nf()",
        "\ncoroutine.wrap(function ()\nerror('inside')\nend)()",
    ] {
        for release in [Release::V0_12, Release::V13] {
            let (prosody, ours) = both(text, release);
            let prosody = prosody.expect_err(text);
            let ours = ours.expect_err(text);
            if prosody.contains("t.cfg.lua:") {
                let Origin::File(_, Some(line)) = ours.origin else {
                    panic!("{text}: {}", ours.origin);
                };
                let place = format!("t.cfg.lua:{line}:");
                assert!(prosody.contains(&place), "{text}: {prosody}, not {place}");
            }
        }
    }
}

#[test]
fn what_prosody_takes_is_taken() {
    for text in [
        "",
        "-- nothing",
        "return",
        "return 5",
        ";;; a = 1;;",
        "a = 1 b = 2",
        "a, b = 1, 2",
        "a = function () end",
        "a = print",
        "a = undefined",
        "a = undefined or 'default'",
        "VirtualHost ''",
        "VirtualHost (5)",
        "VirtualHost 'a' VirtualHost 'a'",
        "Component 'a' Component 'a' 'muc'",
        "Component 'a' {} ",
        "Component 'a' 'muc' {}",
        "VirtualHost 'a' { 1, 2, x = 3 }",
        "Include '*.none'",
        "Include 'none?.lua'",
        "pcall(Include, 'none.lua')",
        "pcall(error, {})",
        "local ok, reason = pcall(error, 'x', 0) a = reason",
        "a = select('#', pcall(error))",
        "a = os.time() > 0",
        "a = os.date('!%Y', 0) .. os.clock() * 0",
        "a = type(io.open) b = type(os.getenv) c = type(require)",
        "a = tostring(nil) .. tostring(true)",
        "a = math.max(1, 2.5) b = math.pi c = math.huge d = -math.huge",
        "a = utf8.char(228)",
        "a = string.pack('<i4', 1)",
        "a = next({}) b = next({ 1 })",
        "a = rawget(_G, 'x') b = rawequal(1, 1) c = rawlen({ 1 })",
        "for k, v in pairs({ x = 1 }) do _ENV[k] = v end",
        "local _ENV = setmetatable({}, { __index = _ENV, __newindex = _ENV }) a = 1",
        "function a() end",
        "a = (function (...) return select('#', ...) end)(...)",
        "a = table.concat({ 'x', 1, 2.5 }, ',')",
        "local t = setmetatable({}, { __index = function (_, k) return k end }) a = t.b",
        "local t = { 3, 1, 2 } table.sort(t) a = t",
        "a = { [1] = 'x', [3] = 'z' }",
        "a = { n = 1, nil, 2 }",
        "a = ('x'):rep(3, ',')",
        "a = ('a,b'):gsub(',', { [','] = ';' })",
        "a = (' x '):match('^%s*(.-)%s*$')",
        "a = string.format('%q %5.2f %x', 'x', 1.5, 255)",
        "a = 5 // 0.0 b = -5 % 3 c = 1 << 2 d = ~0",
        "a = 0/0 == 0/0",
        "a = 2^53 b = 10 / 2 c = 3 | 0",
        "a = '1' + 1 b = '0x10' * 1 c = 10 .. ''",
        "a = coroutine.wrap(function () coroutine.yield(1) end)()",
        "a = load('return 1')() b = load('x = = 1') c = load(function () return nil end) ~= nil",
        "a = load('return x', 'n', 't', { x = 'y' })()",
        "a = load(5)",
        "a = not load('\\27Lua')",
        "xpcall(error, function (m) handled = true end, 'x')",
        "a = package.config:sub(1, 1)",
        "collectgarbage() collectgarbage('collect')",
        "local f = io.open('/none') a = f == nil",
        "a = _VERSION",
        "a = getmetatable('').__index == string",
        "_G.b = 5 a = b",
        "x = 1 x = nil",
        "Host = 5",
        "goto e ::e::",
        "a = 1\r\nb = [[x\r\ny]]\r\n-- c\r\n",
        "VirtualHost 'h'\n a = 1\nVirtualHost '*'\n b = 2\nHost '*'\n c = 3",
        "VirtualHost 'h' { enabled = false } a = 'global'",
        "VirtualHost 'H.Example' a = 1 VirtualHost 'h.example' b = 2",
        "Component 'c' 'muc' modules_enabled = { 'a', nil, 'b' }",
        "Component 'c' { x = 1 } Component 'c' 'muc' y = 2",
        "local t = {} for i = 1, 3 do t[#t + 1] = 'h' .. i end for _, h in ipairs(t) do VirtualHost(h) a = h end",
        "a = ENV_APP_ID or 'none' b = ENV_NOTHING or 'none' c = ENV_ALLOW_EMPTY == '1'",
        "a = os.getenv('APP_ID') b = os.getenv('NOTHING') or 'none'",
        "a = tonumber('0x1F') b = '5' c = ' 7 ' d = '1e2' e = 'true' f = 'false' g = 'True' h = 1 i = 0 j = 2",
        "a = { true } b = { 'x', 'y' } c = {} d = { { 'x' } } e = { x = 1 } f = { 1, 2.5, '3', false }",
        "a = string.format('%s-%d', 'x', 3) b = ('x'):upper() c = #'abc' d = ('a'):byte()",
        "VirtualHost 'h' do local x = 1 a = x end if a then b = 2 end",
        "a = 9007199254740993 b = 1e308 * 10 c = -1e308 * 10 d = 1/3 e = 1e15 f = 1e16 g = 123456789012345678",
        "a = 'x' .. 1.0 b = 2^53 .. '' c = -0.0 .. '' d = 0x7fffffffffffffff + 1",
        "VirtualHost 'b\u{fc}cher.example' a = 1",
        "VirtualHost 'h' modules_enabled = { [1] = 'a', [2] = 'b', x = 'c' }",
        "local x <close> = nil a = 1",
    ] {
        for release in [Release::V0_12, Release::V13] {
            let (prosody, ours) = both(text, release);
            let prosody =
                prosody.unwrap_or_else(|complaint| panic!("{text}, {release:?}: {complaint}"));
            let ours = ours.unwrap_or_else(|refusal| panic!("{text}, {release:?}: {refusal}"));
            let theirs: Answers = prosody.lines().map(answer).collect();
            hold(text, release, &answers(&ours), &theirs);
        }
    }
}

#[test]
fn what_13_0_takes_is_taken() {
    for text in [
        "a = Lua.os.getenv('APP_ID') b = Lua.os.getenv('NOTHING')",
        "a = Lua.table.concat({ 'x', 'y' }, ',') b = Lua.string.rep('x', 3)",
        "a = {} a.b = 1",
        "a = { 'x' } c = a:value() a { 'y' } a:append({ 'z' })",
        "a = { x = 1 } a { y = 2 } b = a.value",
        "for k, v in Lua.pairs({ x = 1 }) do a = k .. v end",
        "a = 'x' b = a .. 'y' c = a or 'z' VirtualHost 'h' d = a e = a == nil",
        "VirtualHost 'h' a = { 'x' } a { 'y' } VirtualHost 'i' b = a",
        "modules_enabled = { 'a' } VirtualHost 'h' modules_enabled { 'b' }",
        "local s = Lua.string a = s.format('%q', 'x') b = Lua.tostring(5) c = Lua.type(a)",
        "local name = 'n' Lua.rawset(_G or {}, 'g', 1)",
        "a = Lua.type(Lua.os) b = Lua.select('#', 1, 2) c = Lua.tonumber('5')",
        "a = {} for v in a:values() do b = v end",
        "a = 1 function f() a = 2 end f()",
        "Lua.pcall(Credential, 'none') Lua.pcall(FileContents, 'none') Lua.pcall(FileLines, 'none')",
        "a = FileLine('t.cfg.lua') b = FileContents 't.cfg.lua' c = FileLines 't.cfg.lua'",
        "a = FileLine('t.cfg.lua', 'L')",
    ] {
        let (prosody, ours) = both(text, Release::V13);
        match (prosody, ours) {
            (Ok(prosody), Ok(ours)) => {
                let theirs: Answers = prosody.lines().map(answer).collect();
                hold(text, Release::V13, &answers(&ours), &theirs);
            }
            (prosody, ours) => {
                assert_eq!(
                    prosody.is_err(),
                    ours.is_err(),
                    "{text}: {prosody:?} {ours:?}"
                );
            }
        }
    }
}

#[test]
fn the_installed_prosody_is_known_by_its_release() {
    let version = std::fs::read_to_string("/usr/lib/prosody/prosody.version").unwrap();
    assert_eq!(installed_release(), Release::from_version(&version));
}

/// What Prosody and this crate make of a text.
fn both(text: &str, release: Release) -> (Result<String, String>, Result<ProsodyConfig, Refusal>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.cfg.lua");
    std::fs::write(&path, text).unwrap();
    let ours = read(&request(&path, release));
    (probe(&path, release), ours)
}

fn compare(name: &str) {
    compare_as(name, Release::V0_12);
    compare_as(name, Release::V13);
}

fn compare_as(name: &str, release: Release) {
    let theirs = ask_prosody(&corpus(name), release);
    let ours = answers(&load(name, release));
    assert!(theirs.len() > 10, "{name}: Prosody says {theirs:?}");
    hold(name, release, &ours, &theirs);
}

/// Every option is the same, and there are no others.
fn hold(name: &str, release: Release, ours: &Answers, theirs: &Answers) {
    for (option, answer) in theirs {
        assert_eq!(
            ours.get(option),
            Some(answer),
            "{name}, {release:?}: {option:?}"
        );
    }
    let more: Vec<_> = ours
        .keys()
        .filter(|option| !theirs.contains_key(*option))
        .collect();
    assert!(
        more.is_empty(),
        "{name}, {release:?}: Prosody has no {more:?}"
    );
}

fn ask_prosody(path: &Path, release: Release) -> Answers {
    let text =
        probe(path, release).unwrap_or_else(|complaint| panic!("{}: {complaint}", path.display()));
    text.lines().map(answer).collect()
}

/// Prosody's answers, or why it refuses the configuration.
///
/// Prosody 0.12 fails to warn of an option that is set twice in a file with a path of 60 bytes or more, and then to
/// load it: it gets a short one.
fn probe(path: &Path, release: Release) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("c");
    std::os::unix::fs::symlink(path.parent().unwrap(), &short).unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut command, prosody) = match release {
        Release::V0_12 => (Command::new("lua5.4"), "/usr/lib/prosody".into()),
        Release::V13 => (
            Command::new(project.join("tests/support/lua-13")),
            project.join("target/debian-13/usr/lib/prosody"),
        ),
    };
    let output = command
        .arg(project.join("tests/it/prosody_config/probe.lua"))
        .arg(prosody)
        .arg(short.join(path.file_name().unwrap()))
        .env_clear()
        .envs(environment(path))
        .env(
            "CREDENTIALS_DIRECTORY",
            path.parent().unwrap().join("secrets"),
        )
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).unwrap());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn answer(line: &str) -> ((String, String), Vec<String>) {
    let mut fields = line.split('\t').map(str::to_owned);
    let option = (fields.next().unwrap(), fields.next().unwrap());
    (option, fields.collect())
}

fn answers(config: &ProsodyConfig) -> Answers {
    let mut answers = Answers::new();
    for host in config.hosts.keys().map(String::as_str).chain(["*"]) {
        for (option, setting) in config.effective(host) {
            let value = Some(&setting.value);
            let answer = vec![
                encode(value),
                encode(coercion::string(value).value.map(Value::String).as_ref()),
                encode(coercion::number(value).value.map(Value::Float).as_ref()),
                encode(coercion::boolean(value).value.map(Value::Boolean).as_ref()),
                encode(coercion::array(value).value.map(list).as_ref()),
            ];
            answers.insert((host.to_owned(), option), answer);
        }
    }
    answers
}

fn list(items: Vec<Value>) -> Value {
    items.into_iter().collect()
}

fn encode(value: Option<&Value>) -> String {
    match value {
        None => "nil".to_owned(),
        Some(Value::String(bytes)) => format!("s{}", hex(bytes)),
        Some(Value::Integer(number)) => format!("i{number}"),
        Some(Value::Float(number)) => format!("f{:016x}", number.to_bits()),
        Some(Value::Boolean(boolean)) => boolean.to_string(),
        Some(Value::Table(table)) => encode_table(table),
        Some(Value::Unreadable(_) | Value::Opaque(_)) => "opaque".to_owned(),
    }
}

fn encode_table(table: &Table) -> String {
    let items = table.items.iter().map(|item| encode(Some(item)));
    let fields = table.fields.iter();
    let fields =
        fields.map(|(name, value)| format!("{}={}", hex(name.as_bytes()), encode(Some(value))));
    format!("{{{}}}", items.chain(fields).collect::<Vec<_>>().join(","))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
