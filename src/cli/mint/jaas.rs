//! Tokens for `JaaS`, from the variables that its examples name.

use serde_json::{Map, Value, json};

use crate::token::algorithm::Algorithm;
use crate::token::shown;
use crate::token::signing::SigningKey;

use super::arguments::MintArguments;
use super::error::MintError;
use super::keys::{unescaped, variable};
use super::recipe::Recipe;
use super::{asked, changes, mapped, named};

/// What a token for the account that the variables name is made of.
pub fn recipe(arguments: &MintArguments) -> Result<Recipe, MintError> {
    let mut variables = VARIABLES.iter();
    let variables = variables.find(|[app_id, ..]| std::env::var_os(app_id).is_some());
    let [app_id, kid, key] = variables.unwrap_or(&VARIABLES[0]);
    let app_id = variable(app_id)?;
    let kid = match &arguments.kid {
        Some(kid) => kid.clone(),
        None => variable(kid)?,
    };
    let kid = if kid.contains('/') {
        kid
    } else {
        format!("{app_id}/{kid}")
    };
    let key = SigningKey::from_pem(unescaped(&variable(key)?).as_bytes())?;
    let room = named::asked(arguments)?;
    let claims = claims(arguments, &room, &app_id)?;
    let denied = denied(arguments, &claims, &app_id, &kid);
    Ok(Recipe {
        algorithm: Algorithm::Rs256,
        key,
        typ: Some("JWT".to_owned()),
        kid: Some(kid),
        claims,
        destination: None,
        remarks: room.remark.into_iter().chain(denied).collect(),
    })
}

fn claims(
    arguments: &MintArguments,
    room: &named::Room,
    app_id: &str,
) -> Result<Map<String, Value>, MintError> {
    // All rooms of an account are those of one tenant, which is its app id.
    let wishes = asked::wishes(arguments, room, app_id);
    let mut claims = mapped::claims(&wishes, None);
    let text = |given: &Option<String>, usual: &str| given.as_deref().unwrap_or(usual).to_owned();
    let usual = json!({
        "iss": text(&arguments.iss, "chat"),
        "aud": text(&arguments.aud, "jitsi"),
        "sub": text(&arguments.sub, app_id),
        "context": { "user": {}, "features": {} },
    });
    for part in [usual, json!({ "context": asked::context(arguments, room) })] {
        if let Value::Object(part) = part {
            changes::lay_over(&mut claims, part);
        }
    }
    claims.extend(asked::times(arguments));
    if let Some(path) = &arguments.claims {
        changes::lay_over(&mut claims, changes::read(path)?);
    }
    Ok(claims)
}

/// Why `JaaS` would not let in with the token.
fn denied(
    arguments: &MintArguments,
    claims: &Map<String, Value>,
    app_id: &str,
    kid: &str,
) -> Option<String> {
    let of_app = kid.split_once('/').map(|(app_id, _)| app_id);
    let wrong = REQUIRED.iter().map(|(claim, value)| (*claim, *value));
    let wrong = [("sub", app_id)].into_iter().chain(wrong);
    let mut wrong = wrong.filter(|(claim, value)| claims.get(*claim) != Some(&(*value).into()));
    let cause = if of_app != Some(app_id) {
        let (kid, app_id) = (shown::quoted(kid), shown::quoted(app_id));
        format!(
            "kid is {kid}, a key of another app than {app_id}; name a key of this app with --kid"
        )
    } else if let Some((claim, value)) = wrong.next() {
        let value = shown::quoted(value);
        format!("{claim} must be {value}; leave out --{claim}, and {claim} in --claims")
    } else if arguments.ttl == 0 {
        "it has expired already; let --ttl be above 0".to_owned()
    } else {
        return None;
    };
    Some(format!("JaaS denies this token: {cause}"))
}

/// What two claims must be.
const REQUIRED: [(&str, &str); 2] = [("iss", "chat"), ("aud", "jitsi")];
const VARIABLES: [[&str; 3]; 2] = [
    ["JAAS_APP_ID", "JAAS_KID", "JAAS_PRIVATE_KEY"],
    ["JITSI_APP_ID", "JITSI_KEY_ID", "JITSI_APP_SECRET"],
];
