//! The policy in force of each host, held against what Prosody's own configuration says of it, option by option.

use serde_json::Value;

use crate::config::effective::Effective;
use crate::origin::Origin;
use crate::prosody::model::ProsodyConfig;

use super::facts::Facts;
use super::facts::policies::Policies;
use super::finding::Finding;
use super::remedy::{self, RESTART};

/// An option that the two do not agree on.
struct Difference<'a> {
    host: &'a str,
    option: &'static str,
    daemons: Side<'a>,
    prosodys: Side<'a>,
}

/// The option on one of the two sides.
struct Side<'a> {
    /// The name of the option.
    option: &'static str,
    value: &'a Value,
    origin: &'a Origin,
}

/// Where the two differ.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let Ok(config) = &facts.prosody_config else {
        return Vec::new();
    };
    let differences = facts.policies.iter().flat_map(differences);
    let differences = differences.filter(|found| !is_right(config, found));
    differences
        .map(|found| finding_for(facts, config, &found))
        .collect()
}

fn differences(policies: &Policies) -> Vec<Difference<'_>> {
    let pairs = COMPARED.iter().filter_map(|option| {
        let daemons = row(&policies.daemons, option)?;
        let prosodys = row(&policies.prosodys, option)?;
        let differs = match (*option, policies.is_one_secret) {
            ("app_secret", Some(is_one)) => !is_one,
            _ => daemons.value != prosodys.value,
        };
        (differs && is_said(daemons, prosodys)).then(|| Difference {
            host: &policies.host,
            option: daemons.option,
            daemons: side(daemons),
            prosodys: side(prosodys),
        })
    });
    let found = pairs.collect::<Vec<_>>();
    // The domain follows from the prefix: one of the two says it.
    let has_prefix = found.iter().any(|found| found.option == PREFIX);
    let found = found.into_iter();
    let mut found: Vec<_> = found
        .filter(|found| found.option != DOMAIN || !has_prefix)
        .collect();
    // Issuers and audiences both follow from the app_id.
    found.dedup_by_key(|found| (found.daemons.option, found.prosodys.option));
    found
}

fn row<'a>(rows: &'a [Effective], option: &str) -> Option<&'a Effective> {
    rows.iter().find(|row| row.option == option)
}

fn side(row: &Effective) -> Side<'_> {
    Side {
        option: row.by.unwrap_or(row.option),
        value: &row.value,
        origin: &row.origin,
    }
}

/// Whether Prosody's configuration says it, or the daemon's own does so other than by an `app_id` that stands for more.
fn is_said(daemons: &Effective, prosodys: &Effective) -> bool {
    let is_set = |row: &Effective| !matches!(row.origin, Origin::Default | Origin::ProsodyDefault);
    is_set(prosodys) || (is_set(daemons) && daemons.by.is_none())
}

/// Whether the daemon's rooms are where Prosody has them, whatever its options say.
fn is_right(config: &ProsodyConfig, found: &Difference<'_>) -> bool {
    let met = config.muc_component(found.host);
    found.option == DOMAIN && found.daemons.value.as_str() == met.as_deref()
}

fn finding_for(facts: &Facts, config: &ProsodyConfig, found: &Difference<'_>) -> Finding {
    let Difference {
        host,
        option,
        daemons,
        prosodys,
    } = found;
    let what = format!(
        "{} of {host:?} differs: the daemon's {}, Prosody's {}",
        daemons.named(prosodys),
        daemons.shown(),
        prosodys.shown()
    );
    let weigh = match weight(facts, config, found) {
        Weight::Broken => Finding::error,
        Weight::Doubtful => Finding::warning,
        Weight::Meant => Finding::note,
    };
    weigh(DIFFERS, what, why(option), remedy(facts, found))
}

enum Weight {
    Broken,
    Doubtful,
    Meant,
}

/// Rooms that are nowhere let nobody in. What the daemon's own section says beside Prosody's options is meant so, unless
/// it is what tokens and rooms are known by.
fn weight(facts: &Facts, config: &ProsodyConfig, found: &Difference<'_>) -> Weight {
    let is_rooms = matches!(found.option, DOMAIN | PREFIX);
    let domain = domain_of(facts, found.host);
    let is_there = config.muc_components().any(|muc| muc == domain);
    let is_identity = IDENTITY.contains(&found.option) || found.daemons.option == "app_id";
    if is_rooms && !is_there {
        Weight::Broken
    } else if facts.daemon_reads_prosody && !is_identity {
        Weight::Meant
    } else {
        Weight::Doubtful
    }
}

/// Where the daemon looks for the rooms of a host.
fn domain_of(facts: &Facts, host: &str) -> String {
    let mut policies = facts.policies.iter();
    let rows = policies.find(|policies| policies.host == host);
    let text = |option| row(&rows?.daemons, option)?.value.as_str();
    let prefix = text(PREFIX).unwrap_or("conference");
    text(DOMAIN).map_or_else(|| format!("{prefix}.{host}"), str::to_owned)
}

