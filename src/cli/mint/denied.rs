//! Why a token that was just made would let nobody in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cli::explain::{self, Asked};
use crate::cli::failure::Failure;
use crate::cli::runtime::block_on;
use crate::cli::sources::{self, SourceArguments};
use crate::config::host::Host;
use crate::keys::source::KeySources;
use crate::mint::recipe::Destination;
use crate::mint::taken;
use crate::mint::tried::Tried;
use crate::token::issuer::Issuer;
use crate::verifier::minting;

/// Why the host would not let in with the token, into the room that it names.
pub fn by_host(
    arguments: &SourceArguments,
    destination: &Destination,
    claims: &Map<String, Value>,
    token: &str,
) -> Result<Option<String>, Failure> {
    let mut config = sources::load(arguments)?.config?;
    let Some(issuer) = destination.host.policy.issuers.named(&destination.issuer) else {
        return Ok(None);
    };
    let Some(tried) = Tried::of(destination, claims) else {
        return Ok(None);
    };
    let (claims, _) = taken::as_taken(issuer, claims);
    leave_others_alone(&mut config.hosts, destination, claims.get("iss"));
    let asked = Asked {
        host: Some(&destination.name),
        room: Some(&tried.room),
        tenant: tried.tenant.as_deref(),
        at: None,
    };
    let examination = block_on(explain::examine(config, &asked, token))??;
    Ok(minting::denial(destination, &tried, &examination))
}

/// The keys of other issuers say nothing of the token: they are not fetched.
fn leave_others_alone(
    hosts: &mut BTreeMap<String, Arc<Host>>,
    destination: &Destination,
    iss: Option<&Value>,
) {
    for (name, host) in hosts {
        let host = Arc::make_mut(host);
        let issuers = &host.policy.issuers;
        let judge = issuers.only().or_else(|| issuers.of_claim(iss?));
        let judge = judge.filter(|_| *name == destination.name);
        let is_judge = |issuer: &Issuer| judge.is_some_and(|judge| judge.name == issuer.name);
        let others = host.sources.iter_mut().zip(issuers.iter());
        for (sources, _) in others.filter(|(_, issuer)| !is_judge(issuer)) {
            *sources = KeySources::default();
        }
    }
}
