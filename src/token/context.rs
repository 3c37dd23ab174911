//! What Jitsi's modules take for true in a token's `context`.

use serde_json::Value;

/// Whether a value is true to them, as a truth value or as the text.
#[must_use]
pub fn is_true(value: &Value) -> bool {
    value == true || value == "true"
}

/// The member of a `context.user` that makes a moderator, where one does.
#[must_use]
pub fn moderator_member(user: Option<&Value>) -> Option<&'static str> {
    let user = user?;
    let is = |name, decides: fn(&Value) -> bool| user.get(name).is_some_and(decides);
    if is(AFFILIATION, is_moderators) {
        Some(AFFILIATION)
    } else {
        is(MODERATOR, is_true).then_some(MODERATOR)
    }
}

/// Whether an affiliation is one that makes a moderator.
#[must_use]
pub fn is_moderators(affiliation: &Value) -> bool {
    MODERATORS.iter().any(|known| affiliation == known)
}

/// Whether a `context.room` says that the room claim is a Lua pattern, by its `regex`.
#[must_use]
pub fn is_pattern(context_room: Option<&Value>) -> bool {
    let regex = context_room.and_then(|room| room.get("regex"));
    regex.is_some_and(is_true)
}

/// The member of `context.user` that has an affiliation.
pub const AFFILIATION: &str = "affiliation";
/// The member of `context.user` that says whether somebody is a moderator.
pub const MODERATOR: &str = "moderator";
/// The affiliations that make a moderator.
const MODERATORS: [&str; 3] = ["owner", "moderator", "teacher"];
