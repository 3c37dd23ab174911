//! A JSON Schema of the configuration, for editors: from the table of options that the parser goes by.

use prosody_tokend::config::mapping;
use prosody_tokend::options::{self, DefaultValue, Kind, KnownOption, Place, Role, Unit};
use serde_json::{Map, Value, json};
use toml_edit::Value as Toml;

use crate::DescribeError;

/// The schema of the whole file. Draft 7 is what taplo and Even Better TOML take.
pub fn configuration() -> Result<Value, DescribeError> {
    let mut top = Map::new();
    for option in options::all() {
        if let Place::Daemon(section) = option.place {
            let table = if section.is_empty() {
                &mut top
            } else {
                section_of(&mut top, section)?
            };
            table.insert(option.name.to_owned(), described(option)?);
        }
    }
    top.insert("hosts".to_owned(), hosts()?);
    top.insert(options::GATEWAYS.to_owned(), gateways()?);
    Ok(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The configuration of prosody-tokend",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
    }))
}

/// The options in a section, which comes in with its first one.
fn section_of<'a>(
    top: &'a mut Map<String, Value>,
    name: &str,
) -> Result<&'a mut Map<String, Value>, DescribeError> {
    let section = top.entry(name).or_insert_with(|| table(&Map::new()));
    let properties = section.get_mut("properties").and_then(Value::as_object_mut);
    properties.ok_or(DescribeError::SectionAndOption(name.to_owned()))
}

fn hosts() -> Result<Value, DescribeError> {
    let of_hosts = options::all().filter(|option| option.is_hosts());
    let described = of_hosts.map(|option| Ok((option.name.to_owned(), described(option)?)));
    let mut properties: Map<String, Value> = described.collect::<Result<_, DescribeError>>()?;
    properties.insert("issuers".to_owned(), issuers()?);
    Ok(json!({
        "description": "One section for each VirtualHost of Prosody with tokens.",
        "type": "object",
        "additionalProperties": table(&properties),
    }))
}

fn gateways() -> Result<Value, DescribeError> {
    let described =
        options::of_gateways().map(|option| Ok((option.name.to_owned(), described(option)?)));
    let properties: Map<String, Value> = described.collect::<Result<_, DescribeError>>()?;
    Ok(json!({
        "description": "One section for each name under which proxies ask whether a request passes.",
        "type": "object",
        "additionalProperties": table(&properties),
    }))
}

fn issuers() -> Result<Value, DescribeError> {
    let described =
        options::of_issuers().map(|option| Ok((option.name.to_owned(), described(option)?)));
    let properties: Map<String, Value> = described.collect::<Result<_, DescribeError>>()?;
    Ok(json!({
        "description": "Further issuers of the host's tokens, each with its own keys and bounds.",
        "type": "array",
        "minItems": 1,
        "items": table(&properties),
    }))
}

/// Where claims are taken from.
fn mapping() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let source = json!({ "anyOf": [
        text,
        { "type": "boolean" },
        { "type": "array", "minItems": 1, "items": text },
        { "type": "object", "additionalProperties": false, "properties": {
            "constant": { "type": ["string", "boolean"] },
            "pointer": text,
            "contains": text,
            "matches": text,
        } },
    ] });
    let sources = |names: &[&str]| -> Map<String, Value> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), source.clone()))
            .collect()
    };
    let mut context = sources(&["group"]);
    context.insert(
        "user".to_owned(),
        table(&sources(&["id", "name", "email", "avatar"])),
    );
    let features = json!({ "type": "object", "additionalProperties": source });
    context.insert("features".to_owned(), features);
    let mut claims = sources(&["room", "sub", "moderator"]);
    let presets: Vec<&str> = mapping::presets().collect();
    claims.insert("preset".to_owned(), json!({ "enum": presets }));
    claims.insert(
        "replace".to_owned(),
        json!({ "type": "boolean", "default": false }),
    );
    claims.insert("context".to_owned(), table(&context));
    json!({ "anyOf": [{ "enum": presets }, table(&claims)] })
}

fn table(properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn described(option: &KnownOption) -> Result<Value, DescribeError> {
    let mut schema = of_kind(option);
    schema.insert("description".to_owned(), json!(text(option)));
    let value = example(option)?;
    match option.default {
        DefaultValue::Always => schema.insert("default".to_owned(), value),
        DefaultValue::From(_)
        | DefaultValue::Depends(_)
        | DefaultValue::Nothing
        | DefaultValue::Required => schema.insert("examples".to_owned(), json!([value])),
    };
    Ok(Value::Object(schema))
}

fn text(option: &KnownOption) -> String {
    let sentences = [option.meaning, option.detail].into_iter();
    let sentences: Vec<&str> = sentences.filter(|text| !text.is_empty()).collect();
    sentences.join(" ")
}

/// What values there may be. Bounds of numbers are left to the daemon, whose messages say more.
fn of_kind(option: &KnownOption) -> Map<String, Value> {
    let text = json!({ "type": "string", "minLength": 1 });
    let texts = json!({ "type": "array", "minItems": 1, "items": text });
    let schema = match option.kind {
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::Number(Unit::Seconds) => json!({ "type": "number", "minimum": 0 }),
        Kind::Number(Unit::Bytes | Unit::Count) => json!({ "type": "integer", "minimum": 0 }),
        Kind::Texts if option.place == Place::Issuer => {
            json!({ "anyOf": [text, { "type": "array", "items": text }] })
        }
        // Of a gateway's, none of several may be wanted.
        Kind::Texts if option.place == Place::Gateway => {
            json!({ "type": "array", "items": text })
        }
        Kind::Texts => texts,
        Kind::Table => json!({ "type": "object", "additionalProperties": {
            "anyOf": [text, { "type": ["number", "boolean"] }],
        } }),
        Kind::Mapping => mapping(),
        Kind::Secret | Kind::SecretFile | Kind::Credential if option.role == Role::AppSecret => {
            json!({ "anyOf": [text, texts] })
        }
        Kind::Text
        | Kind::Url
        | Kind::Secret
        | Kind::SecretFile
        | Kind::Credential
        | Kind::File
        | Kind::Folder => text,
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// The row's example, which is its default where that is always the same.
fn example(option: &KnownOption) -> Result<Value, DescribeError> {
    let KnownOption { name, example, .. } = *option;
    let wrong = DescribeError::Example { name, example };
    let value: Toml = example.parse().map_err(|_| wrong)?;
    json_of(&value).ok_or(DescribeError::Example { name, example })
}

fn json_of(value: &Toml) -> Option<Value> {
    match value {
        Toml::String(text) => Some(json!(text.value())),
        Toml::Integer(number) => Some(json!(number.value())),
        Toml::Float(number) => Some(json!(number.value())),
        Toml::Boolean(truth) => Some(json!(truth.value())),
        Toml::Array(items) => items
            .iter()
            .map(json_of)
            .collect::<Option<_>>()
            .map(Value::Array),
        Toml::InlineTable(table) => {
            let entries = table.iter();
            let entries = entries.map(|(name, value)| Some((name.to_owned(), json_of(value)?)));
            entries.collect::<Option<_>>().map(Value::Object)
        }
        Toml::Datetime(_) => None,
    }
}
