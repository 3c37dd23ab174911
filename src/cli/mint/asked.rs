//! The claims that the command line asks for, each with the option that does.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::token::mapping::Target;

use super::arguments::MintArguments;
use super::named::Room;

/// A claim that the command line asks for.
pub struct Wish {
    /// Which one.
    pub target: Target,
    /// What it is to be.
    pub value: Value,
    /// The option that asks for it; none where it is the usual value.
    pub option: Option<&'static str>,
}

/// Everything that is asked for, at a host whose tokens have this `sub` where nobody says another one.
pub fn wishes(arguments: &MintArguments, room: &Room, usual_subject: &str) -> Vec<Wish> {
    let option = |is_given: bool, option| is_given.then_some(option);
    let by_room = option(arguments.room.is_some(), "--room");
    let by_tenant = option(arguments.tenant.is_some(), "--tenant");
    let by_tenant = by_tenant.or(by_room.filter(|_| room.tenant.is_some()));
    let subject = room.tenant.as_deref().unwrap_or(usual_subject);
    let of_room = [
        wish(Target::Room, room.claim.as_str(), by_room),
        wish(Target::Subject, subject, by_tenant),
    ];
    of_room.into_iter().chain(of_user(arguments)).collect()
}

fn of_user(arguments: &MintArguments) -> impl Iterator<Item = Wish> {
    let text = |target, text: &Option<String>, option| {
        let text = text.as_deref()?;
        Some(wish(target, text, Some(option)))
    };
    let of_user = [
        text(Target::UserName, &arguments.user, "--user"),
        text(Target::UserEmail, &arguments.email, "--email"),
        arguments
            .moderator
            .then(|| wish(Target::Moderator, true, Some("--moderator"))),
    ];
    let features = arguments.features.iter();
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
pub fn times(arguments: &MintArguments) -> Map<String, Value> {
    let now = clock::unix_time();
    Map::from_iter([
        ("iat".to_owned(), now.into()),
        (
            "nbf".to_owned(),
            now.saturating_sub(CLOCK_DIFFERENCE).into(),
        ),
        (
            "exp".to_owned(),
            now.saturating_add(arguments.ttl.into()).into(),
        ),
    ])
}

/// The members of `context` that no issuer has elsewhere.
pub fn context(arguments: &MintArguments, room: &Room) -> Map<String, Value> {
    let tenant = room.tenant.clone().filter(|_| arguments.tenant.is_some());
    let members = [
        tenant.map(|tenant| ("tenant".to_owned(), tenant.into())),
        room.is_pattern
            .then(|| ("room".to_owned(), json!({ "regex": true }))),
    ];
    members.into_iter().flatten().collect()
}

/// Verifiers' clocks may be a little behind.
const CLOCK_DIFFERENCE: i64 = 10;
