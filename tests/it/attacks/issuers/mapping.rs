//! Mapped claims: what a user can choose opens no more than the issuer may, and what is not as it should be opens nothing.

use std::collections::BTreeSet;

use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::glob::Glob;
use prosody_tokend::token::mapping::{Mapping, Rule, Source, Target};
use prosody_tokend::token::pointer::Pointer;
use prosody_tokend::token::role::{self, Affiliation};
use serde_json::{Value, json};

use super::world::{Held, MUC, NOW, ONE, OTHER, World, globs, party};
use support::token::with;

const ISS: &str = "https://one.example";

fn at(pointer: &str) -> Source {
    Source::Pointers(vec![Pointer::parse(pointer).unwrap()])
}

fn contains(pointer: &str, wanted: &str) -> Source {
    Source::Contains(Pointer::parse(pointer).unwrap(), wanted.to_owned())
}

fn matches(pointer: &str, pattern: &str) -> Source {
    Source::Matches(Pointer::parse(pointer).unwrap(), Glob::exact(pattern))
}

fn always(value: Value) -> Source {
    Source::Constant(value)
}

/// A host whose issuer `one` has these rules and bounds.
fn world(rules: Vec<(Target, Source)>, replace: bool, bounds: Bounds) -> World {
    let rules = rules
        .into_iter()
        .map(|(target, source)| Rule { target, source });
    let mapping = Mapping {
        rules: rules.collect(),
        replace,
    };
    World::of([
        party("default", "my_app", OTHER, Held::Fixed),
        party("one", ISS, ONE, Held::Fixed)
            .bounded(bounds)
            .with(|issuer| issuer.mapping = Some(mapping)),
    ])
}

/// A token with these claims and no `room` of its own.
fn sign(claims: &Value) -> String {
    let own = json!({"iss": ISS, "aud": "a", "sub": "user-1", "exp": NOW + 60});
    ONE.sign_text(&with(own, claims).to_string())
}

fn opens_all() -> Vec<(Target, Source)> {
    vec![
        (Target::Room, always(json!("*"))),
        (Target::Subject, always(json!("*"))),
    ]
}

#[test]
fn a_room_that_the_user_chooses_is_bounded_like_any_other() {
    let rules = || {
        vec![
            (Target::Room, at("/nick")),
            (Target::Subject, always(json!("*"))),
        ]
    };
    let bounds = Bounds {
        rooms: Some(globs(&["team-*"])),
        ..Bounds::NONE
    };
    let world = world(rules(), false, bounds);
    for (claims, room, code) in [
        (json!({"nick": "team-a"}), "team-a", "allowed"),
        (json!({"nick": "*"}), "team-a", "allowed"),
        (json!({"nick": "*"}), "other", "room-beyond-issuer"),
        (json!({"nick": "other"}), "other", "room-beyond-issuer"),
        (json!({"nick": 7}), "7", "room-beyond-issuer"),
        (
            json!({"nick": ".*", "context": {"room": {"regex": true}}}),
            "other",
            "room-beyond-issuer",
        ),
        (
            json!({"nick": "*", "context": {"room": {"regex": "true"}}}),
            "other",
            "room-beyond-issuer",
        ),
        (json!({"nick": "team-b"}), "team-a", "room-mismatch"),
        (json!({"nick": ["*"]}), "team-a", "room-claim-missing"),
        (json!({"nick": {"a": "*"}}), "team-a", "room-claim-missing"),
        (json!({"nick": true}), "team-a", "room-claim-missing"),
        (json!({"nick": " "}), "team-a", "room-claim-missing"),
        (json!({"nick": ""}), "team-a", "room-claim-missing"),
        (json!({}), "team-a", "room-claim-missing"),
        (
            json!({"room": 5, "nick": "*"}),
            "team-a",
            "claim-of-wrong-type",
        ),
        (
            json!({"room": false, "nick": "*"}),
            "team-a",
            "claim-of-wrong-type",
        ),
        (
            json!({"room": "other", "nick": "team-a"}),
            "team-a",
            "room-beyond-issuer",
        ),
    ] {
        let joined = world.joins(&sign(&claims), &format!("{room}@{MUC}"));
        assert_eq!(joined, code, "{claims} in {room}");
    }
}

