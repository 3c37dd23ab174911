//! What a host takes out of a token, or makes nothing of, and lets in all the same.

use serde_json::{Map, Value};

use crate::origin::Origin;
use crate::token::issuer::Issuer;
use crate::token::mapping::Source;
use crate::token::shown;

use super::asked::Wish;
use super::mapped;
use super::recipe::Destination;

/// The claims as Jitsi's modules will see them, and the features that were taken out.
#[must_use]
pub fn as_taken(issuer: &Issuer, claims: &Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    let mut claims = claims.clone();
    if let Some(mapping) = &issuer.mapping {
        mapping.apply(&mut claims);
    }
    let taken_out = issuer.bounds.take_out_features(&mut claims);
    (claims, taken_out)
}

/// The features that the host takes out, since the issuer may not grant them.
#[must_use]
pub fn features(
    destination: &Destination,
    issuer: &Issuer,
    claims: &Map<String, Value>,
) -> Option<String> {
    let (_, taken_out) = as_taken(issuer, claims);
    let within = issuer.bounds.features.as_ref()?;
    if taken_out.is_empty() {
        return None;
    }
    let granted = if within.is_empty() {
        "none".to_owned()
    } else {
        shown::listed(within.iter())
    };
    let Destination { name, host, .. } = destination;
    let origin = host.origin_at(&issuer.name, "features");
    let origin = origin.map_or_else(|| Origin::Default.to_string(), Origin::to_string);
    Some(format!(
        "{name} takes out of this token what the issuer {} may not grant: {}; it may grant {granted} (features, {origin})",
        issuer.name,
        shown::listed(taken_out.iter()),
    ))
}

/// What was asked for and does not come of the token, since the issuer's mapping makes something else of it.
#[must_use]
pub fn lost(
    destination: &Destination,
    issuer: &Issuer,
    claims: &Map<String, Value>,
    wishes: &[Wish],
) -> Vec<String> {
    let mut taken = claims.clone();
    if let Some(mapping) = &issuer.mapping {
        mapping.apply(&mut taken);
    }
    let lost = wishes.iter().filter_map(|wish| {
        let option = wish.option?;
        let source = mapped::source_of(&wish.target, issuer.mapping.as_ref())?;
        let is_lost = wish.target.find(&taken) != Some(&wish.value);
        is_lost.then(|| {
            format!(
                "{} does not go by {option}: claims.{} of the issuer {} {}",
                destination.name,
                wish.target.option(),
                issuer.name,
                needs(source)
            )
        })
    });
    lost.collect()
}

/// What a source makes its claim of.
fn needs(source: &Source) -> String {
    match source {
        Source::Constant(value) => format!("is always {value}"),
        Source::Pointers(pointers) => {
            let pointers: Vec<String> = pointers.iter().map(ToString::to_string).collect();
            format!("comes from {}", pointers.join(" or "))
        }
        Source::Contains(pointer, text) => format!("needs {} in {pointer}", shown::quoted(text)),
        Source::Matches(pointer, glob) => {
            let pattern = shown::quoted(&glob.written());
            format!("needs {pattern} in {pointer}, which --email or --claims can set")
        }
    }
}
