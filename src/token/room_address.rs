//! The address of a room: its domain, and the name with the tenant before it.

use super::reason::Reason;

/// A room's address, split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomAddress<'a> {
    bare: &'a str,
    node: &'a str,
    domain: &'a str,
}

impl<'a> RoomAddress<'a> {
    /// Splits a JID (RFC 7622 section 3.1), with or without a resource.
    ///
    /// # Errors
    /// [`Reason::RoomAddressInvalid`] where there is no node or no domain.
    pub fn parse(jid: &'a str) -> Result<Self, Reason> {
        let bare = jid.split_once('/').map_or(jid, |(bare, _)| bare);
        match bare.split_once('@') {
            Some((node, domain))
                if !node.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self { bare, node, domain })
            }
            _ => Err(Reason::RoomAddressInvalid),
        }
    }

    /// The JID without a resource.
    #[must_use]
    pub const fn bare(&self) -> &'a str {
        self.bare
    }

    /// The part before the `@`.
    #[must_use]
    pub const fn node(&self) -> &'a str {
        self.node
    }

    /// The part after the `@`.
    #[must_use]
    pub const fn domain(&self) -> &'a str {
        self.domain
    }

    /// Tenant and name of a node like `[tenant]name`.
    #[must_use]
    pub fn tenant_and_name(&self) -> Option<(&'a str, &'a str)> {
        let (tenant, name) = self.node.strip_prefix('[')?.split_once(']')?;
        (!tenant.is_empty() && !name.is_empty()).then_some((tenant, name))
    }

    /// The room's own name, without a tenant.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.tenant_and_name().map_or(self.node, |(_, name)| name)
    }
}