fn why(option: &str) -> &'static str {
    match option {
        "app_secret" | "cache_keys_url" | "asap_key_server" | "signature_algorithm" => {
            "tokens of whoever goes by what Prosody has are denied, for the daemon decides by its own"
        }
        DOMAIN | PREFIX => {
            "the daemon compares tokens with the address of a room that is not where Prosody has it"
        }
        _ => "the daemon decides by its own, whatever Prosody's configuration says",
    }
}

/// What makes the daemon's as Prosody's is, and the other way round where that can be written.
fn remedy(facts: &Facts, found: &Difference<'_>) -> String {
    let Difference {
        daemons, prosodys, ..
    } = found;
    let is_own = matches!(daemons.origin, Origin::File(path, _) if *path == facts.daemon_path);
    let own = match (facts.daemon_reads_prosody && is_own, written(prosodys)) {
        (true, _) => format!("at {} take out {}", daemons.origin, daemons.option),
        (false, Some(line)) if is_own && daemons.option == prosodys.option => {
            format!("at {} write: {line}", daemons.origin)
        }
        (false, Some(line)) => format!(
            "in {} below [hosts.{:?}] write: {line}",
            facts.daemon_path.display(),
            found.host
        ),
        (false, None) => secret(found),
    };
    let other = written(daemons).filter(|_| !matches!(prosodys.origin, Origin::Default));
    let other = other.map_or_else(String::new, |line| {
        format!(
            "   (or, if the daemon's is right, at {} write: {line}; then {RESTART})",
            prosodys.origin
        )
    });
    format!("{own}; then systemctl reload prosody-tokend{other}")
}

fn secret(found: &Difference<'_>) -> String {
    let Difference {
        daemons, prosodys, ..
    } = found;
    let place = match daemons.option {
        "app_secret_file" | "app_secret_credential" => format!(
            "into the file that {} names [{}]",
            daemons.option, daemons.origin
        ),
        _ => format!("at {}", daemons.origin),
    };
    format!(
        "{place} write the {} that stands at {}",
        prosodys.option, prosodys.origin
    )
}

/// A line with this value; none of a secret, and of what nobody has set.
fn written(side: &Side<'_>) -> Option<String> {
    if side.is_hidden() {
        return None;
    }
    if side.option == BASE {
        let (_, base) = side.value.as_str()?.split_once('.')?;
        return Some(format!("{BASE} = {}", remedy::quoted(base)));
    }
    // An issuer or audience that is any, or follows from the app_id, is written as that.
    Some(match side.value {
        Value::Array(items) => {
            let texts: Vec<String> = items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect();
            match (side.option, texts.as_slice()) {
                ("app_id", [text]) => format!("app_id = {}", remedy::quoted(text)),
                _ => return None,
            }
        }
        Value::String(text) => format!("{} = {}", side.option, remedy::quoted(text)),
        Value::Bool(value) => format!("{} = {value}", side.option),
        Value::Number(number) => format!("{} = {number}", side.option),
        Value::Null | Value::Object(_) => return None,
    })
}

impl Side<'_> {
    fn is_hidden(&self) -> bool {
        matches!(
            self.option,
            "app_secret" | "app_secret_file" | "app_secret_credential" | "public_key_file"
        )
    }

    /// The option, or both where each side has another one.
    fn named(&self, other: &Self) -> String {
        if self.option == other.option {
            self.option.to_owned()
        } else {
            format!("{} (Prosody's {})", self.option, other.option)
        }
    }

    fn shown(&self) -> String {
        let value = match self.value {
            _ if self.is_hidden() => return format!("is set [{}]", self.origin),
            Value::Null => "none".to_owned(),
            Value::String(text) => format!("{text:?}"),
            Value::Array(items) if *items == ["*"] => "any".to_owned(),
            Value::Array(items) if !items.is_empty() => {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                items.join(", ")
            }
            other => other.to_string(),
        };
        format!("is {value} [{}]", self.origin)
    }
}

/// Those of Jitsi's modules; the secret goes by its bytes, not by what is shown of it.
const COMPARED: [&str; 13] = [
    "signature_algorithm",
    "app_secret",
    "cache_keys_url",
    "asap_key_server",
    "asap_accepted_issuers",
    "asap_accepted_audiences",
    "asap_require_room_claim",
    "allow_empty_token",
    "enable_domain_verification",
    DOMAIN,
    PREFIX,
    "token_regex_enabled",
    "token_regex_room_max_length",
];
/// The daemon decides by something else than Prosody's configuration says.
pub(super) const DIFFERS: &str = "policy-differs";
const DOMAIN: &str = "muc_mapper_domain";
const BASE: &str = "muc_mapper_domain_base";
const PREFIX: &str = "muc_mapper_domain_prefix";
/// What tokens and rooms are known by.
const IDENTITY: [&str; 6] = [
    "signature_algorithm",
    "app_secret",
    "cache_keys_url",
    "asap_key_server",
    DOMAIN,
    PREFIX,
];
