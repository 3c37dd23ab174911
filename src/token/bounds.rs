//! How far an issuer may go: which rooms, tenants and roles its tokens can give.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::claims::Claims;
use super::glob::{self, Glob};
use super::reason::Reason;
use super::room_address::RoomAddress;
use super::session::{Session, is_pattern};

/// The bounds of one issuer. Where one is left out there is no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Rooms that its tokens open (`rooms`).
    pub rooms: Option<Vec<Glob>>,
    /// Tenants whose rooms its tokens open (`tenants`). With this bound they open no room without a tenant.
    pub tenants: Option<Vec<Glob>>,
    /// Whether its tokens can make moderators (`moderators`).
    pub moderators: bool,
    /// Features that its tokens can grant (`features`).
    pub features: Option<BTreeSet<String>>,
    /// Whether one token may open several rooms: by `*`, by a pattern, or for want of a name (`allow_wildcards`).
    pub wildcards: bool,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Self = Self {
        rooms: None,
        tenants: None,
        moderators: true,
        features: None,
        wildcards: true,
    };

    /// Whether there is any bound on the rooms that a token opens.
    #[must_use]
    pub const fn are_of_rooms(&self) -> bool {
        self.rooms.is_some() || self.tenants.is_some() || !self.wildcards
    }

    /// A room that the token names must be within the bound. `*` and patterns are compared when a room is joined.
    pub(super) fn check_room_claim(&self, claims: &Claims) -> Result<(), Reason> {
        let Some(rooms) = &self.rooms else {
            return Ok(());
        };
        match claims.claim("room").and_then(Value::as_str) {
            Some(room) if room != "*" && !is_claimed_pattern(claims) => within_rooms(rooms, room),
            Some(_) | None => Ok(()),
        }
    }

    /// A tenant that the token names must be within the bound, where `sub` is compared with rooms at all.
    pub(super) fn check_subject(&self, claims: &Claims, is_compared: bool) -> Result<(), Reason> {
        let Some(tenants) = self.tenants.as_ref().filter(|_| is_compared) else {
            return Ok(());
        };
        match claims.claim("sub").and_then(Value::as_str) {
            Some(tenant) if tenant != "*" => within_tenants(tenants, tenant),
            Some(_) | None => Ok(()),
        }
    }

    /// A token that makes a moderator must be one of an issuer that can.
    pub(super) fn check_moderator(&self, claims: &Claims) -> Result<(), Reason> {
        if self.moderators {
            return Ok(());
        }
        let context = claims.claim("context");
        let user = context.and_then(|context| context.get("user"));
        if user.is_some_and(makes_moderator) {
            Err(Reason::ModeratorBeyondBounds)
        } else {
            Ok(())
        }
    }

    /// A token must be for one room, where the policy wants that.
    pub(super) fn check_wildcards(&self, claims: &Claims) -> Result<(), Reason> {
        if self.wildcards {
            return Ok(());
        }
        let names_one = |name| claims.claim(name).is_some_and(|value| value != "*");
        if names_one("room") && names_one("sub") && !is_claimed_pattern(claims) {
            Ok(())
        } else {
            Err(Reason::WildcardNotAllowed)
        }
    }

    /// The room that a session joins must be within the bounds.
    pub(super) fn check_join(
        &self,
        session: &Session,
        room: &RoomAddress<'_>,
    ) -> Result<(), Reason> {
        let names_one = |claim: &Option<String>| claim.as_deref().is_some_and(|claim| claim != "*");
        let is_for_one =
            names_one(&session.room) && names_one(&session.subject) && !session.has_pattern();
        if !self.wildcards && !is_for_one {
            return Err(Reason::WildcardNotAllowed);
        }
        if let Some(rooms) = &self.rooms {
            within_rooms(rooms, room.name())?;
        }
        let Some(tenants) = &self.tenants else {
            return Ok(());
        };
        let tenant = room.tenant_and_name().map(|(tenant, _)| tenant);
        within_tenants(tenants, tenant.unwrap_or_default())
    }

    /// Takes out of the claims the features that are not within the bound, and gives their names. Where `features` is no
    /// object nobody can tell which it grants, so that it grants none.
    pub fn take_out_features(&self, claims: &mut Map<String, Value>) -> Vec<String> {
        let Some(within) = &self.features else {
            return Vec::new();
        };
        let context = claims.get_mut("context").and_then(Value::as_object_mut);
        let Some(features) = context.and_then(|context| context.get_mut("features")) else {
            return Vec::new();
        };
        let Some(members) = features.as_object_mut() else {
            *features = Value::Object(Map::new());
            return vec!["features".to_owned()];
        };
        let beyond = members.keys().filter(|name| !within.contains(*name));
        let beyond: Vec<String> = beyond.cloned().collect();
        members.retain(|name, _| within.contains(name));
        beyond
    }
}

fn within_rooms(rooms: &[Glob], room: &str) -> Result<(), Reason> {
    if glob::any(rooms, &room.to_ascii_lowercase()) {
        Ok(())
    } else {
        Err(Reason::RoomBeyondBounds)
    }
}

fn within_tenants(tenants: &[Glob], tenant: &str) -> Result<(), Reason> {
    if !tenant.is_empty() && glob::any(tenants, &tenant.to_ascii_lowercase()) {
        Ok(())
    } else {
        Err(Reason::TenantBeyondBounds)
    }
}

/// Whether some module of Jitsi's makes a moderator of this `context.user`: by `moderator`, by `affiliation`, or in both
/// spellings of true.
fn makes_moderator(user: &Value) -> bool {
    let is_true = |value: &Value| value == true || value == "true";
    let affiliation = user.get("affiliation").and_then(Value::as_str);
    user.get("moderator").is_some_and(is_true)
        || affiliation.is_some_and(|name| MODERATORS.contains(&name))
}

/// Affiliations that `mod_token_affiliation` takes for a moderator's.
const MODERATORS: [&str; 3] = ["owner", "moderator", "teacher"];

fn is_claimed_pattern(claims: &Claims) -> bool {
    let context = claims.claim("context");
    is_pattern(context.and_then(|context| context.get("room")))
}
