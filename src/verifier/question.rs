//! What can be asked.

use crate::peer::Peer;
use crate::token::decision::Presented;
use crate::token::policy::Policy;
use crate::token::room::RoomState;
use crate::token::room_name;

use super::overrides::Overrides;

/// A token to decide on, with everything that it is presented with.
pub struct TokenQuestion<'a> {
    /// Who asks.
    pub asker: Peer,
    /// What the client presents.
    pub presented: Presented<'a>,
    /// Whether a session is opened by this, and none resumed.
    pub opens_session: bool,
    /// The room to decide on at the same time, where there is one.
    pub room: Option<RoomQuestion<'a>>,
    /// What is to be changed of the host's policy.
    pub overrides: Overrides,
}

/// A room to decide on.
#[derive(Clone, Copy)]
pub struct RoomQuestion<'a> {
    /// Which room.
    pub room: RoomName<'a>,
    /// What the MUC component knows of it.
    pub state: RoomState,
    /// The tenant in the meeting's web address.
    pub query_prefix: Option<&'a str>,
}

/// Which room is meant.
#[derive(Clone, Copy)]
pub enum RoomName<'a> {
    /// The one with this JID.
    Jid(&'a str),
    /// The one with this JID, or the host's room of this name.
    JidOrName(&'a str),
}

/// The domain of a host's rooms.
pub(super) fn muc_domain(host: &str, policy: &Policy) -> String {
    let rooms = &policy.rooms;
    let usual = || format!("{}.{host}", rooms.domain_prefix);
    rooms.muc_domain.clone().unwrap_or_else(usual)
}

impl RoomQuestion<'_> {
    /// What was asked for, as it was.
    #[must_use]
    pub const fn name(&self) -> &str {
        match self.room {
            RoomName::Jid(name) | RoomName::JidOrName(name) => name,
        }
    }

    /// The room's JID: a bare name is written and completed as the web client does, with the tenant and the host's MUC
    /// domain.
    #[must_use]
    pub fn room_jid(&self, host: &str, policy: &Policy) -> String {
        let name = match self.room {
            RoomName::Jid(jid) => return jid.to_owned(),
            RoomName::JidOrName(name) => name,
        };
        let muc_domain = muc_domain(host, policy);
        if name.contains(['@', '/']) || name == muc_domain {
            return name.to_owned();
        }
        let inner = name.strip_prefix('[').and_then(|name| name.split_once(']'));
        let name = match inner {
            Some((tenant, name)) => {
                format!("[{}]{}", tenant.to_lowercase(), room_name::joined(name))
            }
            None => room_name::joined(name),
        };
        match self.query_prefix.filter(|tenant| !tenant.is_empty()) {
            Some(tenant) => format!("[{}]{name}@{muc_domain}", tenant.to_lowercase()),
            None => format!("{name}@{muc_domain}"),
        }
    }
}
