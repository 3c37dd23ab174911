//! Why a token that was just made would let nobody in.

use serde_json::{Map, Value};

use crate::token::shown;

use super::super::explain::{self, Asked};
use super::super::failure::Failure;
use super::super::runtime::block_on;
use super::super::sources;
use super::MintArguments;

/// Why the host would not let in with the token, into the room that it names.
pub fn by_host(
    arguments: &MintArguments,
    claims: &Map<String, Value>,
    tenant: Option<&str>,
    host: &str,
    token: &str,
) -> Result<Option<String>, Failure> {
    let config = sources::load(&arguments.sources)?.config?;
    let claim = |name| claims.get(name).and_then(Value::as_str);
    // A sub without a dot is a tenant's, whose rooms have other addresses.
    let subject = claim("sub").filter(|subject| !subject.contains(['.', '*']) && *subject != host);
    let asked = Asked {
        host: Some(host),
        room: Some(
            claim("room")
                .filter(|room| *room != "*")
                .unwrap_or(ANY_ROOM),
        ),
        tenant: tenant.or(subject),
        at: None,
    };
    let examination = block_on(explain::examine(config, &asked, token))??;
    let failed = explain::first_failed(&examination);
    Ok(failed.map(|failed| format!("{host} denies this token: {}", failed.explanation)))
}

/// One of all rooms.
const ANY_ROOM: &str = "room";

/// Why `JaaS` would not let in with the token.
pub fn by_jaas(arguments: &MintArguments, app_id: &str, kid: &str) -> Option<String> {
    let of_app = kid.split_once('/').map(|(app_id, _)| app_id);
    let is_other =
        |given: &Option<String>, usual: &str| given.as_deref().is_some_and(|given| given != usual);
    let cause = if of_app != Some(app_id) {
        let (kid, app_id) = (shown::quoted(kid), shown::quoted(app_id));
        format!(
            "kid is {kid}, a key of another app than {app_id}; name a key of this app with --kid"
        )
    } else if is_other(&arguments.sub, app_id) {
        format!(
            "sub must be the app id {}; leave out --sub",
            shown::quoted(app_id)
        )
    } else if is_other(&arguments.iss, "chat") {
        "iss must be \"chat\"; leave out --iss".to_owned()
    } else if is_other(&arguments.aud, "jitsi") {
        "aud must be \"jitsi\"; leave out --aud".to_owned()
    } else if arguments.ttl == 0 {
        "it has expired already; let --ttl be above 0".to_owned()
    } else {
        return None;
    };
    Some(format!("JaaS denies this token: {cause}"))
}
