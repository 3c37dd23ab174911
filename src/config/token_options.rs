//! The options that tokens depend on, as Jitsi's modules get them from Prosody, and those that only the daemon has.

use crate::options::{self, Kind, KnownOption, Place};
use crate::origin::Origin;

use crate::prosody::coercion::{self, Coerced, Complaint};
use crate::prosody::model::ProsodyConfig;
use crate::prosody::value::Value;

/// An option that is set for a host, in the type that the modules ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenOption {
    /// The option's name in Prosody's configuration.
    pub name: &'static str,
    /// A string, a truth value, a number with a fraction, or a list of strings; none where Prosody takes nothing of
    /// what was written. A module then often goes on as if it were false.
    pub value: Option<Value>,
    /// What is wrong with what was written.
    pub complaint: Option<Complaint>,
    pub origin: Origin,
}

/// Every option of a host that is set for it, its own or a global one.
///
/// What is not set has the module's default: any audience for `asap_accepted_audiences`.
#[must_use]
pub fn options_of_host(config: &ProsodyConfig, host: &str) -> Vec<TokenOption> {
    let host = config.hosts.get(host);
    let options = options::of_hosts();
    let options = options.filter_map(|option| {
        let setting = config.get_of(host, option.name)?;
        let Coerced { value, complaint } = coerced(&setting.value, option);
        Some(TokenOption {
            name: option.name,
            value,
            complaint,
            origin: setting.origin.clone(),
        })
    });
    options.collect()
}

fn coerced(value: &Value, option: &KnownOption) -> Coerced<Value> {
    if option.place == Place::Host {
        return own(value, option.kind);
    }
    if COMPARED.contains(&option.name) {
        return compared(value);
    }
    let value = Some(value);
    match option.kind {
        Kind::Truth => coercion::boolean(value).map(Value::Boolean),
        Kind::Number(_) => coercion::number(value).map(Value::Float),
        Kind::Texts => {
            coercion::strings(value).map(|texts| texts.into_iter().map(Value::String).collect())
        }
        Kind::Text
        | Kind::Url
        | Kind::Secret
        | Kind::SecretFile
        | Kind::Credential
        | Kind::File
        | Kind::Folder
        | Kind::Mapping
        | Kind::Table => coercion::string(value).map(Value::String),
    }
}

/// What Jitsi's modules compare claims with, item by item: `get_option_array` makes no texts of numbers, and a number
/// equals no text.
fn compared(value: &Value) -> Coerced<Value> {
    let Coerced { value, complaint } = coercion::strings(Some(value)).complaint.map_or_else(
        || coercion::array(Some(value)),
        |complaint| Coerced {
            value: None,
            complaint: Some(complaint),
        },
    );
    let texts = |items: Vec<Value>| {
        items
            .into_iter()
            .filter(|item| matches!(item, Value::String(_)))
            .collect()
    };
    let is_number = |items: &Vec<Value>| items.iter().any(|item| !matches!(item, Value::String(_)));
    let others = value.as_ref().is_some_and(is_number);
    Coerced {
        value: value.map(texts),
        complaint: complaint.or(others.then_some(Complaint::NoTextAmongThem)),
    }
}

const COMPARED: [&str; 2] = ["asap_accepted_issuers", "asap_accepted_audiences"];

/// An option that no module of Prosody's reads has no meaning there that could be kept, so nothing of a wrong value is
/// taken. Numbers and truth values may be text, as those from `ENV_NAME` are.
fn own(value: &Value, kind: Kind) -> Coerced<Value> {
    let is_table = matches!(value, Value::Table(_));
    let value = match kind {
        Kind::Truth if is_table => Err(Complaint::NotABoolean),
        Kind::Truth => return coercion::boolean(Some(value)).map(Value::Boolean),
        Kind::Number(_) if is_table => Err(Complaint::NotANumber),
        Kind::Number(_) => return coercion::number(Some(value)).map(Value::Float),
        Kind::Texts | Kind::Secret | Kind::SecretFile | Kind::Credential => texts(value),
        Kind::Text | Kind::Url | Kind::File | Kind::Folder | Kind::Mapping | Kind::Table => {
            text(value)
        }
    };
    Coerced {
        complaint: value.as_ref().err().cloned(),
        value: value.ok(),
    }
}

/// A text, or a list of nothing else, which is what options with several values take.
fn texts(value: &Value) -> Result<Value, Complaint> {
    match value {
        Value::Table(table) if !table.fields.is_empty() => Err(Complaint::NotAText),
        Value::Table(table) => table.items.iter().map(text).collect(),
        value => text(value).map(|text| Some(text).into_iter().collect()),
    }
}

fn text(value: &Value) -> Result<Value, Complaint> {
    match value {
        Value::String(_) => Ok(value.clone()),
        Value::Unreadable(reason) => Err(Complaint::Unreadable(reason.clone())),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Table(_)
        | Value::Opaque(_) => Err(Complaint::NotAText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prosody::release::Release;
    use crate::prosody::request::Request;
    use crate::prosody::sandbox::read_text;

    fn options(text: &str) -> Vec<TokenOption> {
        let request = Request {
            path: "/etc/prosody/prosody.cfg.lua".into(),
            release: Release::V0_12,
            environment: Vec::new(),
            credentials: None,
        };
        options_of_host(&read_text(&request, text).unwrap(), "h")
    }

    #[test]
    fn an_option_has_the_type_that_modules_ask_for() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Value::from(*text))
                .collect::<Value>()
        };
        for (text, expected) in [
            ("app_id = 5", "5".into()),
            ("app_secret = { 's' }", "s".into()),
            ("allow_empty_token = 'true'", true.into()),
            ("allow_empty_token = 0", false.into()),
            ("asap_ttl = '3600'", Value::Float(3600.0)),
            ("asap_accepted_issuers = 'alone'", texts(&["alone"])),
            ("asap_accepted_audiences = {}", texts(&[])),
            (
                "app_id = 'global' VirtualHost 'h' app_id = 'own'",
                "own".into(),
            ),
            (
                "app_id = 'global' VirtualHost 'other' app_id = 'own'",
                "global".into(),
            ),
        ] {
            let found = options(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (&found[0].value, &found[0].complaint),
                (&Some(expected), &None),
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_among_texts_that_claims_are_compared_with_equals_none() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Value::from(*text))
                .collect::<Value>()
        };
        for (text, expected) in [
            ("asap_accepted_audiences = { 'a', 1 }", texts(&["a"])),
            ("asap_accepted_issuers = { 1, 'a' }", texts(&["a"])),
            ("asap_accepted_issuers = 5", texts(&[])),
            ("asap_accepted_issuers = { true }", texts(&[])),
        ] {
            let found = &options(text)[0];
            assert_eq!(found.value, Some(expected), "{text}");
            assert_eq!(found.complaint, Some(Complaint::NoTextAmongThem), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (text, complaint) in [
            (
                "\nenable_domain_verification = 'maybe'",
                Complaint::NotABoolean,
            ),
            ("\nasap_ttl = 'long'", Complaint::NotANumber),
            ("\napp_secret = function () end", Complaint::NotAText),
        ] {
            let found = &options(text)[0];
            assert_eq!(
                (&found.value, &found.complaint),
                (&None, &Some(complaint)),
                "{text}"
            );
            assert_eq!(found.origin.to_string(), "/etc/prosody/prosody.cfg.lua:2");
        }
    }

    #[test]
    fn what_is_not_about_tokens_or_not_set_is_left_out() {
        assert_eq!(
            options("modules_enabled = {} asap_accepted_audience = 'x' app_id = nil"),
            []
        );
    }
}
