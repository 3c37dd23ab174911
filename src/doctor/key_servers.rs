//! Whether key servers answer with keys that can be used, and whether the clocks agree.

use super::facts::{Distrust, KeyAnswer, KeyFailure, KeyServerFacts, Vouched};
use super::finding::Finding;

/// What is wrong with the key servers.
pub fn examine(servers: &[KeyServerFacts]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = servers.iter().filter_map(server).collect();
    findings.extend(skew(servers));
    findings
}

fn server(server: &KeyServerFacts) -> Option<Finding> {
    let place = server.place();
    let ask = format!("curl -sSi {}", server.url);
    match &server.answer {
        Err(failure) => Some(failed(server, failure)),
        Ok(KeyAnswer {
            leads_to: Some(keys),
            ..
        }) => Some(Finding::error(
            "keys-elsewhere",
            format!("{place} has no keys, but says where they are (jwks_uri): {keys}"),
            "no token can be verified with what is there",
            format!(
                "at {} write: {} = {keys:?}; then systemctl reload prosody-tokend",
                server.origin, server.option
            ),
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
pub(super) fn agreeing(servers: &[KeyServerFacts]) -> Option<&KeyServerFacts> {
    let (server, ahead) = best(servers)?;
    (ahead.unsigned_abs() < MIN_SKEW).then_some(server)
}

fn failed(server: &KeyServerFacts, failure: &KeyFailure) -> Finding {
    let place = server.place();
    let ask = format!("curl -sSi {}", server.url);
    match failure {
        KeyFailure::Silent(reason) => Finding::error(
            "key-server-down",
            format!("{place} does not answer: {reason}"),
            UNKNOWN_KEYS,
            format!("{ask}   (once it answers, the daemon asks it again by itself)"),
        ),
        KeyFailure::Refused(said) => Finding::error(
            "key-server-down",
            format!("{place} answers, and not with keys: {said}"),
            UNKNOWN_KEYS,
            format!(
                "{ask}; if the address is wrong, at {} write the right one and: systemctl reload prosody-tokend",
                server.origin
            ),
        ),
        KeyFailure::NoAuthorities(reason) => Finding::error(
            "no-ca-certificates",
            format!("{place} cannot be asked, for this machine trusts nobody's certificates: {reason}"),
            "without them no key can be fetched over https, and tokens are denied",
            "apt-get install -y ca-certificates && update-ca-certificates && systemctl restart prosody-tokend   (or have SSL_CERT_FILE in its unit name a file of certificates)".to_owned(),
        ),
        KeyFailure::Distrusted {
            distrust,
            reason,
            chain,
        } => distrusted(server, *distrust, reason, chain),
    }
}

/// It answers, with a certificate that does not count here.
fn distrusted(
    server: &KeyServerFacts,
    distrust: Distrust,
    reason: &str,
    chain: &[Vouched],
) -> Finding {
    let links: Vec<String> = chain.iter().map(ToString::to_string).collect();
    let came = if links.is_empty() {
        String::new()
    } else {
        format!("; what came: {}", links.join(", then "))
    };
    let what = format!(
        "{} answers with a certificate that does not count here: {reason}{came}",
        server.place()
    );
    let remedy = match distrust {
        Distrust::UnknownIssuer => trusting(server, chain),
        Distrust::OutsideValidity => format!(
            "date; openssl s_client -connect {0} -servername {0} </dev/null | openssl x509 -noout -dates   (whoever runs the server has to renew it, unless the clock here is wrong)",
            server.authority()
        ),
        Distrust::Other => format!(
            "at {} write {} with a name that the certificate has; then systemctl reload prosody-tokend",
            server.origin, server.option
        ),
    };
    Finding::error("key-server-untrusted", what, UNKNOWN_KEYS, remedy)
}

/// The authority at the end of the chain is one of a company's own, or the certificate vouches for itself.
fn trusting(server: &KeyServerFacts, chain: &[Vouched]) -> String {
    let issuer = chain.last().map_or("its issuer", |last| &last.issuer);
    let host = server.authority();
    let name = host.split(':').next().unwrap_or_default();
    format!(
        "cp CA.pem /usr/local/share/ca-certificates/{name}.crt && update-ca-certificates && systemctl restart prosody-tokend   (CA.pem is the certificate of {issuer:?} in PEM, from whoever runs {host}; for the daemon alone, its unit takes Environment=SSL_CERT_FILE=CA.pem, then systemctl daemon-reload and the restart)"
    )
}

impl KeyServerFacts {
    fn place(&self) -> String {
        let Self {
            option,
            url,
            host,
            origin,
            ..
        } = self;
        format!("{option} {url} of {host:?} [{origin}]")
    }

    /// The host and port of its address.
    fn authority(&self) -> &str {
        let rest = self
            .url
            .split_once("://")
            .map_or(&*self.url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

impl std::fmt::Display for Vouched {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { subject, issuer } = self;
        if subject == issuer {
            write!(formatter, "{subject:?}, which vouches for itself")
        } else {
            write!(formatter, "{subject:?}, for which {issuer:?} vouches")
        }
    }
}

const UNKNOWN_KEYS: &str = "tokens with a key that the daemon has not fetched yet are denied";

/// The server that agrees best: all are held against the same clock, and one of them may be wrong itself.
fn best(servers: &[KeyServerFacts]) -> Option<(&KeyServerFacts, i64)> {
    let dated = servers
        .iter()
        .filter_map(|server| Some((server, server.answer.as_ref().ok()?.ahead?)));
    dated.min_by_key(|(_, ahead)| ahead.unsigned_abs())
}

/// How far this machine's clock is from that of the server that agrees best.
pub(super) fn skew(servers: &[KeyServerFacts]) -> Option<Finding> {
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
    use crate::origin::Origin;

    fn ahead(seconds: i64) -> KeyServerFacts {
        KeyServerFacts {
            url: format!("https://{seconds}.example.com/"),
            option: "cache_keys_url",
            host: "meet.example.com".to_owned(),
            answer: Ok(KeyAnswer {
                usable: Some(1),
                ahead: Some(seconds),
                ..KeyAnswer::default()
            }),
            origin: Origin::Default,
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
                ..KeyAnswer::default()
            });
            let found = examine(&[server]);
            let severity = found.first().map(|finding| finding.severity);
            assert_eq!(severity, expected, "{usable:?}");
        }
    }

    #[test]
    fn a_server_that_answers_is_not_said_to_be_silent() {
        let chain = vec![Vouched {
            subject: "CN=keys.internal".to_owned(),
            issuer: "CN=Acme CA".to_owned(),
        }];
        let distrusted = |distrust, reason: &str| KeyFailure::Distrusted {
            distrust,
            reason: reason.to_owned(),
            chain: chain.clone(),
        };
        for (failure, code, texts) in [
            (
                KeyFailure::Silent("refused".to_owned()),
                "key-server-down",
                ["does not answer", "curl"],
            ),
            (
                KeyFailure::Refused("status 403".to_owned()),
                "key-server-down",
                ["answers, and not with keys", "reload"],
            ),
            (
                KeyFailure::NoAuthorities("none".to_owned()),
                "no-ca-certificates",
                ["apt-get install -y ca-certificates", "SSL_CERT_FILE"],
            ),
            (
                distrusted(
                    Distrust::UnknownIssuer,
                    "invalid peer certificate: UnknownIssuer",
                ),
                "key-server-untrusted",
                [
                    "\"CN=keys.internal\", for which \"CN=Acme CA\" vouches",
                    "update-ca-certificates && systemctl restart prosody-tokend",
                ],
            ),
            (
                distrusted(Distrust::OutsideValidity, "certificate expired"),
                "key-server-untrusted",
                ["certificate expired", "openssl x509 -noout -dates"],
            ),
            (
                distrusted(Distrust::Other, "invalid peer certificate: NotValidForName"),
                "key-server-untrusted",
                ["NotValidForName", "a name that the certificate has"],
            ),
        ] {
            let mut server = ahead(0);
            server.answer = Err(failure);
            let found = examine(&[server]).pop().unwrap();
            assert_eq!(found.code, code);
            let whole = format!("{} {}", found.what, found.remedy);
            for text in texts {
                assert!(whole.contains(text), "{text} is not in {whole}");
            }
            let is_silent = whole.contains("does not answer");
            assert_eq!(is_silent, texts[0] == "does not answer", "{whole}");
        }
    }
}
