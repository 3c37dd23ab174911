//! Values as they were written, before anybody says of what type they must be.

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
