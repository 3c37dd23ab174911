//! Reads which paths a source file mentions, without the help of a compiler.

/// A path as the file means it: `crate::token::claims` or `std::fs::read`.
#[derive(Debug, PartialEq)]
pub struct Mention {
    pub line: usize,
    pub path: String,
    pub in_tests: bool,
    /// Whether it stands in a `pub use`, with or without a bound on who sees it.
    pub is_public: bool,
}

/// Every path in `text`, the groups of its `use` lines taken apart, and every `async`.
/// `module` is where the file stands in the crate: `token::claims`.
pub fn mentions(module: &str, text: &str) -> Vec<Mention> {
    let mut reader = Reader {
        tokens: tokens(text),
        at: 0,
        scopes: vec![Scope {
            module: module.split("::").map(str::to_owned).collect(),
            in_tests: module.ends_with("::tests"),
        }],
        test_item: false,
        public_use: false,
        found: Vec::new(),
    };
    reader.read();
    reader.found
}

struct Scope {
    module: Vec<String>,
    in_tests: bool,
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    scopes: Vec<Scope>,
    /// Between `#[cfg(test)]` and the end of the item it stands before.
    test_item: bool,
    /// Within a `use` that is public.
    public_use: bool,
    found: Vec<Mention>,
}

impl Reader {
    fn read(&mut self) {
        while let Some(text) = self.text(0) {
            match text {
                "#" if self.follows(&["#", "[", "cfg", "(", "test", ")", "]"]) => {
                    self.test_item = true;
                    self.at += 7;
                }
                "mod" if self.text(2) == Some("{") => {
                    let name = self.text(1).unwrap_or_default().to_owned();
                    self.open(Some(name));
                    self.at += 3;
                }
                "use" => {
                    let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
                    self.public_use =
                        before.is_some_and(|token| ["pub", ")"].contains(&token.text.as_str()));
                    self.at += 1;
                    self.path(Vec::new(), true);
                    self.public_use = false;
                }
                "{" => {
                    self.open(None);
                    self.at += 1;
                }
                "}" => {
                    if self.scopes.len() > 1 {
                        self.scopes.pop();
                    }
                    self.at += 1;
                }
                ";" => {
                    self.test_item = false;
                    self.at += 1;
                }
                "async" => {
                    self.at += 1;
                    self.record(&["async".to_owned()]);
                }
                name if is_name(name) => self.path(Vec::new(), false),
                _ => self.at += 1,
            }
        }
    }

    fn open(&mut self, name: Option<String>) {
        let outer = &self.scopes[self.scopes.len() - 1];
        let mut module = outer.module.clone();
        module.extend(name);
        let in_tests = outer.in_tests || self.test_item;
        self.scopes.push(Scope { module, in_tests });
        self.test_item = false;
    }

    /// Reads one path, or all that a group of `use` names, and stops behind it.
    fn path(&mut self, mut segments: Vec<String>, imported: bool) {
        loop {
            match self.text(0) {
                Some("::") => self.at += 1,
                Some("{") if imported => return self.group(&segments),
                Some(name) if is_name(name) || (name == "*" && imported) => {
                    segments.push(name.to_owned());
                    self.at += 1;
                    if self.text(0) != Some("::") {
                        break;
                    }
                }
                _ => break,
            }
        }
        if imported || segments.len() > 1 {
            self.record(&segments);
        }
    }

    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while let Some(text) = self.text(0) {
            match text {
                "}" => {
                    self.at += 1;
                    return;
                }
                "as" => self.at += 2,
                "," => self.at += 1,
                _ => self.path(prefix.to_vec(), true),
            }
        }
    }

    fn record(&mut self, segments: &[String]) {
        let Some(token) = self.tokens.get(self.at.saturating_sub(1)) else {
            return;
        };
        let scope = &self.scopes[self.scopes.len() - 1];
        self.found.push(Mention {
            line: token.line,
            path: absolute(&scope.module, segments),
            in_tests: scope.in_tests || self.test_item,
            is_public: self.public_use,
        });
    }

    fn text(&self, ahead: usize) -> Option<&str> {
        let token = self.tokens.get(self.at + ahead)?;
        Some(&token.text)
    }

    fn follows(&self, expected: &[&str]) -> bool {
        (0..)
            .zip(expected)
            .all(|(ahead, text)| self.text(ahead) == Some(text))
    }
}

/// `super::claims` in `token::room` is `crate::token::claims`.
fn absolute(module: &[String], segments: &[String]) -> String {
    let mut base = Vec::new();
    let mut rest = segments.iter().map(String::as_str).peekable();
    match rest.peek() {
        Some(&("crate" | "prosody_tokend")) => {
            base.push("crate");
            rest.next();
        }
        Some(&("self" | "super")) => {
            base.push("crate");
            base.extend(module.iter().map(String::as_str));
        }
        _ => {}
    }
    while let Some(segment) = rest.next_if(|segment| matches!(*segment, "self" | "super")) {
        if segment == "super" {
            base.pop();
        }
    }
    base.extend(rest.filter(|segment| *segment != "self"));
    base.join("::")
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Names, `::` and single signs; comments, strings, characters and lifetimes are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let mut length = skipped(rest);
        if length == 0 {
            length = token_length(rest, first);
            let text = rest[..length].trim_start_matches("r#").to_owned();
            found.push(Token { line, text });
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

fn token_length(rest: &str, first: char) -> usize {
    if rest.starts_with("::") {
        return 2;
    }
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    let name = rest[raw..].find(|sign: char| !sign.is_alphanumeric() && sign != '_');
    match name.map_or(rest.len(), |length| raw + length) {
        length if length > raw => length,
        _ => first.len_utf8(),
    }
}

/// How long the blank, comment, string, character or lifetime is that `rest` starts with.
fn skipped(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    let blank = rest.len() - rest.trim_start().len();
    if blank > 0 { blank } else { string(rest) }
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    loop {
        match rest.get(at..at + 2) {
            Some("/*") => (at, depth) = (at + 2, depth + 1),
            Some("*/") => (at, depth) = (at + 2, depth - 1),
            _ if at + 2 >= rest.len() => return rest.len(),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
}

/// `'a'`, `'\''`, or the lifetime `'a`.
fn character(rest: &str) -> usize {
    if rest.starts_with("'\\") {
        return rest[3..].find('\'').map_or(rest.len(), |end| end + 4);
    }
    let mut signs = rest.char_indices().skip(1);
    let closing = signs.nth(1);
    match closing {
        Some((at, '\'')) => at + 1,
        _ => {
            1 + rest[1..]
                .find(|sign: char| !sign.is_alphanumeric() && sign != '_')
                .unwrap_or(rest.len() - 1)
        }
    }
}

/// `"…"`, `b"…"`, `c"…"`, and the raw forms with any number of `#`.
fn string(rest: &str) -> usize {
    let prefix = rest
        .find(|sign| !matches!(sign, 'b' | 'c' | 'r'))
        .unwrap_or(0);
    let raw = rest[..prefix].contains('r');
    let hashes = rest[prefix..].len() - rest[prefix..].trim_start_matches('#').len();
    let open = prefix + if raw { hashes } else { 0 };
    if prefix > 2 || !rest[open..].starts_with('"') {
        return 0;
    }
    let body = open + 1;
    let length = if raw {
        raw_end(&rest[body..], hashes)
    } else {
        escaped_end(&rest[body..])
    };
    body + length
}

fn raw_end(body: &str, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map_or(body.len(), |at| at + end.len())
}

fn escaped_end(body: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in body.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    body.len()
}
