//! Where the set of one issuer is: what its metadata said last.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::source::Discovery;
use super::answer::Unfit;
use super::client::{Client, Fetched};
use super::discovery::{self, DiscoveryError};
use super::moment::now;

/// What is known of an issuer's metadata.
pub struct Metadata {
    discovery: Discovery,
    state: Mutex<State>,
}

struct State {
    known: Option<Known>,
    /// When it was asked for last.
    asked: Option<Instant>,
    failure: Option<Failure>,
}

/// The last metadata that was this issuer's.
struct Known {
    /// Where it was.
    place: String,
    jwks_uri: String,
    confirmed: Instant,
}

/// Why it does not say where keys are.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The address that was asked.
    pub address: String,
    /// What was answered there.
    pub unfit: Unfit,
}

impl Failure {
    fn at(address: &str, error: DiscoveryError) -> Self {
        Self {
            address: address.to_owned(),
            unfit: error.into_unfit(),
        }
    }
}

impl Metadata {
    /// Metadata that was not fetched yet.
    pub const fn new(discovery: Discovery) -> Self {
        let state = Mutex::new(State {
            known: None,
            asked: None,
            failure: None,
        });
        Self { discovery, state }
    }

    /// The address of the keys, as far as it is known.
    pub fn jwks_uri(&self) -> Option<String> {
        let state = self.lock();
        state.known.as_ref().map(|known| known.jwks_uri.clone())
    }

    /// Where it was found, or else is looked for first.
    pub fn place(&self) -> String {
        let state = self.lock();
        if let Some(known) = &state.known {
            return known.place.clone();
        }
        let places = discovery::places(&self.discovery);
        places.map_or_else(|_| self.discovery.issuer.clone(), |[first, _]| first)
    }

    /// What went wrong when it was asked for last.
    pub fn failure(&self) -> Option<Failure> {
        self.lock().failure.clone()
    }

    /// Whether it is to be fetched again although nothing is wrong with what it says.
    pub fn is_due(&self, now: Instant) -> bool {
        let state = self.lock();
        let is_past = |since: Instant, span| now.saturating_duration_since(since) >= span;
        let is_old = |known: &Known| is_past(known.confirmed, LIFETIME);
        let has_rested = state.asked.is_none_or(|asked| is_past(asked, PAUSE));
        has_rested && state.known.as_ref().is_none_or(is_old)
    }

    /// Fetches it, and gives the address of the keys. What was known stays so if that fails.
    pub async fn renew(&self, client: &Client) -> Result<String, Failure> {
        let found = self.fetch(client).await;
        let now = now();
        let mut state = self.lock();
        state.asked = Some(now);
        state.failure = found.as_ref().err().cloned();
        let (place, jwks_uri) = found?;
        state.known = Some(Known {
            place,
            jwks_uri: jwks_uri.clone(),
            confirmed: now,
        });
        Ok(jwks_uri)
    }

    /// Where it is, and the address of the keys.
    async fn fetch(&self, client: &Client) -> Result<(String, String), Failure> {
        let places = discovery::places(&self.discovery);
        let places = places.map_err(|error| Failure::at(&self.discovery.issuer, error))?;
        for place in &places {
            let read = match client.fetch(place, MAX_BYTES, None).await {
                Ok(Fetched::Body(body, _)) => discovery::jwks_uri(&body, &self.discovery),
                Ok(Fetched::Missing | Fetched::Unchanged(_)) => continue,
                Err(error) => Err(DiscoveryError::NoAnswer(error.to_string())),
            };
            let found = read.map(|jwks_uri| (place.clone(), jwks_uri));
            return found.map_err(|error| Failure::at(place, error));
        }
        let [first, second] = places;
        Err(Failure::at(&first, DiscoveryError::Nowhere(second)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Metadata hardly ever changes, and says itself where the keys are that do.
const LIFETIME: Duration = Duration::from_hours(1);
/// How long a server rests that did not answer with it, while its keys are fetched from where they were.
const PAUSE: Duration = Duration::from_mins(1);
const MAX_BYTES: usize = 65_536;
