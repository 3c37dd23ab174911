//! A JSON reader that accepts what lua-cjson accepts, and notes what RFC 8259 forbids of it.
//!
//! Jitsi's modules read tokens with lua-cjson, which takes numbers like `Infinity` or `0x10`, bytes that are no UTF-8
//! and members given twice. To give the same reason for a denial, such input must be read; to never act on it, each
//! oddity is noted as a [`Flaw`], and a flawed token is denied in the end.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::reason::Flaw;

/// Reads one JSON text; oddities go to `flaws`. None where lua-cjson would fail too, or nesting is too deep.
pub fn read(text: &[u8], flaws: &mut Vec<Flaw>) -> Option<Value> {
    let text = std::str::from_utf8(text).map_or_else(
        |_| {
            flaws.push(Flaw::Utf8);
            String::from_utf8_lossy(text)
        },
        Cow::Borrowed,
    );
    let mut reader = Reader { rest: &text, flaws };
    let value = reader.value(0)?;
    reader.skip_whitespace();
    reader.rest.is_empty().then_some(value)
}

/// The members of a JSON text as Lua sees them: an array or a string has none by name. None for anything else.
#[must_use]
pub fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        Value::Array(_) | Value::String(_) => Some(Map::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The place to which names lead, made of objects, and null, where there is none. None where something else is in the way.
pub fn place<N: AsRef<str>>(
    members: &mut Map<String, Value>,
    names: impl IntoIterator<Item = N>,
) -> Option<&mut Value> {
    let mut names = names.into_iter();
    let mut place = member_or_null(members, names.next()?.as_ref())?;
    for name in names {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = member_or_null(place.as_object_mut()?, name.as_ref())?;
    }
    Some(place)
}

/// The member of this name, which is null where there was none.
///
/// It inserts as a reader does, and not by an entry: whose second user would make the compiler call what it inlines there, at
/// the cost of each member of each token.
fn member_or_null<'a>(members: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    if !members.contains_key(name) {
        members.insert(name.to_owned(), Value::Null);
    }
    members.get_mut(name)
}

struct Reader<'a, 'f> {
    rest: &'a str,
    flaws: &'f mut Vec<Flaw>,
}

impl<'a> Reader<'a, '_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_whitespace();
        match self.rest.as_bytes().first()? {
            b'{' => self.object(depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?),
            b'[' => self.array(depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?),
            b'"' => self.string().map(Value::String),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take("{")?;
        let mut members = Map::new();
        if self.take("}").is_some() {
            return Some(Value::Object(members));
        }
        loop {
            self.skip_whitespace();
            let name = self.string()?;
            self.take(":")?;
            let value = self.value(depth)?;
            if members.insert(name, value).is_some() {
                self.flaws.push(Flaw::DuplicateMember);
            }
            if self.take("}").is_some() {
                return Some(Value::Object(members));
            }
            self.take(",")?;
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take("[")?;
        let mut items = Vec::new();
        if self.take("]").is_some() {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.take("]").is_some() {
                return Some(Value::Array(items));
            }
            self.take(",")?;
        }
    }

    /// Takes the string as it stands where nothing in it is escaped.
    fn string(&mut self) -> Option<String> {
        let body = self.rest.strip_prefix('"')?;
        let is_special = |byte: u8| byte == b'"' || byte == b'\\' || byte < b' ';
        let end = body.bytes().position(is_special)?;
        let (plain, rest) = body.split_at_checked(end)?;
        match rest.strip_prefix('"') {
            Some(rest) => {
                self.rest = rest;
                Some(plain.to_owned())
            }
            None => self.escaped_string(body),
        }
    }

    /// Finds the string's end and lets `serde_json` decode it; raw control characters are a flaw.
    fn escaped_string(&mut self, body: &str) -> Option<String> {
        let mut escaped = false;
        let end = body.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        let body = self.split(end.checked_add(2)?)?;
        if !body.bytes().any(|byte| byte < b' ') {
            return serde_json::from_str(body).ok();
        }
        self.flaws.push(Flaw::ControlCharacter);
        serde_json::from_str(&escape_control_characters(body)).ok()
    }

    fn scalar(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        match self.split(end.unwrap_or(self.rest.len()))? {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            token => self.number(token),
        }
    }

    fn number(&mut self, token: &str) -> Option<Value> {
        if let Ok(number) = serde_json::from_str::<Number>(token) {
            return Some(Value::Number(number));
        }
        if token.starts_with('.') {
            return None;
        }
        self.flaws.push(Flaw::Number);
        let number = hexadecimal(token).or_else(|| token.parse().ok())?;
        // JSON values hold finite numbers only; the extremes compare like the infinities.
        let finite = if number.is_nan() {
            f64::MAX
        } else {
            number.clamp(f64::MIN, f64::MAX)
        };
        Number::from_f64(finite).map(Value::Number)
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.skip_whitespace();
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn split(&mut self, at: usize) -> Option<&'a str> {
        let (head, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest;
        Some(head)
    }

    fn skip_whitespace(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}

fn hexadecimal(token: &str) -> Option<f64> {
    let (sign, digits) = match token.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, token),
    };
    let digits = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))?;
    let whole = u32::from_str_radix(digits, 16).ok()?;
    Some(sign * f64::from(whole))
}

