//! From the configuration to what decides and answers: the one place that puts the parts together.

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::audit::Audit;
use crate::clock;
use crate::config::Config;
use crate::config::console::Console;
use crate::config::listen::ListenAddress;
use crate::gateway::credentials::Credentials;
use crate::http::{Access, CallerKey, Offered, RequestLimits, Service};
use crate::keys::cache::KeyCache;
use crate::reload_status::Status;
use crate::secret::Secret;
use crate::signer::Signer;
use crate::store::{Known, Store};
use crate::verifier::policies::Policies;
use crate::verifier::{InForce, Revoked, Verifier};
use crate::worker::Worker;

use super::taken::Taken;

/// The service that answers requests.
pub fn service(
    taken: Taken,
    keys: &Arc<KeyCache>,
    reload: Arc<Status>,
    records: Records,
) -> io::Result<Service> {
    let Taken { config, overview } = taken;
    let limits = limits(&config);
    let access = access(&config);
    let verifier = verifier(config, keys)?
        .going_by(records.in_force)
        .noting_uses_in(records.store.clone())
        .knowing_credentials(records.credentials);
    let service = Service::new(verifier, limits, access, reload);
    let service = service.recording(records.audit).keeping(records.store);
    Ok(service.showing(overview))
}

/// What decisions are recorded in, and what is written of those that were taken back.
pub struct Records {
    /// The audit log, where there is one.
    pub audit: Option<Audit>,
    /// Where revocations are kept, where any can be.
    pub store: Option<Store>,
    /// What is in force of them.
    pub in_force: Arc<InForce>,
    /// The consumers and credentials that are in force, for gateways.
    pub credentials: Arc<ArcSwap<Credentials>>,
}

/// The store, to be opened, where there is to be one. What it knows is in force from then on.
pub fn store(
    config: &Config,
    in_force: &Arc<InForce>,
    credentials: &Arc<ArcSwap<Credentials>>,
) -> Option<impl Future<Output = Store> + Send + 'static> {
    let settings = config.store.clone()?;
    let (in_force, required) = (Arc::clone(in_force), config.revocations.required);
    let publish = move |known| in_force.replace(revoked(known, required));
    let credentials = Arc::clone(credentials);
    let publish_credentials = move |known| credentials.store(known);
    let publish_credentials = Arc::new(publish_credentials);
    Some(Store::open(
        settings,
        Arc::new(publish),
        publish_credentials,
    ))
}

/// What nobody knows denies everybody, where it has to be known.
fn revoked(known: Known, required: bool) -> Revoked {
    match known {
        Known::Rest(_) | Known::Nothing if required => Revoked::Unknown,
        Known::Set(set) | Known::Rest(set) => Revoked::Set(set),
        Known::Nothing => Revoked::Set(Arc::default()),
    }
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
        .remembering(config.limits.signature_cache_bytes)
        .knowing_users_by(config.revocations.user)
        .guarding(config.gateways, config.limits.signature_cache_bytes);
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
    let hosts = config.hosts.keys().cloned();
    let names: Vec<String> = hosts.chain(gateways(config)).collect();
    format!("deciding for {}", names.join(", "))
}

/// What the gateways are called, beside hosts.
fn gateways(config: &Config) -> impl Iterator<Item = String> {
    let names = config.gateways.keys().take(MOST_HOSTS);
    names.map(|name| format!("the gateway {name}"))
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
    hosts.extend(gateways(config));
    let addresses = config.listen.iter().chain(&config.metrics_listen);
    let addresses = addresses.chain(&config.forward_auth.listen);
    let addresses = addresses.chain(&config.admin.listen);
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
        api_key: caller_key(config.api_key.as_ref()),
        admin_key: caller_key(config.admin_key.as_ref()),
        server_names,
        signer: Signer::new(config.asap.clone(), clock::unix_time),
        has_gateways: !config.gateways.is_empty(),
        console: offered(config.console),
    }
}

/// What the console shows, where there is one.
fn offered(console: Console) -> Option<Offered> {
    let Console {
        enabled,
        recent,
        show_names,
        mint,
        session,
    } = console;
    enabled.then_some(Offered {
        recent,
        names: show_names,
        mint,
        session,
    })
}

fn caller_key(key: Option<&Secret>) -> Option<CallerKey> {
    key.map(|key| CallerKey::new(key.bytes()))
}

/// One line is to hold them all.
const MOST_HOSTS: usize = 8;