#[test]
fn what_is_mapped_is_no_wildcard_where_there_may_be_none() {
    let rules = || vec![(Target::Room, at("/nick")), (Target::Subject, at("/org"))];
    let bounds = Bounds {
        wildcards: false,
        ..Bounds::NONE
    };
    let world = world(rules(), true, bounds);
    for (claims, code) in [
        (json!({"nick": "x", "org": "meet.example.com"}), "allowed"),
        (
            json!({"nick": "x", "org": "meet.example.com", "room": "*"}),
            "allowed",
        ),
        (
            json!({"nick": "*", "org": "meet.example.com"}),
            "wildcard-not-allowed",
        ),
        (json!({"nick": "x", "org": "*"}), "wildcard-not-allowed"),
        (
            json!({"org": "meet.example.com", "room": "*"}),
            "wildcard-not-allowed",
        ),
        (
            json!({"nick": "x", "org": "meet.example.com", "context": {"room": {"regex": true}}}),
            "wildcard-not-allowed",
        ),
        (
            json!({"nick": "x", "org": ["*"], "sub": "*"}),
            "sub-missing",
        ),
        (
            json!({"nick": "x", "sub": "meet.example.com"}),
            "sub-missing",
        ),
    ] {
        assert_eq!(
            world.joins(&sign(&claims), &format!("x@{MUC}")),
            code,
            "{claims}"
        );
    }
}

#[test]
fn a_tenant_that_the_user_chooses_is_bounded_and_the_users_name_is_none() {
    let rules = vec![
        (Target::Room, always(json!("*"))),
        (Target::Subject, at("/org")),
    ];
    let bounds = Bounds {
        tenants: Some(globs(&["acme"])),
        ..Bounds::NONE
    };
    let world = world(rules, false, bounds);
    for (claims, room, code) in [
        (json!({"org": "acme"}), "[acme]x", "allowed"),
        (json!({"org": "*"}), "[acme]x", "allowed"),
        (json!({"org": "*"}), "[evil]x", "tenant-beyond-issuer"),
        (json!({"org": "*"}), "x", "tenant-beyond-issuer"),
        (json!({"org": "evil"}), "[evil]x", "tenant-beyond-issuer"),
        (
            json!({"org": "evil", "sub": "acme"}),
            "[acme]x",
            "tenant-beyond-issuer",
        ),
        (json!({"sub": "acme"}), "[acme]x", "sub-missing"),
        (json!({"sub": "*"}), "[acme]x", "sub-missing"),
        (
            json!({"sub": "acme", "org": ["acme"]}),
            "[acme]x",
            "sub-missing",
        ),
    ] {
        let joined = world.joins(&sign(&claims), &format!("{room}@{MUC}"));
        assert_eq!(joined, code, "{claims} in {room}");
    }
}

#[test]
fn a_condition_for_moderators_is_met_by_what_it_says_alone() {
    let by_role = contains("/realm_access/roles", "jitsi-moderator");
    let by_email = matches("/email", "*@acme.example");
    let by_claim = at("/moderator");
    let having = |roles: Value| json!({"realm_access": {"roles": roles}});
    for (source, claims, is_moderator) in [
        (&by_role, having(json!(["a", "jitsi-moderator"])), true),
        (&by_role, having(json!("jitsi-moderator")), true),
        (&by_role, having(json!("a jitsi-moderator")), true),
        (&by_role, having(json!({"jitsi-moderator": {}})), true),
        (&by_email, json!({"email": "ann@acme.example"}), true),
        (&by_claim, json!({"moderator": true}), true),
        (&by_claim, json!({"moderator": "true"}), true),
        (&by_role, having(json!(["jitsi-moderators"])), false),
        (&by_role, having(json!(["Jitsi-Moderator"])), false),
        (&by_role, having(json!([["jitsi-moderator"]])), false),
        (
            &by_role,
            having(json!([{"name": "jitsi-moderator"}])),
            false,
        ),
        (&by_role, having(json!("jitsi-moderator,a")), false),
        (&by_role, having(json!({"a": "jitsi-moderator"})), false),
        (&by_role, having(Value::Null), false),
        (
            &by_role,
            json!({"realm_access": ["jitsi-moderator"]}),
            false,
        ),
        (
            &by_role,
            json!({"realm_access.roles": ["jitsi-moderator"]}),
            false,
        ),
        (&by_role, json!({"roles": ["jitsi-moderator"]}), false),
        (
            &by_role,
            json!({"context": {"realm_access": {"roles": ["jitsi-moderator"]}}}),
            false,
        ),
        (&by_email, json!({"email": "ann@acme.example.evil"}), false),
        (
            &by_email,
            json!({"email": "ann@acme.example@evil.example"}),
            false,
        ),
        (&by_email, json!({"email": "ann@notacme.example"}), false),
        (&by_email, json!({"email": "ann@acme.example "}), false),
        (&by_email, json!({"email": ["ann@acme.example"]}), false),
        (&by_email, json!({}), false),
        (&by_claim, json!({"moderator": 1}), false),
        (&by_claim, json!({"moderator": "yes"}), false),
        (&by_claim, json!({"moderator": ["true"]}), false),
        (&by_claim, json!({"moderator": false}), false),
    ] {
        let mut rules = opens_all();
        rules.push((Target::Moderator, source.clone()));
        let token = sign(&claims);
        let session = world(rules.clone(), false, Bounds::NONE)
            .session(&token)
            .unwrap();
        let is = role::affiliation(&session) == Affiliation::Owner;
        assert_eq!(is, is_moderator, "{claims}");
        let bounds = Bounds {
            moderators: false,
            ..Bounds::NONE
        };
        let code = if is_moderator {
            "moderator-beyond-issuer"
        } else {
            "allowed"
        };
        assert_eq!(
            world(rules, false, bounds).verdict(&token),
            code,
            "{claims}"
        );
    }
}

