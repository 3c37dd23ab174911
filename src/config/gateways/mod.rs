//! Gateways: `[gateways.NAME]`.

mod claims;
mod kong;
mod names;
mod published;
mod shown;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use self::kong::{Base, Files};
use super::effective::Effective;
use super::raw::Section;
use crate::gateway::credentials::Credentials;
use crate::gateway::settings::Settings;
use crate::gateway::trusted_proxies::TrustedProxies;
use crate::keys::source::KeySources;
use crate::options::GATEWAYS;
use crate::origin::problem::ProblemKind;

/// What proxies ask for, under one name.
#[derive(Clone, Default)]
pub struct Gateway {
    /// What is asked of requests and tokens.
    pub settings: Settings,
    /// The consumers and credentials of Kong's declarative file, where one is named.
    pub declared: Option<Arc<Credentials>>,
    /// Where public keys are, where they stand in place of credentials.
    pub sources: Option<KeySources>,
    /// Who may ask.
    pub trusted_proxies: TrustedProxies,
    /// What its options come to, for people.
    pub shown: Vec<Effective>,
}

impl fmt::Debug for Gateway {
    /// There may be very many credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declared = self.declared.as_ref().map(|declared| declared.len());
        let mut gateway = formatter.debug_struct("Gateway");
        gateway.field("settings", &self.settings);
        gateway.field("declared", &declared);
        gateway.field("sources", &self.sources);
        gateway.field("trusted_proxies", &self.trusted_proxies);
        gateway.finish_non_exhaustive()
    }
}

/// All gateways.
#[derive(Debug, Default)]
pub struct Gateways {
    /// Each by its name.
    pub all: BTreeMap<String, Arc<Gateway>>,
    /// Those that say nothing of whom they trust.
    pub trusting_loopback: Vec<String>,
    /// Whether there are sections of some, right or wrong.
    pub are_meant: bool,
}

/// Reads all gateways. What is wrong is noted in their sections.
pub fn read(root: &Section<'_>, has_store: bool, warnings: &mut Vec<String>) -> Gateways {
    let mut gateways = Gateways::default();
    let files = Files::default();
    for (name, section) in root.section(GATEWAYS).sections() {
        gateways.are_meant = true;
        if !section.has("trusted_proxies") {
            gateways.trusting_loopback.push(name.clone());
        }
        let gateway = gateway(&section, &files, has_store, warnings);
        section.finish();
        if is_name(root, &name)
            && let Some(gateway) = gateway
        {
            gateways.all.insert(name, Arc::new(gateway));
        }
    }
    gateways
}

/// It stands in the paths of requests.
fn is_name(root: &Section<'_>, name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_name = !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain);
    if !is_name {
        let all = root.section(GATEWAYS);
        let found = format!("a gateway of the name {name:?}");
        let expected = "a name of at most 64 letters, digits, - and _, such as [gateways.api]";
        all.problem(name, ProblemKind::WrongValue, &found, expected);
    }
    is_name
}

fn gateway(
    section: &Section<'_>,
    files: &Files,
    has_store: bool,
    warnings: &mut Vec<String>,
) -> Option<Gateway> {
    let base = kong::read(section, files, warnings);
    let settings = tokens::read(section, &base, warnings);
    let published = published::read(section, settings.as_ref(), warnings);
    let trusted_proxies = trusted_proxies(section, warnings);
    if !section.has("kong_config") && !published.is_meant && !has_store {
        section.problem(
            "kong_config",
            ProblemKind::Missing,
            "nothing",
            NO_CREDENTIALS,
        );
    }
    let mut settings = settings?;
    settings.beyond.algorithms = published.algorithms;
    warnings.extend(unknown_anonymous(section, &settings, &base, has_store));
    Some(Gateway {
        shown: shown::rows(section, &settings, &base, published.sources.as_ref()),
        settings,
        declared: base.declared,
        sources: published.sources,
        trusted_proxies,
    })
}

/// Whom Kong would answer with 500, all the time.
fn unknown_anonymous(
    section: &Section<'_>,
    settings: &Settings,
    base: &Base,
    has_store: bool,
) -> Option<String> {
    let name = settings.anonymous.as_ref().filter(|_| !has_store)?;
    let declared = base.declared.as_ref();
    let is_known = declared.is_some_and(|declared| declared.consumer_called(name).is_some());
    let option = section.shown("anonymous");
    (!is_known).then(|| format!("{option}: there is no consumer {name:?}, {NO_ANONYMOUS}"))
}

fn trusted_proxies(section: &Section<'_>, warnings: &mut Vec<String>) -> TrustedProxies {
    let Some(texts) = section.strings("trusted_proxies") else {
        return TrustedProxies::default();
    };
    let trusted = TrustedProxies::parse(&texts).unwrap_or_else(|mistakes| {
        for (text, error) in mistakes {
            let found = format!("{text:?}: {error}");
            section.problem(
                "trusted_proxies",
                ProblemKind::WrongValue,
                &found,
                EXPECTED_NETWORK,
            );
        }
        TrustedProxies::default()
    });
    if trusted.is_everybody() {
        warnings.push(format!("{}: {EVERYBODY}", section.shown("trusted_proxies")));
    }
    trusted
}

const NO_CREDENTIALS: &str = "kong_config = \"/etc/prosody-tokend/kong.yml\" for credentials in a file, cache_keys_url = \"https://...\" or \
    discover = true for the public keys of an issuer, or path = \"/var/lib/prosody-tokend/state.db\" in [store] for credentials that \
    are added while the daemon runs";
const NO_ANONYMOUS: &str = "so that requests without a token that counts are answered with 500";
const EXPECTED_NETWORK: &str =
    "an address such as \"192.0.2.1\", or a network such as \"10.0.0.0/8\"";
const EVERYBODY: &str = "everybody who reaches the daemon may say what was asked for, with whichever token: list the proxies alone";
