//! Who has signed out at a provider, by a logout token of it.

use thiserror::Error;

use crate::config::host::Host;
use crate::token::decision::{Opened, Presented};
use crate::token::explain;
use crate::token::logout::{Expected, Logout, Refusal};

use super::Verifier;
use super::policies::Policies;

/// A logout that counts at one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// The host.
    pub host: String,
    /// What is taken back there.
    pub logout: Logout,
}

/// Why nobody is signed out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotLoggedOut {
    /// The host is not there. Which ones are is none of the business of whoever can ask this.
    #[error("no host of this name has a policy here")]
    Host,
    /// The issuer is that of too many hosts.
    #[error(
        "{0} hosts have this issuer, and a logout counts at {MOST_HOSTS} at most: name one, as ?host=DOMAIN"
    )]
    Many(usize),
    /// The logout token does not count.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Verifier {
    /// Verifies a logout token: at one host, or at each that has its issuer. Where it counts nowhere, what the host says that got furthest.
    ///
    /// # Errors
    /// [`NotLoggedOut`].
    pub async fn logout(
        &self,
        host: Option<&str>,
        token: &str,
    ) -> Result<Vec<LoggedOut>, NotLoggedOut> {
        let policies = self.policies.load_full();
        let mut logged_out = Vec::new();
        let mut refusal = Refusal::Issuer;
        for (name, host) in asked(&policies, host, token)? {
            match self.logout_at(&policies, host, token).await {
                Ok(logout) => logged_out.push(LoggedOut {
                    host: name.to_owned(),
                    logout,
                }),
                Err(Refusal::Issuer) => {}
                Err(other) => refusal = other,
            }
        }
        if logged_out.is_empty() {
            return Err(refusal.into());
        }
        Ok(logged_out)
    }

    async fn logout_at(
        &self,
        policies: &Policies,
        host: &Host,
        token: &str,
    ) -> Result<Logout, Refusal> {
        let presented = Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        };
        let opened = Opened::new(&host.policy, presented);
        let found = self.find_key(host, opened.wanted_key()).await;
        let expected = Expected {
            policy: &host.policy,
            client: host.app_id.as_deref(),
            user: policies.user(),
            now: self.time(),
        };
        Logout::read(token, expected, &found)
    }
}

/// The hosts at which the token may count. By an `iss` that nobody has vouched for, others are spared the work.
fn asked<'a>(
    policies: &'a Policies,
    host: Option<&str>,
    token: &str,
) -> Result<Vec<(&'a str, &'a Host)>, NotLoggedOut> {
    if let Some(host) = host {
        let found = policies.host(Some(host));
        let (name, host) = found.map_err(|_| NotLoggedOut::Host)?;
        return Ok(vec![(name, host)]);
    }
    let issuer = explain::issuer(token).ok_or(Refusal::Issuer)?;
    let has_issuer = |host: &Host| host.policy.issuers.of_text(&issuer).is_some();
    let all = policies.hosts().map(|(name, host)| (name, &**host));
    let asked: Vec<_> = all.filter(|(_, host)| has_issuer(host)).collect();
    if asked.len() > MOST_HOSTS {
        return Err(NotLoggedOut::Many(asked.len()));
    }
    Ok(asked)
}

/// Each costs a signature to be verified, for anybody who asks.
const MOST_HOSTS: usize = 64;
