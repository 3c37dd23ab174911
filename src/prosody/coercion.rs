//! Options as Prosody's modules get them: `module:get_option_string` and its siblings.
//!
//! Prosody does not refuse a value of the wrong type. It takes what it can, says so in its log, and goes on without
//! the value where it can take nothing.

use super::value::Value;

/// What a module gets, and what Prosody would complain about.
#[derive(Debug, Clone, PartialEq)]
pub struct Coerced<T> {
    /// The value; none stands for Lua's nil, so the module uses its default.
    pub value: Option<T>,
    /// What is wrong with what was written.
    pub complaint: Option<Complaint>,
}

/// Why a value was not taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// A list of several where one value belongs.
    #[error("a list where one value is expected; the first item counts")]
    OnlyTheFirst,
    /// A number or a truth value where texts are compared.
    #[error("a number or a truth value among texts, which no claim equals; write it in quotes")]
    NoTextAmongThem,
    #[error("not a number")]
    NotANumber,
    /// Neither true nor false.
    #[error("neither true nor false")]
    NotABoolean,
    /// No text: a table in a list, or a function.
    #[error("not a text")]
    NotAText,
    /// In a file that this process cannot read.
    #[error("{0}")]
    Unreadable(String),
}

/// `get_option_string`: numbers and truth values become text, a list its first item.
#[must_use]
pub fn string(value: Option<&Value>) -> Coerced<Vec<u8>> {
    scalar(value).and_then(|value| text(value).ok_or_else(|| unusable(value, Complaint::NotAText)))
}

/// `get_option_boolean`: true, "true" and 1; false, "false" and 0.
#[must_use]
pub fn boolean(value: Option<&Value>) -> Coerced<bool> {
    scalar(value)
        .and_then(|value| truth(value).ok_or_else(|| unusable(value, Complaint::NotABoolean)))
}

/// `get_option_number`: numbers, and text that Lua reads as one.
#[must_use]
pub fn number(value: Option<&Value>) -> Coerced<f64> {
    scalar(value)
        .and_then(|value| numeric(value).ok_or_else(|| unusable(value, Complaint::NotANumber)))
}

/// `get_option_array`: what is no table becomes a list of one.
#[must_use]
pub fn array(value: Option<&Value>) -> Coerced<Vec<Value>> {
    let (value, complaint) = match value {
        None => (None, None),
        Some(Value::Table(table)) => (Some(table.items.clone()), None),
        Some(value @ Value::Unreadable(_)) => (None, Some(unusable(value, Complaint::NotAText))),
        Some(value) => (Some(vec![value.clone()]), None),
    };
    Coerced { value, complaint }
}

/// `get_option_array` and `get_option_set` of texts; an item that is no text is left out.
#[must_use]
pub fn strings(value: Option<&Value>) -> Coerced<Vec<Vec<u8>>> {
    let Coerced { value, complaint } = array(value);
    let Some(items) = value else {
        return Coerced {
            value: None,
            complaint,
        };
    };
    let texts: Vec<Vec<u8>> = items.iter().filter_map(text).collect();
    let unusable = items
        .iter()
        .find(|item| text(item).is_none())
        .map(|item| unusable(item, Complaint::NotAText));
    Coerced {
        value: Some(texts),
        complaint: unusable,
    }
}

/// `get_option_scalar`: a list stands for its first item.
fn scalar(value: Option<&Value>) -> Coerced<&Value> {
    match value {
        Some(Value::Table(table)) => Coerced {
            value: table.items.first(),
            complaint: (table.items.len() > 1).then_some(Complaint::OnlyTheFirst),
        },
        value => Coerced {
            value,
            complaint: None,
        },
    }
}

impl<T> Coerced<T> {
    /// The same with another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Coerced<U> {
        Coerced {
            value: self.value.map(convert),
            complaint: self.complaint,
        }
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Result<U, Complaint>) -> Coerced<U> {
        match self.value.map(read) {
            None => Coerced {
                value: None,
                complaint: self.complaint,
            },
            Some(Ok(value)) => Coerced {
                value: Some(value),
                complaint: self.complaint,
            },
            Some(Err(complaint)) => Coerced {
                value: None,
                complaint: Some(complaint),
            },
        }
    }
}

fn unusable(value: &Value, otherwise: Complaint) -> Complaint {
    match value {
        Value::Unreadable(reason) => Complaint::Unreadable(reason.clone()),
        _ => otherwise,
    }
}

/// Lua's `tostring` of what has a text.
fn text(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(bytes) => Some(bytes.clone()),
        Value::Integer(number) => Some(number.to_string().into_bytes()),
        Value::Float(number) => Some(float(*number).into_bytes()),
        Value::Boolean(boolean) => Some(boolean.to_string().into_bytes()),
        Value::Table(_) | Value::Unreadable(_) | Value::Opaque(_) => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(boolean) => Some(*boolean),
        Value::String(text) if text == b"true" => Some(true),
        Value::String(text) if text == b"false" => Some(false),
        value => match numeric(value) {
            Some(1.0) if !matches!(value, Value::String(_)) => Some(true),
            Some(0.0) if !matches!(value, Value::String(_)) => Some(false),
            _ => None,
        },
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers of options are small; Lua compares them the same way"
)]
fn numeric(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(bytes) => parse(std::str::from_utf8(bytes).ok()?),
        Value::Boolean(_) | Value::Table(_) | Value::Unreadable(_) | Value::Opaque(_) => None,
    }
}

/// Lua's `tonumber` of a text: decimal or `0x`, white space around it, no words such as `inf`.
fn parse(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(digits) => hexadecimal(digits)?,
        None => decimal(digits)?,
    };
    Some(sign * magnitude)
}

