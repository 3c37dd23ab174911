//! What becomes of those who are in, by the policies and revocations of now.

use crate::token::live::{self, Fate, LiveSession};

use super::undecided::Undecided;
use super::{Verifier, token_id};

/// What becomes of one session.
pub struct Checked {
    /// What is to be done with it.
    pub fate: Fate,
    /// How its token is named in logs, where something is done.
    pub token_id: Option<String>,
}

impl Verifier {
    /// Says of each session what becomes of it. While nobody knows what was revoked, nobody is ended for that.
    ///
    /// # Errors
    /// [`Undecided::HostNotConfigured`], [`Undecided::HostAmbiguous`].
    pub fn check_sessions<'a>(
        &self,
        host: Option<&str>,
        sessions: impl Iterator<Item = LiveSession<'a>>,
    ) -> Result<Vec<Checked>, Undecided> {
        let (policies, revoked) = (self.policies.load_full(), self.in_force.known());
        let (name, host) = policies.host(host)?;
        let revocations = revoked.set().map(|set| set.of_host(name, policies.user()));
        let now = self.time();
        let checked = sessions.map(|session| {
            let fate = live::fate(&host.policy, revocations, session, now);
            Checked::new(fate, session.token)
        });
        Ok(checked.collect())
    }
}

impl Checked {
    fn new(fate: Fate, token: Option<&str>) -> Self {
        let token_id = match fate {
            Fate::Stays(_) => None,
            Fate::IsWarned(_) | Fate::Ends(_) => token.map(token_id::digest_id),
        };
        Self { fate, token_id }
    }
}
