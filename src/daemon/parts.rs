//! From the configuration to what decides and answers: the one place that puts the parts together.

use std::io;
use std::sync::Arc;

use crate::audit::Audit;
use crate::clock;
use crate::config::Config;
use crate::config::listen::ListenAddress;
use crate::http::{Access, ApiKey, RequestLimits, Service};
use crate::keys::cache::KeyCache;
use crate::reload_status::Status;
use crate::signer::Signer;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;
use crate::worker::Worker;

/// The service that answers requests.
pub fn service(
    config: Config,
    keys: &Arc<KeyCache>,
    reload: Arc<Status>,
    audit: Option<Audit>,
) -> io::Result<Service> {
    let limits = limits(&config);
    let access = access(&config);
    let verifier = verifier(config, keys)?;
    Ok(Service::new(verifier, limits, access, reload).recording(audit))
}

/// The audit log, where there is to be one. A decision that must be in it waits for no longer than an answer may take.
pub fn audit(config: &Config) -> io::Result<Option<Audit>> {
    let log = config.audit.as_ref();
    log.map(|log| Audit::start(log, config.limits.answer_timeout))
        .transpose()
}

/// The verifier that decides on tokens.
pub fn verifier(config: Config, keys: &Arc<KeyCache>) -> io::Result<Verifier> {
    let patterns = Arc::new(Worker::for_patterns()?);
    let policies = policies(config, keys);
    let now = Box::new(clock::unix_time);
    Ok(Verifier::new(policies, Arc::clone(keys), patterns, now))
}

/// The policies. Their sources of keys are registered in the cache.
pub fn policies(config: Config, keys: &KeyCache) -> Policies {
    let policies = Policies::new(config.hosts, &config.allowed_key_urls)
        .remembering(config.limits.signature_cache_bytes);
    policies.configure(keys, config.key_max_stale);
    policies
}

const fn limits(config: &Config) -> RequestLimits {
    RequestLimits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        answer_timeout: config.limits.answer_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    }
}

/// The status line for the service manager.
pub fn status(config: &Config) -> String {
    let names: Vec<&str> = config.hosts.keys().map(String::as_str).collect();
    format!("deciding for {}", names.join(", "))
}

/// The first line of the log: which version decides for whom with whose keys, and where it listens.
pub fn beginning(config: &Config) -> String {
    let named = config
        .hosts
        .iter()
        .take(MOST_HOSTS)
        .map(|(name, host)| format!("{name} ({})", host.key_sources().join(", ")));
    let mut hosts: Vec<String> = named.collect();
    let more = config.hosts.len().saturating_sub(hosts.len());
    if more > 0 {
        hosts.push(format!("{more} more"));
    }
    let addresses = config.listen.iter().chain(&config.metrics_listen);
    let addresses: Vec<String> = addresses.map(ToString::to_string).collect();
    format!(
        "prosody-tokend {} decides for {}, and listens on {}",
        env!("CARGO_PKG_VERSION"),
        hosts.join(", "),
        addresses.join(", ")
    )
}

/// Who may ask, as the configuration has it.
pub fn access(config: &Config) -> Access {
    let mut server_names: Vec<String> = config
        .server_names
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    server_names.extend(config.listen.iter().filter_map(|address| match address {
        ListenAddress::Tcp(address) => Some(address.ip().to_string()),
        ListenAddress::Unix(_) => None,
    }));
    Access {
        api_key: config.api_key.as_ref().map(|key| ApiKey::new(key.bytes())),
        server_names,
        signer: Signer::new(config.asap.clone(), clock::unix_time),
    }
}

/// One line is to hold them all.
const MOST_HOSTS: usize = 8;
