//! What Jitsi's web client makes of a token that is let in: it checks some claims itself, and names them as a reason where a login fails.

use serde_json::Value;

use super::super::claims::Claims;
use super::format;

/// What the web client says of `exp`.
pub fn expiration(claims: &Claims) -> Option<String> {
    let is_missing = claims.claim("exp").is_none();
    is_missing.then(|| {
        "without exp the token is good for ever; the web client takes exp for invalid, and says so where a login fails"
            .to_owned()
    })
}

/// What the web client says of `context.features`.
pub fn features(claims: &Claims) -> Option<String> {
    let features = claims.claim("context")?.get("features")?.as_object()?;
    let unknown = features
        .keys()
        .find(|name| !FEATURES.contains(&name.as_str()));
    if let Some(name) = unknown {
        return Some(format!(
            "the web client knows no feature {}, and says so where a login fails",
            format::quote(name)
        ));
    }
    let is_truth = |value: &Value| value.is_boolean() || value == "true" || value == "false";
    let (name, value) = features.iter().find(|(_, value)| !is_truth(value))?;
    Some(format!(
        "the web client wants true or false for the feature {}, not {}",
        format::quote(name),
        format::value(Some(value))
    ))
}

/// The features that the web client knows.
const FEATURES: [&str; 20] = [
    "branding",
    "calendar",
    "create-polls",
    "file-upload",
    "flip",
    "inbound-call",
    "list-visitors",
    "live-translation",
    "livestreaming",
    "lobby",
    "moderation",
    "outbound-call",
    "recording",
    "room",
    "screen-sharing",
    "send-groupchat",
    "send-private-message",
    "sip-inbound-call",
    "sip-outbound-call",
    "transcription",
];

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_web_client_does_not_know_is_named() {
        for (payload, says) in [
            (
                json!({"context": {"features": {"recording": true, "local-recording": true}}}),
                Some("no feature \"local-recording\""),
            ),
            (
                json!({"context": {"features": {"recording": 1}}}),
                Some("true or false for the feature \"recording\", not 1"),
            ),
            (
                json!({"context": {"features": {"recording": "true", "lobby": false}}}),
                None,
            ),
            (json!({"context": {"features": []}}), None),
            (json!({"context": 1}), None),
            (json!({}), None),
        ] {
            let encoded = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
            let claims = Claims::decode(&encoded).unwrap();
            let said = features(&claims);
            assert_eq!(said.is_some(), says.is_some(), "{payload}: {said:?}");
            assert!(
                said.unwrap_or_default().contains(says.unwrap_or_default()),
                "{payload}"
            );
        }
    }
}
