//! What `check` prints for machines.

use serde_json::{Value, json};

use crate::config::effective::Effective;

use super::report::{ConfigMistake, Report};

/// Everything that is known of a configuration.
pub fn of(report: &Report) -> Value {
    let rows = |options: &[Effective]| options.iter().map(option_json).collect::<Vec<Value>>();
    let overview = &report.overview;
    let hosts = overview.hosts.iter().map(|shown| {
        let issuers = shown.issuers.iter();
        let issuers =
            issuers.map(|(name, options)| json!({ "name": name, "options": rows(options) }));
        json!({
            "host": shown.name,
            "options": rows(&shown.options),
            "issuers": issuers.collect::<Vec<Value>>(),
        })
    });
    let gateways = overview.gateways.iter();
    let gateways =
        gateways.map(|shown| json!({ "gateway": shown.name, "options": rows(&shown.options) }));
    let errors = report.errors.iter().map(ConfigMistake::json);
    json!({
        "ok": report.errors.is_empty(),
        "hosts": hosts.collect::<Vec<_>>(),
        "gateways": gateways.collect::<Vec<_>>(),
        "settings": overview.settings.iter().map(option_json).collect::<Vec<_>>(),
        "warnings": warnings(report),
        "errors": errors.collect::<Vec<_>>(),
    })
}

fn warnings(report: &Report) -> Vec<String> {
    let exposed = report.exposed.iter().map(ToString::to_string);
    report.warnings().cloned().chain(exposed).collect()
}

fn option_json(row: &Effective) -> Value {
    let mut json =
        json!({ "option": row.option, "value": row.value, "origin": row.origin.to_string() });
    if let (Some(by), Some(object)) = (row.by, json.as_object_mut()) {
        object.insert("by".to_owned(), by.into());
    }
    json
}

impl ConfigMistake {
    fn json(&self) -> Value {
        match self {
            Self::Refused(problem) => json!({
                "key": problem.key,
                "found": problem.found,
                "expected": problem.expected,
                "origin": problem.origin.to_string(),
            }),
            Self::Unreadable(text) => json!({ "found": text }),
        }
    }
}
