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

/// The server whose clock agrees with this machine's.
pub(super) fn agreeing(servers: &[KeyServer]) -> Option<&KeyServer> {
    let (server, ahead) = best(servers)?;
    (ahead.unsigned_abs() < MIN_SKEW).then_some(server)
}

/// The server that agrees best: all are held against the same clock, and one of them may be wrong itself.
fn best(servers: &[KeyServer]) -> Option<(&KeyServer, i64)> {
    let dated = servers
        .iter()
        .filter_map(|server| Some((server, server.answer.as_ref().ok()?.ahead?)));
    dated.min_by_key(|(_, ahead)| ahead.unsigned_abs())
}

/// How far this machine's clock is from that of the server that agrees best.
pub(super) fn skew(servers: &[KeyServer]) -> Option<Finding> {
    let (server, ahead) = best(servers)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;

    fn ahead(seconds: i64) -> KeyServer {
        KeyServer {
            url: format!("https://{seconds}.example.com/"),
            option: "cache_keys_url",
            host: "meet.example.com".to_owned(),
            answer: Ok(KeyAnswer {
                usable: Some(1),
                unusable: Vec::new(),
                ahead: Some(seconds),
            }),
        }
    }

    #[test]
    fn clocks_differ_from_five_seconds_on_and_break_joins_from_thirty() {
        for (seconds, expected) in [
            (0, None),
            (4, None),
            (-4, None),
            (5, Some(Severity::Warning)),
            (-29, Some(Severity::Warning)),
            (30, Some(Severity::Error)),
            (i64::MIN, Some(Severity::Error)),
        ] {
            let found = examine(&[ahead(seconds)]);
            let severity = found.first().map(|finding| finding.severity);
            assert_eq!(severity, expected, "{seconds}");
        }
    }

    #[test]
    fn the_server_that_agrees_best_is_believed() {
        assert_eq!(examine(&[ahead(600), ahead(-2), ahead(-600)]), []);
        let found = examine(&[ahead(600), ahead(-40)]);
        assert!(found[0].what.contains("40 s ahead of"), "{}", found[0].what);
    }

    #[test]
    fn some_keys_that_are_not_used_are_a_note_and_none_that_is_an_error() {
        for (usable, unusable, expected) in [
            (Some(0), vec![], Some(Severity::Error)),
            (Some(0), vec!["a"], Some(Severity::Error)),
            (Some(1), vec!["a"], Some(Severity::Note)),
            (Some(1), vec![], None),
            (None, vec![], None),
        ] {
            let mut server = ahead(0);
            server.answer = Ok(KeyAnswer {
                usable,
                unusable: unusable.into_iter().map(str::to_owned).collect(),
                ahead: None,
            });
            let found = examine(&[server]);
            let severity = found.first().map(|finding| finding.severity);
            assert_eq!(severity, expected, "{usable:?}");
        }
    }
}