#[test]
fn a_rule_that_replaces_leaves_the_token_no_say_in_who_is_a_moderator() {
    let own = json!({"user": {"moderator": true, "affiliation": "owner"}});
    for (claimed, replace, is_moderator) in [
        (json!(["jitsi-moderator"]), true, true),
        (json!(["user"]), false, true),
        (json!(["user"]), true, false),
        (json!("user"), true, false),
        (Value::Null, true, false),
    ] {
        let mut rules = opens_all();
        rules.push((Target::Moderator, contains("/roles", "jitsi-moderator")));
        let token = sign(&json!({"roles": claimed, "context": own}));
        let session = world(rules, replace, Bounds::NONE).session(&token).unwrap();
        let is = role::affiliation(&session) == Affiliation::Owner;
        assert_eq!(is, is_moderator, "{claimed} {replace}");
    }
}

#[test]
fn a_mapped_feature_is_granted_within_the_bound_alone() {
    let within: BTreeSet<String> = ["lobby".to_owned()].into();
    let bounds = || Bounds {
        features: Some(within.clone()),
        ..Bounds::NONE
    };
    let feature = |name: &str, source| (Target::Feature(name.to_owned()), source);
    for (rule, context, granted) in [
        (
            feature("lobby", always(json!(true))),
            json!({}),
            json!({"lobby": true}),
        ),
        (
            feature("recording", always(json!(true))),
            json!({}),
            json!({}),
        ),
        (
            feature("recording", contains("/roles", "r")),
            json!({}),
            json!({}),
        ),
        (feature("recording", at("/nick")), json!({}), json!({})),
        (feature("Lobby", always(json!(true))), json!({}), json!({})),
        (
            feature("recording", always(json!(true))),
            json!({"features": {"lobby": true}}),
            json!({"lobby": true}),
        ),
        (
            feature("recording", always(json!(true))),
            json!({"features": ["lobby"]}),
            json!({}),
        ),
    ] {
        let mut rules = opens_all();
        rules.push(rule);
        let token = sign(&json!({"roles": ["r"], "nick": "true", "context": context}));
        let session = world(rules, false, bounds()).session(&token).unwrap();
        assert_eq!(session.features, Some(granted), "{context}");
    }
}

