//! Keys and where they come from.

use crate::api::keys::{HostKeys, Key, Source};
use crate::token::shown;

/// What the cells of a key are.
pub const TITLES: [&str; 6] = ["KID", "TYPE", "BITS", "AGE", "REFRESH", "FINGERPRINT"];

/// What is said of a source without keys.
pub const NO_KEYS: &str = "no keys loaded";

/// A key, cell by cell. They are escaped, so that they can be measured.
#[must_use]
pub fn cells(key: &Key) -> [String; 6] {
    let next = key.next_refresh_seconds;
    [
        text_of(key.kid.as_deref()),
        shown::escaped(&key.key_type).into_owned(),
        key.bits.map_or_else(dash, |bits| bits.to_string()),
        key.age_seconds.map_or_else(dash, span),
        next.map_or_else(dash, |next| format!("in {}", span(next))),
        text_of(key.fingerprint.as_deref()),
    ]
}

/// A host with its algorithm.
#[must_use]
pub fn host(host: &HostKeys) -> String {
    let algorithm = host.algorithm.as_deref().unwrap_or("no algorithm");
    format!("{} ({algorithm})", host.host)
}

/// A place that keys come from.
#[must_use]
pub fn source(source: &Source) -> String {
    let issuer = source.issuer.as_ref();
    let issuer = issuer.map_or_else(String::new, |issuer| format!("issuer {issuer}: "));
    let title = format!("{issuer}{} {}", source.kind, source.source);
    title.trim_end().to_owned()
}

/// What is wrong with a place that keys come from.
#[must_use]
pub fn troubles(source: &Source) -> Vec<String> {
    let stale = source.stale_seconds.map(|stale| {
        let stale = span(stale);
        format!("keys are {stale} past their lifetime")
    });
    stale.into_iter().chain(source.error.clone()).collect()
}

fn text_of(text: Option<&str>) -> String {
    text.map_or_else(dash, |text| shown::escaped(text).into_owned())
}

fn dash() -> String {
    "-".to_owned()
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