fn decimal(digits: &str) -> Option<f64> {
    let starts_well = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts_well.then(|| digits.parse().ok()).flatten()
}

/// Digits in base 16, perhaps with a fraction, and with a power of two after `p`.
fn hexadecimal(digits: &str) -> Option<f64> {
    let (digits, exponent) = match digits.split_once(['p', 'P']) {
        Some((digits, exponent)) => (digits, exponent.parse().ok()?),
        None => (digits, 0_i32),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut magnitude = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        magnitude = magnitude * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let places = i32::try_from(fraction.len()).ok()?;
    let shift = exponent.saturating_sub(places.saturating_mul(4));
    Some(magnitude * 2.0_f64.powi(shift))
}

/// Lua's `%.14g`, with `.0` where it would look like a whole number.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        }
        .to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = format!("{number:.13e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..14).contains(&exponent) {
        let places = usize::try_from(13 - exponent).unwrap_or(0);
        let fixed = trimmed(&format!("{number:.places$}"));
        return if fixed.contains('.') {
            fixed
        } else {
            fixed + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.unsigned_abs())
}

fn trimmed(digits: &str) -> String {
    if digits.contains('.') {
        let digits = digits.trim_end_matches('0');
        return digits.trim_end_matches('.').to_owned();
    }
    digits.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[Value]) -> Value {
        items.iter().cloned().collect()
    }

    #[test]
    fn a_string_option_takes_what_prosody_takes() {
        let unreadable = Value::Unreadable("/s: Permission denied".to_owned());
        for (value, expected, complaint) in [
            (None, None, None),
            (Some("a".into()), Some("a"), None),
            (Some("".into()), Some(""), None),
            (Some(Value::Integer(5)), Some("5"), None),
            (Some(Value::Float(1.5)), Some("1.5"), None),
            (Some(Value::Boolean(false)), Some("false"), None),
            (Some(list(&["a".into()])), Some("a"), None),
            (Some(list(&[])), None, None),
            (
                Some(list(&["a".into(), "b".into()])),
                Some("a"),
                Some(Complaint::OnlyTheFirst),
            ),
            (
                Some(list(&[list(&["a".into()])])),
                None,
                Some(Complaint::NotAText),
            ),
            (
                Some(Value::Opaque("a function".into())),
                None,
                Some(Complaint::NotAText),
            ),
            (
                Some(unreadable),
                None,
                Some(Complaint::Unreadable("/s: Permission denied".to_owned())),
            ),
        ] {
            let coerced = string(value.as_ref());
            let expected = expected.map(|text| text.as_bytes().to_vec());
            assert_eq!(
                (coerced.value, coerced.complaint),
                (expected, complaint),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_truth_option_takes_what_prosody_takes() {
        for (value, expected) in [
            (Value::Boolean(true), Some(true)),
            (Value::Boolean(false), Some(false)),
            ("true".into(), Some(true)),
            ("false".into(), Some(false)),
            (Value::Integer(1), Some(true)),
            (Value::Float(0.0), Some(false)),
            (list(&[Value::Boolean(true)]), Some(true)),
            ("True".into(), None),
            ("1".into(), None),
            ("0".into(), None),
            ("".into(), None),
            ("yes".into(), None),
            (Value::Integer(2), None),
        ] {
            let coerced = boolean(Some(&value));
            assert_eq!(coerced.value, expected, "{value:?}");
            assert_eq!(coerced.complaint.is_some(), expected.is_none(), "{value:?}");
        }
        assert_eq!(boolean(Some(&list(&[]))).complaint, None);
    }

    #[test]
    fn a_number_option_takes_what_prosody_takes() {
        for (value, expected) in [
            (Value::Integer(128), Some(128.0)),
            ("128".into(), Some(128.0)),
            (" 1.5e1\n".into(), Some(15.0)),
            ("0x10".into(), Some(16.0)),
            ("-.5".into(), Some(-0.5)),
            (list(&["3".into(), "4".into()]), Some(3.0)),
            ("inf".into(), None),
            ("nan".into(), None),
            ("1k".into(), None),
            ("".into(), None),
            ("0x".into(), None),
            ("0x+1".into(), None),
            ("0x1p4".into(), Some(16.0)),
            ("0x.8P+1".into(), Some(1.0)),
            ("0xA.8p-1".into(), Some(5.25)),
            ("0x.".into(), None),
            ("0x1p".into(), None),
            ("0x1p1.5".into(), None),
            ("0xg".into(), None),
            ("--1".into(), None),
            (Value::Boolean(true), None),
        ] {
            assert_eq!(number(Some(&value)).value, expected, "{value:?}");
        }
    }

    #[test]
    fn a_list_option_takes_what_prosody_takes() {
        assert_eq!(array(None).value, None);
        assert_eq!(array(Some(&"a".into())).value, Some(vec!["a".into()]));
        assert_eq!(array(Some(&list(&[]))).value, Some(Vec::new()));
        let mixed = list(&["a".into(), Value::Integer(1), list(&[])]);
        let texts = strings(Some(&mixed));
        assert_eq!(texts.value, Some(vec![b"a".to_vec(), b"1".to_vec()]));
        assert_eq!(texts.complaint, Some(Complaint::NotAText));
        assert_eq!(
            strings(Some(&Value::Boolean(false))).value,
            Some(vec![b"false".to_vec()])
        );
    }

    #[test]
    fn numbers_have_the_text_that_lua_gives_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (0.1, "0.1"),
            (100.25, "100.25"),
            (1e15, "1e+15"),
            (1e-7, "1e-07"),
            (1.5e300, "1.5e+300"),
            (1e13, "10000000000000.0"),
            (0.0, "0.0"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(float(number), text);
        }
    }
}
