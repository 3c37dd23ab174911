//! Where the providers that people use have what Jitsi's modules want to know.

use crate::token::mapping::{Rule, Source, Target};
use crate::token::pointer::Pointer;

/// A provider: its name, and where its tokens have what.
struct Preset {
    name: &'static str,
    id: &'static [&'static str],
    user_name: &'static [&'static str],
    email: &'static [&'static str],
    avatar: &'static [&'static str],
    /// Where roles or groups are. Whoever has the role of moderators there is one.
    roles: Option<&'static str>,
}

const PRESETS: [Preset; 9] = [
    Preset {
        name: "authentik",
        id: &["/sub"],
        user_name: &["/name", "/preferred_username"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/groups"),
    },
    Preset {
        name: "auth0",
        id: &["/sub"],
        user_name: &["/name", "/nickname"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/permissions"),
    },
    Preset {
        name: "cognito",
        id: &["/sub"],
        // The last two are the same, in access tokens and in ID tokens.
        user_name: &["/name", "/username", "/cognito:username"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/cognito:groups"),
    },
    Preset {
        name: "entra",
        id: &["/oid", "/sub"],
        user_name: &["/name", "/preferred_username", "/unique_name"],
        email: &["/email", "/upn"],
        avatar: &[],
        roles: Some("/roles"),
    },
    Preset {
        name: "firebase",
        id: &["/user_id", "/sub"],
        user_name: &["/name"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: None,
    },
    Preset {
        name: "google",
        id: &["/sub"],
        user_name: &["/name"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: None,
    },
    Preset {
        name: "keycloak",
        id: &["/sub"],
        user_name: &["/name", "/preferred_username"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/realm_access/roles"),
    },
    Preset {
        name: "okta",
        id: &["/uid", "/sub"],
        user_name: &["/name", "/preferred_username", "/sub"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/groups"),
    },
    Preset {
        name: "zitadel",
        id: &["/sub"],
        user_name: &["/name", "/preferred_username"],
        email: &["/email"],
        avatar: &["/picture"],
        roles: Some("/urn:zitadel:iam:org:project:roles"),
    },
];

/// The names of all presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.name)
}

/// The rules of a preset, at a host with this domain. None if there is no such preset.
#[must_use]
pub fn rules(name: &str, domain: &str) -> Option<Vec<Rule>> {
    let preset = PRESETS.iter().find(|preset| preset.name == name)?;
    let constant = |target, value: &str| Rule {
        target,
        source: Source::Constant(value.into()),
    };
    let found = [
        (Target::UserId, preset.id),
        (Target::UserName, preset.user_name),
        (Target::UserEmail, preset.email),
        (Target::UserAvatar, preset.avatar),
    ];
    let found = found
        .into_iter()
        .filter(|(_, pointers)| !pointers.is_empty());
    let found = found.map(|(target, texts)| Rule {
        target,
        source: Source::Pointers(pointers(texts)),
    });
    let moderator = preset.roles.and_then(|roles| Pointer::parse(roles).ok());
    let moderator = moderator.map(|roles| Rule {
        target: Target::Moderator,
        source: Source::Contains(roles, MODERATORS.to_owned()),
    });
    let opens = [
        constant(Target::Room, "*"),
        constant(Target::Subject, domain),
    ];
    Some(opens.into_iter().chain(found).chain(moderator).collect())
}

fn pointers(texts: &[&str]) -> Vec<Pointer> {
    let pointers = texts.iter().filter_map(|text| Pointer::parse(text).ok());
    pointers.collect()
}

/// The role or group whose members are moderators.
const MODERATORS: &str = "jitsi-moderator";
