//! How much work a pattern makes in a room's decision.

use super::pattern;
use super::room::{Join, Participant, RoomAddress};

/// Whether the room's decision has a pattern to match, and whether that is short work.
#[must_use]
pub fn matching(join: &Join<'_>) -> Matching {
    let Participant::Member(session) = join.participant else {
        return Matching::Nothing;
    };
    let (Ok(room), Some(claim)) = (RoomAddress::parse(join.room_jid), &session.room) else {
        return Matching::Nothing;
    };
    if !session.has_pattern() {
        Matching::Nothing
    } else if pattern::is_short(room.name(), claim) {
        Matching::Short
    } else {
        Matching::Long
    }
}

/// The work that a pattern makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// There is none.
    Nothing,
    /// Less than a millisecond.
    Short,
    /// Up to half a second.
    Long,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::room::RoomState;
    use super::super::session::Session;
    use super::*;

    const ROOM: &str = "meet-1@conference.example.com/nick";

    #[test]
    fn a_pattern_makes_work_by_what_it_is_matched_with() {
        let pattern = json!({"regex": true});
        let long_room = format!("{}@conference.example.com", "a".repeat(128));
        for (room_jid, claim, context_room, expected) in [
            (ROOM, "meet-1", json!({}), Matching::Nothing),
            (&*long_room, "a*a*a*b", json!({}), Matching::Nothing),
            ("nowhere", "meet", pattern.clone(), Matching::Nothing),
            (ROOM, "^meet%-%d$", pattern.clone(), Matching::Short),
            (ROOM, "a*a*a*b", pattern.clone(), Matching::Short),
            (&*long_room, "a*a*a*b", pattern.clone(), Matching::Long),
            (ROOM, &"m".repeat(1000), pattern, Matching::Long),
        ] {
            let fields = json!({"jitsi_meet_room": claim, "jitsi_meet_context_room": context_room});
            let session: Session = serde_json::from_value(fields).unwrap();
            let join = Join {
                room_jid,
                state: RoomState::default(),
                query_prefix: None,
                participant: Participant::Member(&session),
            };
            assert_eq!(matching(&join), expected, "{claim:.20}");
        }
    }
}
