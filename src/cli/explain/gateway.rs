//! `prosody-tokend explain --gateway`.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::cli::failure::{Failure, StartError};
use crate::cli::layout::json;
use crate::cli::output::{print, print_coloured};
use crate::cli::runtime::block_on;
use crate::cli::statuses::NO;
use crate::clock;
use crate::config::Config;
use crate::daemon::parts;
use crate::http::routes::explain::gateway::body;
use crate::keys::cache::KeyCache;
use crate::laid_out::{of_gateway, terminal};
use crate::peer::Peer;
use crate::store;
use crate::verifier::InForce;
use crate::verifier::gateway_explanation::GatewayExamination;

use super::revoked;

/// Explains one token for a gateway.
pub fn run(
    config: Config,
    gateway: &str,
    token: &str,
    at: Option<i64>,
    is_json: bool,
) -> Result<(), Failure> {
    let examination = block_on(examine(config, gateway, token, at))??;
    if is_json {
        print(&json(&body(&examination)))?;
    } else {
        print_coloured(&terminal::lay_out(&of_gateway(&examination)))?;
    }
    if examination.decision.is_ok() {
        Ok(())
    } else {
        Err(Failure::said(NO))
    }
}

/// Makes every check, with the keys and credentials that the configuration names.
async fn examine(
    config: Config,
    gateway: &str,
    token: &str,
    at: Option<i64>,
) -> Result<GatewayExamination, Failure> {
    let keys = KeyCache::start(clock::wall_clock);
    let (revoked, unseen) = revoked::known(&config);
    let in_force = Arc::new(InForce::default());
    in_force.replace(revoked);
    let stored = config.store.as_ref().map(store::read_credentials);
    let verifier = parts::verifier(config, &keys).map_err(StartError::from)?;
    let mut verifier = verifier.going_by(in_force);
    let mut notes: Vec<String> = unseen.into_iter().collect();
    match stored {
        None => {}
        Some(Ok(credentials)) => {
            verifier = verifier.knowing_credentials(Arc::new(ArcSwap::new(credentials)));
        }
        Some(Err(why)) => notes.push(format!(
            "the store's credentials were not looked at: {why}; sudo prosody-tokend explain may"
        )),
    }
    keys.prefetch().await;
    let explaining = verifier.explain_request(gateway, Some(token), Peer::Own, at);
    let mut examination = explaining.await?;
    examination.notes.extend(notes);
    Ok(examination)
}