fn escape_control_characters(string: &str) -> String {
    string
        .chars()
        .map(|c| {
            if c < ' ' {
                format!("\\u{:04x}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// Deeper nesting is refused; no claim needs it, and the reader recurses.
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reading(text: &str) -> (Option<Value>, Vec<Flaw>) {
        let mut flaws = Vec::new();
        (read(text.as_bytes(), &mut flaws), flaws)
    }

    #[test]
    fn json_is_read_without_flaws() {
        let text = "{\"a\": [1, -2.5e3, true, false, null, \"x\\u00e9\\\"\\\\\"], \"b\": {}, \"c\": [] }\n";
        let (value, flaws) = reading(text);
        assert_eq!(
            value,
            Some(json!({"a": [1, -2500.0, true, false, null, "xé\"\\"], "b": {}, "c": []}))
        );
        assert_eq!(flaws, []);
    }

    #[test]
    fn what_only_cjson_reads_is_read_and_noted() {
        for (text, value, flaw) in [
            ("{\"a\":1,\"a\":2}", json!({"a": 2}), Flaw::DuplicateMember),
            ("[Infinity]", json!([f64::MAX]), Flaw::Number),
            ("[-Infinity]", json!([f64::MIN]), Flaw::Number),
            ("[NaN]", json!([f64::MAX]), Flaw::Number),
            ("[1e400]", json!([f64::MAX]), Flaw::Number),
            ("[0x10]", json!([16.0]), Flaw::Number),
            ("[-0x10]", json!([-16.0]), Flaw::Number),
            ("[01]", json!([1.0]), Flaw::Number),
            ("[\"a\nb\"]", json!(["a\nb"]), Flaw::ControlCharacter),
        ] {
            assert_eq!(reading(text), (Some(value), vec![flaw]), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_read_and_noted() {
        let mut flaws = Vec::new();
        assert_eq!(read(b"[\"a\xff\"]", &mut flaws), Some(json!(["a\u{fffd}"])));
        assert_eq!(flaws, [Flaw::Utf8]);
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":}",
            "\"",
            "\"\\\"",
            "[.5]",
            "[1]x",
            "[1][2]",
            "nul",
            "[tru]",
            "[--1]",
            "[0xZZ]",
            "\"\\ud800\"",
            "'a'",
            "[1,,2]",
            "/**/1",
        ] {
            assert_eq!(reading(text).0, None, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(reading(&nested(MAX_DEPTH)).0.is_some());
        assert_eq!(reading(&nested(MAX_DEPTH + 1)).0, None);
        assert_eq!(reading(&"[".repeat(1_000_000)).0, None);
    }
}
