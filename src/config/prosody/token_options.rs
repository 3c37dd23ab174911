//! The options that tokens depend on, as Jitsi's modules get them from Prosody.

use crate::config::problem::Origin;

use super::coercion::{self, Coerced, Complaint};
use super::model::ProsodyConfig;
use super::value::Value;

/// An option that is set for a host, in the type that the modules ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenOption {
    /// Prosody's name of it.
    pub name: &'static str,
    /// A string, a truth value, a number with a fraction, or a list of strings; none where Prosody takes nothing of
    /// what was written. A module then often goes on as if it were false.
    pub value: Option<Value>,
    /// What is wrong with what was written.
    pub complaint: Option<Complaint>,
    /// Where it was written.
    pub origin: Origin,
}

/// Every option about tokens that is set for a host or a MUC component, its own or a global one.
///
/// What is not set has the module's default: any audience for `asap_accepted_audiences`.
#[must_use]
pub fn of(config: &ProsodyConfig, host: &str) -> Vec<TokenOption> {
    let host = config.hosts.get(host);
    let options = KINDS.iter().filter_map(|(name, kind)| {
        let setting = config.get_of(host, name)?;
        let Coerced { value, complaint } = coerced(&setting.value, *kind);
        Some(TokenOption {
            name,
            value,
            complaint,
            origin: setting.origin.clone(),
        })
    });
    options.collect()
}

/// The names of all options about tokens.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

fn coerced(value: &Value, kind: Kind) -> Coerced<Value> {
    let value = Some(value);
    match kind {
        Kind::Text => coercion::string(value).map(Value::String),
        Kind::Truth => coercion::boolean(value).map(Value::Boolean),
        Kind::Number => coercion::number(value).map(Value::Float),
        Kind::Texts => {
            coercion::strings(value).map(|texts| texts.into_iter().map(Value::String).collect())
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Truth,
    Number,
    Texts,
}

const KINDS: [(&str, Kind); 25] = [
    ("app_id", Kind::Text),
    ("app_secret", Kind::Text),
    ("asap_key_server", Kind::Text),
    ("cache_keys_url", Kind::Text),
    ("signature_algorithm", Kind::Text),
    ("asap_accepted_issuers", Kind::Texts),
    ("asap_accepted_audiences", Kind::Texts),
    ("asap_require_room_claim", Kind::Truth),
    ("allow_empty_token", Kind::Truth),
    ("enable_domain_verification", Kind::Truth),
    ("muc_mapper_domain_base", Kind::Text),
    ("muc_mapper_domain_prefix", Kind::Text),
    ("muc_mapper_domain", Kind::Text),
    ("token_regex_enabled", Kind::Truth),
    ("token_regex_room_max_length", Kind::Number),
    ("token_regex_max_quantifiers", Kind::Number),
    ("jwt_pubkey_cache_size", Kind::Number),
    ("token_verification_allowlist", Kind::Texts),
    (
        "token_verification_require_token_for_moderation",
        Kind::Truth,
    ),
    ("asap_key_path", Kind::Text),
    ("asap_key_id", Kind::Text),
    ("asap_issuer", Kind::Text),
    ("asap_audience", Kind::Text),
    ("asap_ttl", Kind::Number),
    ("asap_ttl_threshold", Kind::Number),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prosody::release::Release;
    use crate::config::prosody::{Request, read_text};

    fn options(text: &str) -> Vec<TokenOption> {
        let request = Request {
            path: "/etc/prosody/prosody.cfg.lua".into(),
            release: Release::V0_12,
            environment: Vec::new(),
            credentials: None,
        };
        of(&read_text(&request, text).unwrap(), "h")
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
            ("asap_accepted_audiences = { 'a', 1 }", texts(&["a", "1"])),
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

    #[test]
    fn each_option_stands_once() {
        let names: std::collections::BTreeSet<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), KINDS.len());
    }
}
