//! How far an issuer may go: which rooms, tenants and roles its tokens can give.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::context;
use super::glob::{self, Glob};
use super::reason::Reason;
use super::room_address::RoomAddress;

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

/// Which rooms a token or a session is for.
#[derive(Clone, Copy)]
pub(super) struct ClaimedRoom<'a> {
    /// The claim `room`.
    pub room: Option<&'a str>,
    /// The claim `sub`.
    pub subject: Option<&'a str>,
    /// Whether the room is a pattern.
    pub is_pattern: bool,
}

impl<'a> ClaimedRoom<'a> {
    pub(super) fn of(claims: &'a Map<String, Value>) -> Self {
        // What is no text is no wildcard either, and is denied for that.
        let text = |name: &str| {
            claims
                .get(name)
                .map(|claim| claim.as_str().unwrap_or_default())
        };
        Self {
            room: text("room"),
            subject: text("sub"),
            is_pattern: is_claimed_pattern(claims),
        }
    }

    /// Whether it is one room, by its name and by whose it is.
    fn is_one(self) -> bool {
        let names_one = |claim: Option<&str>| claim.is_some_and(|claim| claim != "*");
        names_one(self.room) && names_one(self.subject) && !self.is_pattern
    }
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
    pub(super) fn check_room_claim(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        let Some(rooms) = &self.rooms else {
            return Ok(());
        };
        match claims.get("room").and_then(Value::as_str) {
            Some(room) if room != "*" && !is_claimed_pattern(claims) => within_rooms(rooms, room),
            Some(_) | None => Ok(()),
        }
    }

    /// A tenant that the token names must be within the bound, where `sub` is compared with rooms at all.
    pub(super) fn check_subject(
        &self,
        claims: &Map<String, Value>,
        is_compared: bool,
    ) -> Result<(), Reason> {
        let Some(tenants) = self.tenants.as_ref().filter(|_| is_compared) else {
            return Ok(());
        };
        match claims.get("sub").and_then(Value::as_str) {
            Some(tenant) if tenant != "*" => within_tenants(tenants, tenant),
            Some(_) | None => Ok(()),
        }
    }

    /// A token that makes a moderator must be one of an issuer that can.
    pub(super) fn check_moderator(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        if self.moderators {
            return Ok(());
        }
        let context = claims.get("context");
        let user = context.and_then(|context| context.get("user"));
        if context::moderator_member(user).is_some() {
            Err(Reason::ModeratorBeyondBounds)
        } else {
            Ok(())
        }
    }