#[test]
fn a_context_that_is_none_stays_none() {
    let mut rules = opens_all();
    rules.push((Target::UserName, at("/name")));
    let world = world(rules, true, Bounds::NONE);
    for (context, user) in [
        (json!({}), Ok(json!({"name": "Ann"}))),
        (json!({"user": null}), Ok(json!({"name": "Ann"}))),
        (
            json!({"user": {"id": 1}}),
            Ok(json!({"name": "Ann", "id": 1})),
        ),
        (json!({"user": "Bob"}), Ok(json!("Bob"))),
        (json!({"user": ["Bob"]}), Ok(json!(["Bob"]))),
        (json!([]), Err("context-not-object")),
        (
            json!([{"user": {"name": "Bob"}}]),
            Err("context-not-object"),
        ),
        (json!("x"), Err("context-not-object")),
        (json!(true), Err("context-not-object")),
        (json!(5), Err("context-not-object")),
    ] {
        let token = sign(&json!({"name": "Ann", "context": context}));
        let found = world.session(&token).map(|session| session.user.unwrap());
        assert_eq!(found, user, "{context}");
    }
    // A null is as good as none.
    let payload = format!(r#"{{"iss":"{ISS}","aud":"a","sub":"u","name":"Ann","context":null}}"#);
    let session = world.session(&ONE.sign_text(&payload)).unwrap();
    assert_eq!(session.user, Some(json!({"name": "Ann"})));
}

#[test]
fn claims_that_become_too_long_by_mapping_are_denied_however_short_the_token_is() {
    let everywhere = |pointer: &str| {
        let targets = [
            Target::UserId,
            Target::UserName,
            Target::UserEmail,
            Target::UserAvatar,
            Target::Group,
        ];
        let each = targets.into_iter().map(|target| (target, at(pointer)));
        opens_all().into_iter().chain(each).collect::<Vec<_>>()
    };
    for (length, code) in [
        (100, "allowed"),
        (3_000, "allowed"),
        (4_000, "allowed"),
        (4_200, "claims-too-long"),
        (8_000, "claims-too-long"),
        (24_000, "claims-too-long"),
        (200_000, "claims-too-long"),
    ] {
        let world = world(everywhere("/text"), false, Bounds::NONE);
        let token = sign(&json!({"text": "x".repeat(length)}));
        assert_eq!(world.verdict(&token), code, "{length}");
    }
    // A character that JSON escapes is six of them.
    let world = world(everywhere("/text"), false, Bounds::NONE);
    let token = sign(&json!({"text": "\u{1}".repeat(700)}));
    assert_eq!(world.verdict(&token), "claims-too-long");
}

#[test]
fn a_pointer_finds_what_it_says_and_nothing_beside_it() {
    let world = |pointer: &str| {
        let mut rules = opens_all();
        rules.push((Target::UserName, at(pointer)));
        world(rules, false, Bounds::NONE)
    };
    let claims = json!({
        "a": {"b": ["x", {"c": "y"}]}, "a/b": "slash", "a~b": "tilde", "": {"": "empty"}, "0": "zero",
        "deep": nested(60),
    });
    for (pointer, name) in [
        ("/a/b/0", Some("x")),
        ("/a/b/1/c", Some("y")),
        ("/a~1b", Some("slash")),
        ("/a~0b", Some("tilde")),
        ("//", Some("empty")),
        ("/0", Some("zero")),
        ("/a/b", None),
        ("/a/b/-", None),
        ("/a/b/00", None),
        ("/a/b/+0", None),
        ("/a/b/-1", None),
        ("/a/b/18446744073709551616", None),
        ("/A/b/0", None),
        ("/a.b", None),
        ("/deep/n/n/n", None),
    ] {
        let session = world(pointer).session(&sign(&claims)).unwrap();
        let found = session.user.as_ref().and_then(|user| user["name"].as_str());
        assert_eq!(found, name, "{pointer}");
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("end"), |inner, _| json!({ "n": inner }))
}

#[test]
fn mapping_changes_neither_who_issued_a_token_nor_until_when_it_counts() {
    let mut rules = opens_all();
    for pointer in ["/iss", "/aud", "/exp", "/nbf"] {
        rules.push((Target::UserName, at(pointer)));
    }
    let world = world(rules, true, Bounds::NONE);
    for (claims, code) in [
        (json!({}), "allowed"),
        (json!({"exp": NOW}), "expired"),
        (json!({"nbf": NOW + 1}), "not-yet-valid"),
        (json!({"exp": "9999999999"}), "exp-not-number"),
        (json!({"aud": null}), "aud-missing"),
        (json!({"iss": "my_app"}), "signature-invalid"),
        (json!({"iss": null}), "iss-missing"),
    ] {
        assert_eq!(world.verdict(&sign(&claims)), code, "{claims}");
    }
}

#[test]
fn a_member_that_is_there_twice_denies_wherever_a_pointer_leads() {
    let mut rules = opens_all();
    rules.push((
        Target::Moderator,
        contains("/realm_access/roles", "jitsi-moderator"),
    ));
    let world = world(rules, true, Bounds::NONE);
    for members in [
        r#""realm_access":{"roles":["jitsi-moderator"],"roles":[]}"#,
        r#""realm_access":{"roles":[],"roles":["jitsi-moderator"]}"#,
        r#""realm_access":{},"realm_access":{"roles":["jitsi-moderator"]}"#,
        r#""context":{},"context":{"user":{"moderator":true}}"#,
        r#""sub":"a","sub":"b""#,
    ] {
        let payload = format!(r#"{{"iss":"{ISS}","aud":"a","jti":"u",{members},"room":"x"}}"#);
        assert_eq!(
            world.verdict(&ONE.sign_text(&payload)),
            "duplicate-member",
            "{members}"
        );
    }
}

#[test]
fn the_mapping_of_one_issuer_is_none_of_another_ones() {
    let mut rules = opens_all();
    rules.push((Target::Moderator, always(json!(true))));
    let world = world(rules, true, Bounds::NONE);
    let claims = json!({"iss": "my_app", "aud": "a", "sub": "user-1", "exp": NOW + 60});
    assert_eq!(
        world.verdict(&OTHER.sign_text(&claims.to_string())),
        "room-claim-missing"
    );
    let with_room = with(claims, &json!({"room": "*", "sub": "*"}));
    let session = world
        .session(&OTHER.sign_text(&with_room.to_string()))
        .unwrap();
    assert_eq!(role::affiliation(&session), Affiliation::Member);
}
