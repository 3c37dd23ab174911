//! Values as they were written, before anybody says of what type they must be.

use std::ffi::OsStr;
use std::path::Path;

use figment::value::Value;

/// A string, or a list of at least one.
pub fn one_or_more(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array().unwrap_or(std::slice::from_ref(value));
    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    texts.filter(|texts| !texts.is_empty())
}

/// A value as TOML writes it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, c) => format!("{:?}", c.to_string()),
        Value::Bool(_, boolean) => boolean.to_string(),
        Value::Num(..) => whole(value).map_or_else(
            || {
                value
                    .to_f64()
                    .map_or_else(|| "a number".to_owned(), |number| number.to_string())
            },
            |number| number.to_string(),
        ),
        Value::Array(_, items) => format!(
            "[{}]",
            items.iter().map(shown).collect::<Vec<_>>().join(", ")
        ),
        Value::Dict(..) | Value::Empty(..) => kind(value).to_owned(),
    }
}

/// A whole number of any size.
pub fn whole(value: &Value) -> Option<i128> {
    value
        .to_i128()
        .or_else(|| i128::try_from(value.to_u128()?).ok())
}

/// What kind of value it is, for messages.
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a string",
        Value::Bool(..) => "a truth value",
        Value::Num(..) => "a number",
        Value::Array(..) => "a list",
        Value::Dict(..) => "a table",
        Value::Empty(..) => "nothing",
    }
}

/// The truth value that was probably meant by what is none.
pub fn truth(value: &Value) -> Option<bool> {
    let word = match value {
        Value::String(_, text) => text.trim().to_ascii_lowercase(),
        Value::Num(..) => whole(value)?.to_string(),
        Value::Char(..)
        | Value::Bool(..)
        | Value::Array(..)
        | Value::Dict(..)
        | Value::Empty(..) => return None,
    };
    match word.as_str() {
        "true" | "yes" | "on" | "1" | "y" | "t" => Some(true),
        "false" | "no" | "off" | "0" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// The seconds that were probably meant by a text with a number and a unit.
pub fn seconds(value: &Value) -> Option<f64> {
    let text = value.as_str()?.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: f64 = digits.parse().ok()?;
    let unit = text.strip_prefix(digits).unwrap_or_default().trim();
    let factor = match unit {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    };
    Some(number * factor)
}

/// The number of bytes that was probably meant by a text with a number and a unit.
pub fn bytes(value: &Value) -> Option<usize> {
    let text = value.as_str()?.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: usize = digits.parse().ok()?;
    let unit = text
        .strip_prefix(digits)
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let factor = match unit.as_str() {
        "" | "b" | "bytes" => 1,
        "k" | "kb" | "kib" => 1_024,
        "m" | "mb" | "mib" => 1_048_576,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A path for messages. What looks like the content of a file stays unseen.
pub fn shown_path(path: &Path) -> String {
    let text = path.display().to_string();
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let has = |is: fn(&char) -> bool| name.chars().any(|c| is(&c));
    let is_hex = name.chars().all(|c| c.is_ascii_hexdigit());
    let is_mixed =
        has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
    let is_secret = name.len() >= LONG && !name.contains('.') && (is_hex || is_mixed);
    if is_secret || text.contains("-----BEGIN") || text.contains('\n') {
        "what a file holds in place of its path (not shown)".to_owned()
    } else {
        text
    }
}

/// File names without a dot are seldom as long as this many characters.
const LONG: usize = 20;

/// The items of a list in a variable: between commas, or in JSON.
pub fn listed(text: &str) -> Vec<String> {
    if text.trim_start().starts_with('[')
        && let Ok(items) = serde_json::from_str(text)
    {
        return items;
    }
    text.split(',').map(|item| item.trim().to_owned()).collect()
}
