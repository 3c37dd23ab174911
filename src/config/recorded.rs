//! A host whose options were recorded, as `replay` gets them.

use figment::value::Value;

use super::host::Host;
use super::inputs::HostInputs;
use super::layers::Layers;
use super::raw::{Problems, Section};

/// Reads the options of a `VirtualHost` as Prosody takes them. None if they are incomplete.
#[must_use]
pub fn host(
    options: &serde_json::Map<String, serde_json::Value>,
    max_token_bytes: usize,
) -> Option<Host> {
    let mut options = Value::serialize(options).ok()?.into_dict()?;
    let audiences = options.entry("asap_accepted_audiences".to_owned());
    audiences.or_insert_with(|| vec!["*"].into());
    let layers = Layers::of_prosody(options);
    let problems = Problems::default();
    let inputs = HostInputs {
        credentials: None,
        max_token_bytes,
        has_api_key: false,
        has_gateways: false,
        has_store: true,
    };
    let host = super::host::host(&Section::root(&layers, &problems), &inputs, &mut Vec::new());
    host.filter(|_| problems.into_inner().is_empty())
}
