//! Logs in at the Prosody that runs, with a token that is made for this.

use serde_json::{Map, Value, json};

use crate::api::health::Ready;
use crate::clock;
use crate::config::host::Host;
use crate::doctor::facts::login::{Login, LoginOutcome, Logins, Place, Transport};
use crate::doctor::facts::{Answer, Endpoint, Running};
use crate::doctor::login;
use crate::prosody::model::ProsodyConfig;
use crate::token::glob::Glob;
use crate::verifier::doctors::MARK;

use super::local::Local;
use super::secrets::{self, SecretIssuer};
use super::{bosh, http, websocket};

/// Logs in once at every host where that can be done.
pub async fn log_in(
    config: Option<&ProsodyConfig>,
    local: &Local,
    endpoints: &[Endpoint],
    is_wanted: bool,
) -> Logins {
    let mut logins = Logins::default();
    let Some(config) = config else {
        logins
            .left_out
            .push("a login: where Prosody takes it is not known".to_owned());
        return logins;
    };
    for host in config.token_hosts() {
        let tried = if is_wanted {
            at_host(config, local, endpoints, host).await
        } else {
            Err("--no-login says so".to_owned())
        };
        match tried {
            Ok(login) => logins.tried.push(login),
            Err(reason) => logins.left_out.push(format!("a login at {host}: {reason}")),
        }
    }
    logins
}

/// What came of a login, or why there was none.
async fn at_host(
    config: &ProsodyConfig,
    local: &Local,
    endpoints: &[Endpoint],
    name: &str,
) -> Result<Login, String> {
    if !rustix::process::geteuid().is_root() {
        return Err("that is for root: sudo prosody-tokend doctor".to_owned());
    }
    let described = local.config.as_ref().ok();
    let host = described.and_then(|config| config.hosts.get(name));
    let host = host.ok_or("the daemon's configuration has no policy for it")?;
    let (endpoint, running) = daemon_of(endpoints, name).ok_or("no daemon answers Prosody")?;
    let issuer = issuer(name, host, running)?;
    let room = format!("{MARK}{:08x}", fastrand::u32(..));
    let token = issuer.sign(&claims(name, host, &issuer, &room));
    let token = token.ok_or("its tokens cannot be signed")?;
    let key = config.string(name, "tokend_api_key");
    let before = doctor_logins(&endpoint.url, key.as_deref()).await;
    let places = login::places(config, name);
    let (place, outcome) = anywhere(&places, name, &room, &token).await?;
    // From its own machine Prosody takes our word that a proxy with TLS stands before it.
    if outcome == LoginOutcome::Otherwise(Vec::new()) && !place.is_here() {
        return Err(format!(
            "at {} Prosody takes logins over TLS alone",
            place.url
        ));
    }
    let after = doctor_logins(&endpoint.url, key.as_deref()).await;
    let reached = before.zip(after).map(|(before, after)| after > before);
    Ok(Login {
        host: name.to_owned(),
        issuer: issuer.further.map(str::to_owned),
        url: place.url.clone(),
        outcome,
        reached_daemon: reached,
    })
}

fn daemon_of<'a>(endpoints: &'a [Endpoint], host: &str) -> Option<(&'a Endpoint, &'a Running)> {
    let mut own = endpoints
        .iter()
        .filter(|endpoint| endpoint.hosts.iter().any(|name| name == host));
    own.find_map(|endpoint| match &endpoint.answer {
        Answer::Daemon(running) => Some((endpoint, &**running)),
        Answer::Nothing(_) | Answer::Stranger(_) => None,
    })
}

/// Tries one place after the other until one answers as Prosody does.
async fn anywhere<'a>(
    places: &'a [Place],
    host: &str,
    room: &str,
    token: &str,
) -> Result<(&'a Place, LoginOutcome), String> {
    let mut reason = "neither bosh nor websocket is among its modules".to_owned();
    for place in places {
        let query = format!("room={room}&token={token}");
        let tried = match place.transport {
            Transport::Bosh => bosh::login(place, host, &query).await,
            Transport::WebSocket => websocket::login(place, host, &query),
        };
        match tried {
            Ok(outcome) => return Ok((place, outcome)),
            Err(error) => reason = format!("at {}: {error}", place.url),
        }
    }
    Err(reason)
}

/// How many logins of doctor's the daemon has decided on, where it tells.
async fn doctor_logins(base: &str, key: Option<&str>) -> Option<u64> {
    let ready = http::daemon(base, None, key).ok()?.ready().await.ok()?;
    let recent = ready.read::<Ready>()?.recent?;
    Some(recent.doctor_logins)
}

/// The first issuer with a secret that the daemon has as well.
fn issuer<'a>(
    name: &str,
    host: &'a Host,
    running: &Running,
) -> Result<SecretIssuer<'a>, &'static str> {
    let hosts = running.hosts.as_ref();
    let others = hosts.and_then(|hosts| Some(&hosts.get(name)?.other_secrets));
    let is_other = |one: &SecretIssuer<'_>| {
        let mut others = others.into_iter().flatten();
        others.any(|other| other.issuer == one.issuer.name)
    };
    let all = secrets::of(host);
    if all.is_empty() {
        return Err("its tokens are signed with a key that is not here");
    }
    let mut known = all.into_iter().filter(|one| !is_other(one));
    known
        .next()
        .ok_or("the daemon has another secret than the files")
}

/// Claims for one room that nobody is in, by the host's own policy, for a minute.
fn claims(name: &str, host: &Host, issuer: &SecretIssuer<'_>, room: &str) -> Map<String, Value> {
    let bounds = &issuer.issuer.bounds;
    let within = |globs: &Option<Vec<Glob>>, text: &str| {
        let mut written = globs.iter().flatten().map(Glob::written);
        let open = written.find(|pattern| pattern.contains('*'));
        let any = open.or_else(|| globs.as_ref()?.first().map(Glob::written));
        any.map(|pattern| pattern.replace('*', text))
    };
    let now = clock::unix_time();
    let claims = json!({
        "iss": issuer.iss(),
        &*issuer.issuer.audience_claim: issuer.audience(),
        "sub": within(&bounds.tenants, MARK).unwrap_or_else(|| host.policy.rooms.domain(name).to_owned()),
        "room": within(&bounds.rooms, room).unwrap_or_else(|| room.to_owned()),
        "jti": room,
        "nbf": now.saturating_sub(SLACK),
        "exp": now.saturating_add(LIFETIME),
        "context": { "user": { "name": "prosody-tokend doctor" } },
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

/// Seconds for which the token is good.
const LIFETIME: i64 = 60;
/// Seconds by which another clock on the way may be behind.
const SLACK: i64 = 10;