    /// A token, or a session, must be for one room, where the policy wants that. Elsewhere nobody asks which room it is for.
    pub(super) fn check_wildcards<'a>(
        &self,
        claimed: impl FnOnce() -> ClaimedRoom<'a>,
    ) -> Result<(), Reason> {
        if self.wildcards || claimed().is_one() {
            Ok(())
        } else {
            Err(Reason::WildcardNotAllowed)
        }
    }

    /// The room that a session joins must be within the bounds. It carries the claims `room` and `sub`.
    pub(super) fn check_join(
        &self,
        claimed: &ClaimedRoom<'_>,
        room: &RoomAddress<'_>,
    ) -> Result<(), Reason> {
        self.check_wildcards(|| *claimed)?;
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

fn is_claimed_pattern(claims: &Map<String, Value>) -> bool {
    let context = claims.get("context");
    context::is_pattern(context.and_then(|context| context.get("room")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(claims: &Value) -> Map<String, Value> {
        claims.as_object().unwrap().clone()
    }

    fn bounds() -> Bounds {
        let globs = |texts: &[&str]| Some(texts.iter().map(|text| Glob::of_rooms(text)).collect());
        Bounds {
            rooms: globs(&["team-*", "lobby"]),
            tenants: globs(&["acme", "acme-*"]),
            moderators: false,
            features: Some(["lobby".to_owned(), "recording".to_owned()].into()),
            wildcards: false,
        }
    }

    #[test]
    fn a_named_room_is_within_the_bound_or_denied_and_others_wait_for_the_join() {
        for (said, is_within) in [
            (json!({"room": "team-a"}), true),
            (json!({"room": "Team-A"}), true),
            (json!({"room": "lobby"}), true),
            (json!({"room": "*"}), true),
            (json!({}), true),
            (
                json!({"room": "other", "context": {"room": {"regex": true}}}),
                true,
            ),
            (
                json!({"room": "other", "context": {"room": {"regex": "true"}}}),
                true,
            ),
            (
                json!({"room": "other", "context": {"room": {"regex": "yes"}}}),
                false,
            ),
            (json!({"room": "other"}), false),
            (json!({"room": "team"}), false),
            (json!({"room": ""}), false),
            (json!({"room": "xteam-a"}), false),
            (json!({"room": "lobby2"}), false),
            (json!({"room": "**"}), false),
        ] {
            let checked = bounds().check_room_claim(&claims(&said));
            let expected = if is_within {
                Ok(())
            } else {
                Err(Reason::RoomBeyondBounds)
            };
            assert_eq!(checked, expected, "{said}");
            assert_eq!(Bounds::NONE.check_room_claim(&claims(&said)), Ok(()));
        }
    }

    #[test]
    fn a_named_tenant_is_within_the_bound_or_denied_where_it_is_compared_at_all() {
        for (said, is_within) in [
            (json!({"sub": "acme"}), true),
            (json!({"sub": "ACME-2"}), true),
            (json!({"sub": "*"}), true),
            (json!({"sub": "meet.example.com"}), false),
            (json!({"sub": "acmex"}), false),
            (json!({"sub": ""}), false),
        ] {
            let checked = bounds().check_subject(&claims(&said), true);
            let expected = if is_within {
                Ok(())
            } else {
                Err(Reason::TenantBeyondBounds)
            };
            assert_eq!(checked, expected, "{said}");
            assert_eq!(bounds().check_subject(&claims(&said), false), Ok(()));
        }
    }

    #[test]
    fn whoever_some_module_takes_for_a_moderator_is_beyond_the_bound() {
        for (user, is_moderator) in [
            (json!({"moderator": true}), true),
            (json!({"moderator": "true"}), true),
            (json!({"affiliation": "owner"}), true),
            (json!({"affiliation": "moderator"}), true),
            (json!({"affiliation": "teacher", "moderator": false}), true),
            (
                json!({"affiliation": "member", "moderator": "false"}),
                false,
            ),
            (json!({}), false),
            (json!("moderator"), false),
        ] {
            let said = claims(&json!({"context": {"user": user}}));
            let expected = if is_moderator {
                Err(Reason::ModeratorBeyondBounds)
            } else {
                Ok(())
            };
            assert_eq!(bounds().check_moderator(&said), expected, "{user}");
        }
    }

    #[test]
    fn a_token_for_more_than_one_room_is_denied_where_that_is_wanted() {
        for (said, is_for_one) in [
            (json!({"room": "a", "sub": "b"}), true),
            (json!({"room": "*", "sub": "b"}), false),
            (json!({"room": "a", "sub": "*"}), false),
            (json!({"sub": "b"}), false),
            (json!({"room": "a"}), false),
            (
                json!({"room": "a", "sub": "b", "context": {"room": {"regex": true}}}),
                false,
            ),
            (
                json!({"room": "a", "sub": "b", "context": {"room": {"regex": false}}}),
                true,
            ),
        ] {
            let claims = claims(&said);
            let checked = bounds().check_wildcards(|| ClaimedRoom::of(&claims));
            let expected = if is_for_one {
                Ok(())
            } else {
                Err(Reason::WildcardNotAllowed)
            };
            assert_eq!(checked, expected, "{said}");
        }
    }

    #[test]
    fn a_join_is_within_all_bounds_or_denied() {
        const fn session<'a>(room: Option<&'a str>, subject: Option<&'a str>) -> ClaimedRoom<'a> {
            ClaimedRoom {
                room,
                subject,
                is_pattern: false,
            }
        }
        for (jid, session, denied) in [
            (
                "[acme]team-a@c.example",
                session(Some("team-a"), Some("acme")),
                None,
            ),
            (
                "[acme]team-a@c.example",
                session(Some("*"), Some("acme")),
                Some(Reason::WildcardNotAllowed),
            ),
            (
                "[acme]team-a@c.example",
                session(Some("team-a"), Some("*")),
                Some(Reason::WildcardNotAllowed),
            ),
            (
                "[acme]team-a@c.example",
                session(None, Some("acme")),
                Some(Reason::WildcardNotAllowed),
            ),
            (
                "[acme]other@c.example",
                session(Some("other"), Some("acme")),
                Some(Reason::RoomBeyondBounds),
            ),
            (
                "[other]team-a@c.example",
                session(Some("team-a"), Some("other")),
                Some(Reason::TenantBeyondBounds),
            ),
            (
                "team-a@c.example",
                session(Some("team-a"), Some("c")),
                Some(Reason::TenantBeyondBounds),
            ),
            (
                "[]team-a@c.example",
                session(Some("team-a"), Some("c")),
                Some(Reason::RoomBeyondBounds),
            ),
        ] {
            let room = RoomAddress::parse(jid).unwrap();
            assert_eq!(bounds().check_join(&session, &room).err(), denied, "{jid}");
            assert_eq!(Bounds::NONE.check_join(&session, &room), Ok(()));
        }
    }

    #[test]
    fn features_beyond_the_bound_are_taken_out_and_named() {
        for (features, left, taken) in [
            (
                json!({"lobby": true, "recording": "true"}),
                json!({"lobby": true, "recording": "true"}),
                vec![],
            ),
            (
                json!({"lobby": true, "livestreaming": true}),
                json!({"lobby": true}),
                vec!["livestreaming"],
            ),
            (json!({"Lobby": true}), json!({}), vec!["Lobby"]),
            (json!(["livestreaming"]), json!({}), vec!["features"]),
            (json!("livestreaming"), json!({}), vec!["features"]),
            (json!(null), json!({}), vec!["features"]),
        ] {
            let mut said = json!({"context": {"features": features}});
            let said = said.as_object_mut().unwrap();
            assert_eq!(bounds().take_out_features(said), taken, "{features}");
            assert_eq!(said["context"]["features"], left);
        }
        for context in [json!({}), json!("text"), json!(null)] {
            let mut said = json!({ "context": context });
            let said = said.as_object_mut().unwrap();
            assert!(bounds().take_out_features(said).is_empty());
            assert_eq!(
                said["context"], context,
                "what is not there is not granted by the issuer"
            );
        }
    }
}
