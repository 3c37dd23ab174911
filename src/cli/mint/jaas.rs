//! Tokens for `JaaS`, from the variables that its examples name.

use serde_json::{Map, Value, json};

use crate::token::algorithm::Algorithm;
use crate::token::shown;
use crate::token::signing::SigningKey;

use crate::clock;
use crate::mint::changes::lay_over;
use crate::mint::named::{self, Room};
use crate::mint::recipe::Recipe;
use crate::mint::wanted::Wanted;
use crate::mint::{asked, mapped};

use super::arguments::MintArguments;
use super::changes;
use super::error::MintError;
use super::keys::{unescaped, variable};

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
    let wanted = arguments.wanted();
    let room = named::asked(&wanted)?;
    let mut claims = claims(&wanted, &room, &app_id);
    lay_over(&mut claims, changes::of(arguments)?);
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

fn claims(wanted: &Wanted, room: &Room, app_id: &str) -> Map<String, Value> {
    // All rooms of an account are those of one tenant, which is its app id.
    let wishes = asked::wishes(wanted, room, app_id);
    let mut claims = mapped::claims(&wishes, None);
    let text = |given: &Option<String>, usual: &str| given.as_deref().unwrap_or(usual).to_owned();
    let usual = json!({
        "iss": text(&wanted.iss, "chat"),
        "aud": text(&wanted.aud, "jitsi"),
        "sub": text(&wanted.sub, app_id),
        "context": { "user": {}, "features": {} },
    });
    for part in [usual, json!({ "context": asked::context(wanted, room) })] {
        if let Value::Object(part) = part {
            lay_over(&mut claims, part);
        }
    }
    claims.extend(asked::times(wanted, clock::unix_time()));
    claims
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
