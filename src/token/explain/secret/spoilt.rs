//! What files, shells, addresses and markup do to a character of a secret.

use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

use super::form::Form;

use self::Side::{Here, There};

/// Where the secret was changed.
#[derive(Clone, Copy)]
enum Side {
    Here,
    There,
}

/// Every way that a character in it is met with.
pub fn characters(secret: &[u8]) -> Vec<Form> {
    let Ok(text) = std::str::from_utf8(secret) else {
        return Vec::new();
    };
    let mut forms = Vec::new();
    for group in [dollars, percents, markup, backslashes, each] {
        forms.extend(group(text));
    }
    forms
}

fn form(how: impl Into<String>, side: Side, secret: impl Into<Vec<u8>>) -> Form {
    let cause = format!("the issuer signs with this host's secret {}", how.into());
    let remedy = match side {
        There => BY_QUOTES,
        Here => {
            "set app_secret to the secret as the issuer has it, in single quotes where a file or shell reads it"
        }
    };
    Form::new(cause, remedy, secret)
}

fn dollars(text: &str) -> Vec<Form> {
    if !text.contains('$') {
        return Vec::new();
    }
    let forms = vec![
        form(
            "with `$` and the name behind it lost: a shell, compose or PHP takes that for a variable",
            There,
            without_variables(text, false),
        ),
        form(
            "with `$` and the character behind it lost: a shell or make takes that for a variable",
            There,
            without_variables(text, true),
        ),
        form(
            "with `$$` turned into `$`, as compose and make do",
            There,
            text.replace("$$", "$"),
        ),
        form(
            "with `$` doubled, as compose and make want it",
            There,
            text.replace('$', "$$"),
        ),
        form(
            "with `\\$` turned into `$`, as shells do",
            There,
            text.replace("\\$", "$"),
        ),
        form("with `$` written as `\\$`", There, text.replace('$', "\\$")),
    ];
    forms.into_iter().map(Form::part).collect()
}

/// Takes names of variables away; with `single`, what is one character long in a shell, too.
fn without_variables(text: &str, single: bool) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, behind)) = rest.split_once('$') {
        kept.push_str(before);
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        rest = if let Some((_, after)) = behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            after
        } else if single {
            let mut rest = behind.chars();
            rest.next();
            rest.as_str()
        } else if behind.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            behind.trim_start_matches(is_of_name)
        } else {
            kept.push('$');
            behind
        };
    }
    kept + rest
}

fn percents(text: &str) -> Vec<Form> {
    let encoded = |set| utf8_percent_encode(text, set).to_string();
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let name = odd_character(text).map_or_else(String::new, |c| format!("`{c}` "));
    let how = format!("with {name}percent-encoded, as an address or a form has it");
    let mut forms = vec![
        form(how.clone(), There, encoded(STRICT)),
        form(how.clone(), There, encoded(COMPONENT)),
        form(how, There, encoded(STRICT).replace("%20", "+")),
        form(
            "percent-decoded: `%` and two digits stand for one character in an address",
            There,
            decode(text),
        ),
        form(
            "percent-decoded as a form: `+` stands for a blank there",
            There,
            decode(&text.replace('+', " ")),
        ),
    ];
    if text.contains('%') {
        forms.push(form(
            "with `%` doubled, as systemd, cron and printf want it",
            There,
            text.replace('%', "%%"),
        ));
        forms.push(form(
            "with `%%` turned into `%`, as systemd and printf do",
            There,
            text.replace("%%", "%"),
        ));
    }
    if text.contains('+') {
        forms.push(form(
            "with `+` turned into a blank, as forms and addresses do",
            There,
            text.replace('+', " "),
        ));
    }
    if text.contains(' ') {
        forms.push(form(
            "with ` ` turned into `+`, as forms do",
            There,
            text.replace(' ', "+"),
        ));
    }
    forms
}

/// The character that is probably to blame.
fn odd_character(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"-_.~".contains(*c))
}

