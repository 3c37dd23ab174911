//! The claims that are asked for, each with the option of the command line that does.

use serde_json::{Map, Value, json};

use crate::token::mapping::Target;

use super::named::Room;
use super::wanted::Wanted;

/// A claim that is asked for.
pub struct Wish {
    /// Which one.
    pub target: Target,
    /// What it is to be.
    pub value: Value,
    /// The option that asks for it; none where it is the usual value.
    pub option: Option<&'static str>,
}

/// Everything that is asked for, at a host whose tokens have this `sub` where nobody says another one.
#[must_use]
pub fn wishes(wanted: &Wanted, room: &Room, usual_subject: &str) -> Vec<Wish> {
    let option = |is_given: bool, option| is_given.then_some(option);
    let by_room = option(wanted.room.is_some(), "--room");
    let by_tenant = option(wanted.tenant.is_some(), "--tenant");
    let by_tenant = by_tenant.or(by_room.filter(|_| room.tenant.is_some()));
    let subject = room.tenant.as_deref().unwrap_or(usual_subject);
    let of_room = [
        wish(Target::Room, room.claim.as_str(), by_room),
        wish(Target::Subject, subject, by_tenant),
    ];
    of_room.into_iter().chain(of_user(wanted)).collect()
}

fn of_user(wanted: &Wanted) -> impl Iterator<Item = Wish> {
    let text = |target, text: &Option<String>, option| {
        let text = text.as_deref()?;
        Some(wish(target, text, Some(option)))
    };
    let of_user = [
        text(Target::UserName, &wanted.user, "--user"),
        text(Target::UserEmail, &wanted.email, "--email"),
        wanted
            .moderator
            .then(|| wish(Target::Moderator, true, Some("--moderator"))),
    ];
    let features = wanted.features.iter();
    let features = features.map(|name| Target::Feature(name.clone()));
    let features = features.map(|target| wish(target, true, Some("--feature")));
    of_user.into_iter().flatten().chain(features)
}

fn wish(target: Target, value: impl Into<Value>, option: Option<&'static str>) -> Wish {
    Wish {
        target,
        value: value.into(),
        option,
    }
}

/// The claims of a token's time, for as long as is asked for.
#[must_use]
pub fn times(wanted: &Wanted, now: i64) -> Map<String, Value> {
    Map::from_iter([
        ("iat".to_owned(), now.into()),
        (
            "nbf".to_owned(),
            now.saturating_sub(CLOCK_DIFFERENCE).into(),
        ),
        (
            "exp".to_owned(),
            now.saturating_add(wanted.ttl.into()).into(),
        ),
    ])
}

/// The members of `context` that no issuer has elsewhere.
#[must_use]
pub fn context(wanted: &Wanted, room: &Room) -> Map<String, Value> {
    let tenant = room.tenant.clone().filter(|_| wanted.tenant.is_some());
    let members = [
        tenant.map(|tenant| ("tenant".to_owned(), tenant.into())),
        room.is_pattern
            .then(|| ("room".to_owned(), json!({ "regex": true }))),
    ];
    members.into_iter().flatten().collect()
}

/// Verifiers' clocks may be a little behind.
const CLOCK_DIFFERENCE: i64 = 10;
