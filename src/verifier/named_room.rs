//! Which room is meant by whoever takes back what was for it.

use thiserror::Error;

use crate::token::preparation;
use crate::token::room::{RoomAddress, RoomState};
use crate::token::shown;

use super::policies::Policies;
use super::question::{RoomName, RoomQuestion, muc_domain};
use super::undecided::Undecided;
use super::{Verifier, meant};

/// A room by its bare JID, as Prosody has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRoom {
    /// The JID.
    pub jid: String,
    /// What there is to say of how it was found.
    pub notes: Vec<String>,
}

/// Why no room is meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoRoom {
    /// It is not known whose room it is.
    #[error("{0}: name the host beside the room, or write the room as ROOM@DOMAIN")]
    Host(#[from] Undecided),
    /// The text names none.
    #[error("{} names no room: write its name, or ROOM@DOMAIN", shown::quoted(.0))]
    Text(String),
}

impl Verifier {
    /// Whether some host accepts tokens of an issuer.
    #[must_use]
    pub fn accepts_issuer(&self, issuer: &str) -> bool {
        let policies = self.policies.load();
        let mut hosts = policies.hosts();
        hosts.any(|(_, host)| host.policy.issuers.of_text(issuer).is_some())
    }

    /// The room of this JID, or of this name at a host. Where one host is configured, it need not be named.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn named_room(&self, host: Option<&str>, room: &str) -> Result<NamedRoom, NoRoom> {
        let policies = self.policies.load_full();
        let mut notes = Vec::new();
        let asked = RoomQuestion {
            room: RoomName::JidOrName(room.trim()),
            state: RoomState::default(),
            query_prefix: None,
        };
        let jid = jid(&policies, host, asked, &mut notes)?;
        let no_room = |_| NoRoom::Text(room.to_owned());
        let address = RoomAddress::parse(&jid).map_err(no_room)?;
        let (node, domain) = (
            address.node().to_lowercase(),
            preparation::host(address.domain()),
        );
        notes.extend(unknown_domain(&policies, &domain));
        Ok(NamedRoom {
            jid: format!("{node}@{domain}"),
            notes,
        })
    }
}

fn jid(
    policies: &Policies,
    host: Option<&str>,
    asked: RoomQuestion<'_>,
    notes: &mut Vec<String>,
) -> Result<String, NoRoom> {
    let meant_host = meant::host_of(policies, None, Some(&asked));
    let asked = meant::room(asked, notes);
    if asked.name().contains('@') {
        return Ok(asked.name().to_owned());
    }
    let (name, host) = policies.host(host.or(meant_host))?;
    Ok(asked.room_jid(name, &host.policy))
}

/// A room at the wrong domain is taken back as well, and nobody ever joins it.
fn unknown_domain(policies: &Policies, domain: &str) -> Option<String> {
    let mut domains = policies
        .hosts()
        .map(|(name, host)| muc_domain(name, &host.policy));
    let first = domains.next()?;
    if first == domain || domains.any(|known| known == domain) {
        return None;
    }
    Some(format!(
        "no host has its rooms at {}: those of this server are at addresses such as ROOM@{first}",
        shown::quoted(domain)
    ))
}