fn markup(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut escaped = text.to_owned();
    for (c, entities) in ENTITIES {
        for entity in entities {
            let how = format!("with `{c}` written as `{entity}`, as HTML and XML have it");
            if text.contains(c) {
                forms.push(form(how, There, text.replace(c, entity)));
            }
            let how =
                format!("with `{c}` where this host has `{entity}`, as HTML and XML write it");
            if text.contains(entity) {
                forms.push(form(how, Here, text.replace(entity, c)));
            }
        }
        escaped = escaped.replace(c, entities.first().copied().unwrap_or(c));
    }
    let names: Vec<String> = ENTITIES
        .iter()
        .filter(|(c, _)| text.contains(c))
        .map(|(c, _)| format!("`{c}`"))
        .collect();
    if names.len() > 1 {
        let how = format!(
            "with {} written as HTML and XML have them (`&amp;`)",
            names.join(", ")
        );
        forms.push(form(
            how.clone(),
            There,
            escaped.replace("&quot;", "\"").replace("&#39;", "'"),
        ));
        forms.push(form(how.clone(), There, escaped.replace("&#39;", "&apos;")));
        forms.push(form(how, There, escaped));
    }
    forms
}

fn backslashes(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    if text.contains('\\') {
        forms.push(form(
            "with `\\` doubled, as JSON, YAML and Lua write it in quotes",
            There,
            text.replace('\\', "\\\\"),
        ));
        forms.push(form(
            "with `\\\\` turned into `\\`, as quotes in JSON, YAML and Lua do",
            There,
            text.replace("\\\\", "\\"),
        ));
        forms.push(form(
            "with `\\` lost, as shells do outside of quotes",
            There,
            text.replace('\\', ""),
        ));
        let read: Option<String> = serde_json::from_str(&format!("\"{text}\"")).ok();
        forms.extend(read.map(|read| {
            form(
                "with `\\` read as the beginning of an escape (`\\n` as a line break)",
                There,
                read,
            )
        }));
    }
    if text.contains(['"', '\\']) {
        let json = serde_json::Value::from(text).to_string();
        let inner = json
            .get(1..json.len().saturating_sub(1))
            .unwrap_or_default();
        forms.push(form("with `\"` and `\\` escaped as in JSON", There, inner));
    }
    forms
}

/// What is lost of each sign, and what is lost with it.
fn each(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for (c, who) in SIGNS {
        let Some((before, _)) = text.split_once(c) else {
            continue;
        };
        let how = format!("with `{c}` and what follows lost: {who}");
        forms.push(form(how.clone(), There, before));
        forms.push(form(how, There, before.trim_end()));
        forms.push(form(
            format!("with `{c}` lost: {who}"),
            There,
            text.replace(c, ""),
        ));
        forms.push(form(
            format!("with `{c}` written as `\\{c}`"),
            There,
            text.replace(c, &format!("\\{c}")),
        ));
        if c == '=' {
            let how = "with `=` lost at its end, as base64 without padding has it";
            forms.push(form(how, There, text.trim_end_matches('=')));
        }
    }
    if let Some((before, _)) = text.split_once(" #") {
        forms.push(form(
            "with `#` and what follows lost: a comment in .env and YAML",
            There,
            before,
        ));
    }
    forms.into_iter().map(Form::part).collect()
}

const BY_QUOTES: &str = "let the issuer have the secret as it stands in app_secret: in single quotes where a file or \
    shell reads it, or take one of letters and digits alone";

/// Signs that mean something somewhere, and where.
const SIGNS: [(char, &str); 16] = [
    ('#', "a comment in .env files, YAML and shells"),
    ('$', "a variable in shells and compose"),
    (
        '&',
        "the end of a field in addresses and forms, of a command in shells",
    ),
    ('"', "a quote in shells, .env files and most configurations"),
    (
        '\'',
        "a quote in shells, .env files and most configurations",
    ),
    (' ', "the end of a word in shells and unit files"),
    (
        ';',
        "the end of a command in shells, a comment in ini files",
    ),
    ('!', "a command from before in shells"),
    ('`', "a command in shells"),
    ('%', "a specifier in unit files, a line break in cron"),
    (',', "the end of an item in lists"),
    ('=', "the end of a name in files of variables"),
    (':', "the end of a name in YAML, of a user in addresses"),
    ('?', "the beginning of the query in addresses"),
    ('@', "the end of the password in addresses"),
    ('*', "a pattern of file names in shells"),
];

const ENTITIES: [(&str, &[&str]); 5] = [
    ("&", &["&amp;", "&#38;"]),
    ("<", &["&lt;"]),
    (">", &["&gt;"]),
    ("\"", &["&quot;", "&#34;"]),
    ("'", &["&#39;", "&apos;", "&#x27;"]),
];

/// All but what RFC 3986 leaves as it is.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// As JavaScript's encodeURIComponent has it.
const COMPONENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'$')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b',')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
