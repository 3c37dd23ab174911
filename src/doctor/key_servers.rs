//! Whether key servers answer with keys that can be used, and whether the clocks agree.

use super::facts::{KeyAnswer, KeyServer};
use super::finding::Finding;

/// What is wrong with the key servers.
pub fn examine(servers: &[KeyServer]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = servers.iter().filter_map(server).collect();
    findings.extend(skew(servers));
    findings
}

fn server(server: &KeyServer) -> Option<Finding> {
    let place = format!("{} {} of {:?}", server.option, server.url, server.host);
    let ask = format!("curl -sSi {}", server.url);
    match &server.answer {
        Err(reason) => Some(Finding::error(
            "key-server-down",
            format!("{place} does not answer: {reason}"),
            "tokens with a key that the daemon has not fetched yet are denied",
            ask,
        )),
        Ok(KeyAnswer {
            usable: Some(0),
            unusable,
            ..
        }) => Some(Finding::error(
            "keys-unusable",
            format!(
                "{place} has no key that can be used: {}",
                unusable
                    .first()
                    .map_or("it has none at all", String::as_str)
            ),
            "no token can be verified with what is there",
            format!("{ask}   (signature_algorithm must be one that these keys are for)"),
        )),
        Ok(KeyAnswer { unusable, .. }) => unusable.first().map(|first| {
            Finding::note(
                "key-unusable",
                format!("{place} has keys that are not used, such as {first}"),
                "a token that names one of them is denied",
                ask,
            )
        }),
    }
}

/// The server that differs most; all are held against the same clock.
fn skew(servers: &[KeyServer]) -> Option<Finding> {
    let dated = servers
        .iter()
        .filter_map(|server| Some((server, server.answer.as_ref().ok()?.ahead?)));
    let (server, ahead) = dated.min_by_key(|(_, ahead)| ahead.unsigned_abs())?;
    let seconds = ahead.unsigned_abs();
    let (behind_or_ahead, denied) = if ahead > 0 {
        (
            "behind",
            "tokens that were just made count as not valid yet (nbf)",
        )
    } else {
        ("ahead of", "tokens count as expired before they are (exp)")
    };
    let what = format!(
        "the clock of this machine is {seconds} s {behind_or_ahead} that of {}",
        server.url
    );
    let remedy = "timedatectl set-ntp true; timedatectl timesync-status".to_owned();
    match seconds {
        0..MIN_SKEW => None,
        MIN_SKEW..SEVERE_SKEW => Some(Finding::warning("clock-skew", what, denied, remedy)),
        _ => Some(Finding::error("clock-skew", what, denied, remedy)),
    }
}

/// Below this, in seconds, the way there and back and whole seconds in `Date` explain it.
const MIN_SKEW: u64 = 5;
/// Issuers commonly set `nbf` no further back than this, in seconds.
const SEVERE_SKEW: u64 = 30;
